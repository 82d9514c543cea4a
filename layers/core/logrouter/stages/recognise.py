"""Find the LLM call in a record: shape by shape, then one complete call with deterministic ids and times.

Pure. A record that is no call and one that states nonsense are values (`DropReason`), never exceptions. Cost that the
record does not state is filled by `logrouter.stages.price`.
"""

import json
from collections.abc import Callable, Iterator, Mapping

from logrouter.model import DropReason, Json, Level, LlmCall, Record
from logrouter.policy.log_groups import service_of
from logrouter.stages.llm.fields import Fields, opened, plain
from logrouter.stages.llm.finding import Finding, NonsenseError
from logrouter.stages.llm.identity import as_span_id, as_trace_id, observation_id_of, trace_id_of
from logrouter.stages.llm.mapped import read_mapped
from logrouter.stages.llm.shapes import SHAPES
from logrouter.stages.llm.surroundings import surround

ENVELOPES = frozenset(
    {
        "attributes",
        "body",
        "completion",
        "context",
        "data",
        "detail",
        "details",
        "event",
        "extra",
        "extras",
        "fields",
        "genai",
        "generation",
        "kwargs",
        "llm",
        "llmcall",
        "llmoutput",
        "llmrequest",
        "llmresponse",
        "log",
        "message",
        "msg",
        "output",
        "payload",
        "properties",
        "record",
        "response",
        "result",
        "span",
        "standardloggingobject",
        "standardloggingpayload",
    }
)
"""Plain names of the fields in which loggers wrap the object that matters."""

TEXT_ENVELOPES = frozenset(
    {"message", "msg", "log", "body", "payload", "data", "event", "standardloggingobject", "standardloggingpayload"}
)
"""Those whose object may be JSON text. Never the model's own answer: what it wrote must not count as a call."""

_DEPTH = 3
_CALLS_WITH_TOKENS = frozenset({"generation", "embedding"})
_MARK = "[cut: {0} characters more]"


def recognise(
    record: Record, rules: Mapping[str, Json], mask_again: Callable[[str], str] = str
) -> LlmCall | DropReason:
    """Return the LLM call that a record tells of.

    Args:
        record: parsed from masked text.
        rules: policy section `llm`.
        mask_again: masks an answer once it is put together: in the chunks of a stream each word stands alone, so that
            masking the record could not see what they say when joined.

    Returns:
        The call, cost filled only when the record states it; or NOT_AN_LLM_CALL, or INVALID_LLM_CALL when it calls
        itself one but names neither model nor tokens, or states what cannot be.
    """
    document = record.document or _from_text(record.message)
    if document is None:
        return DropReason.NOT_AN_LLM_CALL
    try:
        finding = _find(document, rules)
        if finding is None:
            return DropReason.NOT_AN_LLM_CALL
        if not finding.complete:
            surround(finding, document)
    except NonsenseError:
        return DropReason.INVALID_LLM_CALL
    if isinstance(finding.output, str):
        finding.output = mask_again(finding.output)
    return _call(finding, record, rules) if _is_sound(finding, rules["limits"]) else DropReason.INVALID_LLM_CALL


def _from_text(message: str) -> dict[str, Json] | None:
    """Return the JSON object that a text line ends in (`2026-11-20 INFO {...}`), None when there is none."""
    start = message.find("{")
    document = opened(message[start:].strip()) if start >= 0 else None
    return document if isinstance(document, dict) else None


def _find(document: dict[str, Json], rules: Mapping[str, Json]) -> Finding | None:
    mapped = read_mapped(document, rules.get("mappings", ()))
    if mapped is not None:
        return mapped
    candidates = list(_candidates(document, _DEPTH))
    empty: Finding | None = None
    for shape in SHAPES:
        for candidate in candidates:
            finding = shape(candidate, document)
            if finding is not None and _says_something(finding):
                return finding
            empty = empty or finding
    return empty


def _says_something(finding: Finding) -> bool:
    return finding.kind not in _CALLS_WITH_TOKENS or finding.model is not None or bool(finding.usage)


def _candidates(document: dict[str, Json], depth: int) -> Iterator[dict[str, Json]]:
    """Yield the object itself, then those that it wraps, outermost first."""
    yield document
    if depth:
        for name, value in document.items():
            key = plain(name)
            inner = opened(value) if key in TEXT_ENVELOPES else value
            if key in ENVELOPES and isinstance(inner, dict):
                yield from _candidates(inner, depth - 1)


def _is_sound(finding: Finding, limits: Mapping[str, Json]) -> bool:
    """Hold a finding against the bounds of the policy; a declared call of a model names the model or its tokens."""
    if not _says_something(finding):
        return False
    if finding.usage.get("total", 0) > limits["tokens"] or finding.cost.get("total", 0) > limits["cost_usd"]:
        return False
    longest_ms: float = limits["duration_ms"]
    return max(finding.latency_ms or 0, finding.first_token_after_ms or 0) <= longest_ms


