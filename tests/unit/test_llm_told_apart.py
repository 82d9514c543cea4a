"""Messages that stand in records of their own become prompt and answer of the call that they belong to."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.jobs.trace_llm import plan
from logrouter.model import DropReason
from logrouter.policy.load import default_policy, load_policy
from logrouter.stages.llm.told_apart import ToldApart
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, record
from tests.unit.telemetry_samples import FOLDER, calls_in

TRACE, SPAN, OTHER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "53995c3f42cd8ad8"
CHAT = {
    "traceId": TRACE,
    "spanId": SPAN,
    "name": "chat gpt-4o",
    "startTimeUnixNano": "1788000000000000000",
    "attributes": {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 5},
}


def said(name, body, span=SPAN):
    return {"event_name": name, "trace_id": f"0x{TRACE}", "span_id": f"0x{span}", "body": body, "attributes": {}}


EVENTS = [
    said("gen_ai.system.message", {"content": "Be short."}),
    said("gen_ai.user.message", {"content": "Capital?"}),
    said("gen_ai.choice", {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Seoul."}}),
]
ASKED = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Capital?"}]
ANSWERED = {"role": "assistant", "finish_reason": "stop", "content": "Seoul."}


def given_to(call_of, events, content=RULES["content"]):
    apart = ToldApart()
    for event in events:
        apart.hear(record(event))
    (call,) = apart.given_to(recognise(record(call_of), RULES).calls, content, None)
    return call.input, call.output


def as_otlp(events):
    rows = [
        {
            "traceId": TRACE,
            "spanId": SPAN,
            "attributes": [{"key": "event.name", "value": {"stringValue": event["event_name"]}}],
            "body": {
                "kvlistValue": {
                    "values": [{"key": key, "value": in_otlp(value)} for key, value in event["body"].items()]
                }
            },
        }
        for event in events
    ]
    return [{"resourceLogs": [{"scopeLogs": [{"logRecords": rows}]}]}]


def in_otlp(value):
    if isinstance(value, dict):
        return {"kvlistValue": {"values": [{"key": key, "value": in_otlp(inner)} for key, inner in value.items()]}}
    return {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}


@pytest.mark.parametrize(
    "events",
    [
        EVENTS,
        as_otlp(EVENTS),
        [{**event, "body": json.dumps(event["body"])} for event in EVENTS],
        [{**event, "event_name": None, "attributes": {"event.name": event["event_name"]}} for event in EVENTS],
    ],
    ids=["console", "export", "body as text", "name as attribute"],
)
def test_messages_of_a_call(events):
    """System, user and choice become prompt and answer, in every form of a log record."""
    assert given_to(CHAT, events) == (ASKED, ANSWERED)


def test_several_choices_are_all_answers():
    """Each of several choices is kept."""
    answers = [said("gen_ai.choice", {"message": {"content": text}}) for text in ("a", "b")]

    assert given_to(CHAT, answers)[1] == [{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}]


def test_messages_of_other_spans_stay_away():
    """What another call was asked is not told of this one."""
    assert given_to(CHAT, [said("gen_ai.user.message", {"content": "other"}, span=OTHER)]) == (None, None)


def test_what_the_span_says_itself_stays():
    """A prompt on the span is not replaced."""
    own = {**CHAT, "attributes": {**CHAT["attributes"], "gen_ai.input.messages": '[{"role":"user"}]'}}

    assert given_to(own, EVENTS) == ([{"role": "user"}], ANSWERED)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("drop", None), ("cut", '[{"role"[cut: 77 characters more]'), ("keep", ASKED)],
)
def test_the_policy_s_rule_for_content_holds(rule, expected):
    """What the policy drops or cuts is dropped or cut here too."""
    assert given_to(CHAT, EVENTS, {"input": rule, "output": "keep", "max_chars": 8})[0] == expected


def test_samples_that_tell_messages_apart():
    """The older conventions and botocore's telemetry end with prompt and answer."""
    for name in ("opentelemetry-openai_v2", "opentelemetry-bedrock"):
        succeeded = [call for call in calls_in(name) if call.error is None]

        assert all(call.input for call in succeeded)
        assert all(call.output for call in succeeded)


def planned(lines, policy):
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "a",
        "subscriptionFilters": ["f"],
        "logEvents": [
            {"id": f"{number:056d}", "timestamp": 1_788_000_000_000, "message": line}
            for number, line in enumerate(lines)
        ],
    }
    return plan(
        document,
        policy=policy,
        mask_text=lambda text, service, log_group: (text, {}),
        region="us-east-1",
        environment="prod",
        limit_bytes=10**7,
    )


def test_the_job_puts_them_together():
    """One observation with prompt and answer leaves; the messages are counted as no calls."""
    lines = (FOLDER / "opentelemetry-bedrock.txt").read_text("utf-8").strip().split("\n")

    plan_of_it = planned(lines, default_policy())
    (delivery,) = plan_of_it.deliveries

    assert (delivery.records, plan_of_it.tally.dropped) == (1, {DropReason.NOT_AN_LLM_CALL: 3})
    assert "Capital of Korea?" in delivery.body.decode()
    assert "Seoul." in delivery.body.decode()


def test_the_job_keeps_what_the_policy_drops():
    """A policy that drops prompts drops those of other records as well."""
    lines = (FOLDER / "opentelemetry-bedrock.txt").read_text("utf-8").strip().split("\n")
    policy = load_policy(json.dumps({"version": "1", "llm": {"content": {"input": "drop", "output": "drop"}}}))

    (delivery,) = planned(lines, policy).deliveries

    assert "Capital of Korea?" not in delivery.body.decode()
    assert "Seoul." not in delivery.body.decode()


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
PLACES = st.sampled_from(
    ["event_name", "eventName", "attributes", "body", "traceId", "spanId", "resourceLogs", "scopeLogs", "logRecords"]
)


@given(
    st.dictionaries(PLACES, JSONS | st.sampled_from(["gen_ai.choice", "gen_ai.user.message", TRACE, SPAN]), max_size=6)
)
def test_no_record_breaks_it(document):
    """Whatever a record says, it is heard or not."""
    apart = ToldApart()
    apart.hear(record(document))
    calls = recognise(record(CHAT), RULES).calls

    assert len(apart.given_to(calls, RULES["content"], None)) == 1
