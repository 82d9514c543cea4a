"""Recognise answers of the Bedrock runtime that applications log themselves: of Converse and of ApplyGuardrail.

As the SDKs return them (API reference of the Bedrock runtime, checked 2026-11-20). What InvokeModel returns is the
vendor's own answer, and read by the vendor's shape.
"""

from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.bedrock_bodies.answers import read_output
from logrouter.stages.llm.bedrock_bodies.body import nested
from logrouter.stages.llm.fields import Fields, duration_ms
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.usage import exclusive, read_counts

EXAMPLES = (
    {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 9, "outputTokens": 1, "totalTokens": 10},
        "metrics": {"latencyMs": 300},
    },
    {
        "action": "NONE",
        "usage": {"topicPolicyUnits": 1},
        "outputs": [],
        "assessments": [{"topicPolicy": {"topics": []}}],
    },
)
NO_EXAMPLES = (
    {"output": {"message": "done"}, "usage": {"inputTokens": 9}},
    {"action": "NONE", "assessments": []},
    {"output": {"message": {"content": []}}, "stopReason": "end_turn"},
)

_ACTIONS: Final = frozenset({"NONE", "GUARDRAIL_INTERVENED"})
_REQUESTS: Final = ("request", "requestbody", "kwargs", "params", "input", "args")


def read_answer(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one answer; the model stands in the request or beside the answer."""
    kind = _kind(document)
    if kind is None:
        return None
    answer = read_output(dict(document))
    asked = _request(document, outer)
    finding = Finding(
        "bedrock",
        kind=kind,
        model=_model(document, outer, asked),
        provider="aws.bedrock",
        call_id=Fields(Fields(document).mapping("responsemetadata")).text("requestid"),
        usage=exclusive(read_counts(answer.usage), cache_inside=False, trust_total=False)
        if kind == "generation"
        else {},
        output=answer.content,
        input=asked.get("messages") or asked.get("content"),
        latency_ms=duration_ms(answer.latency_ms, "latencyMs"),
        service_tier=answer.tier,
    )
    extras = {"finish_reason": answer.finish_reason, "guardrail": answer.guardrail}
    finding.metadata = {name: value for name, value in extras.items() if value}
    return finding


def _kind(document: Mapping[str, Json]) -> str | None:
    usage = document.get("usage")
    if not isinstance(usage, dict):
        return None
    is_message = isinstance(nested(document, "output", "message", "content"), list)
    if is_message and "inputTokens" in usage and "outputTokens" in usage:
        return "generation"
    is_assessed = document.get("action") in _ACTIONS and isinstance(document.get("assessments"), list)
    return "guardrail" if is_assessed and any(name.endswith("PolicyUnits") for name in usage) else None


def _request(document: Mapping[str, Json], outer: Mapping[str, Json]) -> dict[str, Json]:
    return Fields(outer).mapping(*_REQUESTS) or Fields(document).mapping(*_REQUESTS)


def _model(document: Mapping[str, Json], outer: Mapping[str, Json], asked: Mapping[str, Json]) -> str | None:
    invoked = nested(document, "trace", "promptRouter", "invokedModelId")
    if isinstance(invoked, str) and invoked:
        return invoked
    named = (Fields(place).text("modelid", "model", "modelname", "modelarn") for place in (document, outer, asked))
    return next((model for model in named if model), None)
