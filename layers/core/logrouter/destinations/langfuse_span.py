"""One LLM call as one OTLP span with the attributes that Langfuse reads. Pure; the same call gives the same bytes.

Attribute names are those of the langfuse SDK (tested against its constants), and what its server makes of them is
recorded and compared (tests/data/langfuse_server.json). Numbers travel inside JSON texts, because servers before 3.179
misread integer attributes (measured, 2026-11-20). A span is complete, never an update of another: Langfuse replaces
whole rows.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from logrouter.destinations.console_links import shown_id, stream_link
from logrouter.destinations.langfuse_values import (
    any_value,
    cut,
    dumps,
    environment_name,
    identifier,
    metadata_shown,
    model_name,
    named,
    parameters_shown,
    tags_shown,
    text_of,
)
from logrouter.model import Json, Level, LlmCall

SPAN_LIMIT_BYTES: Final = 600_000
"""A larger span is sent with its prompt and answer cut, so that one call always fits a queue message."""

ERROR_CHARS: Final = 4_000
LARGEST_PROMPT_VERSION: Final = 65_535
"""Langfuse 4 stores prompt versions in 16 bits and forgets what is larger."""

_KIND_CLIENT: Final = 3
_STATUS_ERROR: Final = 2


def span_bytes(call: LlmCall, environment: str) -> bytes:
    """Return the span of a call as JSON, at most `SPAN_LIMIT_BYTES`.

    Args:
        call: masked.
        environment: Langfuse environment of records that name none.
    """
    attributes = _attributes(call, environment)
    encoded = _span(call, attributes)
    room = SPAN_LIMIT_BYTES // 4
    while len(encoded) > SPAN_LIMIT_BYTES and room > 100:
        for name in ("langfuse.observation.input", "langfuse.observation.output"):
            if isinstance(content := attributes.get(name), str):
                attributes[name] = cut(content, room)
        attributes["langfuse.observation.metadata.content_cut"] = "true"
        encoded = _span(call, attributes)
        room //= 4
    return encoded


def _span(call: LlmCall, attributes: Mapping[str, Json]) -> bytes:
    span: dict[str, Json] = {
        "traceId": call.trace_id,
        "spanId": call.observation_id,
        "name": _name(call),
        "kind": _KIND_CLIENT,
        "startTimeUnixNano": str(call.start_ms * 1_000_000),
        "endTimeUnixNano": str(call.end_ms * 1_000_000),
        "attributes": [
            {"key": key, "value": any_value(value)} for key, value in attributes.items() if value is not None
        ],
        "status": _status(call),
    }
    if call.parent_id:
        span["parentSpanId"] = call.parent_id
    return dumps(span).encode("utf-8", "replace")


def _name(call: LlmCall) -> str:
    """Return the call's name; of one that nobody named its prompt's, else what it is and of which model."""
    name = named(call.name)
    if name and name != call.kind:
        return name
    return named(call.prompt_name) or " ".join(filter(None, (call.kind, model_name(call.model))))


def _status(call: LlmCall) -> dict[str, Json]:
    if call.error is None:
        return {}
    return {"code": _STATUS_ERROR, "message": cut(call.error, ERROR_CHARS) or "failed"}


def _attributes(call: LlmCall, environment: str) -> dict[str, Json]:
    record = call.record
    usage, cost = _usage_and_cost(call)
    is_root = True if call.is_app_root else None
    attributes: dict[str, Json] = {
        "langfuse.trace.name": named(call.trace_name) or _name(call),
        "user.id": identifier(call.user_id),
        "session.id": identifier(call.session_id),
        "langfuse.trace.tags": tags_shown(call.tags) or None,
        "langfuse.environment": environment_name(record.environment or environment),
        "langfuse.release": named(call.release),
        "langfuse.version": named(call.version),
        "langfuse.internal.is_app_root": is_root,  # read by servers from 4 on, as the SDK sends it
        "langfuse.internal.as_root": is_root,  # by those before; without it the trace has neither input nor output
        "langfuse.observation.type": _type(call),
        "langfuse.observation.level": _level(call),
        "langfuse.observation.status_message": _status(call).get("message"),
        "langfuse.observation.input": _content(call.input),
        "langfuse.observation.output": _content(call.output),
        "langfuse.observation.model.name": model_name(call.model),
        "langfuse.observation.model.parameters": parameters_shown(call.parameters),
        "langfuse.observation.completion_start_time": _iso(call.first_token_ms),
        "langfuse.observation.usage_details": dumps(usage) if usage else None,
        "langfuse.observation.cost_details": dumps(cost) if cost else None,
        **_prompt(call),
    }
    attributes |= _under("langfuse.trace.metadata", {"service": record.service, "request_id": record.request_id})
    return attributes | _under("langfuse.observation.metadata", _metadata(call))


def _metadata(call: LlmCall) -> dict[str, Json]:
    """Return what the record brings of its own, over it what we know; the latter is always whole."""
    record, origin = call.record, call.record.origin
    own, is_cut = metadata_shown(call.metadata)
    return {
        **own,
        "metadata_cut": "true" if is_cut else None,
        **({} if _prompt(call) else {"prompt_name": named(call.prompt_name), "prompt_version": call.prompt_version}),
        "provider": named(call.provider),
        "model_region": named(call.region),
        "service_tier": named(call.service_tier),
        "units": dict(call.units) or None,
        "usage_source": None if call.usage or call.model is None else "unknown",
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


def _usage_and_cost(call: LlmCall) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return usage and cost, and where they are unknown what keeps the server from guessing.

    A usage of nothing keeps it from counting the tokens of the texts of any model it has heard of: of a call that does
    not tell its tokens, and once more of an agent whose calls tell them. A failed call without tokens cost nothing; any
    other unknown cost stays unknown. Cost always has `total`, else the server shows 0.
    """
    usage, cost = dict[str, Json](call.usage), dict[str, Json](call.cost)
    if cost:
        cost.setdefault("total", round(sum(call.cost.values()), 12))
    elif call.error is not None and not call.usage.get("total"):
        cost = {"total": 0}
    return usage or ({"total": 0} if call.model else {}), cost


def _type(call: LlmCall) -> str:
    """Return the observation type; servers before 4 take neither usage nor cost of a plain span."""
    return "generation" if call.kind == "span" and (call.usage or call.cost) else call.kind


def _level(call: LlmCall) -> str:
    if call.error is not None:
        return "ERROR"
    return "WARNING" if call.record.level is Level.WARN else "DEFAULT"


def _prompt(call: LlmCall) -> dict[str, Json]:
    """Return the prompt as Langfuse links it: a name with a version from 1 on, else nothing.

    Langfuse 3 loses the whole call for one without the other (read in its source).
    """
    name, version = named(call.prompt_name), call.prompt_version
    if name is None or version is None or not 1 <= version <= LARGEST_PROMPT_VERSION:
        return {}
    return {"langfuse.observation.prompt.name": name, "langfuse.observation.prompt.version": float(version)}


def _under(prefix: str, values: Mapping[str, Json]) -> dict[str, Json]:
    return {f"{prefix}.{name}": text_of(value) for name, value in values.items() if value is not None}


def _content(value: Json) -> str | None:
    return None if value is None else text_of(value)


def _iso(moment_ms: int | None) -> str | None:
    if moment_ms is None:
        return None
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
