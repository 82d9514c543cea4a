"""Read answers: what the model said, the vendor's counts, why it ended, and what Bedrock adds about the call."""

from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import opened
from logrouter.stages.llm.reading.media import lean
from logrouter.stages.llm.shapes.anthropic import content
from logrouter.stages.llm.shapes.bedrock_bodies.body import Body, first, first_text, nested, objects
from logrouter.stages.llm.shapes.bedrock_bodies.guardrails import guardrail_of
from logrouter.stages.llm.shapes.bedrock_bodies.streams import FLAT_COUNTS, METRICS, joined

_REASONS: Final = ("stopReason", "stop_reason", "completionReason", "finish_reason", "finishReason")
_PARTS: Final = ("results", "outputs", "choices", "generations", "completions")


def read_output(body: Json) -> Body:
    """Read a response body, or join the chunks of a stream; absent gives empty."""
    body = opened(body)
    if isinstance(body, list):
        body = joined(map(opened, body))
    if not isinstance(body, dict):
        return Body(lean(body))
    metrics = body.get("metrics")
    result = Body(
        lean(_answer(body)) or None,
        usage=_usage(body),
        latency_ms=metrics.get("latencyMs") if isinstance(metrics, dict) else None,
        finish_reason=_finish_reason(body),
        model=first_text(body, "model", "modelVersion"),
        error=_error(body),
        guardrail=guardrail_of(body),
        tier=_tier(body),
    )
    _add_metrics(result, body)
    return result


def _answer(body: Mapping[str, Json]) -> Json:
    message = nested(body, "output", "message")
    if isinstance(message, dict):  # Converse, Nova
        return content(message.get("content"))
    if isinstance(body.get("content"), list):  # Claude
        return content(body["content"])
    for name in _PARTS:
        parts = objects(body.get(name))
        if parts:
            said = [_said(part) for part in parts]
            return said[0] if len(said) == 1 else said
    if "embedding" in body or "embeddings" in body:
        return None  # vectors are no text to read, and large
    pictures = first(body, "images", "artifacts", "videos")
    if pictures:
        return pictures
    text = first(body, "generation", "completion", "text", "outputText", "response", "message")
    calls = body.get("tool_calls")  # Cohere
    return {"role": "assistant", "content": text, "tool_calls": calls} if calls else text


def _said(part: Mapping[str, Json]) -> Json:
    """Return what one of several answers says: a text, a message, or all of it where it says neither (reranking)."""
    said = first(part, "outputText", "text", "message")
    if said is None:
        said = nested(part, "data", "text")  # AI21 Jurassic
    return part if said is None and part.keys() & {"relevance_score", "relevanceScore"} else said or None


def _usage(body: Mapping[str, Json]) -> dict[str, Json]:
    usage = body.get("usage")
    if isinstance(usage, dict):
        return usage
    billed = nested(body, "meta", "billed_units") or nested(body, "meta", "tokens")  # Cohere
    if isinstance(billed, dict):
        return billed
    named = {name: body[name] for name in FLAT_COUNTS if name in body}
    results = objects(body.get("results"))
    counted = [result["tokenCount"] for result in results if isinstance(result.get("tokenCount"), int)]
    if counted:
        named["outputTokenCount"] = sum(counted)
    return named


def _finish_reason(body: Mapping[str, Json]) -> str | None:
    reason = first(body, *_REASONS)
    for name in _PARTS:
        parts = objects(body.get(name))
        if reason is None and parts:
            reason = first(parts[0], *_REASONS)
    reason = nested(reason, "reason") if isinstance(reason, dict) else reason
    return reason if isinstance(reason, str) else None


def _error(body: Mapping[str, Json]) -> str | None:
    """Return what a body says of a failure: Anthropic's error object, an exception in a stream, an image refused."""
    error = body.get("error")
    if isinstance(error, dict):
        words = (first_text(error, "type", "code"), first_text(error, "message"))
        return ": ".join(word for word in words if word) or "failed"
    return error if isinstance(error, str) and error else None


def _tier(body: Mapping[str, Json]) -> str | None:
    tier = body.get("serviceTier")
    tier = tier.get("type") if isinstance(tier, dict) else tier or body.get("service_tier")
    return tier if isinstance(tier, str) else None


def _add_metrics(result: Body, body: Mapping[str, Json]) -> None:
    """Add what Bedrock measured; its counts stand in where the vendor states none of that name."""
    metrics = body.get(METRICS)
    if not isinstance(metrics, dict):
        return
    result.latency_ms = metrics.get("invocationLatency", result.latency_ms)
    result.first_byte_ms = metrics.get("firstByteLatency", result.first_byte_ms)
    counts = {name: value for name, value in metrics.items() if name.endswith("TokenCount")}
    result.usage = {**counts, **result.usage}
