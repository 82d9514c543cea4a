"""Decides which records that are no issues go to Sentry Logs: those of the log groups that the policy names."""

import hashlib
from collections.abc import Mapping
from typing import Final

from logrouter.model import DropReason, Json, Level, LogItem, Record
from logrouter.policy.log_groups import matches as matches_glob
from logrouter.stages.classify import facts_of, severity_of
from logrouter.stages.grouping.templating import template_of
from logrouter.stages.matching import first_match
from logrouter.stages.reading.levels import level_of

NONE: Final[Mapping[str, Json]] = {"enabled": False}


def admits_group(rules: Mapping[str, Json], log_group: str) -> bool:
    """Tell whether the records of a log group may go to Sentry Logs.

    Args:
        rules: policy section `errors`; its `sentry_logs` decides.
        log_group: the whole name.
    """
    logs = rules.get("sentry_logs") or NONE
    return bool(logs.get("enabled")) and _covers(logs.get("log_groups") or ["*"], log_group)


def admit(record: Record, rules: Mapping[str, Json], kind: str | None) -> LogItem | DropReason:
    """Judge a record of such a group that is below the level of issues.

    Args:
        record: as `parse` made it.
        rules: policy section `errors`.
        kind: kind of the log group by the policy.

    Returns:
        A log item, or why there is none: `BELOW_LEVEL` (also for a service that the policy does not name),
        `IGNORED_BY_RULE`, `SAMPLED_OUT`.
    """
    logs = rules.get("sentry_logs") or NONE
    facts = facts_of(record)
    level = severity_of(record, rules, kind, facts)
    minimum = level_of(logs.get("minimum_level")) or Level.INFO
    services = logs.get("services")
    if level.rank < minimum.rank or (services and not _covers(services, record.service or "")):
        return DropReason.BELOW_LEVEL
    facts["level"] = level.value
    if first_match(rules.get("ignore"), facts):
        return DropReason.IGNORED_BY_RULE
    if not _is_kept(record, int(logs.get("keep_one_in") or 1)):
        return DropReason.SAMPLED_OUT
    template, params = template_of(record.message)
    return LogItem(record, level, template, params)


def _covers(patterns: Json, name: str) -> bool:
    return any(matches_glob(str(pattern), name) for pattern in patterns)


def _is_kept(record: Record, one_in: int) -> bool:
    """Keep or leave all records of a request together; a function of the request, so the same for every repeat."""
    if one_in <= 1:
        return True
    origin = record.origin
    of = record.request_id or record.trace_id or f"{origin.log_group}/{origin.log_stream}/{record.event_id}"
    digest = hashlib.sha256(of.encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8]) % one_in == 0
