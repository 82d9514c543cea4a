"""Joins the records of one payload that speak of one failure into one, so that one failure is one issue.

Lines of Lambda's platform about one invocation; an exception and the platform's report of the invocation it ended; an
exception, or a message of an error, and the answer with 5xx that it led to; one exception that two loggers wrote. No
line is lost: a joined record stands for all of them (`lines`). What belongs together is judged by `same_failure`.
"""

from collections.abc import Sequence
from typing import Final

from logrouter.model import Origin, Record
from logrouter.stages.lambda_origin import is_environment
from logrouter.stages.merging.joins import Joins, Merged
from logrouter.stages.merging.merge_environment import attempts_of, join_inits, join_late_inits, name_requests
from logrouter.stages.merging.same_failure import (
    ECS_EVENT,
    EXECUTION,
    Role,
    Teller,
    is_bare_answer,
    is_caught_further_out,
    is_consequence,
    is_message,
    is_same_exception,
    rank_of,
    teller_of,
    tells_more,
)

OPEN_LIMIT: Final = 20
"""Exceptions of one request that a later record is compared with."""


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
    joins = Joins(records, is_issue, stays)
    streams: dict[Origin, list[int]] = {}
    for place, record in enumerate(records):
        streams.setdefault(record.origin, []).append(place)
    for places in streams.values():
        _join_stream(joins, places)
    return joins.finish()


def _join_stream(joins: Joins, places: Sequence[int]) -> None:
    """Join what speaks of one failure within one log stream."""
    if len(places) < 2:
        return
    _join_repeats(joins, places)
    is_lambda = is_environment(joins.records[places[0]].origin)
    if is_lambda:
        name_requests(joins, places)
        join_inits(joins, places)
    requests: dict[str, list[int]] = {}
    for place in places:
        if request_id := joins.records[place].request_id:
            requests.setdefault(request_id, []).append(place)
    for request in requests.values():
        for attempt in attempts_of(joins, request) if is_lambda else [request]:
            if len(attempt) > 1:
                _join_request(joins, attempt)
    if is_lambda:
        join_late_inits(joins, places)


def _join_repeats(joins: Joins, places: Sequence[int]) -> None:
    """Join an event that EventBridge delivered twice: it has the same id ("at least once", EventBridge user guide)."""
    seen: dict[str, int] = {}
    for place in places:
        record = joins.records[place]
        if record.format == ECS_EVENT and isinstance(event_id := record.attributes.get("event_id"), str):
            first = seen.setdefault(event_id, place)
            joins.join(place, first)


def _join_request(joins: Joins, places: Sequence[int]) -> None:
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


def _tell_execution(joins: Joins, places: Sequence[int]) -> None:
    """Let the failure of an execution of API Gateway know what was asked for, and the trace."""
    steps = [place for place in places if joins.records[place].format == EXECUTION]
    told = [place for place in steps if joins.records[place].path or joins.records[place].trace_id]
    for source in told[:OPEN_LIMIT]:
        for place in steps:
            if joins.is_issue[place]:
                joins.inform(joins.teller(place), source)


def _join_exceptions(joins: Joins, places: Sequence[int]) -> None:
    """Join one exception that several loggers wrote, and the answer that ends what it failed.

    An answer closes what came before it: what follows under the same id is another try. Where no exception came before,
    the last message of an error takes in an answer that says nothing but its status.
    """
    open_ones: list[tuple[int, set[Teller]]] = []
    messages: list[int] = []
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
            elif messages and is_bare_answer(record):
                for message in messages[:-1]:
                    joins.inform(message, place)
                joins.join(place, messages[-1])
                answered = messages[-1]
            elif answered is not None and record.format == EXECUTION:
                joins.join(place, answered)
            else:
                answered = place
            messages = []
        elif joins.is_issue[place] and is_message(record):
            messages.append(place)


def _join_exception(joins: Joins, place: int, open_ones: list[tuple[int, set[Teller]]]) -> None:
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
