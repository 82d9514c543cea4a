"""What is sent to destinations, and what their answers mean for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from logrouter.model.books import Tally


@dataclass(frozen=True, slots=True)
class Delivery:
    """A masked, ready-to-send request to one destination, without address or credentials.

    Args:
        destination: its name: `sentry`, `langfuse`, `slack`.
        route: which project or channel of the destination; the secret knows its address. `default` always exists.
        keys: one ledger key a record, functions of the log event only; a key seen as delivered is never sent again.
        lines: log events each key stands for, same order; their sum is what the books count.
        body: request body, not compressed. Made of masked values only.
        attempt: how many times it was handed over before.
        completed_by: what its body is completed by when it is sent: the name of a report's count, the masked line of a
            call that waits for its prompt or answer; None for all others.
        supersedes: route and key of deliveries that need not be made any more once this one is made or handed over.
    """

    destination: str
    route: str
    keys: tuple[str, ...]
    lines: tuple[int, ...]
    body: bytes
    attempt: int = 0
    completed_by: str | None = None
    supersedes: tuple[tuple[str, str], ...] = ()

    @property
    def records(self) -> int:
        """Log events this delivery stands for."""
        return sum(self.lines)


class Fate(StrEnum):
    """What an answer of a destination means for a delivery."""

    DELIVERED = "delivered"
    RETRY = "retry"
    SPLIT = "split"
    REFUSED = "refused"
    UNAUTHORIZED = "unauthorized"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A destination's reading of one answer.

    Args:
        fate: what to do with the delivery.
        retry_after_s: for RETRY: how long the destination asks us to wait, seconds; None when it does not say.
        code: short machine-readable cause (`http_429`, `timeout`, `connection`); never text of the answer.
        closes_route: for RETRY: the destination wants nothing at all on this route until `retry_after_s` passed.
        limits: channel to seconds: of what the destination wants nothing on this route for so long. Comes with any
            answer, also with DELIVERED; for a delivery of such a channel it holds over `retry_after_s`.
    """

    fate: Fate
    code: str
    retry_after_s: float | None = None
    closes_route: bool = False
    limits: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Postponed:
    """A delivery that is better made later than now; where no queue can keep it, it is made now.

    Args:
        wait_s: seconds to wait.
        code: why, as metrics and logs name it.
    """

    delivery: Delivery
    wait_s: float
    code: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a forwarding job decided about one event: what to send, and the books so far (all but the deliveries).

    Args:
        deliveries: to be made now.
        later: to be made later, through the retry queue.
    """

    deliveries: tuple[Delivery, ...]
    tally: Tally
    later: tuple[Postponed, ...] = ()
