"""Defects verified in the code of comparable forwarders, each tried on the real handlers of this one."""

import json
import time

import pytest

from logrouter.adapters.failed_payloads import FailedPayloads
from logrouter.destinations.contract import retry_after_s
from logrouter.masking import Masker
from logrouter.model import RawText
from logrouter.policy.load import default_policy
from tests.contract_world import PLANTED, awslogs, document, llm_line, planted_line, world_of

EVENT_S = 1_795_140_000.0


@pytest.fixture
def world(monkeypatch, capsys, function):
    with world_of(monkeypatch, capsys, function) as made:
        yield made


def errors(count: int, first: int = 1) -> dict:
    lines = [json.dumps({"level": "error", "msg": f"order {at}"}) for at in range(count)]
    return awslogs(document(*lines, first=first))


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_throttled_batch_is_neither_lost_nor_called_a_success(world, status):
    """Contract 3. Peer: a 429 or 5xx got no retry, and with the store off the invocation reported success."""
    world.sink.answer = lambda number: (status, {})

    result = world.handle("forward_errors", errors(3))

    assert (result["delivered"], result["handed_over"], result["balanced"]) == (0, 3, True)
    assert sum(len(json.loads(message["Body"])["keys"]) for message in world.messages()) == 3


def test_failed_batches_are_stored_masked(world):
    """Contract 1. Peer: scrubbing happened in the HTTP client, so failed batches were stored and logged raw."""
    world.sink.answer = lambda number: (500, {})

    world.handle("forward_errors", awslogs(document(planted_line())))

    assert world.leaks() == []


@pytest.mark.parametrize("name", ["forward_errors", "trace_llm"])
def test_a_huge_item_does_not_vanish_uncounted(world, name):
    """Contract 2. Peer: items above 512 KB vanished without a counter."""
    text = "word " * 190_000
    line = (
        json.dumps({"level": "error", "msg": text}) if name == "forward_errors" else llm_line().replace("zebra", text)
    )

    result = world.handle(name, awslogs(document(line, logGroup="/aws/ecs/x/llm")))

    assert (result["received"], result["delivered"], result["balanced"]) == (1, 1, True)


@pytest.mark.parametrize("name", ["forward_errors", "trace_llm"])
def test_one_event_too_large_for_the_destination_ends(world, name):
    """Contract 3. Peer: a one-event payload was halved into itself, endlessly."""
    world.sink.answer = lambda number: (413, {})
    line = json.dumps({"level": "error", "msg": "x"}) if name == "forward_errors" else llm_line()

    result = world.handle(name, awslogs(document(line, logGroup="/aws/ecs/x/llm")))

    assert (result["dropped"], result["balanced"]) == ({"oversize_record": 1}, True)
    assert len(world.sink.requests) <= 2


def test_one_refused_record_costs_no_other(world):
    """Contract 3. Peer: a 4xx was logged and the whole batch counted as sent."""
    bad = "bad-" * 3
    world.sink.answer = lambda number: (400, {}) if bad.encode() in world.sink.requests[number][2] else (200, {})
    lines = [llm_line(number).replace("gpt-4o", bad if number == 3 else "gpt-4o") for number in range(6)]

    result = world.handle("trace_llm", awslogs(document(*lines, logGroup="/aws/ecs/x/llm")))

    assert (result["delivered"], result["dropped"]) == (5, {"refused_by_destination": 1})


def test_every_event_of_a_payload_is_read(world):
    """Contract 2. Peer: only the first log event of a payload was looked at."""
    result = world.handle("forward_errors", errors(40))

    assert (result["delivered"], len(world.sink.requests)) == (40, 40)


def test_the_time_of_an_issue_is_the_time_of_its_event(world):
    """Contract 5. Peer: documents carried the clock instead of the event's time."""
    world.handle("forward_errors", errors(1))

    assert [event["timestamp"] for event in world.sink.events] == [EVENT_S]


