"""Keeps calls below a service quota: one object per API, `wait()` before every request."""

import threading
import time
from collections.abc import Callable

from logrouter.adapters.clock import Clock, SystemClock


class Pace:
    """At most `rate_per_s` calls a second, evenly spaced, shared by all threads."""

    def __init__(
        self, rate_per_s: float, *, clock: Clock | None = None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._gap_s = 1 / rate_per_s
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._next_s = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may be made."""
        with self._lock:
            now_s = self._clock.monotonic_s()
            turn_s = max(now_s, self._next_s)
            self._next_s = turn_s + self._gap_s
        if turn_s > now_s:
            self._sleep(turn_s - now_s)
