"""Decide what of a day Langfuse misses, doubles or only shows late, by the delivered book. Pure.

Calls are known by their observation ids, so that other writers of the same project never matter. Sums come first:
where an hour's calls, tokens and cost agree by environment and model, its ids need not be read.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from logrouter.destinations.langfuse_book import DAY_MS, HOUR_MS, Booked, Entry, day_of, start_of
from logrouter.destinations.langfuse_figures import LISTED, Checked, Figures, Finding, Group, Row, Sum, Verdict
from logrouter.errors import UnsupportedEventError
from logrouter.model import Json

OPEN_DAYS: Final = 14
"""A day that is not well is looked at again for so long, which is how long dead letters live."""
OPEN: Final = frozenset({Verdict.LOSS, Verdict.DOUBLE, Verdict.LATE, Verdict.UNFINISHED})
WINDOW_CALLS: Final = 800
"""Hours are read together up to so many calls: with some rows of other writers that is one page of 1,000."""
ROUNDING: Final = Decimal("1e-11")
"""Of each cost: Langfuse computes in floating point and cuts to twelve decimals."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a day, `since_ms <= start < until_ms`, and our calls in it."""

    since_ms: int
    until_ms: int
    calls: tuple[Booked, ...]


def begin(day: str, calls: Mapping[str, Booked], sums: Sequence[Sum] | None, *, exact_up_to: int) -> Checked:
    """Decide which hours of a day are to be compared id by id; the others agree already.

    Args:
        day: `2026-11-20`.
        calls: what the book has of it, by id.
        sums: what Langfuse says of it; None where it says nothing. Those of environments that the book does not
            know are another installation's.
        exact_up_to: a day of at most so many calls is compared whole: sums may agree by chance.
    """
    if sums is not None:
        ours = {call.environment for call in calls.values()}
        sums = [each for each in sums if each.group[0] in ours]
    checked = Checked(day, len(calls), told=None if sums is None else sum(each.rows for each in sums))
    if sums is None or len(calls) <= exact_up_to:
        checked.hours = tuple(range(24))
        return checked
    differ = differing_hours(day, calls.values(), sums)
    start = start_of(day)
    checked.hours = tuple(sorted(differ))
    checked.finding.add(agreed(call for call in calls.values() if hour_of(call, start) not in differ))
    return checked


def finish(checked: Checked) -> None:
    """Judge a day whose every stretch was read."""
    checked.unbooked = 0 if checked.told is None else max(0, checked.told - checked.finding.rows)
    checked.verdict = judge(checked.finding, checked.unbooked)


def is_settled(known: Checked, calls: int) -> bool:
    """Say whether a day needs no further look: all was well, and nothing was booked since."""
    return known.verdict is Verdict.OK and known.calls == calls


@dataclass(frozen=True, slots=True)
class Order:
    """What one run is to do.

    Args:
        days: it looks at, in this order.
        afresh: also at those that were well before: somebody asks for them by name.
        resends: it sends the lost again.
    """

    days: tuple[str, ...]
    afresh: bool
    resends: bool


def order_of(event: Mapping[str, Json], *, now_ms: int, days: int, still_open: Sequence[str], resends: bool) -> Order:
    """Read an event: `days` and `resend` where it names them, else the last days and what the settings say.

    Args:
        event: what Lambda passed in.
        now_ms: epoch milliseconds.
        days: how many days that are over are looked at.
        still_open: days before those that were not well, or not read to their end.
        resends: whether the lost are sent again where the event does not say.

    Raises:
        UnsupportedEventError: it names what are no days.
    """
    wanted = event.get("days")
    if wanted is None:
        named = [*days_before(now_ms, days), *still_open]
    else:
        try:
            named = [day_of(start_of(day)) for day in wanted if start_of(day) >= 0]  # 2026-1-5 as the book has it
        except (TypeError, ValueError):
            raise UnsupportedEventError("reconcile_llm: `days` is no list of days such as 2026-11-20") from None
    return Order(tuple(dict.fromkeys(named)), wanted is not None, event.get("resend", resends) is True)


def goes_on(known: Checked, calls: int) -> bool:
    """Say whether a day was cut off and can be read on from there: the book is what it was."""
    return known.verdict is Verdict.UNFINISHED and known.calls == calls


def days_before(now_ms: int, count: int) -> list[str]:
    """Return the last `count` days that are over, the latest first: lateness shows soonest there."""
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    return [(today - timedelta(days=number)).isoformat() for number in range(1, count + 1)]


def calls_of(entries: Iterable[Entry]) -> dict[str, Booked]:
    """Return each call once, by id, as it was acknowledged last: a resend is booked beside the first time."""
    calls: dict[str, Booked] = {}
    for entry in entries:
        for call in entry.calls:
            known = calls.get(call.observation_id)
            if known is None or call.delivered_ms > known.delivered_ms:
                calls[call.observation_id] = call
    return calls


