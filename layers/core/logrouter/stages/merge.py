"""Joins the records of one payload that speak of one failure into one, so that one failure is one issue.

Lines of Lambda's platform about one invocation; an exception and the platform's report of the invocation it ended; an
exception and the answer with 5xx that it led to; one exception that two loggers wrote. No line is lost: a joined record
stands for all of them (`lines`). What belongs together is judged by `same_failure`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from logrouter.model import Origin, Record
from logrouter.stages.joined_record import joined
from logrouter.stages.lambda_origin import is_environment
from logrouter.stages.same_failure import (
    ECS_EVENT,
    EXECUTION,
    PLATFORM,
    Role,
    Teller,
    is_caught_further_out,
    is_consequence,
    is_init,
    is_late_init,
    is_same_exception,
    rank_of,
    role_of,
    teller_of,
    tells_more,
)

OPEN_LIMIT: Final = 20
"""Exceptions of one request that a later record is compared with."""


class Merged(NamedTuple):
    """A record after joining, and the place of the one it was among those given."""

    record: Record
    place: int


def merge(records: Sequence[Record], is_issue: Sequence[bool], stays: Sequence[bool] = ()) -> list[Merged]:
    """Join the records of one payload that speak of one failure.

    Args:
        records: of one payload, in its order.
        is_issue: whether each would become an issue by itself; only such a one takes others in, or is an answer or an
            exception that is taken in.
        stays: whether each is wanted for itself too, and then only tells what it knows; none by default.

    Returns:
        What is left, in the same order. A joined record is the one that tells most: its id, time, message and error,
        with the lines of all, the highest level, and what the others know besides.
    """
    joins = _Joins(records, is_issue, stays)
    streams: dict[Origin, list[int]] = {}
    for place, record in enumerate(records):
        streams.setdefault(record.origin, []).append(place)
    for places in streams.values():
        _join_stream(joins, places)
    return joins.finish()


class _Joins:
    """What is joined to what so far, by place."""

    def __init__(self, records: Sequence[Record], is_issue: Sequence[bool], stays: Sequence[bool]) -> None:
        self.records = list(records)
        self.is_issue = is_issue
        self._stays = stays or [False] * len(records)
        self.roles = [role_of(record) for record in records]
        self._into: dict[int, int] = {}
        self._facts: dict[int, list[int]] = {}

    def join(self, place: int, into: int) -> None:
        """Let one record, and all that it took in, be told by another."""
        place, into = self.teller(place), self.teller(into)
        if self._stays[place]:
            self.inform(into, place)
        elif place != into:
            self._into[place] = into

    def inform(self, place: int, source: int) -> None:
        """Let a record know what another knows, which stays a record of its own."""
        self._facts.setdefault(place, []).append(source)

    def teller(self, place: int) -> int:
        """Return the place of the record that speaks for one."""
        while place in self._into:
            place = self._into[place]
        return place

    def is_failure(self, place: int, role: Role) -> bool:
        """Tell whether a record of that role is an issue by itself."""
        return self.roles[place] is role and self.is_issue[place]

    def finish(self) -> list[Merged]:
        """Return what is left, in order."""
        parts: dict[int, list[int]] = {}
        facts: dict[int, list[int]] = {}
        for place in self._into:
            parts.setdefault(self.teller(place), []).append(place)
        for place, sources in self._facts.items():
            facts.setdefault(self.teller(place), []).extend(sources)
        left = []
        for place, record in enumerate(self.records):
            if place in self._into:
                continue
            told = [self.records[part] for part in sorted(parts.get(place, ()))]
            known = [self.records[source] for source in facts.get(place, ()) if self.teller(source) != place]
            left.append(Merged(joined(record, told, known) if told or known else record, place))
        return left


def _join_stream(joins: _Joins, places: Sequence[int]) -> None:
    """Join what speaks of one failure within one log stream."""
    if len(places) < 2:
        return
    _join_repeats(joins, places)
    if is_environment(joins.records[places[0]].origin):
        _name_requests(joins, places)
        _join_inits(joins, places)
    requests: dict[str, list[int]] = {}
    for place in places:
        if request_id := joins.records[place].request_id:
            requests.setdefault(request_id, []).append(place)
    for request in requests.values():
        if len(request) > 1:
            _join_request(joins, request)
    _join_late_inits(joins, places)


def _join_repeats(joins: _Joins, places: Sequence[int]) -> None:
    """Join an event that EventBridge delivered twice: it has the same id ("at least once", EventBridge user guide)."""
    seen: dict[str, int] = {}
    for place in places:
        record = joins.records[place]
        if record.format == ECS_EVENT and isinstance(event_id := record.attributes.get("event_id"), str):
            first = seen.setdefault(event_id, place)
            joins.join(place, first)


def _join_request(joins: _Joins, places: Sequence[int]) -> None:
    """Join what speaks of one failure of a request: one exception logged twice, answers, the platform's report."""
    _join_exceptions(joins, places)
    _tell_execution(joins, places)
    reports = [place for place in places if joins.roles[place] is Role.PLATFORM]
    failed = [place for place in reports if joins.is_issue[place]]
    if not failed:
        for place in places:
            for report in reports if joins.is_issue[place] else ():
                joins.inform(place, report)
        return
    telling = min(failed, key=lambda place: rank_of(joins.records[place]))
    for report in reports:
        joins.join(report, telling)
    exceptions = [place for place in places if joins.is_failure(place, Role.EXCEPTION) and place < failed[-1]]
    if exceptions and is_consequence(joins.records[telling], joins.records[joins.teller(exceptions[-1])]):
        joins.join(telling, exceptions[-1])


