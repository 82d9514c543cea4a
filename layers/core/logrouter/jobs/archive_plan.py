"""Decides which windows of which log groups are due for the archive. Pure: what the ledger knows comes in as values.

Windows tile time: from the origin of a log group on, each millisecond is in exactly one window, whatever the policy
said when it was planned. The ledger keeps that true when several planners run at once.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from logrouter.destinations.archive.layout import DAY_MS, HOUR_MS
from logrouter.destinations.archive.retention import keeping_of
from logrouter.destinations.archive.window import GroupId, Window, WindowState
from logrouter.errors import UnsupportedEventError
from logrouter.model import Json, Tally
from logrouter.policy.load import Policy

LATEST_ARRIVAL_DAYS: Final = 14
"""PutLogEvents takes events so old, so a group may hold events older than itself (API reference, 2026-11-20)."""

READABLE_CLASS: Final = "STANDARD"
"""FilterLogEvents refuses the Infrequent Access class ("Log classes", 2026-11-20); those wait for the export reader."""

TURN_STEP: Final = 7919
"""A prime, so that the first group of a run wanders over all groups, whatever the hours between runs."""

UNFINISHED: Final = frozenset(WindowState) - {WindowState.SEALED, WindowState.LATE, WindowState.LOST}
"""States that a run takes up again by itself; a lost window only when it is asked for by name and time."""


@dataclass(frozen=True, slots=True)
class LogGroup:
    """What CloudWatch says of a log group.

    Args:
        created_ms: epoch milliseconds.
        retention_days: None when events never expire.
        log_class: `STANDARD`, `INFREQUENT_ACCESS` or `DELIVERY`.
    """

    id: GroupId
    created_ms: int
    retention_days: int | None
    log_class: str = READABLE_CLASS


@dataclass(frozen=True, slots=True)
class Frontier:
    """How far a log group is planned: windows tile `origin_ms` to `planned_until_ms` without gap or overlap."""

    origin_ms: int
    planned_until_ms: int


@dataclass(frozen=True, slots=True)
class Request:
    """A run by hand: these log groups, this stretch of time (epoch milliseconds); None means the schedule's rules."""

    groups: tuple[str, ...] | None = None
    from_ms: int | None = None
    until_ms: int | None = None


@dataclass(slots=True)
class Outcome:
    """What a planning run came to.

    Args:
        queues: the due windows of each log group, oldest first.
        planned: windows that were new to the ledger.
        skipped: log groups that are not archived, by reason.
        incomplete: time ran out before the last log group; the next run begins with others.
        retention_used_percent: the worst of `retention_used_percent` over all log groups.
    """

    queues: list[list[Window]] = field(default_factory=list)
    planned: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    incomplete: bool = False
    retention_used_percent: int = 0

    def add(self, planned: int, queue: list[Window], used_percent: int) -> None:
        """Note one log group."""
        self.planned += planned
        self.queues.append(queue)
        self.retention_used_percent = max(self.retention_used_percent, used_percent)

    @property
    def due(self) -> int:
        """Windows that wait for work, whether this run takes them or not."""
        return sum(map(len, self.queues))

    def as_dict(self) -> dict[str, Json]:
        """Return counts; the tally is empty, for planning touches no log event."""
        return {
            "planned": self.planned,
            "due": self.due,
            "skipped": dict(sorted(self.skipped.items())),
            "incomplete": self.incomplete,
            "retention_used_percent": self.retention_used_percent,
            "tally": Tally(source="archive").as_dict(),
        }


def read_request(event: Mapping[str, Json], now_ms: int) -> tuple[Request, int]:
    """Read `{"groups", "from", "until", "now"}`, all optional; times ISO 8601 with a zone.

    Returns:
        The request, and the instant to plan for: `now` of the event, else `now_ms`.

    Raises:
        UnsupportedEventError: a field of the wrong shape; names the field.
    """
    groups = event.get("groups")
    if groups is not None and not (isinstance(groups, list) and all(isinstance(name, str) for name in groups)):
        raise UnsupportedEventError("archive_plan: groups must be a list of log-group names")
    request = Request(None if groups is None else tuple(groups), _instant(event, "from"), _instant(event, "until"))
    if request.from_ms is not None and request.until_ms is not None and request.from_ms >= request.until_ms:
        raise UnsupportedEventError("archive_plan: from must be before until")
    override_ms = _instant(event, "now")
    return request, now_ms if override_ms is None else override_ms


def read_window(event: Mapping[str, Json], now_ms: int) -> tuple[Window, int]:
    """Read one window as the planner returned it, and the instant to work for.

    Raises:
        UnsupportedEventError: not a window.
    """
    try:
        window = Window.from_dict(event)
    except (KeyError, TypeError, ValueError):
        raise UnsupportedEventError(
            "not a window: account, region, log_group, start_ms and end_ms are needed"
        ) from None
    override_ms = _instant(event, "now")
    return window, now_ms if override_ms is None else override_ms


def check_policy(policy: Policy) -> Policy:
    """Refuse a policy that the archive could not work with, before it is used; return it otherwise.

    Raises:
        PolicyError: a kind of log group names a record class that is not there.
    """
    archive = policy.section("archive")
    log_groups = policy.section("log_groups")
    for kind in [{}, *log_groups.get("kinds", ()), *log_groups.get("exceptions", ())]:
        keeping_of(Window(GroupId("", "", ""), 0, 0), kind, archive)
    return policy


