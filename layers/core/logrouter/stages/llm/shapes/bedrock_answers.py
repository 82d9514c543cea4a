"""Recognise answers of the Bedrock runtime that applications log themselves, as the SDKs return them.

Of Converse, the last event of ConverseStream, ApplyGuardrail, and InvokeModel with the headers in which Bedrock counts
(API reference of the Bedrock runtime, checked 2026-11-20). What InvokeModel returns without them is the vendor's own
answer, and read by the vendor's shape.
"""

from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import Fields, duration_ms, opened
from logrouter.stages.llm.reading.usage import Counts, exclusive, read_counts
from logrouter.stages.llm.shapes.bedrock_bodies.answers import read_output
from logrouter.stages.llm.shapes.bedrock_bodies.body import nested

EXAMPLES = (
    {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 9, "outputTokens": 1, "totalTokens": 10},
        "metrics": {"latencyMs": 300},
    },
    {"metadata": {"usage": {"inputTokens": 9, "outputTokens": 1}, "metrics": {"latencyMs": 300}}},
    {
        "ResponseMetadata": {"HTTPHeaders": {"x-amzn-bedrock-input-token-count": "9"}},
        "modelId": "mistral.mistral-7b-instruct-v0:2",
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
    {"usage": {"inputTokens": 9, "outputTokens": 1}, "metrics": {"cpu": 3}},
    {"ResponseMetadata": {"HTTPHeaders": {"content-type": "application/json"}}},
)

_ACTIONS: Final = frozenset({"NONE", "GUARDRAIL_INTERVENED"})
_REQUESTS: Final = ("request", "requestbody", "kwargs", "params", "input", "args")
_HEADER: Final = "x-amzn-bedrock-"


def read_answer(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one answer; the model stands in the request or beside the answer."""
    headers = _headers(document)
    said = _said(document, headers)
    kind = "generation" if said is not None else _assessed(document)
    if kind is None:
        return None
    answer = read_output(dict(document if said is None else said))
    asked = _request(document, outer)
    model = _model(document, outer, asked)
    counts = read_counts(headers).over(read_counts(answer.usage)) if said is not None else Counts()
    finding = Finding(
        "bedrock",
        kind=kind_of_model(model) if kind == "generation" else kind,
        model=model,
        provider="aws.bedrock",
        call_id=Fields(Fields(document).mapping("responsemetadata")).text("requestid"),
        usage=exclusive(counts, cache_inside=False, trust_total=False),
        output=answer.content,
        input=asked.get("messages") or asked.get("content"),
        latency_ms=duration_ms(headers.get("invocation-latency", answer.latency_ms), "latencyMs"),
        service_tier=answer.tier,
    )
    extras = {"finish_reason": answer.finish_reason, "guardrail": answer.guardrail}
    finding.metadata = {name: value for name, value in extras.items() if value}
    return finding


def kind_of_model(model: str | None) -> str:
    """Return the observation type of what a model does, by its name."""
    if model and ("embed" in model or "marengo" in model):
        return "embedding"
    return "retriever" if model and "rerank" in model else "generation"


def _headers(document: Mapping[str, Json]) -> dict[str, Json]:
    """Return what Bedrock says of an InvokeModel call in the headers of its answer, without their common beginning."""
    found = Fields(Fields(document).mapping("responsemetadata")).mapping("httpheaders")
    return {name[len(_HEADER) :]: value for name, value in found.items() if name.lower().startswith(_HEADER)}


def _said(document: Mapping[str, Json], headers: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """Return the answer of a model, as `read_output` reads it; None when there is none."""
    if any(name.endswith("token-count") for name in headers):
        body = opened(document.get("body"))
        return body if isinstance(body, dict) else {}
    at_end = document.get("metadata")
    for place in (document, at_end if isinstance(at_end, dict) else {}):
        usage, is_timed = place.get("usage"), nested(place, "metrics", "latencyMs") is not None
        is_message = isinstance(nested(place, "output", "message", "content"), list)
        if isinstance(usage, dict) and {"inputTokens", "outputTokens"} <= usage.keys() and (is_message or is_timed):
            return place
    return None


def _assessed(document: Mapping[str, Json]) -> str | None:
    usage = document.get("usage")
    is_assessed = str(document.get("action")) in _ACTIONS and isinstance(document.get("assessments"), list)
    is_counted = isinstance(usage, dict) and any(name.endswith("PolicyUnits") for name in usage)
    return "guardrail" if is_assessed and is_counted else None


def _request(document: Mapping[str, Json], outer: Mapping[str, Json]) -> dict[str, Json]:
    return Fields(outer).mapping(*_REQUESTS) or Fields(document).mapping(*_REQUESTS)


def _model(document: Mapping[str, Json], outer: Mapping[str, Json], asked: Mapping[str, Json]) -> str | None:
    invoked = nested(document, "trace", "promptRouter", "invokedModelId")
    if isinstance(invoked, str) and invoked:
        return invoked
    named = (Fields(place).text("modelid", "model", "modelname", "modelarn") for place in (document, outer, asked))
    return next((model for model in named if model), None)
