"""One record of an odd form takes no other of its payload with it, whatever stands in it."""

import json
from typing import Any

import pytest

from logrouter.jobs.trace_llm import plan
from logrouter.model import Json, Noticed, Plan
from logrouter.policy.load import default_policy
from logrouter.stages.llm.told_apart import ToldApart

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
SOUND = {"type": "llm", "callId": "sound-1", "model": "gpt-4o", "prompt_tokens": 3, "completion_tokens": 1}


def _span(**attributes: Json) -> dict[str, Json]:
    return {
        "name": "chat",
        "traceId": TRACE,
        "spanId": "00f067aa0ba902b7",
        "startTimeUnixNano": "1795150000000000000",
        "endTimeUnixNano": "1795150001000000000",
        "attributes": {
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 9,
            **attributes,
        },
    }


def _stream(chunk: dict[str, Json]) -> dict[str, Json]:
    return {
        "schemaType": "ModelInvocationLog",
        "operation": "InvokeModelWithResponseStream",
        "modelId": "anthropic.claude-haiku-4-5",
        "requestId": "3f1c0f5e-9d3a-4c63-8f6e-0a9a2e8a1f10",
        "input": {"inputTokenCount": 9},
        "output": {"outputTokenCount": 1, "outputBodyJson": [chunk]},
    }


def _deep(levels: int) -> Json:
    value: Json = {"stringValue": "x"}
    for _ in range(levels):
        value = {"arrayValue": {"values": [value]}}
    return value


ODD = {
    "a parent that is an object": _span(**{"langfuse.observation.metadata.parent_span_id": '{"a": 1}'}),
    "a parent that is a list": _span(**{"langfuse.observation.metadata.parent_span_id": "[1]"}),
    "a chunk whose place is a list": _stream({"index": [1], "delta": {"text": "Hi"}}),
    "a tool whose place is an object": _stream({"index": {}, "content_block": {"type": "tool_use", "name": "t"}}),
    "a block whose place is a list": _stream({"index": [], "content_block": {"type": "image"}}),
    "a block whose type is a list": _stream({"index": 0, "content_block": {"type": ["text"]}}),
    "an event whose body is too deep": {
        "eventName": "gen_ai.choice",
        "traceId": TRACE,
        "spanId": "00f067aa0ba902b7",
        "body": _deep(3_000),
    },
}


def _planned(*documents: dict[str, Json]) -> Plan:
    event = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/shop/llm",
        "logStream": "s-1",
        "logEvents": [
            {"id": str(place), "timestamp": 1_795_150_000_000 + place, "message": json.dumps(document)}
            for place, document in enumerate(documents)
        ],
    }
    return plan(
        event,
        policy=default_policy(),
        mask_text=lambda text, _service, _group: (text, {}),
        region="us-east-1",
        environment="test",
        limit_bytes=10**7,
    )


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_record_takes_no_other_with_it(odd: dict[str, Json]) -> None:
    """The sound call beside it is delivered, and the books balance."""
    planned = _planned(odd, SOUND)

    keys = [key for delivery in planned.deliveries for key in delivery.keys]
    own = [key for delivery in _planned(SOUND).deliveries for key in delivery.keys]
    assert set(own) <= set(keys)
    settled = sum(delivery.records for delivery in planned.deliveries) + planned.tally.dropped.total()
    assert planned.tally.received == settled


ROLES = ({"name": "user"}, ["user"], 7, None)


@pytest.mark.parametrize("role", ROLES, ids=str)
def test_messages_of_odd_roles_are_told(role: Json) -> None:
    """A role that is no word makes no call unreadable."""
    planned = _planned({**SOUND, "messages": [{"role": role, "content": "Hi"}]})

    assert sum(delivery.records for delivery in planned.deliveries) == 1
    assert not planned.tally.noticed


def test_the_text_of_a_chunk_of_an_odd_place_is_told() -> None:
    """A place that names none does not hide what was said there."""
    (delivery,) = _planned(ODD["a chunk whose place is a list"]).deliveries

    assert b"Hi" in delivery.body


def test_calls_go_out_as_they_are_where_a_fault_of_ours_keeps_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """What calls learn from each other is a help; that it failed is counted."""

    def fails(*_args: Any) -> None:
        raise LookupError

    monkeypatch.setattr(ToldApart, "given_to", fails)

    planned = _planned(SOUND)

    assert sum(delivery.records for delivery in planned.deliveries) == 1
    assert planned.tally.noticed == {Noticed.UNREADABLE: 1}


def test_a_record_is_told_as_it_is_where_a_fault_of_ours_keeps_its_bodies_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others of its payload, and the record itself, go on."""

    def fails(*_args: Any) -> None:
        raise LookupError

    monkeypatch.setattr("logrouter.stages.llm.placing.with_joined_stream", fails)

    planned = _planned(_stream({"index": 0, "delta": {"text": "Hi"}}), SOUND)

    assert sum(delivery.records for delivery in planned.deliveries) == 2
