"""Breakers: while one is open, nothing is sent its way and everything is handed over at once.

Each route has one, and another for each channel of it that a destination limits by itself.
"""

import threading

from logrouter.adapters.clock import Clock
from logrouter.model import Verdict

FAILURES_TO_OPEN = 3
OPEN_S = 30.0
"""How long a route rests after repeated failures when the destination does not say."""
RATE_LIMITED_S = 60.0
"""How long after a rate limit without `Retry-After` (Sentry's rule for clients: 60 s, checked 2026-11-20)."""


class Circuits:
    """The breakers of one destination. They outlive an invocation, as a warm container does, and are thread-safe.

    Args:
        open_s: how long a route rests after repeated failures.
    """

    def __init__(self, clock: Clock, *, open_s: float = OPEN_S) -> None:
        self._clock = clock
        self._open_s = open_s
        self._failures: dict[str, int] = {}
        self._open_until_s: dict[tuple[str, str], float] = {}
        self._lock = threading.Lock()

    def wait_s(self, route: str, channel: str = "") -> float:
        """Return for how many seconds nothing may be sent on a route, or one channel of it; 0 when it is in use."""
        with self._lock:
            until_s = max(self._open_until_s.get(key, 0.0) for key in {(route, ""), (route, channel)})
            return max(0.0, until_s - self._clock.monotonic_s())

    def succeed(self, route: str) -> None:
        """Note an answer of a living destination, whatever it said about the record."""
        with self._lock:
            self._failures.pop(route, None)

    def fail(self, route: str, verdict: Verdict) -> bool:
        """Note a retryable failure; return True when that opened the route's breaker.

        After the rest, the first failure opens it again: the count goes down by a success only.
        """
        with self._lock:
            failures = self._failures[route] = self._failures.get(route, 0) + 1
        if verdict.closes_route:
            return self.open(route, RATE_LIMITED_S if verdict.retry_after_s is None else verdict.retry_after_s)
        if failures >= FAILURES_TO_OPEN:
            return self.open(route, self._open_s if verdict.retry_after_s is None else verdict.retry_after_s)
        return False

    def open(self, route: str, seconds: float, channel: str = "") -> bool:
        """Let a route rest, or one channel of it; return True when that was in use until now.

        A longer rest is never shortened.
        """
        with self._lock:
            now_s, key = self._clock.monotonic_s(), (route, channel)
            before_s = self._open_until_s.get(key, 0.0)
            self._open_until_s[key] = max(before_s, now_s + seconds)
            return before_s <= now_s < self._open_until_s[key]
