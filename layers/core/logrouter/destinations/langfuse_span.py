"""One LLM call as one OTLP span with the attributes that Langfuse reads. Pure; the same call gives the same bytes.

Attribute names are those of the langfuse SDK (tested against its constants). Numbers travel inside JSON texts, because
servers before 3.179 misread integer attributes (measured, 2026-11-20). A span is complete, never an update of another:
Langfuse replaces whole rows.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from logrouter.destinations.console_links import shown_id, stream_link
from logrouter.model import Json, LlmCall

SPAN_LIMIT_BYTES: Final = 600_000
"""A larger span is sent with its prompt and answer cut, so that one call always fits a queue message."""

_ENVIRONMENT: Final = re.compile(r"[^a-z0-9_-]+")
_ARN: Final = re.compile(r"arn:[^/]+/(?:.*/)?")
_FORBIDDEN_KEYS: Final = frozenset({"__proto__", "constructor", "prototype"})
_KIND_CLIENT: Final = 3
_STATUS_ERROR: Final = 2


def span_bytes(call: LlmCall, environment: str) -> bytes:
    """Return the span of a call as JSON, at most `SPAN_LIMIT_BYTES` unless its metadata alone is larger.

    Args:
        call: masked.
        environment: Langfuse environment of records that name none.
    """
    attributes = _attributes(call, environment)
    encoded = _span(call, attributes)
    room = SPAN_LIMIT_BYTES // 4
    while len(encoded) > SPAN_LIMIT_BYTES and room > 100:
        for name in ("langfuse.observation.input", "langfuse.observation.output"):
            if name in attributes:
                attributes[name] = cut(attributes[name], room)
        attributes["langfuse.observation.metadata.content_cut"] = "true"
        encoded = _span(call, attributes)
        room //= 4
    return encoded


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text and say how many are missing."""
    return text if len(text) <= limit else f"{text[:limit]}[cut: {len(text) - limit} characters more]"


def dumps(value: Json) -> str:
    """Return strict JSON: what JSON cannot say (NaN, infinity, endless nesting) becomes null or a note."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except RecursionError:
        return '"[nested too deeply]"'
    except ValueError:
        return json.dumps(_finite(value), ensure_ascii=False, separators=(",", ":"))


def environment_name(environment: str) -> str:
    """Return an environment as Langfuse accepts it: `[a-z0-9-_]`, 40 characters, not beginning with `langfuse`."""
    name = _ENVIRONMENT.sub("-", environment.lower()).strip("-")
    return re.sub(r"^(langfuse[-_]?)+", "", name)[:40] or "default"


def _span(call: LlmCall, attributes: Mapping[str, Json]) -> bytes:
    span = {
        "traceId": call.trace_id,
        "spanId": call.observation_id,
        "name": call.name,
        "kind": _KIND_CLIENT,
        "startTimeUnixNano": str(call.start_ms * 1_000_000),
        "endTimeUnixNano": str(call.end_ms * 1_000_000),
        "attributes": [{"key": key, "value": _value(value)} for key, value in attributes.items() if value is not None],
        "status": {"code": _STATUS_ERROR, "message": call.error} if call.error is not None else {},
    }
    if call.parent_id:
        span["parentSpanId"] = call.parent_id
    return dumps(span).encode("utf-8", "replace")


def _attributes(call: LlmCall, environment: str) -> dict[str, Json]:
    record = call.record
    attributes: dict[str, Json] = {
        "langfuse.trace.name": call.trace_name or call.name,
        "user.id": call.user_id,
        "session.id": call.session_id,
        "langfuse.trace.tags": list(call.tags) or None,
        "langfuse.environment": environment_name(record.environment or environment),
        "langfuse.release": record.version,
        "langfuse.version": record.version,
        "langfuse.observation.type": call.kind,
        "langfuse.observation.level": "DEFAULT" if call.error is None else "ERROR",
        "langfuse.observation.status_message": call.error,
        "langfuse.observation.input": _content(call.input),
        "langfuse.observation.output": _content(call.output),
        "langfuse.observation.model.name": _ARN.sub("", call.model) if call.model else None,
        "langfuse.observation.model.parameters": dumps(dict(call.parameters)) if call.parameters else None,
        "langfuse.observation.completion_start_time": _iso(call.first_token_ms),
        "langfuse.observation.usage_details": dumps(dict(call.usage)) if call.usage else None,
        "langfuse.observation.cost_details": _cost(call),
        "langfuse.observation.prompt.name": call.prompt_name,
        "langfuse.observation.prompt.version": float(call.prompt_version) if call.prompt_version is not None else None,
    }
    attributes |= _named("langfuse.trace.metadata", {"service": record.service, "request_id": record.request_id})
    return attributes | _named("langfuse.observation.metadata", _metadata(call))


def _metadata(call: LlmCall) -> dict[str, Json]:
    record, origin = call.record, call.record.origin
    return {
        **call.metadata,
        "provider": call.provider,
        "cost_source": call.cost_source,
        "service": record.service,
        "log_group": origin.log_group or None,
        "log_stream": origin.log_stream or None,
        "log_event_id": shown_id(record.event_id),
        "log_link": stream_link(origin, record.timestamp_ms, record.event_id),
        "aws_account": origin.account or None,
        "aws_region": origin.region or None,
        "masked": list(record.masked) or None,
    }


def _named(prefix: str, values: Mapping[str, Json]) -> dict[str, Json]:
    """Return values as texts under one prefix; Langfuse drops names with a segment of `_FORBIDDEN_KEYS`."""
    return {
        f"{prefix}.{name}": value if isinstance(value, str) else dumps(value)
        for name, value in values.items()
        if value is not None and _FORBIDDEN_KEYS.isdisjoint(name.split("."))
    }


def _content(value: Json) -> str | None:
    return value if value is None or isinstance(value, str) else dumps(value)


def _cost(call: LlmCall) -> str | None:
    """Cost always with `total`; a failed call without a cost says 0, else the server tokenises it and invents one."""
    cost = dict(call.cost)
    if not cost:
        return dumps({"total": 0}) if call.error is not None else None
    cost.setdefault("total", sum(cost.values()))
    return dumps(cost)


def _iso(moment_ms: int | None) -> str | None:
    if moment_ms is None:
        return None
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _value(value: Json) -> dict[str, Json]:
    if isinstance(value, list):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def _finite(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