def in_turn(groups: Sequence[LogGroup], now_ms: int) -> list[LogGroup]:
    """Begin with another log group each hour, so that a run that is out of time leaves out others than the last one."""
    if not groups:
        return []
    first = now_ms // HOUR_MS * TURN_STEP % len(groups)
    return [*groups[first:], *groups[:first]]


def refused(group: LogGroup, kind: Mapping[str, Json] | None) -> str | None:
    """Say why a log group is not archived: `not_archived` (policy), `class_not_readable`; None when it is."""
    if not (kind or {}).get("archive"):
        return "not_archived"
    return None if group.log_class == READABLE_CLASS else "class_not_readable"


def window_length_ms(group: LogGroup, archive: Mapping[str, Json]) -> int:
    """Length of the windows of a group: the policy's, an hour where events expire within days."""
    expires_soon = group.retention_days is not None and group.retention_days <= archive["short_retention_days"]
    return HOUR_MS if expires_soon else int(archive["window_hours"]) * HOUR_MS


def settled_until_ms(group: LogGroup, archive: Mapping[str, Json], now_ms: int) -> int:
    """End of the last whole window that is old enough to read: later of no account, earlier would miss late events.

    The policy's delay, but no longer than half of the retention (less one window), so that a failed run can be
    repeated.
    """
    length = window_length_ms(group, archive)
    delay = int(archive["delay_hours"]) * HOUR_MS
    if group.retention_days is not None:
        delay = min(delay, max(0, group.retention_days * DAY_MS // 2 - length))
    return _floor(now_ms - delay, length)


def extend(
    group: LogGroup, frontier: Frontier | None, request: Request, archive: Mapping[str, Json], now_ms: int
) -> list[Window]:
    """Return the windows that a group is missing in the ledger; they continue its tiling before and behind.

    A new group begins where its oldest event may be (or at `request.from_ms`). A request may reach before the origin
    and beyond the policy's delay, but never into the future; then the outer windows end exactly where it says.
    """
    length = window_length_ms(group, archive)
    until = settled_until_ms(group, archive, now_ms) if request.until_ms is None else min(request.until_ms, now_ms)
    if frontier is None:
        origin = _origin(group, archive, length, now_ms) if request.from_ms is None else request.from_ms
        frontier = Frontier(origin, origin)
    before = [] if request.from_ms is None else tile(request.from_ms, frontier.origin_ms, length)
    behind = tile(frontier.planned_until_ms, until, length)
    return [Window(group.id, start, end) for start, end in [*before, *behind]]


def tile(start_ms: int, until_ms: int, length_ms: int) -> list[tuple[int, int]]:
    """Cut `[start_ms, until_ms)` at multiples of `length_ms` since the epoch: no gap, no overlap, none longer."""
    spans = []
    while start_ms < until_ms:
        end_ms = min(_floor(start_ms, length_ms) + length_ms, until_ms)
        spans.append((start_ms, end_ms))
        start_ms = end_ms
    return spans


def lags(watermark_ms: int, items: Iterable[tuple[Window, WindowState]]) -> bool:
    """Say whether the window at the watermark is sealed: who sealed it died before moving the watermark."""
    return any(window.start_ms == watermark_ms and state is WindowState.SEALED for window, state in items)


def retention_used_percent(group: LogGroup, watermark_ms: int, now_ms: int) -> int:
    """Say how near events that are not sealed yet are to expiry: from 100 on CloudWatch deletes them; 0 is never."""
    if group.retention_days is None:
        return 0
    return max(0, 100 * (now_ms - watermark_ms) // (group.retention_days * DAY_MS))


def due(
    items: Iterable[tuple[Window, WindowState]], request: Request, archive: Mapping[str, Json], now_ms: int
) -> list[Window]:
    """Return the windows of one group that this run should work on, oldest first.

    Args:
        items: the group's windows in the ledger.
        request: with times, only windows that touch them, lost ones too.
        archive: the policy section.
        now_ms: a window that ends later is left alone.
    """
    by_hand = request.from_ms is not None or request.until_ms is not None
    states = UNFINISHED | ({WindowState.LOST} if by_hand else set())
    first, last = request.from_ms or 0, request.until_ms or now_ms
    fitting = [
        window
        for window, state in items
        if state in states and window.end_ms <= now_ms and window.end_ms > first and window.start_ms < last
    ]
    return sorted(fitting)[: int(archive["max_windows_per_run"])]


def share(queues: Sequence[Sequence[Window]], limit: int) -> list[Window]:
    """Take up to `limit` windows from the groups' queues in turn, so that one group's backlog starves no other."""
    chosen: list[Window] = []
    for turn in range(max(map(len, queues), default=0)):
        chosen += [queue[turn] for queue in queues if turn < len(queue)]
        if len(chosen) >= limit:
            break
    return chosen[:limit]


def _origin(group: LogGroup, archive: Mapping[str, Json], length: int, now_ms: int) -> int:
    reach = int(archive["backlog_days"])
    if group.retention_days is not None:
        reach = min(reach, group.retention_days)
    oldest = max(group.created_ms - LATEST_ARRIVAL_DAYS * DAY_MS, now_ms - reach * DAY_MS)
    return _floor(oldest, length)


def _floor(instant_ms: int, length_ms: int) -> int:
    return instant_ms // length_ms * length_ms


def _instant(event: Mapping[str, Json], name: str) -> int | None:
    text = event.get(name)
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise UnsupportedEventError(f"archive_plan: {name} must be a time in ISO 8601") from None
    if instant.tzinfo is None:
        raise UnsupportedEventError(f"archive_plan: {name} must name its zone, such as Z or +09:00")
    return int(instant.timestamp()) * 1000 + instant.microsecond // 1000
