"""Time and chance as an object: production reads the system, tests hand in their own. Nothing else reads either."""

import secrets
import time
from typing import Protocol


class Clock(Protocol):
    """What adapters may ask about time and chance."""

    def now_s(self) -> float:
        """Return the wall clock, epoch seconds."""
        ...

    def monotonic_s(self) -> float:
        """Return seconds that only go forward; differences alone have a meaning."""
        ...

    def chance(self) -> float:
        """Return a number from 0 up to, not including, 1; used for jitter only."""
        ...

    def token(self) -> str:
        """Return a fresh unguessable name, 16 hex digits."""
        ...


class SystemClock:
    """The machine's own time and randomness."""

    def now_s(self) -> float:
        """Return the wall clock, epoch seconds."""
        return time.time()

    def monotonic_s(self) -> float:
        """Return seconds that only go forward."""
        return time.monotonic()

    def chance(self) -> float:
        """Return a number from 0 up to, not including, 1."""
        return secrets.SystemRandom().random()

    def token(self) -> str:
        """Return a fresh unguessable name, 16 hex digits."""
        return secrets.token_hex(8)
