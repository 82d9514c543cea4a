"""Sending lost calls again: where their log events are looked for, and a plan that holds nothing else."""

import json
from collections import Counter
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logrouter.destinations.langfuse import encode_calls
from logrouter.destinations.langfuse_account import calls_of
from logrouter.destinations.langfuse_again import (
    APART_MS,
    DOCUMENT_EVENTS,
    LONGEST_MS,
    documents_of,
    narrow,
    stretches_of,
)
from logrouter.destinations.langfuse_book import HOUR_MS, Place
from logrouter.model import DropReason, LogEvent, Plan, Postponed, RawText, Tally
from tests.llm_days import PLACE, START_MS, booked
from tests.unit.test_langfuse import call_of

OTHER = Place("123456789012", "us-east-1", "/aws/ecs/chat/llm", "app/chat/2")
NOWHERE = Place("123456789012", "", "/aws/ecs/chat/llm", "app/chat/1")
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

places = st.sampled_from([PLACE, OTHER, NOWHERE])
moments = st.integers(START_MS, START_MS + 2 * HOUR_MS)
lost_calls = st.lists(st.tuples(places, moments), max_size=40).map(
    lambda drawn: [booked(n, place=place, logged_ms=at_ms) for n, (place, at_ms) in enumerate(drawn)]
)


@unhurried
@given(lost_calls)
def test_each_lost_call_is_looked_for_once_where_it_was_logged(calls):
    """Every call is in one stretch of its own stream, which begins no later than its event and reads on behind it."""
    stretches = stretches_of(calls)
    held = Counter(each for stretch in stretches for each in stretch.ids)
    by_id = {call.observation_id: call for call in calls}

    assert held == Counter(by_id.keys())
    for stretch in stretches:
        for call in (by_id[each] for each in stretch.ids):
            assert call.place == stretch.place
            assert stretch.since_ms <= call.logged_ms < stretch.until_ms


@unhurried
@given(lost_calls)
def test_stretches_of_a_stream_are_apart(calls):
    """Neighbours are read together, and far ones are not: two stretches of a stream have a gap, or are long as one."""
    stretches = stretches_of(calls)

    for before, behind in pairwise(stretches):
        is_apart = behind.since_ms - before.until_ms > APART_MS
        assert before.place != behind.place or is_apart or behind.until_ms - before.since_ms > LONGEST_MS


def test_calls_of_a_busy_stream_are_not_read_all_at_once():
    """A day in which each minute a call was lost is read in parts of some minutes: a part is held in memory."""
    lost = [booked(n, place=PLACE, logged_ms=START_MS + n * 60_000) for n in range(600)]

    lengths = [stretch.until_ms - stretch.since_ms for stretch in stretches_of(lost)]

    assert max(lengths) < LONGEST_MS + APART_MS
    assert len(lengths) > 50


def test_documents_are_as_a_subscription_brings_them():
    """Owner, group and stream are those of the place; many events are several documents, none lost."""
    events = [LogEvent(f"{n}", START_MS + n, RawText(f"line {n}")) for n in range(DOCUMENT_EVENTS + 3)]
    documents = list(documents_of(PLACE, events))

    assert [len(document["logEvents"]) for document in documents] == [DOCUMENT_EVENTS, 3]
    assert {key: documents[0][key] for key in ("messageType", "owner", "logGroup", "logStream")} == {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "app/chat/1",
    }
    assert documents[0]["logEvents"][0] == {"id": "0", "timestamp": START_MS, "message": "line 0"}
    assert json.loads(json.dumps(documents)) == documents


def plan_of(now, later=()):
    """A plan of calls by number, some of which wait."""
    calls = {number: call_of(observation_id=f"{number:016x}") for number in (*now, *later)}
    deliveries = encode_calls([calls[number] for number in now], "default", environment="prod") if now else []
    waiting = [encode_calls([calls[number]], "default", environment="prod")[0] for number in later]
    received = sum(one.records for one in (*deliveries, *waiting))
    return Plan(tuple(deliveries), Tally(received=received), tuple(Postponed(one, 90, "late_body") for one in waiting))


@unhurried
@given(st.sets(st.integers(1, 12)), st.sets(st.integers(13, 18)), st.sets(st.integers(1, 20)))
def test_a_narrowed_plan_sends_these_and_no_other(now, later, wanted):
    """Calls that are wanted stay, now or later; every other is a duplicate, and the books still balance."""
    plan = narrow(plan_of(sorted(now), sorted(later)), [f"{number:016x}" for number in wanted])
    sent = [call.observation_id for delivery in plan.deliveries for call in calls_of(delivery)]
    waiting = [call.observation_id for postponed in plan.later for call in calls_of(postponed.delivery)]
    records = sum(each.records for each in (*plan.deliveries, *(one.delivery for one in plan.later)))

    assert sorted(sent) == [f"{number:016x}" for number in sorted(now & wanted)]
    assert sorted(waiting) == [f"{number:016x}" for number in sorted(later & wanted)]
    assert plan.tally.received == records + plan.tally.dropped[DropReason.DUPLICATE]
