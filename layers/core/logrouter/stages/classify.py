"""Decides what a record is: an issue with severity, grouping and transaction, or a drop with its reason."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from logrouter.model import DropReason, ErrorInfo, Frame, Issue, Json, Level, Record
from logrouter.policy.log_groups import matches as matches_glob
from logrouter.stages.grouping.fingerprint import fingerprint_of
from logrouter.stages.grouping.templating import grouping_of, route_of_path, template_of
from logrouter.stages.grouping.transaction import function_of, transaction_of
from logrouter.stages.matching import first_match
from logrouter.stages.reading.levels import level_of

_DEPTH_LIMIT = 100


def classify(record: Record, rules: Mapping[str, Json], kind: str | None) -> Issue | DropReason:
    """Judge one record.

    Args:
        record: as `parse` made it.
        rules: policy section `errors`.
        kind: kind of the log group by the policy; in groups of kind `errors` a record without a level is an error.

    Returns:
        An issue, or why there is none: `BELOW_LEVEL`, `IGNORED_BY_RULE`.
    """
    error = _with_own_code(record.error, rules.get("in_app"))
    if error is not record.error:
        record = replace(record, error=error)
    facts = facts_of(record)
    level = severity_of(record, rules, kind, facts)
    if level.rank < _minimum(rules).rank:
        return DropReason.BELOW_LEVEL
    facts["level"] = level.value
    if first_match(rules.get("ignore"), facts):
        return DropReason.IGNORED_BY_RULE
    template, params = template_of(record.message)
    facts["template"] = template
    facts["error.template"] = grouping_of(template_of(error.message)[0] if error and error.message else template)
    return Issue(
        record=replace(record, level=level),
        level=level,
        fingerprint=fingerprint_of(record, rules, facts),
        template=template,
        params=params,
        transaction=str(facts["transaction"]) or None,
    )


def facts_of(record: Record) -> dict[str, Json]:
    """Return what rules can ask about: names as in `match` objects and `{{ placeholders }}` of the policy."""
    error = record.error
    return {
        "service": record.service or "",
        "account": record.origin.account,
        "region": record.origin.region,
        "log_group": record.origin.log_group,
        "log_stream": record.origin.log_stream,
        "function": function_of(record) or "",
        "environment": record.environment or "",
        "format": record.format,
        "level": record.level.value if record.level else "",
        "component": record.component or "",
        "message": record.message,
        "method": record.method or "",
        "path": record.path or "",
        "route": route_of_path(record.path) if record.path else "",
        "transaction": transaction_of(record) or "",
        "status": str(record.status or ""),
        "error.type": (error.type if error else None) or "",
        "error.message": (error.message if error else None) or "",
        "attributes": record.attributes,
    }


def severity_of(record: Record, rules: Mapping[str, Json], kind: str | None, facts: Mapping[str, Json]) -> Level:
    """Find the severity: rule of the policy, HTTP status, the record's own, its error, the kind of its log group."""
    rule = first_match(rules.get("severity"), facts)
    if rule and (level := level_of(rule.get("level"))):
        return level
    own = record.level
    server_error = rules.get("server_error_status", 500)
    if record.status and isinstance(server_error, int) and server_error and record.status >= server_error:
        return max(own or Level.ERROR, Level.ERROR, key=lambda level: level.rank)
    if own is not None:
        return own
    if record.error is not None or kind == "errors":
        return Level.ERROR
    return Level.INFO


def _minimum(rules: Mapping[str, Json]) -> Level:
    return level_of(rules.get("minimum_level")) or Level.ERROR


def _with_own_code(error: ErrorInfo | None, rules: Json, depth: int = 0) -> ErrorInfo | None:
    """Apply the policy's view of what is the team's own code to every frame of an exception and its relatives."""
    if error is None or depth > _DEPTH_LIMIT or not isinstance(rules, Mapping):
        return error
    own, foreign = rules.get("own") or [], rules.get("foreign") or []
    if not own and not foreign:
        return error
    members = (_with_own_code(member, rules, depth + 1) for member in error.members)
    return replace(
        error,
        frames=tuple(replace(frame, in_app=_is_own(frame, own, foreign)) for frame in error.frames),
        cause=_with_own_code(error.cause, rules, depth + 1),
        members=tuple(member for member in members if member),
    )


def _is_own(frame: Frame, own: Sequence[str], foreign: Sequence[str]) -> bool:
    places = [place for place in (frame.module, frame.file) if place]
    if any(matches_glob(pattern, place) for pattern in foreign for place in places):
        return False
    return frame.in_app or any(matches_glob(pattern, place) for pattern in own for place in places)
