"""Play the applications: create their log groups and write the samples with put-log-events, as they would."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from logrouter_local import samples
from logrouter_local.books import own_lines
from logrouter_local.progress import Progress
from logrouter_local.stack import Stack

FORWARDING = ("ForwardErrors", "TraceLlm")
SAMPLES = ("forward_errors", "trace_llm")
SPAN_MS = 3_600_000
"""The samples span about an hour."""
INVOCATION_S = 60


@dataclass
class Fed:
    """What was written.

    Args:
        documents: sample name to subscription document, as written.
        expected: function to the log events that its subscriptions must bring.
        from_ms, until_ms: the stretch of time that holds all events.
    """

    documents: Mapping[str, Mapping[str, Any]]
    expected: dict[str, int] = field(default_factory=dict)
    from_ms: int = 0
    until_ms: int = 0

    @property
    def groups(self) -> list[str]:
        """The log groups written to, sorted."""
        return sorted({str(document["logGroup"]) for document in self.documents.values()})

    @property
    def events(self) -> int:
        """Log events written."""
        return sum(len(document["logEvents"]) for document in self.documents.values())

    def events_of(self, group: str) -> int:
        """Log events written to one group."""
        found = (each for each in self.documents.values() if each["logGroup"] == group)
        return sum(len(document["logEvents"]) for document in found)


def prepare(now_ms: int | None = None) -> Fed:
    """Read the samples and move them so that they end some minutes ago."""
    now_ms = int(time.time() * 1000) if now_ms is None else now_ms
    at_ms = now_ms - SPAN_MS - 600_000
    documents = {
        name: document for function in SAMPLES for name, document in samples.documents(function, at_ms=at_ms).items()
    }
    stamps = [event["timestamp"] for document in documents.values() for event in document["logEvents"]]
    return Fed(documents, from_ms=min(stamps) // 1000 * 1000, until_ms=max(stamps) // 1000 * 1000 + 1000)


def create_groups(stack: Stack, fed: Fed) -> None:
    """Create the log groups and streams of the samples, encrypted with the stack's key as a team's would be."""
    logs = stack.aws("logs")
    key = {"kmsKeyId": stack.variables("GovernLogGroups")["LOG_KEY_ARN"]}
    for group in fed.groups:
        logs.create_log_group(logGroupName=group, **key)
    for group, stream in sorted({(each["logGroup"], each["logStream"]) for each in fed.documents.values()}):
        logs.create_log_stream(logGroupName=group, logStreamName=stream)


def subscribed(stack: Stack, groups: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return for each group the functions that its subscription filters point to, by logical id."""
    logs = stack.aws("logs")
    found = {}
    for group in groups:
        filters = logs.describe_subscription_filters(logGroupName=group)["subscriptionFilters"]
        targets = [each["destinationArn"] for each in filters]
        found[group] = tuple(name for name in FORWARDING if any(stack.functions[name] in arn for arn in targets))
    return found


def put(stack: Stack, fed: Fed, progress: Progress) -> None:
    """Write the samples and note how many log events each function must receive.

    One after the other: the embedded AWS starts an execution environment for each call that comes while another is
    still served, and under that load it loses log lines of the functions.
    """
    to = subscribed(stack, fed.groups)
    fed.expected = {name: sum(fed.events_of(group) for group in fed.groups if name in to[group]) for name in FORWARDING}
    for number, document in enumerate(fed.documents.values(), start=1):
        targets = to[document["logGroup"]]
        folders = [SAMPLES[FORWARDING.index(name)] for name in targets]
        before = {folder: finished(stack, folder) for folder in folders}
        write(stack, document["logGroup"], document["logStream"], document["logEvents"])

        def look() -> tuple[bool, str]:
            done = all(finished(stack, folder) > count for folder, count in before.items())  # noqa: B023 - called at once
            return done, f"{number} of {len(fed.documents)} samples"  # noqa: B023

        progress.follow("writing the samples", look, within_s=INVOCATION_S, check=stack.supervisor.check)


def write(stack: Stack, group: str, stream: str, events: Iterable[Mapping[str, Any]]) -> None:
    """Put log events in order of time, as the API asks."""
    in_order = sorted(events, key=lambda event: event["timestamp"])
    stack.aws("logs").put_log_events(
        logGroupName=group,
        logStreamName=stream,
        logEvents=[{"timestamp": event["timestamp"], "message": event["message"]} for event in in_order],
    )


def finished(stack: Stack, function: str) -> int:
    """Return how many invocations of a function have ended, by its folder name."""
    return sum(line.startswith("END RequestId") for line in own_lines(stack, function))


def strange_events(function: str) -> dict[str, Any]:
    """Return the samples that no producer can write: wrapped, control, empty and corrupt payloads, by name."""
    plain = samples.documents(function)
    return {name: samples.render(name) for name in samples.cases(function) if name not in plain}
