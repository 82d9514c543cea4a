"""What became of deliveries, told to whoever counts or records them once a round is over."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from logrouter.adapters.telemetry import Telemetry, location
from logrouter.model import Delivery, Fate

LEFT_FOR_THE_REST_S: Final = 2.0
"""Kept free behind the observers, for the books of the invocation."""
ROUNDS_BEHIND: Final = 20
"""Rounds whose threads were left behind are listened to until so many others were."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery, or of the part of one that was ours to make.

    Records that the ledger knew as delivered, or that another invocation holds, are in no outcome; nor are those that
    are left to Lambda to repeat.

    Args:
        delivery: as it was sent or handed over; only the records this is about.
        fate: DELIVERED; REFUSED (dropped for good); RETRY (handed over to the retry queue).
        again: those of its keys that were told of before: when they were handed over, by another run of the same
            payload, or before they came late. The others are told of for the first time.
    """

    delivery: Delivery
    fate: Fate
    again: frozenset[str] = frozenset()


class Observer(Protocol):
    """Counts or records outcomes."""

    def observe(self, outcomes: Sequence[Outcome], left_s: float) -> None:
        """Take note of all outcomes of one round, within `left_s` seconds."""
        ...


class Observers:
    """Several observers as one; what one of them raises is counted, and keeps no other from seeing the outcomes."""

    def __init__(self, observers: Sequence[Observer], telemetry: Telemetry) -> None:
        self._observers = tuple(observers)
        self._telemetry = telemetry
        self._behind: deque[tuple[list[Outcome], frozenset[str]]] = deque(maxlen=ROUNDS_BEHIND)

    def __bool__(self) -> bool:
        return bool(self._observers)

    def observe(self, outcomes: Sequence[Outcome], left_s: float) -> None:
        """Tell each in turn, of what came late in earlier rounds too. Raises nothing."""
        heard = (*self._late(), *outcomes)
        for observer in self._observers if heard else ():
            try:
                observer.observe(heard, max(0.0, left_s - LEFT_FOR_THE_REST_S))
            except Exception as error:  # noqa: BLE001 - the deliveries are made, whatever the counting does
                self._telemetry.count("InternalErrors")
                self._telemetry.error(
                    "outcomes not counted", why=type(error).__name__, at=location(error.__traceback__)
                )

    def listen(self, late: list[Outcome], told: Sequence[Outcome]) -> None:
        """Go on listening to a round of which threads were left behind.

        Args:
            late: grows by outcomes when such a thread comes to an end.
            told: what the observers were told of what they carry: of that they hear again, as of nothing new.
        """
        self._behind.append((late, frozenset(key for outcome in told for key in outcome.delivery.keys)))

    def _late(self) -> Iterator[Outcome]:
        for late, told in self._behind:
            for _ in range(len(late)):
                outcome = late.pop(0)
                yield replace(outcome, again=outcome.again | told.intersection(outcome.delivery.keys))
