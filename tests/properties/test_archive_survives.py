"""The archive's law: whatever the source does and wherever a worker dies, at the end each event is sealed exactly once."""

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.archive_fakes import DAY_MS, HOUR_MS, Killed, SourceEvent, archive_world

DAY = int(datetime(2026, 11, 10, tzinfo=UTC).timestamp() * 1000)
GROUP = "/aws/pay/api/application"
REQUEST = {"groups": [GROUP], "from": "2026-11-10T00:00:00Z", "until": "2026-11-12T06:00:00Z"}
END = DAY + 2 * DAY_MS + 6 * HOUR_MS
LEASE_OVER_S = 1000
ROUNDS = 20

# Few distinct instants, so that events share milliseconds and lie on the edges of windows.
instants = st.one_of(
    st.integers(0, END - DAY - 1),
    st.sampled_from([0, 1, DAY_MS - 1, DAY_MS, DAY_MS + 1, 2 * DAY_MS, END - DAY - 1]),
)
sources = st.lists(instants, max_size=25)
faults = st.lists(st.sampled_from(["ok", "throttle", "expired", "empty", "double", "shuffle"]), max_size=30)
lives = st.lists(st.integers(0, 60), max_size=8)
arrivals = st.lists(st.integers(0, 3), max_size=25)


@given(sources, faults, lives, arrivals, st.integers(1, 9))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_event_is_sealed_exactly_once(offsets, faults, lives, arrivals, page_events):
    """Random events, late arrivals, faults of the source, and deaths before or after any call to any service."""
    late = dict(enumerate(arrivals))
    events = [
        SourceEvent(f"id-{place}", DAY + offset, f"line {place}", f"s{place % 3}", late.get(place, 0))
        for place, offset in enumerate(offsets)
    ]
    with pytest.MonkeyPatch.context() as patch, archive_world(patch, END / 1000 + 30 * 86_400) as world:
        world.logs.add(GROUP, *events)
        world.logs.page_events = page_events
        world.logs.faults = iter(faults)
        world.logs.insights = lambda _visible: len(events_in_last_query(world, events))

        run_until_sealed(world, list(lives))

        windows = world.windows(GROUP)
        assert {state for _, state in windows} == {"sealed"}
        assert [DAY, *[window.end_ms for window, _ in windows]] == [*[window.start_ms for window, _ in windows], END]
        assert world.watermark(GROUP) == END
        assert len(world.manifests(GROUP)) == len(windows)
        assert sorted(event.id for event in events) == sorted(record["id"] for record in world.records(GROUP))


def events_in_last_query(world, events):
    """Logs Insights some hours later: everything has arrived by then."""
    first, last = world.logs.last_query
    return [event for event in events if first <= event.timestamp_ms < last]


def run_until_sealed(world, lives):
    """Start the workflow again and again, each time with the next life, until nothing is left to do."""
    for _ in range(ROUNDS):
        world.life.left = lives.pop(0) if lives else None
        try:
            states = world.run(**REQUEST)
        except Killed:
            states = ["killed"]
        world.life.left = None
        world.now_s += LEASE_OVER_S
        if not lives and set(states) <= {"sealed"}:
            return
