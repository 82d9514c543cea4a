"""govern_log_groups: bring log groups to what the policy says, on every change and once a day.

Event: a CloudTrail call through EventBridge (one group), a schedule or `{}` (all groups), `{"groups": [...]}` (these),
`{"start_at": "<name>"}` (all from that name on). Returns counts: every group seen is in exactly one
of skipped, conforming, changed, failed; `next` names where to resume when time ran out. The schedule sends
`{"in_turn": true}`: each day another group comes first, so that in a large account none is left out for ever.
"""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from logrouter.adapters import aws
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.log_groups import LogGroups
from logrouter.adapters.pace import Pace
from logrouter.adapters.policy_source import PolicySource
from logrouter.adapters.shield import shielded
from logrouter.adapters.telemetry import Telemetry
from logrouter.adapters.window_ledger import watermarks
from logrouter.errors import ArchiveError
from logrouter.jobs import govern_log_groups as job
from logrouter.model import Json
from logrouter.settings import GovernLogGroupsSettings

type Outcome = tuple[job.Verdict, list[str]]
"""The plan for one group, and the error codes of the calls that did not work."""


@cache
def settings() -> GovernLogGroupsSettings:
    """Read the settings on the first event; a fault names every variable at once."""
    return GovernLogGroupsSettings.load(os.environ)


@cache
def telemetry() -> Telemetry:
    """Make the logger and metrics of this function."""
    return Telemetry("govern_log_groups")


@cache
def policy() -> PolicySource[dict[str, Json]]:
    """Keep the policy section in force."""
    return PolicySource(settings(), lambda found: found.section("log_groups"), telemetry=telemetry())


def handler(event: Mapping[str, Json] | None, context: Any) -> dict[str, Json]:
    """Reconcile the log groups that `event` is about."""
    with shielded(telemetry()):
        known, deadline = settings(), Deadline.of(context, settings().reserve_ms)
        names = job.groups_of_event(event)
        account = LogGroups(
            aws.client("logs"), wait=Pace(known.rate_per_s).wait, region=known.region, account=known.account
        )
        _, section = policy().current()
        outcomes: list[Outcome] = []
        resume_at = None
        try:
            for described in _described(account, names, event or {}):
                if deadline.passed:
                    resume_at = str(described["logGroupName"])
                    break
                outcomes.append(_reconciled(account, described, section))
        finally:  # a listing that ends in the middle takes nothing back
            result = {**job.summarize(outcomes), "dry_run": known.dry_run, "next": resume_at}
            telemetry().count("GroupsChanged", result["changed"])
            telemetry().count("GroupsFailed", result["failed"])
            telemetry().info("reconciled", result=result)
        return result


def _described(
    account: LogGroups, names: tuple[str, ...] | None, event: Mapping[str, Json]
) -> Iterator[Mapping[str, Json]]:
    if names is None and event.get("in_turn") is True:
        yield from job.in_turn(list(account.names()), int(SystemClock().now_s() * 1000))
        return
    if names is None:
        start = str(event.get("start_at") or "")
        yield from (group for group in account.names() if str(group["logGroupName"]) >= start)
        return
    for name in names:
        described = account.one(name)
        if described is not None:
            yield described


def _reconciled(account: LogGroups, described: Mapping[str, Json], section: Mapping[str, Json]) -> Outcome:
    """Reconcile one group; a group that cannot be read, or is gone by now, never stops the others."""
    try:
        return _reconcile(account, described, section)
    except (ClientError, BotoCoreError, ArchiveError) as refusal:
        name, code = str(described["logGroupName"]), aws.error_code(refusal)
        if code == "ResourceNotFoundException":
            return job.Verdict(name, skipped="gone"), []
        return job.Verdict(name), [code]


def _reconcile(account: LogGroups, described: Mapping[str, Json], section: Mapping[str, Json]) -> Outcome:
    verdict = job.plan_group(
        _group(account, described, section),
        section,
        _owner(),
        watermark=watermarks(settings()),
        now_ms=int(SystemClock().now_s() * 1000),
    )
    return verdict, [] if settings().dry_run else _carry_out(account, verdict)


def _carry_out(account: LogGroups, verdict: job.Verdict) -> list[str]:
    failed, codes = [], []
    for change in verdict.changes:
        code = account.apply(verdict.group, change.action, change.arguments)
        if code:
            failed.append(change)
            codes.append(code)
    tagging = job.final_tags(verdict, failed)
    code = account.apply(verdict.group, tagging.action, tagging.arguments) if tagging else None
    return [*codes, *([code] if code else [])]


def _group(account: LogGroups, described: Mapping[str, Json], section: Mapping[str, Json]) -> job.LogGroup:
    """Read what is known of a group; tags and filters only of those that the names alone do not rule out."""
    name = str(described["logGroupName"])
    group = job.LogGroup(
        name=name,
        created_ms=int(described.get("creationTime", 0)),
        retention_days=described.get("retentionInDays"),
        key_arn=described.get("kmsKeyId"),
        log_class=str(described.get("logGroupClass", job.SUBSCRIBABLE_CLASS)),
        account_retention=bool(described.get("retentionPolicyName")),
    )
    if job.skipped_by_name(group, section, _owner()):
        return group
    filters = tuple(
        job.Filter(str(each["filterName"]), str(each.get("filterPattern", "")), str(each["destinationArn"]))
        for each in account.filters(name)
    )
    return job.with_details(group, account.tags(name), filters)


def _owner() -> job.Owner:
    known = settings()
    return job.Owner(
        prefix=f"{known.stack_name}-",
        destinations={"forward_errors": known.forward_errors_arn, "trace_llm": known.trace_llm_arn},
        key_arn=known.log_key_arn,
        patterns=known.log_group_patterns,
        archives=known.window_table is not None,
    )
