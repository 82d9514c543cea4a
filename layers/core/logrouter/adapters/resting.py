"""Lets a helper that keeps failing rest: its outage must not eat the time of the invocations that ask it."""

from logrouter.adapters.aws import error_code
from logrouter.adapters.clock import Clock

FAILURES_TO_REST = 3
REST_S = 30.0
HOPELESS = frozenset({"ResourceNotFoundException", "AccessDenied", "AccessDeniedException"})
"""Answers that asking again does not change: they rest at once."""


class Rest:
    """Counts failures in a row; after `FAILURES_TO_REST` of them the helper is left alone for `REST_S` seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures = 0
        self._until_s = 0.0

    @property
    def is_on(self) -> bool:
        """True while the helper is not to be asked."""
        return self._clock.monotonic_s() < self._until_s

    def succeeded(self) -> None:
        """Note an answer."""
        self._failures = 0

    def failed(self, error: Exception) -> None:
        """Note a failure."""
        self._failures += 1
        if self._failures >= FAILURES_TO_REST or error_code(error) in HOPELESS:
            self._until_s = self._clock.monotonic_s() + REST_S