def test_batches_are_not_sent_one_by_one(world, monkeypatch):
    """Contract 6. Peer: twenty workers that each waited for the one before."""
    monkeypatch.setenv("DELIVERY_CONCURRENCY", "8")

    def slow(number: int) -> tuple[int, dict]:
        time.sleep(0.2)
        return 200, {}

    world.sink.answer = slow
    started_s = time.monotonic()

    result = world.handle("forward_errors", errors(16))

    assert result["delivered"] == 16
    assert time.monotonic() - started_s < 16 * 0.2 * 0.7


def test_waiting_looks_at_the_time_that_is_left(world):
    """Contract 6. Peer: back-off grew to thirty seconds whatever time the invocation had."""
    world.sink.answer = lambda number: (429, {"Retry-After": "3000"})
    started_s = time.monotonic()

    result = world.handle("forward_errors", errors(20), left_ms=10_000)

    assert (result["handed_over"], result["balanced"]) == (20, True)
    assert time.monotonic() - started_s < 5
    assert len(world.sink.requests) <= 4


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "Fri, 20 Nov 2026 01:00:30 GMT", "date": "Fri, 20 Nov 2026 01:00:00 GMT"}, 30.0),
        ({"retry-after": "Fri, 20 Nov 2026 01:00:30 GMT"}, None),
        ({"retry-after": "Fri, 20 Nov 2026 00:00:00 GMT", "date": "Fri, 20 Nov 2026 01:00:00 GMT"}, None),
        ({"retry-after": "soon", "date": "x"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "9" * 400}, None),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers, seconds):
    """Contract 3. Peer: none of them honoured Retry-After. Seconds, or a date counted from the answer's own."""
    assert seconds == retry_after_s(headers)


def test_a_replay_of_a_lost_answer_is_not_counted_twice(world):
    """Contract 5. Peer: an async retry doubled the whole event."""
    results = [world.handle("trace_llm", awslogs(document(llm_line(), logGroup="/aws/ecs/x/llm"))) for _ in range(3)]

    assert [result["delivered"] for result in results] == [1, 0, 0]
    assert len(world.sink.requests) == 1


def test_all_pages_of_failed_payloads_are_listed():
    """Contract 2. Peer: replay listed one page of a thousand keys."""

    class Pages:
        def get_paginator(self, operation):
            assert operation == "list_objects_v2"
            return self

        def paginate(self, **arguments):
            return ({"Contents": [{"Key": f"{page}-{at}"} for at in range(1_000)]} for page in range(3))

    store = FailedPayloads("bucket", s3=Pages(), functions=None)

    assert len(list(store.keys("", without="exhausted/"))) == 3_000


WORD = "QWxhZGRpbjpvcGVuIHNlc2FtZQ"
LONG = {
    "base64": WORD * 7_000,
    "word characters": "a" * 160_000,
    "dots": "a." * 80_000,
    "digits": "1" * 160_000,
    "dashes": "1-" * 80_000,
    "at signs": "@" * 160_000,
    "almost addresses": "a@" * 80_000,
    "blanks": " " * 160_000,
    "quotes": '"' * 160_000,
    "braces": "{" * 160_000,
    "pairs": "a=" * 80_000,
    "Korean": "가" * 160_000,
}


@pytest.mark.parametrize("case", LONG)
def test_no_rule_is_quadratic(case):
    """Contract 6. Peer: the e-mail rule took 3.35 s for 80 KB of base64, four times as long for each doubling."""
    masker, text = Masker(default_policy()), LONG[case]
    masker.mask_text(RawText("warm " + PLANTED["email"]))

    quarter_s = min(_spent_s(masker, text[: len(text) // 4]) for _ in range(3))
    whole_s = min(_spent_s(masker, text) for _ in range(3))

    assert whole_s < max(8 * quarter_s, 0.5)


def _spent_s(masker, text):
    started_s = time.process_time()
    masker.mask_text(RawText(text))
    return time.process_time() - started_s


def test_version_strings_and_impossible_addresses_stay(world):
    """Contract 1. Peer: the address rule ate version strings and 999.999.999.999."""
    text = "node v20.11.1.4 failed at 999.999.999.999 after 1.2.3-rc.4"

    world.handle("forward_errors", awslogs(document(json.dumps({"level": "error", "msg": text}))))

    assert [event["logentry"]["formatted"] for event in world.sink.events] == [text]
