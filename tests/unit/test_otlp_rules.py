"""What the local Langfuse refuses of a span: each thing that the real server would refuse, drop or show wrongly."""

import json
from copy import deepcopy

import pytest

from logrouter.destinations.langfuse import encode_calls
from logrouter_local.otlp_rules import attributes_of, complaints_of, faults_of, resend_complaints, spans_of
from tests.unit.langfuse_calls import call_of

USAGE, COST = "langfuse.observation.usage_details", "langfuse.observation.cost_details"


@pytest.fixture
def span():
    """A span as we send it."""
    (delivery,) = encode_calls([call_of(first_token_ms=call_of().start_ms + 20)], "default", environment="prod")
    (made,) = spans_of(json.loads(delivery.body))
    return made


def told(span, **attributes):
    """The span with some attributes said otherwise: texts, or whole values."""
    changed = deepcopy(span)
    for name, value in attributes.items():
        changed["attributes"] = [item for item in changed["attributes"] if item["key"] != name]
        if value is not None:
            changed["attributes"].append(
                {"key": name, "value": {"stringValue": value} if isinstance(value, str) else value}
            )
    return changed


def test_what_we_send_is_in_order(span):
    """A span of ours has neither faults nor complaints, and may come again."""
    assert (faults_of(span), complaints_of(span), resend_complaints(span, span)) == ([], [], [])


@pytest.mark.parametrize(
    "changes",
    [
        {"traceId": None},
        {"traceId": "A" * 32},
        {"traceId": "4bf92f3577b34da6"},
        {"spanId": None},
        {"spanId": "00f067aa0ba902b"},
        {"parentSpanId": ""},
        {"attributes": {"user.id": "u"}},
        {"startTimeUnixNano": 1_788_000_000_000_000_000},
        {"endTimeUnixNano": None},
        {"endTimeUnixNano": "1.788e18"},
    ],
    ids=str,
)
def test_the_whole_export_is_refused_for_it(span, changes):
    """What the real server answers with 400."""
    changed = {name: value for name, value in (span | changes).items() if value is not None}

    assert len(faults_of(changed)) == 1


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        (USAGE, '{"input":1.5,"total":1.5}', "no safe whole number"),
        (USAGE, '{"input":9007199254740993,"total":9007199254740993}', "no safe whole number"),
        (USAGE, '{"input":-1,"total":-1}', "no safe whole number"),
        (USAGE, '{"input":"12","total":12}', "no safe whole number"),
        (USAGE, '{"input":true,"total":1}', "no safe whole number"),
        (USAGE, '{"input":NaN,"total":1}', "no safe whole number"),
        (USAGE, '{"input":{"text":1},"total":1}', "no safe whole number"),
        (USAGE, '{"input":1,"output":2,"total":4}', "add up"),
        (USAGE, "12", "not a JSON object"),
        (USAGE, None, "count tokens and invent a cost"),
        (COST, '{"input":0.1,"output":0.2}', "without total"),
        (COST, '{"input":0.1,"total":0.2}', "add up"),
        (COST, '{"total":"0.1"}', "no amount"),
        (COST, '{"total":-0.1}', "no amount"),
        (COST, '{"total":NaN}', "no amount"),
        (COST, "[0.1]", "not a JSON object"),
        ("gen_ai.usage.input_tokens", {"intValue": "12"}, "integer attributes"),
        ("langfuse.observation.metadata", "text", "dropped"),
        ("langfuse.observation.metadata.__proto__.x", "y", "dropped"),
        ("langfuse.observation.metadata.constructor", "y", "dropped"),
        ("langfuse.observation.metadata.two", {"stringValue": "a", "boolValue": True}, "one value"),
        ("langfuse.observation.metadata.none", {}, "one value"),
        ("langfuse.observation.type", "llm", "type"),
        ("langfuse.observation.type", None, "type"),
        ("langfuse.observation.level", "FATAL-ISH", "level"),
        ("langfuse.observation.completion_start_time", "1788000000131", "ISO 8601"),
        ("langfuse.observation.completion_start_time", {"doubleValue": 1.5}, "ISO 8601"),
        ("langfuse.observation.completion_start_time", "2020-01-01T00:00:00.000Z", "before the call"),
        ("langfuse.trace.name", None, "trace name"),
        ("langfuse.trace.tags", "a,b", "tags"),
        ("langfuse.trace.tags", {"arrayValue": {"values": [{"doubleValue": 1.5}]}}, "tags"),
        ("langfuse.environment", "Prod EU", "default"),
        ("langfuse.environment", "langfuse-prod", "default"),
        ("langfuse.environment", "e" * 41, "default"),
        ("user.id", "u" * 201, "user.id"),
        ("session.id", "a\0b", "session.id"),
        ("langfuse.observation.prompt.name", "greet", "prompt"),
        ("langfuse.internal.is_app_root", "true", "root"),
    ],
)
def test_it_would_be_misread(span, name, value, complaint):
    """Each of these is taken by the real server and shown wrongly, or dropped without a word."""
    complaints = complaints_of(told(span, **{name: value}))

    assert [text for text in complaints if complaint in text] != []


def test_an_attribute_said_twice(span):
    """Of two values under one name the server reads one."""
    twice = deepcopy(span)
    twice["attributes"].append({"key": "user.id", "value": {"stringValue": "other"}})
    twice["attributes"].append({"key": "user.id", "value": {"stringValue": "third"}})

    assert [text for text in complaints_of(twice) if text.startswith("user.id: said")] != []


@pytest.mark.parametrize(("shift_ns", "is_noticed"), [(0, False), (999, False), (1_000_000, True), (-1_000_000, True)])
def test_a_copy_with_another_start(span, shift_ns, is_noticed):
    """A millisecond of difference is another row, which counts for ever; less is cut away."""
    moved = span | {"startTimeUnixNano": str(int(span["startTimeUnixNano"]) + shift_ns)}

    assert any("start time" in text for text in resend_complaints(moved, span)) is is_noticed


@pytest.mark.parametrize("name", ["langfuse.observation.output", COST, "user.id"])
def test_a_copy_that_says_less(span, name):
    """A second copy replaces the whole row: what it leaves out is lost."""
    if name not in attributes_of(span):
        span = told(span, **{name: "said"})

    assert resend_complaints(told(span, **{name: None}), span) == [f"partial resend: {name} is gone"]


@pytest.mark.parametrize(("name", "value"), [(COST, '{"total":0.5}'), (USAGE, '{"total":9}')])
def test_a_copy_that_sums_to_something_else(span, name, value):
    """Until both rows are merged their numbers are added up."""
    assert len(resend_complaints(told(span, **{name: value}), span)) == 1
