"""Sends again the calls that Langfuse lost: reads their log events anew and plans them as they were planned before.

Only these calls are sent: the plan is narrowed to them, and the ledger forgets exactly their keys. What cannot be found
any more, because its log group keeps it no longer or the policy no longer takes it, is counted and named.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from logrouter.adapters.aws import client
from logrouter.adapters.clock import Clock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.forwarding import Forwarder, MakePlan, Secrets
from logrouter.adapters.ledger import DynamoLedger, Ledger, NoLedger
from logrouter.adapters.llm_book import books_of
from logrouter.adapters.log_reader import GroupGoneError, LogReader
from logrouter.adapters.outcomes import Outcome
from logrouter.adapters.pace import Pace
from logrouter.adapters.telemetry import Telemetry
from logrouter.destinations.langfuse import LANGFUSE, NAME
from logrouter.destinations.langfuse_account import calls_of
from logrouter.destinations.langfuse_again import Stretch, documents_of, narrow, stretches_of
from logrouter.destinations.langfuse_book import Booked
from logrouter.errors import ArchiveError, LogrouterError
from logrouter.model import Fate, Json, LogEvent, Plan
from logrouter.settings import ReconcileLlmSettings

READS_A_SECOND: Final = 4
"""FilterLogEvents calls; a Region allows 10 (CloudWatch Logs quotas, checked 2026-11-20)."""


@dataclass(slots=True)
class Resent:
    """What became of the calls that were to be sent again, by observation id.

    Args:
        fates: of those that were found and sent.
        sought: whose log events were read, or are gone; the others are left to the next run.
    """

    fates: dict[str, Fate] = field(default_factory=dict)
    sought: set[str] = field(default_factory=set)

    def as_dict(self) -> dict[str, Json]:
        """Return the numbers: delivered, waiting in the retry queue, refused, and nowhere to be found."""
        fates = list(self.fates.values())
        lost = sorted(self.sought - self.fates.keys())
        return {
            "resent": fates.count(Fate.DELIVERED),
            "handed_over": fates.count(Fate.RETRY),
            "refused": fates.count(Fate.REFUSED),
            "unfindable": len(lost),
            "unfindable_ids": lost[:20],
        }


class Resender:
    """Sends calls again; made once a container.

    Args:
        function: folder name, for telemetry and errors.
        plan: the job of `trace_llm`.
        secret: of Langfuse.
    """

    def __init__(
        self,
        function: str,
        settings: ReconcileLlmSettings,
        plan: MakePlan,
        secret: Secrets,
        *,
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._plan = plan
        self._telemetry = telemetry
        self._wanted: frozenset[str] = frozenset()
        self._resent = Resent()
        table = settings.ledger_table
        self._ledger: Ledger = (
            DynamoLedger(table, client=client("dynamodb"), clock=clock, count=telemetry.count) if table else NoLedger()
        )
        wait = Pace(READS_A_SECOND, clock=clock).wait
        self._logs = LogReader(client("logs"), clock=clock, wait=wait, sleep=time.sleep)
        self._forwarder = Forwarder(
            function,
            settings,
            LANGFUSE,
            self._narrowed,
            secret,
            clock=clock,
            telemetry=telemetry,
            observers=(*books_of(settings, telemetry, clock), self),
        )

    def resend(self, calls: Sequence[Booked], deadline: Deadline) -> Resent:
        """Send these calls again, stretch by stretch of their log streams, until the deadline."""
        self._resent = Resent()
        for stretch in stretches_of(calls):
            if deadline.passed:
                break
            self._resent.sought |= stretch.ids
            events = self._read(stretch, deadline)
            for document in documents_of(stretch.place, events):
                self._send(document, stretch.ids, deadline)
        return self._resent

    def observe(self, outcomes: Sequence[Outcome], left_s: float) -> None:  # noqa: ARG002 - an observer's form
        """Note what became of each call."""
        for outcome in outcomes:
            for call in calls_of(outcome.delivery):
                self._resent.fates[call.observation_id] = outcome.fate

    def _narrowed(self, event: Json, **how: Any) -> Plan:
        """Plan these calls alone, and let the ledger forget exactly them."""
        plan = narrow(self._plan(event, **how), self._wanted)
        for delivery in (*plan.deliveries, *(postponed.delivery for postponed in plan.later)):
            self._ledger.release(f"{NAME}/{delivery.route}", delivery.keys)
        return plan

    def _read(self, stretch: Stretch, deadline: Deadline) -> list[LogEvent]:
        """Return the log events of a stretch; none where the group is gone or elsewhere.

        What only could not be read this time was not sought: it is left to the next run.
        """
        place = stretch.place
        if not place.log_group or not place.log_stream or place.region not in {"", self._settings.region}:
            return []
        found: list[LogEvent] = []
        try:
            pages = self._logs.read(
                place.log_group, stretch.since_ms, stretch.until_ms, deadline, log_stream=place.log_stream
            )
            for page in pages:
                found += [event for _, event in page]
        except GroupGoneError:
            return []
        except ArchiveError as refusal:
            self._telemetry.warning("log events not read again", why=str(refusal))
            self._resent.sought -= stretch.ids
            return []
        return sorted(found, key=lambda event: (event.timestamp_ms, event.id))

    def _send(self, document: Json, ids: frozenset[str], deadline: Deadline) -> None:
        self._wanted = ids
        try:
            self._forwarder.handle(document, _Time(deadline))
        except LogrouterError as failure:
            self._telemetry.warning("not sent again", why=str(failure))
            self._resent.sought -= ids
        finally:
            self._wanted = frozenset()


class _Time:
    """The context of an invocation within this one."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def get_remaining_time_in_millis(self) -> int:
        return int(self._deadline.killed_in_s * 1000)
