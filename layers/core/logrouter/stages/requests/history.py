"""Looks back beyond one event: which log events of earlier payloads may have led to an issue. Asks, and never insists.

Only where the policy allows it, only for requests whose beginning is not in the payload, and only by ids that masking
leaves as they are, because a question goes to CloudWatch Logs as text.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from logrouter.model import Json, LogEvent, Origin
from logrouter.policy.log_groups import matches as matches_glob
from logrouter.stages.requests.request_context import Invocation, is_lambda, open_at_end

LOOK_BACK_S: Final = 2.0
"""Seconds for all lookups of one event together."""

LEFT_FOR_SENDING_S: Final = 5.0
"""No lookup begins when sending would be left less time than this."""

EVENTS_ASKED: Final = 100
"""Log events of one lookup, the latest ones."""

_QUOTABLE: Final = re.compile(r"[\w.:/=+@-]{16,128}", re.ASCII)
"""Ids that stand in a quoted term of a filter pattern as they are, and are long enough to mean one request only."""


class Lookup(NamedTuple):
    """A question about log events that came before this event.

    Args:
        origin: whose log group and stream are asked, with the names as they are.
        in_stream: only that log stream; else the whole log group.
        text: what the events contain, within `_QUOTABLE`; None for all.
        since_ms, until_ms: epoch milliseconds, both inclusive.
    """

    origin: Origin
    in_stream: bool
    text: str | None
    since_ms: int
    until_ms: int


class History(Protocol):
    """Knows the log events of earlier payloads."""

    def before(self, lookup: Lookup, limit: int, within_s: float) -> Sequence[LogEvent]:
        """Return the latest raw log events that answer, oldest first, at most `limit`; none when it cannot say.

        Takes at most `within_s` seconds and never raises. A question asked before costs nothing.
        """
        ...


class NoHistory:
    """Knows nothing but the event at hand."""

    def before(self, lookup: Lookup, limit: int, within_s: float) -> Sequence[LogEvent]:  # noqa: ARG002 - protocol
        """Say nothing."""
        return ()


class Earlier(NamedTuple):
    """What a lookup brought: from place `belongs` on, events are the request's even where they do not name it."""

    events: Sequence[LogEvent] = ()
    belongs: int = 0


NOTHING: Final = Earlier()


class LookBack:
    """Asks a history about the requests of one event, a bounded number of times and for a bounded time.

    Args:
        section: `look_back` of the policy's section `errors.breadcrumbs`.
        left_s: how many seconds the invocation may yet spend before it has to end.
    """

    def __init__(self, section: Mapping[str, Json], history: History, left_s: Callable[[], float]) -> None:
        self._lookups = int(section.get("lookups", 3)) if section.get("enabled") else 0
        self._minutes = int(section.get("minutes", 5))
        self._log_groups = section.get("log_groups", ["*"])
        self._history = history
        self._left_s = left_s
        self._spent_s = 0.0
        self._known: dict[tuple[str, str], Earlier] = {}

    def ask(
        self, origin: Origin, id_: str, invocation: Invocation | None, events: Sequence[LogEvent], at_ms: int
    ) -> Earlier:
        """Return what came before of a request; nothing where that may not, need not or can no longer be asked.

        Args:
            origin: of the issue's payload, raw.
            id_: request or trace id, raw and left as it is by masking.
            invocation: the request's stretch of the payload, when it is one.
            events: the payload.
            at_ms: time of the issue's log event; nothing younger is asked for.
        """
        if not self._lookups or (invocation and invocation.is_whole) or not _QUOTABLE.fullmatch(id_):
            return NOTHING
        if not any(matches_glob(pattern, origin.log_group) for pattern in self._log_groups):
            return NOTHING
        key = (origin.account, id_)
        if key not in self._known:
            self._known[key] = self._asked(origin, id_, events if invocation else (), at_ms)
        return self._known[key]

    def _asked(self, origin: Origin, id_: str, events: Sequence[LogEvent], at_ms: int) -> Earlier:
        """Ask for the stream's events before a payload, else for those that name the id."""
        until_ms = min(events[0].timestamp_ms, at_ms) if events else at_ms
        since_ms = max(0, until_ms - self._minutes * 60_000)
        found = self._found(Lookup(origin, is_lambda(origin), None if events else id_, since_ms, until_ms))
        belongs = open_at_end(found, id_) if events else None
        return Earlier(found, len(found) if belongs is None else belongs)

    def _found(self, lookup: Lookup) -> Sequence[LogEvent]:
        left_s = self._left_s()
        within_s = min(LOOK_BACK_S - self._spent_s, left_s - LEFT_FOR_SENDING_S)
        if within_s <= 0 or not self._lookups:
            return ()
        self._lookups -= 1
        found = self._history.before(lookup, EVENTS_ASKED, within_s)
        self._spent_s += max(0.0, left_s - self._left_s())
        return [event for event in found if event.timestamp_ms <= lookup.until_ms]
