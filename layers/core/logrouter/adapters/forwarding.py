"""Runs one event of a forwarding function from beginning to end: plan, deliver, settle, report.

Knows subscription, Kinesis, already decoded and retry-queue events apart. What to send is the job's decision
(`plan`); how it gets there is the courier's.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from logrouter.adapters.aws import client, error_code
from logrouter.adapters.clock import Clock, SystemClock
from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.draining import Complete, drain
from logrouter.adapters.http import HttpTransport, Transport
from logrouter.adapters.ledger import DynamoLedger, Ledger, NoLedger
from logrouter.adapters.outcomes import Observer
from logrouter.adapters.policy_source import PolicySource
from logrouter.adapters.pseudonym_keys import PseudonymKeySource
from logrouter.adapters.retry_queue import Leftover, NoQueue, Queue, RetryQueue, backoff_from, received
from logrouter.adapters.telemetry import Telemetry, location
from logrouter.destinations.contract import Destination, Target
from logrouter.errors import LogrouterError, UndeliveredError, UnsupportedEventError
from logrouter.model import REPLAYS_FIELD, Delivery, DropReason, Json, Plan, Postponed, Settlement, Tally
from logrouter.policy.load import Policy, default_policy
from logrouter.settings import ForwardingSettings
from logrouter.stages.mask import MaskText

if TYPE_CHECKING:
    from logrouter.masking import Masker


class MakePlan(Protocol):
    """The job of a forwarding function."""

    def __call__(
        self,
        event: Json,
        *,
        policy: Policy,
        mask_text: MaskText,
        region: str,
        environment: str,
        limit_bytes: int,
        left_s: Callable[[], float],
    ) -> Plan:
        """Decide what to send of one event; `left_s` says how many seconds may yet be spent on looking things up."""
        ...


class Secrets(Protocol):
    """Gives the fields of the destination's secret; fetched anew when asked so."""

    def __call__(self, *, refresh: bool = False) -> Mapping[str, object]:
        """Return the fields. Raises SecretError."""
        ...


