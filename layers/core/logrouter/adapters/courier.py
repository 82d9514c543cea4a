"""Sends deliveries and settles each of them: delivered, dropped with a reason, or handed over. Forgets none.

Success is a 2xx and nothing else. What cannot be delivered now goes to the retry queue at once instead of being
repeated here, so that an outage of a destination costs an invocation seconds, not its whole time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Thread

from logrouter.adapters.circuit import Circuits
from logrouter.adapters.claims import Claims, scope_of
from logrouter.adapters.clock import Clock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.desk import ABANDONED, Desk, LeftPiece, Piece, Step
from logrouter.adapters.http import READ_TIMEOUT_S, Transport
from logrouter.adapters.ledger import Ledger
from logrouter.adapters.outcomes import Observer, Observers, Outcome
from logrouter.adapters.retry_queue import Backoff, Leftover, Queue, backoff_from
from logrouter.adapters.rounds import Round, Targets
from logrouter.adapters.telemetry import Telemetry, location
from logrouter.destinations.contract import Channelled, Destination, Subtracting, Target
from logrouter.errors import SecretError
from logrouter.model import Delivery, DropReason, Fate, Settlement, Verdict

SHORTEST_TRY_S = 0.5
"""With less time left a request is not started."""
LEASE_MARGIN_S = 5.0
UNAUTHORIZED_REST_S = 300.0
"""How long a route rests whose address or credentials are wrong even in the fresh secret."""
MISDIRECTED = frozenset({"http_404", "http_405", "http_410"})
"""Refusals that speak about the address, not about the record; 3xx belongs to them too."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What became of a set of deliveries.

    Args:
        settlement: the books, in log events.
        left: deliveries (or parts) not made; from `send` all of them, from `dispatch` those no queue took.
        pieces: what `left` is made of, in the same order; some are still claimed in the ledger.
        outcomes: of what is settled for good.
        late: outcomes of what threads achieve that were left behind; grows when they come to an end.
    """

    settlement: Settlement
    left: tuple[Leftover, ...] = ()
    pieces: tuple[LeftPiece, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    late: list[Outcome] = field(default_factory=list)


class Courier:
    """Delivers to one destination; kept between invocations, for its breakers and connections.

    Args:
        targets: route to address and credentials; `targets(refresh=True)` fetches the secret anew.
        concurrency: requests on their way at the same time.
        backoff: how long to wait where the destination does not say; its first wait is also a route's rest.
        telemetry: counts what the settlement has no column for.
        observers: are told what became of the deliveries of each round.
    """

    def __init__(
        self,
        destination: Destination,
        *,
        targets: Targets,
        transport: Transport,
        ledger: Ledger,
        retry_queue: Queue,
        clock: Clock,
        concurrency: int = 8,
        backoff: Backoff | None = None,
        telemetry: Telemetry | None = None,
        observers: Sequence[Observer] = (),
    ) -> None:
        self._destination = destination
        self._targets = targets
        self._transport = transport
        self._ledger = ledger
        self._queue = retry_queue
        self._clock = clock
        self._concurrency = concurrency
        self._telemetry = telemetry or Telemetry(destination.name)
        self._observers = Observers(observers, self._telemetry)
        self._claims = Claims(ledger, self._only, clock, is_told=bool(self._observers))
        self._backoff = backoff or backoff_from()
        self._circuits = Circuits(clock, open_s=self._backoff(1))

    def deliver(self, deliveries: Sequence[Delivery], deadline: Deadline) -> Settlement:
        """Send, hand over what is left, and return the books: their columns add up to the records given."""
        return self.dispatch(deliveries, deadline).settlement

    def dispatch(self, deliveries: Sequence[Delivery], deadline: Deadline) -> Dispatch:
        """Send, hand over what is left; `left` is what no queue took (counted as undelivered)."""
        sent = self.send(deliveries, deadline)
        kept = self.hand_over(sent.left)
        refused = {key for leftover in kept for key in leftover.delivery.keys}
        handed_over = self._claims.handed_over(sent.pieces, refused, deadline)
        self._listen(sent, handed_over)
        self.observe((*sent.outcomes, *handed_over), deadline)
        sent.settlement.handed_over = _records(sent.left) - _records(kept)
        sent.settlement.undelivered = _records(kept)
        return Dispatch(sent.settlement, kept)

    def hand_over(self, leftovers: Sequence[Leftover]) -> tuple[Leftover, ...]:
        """Put deliveries into the retry queue; return those it did not take."""
        if not leftovers:
            return ()
        refused = self._queue.hand_over(leftovers, self._destination.split)
        refused_keys = {key for leftover in refused for key in leftover.delivery.keys}
        for leftover in leftovers:
            if leftover.delivery.supersedes and refused_keys.isdisjoint(leftover.delivery.keys):
                self._settle_superseded(leftover.delivery)
        return refused

    def postpone(self, later: Sequence[Leftover], deadline: Deadline) -> tuple[Leftover, ...]:
        """Put deliveries that are better made later into the retry queue; return those it did not take."""
        kept = self.hand_over(later)
        refused = {key for leftover in kept for key in leftover.delivery.keys}
        pieces = [LeftPiece(Piece(one.delivery, 0), one.wait_s, one.code) for one in later]
        self.observe(self._claims.handed_over(pieces, refused, deadline), deadline)
        return kept

    def _settle_superseded(self, delivery: Delivery) -> None:
        """Note that deliveries whose records this one tells of are not to be made any more."""
        for route, key in delivery.supersedes:
            self._ledger.mark_delivered(f"{delivery.destination}/{route}", (key,))

    def send(self, deliveries: Sequence[Delivery], deadline: Deadline) -> Dispatch:
        """Send until all is settled or the deadline comes; hand nothing over, release nothing.

        A key given twice is sent once. Threads still busy at the deadline are left behind: what they carry counts
        as left over; what they may yet achieve is told to the ledger, and to the observers by the next round.
        """
        desk = Desk()
        self._lay_out(deliveries, desk)
        run = self._begin(deadline, desk)
        if run is not None:
            self._tell_unknown({delivery.route for delivery in deliveries}, run)
            threads = [
                Thread(target=self._work, args=(desk, run, worker), daemon=True)
                for worker in range(min(self._concurrency, desk.waiting))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(run.left_s)
        pieces = desk.close(on_the_way_wait_s=deadline.killed_in_s + LEASE_MARGIN_S)
        return Dispatch(
            desk.settlement, tuple(left.leftover for left in pieces), pieces, tuple(desk.outcomes), desk.late
        )

    def release(self, sent: Dispatch, deadline: Deadline) -> None:
        """Give the claims of what the queue keeps back, once it is safe; without time, the leases simply end."""
        self._claims.give_back(sent.pieces, deadline)
        self._listen(sent, ())

    def observe(self, outcomes: Sequence[Outcome], deadline: Deadline) -> None:
        """Tell the observers what became of the deliveries of a round, and of earlier ones. Raises nothing."""
        self._observers.observe(outcomes, deadline.killed_in_s)

    def _listen(self, sent: Dispatch, told: Sequence[Outcome]) -> None:
        """Let the observers hear what the round's threads that were left behind achieve."""
        if any(left.code == ABANDONED for left in sent.pieces):
            self._observers.listen(sent.late, told)

    def _lay_out(self, deliveries: Sequence[Delivery], desk: Desk) -> None:
        """Put every delivery on the desk, without the keys that stand in an earlier one."""
        seen: set[tuple[str, str]] = set()
        for source, delivery in enumerate(deliveries):
            new = [key for key in delivery.keys if (delivery.route, key) not in seen]
            seen.update((delivery.route, key) for key in new)
            parts = self._only(delivery, set(new))
            repeated = delivery.records - sum(part.records for part in parts)
            desk.lay([Piece(part, source) for part in parts])
            desk.drop(DropReason.DUPLICATE, repeated)

    def _begin(self, deadline: Deadline, desk: Desk) -> Round | None:
        """Fetch the addresses; without them, everything on the desk is left over."""
        if not desk.waiting:
            return None
        try:
            return Round(deadline, desk, self._clock.token(), self._targets(refresh=False))
        except SecretError as error:
            self._telemetry.count("SecretFailures")
            self._telemetry.error("secret unusable", why=str(error))
            desk.leave_all(self._backoff(3), "secret")
        except Exception as error:  # noqa: BLE001 - a fault of ours must not lose the records
            self._telemetry.count("InternalErrors")
            self._telemetry.error("addresses unusable", why=type(error).__name__, at=location(error.__traceback__))
            desk.leave_all(self._backoff(3), "internal")
        return None

    def _tell_unknown(self, routes: set[str], run: Round) -> None:
        """Say which routes of the policy the secret does not know: their records go where the default leads."""
        unknown = sorted(route for route in routes if run.address_of(route) != route)
        if unknown:
            self._telemetry.count("SecretFailures")
            self._telemetry.error("routes not in the secret, the default is used", routes=unknown)

    def _work(self, desk: Desk, run: Round, worker: int) -> None:
        while (piece := desk.take(worker)) is not None:
            try:
                step = self._try(piece, run)
            except Exception as error:  # noqa: BLE001 - a fault of ours must not lose the record
                self._telemetry.count("InternalErrors")
                self._telemetry.error(
                    "delivery failed inside", why=type(error).__name__, at=location(error.__traceback__)
                )
                step = self._leave(piece, self._backoff(piece.delivery.attempt + 1), "internal")
            desk.settle(worker, step)

    def _try(self, piece: Piece, run: Round) -> Step:
        """Take one step with one piece: leave it, claim it, or send it and act on the answer."""
        route = run.address_of(piece.delivery.route)
        if run.left_s < SHORTEST_TRY_S:
            return self._leave(piece, 0, "deadline")
        if rest_s := self._circuits.wait_s(route, self._channel(piece.delivery)):
            return self._leave(piece, rest_s, "route_closed")
        if not piece.claimed:
            return self._claim(piece, run)
        generation = run.generation
        target = run.targets.get(route) or run.targets["default"]
        request = self._destination.request(piece.delivery, target, self._clock.now_s())
        answer = self._transport.send(request, min(READ_TIMEOUT_S, run.left_s))
        verdict = self._destination.interpret(answer)
        self._limit(route, verdict)
        return replace(self._act(piece, verdict, run, generation), code=verdict.code)

    def _claim(self, piece: Piece, run: Round) -> Step:
        delivery = piece.delivery
        lease_s = run.deadline.killed_in_s + LEASE_MARGIN_S
        claim = self._ledger.claim(
            scope_of(delivery),
            delivery.keys,
            run.holder,
            lease_s,
            recall=bool(self._observers),
            resent=delivery.attempt > 0,
        )
        ours, busy = self._only(delivery, set(claim.free)), self._only(delivery, set(claim.busy))
        left = sum(part.records for part in (*ours, *busy))
        wait_s = max(claim.busy.values(), default=0.0)
        return Step(
            dropped={DropReason.DUPLICATE: delivery.records - left} if left < delivery.records else {},
            again=tuple(replace(piece, delivery=part, claimed=True, again=claim.again) for part in ours),
            left=tuple((replace(piece, delivery=part), wait_s, "busy") for part in busy),
        )

    def _act(self, piece: Piece, verdict: Verdict, run: Round, generation: int) -> Step:
        delivery = piece.delivery
        if verdict.fate is Fate.RETRY:
            return self._retry(piece, verdict, run)
        self._circuits.succeed(run.address_of(delivery.route))
        if verdict.fate is Fate.DELIVERED:
            self._ledger.mark_delivered(scope_of(delivery), delivery.keys)
            self._settle_superseded(delivery)
            return Step(delivered=delivery.records, outcome=piece.became(Fate.DELIVERED))
        if verdict.fate is Fate.UNAUTHORIZED or _is_misdirected(verdict):
            return self._knock_again(piece, verdict, run, generation)
        if verdict.fate is Fate.SPLIT:
            return self._cut(piece, DropReason.OVERSIZE_RECORD, run, verdict)
        return self._cut(piece, DropReason.REFUSED_BY_DESTINATION, run, verdict)

    def _retry(self, piece: Piece, verdict: Verdict, run: Round) -> Step:
        """Leave the piece for later; a connection that broke is tried once more at once.

        A warm container's connections are dead after a long freeze, and the first request on one says so.
        """
        route, channel = run.address_of(piece.delivery.route), self._channel(piece.delivery)
        if verdict.code == "connection" and not piece.repeated:
            return Step(again=(replace(piece, repeated=True),))
        if channel in verdict.limits:
            self._circuits.succeed(route)  # a limit is the answer of a destination in good health
            return self._leave(piece, self._circuits.wait_s(route, channel), verdict.code)
        if self._circuits.fail(route, verdict):
            self._tell_closed(route, verdict.code, self._circuits.wait_s(route))
        wait_s = verdict.retry_after_s
        if wait_s is None:
            wait_s = max(self._backoff(piece.delivery.attempt + 1), self._circuits.wait_s(route))
        return self._leave(piece, wait_s, verdict.code)

    def _limit(self, route: str, verdict: Verdict) -> None:
        """Close the channels of which the destination wants no more, whatever it said about the delivery."""
        for channel, seconds in verdict.limits.items():
            if self._circuits.open(route, seconds, channel):
                self._tell_closed(route, verdict.code, seconds, channel=channel)

    def _tell_closed(self, route: str, code: str, seconds: float, **where: str) -> None:
        self._telemetry.count("RoutesClosed")
        self._telemetry.warning("route closed", route=route, code=code, seconds=seconds, **where)

    def _channel(self, delivery: Delivery) -> str:
        return self._destination.channel(delivery) if isinstance(self._destination, Channelled) else ""

    def _cut(self, piece: Piece, otherwise: DropReason, run: Round, verdict: Verdict) -> Step:
        """Halve what was refused or too large, down to the single record that is, and drop that one."""
        parts = self._destination.split(piece.delivery)
        if parts:
            return Step(again=tuple(replace(piece, delivery=part) for part in parts))
        if run.may_name():
            self._telemetry.warning("record refused", keys=list(piece.delivery.keys), code=verdict.code)
        # What was counted is remembered, should the payload come again: that it is tried again is no new call.
        give_back = self._ledger.mark_handed_over if self._observers else self._ledger.release
        give_back(scope_of(piece.delivery), piece.delivery.keys)
        return Step(dropped={otherwise: piece.delivery.records}, outcome=piece.became(Fate.REFUSED))

    def _knock_again(self, piece: Piece, verdict: Verdict, run: Round, generation: int) -> Step:
        """Fetch the secret anew, once a call; with the same answer, or the same secret, let the route rest."""
        route = piece.delivery.route
        with run.lock:
            if run.generation == generation == 0:
                before = run.targets
                run.targets = self._refreshed(before)
                run.generation = 1  # after the targets: who sees the new generation must see them too
                changed = run.targets.get(route) != before.get(route) or run.targets["default"] != before["default"]
            else:
                changed = run.generation > generation
        if changed:
            return Step(again=(piece,))
        self._telemetry.count("UnauthorizedAnswers")
        if self._circuits.open(run.address_of(route), UNAUTHORIZED_REST_S):
            self._telemetry.error("address or credentials refused", route=route, code=verdict.code)
        return self._leave(piece, UNAUTHORIZED_REST_S, verdict.code)

    def _refreshed(self, before: Mapping[str, Target]) -> Mapping[str, Target]:
        try:
            return self._targets(refresh=True)
        except SecretError as error:
            self._telemetry.count("SecretFailures")
            self._telemetry.error("secret unusable", why=str(error))
            return before

    def _only(self, delivery: Delivery, keys: set[str]) -> tuple[Delivery, ...]:
        """Cut a delivery down to some of its keys."""
        if keys.issuperset(delivery.keys):
            return (delivery,)
        if keys.isdisjoint(delivery.keys):
            return ()
        if isinstance(self._destination, Subtracting):
            rest = self._destination.without(delivery, set(delivery.keys) - keys)
            return () if rest is None else (rest,)
        parts = self._destination.split(delivery)
        return tuple(kept for part in parts for kept in self._only(part, keys)) if parts else (delivery,)

    def _leave(self, piece: Piece, wait_s: float, code: str) -> Step:
        return Step(left=((piece, wait_s, code),))


def _is_misdirected(verdict: Verdict) -> bool:
    return verdict.fate is Fate.REFUSED and (verdict.code in MISDIRECTED or verdict.code.startswith("http_3"))


def _records(leftovers: Sequence[Leftover]) -> int:
    return sum(leftover.delivery.records for leftover in leftovers)
