"""Joins what one execution environment of Lambda writes of one failure: inits, invocations, tries of one request.

An environment does one thing at a time and writes one log stream, so that time and order prove what belongs together.
"""

from collections.abc import Sequence
from dataclasses import replace

from logrouter.model import Record
from logrouter.stages.merging.joins import Joins
from logrouter.stages.merging.same_failure import (
    PLATFORM,
    Role,
    is_consequence,
    is_init,
    is_late_init,
    is_report,
    is_start,
)


def attempts_of(joins: Joins, places: Sequence[int]) -> list[list[int]]:
    """Part the lines of a request by invocation: Lambda tries again under the same id.

    A report ends an invocation, a start begins one; and no invocation ends twice, whatever lines did not come along.
    """
    attempts: list[list[int]] = [[]]
    ends: set[str | None] = set()
    is_over = False
    for place in places:
        record = joins.records[place]
        end = record.error.type if record.format == PLATFORM and record.error and not is_report(record) else None
        if is_over or is_start(record) or (end and end in ends):
            attempts.append([])
            ends, is_over = set(), False
        attempts[-1].append(place)
        ends.add(end)
        is_over = is_report(record)
    return attempts


def name_requests(joins: Joins, places: Sequence[int]) -> None:
    """Give the id of a request to what its environment wrote while it worked on it, by the duration of the report.

    Only where the report bills for a duration: an environment of that kind works on one request at a time.
    """
    unnamed: list[int] = []
    for place in places:
        record = joins.records[place]
        if record.request_id is None and joins.roles[place] is not Role.PLATFORM:
            unnamed.append(place)
        elif window := _window(record):
            for earlier in unnamed:
                if window[0] <= joins.records[earlier].timestamp_ms <= window[1]:
                    joins.records[earlier] = replace(joins.records[earlier], request_id=record.request_id)
            unnamed = []


def _window(record: Record) -> tuple[float, float] | None:
    """Return when the invocation ran that a line reports, None for every other line."""
    facts = record.attributes
    if record.format != PLATFORM or record.request_id is None:
        return None
    length = facts.get("duration_ms") if "billed_duration_ms" in facts else None
    if isinstance(timeout_s := facts.get("timeout_s"), int | float):
        length = timeout_s * 1000
    return (record.timestamp_ms - length, record.timestamp_ms) if isinstance(length, int | float) else None


def join_inits(joins: Joins, places: Sequence[int]) -> None:
    """Join a failed init or restore with the exception that ended it: the last one before it, within its duration."""
    last: int | None = None
    for place in places:
        record = joins.records[place]
        if joins.is_failure(place, Role.EXCEPTION) or (joins.is_failure(place, Role.PLATFORM) and not is_init(record)):
            last = place
        elif is_init(record) and joins.is_issue[place]:
            if last is not None and _is_within(joins.records[last], record) and _ended(joins.records[last], record):
                joins.join(place, last)
            last = None
        elif joins.roles[place] is Role.PLATFORM and record.request_id:
            last = None


def _ended(earlier: Record, init: Record) -> bool:
    if earlier.format == PLATFORM:
        return str(init.attributes.get("error_type", "")).startswith("Extension.") and earlier.request_id is None
    return is_consequence(init, earlier)


def _is_within(earlier: Record, init: Record) -> bool:
    duration = init.duration_ms
    return duration is None or init.timestamp_ms - duration <= earlier.timestamp_ms <= init.timestamp_ms


def join_late_inits(joins: Joins, places: Sequence[int]) -> None:
    """Join an init that failed within an invocation with the failure of that invocation, which is the next one told."""
    waiting: int | None = None
    for place in places:
        record = joins.records[place]
        if is_late_init(record) and joins.is_issue[place]:
            waiting = place
        elif waiting is not None and joins.roles[place] is Role.PLATFORM and record.request_id:
            if joins.is_issue[joins.teller(place)]:
                _join_late_init(joins, waiting, place)
            waiting = None


def _join_late_init(joins: Joins, init: int, failure: int) -> None:
    """Let the exception that ended the init speak for both, or else what the platform says of the invocation."""
    speaker, other = joins.teller(init), joins.teller(failure)
    if joins.roles[speaker] is Role.EXCEPTION and joins.roles[other] is not Role.EXCEPTION:
        joins.join(other, speaker)
    else:
        joins.join(speaker, other)