def _tell_execution(joins: _Joins, places: Sequence[int]) -> None:
    """Let the failure of an execution of API Gateway know what was asked for, and the trace."""
    steps = [place for place in places if joins.records[place].format == EXECUTION]
    told = [place for place in steps if joins.records[place].path or joins.records[place].trace_id]
    for source in told[:OPEN_LIMIT]:
        for place in steps:
            if joins.is_issue[place]:
                joins.inform(joins.teller(place), source)


def _join_exceptions(joins: _Joins, places: Sequence[int]) -> None:
    """Join one exception that several loggers wrote, and the answer that ends what it failed.

    An answer closes what came before it: what follows under the same id is another try.
    """
    open_ones: list[tuple[int, set[Teller]]] = []
    answered: int | None = None
    for place in places:
        record = joins.records[place]
        if joins.is_failure(place, Role.EXCEPTION):
            _join_exception(joins, place, open_ones)
        elif joins.is_failure(place, Role.ANSWER):
            if open_ones:
                for known, _ in open_ones[:-1]:
                    joins.inform(known, place)
                joins.join(place, open_ones[-1][0])
                answered = open_ones[-1][0]
                open_ones = []
            elif answered is not None and record.format == EXECUTION:
                joins.join(place, answered)
            else:
                answered = place


def _join_exception(joins: _Joins, place: int, open_ones: list[tuple[int, set[Teller]]]) -> None:
    """Join an exception with one that another logger, or the same one further out, wrote; else open it.

    The same logger at the same depth writes of another failure: a retry, or the next item of a loop.
    """
    record, teller = joins.records[place], teller_of(joins.records[place])
    for number, (known, tellers) in enumerate(open_ones[-OPEN_LIMIT:], max(0, len(open_ones) - OPEN_LIMIT)):
        earlier = joins.records[known]
        if not is_same_exception(earlier, record) or (teller in tellers and not is_caught_further_out(earlier, record)):
            continue
        telling, told = (place, known) if tells_more(record, earlier) else (known, place)
        joins.join(told, telling)
        open_ones[number] = (telling, tellers | {teller})
        return
    open_ones.append((place, {teller}))


def _name_requests(joins: _Joins, places: Sequence[int]) -> None:
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


def _join_inits(joins: _Joins, places: Sequence[int]) -> None:
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


def _join_late_inits(joins: _Joins, places: Sequence[int]) -> None:
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


def _join_late_init(joins: _Joins, init: int, failure: int) -> None:
    """Let the exception that ended the init speak for both, or else what the platform says of the invocation."""
    speaker, other = joins.teller(init), joins.teller(failure)
    if joins.roles[speaker] is Role.EXCEPTION and joins.roles[other] is not Role.EXCEPTION:
        joins.join(other, speaker)
    else:
        joins.join(speaker, other)
