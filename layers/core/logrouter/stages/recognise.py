"""Find the LLM calls in a record: shape by shape, then complete calls with deterministic ids and times.

Pure. A record that is no call and one that states nonsense are values (`Recognition`), never exceptions. Cost that the
record does not state is filled by `logrouter.stages.price`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logrouter.model import DropReason, Json, Level, LlmCall, Noticed, Record
from logrouter.policy.log_groups import service_of
from logrouter.stages.llm.envelopes import candidates_in, documents_of
from logrouter.stages.llm.fields import Fields
from logrouter.stages.llm.finding import Finding, NonsenseError
from logrouter.stages.llm.identity import as_span_id, as_trace_id, observation_id_of, trace_id_of
from logrouter.stages.llm.mapped import read_mapped
from logrouter.stages.llm.shapes import SHAPES
from logrouter.stages.llm.surroundings import surround, surround_with_whom

_CALLS_WITH_TOKENS: Final = frozenset({"generation", "embedding"})
_MARK: Final = "[cut: {0} characters more]"


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a record tells of calls.

    Args:
        calls: cost filled only where the record states it; the first one stands for the lines of the record.
        refusal: why there is none: NOT_AN_LLM_CALL, or INVALID_LLM_CALL when the record calls itself one but names
            neither model nor tokens, or states what cannot be; None when there are calls.
        noticed: why calls of the record were left out, and what is odd about those that are there.
    """

    calls: tuple[LlmCall, ...] = ()
    refusal: DropReason | None = None
    noticed: tuple[Noticed, ...] = ()


def recognise(record: Record, rules: Mapping[str, Json], mask_again: Callable[[str], str] = str) -> Recognition:
    """Return the LLM calls that a record tells of.

    Args:
        record: parsed from masked text.
        rules: policy section `llm`.
        mask_again: masks an answer once it is put together: in the chunks of a stream each word stands alone, so that
            masking the record could not see what they say when joined.
    """
    calls: list[LlmCall] = []
    noticed: list[Noticed] = []
    for document, outer in documents_of(record):
        try:
            findings = _findings(document, outer, rules)
        except NonsenseError as nonsense:
            noticed.append(nonsense.noticed)
            continue
        for finding in findings:
            fault = _fault(finding, rules["limits"])
            if fault is not None:
                noticed.append(fault)
                continue
            if isinstance(finding.output, str):
                finding.output = mask_again(finding.output)
            if finding.usage_total_reported is not None:
                noticed.append(Noticed.ODD_TOTAL)
            calls.append(_call(finding, record, rules, len(calls)))
    if calls:
        return Recognition(tuple(calls), None, tuple(noticed))
    return Recognition((), DropReason.INVALID_LLM_CALL if noticed else DropReason.NOT_AN_LLM_CALL, tuple(noticed))


def _findings(document: Mapping[str, Json], outer: Mapping[str, Json], rules: Mapping[str, Json]) -> list[Finding]:
    """Return what the first fitting mapping or shape reads, completed by what stands around it."""
    findings = _found(document, rules)
    for finding in findings:
        if not finding.complete:
            (surround if len(findings) == 1 else surround_with_whom)(finding, document)
        if outer is not document:
            surround_with_whom(finding, outer)
    return findings


def _found(document: Mapping[str, Json], rules: Mapping[str, Json]) -> list[Finding]:
    mapped = read_mapped(document, rules.get("mappings", ()))
    if mapped is not None:
        return [mapped]
    candidates = list(candidates_in(document))
    empty: list[Finding] = []
    for shape in SHAPES:
        for candidate in candidates:
            findings = _listed(shape(candidate, document))
            if any(map(_says_something, findings)):
                return [finding for finding in findings if _says_something(finding)]
            empty = empty or findings
    return empty


def _listed(found: Finding | Sequence[Finding] | None) -> list[Finding]:
    if found is None:
        return []
    return [found] if isinstance(found, Finding) else list(found)


def _says_something(finding: Finding) -> bool:
    return finding.kind not in _CALLS_WITH_TOKENS or finding.model is not None or bool(finding.usage)


def _fault(finding: Finding, limits: Mapping[str, Json]) -> Noticed | None:
    """Hold a finding against the bounds of the policy; a declared call of a model names the model or its tokens."""
    if not _says_something(finding):
        return Noticed.NOTHING_SAID
    longest_ms: float = limits["duration_ms"]
    if (
        finding.usage.get("total", 0) > limits["tokens"]
        or finding.cost.get("total", 0) > limits["cost_usd"]
        or max(finding.latency_ms or 0, finding.first_token_after_ms or 0) > longest_ms
    ):
        return Noticed.TOO_MUCH
    return None


def _call(finding: Finding, record: Record, rules: Mapping[str, Json], position: int) -> LlmCall:
    start_ms, end_ms = _times(finding, record, rules["limits"]["duration_ms"])
    trace_id, observation_id = _ids(finding, record, position)
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
        position=position,
        service_tier=finding.service_tier,
        region=finding.region,
        units=finding.units,
    )


def _ids(finding: Finding, record: Record, position: int) -> tuple[str, str]:
    """Trace id: the record's own W3C id, else from the request id, else from what else names the request.

    Observation id: the id of the span that is the call, else from the provider's call id, else from the log event and
    the position in it.
    """
    place = f"{record.origin.log_group}/{record.origin.log_stream}/{record.event_id}"
    call_key = finding.call_id or (f"{place}#{position}" if position else place)
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
