"""Times of calls that name no zone: UTC where that can be, the clock of elsewhere where it cannot."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import AT_MS, RULES, record

SEOUL = timezone(timedelta(hours=9))
LOGGED = datetime.fromtimestamp(AT_MS / 1000, UTC)


def times(**fields):
    """Return start, end and first token of a call, in milliseconds after its log event."""
    (call,) = recognise(record({"type": "llm", "model": "gpt-4o", **fields}), RULES).calls
    first = None if call.first_token_ms is None else call.first_token_ms - AT_MS
    return call.start_ms - AT_MS, call.end_ms - AT_MS, first


def local(after_ms, zone=SEOUL):
    """Return a time as a logger writes it that names no zone."""
    return (LOGGED + timedelta(milliseconds=after_ms)).astimezone(zone).replace(tzinfo=None).isoformat()


@pytest.mark.parametrize(
    "fields",
    [
        {"startTime": local(-1900), "endTime": local(-50), "firstTokenTime": local(-1400)},
        {"startTime": local(-1850), "latency_ms": 1850, "firstTokenTime": local(-1350)},
        {"endTime": local(0), "latency_ms": 1850, "time_to_first_token_ms": 500},
    ],
)
def test_local_time_ahead_of_its_log_line_tells_how_long_only(fields):
    """No call ends hours after its line was logged: it ended then, and took as long as the local clock says."""
    assert times(**fields) == (-1850, 0, -1350)


@pytest.mark.parametrize("write", [lambda ms: local(ms, UTC), lambda ms: local(ms, UTC) + "Z", lambda ms: AT_MS + ms])
def test_what_can_be_is_taken_as_it_is(write):
    """Times in UTC, with or without saying so, and numbers stay where they are."""
    assert times(startTime=write(-1900), endTime=write(-50), firstTokenTime=write(-1400)) == (-1900, -50, -1400)


def test_a_zone_is_believed():
    """Who names a zone knows the time, also where the log event's own is another."""
    ahead = (LOGGED + timedelta(hours=9)).isoformat()

    assert times(startTime=ahead, latency_ms=5) == (9 * 3_600_000, 9 * 3_600_000 + 5, None)
