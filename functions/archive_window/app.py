"""archive_window: read one window, mask it, compact it, store its parts; stop in time and say so.

Event: `{"account", "region", "log_group", "start_ms", "end_ms"}`, as `archive_plan` returns it. Returns it with `state`
and `tally`: `reading` - call again, it goes on where it stopped; `compacted` - ready for `archive_verify`; `busy` -
somebody else works on it.
"""

import os
import time
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from logrouter.adapters import aws
from logrouter.adapters.archive_store import ArchiveStore
from logrouter.adapters.archiving import WindowArchiver
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.log_reader import LogReader
from logrouter.adapters.pace import Pace
from logrouter.adapters.policy_source import PolicySource
from logrouter.adapters.pseudonym_keys import PseudonymKeySource
from logrouter.adapters.shield import shielded
from logrouter.adapters.telemetry import Telemetry
from logrouter.adapters.window_ledger import LeaseLostError, WindowLedger
from logrouter.destinations.archive.layout import partition_of
from logrouter.destinations.archive.retention import keeping_of, storage_class_of
from logrouter.destinations.archive.window import Window
from logrouter.jobs.archive_plan import check_policy, read_window
from logrouter.jobs.archive_window import RAW_TO_STORED, SLICE_LIMIT_BYTES, Compactor
from logrouter.model import Json, Tally
from logrouter.policy.load import Policy
from logrouter.policy.log_groups import kind_of
from logrouter.settings import ArchiveSettings
from logrouter.stages.mask import MaskText

if TYPE_CHECKING:
    from logrouter.masking import Masker


@cache
def settings() -> ArchiveSettings:
    """Read the settings on the first event."""
    return ArchiveSettings.load(os.environ)


@cache
def policies() -> "PolicySource[Masker]":
    """Make the policy source; each policy comes with its compiled masking rules."""
    return PolicySource(settings(), _masker, telemetry=telemetry())


@cache
def pseudonym_keys() -> PseudonymKeySource:
    """Make the source of the keys that pseudonyms need, if the policy asks for some."""
    return PseudonymKeySource(settings(), telemetry())


@cache
def telemetry() -> Telemetry:
    """Make the logger and metrics of this function."""
    return Telemetry("archive_window")


def handler(event: Mapping[str, Json], context: Any = None) -> dict[str, Json]:
    """Work on one window until it is compacted or time is up."""
    with shielded(telemetry()):
        deadline, clock, tally = Deadline.of(context, settings().reserve_ms), SystemClock(), Tally("archive")
        (window, now_ms), (policy, masker) = read_window(event, int(clock.now_s() * 1000)), policies().current()
        pseudonym_keys().give(masker)
        archiver = _archiver(window, policy, masker.mask_text, tally, now_ms)
        try:
            state = archiver.run(policy.stamp(), deadline).state.value
        except LeaseLostError:
            state = "busy"
        telemetry().count("ArchiveWindows", 1, state=state)
        telemetry().report(tally)
        return {**event, "state": state, "tally": tally.as_dict()}


def _archiver(window: Window, policy: Policy, mask_text: MaskText, tally: Tally, now_ms: int) -> WindowArchiver:
    known, archive, clock = settings(), policy.section("archive"), SystemClock()
    kind = kind_of(policy.section("log_groups"), window.group.log_group)
    keeping = keeping_of(window, kind, archive)
    return WindowArchiver(
        partition_of(window, kind, archive["services"]),
        ledger=WindowLedger(aws.client("dynamodb"), known.window_table),
        store=ArchiveStore(aws.client("s3"), known.archive_bucket),
        reader=LogReader(aws.client("logs"), clock=clock, wait=Pace(known.read_rate_per_s).wait, sleep=time.sleep),
        clock=clock,
        make_work=lambda facts: Compactor(
            window,
            facts,
            tally,
            mask_text=mask_text,
            part_bytes=known.part_bytes,
            limit_bytes=min(SLICE_LIMIT_BYTES, known.part_bytes * RAW_TO_STORED),
            gzip_level=int(archive["gzip_level"]),
            list_rules=bool(policy.section("masking").get("list_rules")),
        ),
        storage_class=lambda size: storage_class_of(
            archive["tiers"], window=window, size_bytes=size, keeping=keeping, now_ms=now_ms
        ),
        max_attempts=int(archive["max_attempts"]),
    )


def _masker(policy: Policy) -> "Masker":
    from logrouter.masking import Masker  # noqa: PLC0415 - heavy: the rules are compiled on the first window

    return Masker(check_policy(policy))
