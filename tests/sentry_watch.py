"""Holds every Sentry event that any test makes against Sentry's own normaliser and scrubber, as they run in Relay.

The one place where the bytes of an event are made is wrapped for the whole session; a test during which an event with a
fault was made fails. Tests that make thousands of events are sampled. What runs in other processes is not seen here.
"""

import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import logrouter.destinations.sentry  # noqa: F401 - brings in all that makes events
from logrouter.destinations import sentry_envelope

LOOKED_AT = 200
"""Events of one test that are all looked at; of those behind, every twentieth is."""

SCRUBBED = 20
"""Events of one test that the scrubbers see; to know whether one was masked, it is masked again, which takes time."""

WHERE = "logrouter.destinations.sentry"
MAKER = "event_bytes"
"""What makes the bytes of an event, and the modules that may have imported it."""

EXPECTED = "sentry_faults_expected"
"""Marks tests that make events with faults on purpose."""


class Watch:
    """Collects the faults of events while a test runs."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.seen = self.scrubbed = 0

    def look(self, payload: bytes) -> None:
        """Look at the bytes of one event."""
        from tests.unit.sentry_oracle import faults_of, is_masked, struck

        self.seen += 1
        if self.seen > LOOKED_AT and self.seen % 20:
            return
        event = json.loads(payload)
        self.faults += faults_of(event)
        if self.scrubbed < SCRUBBED and is_masked(event):
            self.scrubbed += 1
            self.faults += [f"{rule} takes out {place}" for place, rule in struck(event)]

    def report(self) -> str:
        """Say what was found, each fault once."""
        shown = "\n".join(sorted(set(self.faults))[:20])
        return f"{len(self.faults)} faults in {self.seen} Sentry events of this test:\n{shown}"


def watched(make: Callable[..., bytes], watch: Watch) -> Callable[..., bytes]:
    """Wrap what makes an event's bytes, so that `watch` sees them."""

    def made(*arguments: Any, **named: Any) -> bytes:
        payload = make(*arguments, **named)
        watch.look(payload)
        return payload

    return made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Put a watch in place for one test with its fixtures."""
    item.sentry_watch = watch = Watch()  # type: ignore[attr-defined]
    make = sentry_envelope.event_bytes
    makers = [module for name, module in sys.modules.items() if name.startswith(WHERE) and hasattr(module, MAKER)]
    for module in makers:
        setattr(module, MAKER, watched(make, watch))
    try:
        return (yield)
    finally:
        for module in makers:
            setattr(module, MAKER, make)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Fail a test that made an event with a fault."""
    result = yield
    watch: Watch = item.sentry_watch  # type: ignore[attr-defined]
    if watch.faults and not item.get_closest_marker(EXPECTED):
        pytest.fail(watch.report(), pytrace=False)
    return result
