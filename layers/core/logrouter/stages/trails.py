"""Remembers the records of each request, for the breadcrumbs of its issues."""

from collections import Counter, deque
from typing import Final

from logrouter.model import Record

BREADCRUMBS_LIMIT: Final = 20
"""Earlier records of the same request that an issue carries along."""

BREADCRUMBED_LIMIT: Final = 50
"""Issues of one request that get breadcrumbs; in a storm their thousands would carry each other twenty times over."""


class Trails:
    """The records of this event by request: what an issue's breadcrumbs are taken from."""

    def __init__(self) -> None:
        self._by_request: dict[tuple[str, str], deque[Record]] = {}
        self._used: Counter[tuple[str, str]] = Counter()

    def add(self, record: Record) -> None:
        """Remember a record for those of its request that come later."""
        if record.request_id:
            key = (record.origin.account, record.request_id)
            self._by_request.setdefault(key, deque(maxlen=BREADCRUMBS_LIMIT)).append(record)

    def before(self, record: Record) -> tuple[Record, ...]:
        """Return the records of the same request that came earlier in this event and are not younger."""
        key = (record.origin.account, record.request_id or "")
        if key not in self._by_request or self._used[key] >= BREADCRUMBED_LIMIT:
            return ()
        self._used[key] += 1
        return tuple(earlier for earlier in self._by_request[key] if earlier.timestamp_ms <= record.timestamp_ms)
