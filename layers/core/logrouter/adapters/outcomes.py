"""What became of deliveries, told to whoever counts or records them once a round is over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from logrouter.adapters.telemetry import Telemetry, location
from logrouter.model import Delivery, Fate

LEFT_FOR_THE_REST_S: Final = 2.0
"""Kept free behind the observers, for the books of the invocation."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a delivery, or of the part of one that was ours to make.

    Records that the ledger knew as delivered, or that another invocation holds, are in no outcome; nor are those that
    are left to Lambda to repeat.

    Args:
        delivery: as it was sent or handed over; only the records this is about. `attempt` is 0 unless it came from the
            retry queue.
        fate: DELIVERED; REFUSED (dropped for good); RETRY (handed over to the retry queue).
        again: those of its keys that were handed over before by another run of the same payload.
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

    def __bool__(self) -> bool:
        return bool(self._observers)

    def observe(self, outcomes: Sequence[Outcome], left_s: float) -> None:
        """Tell each in turn. Raises nothing."""
        for observer in self._observers if outcomes else ():
            try:
                observer.observe(outcomes, max(0.0, left_s - LEFT_FOR_THE_REST_S))
            except Exception as error:  # noqa: BLE001 - the deliveries are made, whatever the counting does
                self._telemetry.count("InternalErrors")
                self._telemetry.error(
                    "outcomes not counted", why=type(error).__name__, at=location(error.__traceback__)
                )
