"""Make a call of what a shape found and of the record around it: names, times, status, ids. Never the clock."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from logrouter.model import Json, Level, LlmCall, Record
from logrouter.policy.log_groups import service_of
from logrouter.stages.llm.content import bounded, content_rule
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.identity import as_key, as_user, ids_of, provider_key_of
from logrouter.stages.llm.reading.fields import Fields, Unzoned

NAME_CHARS: Final = 200
"""Of the names of calls and traces; Langfuse 3 loses a trace whose name has more than 1,000 (server 4.16.0)."""

AHEAD_MS: Final = 15 * 60 * 1000
"""How far behind its own log line a call may lie, clocks being what they are; further is local time of elsewhere."""

_RELEASE: Final = (
    "release", "releaseid", "gitsha", "gitcommitsha", "gitcommit", "commitsha", "commithash", "vcsrefheadrevision",
    "imagetag", "containerimagetag", "deploymentid",
)  # fmt: skip


def call_of(
    finding: Finding, record: Record, rules: Mapping[str, Json], position: int, *, environment: str | None = None
) -> LlmCall:
    """Return the call that a finding is, with ids and times that depend on the record alone.

    Args:
        finding: sound.
        record: where it was found.
        rules: policy section `llm`.
        position: which of the calls of its record it is, from 0.
        environment: of records that name none; rules of the policy ask for it.
    """
    record = _whose(finding, record)
    start_ms, end_ms = _times(finding, record, rules["limits"]["duration_ms"])
    error = _error(finding, record)
    ids = ids_of(finding, record, position, failed=error is not None)
    parent_id = ids.parent if rules["parents"] == "keep" else None
    content = content_rule(rules["content"], finding, record, environment)
    version = finding.version or record.version
    return LlmCall(
        record=record,
        name=_name(finding, record),
        trace_id=ids.trace,
        observation_id=ids.observation,
        beside=ids.beside,
        start_ms=start_ms,
        end_ms=end_ms,
        kind=finding.kind,
        model=finding.model,
        provider=finding.provider,
        first_token_ms=_first_token(finding, start_ms, end_ms),
        parent_id=parent_id,
        input=bounded(finding.input, content["input"], content["max_chars"]),
        output=bounded(finding.output, content["output"], content["max_chars"]),
        parameters={name: value for name, value in finding.parameters.items() if value is not None},
        usage=finding.usage,
        cost=finding.cost,
        cost_source="record" if finding.cost else "unknown",
        error=error,
        user_id=as_user(finding.user_id or record.user_id),
        session_id=as_key(finding.session_id or record.session_id),
        trace_name=(finding.trace_name or _trace_name(record) or "")[:NAME_CHARS] or None,
        tags=finding.tags,
        prompt_name=finding.prompt_name,
        prompt_version=finding.prompt_version,
        metadata=_metadata(finding, parent_id),
        position=position,
        provider_key=provider_key_of(finding),
        service_tier=finding.service_tier,
        region=finding.region,
        units=finding.units,
        release=finding.release or _release(record) or version,
        version=version,
    )


def _whose(finding: Finding, record: Record) -> Record:
    """Return the record under the service and environment that the call itself names: an export may tell of several."""
    if finding.service is None and finding.environment is None:
        return record
    return replace(
        record,
        service=finding.service or record.service,
        environment=finding.environment or record.environment,
    )


def _times(finding: Finding, record: Record, longest_ms: float) -> tuple[int, int]:
    """Explicit pair, else end or timestamp with latency, else start with latency, else the log time as the end.

    A time without a zone that lies ahead of its log line is local time: of such a pair only the duration counts.
    """
    start, end, at_ms = (_in_place(moment, record) for moment in (finding.start_ms, finding.end_ms, finding.at_ms))
    latency = finding.latency_ms
    if start is None and end is None and finding.start_ms is not None and finding.end_ms is not None:
        latency = max(0.0, finding.end_ms - finding.start_ms)
    if latency is None:
        latency = record.duration_ms if record.duration_ms is not None and 0 <= record.duration_ms <= longest_ms else 0
    at = at_ms if at_ms is not None else record.timestamp_ms
    if start is None and end is None and finding.at_is_start:
        start = at
    if end is None:
        end = at if start is None else start + latency
    if start is None:
        start = end - latency
    if not 0 <= end - start <= longest_ms:
        end = start
    return round(start), round(end)


def _in_place(moment: float | None, record: Record) -> float | None:
    is_ahead = isinstance(moment, Unzoned) and moment - record.timestamp_ms > AHEAD_MS
    return None if is_ahead else moment


def _first_token(finding: Finding, start_ms: int, end_ms: int) -> int | None:
    moment = finding.first_token_ms
    if isinstance(moment, Unzoned) and isinstance(finding.start_ms, Unzoned):
        moment = start_ms + moment - finding.start_ms  # the same clock told both
    if moment is None and finding.first_token_after_ms is not None:
        moment = start_ms + finding.first_token_after_ms
    return round(moment) if moment is not None and start_ms <= round(moment) <= end_ms else None


def _name(finding: Finding, record: Record) -> str:
    return (finding.name or record.component or finding.kind)[:NAME_CHARS]


def _trace_name(record: Record) -> str | None:
    """What the request was, ids in its path lifted out so that equal ones have one name; else the service."""
    if record.path:
        from logrouter.stages.grouping.templating import route_of_path  # noqa: PLC0415 - 8 ms that few records need

        route = route_of_path(record.path) or record.path
        return f"{record.method} {route}" if record.method else route
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


def _release(record: Record) -> str | None:
    """What is deployed: a release, commit or image that the record names beside its version."""
    return Fields(record.document or record.attributes).text(*_RELEASE)


def _metadata(finding: Finding, parent_id: str | None) -> dict[str, Json]:
    known = {name: value for name, value in finding.metadata.items() if value is not None}
    known["shape"] = finding.shape
    if finding.usage_total_reported is not None:
        known["usage_total_reported"] = finding.usage_total_reported
    if finding.parent_id and finding.parent_id != parent_id:
        known["parent_span_id"] = finding.parent_id
    return known
