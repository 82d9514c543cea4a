"""archive_verify: prove one compacted window complete and seal it.

Event: a window as `archive_plan` returns it. Returns it with `state`, `attempts`, `evidence`, `tally`. State `sealed` -
proven, its manifest is in the chain; `failed` - has to be read again; `lost` - was, often enough, evidence kept;
`compacted` - no counter could answer yet; `busy` - somebody else works on it.
"""

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from logrouter.adapters import aws
from logrouter.adapters.archive_store import ArchiveStore
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.log_counter import count_again, count_by_insights
from logrouter.adapters.log_reader import LogReader
from logrouter.adapters.pace import Pace
from logrouter.adapters.policy_source import PolicySource
from logrouter.adapters.sealing import Sealer
from logrouter.adapters.shield import shielded
from logrouter.adapters.telemetry import Telemetry
from logrouter.adapters.window_entries import WindowEntry
from logrouter.adapters.window_ledger import LeaseLostError, WindowLedger
from logrouter.destinations.archive.proof import Count, Proof
from logrouter.destinations.archive.retention import keeping_of
from logrouter.destinations.archive.window import WindowFacts
from logrouter.errors import ArchiveError
from logrouter.jobs import archive_verify as job
from logrouter.jobs.archive_plan import check_policy, read_window
from logrouter.model import Json
from logrouter.policy.load import Policy
from logrouter.policy.log_groups import kind_of
from logrouter.settings import ArchiveSettings


@cache
def settings() -> ArchiveSettings:
    """Read the settings on the first event."""
    return ArchiveSettings.load(os.environ)


@cache
def policies() -> PolicySource[Policy]:
    """Make the policy source of this function."""
    return PolicySource(settings(), check_policy, telemetry=telemetry())


@cache
def telemetry() -> Telemetry:
    """Make the logger and metrics of this function."""
    return Telemetry("archive_verify")


def handler(event: Mapping[str, Json], context: Any = None) -> dict[str, Json]:
    """Bring one window as far as the evidence carries."""
    with shielded(telemetry()):
        clock, (policy, _) = SystemClock(), policies().current()
        window, now_ms = read_window(event, int(clock.now_s() * 1000))
        deadline = Deadline.of(context, settings().reserve_ms)
        ledger = WindowLedger(aws.client("dynamodb"), settings().window_table)
        entry = ledger.window(window)
        try:
            entry = _sealer(policy, ledger, deadline, now_ms).run(window, deadline)
            state = entry.state.value
        except LeaseLostError:
            state = "busy"
        tally = job.books(entry.facts if entry else None, state)
        telemetry().count("ArchiveWindows", 1, state=state)
        telemetry().report(tally)
        evidence = dict(entry.evidence) if entry else {}
        attempts = entry.attempts if entry else 0
        return {**event, "state": state, "attempts": attempts, "evidence": evidence, "tally": tally.as_dict()}


def _sealer(policy: Policy, ledger: WindowLedger, deadline: Deadline, now_ms: int) -> Sealer:
    known, archive = settings(), policy.section("archive")
    store = ArchiveStore(
        aws.client("s3"), known.archive_bucket, lock_mode=known.lock_mode.upper() if known.object_lock else None
    )
    return Sealer(
        ledger=ledger,
        store=store,
        clock=SystemClock(),
        prove=lambda entry: _prove(entry, store, archive["proof"], deadline, now_ms),
        keeping=lambda window: keeping_of(
            window, kind_of(policy.section("log_groups"), window.group.log_group), archive
        ),
        max_attempts=int(archive["max_attempts"]),
    )


def _prove(
    entry: WindowEntry, store: ArchiveStore, rules: Mapping[str, Json], deadline: Deadline, now_ms: int
) -> Proof:
    facts = entry.facts
    if facts is None:
        raise ArchiveError(f"{entry.window.group.log_group}: nothing is known of window {entry.window.start_ms}")
    faults = job.judge_parts(facts, {part.key: store.look(part.key) for part in facts.parts})
    counts: list[Count] = []
    for counter in job.counters(rules, entry.window, now_ms):
        if faults or not job.needs_another(facts, counts):
            break
        counts.append(_count(counter, entry, facts, deadline))
    return job.judge(facts, faults=faults, counts=counts, best_events=entry.best_events)


def _count(counter: str, entry: WindowEntry, facts: WindowFacts, deadline: Deadline) -> Count:
    logs = aws.client("logs")
    if counter == "insights":
        return count_by_insights(logs, entry.window, deadline, sleep=time.sleep)
    reader = LogReader(logs, clock=SystemClock(), wait=Pace(settings().read_rate_per_s).wait, sleep=time.sleep)
    return count_again(reader, entry.window, deadline, slice_ms=facts.slice_ms)
