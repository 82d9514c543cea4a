"""Lets lines go on that say nothing of an error but tell more of one: what platforms report beside it.

The report of a Lambda invocation that went well (memory, durations, X-Ray trace), and of an execution of API Gateway
what was asked for and the trace: `select` refuses them, beside an error they are wanted. Works on raw text, as cheaply
as `select`, and keeps nothing of it.
"""

import re
from collections.abc import Sequence
from typing import Final

from logrouter.model import DropReason, LogEvent
from logrouter.stages.prepare import Refuse

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_REPORT: Final = "REPORT RequestId: "
_START: Final = "START RequestId: "
_EXECUTION: Final = re.compile(r"\(([\w=-]{8,40})\) (?:HTTP Method: |X-ray Tracing ID ?: )", re.ASCII)
_EXECUTION_ID: Final = re.compile(r"\(([\w=-]{8,40})\) ", re.ASCII)
_JSON_REPORT: Final = '"type":"platform.report"'
_JSON_START: Final = '"type":"platform.start"'
_PLATFORM: Final = '"type":"platform.'
_TYPE_WITHIN_CHARS: Final = 80
_FIRST_CHARACTERS: Final = frozenset("RS(")
"""How the other lines begin that are of interest here: REPORT, START, the id of an execution."""


def with_reports(refuse: Refuse) -> Refuse:
    """Return a test that lets through what `refuse` does, and the reports of those invocations."""

    def tested(events: Sequence[LogEvent], kind: str | None) -> list[DropReason | None]:
        reasons = refuse(events, kind)
        for place in reports_beside(events, reasons):
            reasons[place] = None
        return reasons

    return tested


def reports_beside(events: Sequence[LogEvent], reasons: Sequence[DropReason | None]) -> list[int]:
    """Return the places of lines that were refused although something of their invocation or execution goes on.

    A report belongs to what names its request, and to what stands before it in the stream since the last start or
    report: one stream is one environment, which works on one request at a time.

    Args:
        events: log events of one payload, in order.
        reasons: why each ends here; None for those that go on.
    """
    if None not in reasons or DropReason.NOT_SELECTED not in reasons:
        return []
    candidates = _candidates(events)
    if not candidates:
        return []
    named = _named([event.message for event, reason in zip(events, reasons, strict=True) if reason is None])
    found: list[int] = []
    begun = 0
    for place in candidates:
        text, reason = events[place].message, reasons[place]
        mark = _mark_of(text)
        if reason is DropReason.NOT_SELECTED and (request := _request_of(text, mark)) is not None:
            is_open = mark is _REPORT and None in reasons[begun:place]
            found += [place] if request in named or is_open else []
        if mark is not None:
            begun = place + 1
    return found


def _candidates(events: Sequence[LogEvent]) -> list[int]:
    """Return the places of the few lines that may be a start, a report or of an execution, as cheaply as it goes."""
    texts = [event.message for event in events]
    has_json = _PLATFORM in "\n".join(texts)
    return [
        place
        for place, text in enumerate(texts)
        if text[:1] in _FIRST_CHARACTERS or (has_json and text.find(_PLATFORM, 0, _TYPE_WITHIN_CHARS) > 0)
    ]


def _named(texts: Sequence[str]) -> set[str]:
    """Return the ids of requests that texts name."""
    named = {request for text in texts for request in _UUID.findall(text)}
    return named | {found[1] for text in texts if text[:1] == "(" and (found := _EXECUTION_ID.match(text))}


def _request_of(text: str, mark: str | None) -> str | None:
    """Return the id of the request that a line reports on, None when it is no line of a kind that is wanted."""
    if mark is _REPORT:
        found = _UUID.search(text)
        return found[0] if found else ""
    asked = _EXECUTION.match(text) if text[:1] == "(" else None
    return asked[1] if asked else None


def _mark_of(text: str) -> str | None:
    """Say whether a line is a start or a report of the platform."""
    if text.startswith((_REPORT, _START)):
        return _REPORT if text[0] == "R" else _START
    if text[:1] != "{" or (at := text.find(_PLATFORM, 0, _TYPE_WITHIN_CHARS)) < 0:
        return None
    if text.startswith(_JSON_REPORT, at):
        return _REPORT
    return _START if text.startswith(_JSON_START, at) else None
