"""Start the small receivers for Langfuse and Slack, and read what they hold."""

import json
import shutil
import sys
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from logrouter_local.places import STATE, Ports, clean_environment
from logrouter_local.supervisor import Program, is_listening

LANGFUSE_KEYS = {"public_key": "pk-local", "secret_key": "sk-local"}
TITLES = {"langfuse": "the Langfuse receiver", "slack": "the Slack receiver"}


@dataclass
class Usage:
    """Calls of one model: how many, their tokens, US dollars, and how many of them state no cost."""

    calls: int = 0
    tokens: int = 0
    cost: float = 0.0
    unpriced: int = 0


@dataclass
class Traces:
    """What Langfuse got.

    Args:
        observations: spans, each counted once.
        copies: spans as they came; more than `observations` when one came twice.
        by_model: what each model's calls add up to.
        complaints: what the receiver refused because the real server would misread it.
    """

    traces: int = 0
    observations: int = 0
    copies: int = 0
    tokens: int = 0
    cost: float = 0.0
    by_model: dict[str, Usage] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()


@dataclass
class Messages:
    """What Slack got: the accepted messages, and why others were not."""

    accepted: tuple[Mapping[str, Any], ...] = ()
    complaints: tuple[str, ...] = ()


def receiver_program(name: str, ports: Ports) -> Program:
    """Describe one of the receivers (`langfuse`, `slack`); what it is sent is kept in a folder that begins empty."""
    folder = STATE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    port = int(getattr(ports, name))
    arguments = ["-m", f"logrouter_local.{name}_receiver", "--port", str(port), "--folder", str(folder)]
    if name == "langfuse":
        arguments += [f"--{key.replace('_', '-')}={value}" for key, value in LANGFUSE_KEYS.items()]
    return Program(
        name=name,
        title=TITLES[name],
        arguments=[sys.executable, *arguments],
        environment=clean_environment(),
        folder=folder,
        port=port,
        is_ready=lambda: is_listening(port),
    )


def read_traces(ports: Ports) -> Traces:
    """Ask the Langfuse receiver for its traces, as its API gives them."""
    traces = _ask(ports.langfuse, "/api/public/traces")["data"]
    received = _ask(ports.langfuse, "/_received")
    found = Traces(traces=len(traces), copies=received["copies"], complaints=tuple(received["complaints"]))
    for observation in (each for trace in traces for each in trace["observations"]):
        model = observation["model"] or f"no model ({observation['type'].lower()})"
        usage = found.by_model.setdefault(model, Usage())
        usage.calls += 1
        usage.tokens += int(observation["usageDetails"].get("total", 0))
        usage.cost += float(observation["costDetails"].get("total", 0))
        usage.unpriced += "total" not in observation["costDetails"]
    found.observations = sum(usage.calls for usage in found.by_model.values())
    found.tokens = sum(usage.tokens for usage in found.by_model.values())
    found.cost = sum(usage.cost for usage in found.by_model.values())
    return found


def read_messages(ports: Ports) -> Messages:
    """Ask the Slack receiver for its messages."""
    received = _ask(ports.slack, "/_received")
    return Messages(tuple(received["messages"]), tuple(received["complaints"]))


def _ask(port: int, path: str) -> Any:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        return json.load(answer)
