"""How calls that Langfuse lost are sent again: where their log events stand, and a plan of nothing else. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from logrouter.destinations.langfuse import LANGFUSE
from logrouter.destinations.langfuse_account import calls_of
from logrouter.destinations.langfuse_book import HOUR_MS, Booked, Place
from logrouter.model import Delivery, DropReason, Json, LogEvent, Plan

AFTER_MS: Final = 10_000
"""Read on so far behind a log event: the further lines of a record that was written in several."""
APART_MS: Final = 60_000
"""Log events of a stream that are farther apart are read again separately."""
LONGEST_MS: Final = 10 * 60_000
"""So far calls of a stretch lie apart at most: all of it is held while it is planned."""
AROUND_MS: Final = HOUR_MS
"""Read so far around a call whose delivery does not say when it was logged."""
DOCUMENT_EVENTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of one log stream, `since_ms <= time < until_ms`, that holds the log events of some calls."""

    place: Place
    since_ms: int
    until_ms: int
    ids: frozenset[str]


def stretches_of(calls: Iterable[Booked]) -> list[Stretch]:
    """Return where the log events of some calls are to be read again, one log stream after the other."""
    found: list[Stretch] = []
    for call in sorted(calls, key=lambda each: (each.place.path, each.logged_ms)):
        is_exact = bool(call.place.region)  # else there was no link to read the time from
        before, after = (0, AFTER_MS) if is_exact else (AROUND_MS, AROUND_MS)
        since, until, ids = call.logged_ms - before, call.logged_ms + after, frozenset({call.observation_id})
        last = found[-1] if found else None
        is_near = last is not None and last.place == call.place and since - last.until_ms <= APART_MS
        if last is not None and is_near and until - last.since_ms <= before + after + LONGEST_MS:
            found[-1] = Stretch(last.place, last.since_ms, max(last.until_ms, until), last.ids | ids)
        else:
            found.append(Stretch(call.place, since, until, ids))
    return found


def documents_of(place: Place, events: Sequence[LogEvent]) -> Iterator[Json]:
    """Yield log events as the subscription of their stream would bring them, decoded."""
    for start in range(0, len(events), DOCUMENT_EVENTS):
        yield {
            "messageType": "DATA_MESSAGE",
            "owner": place.account,
            "logGroup": place.log_group,
            "logStream": place.log_stream,
            "logEvents": [
                {"id": event.id, "timestamp": event.timestamp_ms, "message": event.message}
                for event in events[start : start + DOCUMENT_EVENTS]
            ],
        }


def narrow(plan: Plan, ids: Collection[str]) -> Plan:
    """Return a plan that sends these calls and no other; the others count as duplicates of what Langfuse has."""
    now, later = [], []
    for delivery in plan.deliveries:
        kept = _only(delivery, ids)
        plan.tally.drop(DropReason.DUPLICATE, delivery.records - (kept.records if kept else 0))
        now += [kept] if kept else []
    for postponed in plan.later:
        kept = _only(postponed.delivery, ids)
        plan.tally.drop(DropReason.DUPLICATE, postponed.delivery.records - (kept.records if kept else 0))
        later += [replace(postponed, delivery=kept)] if kept else []
    return replace(plan, deliveries=tuple(now), later=tuple(later))


def _only(delivery: Delivery, ids: Collection[str]) -> Delivery | None:
    others = [call.key for call in calls_of(delivery) if call.observation_id not in ids]
    return LANGFUSE.without(delivery, others) if others else delivery
