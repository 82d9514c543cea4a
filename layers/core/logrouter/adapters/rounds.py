"""What the threads of one round of delivery share."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Protocol

from logrouter.adapters.deadline import Deadline
from logrouter.adapters.desk import Desk
from logrouter.destinations.contract import Target

HAND_OVER_S = 0.001
"""Time to hand one waiting delivery over, besides the reserve: ten go in one call of about 10 ms."""


class Targets(Protocol):
    """Gives the addresses of every route."""

    def __call__(self, *, refresh: bool) -> Mapping[str, Target]:
        """Return route name to target; `refresh` fetches the secret anew. Raises SecretError."""
        ...


NAMED_RECORDS = 20
"""Refused records that a round names in the log."""


@dataclass(slots=True)
class Round:
    """What the threads of one round share: the addresses, and whether the secret was fetched anew already."""

    deadline: Deadline
    desk: Desk
    holder: str
    targets: Mapping[str, Target]
    generation: int = 0
    named: int = 0
    lock: Lock = field(default_factory=Lock)

    def may_name(self) -> bool:
        """Take one of the records that are named in the log when they are refused; the others are only counted."""
        with self.lock:
            self.named += 1
            return self.named <= NAMED_RECORDS

    def address_of(self, route: str) -> str:
        """Return the route whose address is used: one that the secret does not know shares that of the default."""
        return route if route in self.targets else "default"

    @property
    def left_s(self) -> float:
        """Seconds for sending: the more is to be handed over, the earlier handing over must begin."""
        return max(0.0, self.deadline.left_s - self.desk.unsettled * HAND_OVER_S)