def differing_hours(day: str, calls: Iterable[Booked], sums: Sequence[Sum]) -> frozenset[int]:
    """Return the hours (0 to 23) whose sums are not those of the book, by environment and model."""
    start = start_of(day)
    booked: dict[tuple[int, Group], list[Booked]] = {}
    for call in calls:
        booked.setdefault((hour_of(call, start), _group(call)), []).append(call)
    shown: dict[tuple[int, Group], list[Sum]] = {}
    for each in sums:
        shown.setdefault((each.hour, each.group), []).append(each)
    return frozenset(
        key[0] for key in booked.keys() | shown.keys() if not _agree(booked.get(key, ()), shown.get(key, ()))
    )


def windows_of(day: str, calls: Iterable[Booked], hours: Collection[int], from_ms: int = 0) -> Iterator[Window]:
    """Yield the stretches of a day in which ids are to be compared: neighbouring hours, few calls together.

    Args:
        day: `2026-11-20`.
        calls: what the book has of it.
        hours: those that need it; hours without calls of ours are never read.
        from_ms: where a reading that was cut off goes on.
    """
    start = start_of(day)
    by_hour: dict[int, list[Booked]] = {}
    for call in calls:
        by_hour.setdefault(hour_of(call, start), []).append(call)
    gathered: list[Booked] = []
    since: int | None = None
    for hour in range(24):
        here = by_hour.get(hour, []) if hour in hours and start + hour * HOUR_MS >= from_ms else []
        is_full = bool(gathered) and len(gathered) + len(here) > WINDOW_CALLS
        if since is not None and (is_full or hour not in hours):
            if gathered:
                yield Window(since, start + hour * HOUR_MS, tuple(gathered))
            gathered, since = [], None
        if here:
            since = start + hour * HOUR_MS if since is None else since
            gathered += here
    if gathered and since is not None:
        yield Window(since, start + DAY_MS, tuple(gathered))


def compare(calls: Iterable[Booked], rows: Iterable[Row], *, now_ms: int, grace_ms: int) -> Finding:
    """Hold the calls of a stretch against every row that Langfuse shows there.

    Args:
        calls: of the book.
        rows: of whatever writer; each copy is a row.
        now_ms: epoch milliseconds.
        grace_ms: how long after its acknowledgement a call may not yet be seen.
    """
    wanted = {call.observation_id: call for call in calls}
    copies: Counter[str] = Counter()
    finding = Finding()
    for call in wanted.values():
        figures = finding.groups.setdefault(_group(call), Figures())
        figures.calls += 1
        figures.tokens += call.tokens
        figures.tokens_off -= call.tokens
        figures.cost += call.cost or 0
        figures.cost_off -= call.cost or 0
    for row in rows:
        known = wanted.get(row.observation_id)
        if known is None:
            finding.foreign += 1
            continue
        copies[row.observation_id] += 1
        figures = finding.groups[_group(known)]
        figures.tokens_off += row.tokens
        if known.cost is not None:
            figures.cost_off += row.cost or 0
    for call in wanted.values():
        _note(call, copies[call.observation_id], finding, is_late=now_ms - call.delivered_ms < grace_ms)
    for figures in finding.groups.values():
        if abs(figures.cost_off) <= ROUNDING * (figures.calls + figures.extra):
            figures.cost_off = Decimal(0)
    return finding


def agreed(calls: Iterable[Booked]) -> Finding:
    """Return the finding of hours whose sums agree: all of it is there, once."""
    finding = Finding()
    for call in calls:
        figures = finding.groups.setdefault(_group(call), Figures())
        figures.calls += 1
        figures.tokens += call.tokens
        figures.cost += call.cost or 0
        finding.rows += 1
    return finding


def judge(finding: Finding, unbooked_rows: int) -> Verdict:
    """Return the verdict on a day that was read to its end; the worst that is true of it."""
    total = finding.total
    if total.missing > total.late:
        return Verdict.LOSS
    if total.extra:
        return Verdict.DOUBLE
    if total.late:
        return Verdict.LATE
    return Verdict.INCOMPLETE_BOOK if unbooked_rows else Verdict.OK


def hour_of(call: Booked, day_start_ms: int) -> int:
    """Return the hour of the day in which a call began."""
    return min(max(call.start_ms - day_start_ms, 0), DAY_MS - 1) // HOUR_MS


def _note(call: Booked, copies: int, finding: Finding, *, is_late: bool) -> None:
    figures = finding.groups[_group(call)]
    finding.rows += copies
    if copies:
        figures.extra += copies - 1
        return
    figures.missing += 1
    if is_late:
        figures.late += 1
    elif len(finding.missing) < LISTED:
        finding.missing.append(call.observation_id)


def _agree(calls: Sequence[Booked], sums: Sequence[Sum]) -> bool:
    """Say whether sums are those of some calls; costs count where all calls were sent with one."""
    if len(calls) != sum(each.rows for each in sums) or sum(c.tokens for c in calls) != sum(s.tokens for s in sums):
        return False
    if any(call.cost is None for call in calls):
        return True
    booked = sum((call.cost or Decimal(0) for call in calls), Decimal(0))
    return abs(booked - sum((each.cost for each in sums), Decimal(0))) <= ROUNDING * max(1, len(calls))


def _group(call: Booked) -> Group:
    return call.environment, call.model