def _call(finding: Finding, record: Record, rules: Mapping[str, Json]) -> LlmCall:
    start_ms, end_ms = _times(finding, record, rules["limits"]["duration_ms"])
    trace_id, observation_id = _ids(finding, record)
    content, parent_id = rules["content"], as_span_id(finding.parent_id)
    return LlmCall(
        record=record,
        name=_name(finding, record),
        trace_id=trace_id,
        observation_id=observation_id,
        start_ms=start_ms,
        end_ms=end_ms,
        kind=finding.kind,
        model=finding.model,
        provider=finding.provider,
        first_token_ms=_first_token(finding, start_ms, end_ms),
        parent_id=parent_id if rules["parents"] == "keep" else None,
        input=_bounded(finding.input, content["input"], content["max_chars"]),
        output=_bounded(finding.output, content["output"], content["max_chars"]),
        parameters={name: value for name, value in finding.parameters.items() if value is not None},
        usage=finding.usage,
        cost=finding.cost,
        cost_source="record" if finding.cost else "unknown",
        error=_error(finding, record),
        user_id=finding.user_id or record.user_id,
        session_id=finding.session_id or record.session_id,
        trace_name=finding.trace_name or _trace_name(record),
        tags=finding.tags,
        prompt_name=finding.prompt_name,
        prompt_version=finding.prompt_version,
        metadata=_metadata(finding),
    )


def _ids(finding: Finding, record: Record) -> tuple[str, str]:
    """Trace id: the record's own W3C id, else from the request id, else from what else names the request.

    Observation id: the id of the span that is the call, else from the provider's call id, else from the log event.
    """
    call_key = finding.call_id or f"{record.origin.log_group}/{record.origin.log_stream}/{record.event_id}"
    own = as_trace_id(finding.trace_id) or as_trace_id(record.trace_id)
    seed = finding.request_id or record.request_id or finding.trace_id or record.trace_id or call_key
    trace_id = own or trace_id_of(seed)
    span_id = as_span_id(finding.span_id) if own else None
    return trace_id, span_id or observation_id_of(trace_id, call_key)


def _times(finding: Finding, record: Record, longest_ms: float) -> tuple[int, int]:
    """Explicit pair, else end or timestamp with latency, else start with latency, else the log time as the end."""
    start, end, latency = finding.start_ms, finding.end_ms, finding.latency_ms
    if latency is None:
        latency = record.duration_ms if record.duration_ms is not None and 0 <= record.duration_ms <= longest_ms else 0
    at = finding.at_ms if finding.at_ms is not None else record.timestamp_ms
    if start is None and end is None and finding.at_is_start:
        start = at
    if end is None:
        end = at if start is None else start + latency
    if start is None:
        start = end - latency
    if not 0 <= end - start <= longest_ms:
        end = start
    return round(start), round(end)


def _first_token(finding: Finding, start_ms: int, end_ms: int) -> int | None:
    moment = finding.first_token_ms
    if moment is None and finding.first_token_after_ms is not None:
        moment = start_ms + finding.first_token_after_ms
    return round(moment) if moment is not None and start_ms <= round(moment) <= end_ms else None


def _name(finding: Finding, record: Record) -> str:
    return (finding.name or record.component or finding.kind)[:200]


def _trace_name(record: Record) -> str | None:
    if record.path:
        return f"{record.method} {record.path}"[:200] if record.method else record.path[:200]
    return record.service or service_of(record.origin.log_group)


def _error(finding: Finding, record: Record) -> str | None:
    """The status message of a failed call: what the shape found, else the record's own error or error level."""
    if finding.error is not None:
        return finding.error[:4000]
    if record.error is not None:
        parts = [part for part in (record.error.type, record.error.message) if part]
        return (": ".join(parts) or record.message or "failed")[:4000]
    if record.level in {Level.ERROR, Level.FATAL}:
        return Fields(record.document or {}).text("msg", "message") or record.level.value
    return None


def _metadata(finding: Finding) -> dict[str, Json]:
    known = {name: value for name, value in finding.metadata.items() if value is not None}
    known["shape"] = finding.shape
    if finding.usage_total_reported is not None:
        known["usage_total_reported"] = finding.usage_total_reported
    if finding.parent_id:
        known["parent_span_id"] = finding.parent_id
    return known


def _bounded(content: Json, rule: str, max_chars: int) -> Json:
    """Keep, cut or drop prompt and answer, as the policy says; what is cut says how much is missing."""
    if rule == "drop" or content is None:
        return None
    if rule == "keep":
        return content
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    return content if len(text) <= max_chars else text[:max_chars] + _MARK.format(len(text) - max_chars)
