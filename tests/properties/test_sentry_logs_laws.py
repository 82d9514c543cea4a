"""The laws of Sentry Logs: any record becomes a valid log, containers tile what they are given, cutting loses nothing."""

import json
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.destinations.sentry import SENTRY, encode_logs
from logrouter.destinations.sentry_logs import ATTRIBUTES_LIMIT, LOGS_LIMIT, LOGS_LIMIT_BYTES, build_log
from logrouter.model import Level, LogItem
from tests.properties.test_sentry_laws import records, words
from tests.unit.issues import record
from tests.unit.test_sentry_logs import logs_of

items = st.builds(
    LogItem,
    record=records,
    level=st.sampled_from(Level),
    template=words,
    params=st.lists(words, max_size=30).map(tuple),
)
sizes = st.lists(st.sampled_from([10, 900, 8_000, 30_000]), max_size=260)

TYPES = {"string": str, "boolean": bool, "integer": int, "double": float}


@settings(max_examples=150, deadline=None)
@given(items)
def test_any_record_is_a_valid_log(item):
    """Required fields are there, ids are hex, and each attribute has the type that it says."""
    log = build_log(item, "dev")

    assert {"timestamp", "trace_id", "level", "body", "attributes"} <= log.keys()
    assert (len(log["trace_id"]), int(log["trace_id"], 16) > 0) == (32, True)
    assert "span_id" not in log or (len(log["span_id"]), int(log["span_id"], 16) > 0) == (16, True)
    assert log["level"] in list(Level)
    assert log["body"]
    for key, attribute in log["attributes"].items():
        value = attribute["value"]
        assert key
        assert type(value) is TYPES[attribute["type"]]
        assert not isinstance(value, float) or math.isfinite(value)
        assert isinstance(value, bool | str | float) or -(2**63) <= value < 2**63


@settings(max_examples=100, deadline=None)
@given(st.lists(items, max_size=4))
def test_any_body_is_text(several):
    """Whatever characters a record holds, the bytes are valid UTF-8 JSON, and the same ones each time."""
    first, second = (encode_logs(several, "default", environment="dev") for _ in range(2))

    assert first == second
    for delivery in first:
        json.loads(delivery.body.split(b"\n")[2].decode())
        assert max(len(log["attributes"]) for log in logs_of(delivery)) <= ATTRIBUTES_LIMIT + 40


@settings(max_examples=40, deadline=None)
@given(sizes)
def test_containers_tile(lengths):
    """Every log stands in one container, in order, and no container is larger than it may be."""
    several = [
        LogItem(record(event_id=str(number), message="x" * length, lines=number % 3 + 1), Level.INFO)
        for number, length in enumerate(lengths)
    ]

    deliveries = encode_logs(several, "default", environment="dev")

    assert sum(delivery.records for delivery in deliveries) == sum(item.record.lines for item in several)
    named = [log["attributes"]["log_event_id"]["value"] for delivery in deliveries for log in logs_of(delivery)]
    assert named == [item.record.event_id for item in several]
    assert all(0 < len(delivery.keys) <= LOGS_LIMIT for delivery in deliveries)
    assert all(len(delivery.body) <= LOGS_LIMIT_BYTES + 1_000 for delivery in deliveries)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.sets(st.integers(0, 29)))
def test_taking_out_and_cutting_lose_nothing(count, taken):
    """What is taken out and what is left are together what there was; halves are too."""
    (whole,) = encode_logs(
        [LogItem(record(event_id=str(number)), Level.INFO) for number in range(count)], "default", environment="dev"
    )
    gone = {key for number, key in enumerate(whole.keys) if number in taken}

    rest = SENTRY.without(whole, gone)
    halves = SENTRY.split(whole)

    left = [] if rest is None else logs_of(rest)
    assert left == [log for log, key in zip(logs_of(whole), whole.keys, strict=True) if key not in gone]
    if count > 1:
        assert [log for half in halves for log in logs_of(half)] == logs_of(whole)
