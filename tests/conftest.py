"""Fixtures that every kind of test shares: golden files, functions loaded by folder, events by name."""

import importlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, settings

from tests.langfuse_watch import pytest_configure as watch_langfuse
from tests.sentry_watch import EXPECTED, pytest_runtest_call, pytest_runtest_protocol  # noqa: F401 - pytest finds them here

ROOT = Path(__file__).parent.parent

# Laws hold on a slow and busy machine too: no example has a time of its own (`timeout` ends what hangs).
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{EXPECTED}: makes Sentry events with faults on purpose")
    watch_langfuse(config)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, object], None]:
    """Compare a JSON value with tests/golden/<name>.json; `--update-golden` writes it, for the diff to be reviewed."""

    def compare(name: str, actual: object) -> None:
        path = ROOT / "tests" / "golden" / f"{name}.json"
        text = json.dumps(actual, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        assert path.exists(), f"no golden file {path.name}: run once with --update-golden and review it"
        assert path.read_text("utf-8") == text

    return compare


@pytest.fixture
def function() -> Callable[[str], ModuleType]:
    """Import the handler module of one function: `function("forward_errors").handler`."""
    return lambda name: importlib.import_module(f"functions.{name}.app")


@pytest.fixture
def sample() -> Callable[[str], dict]:
    """Read one event of `events/`: `sample("forward_errors/canonical")`."""
    return lambda name: json.loads((ROOT / "events" / f"{name}.json").read_text("utf-8"))
