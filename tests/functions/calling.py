"""Two ways to call a forwarding function: in a process of its own with nothing around it, and in this one."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT

PROGRAM = """
import importlib, json, sys
name, out = sys.argv[1:]
try:
    result = importlib.import_module(f"functions.{name}.app").handler(json.load(sys.stdin), None)
except Exception as error:
    result = {"error": type(error).__name__, "message": str(error)}
with open(out, "w") as file:
    json.dump({"result": result, "modules": sorted(sys.modules)}, file)
"""
OPTIONAL = (
    "RETRY_QUEUE_URL",
    "LEDGER_TABLE",
    "POLICY_BUCKET",
    "POLICY_FILE",
    "SENTRY_SECRET_ARN",
    "LANGFUSE_SECRET_ARN",
)
"""What names resources that a test brings itself, or does without."""


def run_bare(name: str, event: object, directory: Path, environment: dict[str, str]) -> tuple[dict[str, Any], str]:
    """Run a handler in a new process whose environment holds nothing but what is given.

    Returns what it returned (or raised) with the modules it loaded, and everything it printed.
    """
    out = directory / "result.json"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, str(out)],
        cwd=ROOT,
        env=environment,
        input=json.dumps(event),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(out.read_text()), done.stdout + done.stderr


def import_bare(name: str) -> None:
    """Import a handler in a new process with an empty environment."""
    subprocess.run([sys.executable, "-c", f"import functions.{name}.app"], cwd=ROOT, env={}, check=True)


@contextmanager
def calling(
    module: ModuleType, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> Iterator[Callable[..., Any]]:
    """Yield a way to call a handler in this process, each time as the first event of a container."""
    for name in OPTIONAL:
        monkeypatch.delenv(name, raising=False)

    def call(event: object, context: object = None, **environment: str) -> Any:
        for name, value in {**variables, **environment}.items():
            monkeypatch.setenv(name, value)
        module._forwarder.cache_clear()
        return module.handler(event, context)

    yield call
    module._forwarder.cache_clear()
