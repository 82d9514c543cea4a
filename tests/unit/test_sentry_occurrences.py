"""The number of a storm in an event: silent until something was held back, true when a report is sent."""

from dataclasses import replace

import pytest

from logrouter.destinations.sentry import encode_issue
from logrouter.destinations.sentry_occurrences import with_count
from logrouter.model import Delivery, ErrorInfo, Frame, Occurrence
from tests.unit.issues import NOW_MS, full, issue, record
from tests.unit.sentry_oracle import event_of, normalized, scrubbed

START_MS = NOW_MS // 3_600_000 * 3_600_000


def storm(number, budget=5, keep_one_in=1, of=issue):
    return replace(of(), occurrence=Occurrence(number, START_MS, 60, budget, keep_one_in))


def encoded(one):
    return encode_issue(one, "default", environment="prod")


@pytest.mark.parametrize("number", [1, 5])
def test_nothing_is_said_as_long_as_all_are_sent(number):
    """Within its budget an event is byte for byte what it is without one."""
    assert encoded(storm(number)).body == encoded(issue()).body


def test_the_number_is_said_once_something_was_held_back():
    """Tag and context tell how many there were, how many of them were not sent, since when, and by which rule."""
    event = event_of(encoded(storm(20)))

    stated = {key: event["contexts"]["storm"][key] for key in ("occurrences", "not_sent", "since", "window_minutes")}
    assert stated == {
        "occurrences": 20,
        "not_sent": 13,
        "since": "2026-11-20T02:00:00+00:00",
        "window_minutes": 60,
    }
    assert (event["contexts"]["storm"]["budget"], event["contexts"]["storm"]["keep_one_in"]) == (5, 1)
    assert event["tags"]["occurrences"] == "20"


@pytest.mark.parametrize("one", [storm(20), storm(21, 0, 4), storm(100_000, 5_000, 1, full)])
def test_relay_takes_it_and_its_scrubbers_leave_it(one):
    """Sentry's own normaliser finds nothing wrong, and its scrubbers change neither tag nor context."""
    event = event_of(encoded(one))

    kept = normalized(event)

    assert kept["contexts"]["storm"]["occurrences"] == one.occurrence.number
    assert ["occurrences", str(one.occurrence.number)] in kept["tags"]
    assert scrubbed(kept)["contexts"]["storm"] == kept["contexts"]["storm"]


def test_a_report_states_the_number_of_when_it_is_sent():
    """Number, what was held back of it and the tag are new; everything else is as it was written."""
    written = encoded(storm(21, of=full))

    completed = with_count(written, 40)

    before, after = event_of(written), event_of(completed)
    assert (after["contexts"]["storm"]["occurrences"], after["contexts"]["storm"]["not_sent"]) == (40, 32)
    assert after["tags"].pop("occurrences") == "40"
    before["tags"].pop("occurrences")
    assert after["contexts"].pop("storm").keys() == before["contexts"].pop("storm").keys()
    assert (after, completed.keys, completed.lines) == (before, written.keys, written.lines)


@pytest.mark.parametrize("count", [0, 20, 21])
def test_a_number_never_goes_down(count):
    """A counter that was lost in between does not make a report smaller than what it knew."""
    written = encoded(storm(21))

    assert with_count(written, count) is written


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"{}\n{}\n",
        b"{}\n{}\nnot json\n",
        b'{}\n{}\n{"tags":{}}\n',
        b'{}\n{}\n{"contexts":{"storm":{"occurrences":1}},"tags":{}}\n',
        b'{}\n{}\n{"contexts":{"storm":[]},"tags":{}}\n',
        b"{}\n{}\n[]\n",
    ],
)
def test_what_states_no_number_is_left_as_it_is(body):
    """A body of another shape is sent as it was written; nothing is raised."""
    one = Delivery("sentry", "default", ("k",), (1,), body, completed_by="c")

    assert with_count(one, 9) is one


def test_trimmed_events_keep_the_number():
    """An event too large for Sentry gives up much, and not the number."""
    large = record(error=ErrorInfo("E", "x", tuple(Frame("f", "a" * 900, at, source="y" * 900) for at in range(250))))

    event = event_of(with_count(encoded(storm(21, of=lambda: issue(large))), 77))

    assert "logrouter.trimmed" in event["tags"]
    assert (event["contexts"]["storm"]["occurrences"], event["tags"]["occurrences"]) == (77, "77")