class Forwarder:
    """A forwarding function without its handler; made once a container.

    Args:
        function: folder name, for telemetry and errors.
        plan: the job.
        secret: of the destination.
        transport, clock: replaced in tests.
        telemetry: where the function's collaborators count too.
        complete: writes into a delivery that waits to be completed what it says when it is sent.
        observers: count or record what became of deliveries.
    """

    def __init__(
        self,
        function: str,
        settings: ForwardingSettings,
        destination: Destination,
        plan: MakePlan,
        secret: Secrets,
        *,
        transport: Transport | None = None,
        clock: Clock | None = None,
        telemetry: Telemetry | None = None,
        complete: Complete | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._function = function
        self._settings = settings
        self._destination = destination
        self._plan = plan
        self._secret = secret
        self._complete = complete
        self._clock = clock or SystemClock()
        self.telemetry = telemetry or Telemetry(function)
        self._policies = PolicySource(settings, ready_masker, telemetry=self.telemetry, clock=self._clock)
        self._pseudonym_keys = PseudonymKeySource(settings, self.telemetry, clock=self._clock)
        self._backoff = backoff_from(settings.retry_first_wait_s)
        self._queue = self._make_queue()
        self._courier = Courier(
            destination,
            targets=self._targets,
            transport=transport or HttpTransport(connections=settings.concurrency),
            ledger=self._make_ledger(),
            retry_queue=self._queue,
            clock=self._clock,
            concurrency=settings.concurrency,
            backoff=self._backoff,
            telemetry=self.telemetry,
            observers=observers,
        )

    def handle(self, event: Json, context: Any = None) -> dict[str, Json]:
        """Run one Lambda event.

        Returns:
            The tally for a subscription event (or a decoded document); `{"batchItemFailures": [...]}` for SQS and
            Kinesis events.

        Raises:
            UndeliveredError: records of a subscription event are left and no queue takes them; Lambda repeats it.
            LogrouterError: the event cannot be worked on; the message names type and place, never content.
        """
        deadline = Deadline.of(context, self._settings.reserve_ms, self._clock)
        try:
            match _source(event):
                case "aws:sqs":
                    return self._drain(event, deadline)
                case "aws:kinesis" if REPLAYS_FIELD not in event:
                    return self._forward_stream(event, deadline)
                case _:
                    return self._forward(event, deadline)
        except LogrouterError as error:
            self.telemetry.error("invocation failed", why=str(error))
            raise
        except Exception as error:  # noqa: BLE001 - a foreign exception's text may quote the payload
            where, why = location(error.__traceback__), error_code(error)
            self.telemetry.error("invocation failed", why=why, where=where)
            raise LogrouterError(f"{self._function}: {why} at {where}") from None
        finally:
            self.telemetry.flush()

    def in_force(self) -> tuple[Policy, MaskText]:
        """Return the policy and its masking engine, for what has to be read again when it is sent.

        Raises:
            PolicyError: no policy can be had.
        """
        policy, masker = self._policies.current()
        self._pseudonym_keys.give(masker)
        return policy, masker.mask_text

    def _forward(self, event: Json, deadline: Deadline) -> dict[str, Json]:
        try:
            plan, settlement, left = self._deliver(event, deadline)
        except UnsupportedEventError as error:
            return self._unsupported(error).as_dict()
        if left:
            raise UndeliveredError(self._function, settlement.undelivered, _reasons(left))
        return plan.tally.as_dict()

    def _forward_stream(self, event: Json, deadline: Deadline) -> dict[str, Json]:
        """Deliver the records of a shard; name the first one of which something is left.

        Lambda repeats from that record on (partial batch responses for streams, Lambda guide, checked 2026-11-20);
        the ledger keeps what was delivered behind it from being delivered again.
        """
        try:
            _, _, left = self._deliver(event, deadline)
        except UnsupportedEventError as error:  # to fail would stop the shard until its records expire
            self._unsupported(error)
            return {"batchItemFailures": []}
        if not left:
            return {"batchItemFailures": []}
        keys = {key for leftover in left for key in leftover.delivery.keys}
        keys |= {key for leftover in left for _, key in leftover.delivery.supersedes}  # where what is left began
        return {"batchItemFailures": [{"itemIdentifier": self._first_with(event, keys, deadline)}]}

    def _first_with(self, event: Json, keys: set[str], deadline: Deadline) -> str:
        """Plan record by record (again gives the same) to find the one that the first left key came from."""
        records: list[Json] = event["Records"]
        for record in records:
            plan = self._planned({**event, "Records": [record]}, deadline)
            deliveries = (*plan.deliveries, *(postponed.delivery for postponed in plan.later))
            if any(key in keys for delivery in deliveries for key in delivery.keys):
                return str(record["kinesis"]["sequenceNumber"])
        return str(records[0]["kinesis"]["sequenceNumber"])

    def _deliver(self, event: Json, deadline: Deadline) -> tuple[Plan, Settlement, tuple[Leftover, ...]]:
        plan = self._planned(event, deadline)
        if isinstance(event, dict) and REPLAYS_FIELD in event:
            plan.tally.source = "replay"
        postponed, refused = self._postpone(plan.later, deadline)
        dispatch = self._courier.dispatch((*plan.deliveries, *refused), deadline)
        settlement = dispatch.settlement
        settlement.handed_over += postponed
        plan.tally.delivered += settlement.delivered
        plan.tally.handed_over += settlement.handed_over
        plan.tally.dropped.update(settlement.dropped)
        self.telemetry.report(plan.tally, undelivered=settlement.undelivered, codes=settlement.codes)
        return plan, settlement, dispatch.left

    def _postpone(self, later: Sequence[Postponed], deadline: Deadline) -> tuple[int, Sequence[Delivery]]:
        """Put what is better made later into the retry queue; return the records it took, and what it did not take.

        A report that is made now is completed now: the next one of its counter may follow.
        """
        leftovers = [Leftover(one.delivery, one.wait_s, one.code) for one in later]
        refused = self._courier.postpone(leftovers, deadline)
        records = sum(leftover.delivery.records for leftover in leftovers)
        return (
            records - sum(leftover.delivery.records for leftover in refused),
            [self._completed(leftover.delivery, deadline) for leftover in refused],
        )

    def _completed(self, delivery: Delivery, deadline: Deadline) -> Delivery:
        is_due = delivery.completed_by is not None and not deadline.passed
        return self._complete(delivery) if self._complete and is_due else delivery

    def _unsupported(self, error: UnsupportedEventError) -> Tally:
        """Count an event that nothing can be made of; to repeat it would not help."""
        self.telemetry.error("event of no known kind", why=str(error))
        tally = Tally(received=1, dropped=Counter({DropReason.MALFORMED_EVENT: 1}))
        self.telemetry.report(tally)
        return tally

    def _planned(self, event: Json, deadline: Deadline) -> Plan:
        policy, mask_text = self.in_force()
        return self._plan(
            event,
            policy=policy,
            mask_text=mask_text,
            region=self._settings.region,
            environment=self._settings.environment,
            limit_bytes=self._settings.payload_limit_bytes,
            left_s=lambda: deadline.left_s,
        )

    def _drain(self, event: Json, deadline: Deadline) -> dict[str, Json]:
        drained = drain(
            received(event),
            destination=self._destination.name,
            courier=self._courier,
            queue=self._queue,
            deadline=deadline,
            backoff=self._backoff,
            complete=self._complete,
        )
        self.telemetry.report(drained.tally, codes=drained.settlement.codes)
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in drained.failed]}

    def _targets(self, *, refresh: bool) -> Mapping[str, Target]:
        return self._destination.targets(self._secret(refresh=refresh))

    def _make_queue(self) -> Queue:
        url = self._settings.retry_queue_url
        if url is None:
            return NoQueue()
        return RetryQueue(url, client=client("sqs"), clock=self._clock, count=self.telemetry.count)

    def _make_ledger(self) -> Ledger:
        table = self._settings.ledger_table
        if table is None:
            return NoLedger()
        return DynamoLedger(table, client=client("dynamodb"), clock=self._clock, count=self.telemetry.count)


def ready_masker(policy: Policy) -> "Masker":
    """Compile the masking rules of a policy, and hold it against its own examples.

    Raises:
        PolicyError: a rule does not compile, is slow, or fails an example; an entry of `errors` or a mapping fails one.
    """
    from logrouter.masking import Masker  # noqa: PLC0415 - draining the queue masks nothing

    masker = Masker(policy)
    errors, packaged = policy.section("errors"), default_policy().section("errors")
    if errors is not packaged:
        from logrouter.stages.rule_examples import check_examples  # noqa: PLC0415 - only a team's entries need it

        check_examples(errors, packaged, masker.mask_text)
    if policy.section("llm").get("mappings"):
        from logrouter.stages.mapping_examples import check_mappings  # noqa: PLC0415 - only a team's mappings need it

        check_mappings(policy.section("llm"), masker.mask_text)
    return masker


def _source(event: Json) -> str:
    """Return the event source of a record event (`aws:sqs`, `aws:kinesis`), else an empty string."""
    records = event.get("Records") if isinstance(event, dict) else None
    first = records[0] if isinstance(records, list) and records else None
    return str(first.get("eventSource", "")) if isinstance(first, dict) else ""


def _reasons(left: Sequence[Leftover]) -> str:
    return ", ".join(sorted({leftover.code for leftover in left}))
