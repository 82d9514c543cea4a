"""How long an invocation may still start work: Lambda's remaining time minus a reserve for handing over the rest."""

from collections.abc import Callable
from typing import Any, Self

from logrouter.adapters.clock import Clock, SystemClock

BARE_RUN_MS = 60_000
"""Time an invocation without a Lambda context (command line, tests) is given."""


class Deadline:
    """The end of one invocation, seen from inside.

    Args:
        remaining_ms: milliseconds until the invocation is killed; asked again each time.
        reserve_ms: kept free at the end to hand over what is left. Never more than half of what there was at the
            start, so that a function with a short timeout still does some work.
    """

    def __init__(self, remaining_ms: Callable[[], int], reserve_ms: int) -> None:
        self._remaining_ms = remaining_ms
        self._reserve_ms = min(reserve_ms, max(0, remaining_ms()) // 2)

    @classmethod
    def of(cls, context: Any, reserve_ms: int, clock: Clock | None = None) -> Self:
        """Read the deadline from a Lambda context; without one, `BARE_RUN_MS` from now."""
        remaining = getattr(context, "get_remaining_time_in_millis", None)
        if remaining is not None:
            return cls(remaining, reserve_ms)
        time = clock or SystemClock()
        end_s = time.monotonic_s() + BARE_RUN_MS / 1000
        return cls(lambda: int((end_s - time.monotonic_s()) * 1000), reserve_ms)

    @property
    def left_s(self) -> float:
        """Seconds in which work may still be going on; 0 when only handing over is left to do."""
        return max(0, self._remaining_ms() - self._reserve_ms) / 1000

    @property
    def killed_in_s(self) -> float:
        """Seconds until the invocation is killed, the reserve included."""
        return max(0, self._remaining_ms()) / 1000

    @property
    def passed(self) -> bool:
        """True when no new work may be started."""
        return self.left_s <= 0
