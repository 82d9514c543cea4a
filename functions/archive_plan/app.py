"""archive_plan: say which windows of which log groups the archive has to work on now.

Event: `{}` from the schedule, or `{"groups": [...], "from": iso, "until": iso, "now": iso}`, each optional, by hand.
Returns `{"windows": [{account, region, log_group, start_ms, end_ms}], "planned", "due", "skipped", "incomplete",
"tally"}`.
"""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from logrouter.adapters import aws
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.log_groups import LogGroups
from logrouter.adapters.pace import Pace
from logrouter.adapters.policy_source import PolicySource
from logrouter.adapters.shield import shielded
from logrouter.adapters.telemetry import Telemetry
from logrouter.adapters.window_ledger import WindowLedger
from logrouter.adapters.window_tiling import WindowTiling
from logrouter.destinations.archive.window import GroupId, Window
from logrouter.jobs import archive_plan as job
from logrouter.model import Json
from logrouter.policy.load import Policy
from logrouter.policy.log_groups import kind_of
from logrouter.settings import ArchiveSettings

DESCRIBE_RATE_PER_S = 4
"""DescribeLogGroups allows 10 calls a second in an account and Region; others need some too."""


@cache
def settings() -> ArchiveSettings:
    """Read the settings on the first event."""
    return ArchiveSettings.load(os.environ)


@cache
def policies() -> PolicySource[Policy]:
    """Make the policy source of this function."""
    return PolicySource(settings(), job.check_policy, telemetry=telemetry())


@cache
def telemetry() -> Telemetry:
    """Make the logger and metrics of this function."""
    return Telemetry("archive_plan")


def handler(event: Mapping[str, Json] | None, context: Any = None) -> dict[str, Json]:
    """Extend the ledger to what is due, and return the windows to work on."""
    with shielded(telemetry()):
        request, now_ms = job.read_request(event or {}, int(SystemClock().now_s() * 1000))
        deadline, (policy, _) = Deadline.of(context, settings().reserve_ms), policies().current()
        ledger = WindowLedger(aws.client("dynamodb"), settings().window_table)
        outcome = job.Outcome()
        for group in job.in_turn(_groups(request), now_ms):
            if deadline.passed:
                outcome.incomplete = True
                break
            reason = job.refused(group, kind_of(policy.section("log_groups"), group.id.log_group))
            if reason:
                outcome.skipped[reason] += 1
            else:
                outcome.add(*_plan(ledger, group, request, policy, now_ms))
        chosen = job.share(outcome.queues, int(policy.section("archive")["max_windows_per_run"]))
        telemetry().count("ArchiveWindowsPlanned", outcome.planned)
        telemetry().count("ArchiveWindowsDue", outcome.due)
        telemetry().count("ArchiveRetentionUsed", outcome.retention_used_percent, "Percent")
        telemetry().info("planned", chosen=len(chosen), **outcome.as_dict())
        override = {"now": event["now"]} if event and event.get("now") else {}
        return {"windows": [{**window.as_dict(), **override} for window in chosen], **outcome.as_dict()}


def _plan(
    ledger: WindowLedger, group: job.LogGroup, request: job.Request, policy: Policy, now_ms: int
) -> tuple[int, list[Window], int]:
    """Add the missing windows of one group; return how many, which of all are due, and how near expiry it is."""
    archive = policy.section("archive")
    entry = ledger.group(group.id)
    is_new = entry is None
    frontier = None if entry is None else job.Frontier(entry.origin_ms, entry.planned_until_ms)
    missing = job.extend(group, frontier, request, archive, now_ms)
    if missing:
        WindowTiling(aws.client("dynamodb"), settings().window_table).extend(entry, group.id, missing)
        entry = ledger.group(group.id)
    if entry is None:
        return 0, [], 0
    items = [(item.window, item.state) for item in ledger.windows(group.id, entry.sealed_until_ms)]
    watermark_ms = entry.sealed_until_ms
    if job.lags(watermark_ms, items):
        watermark_ms = ledger.advance(group.id) or watermark_ms
    used = 0 if is_new else job.retention_used_percent(group, watermark_ms, now_ms)
    return len(missing), job.due(items, request, archive, now_ms), used


def _groups(request: job.Request) -> list[job.LogGroup]:
    account = LogGroups(aws.client("logs"), wait=Pace(DESCRIBE_RATE_PER_S).wait, region=settings().region, account="")
    if request.groups is None:
        return [_group(described) for described in account.names()]
    found = (account.one(name) for name in request.groups)
    return [_group(described) for described in found if described is not None]


def _group(described: Mapping[str, Json]) -> job.LogGroup:
    region, account = str(described["arn"]).split(":")[3:5]
    return job.LogGroup(
        GroupId(account, region, str(described["logGroupName"])),
        created_ms=int(described.get("creationTime", 0)),
        retention_days=described.get("retentionInDays"),
        log_class=str(described.get("logGroupClass", job.READABLE_CLASS)),
    )
