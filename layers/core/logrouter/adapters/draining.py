"""Drains a retry queue: delivers its messages and says which of them must come back.

A message either goes away (all of it delivered, dropped with a reason, or replaced by smaller messages) or is kept
by the queue whole. After the queue's last try it stands in the dead-letter queue.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.retry_queue import Backoff, Leftover, Message, Queue, backoff_from
from logrouter.model import Delivery, DropReason, Settlement, Tally

type Complete = Callable[[Delivery], Delivery]
"""Writes into a delivery what is known only when it is sent; raises nothing."""


@dataclass(frozen=True, slots=True)
class Drained:
    """What became of the messages of one event.

    Args:
        failed: ids of the messages that the queue must keep (`batchItemFailures`).
    """

    tally: Tally
    settlement: Settlement
    failed: tuple[str, ...]


def drain(
    messages: Sequence[Message],
    *,
    destination: str,
    courier: Courier,
    queue: Queue,
    deadline: Deadline,
    backoff: Backoff | None = None,
    complete: Complete | None = None,
) -> Drained:
    """Deliver the messages and settle each; those that wait to be completed are completed first.

    Records that stay in the queue count as handed over. A corrupt message, or one of another destination, counts as
    one dropped record each time it is received, and is left to the dead-letter queue.
    """
    waits = backoff or backoff_from()
    sound, corrupt = _sorted(messages, destination)
    if complete and not deadline.passed:
        sound = [(message, complete(one) if one.completed_by else one) for message, one in sound]
    sent = courier.send([delivery for _, delivery in sound], deadline)
    kept: list[tuple[Message, float]] = []
    for source, (message, delivery) in enumerate(sound):
        left = [leftover for leftover in sent.left if leftover.source == source]
        left = [replace(one, wait_s=_wait_s(one, waits(message.receives))) for one in left]
        if left and not _replaced(delivery, left, courier):
            kept.append((message, max(leftover.wait_s for leftover in left)))
    queue.postpone(kept)
    courier.release(sent, deadline)
    courier.observe(sent.outcomes, deadline)
    tally = _tally([delivery for _, delivery in sound], len(corrupt), sent.settlement)
    tally.handed_over = sum(leftover.delivery.records for leftover in sent.left)
    return Drained(tally, sent.settlement, tuple(m.id for m in (*corrupt, *(message for message, _ in kept))))


def _sorted(messages: Sequence[Message], destination: str) -> tuple[list[tuple[Message, Delivery]], list[Message]]:
    sound: list[tuple[Message, Delivery]] = []
    corrupt: list[Message] = []
    for message in messages:
        if message.delivery is not None and message.delivery.destination == destination:
            sound.append((message, message.delivery))
        else:
            corrupt.append(message)
    return sound, corrupt


def _replaced(delivery: Delivery, left: list[Leftover], courier: Courier) -> bool:
    """Put smaller messages in place of one of which a part is done; False when it must be kept.

    The parts are always fewer records than the message held, so replacing comes to an end. When the queue takes only
    some of them, the message is kept too: the ledger then keeps the parts from being delivered twice.
    """
    if sum(leftover.delivery.records for leftover in left) == delivery.records:
        return False
    return not courier.hand_over(left)


def _wait_s(leftover: Leftover, backoff_s: float) -> float:
    """Return the longer one of the destination's wait and ours, which doubles with each receive.

    Every receive counts towards the queue's last try: short waits would carry a message to the dead letters before
    an outage of an hour is over. What another invocation is delivering only waits for that one's lease.
    """
    return max(leftover.wait_s, 1.0) if leftover.code == "busy" else max(leftover.wait_s, backoff_s)


def _tally(sound: Sequence[Delivery], corrupt: int, settlement: Settlement) -> Tally:
    tally = Tally(source="retry", received=corrupt + sum(delivery.records for delivery in sound))
    tally.delivered = settlement.delivered
    tally.dropped.update(settlement.dropped)
    if corrupt:
        tally.drop(DropReason.CORRUPT_DELIVERY, corrupt)
    return tally
