"""Lets the platform's report of a Lambda invocation go on where a line of that invocation does, for what it knows.

The report of an invocation that went well says nothing of an error, so `select` refuses it; beside an error it tells
memory, durations and the X-Ray trace. Works on raw text, as cheaply as `select`, and keeps nothing of it.
"""

import re
from collections.abc import Sequence
from typing import Final

from logrouter.model import DropReason, LogEvent
from logrouter.stages.prepare import Refuse

_UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_REPORT: Final = "REPORT RequestId: "
_START: Final = "START RequestId: "
_JSON_REPORT: Final = '"type":"platform.report"'
_JSON_START: Final = '"type":"platform.start"'
_TYPE_WITHIN_CHARS: Final = 80


def with_reports(refuse: Refuse) -> Refuse:
    """Return a test that lets through what `refuse` does, and the reports of those invocations."""

    def tested(events: Sequence[LogEvent], kind: str | None) -> list[DropReason | None]:
        reasons = refuse(events, kind)
        for place in reports_beside(events, reasons):
            reasons[place] = None
        return reasons

    return tested


def reports_beside(events: Sequence[LogEvent], reasons: Sequence[DropReason | None]) -> list[int]:
    """Return the places of reports that were refused although something of their invocation goes on.

    A report belongs to what names its request, and to what stands before it in the stream since the last start or
    report: one stream is one environment, which works on one request at a time.

    Args:
        events: log events of one payload, in order.
        reasons: why each ends here; None for those that go on.
    """
    if None not in reasons or DropReason.NOT_SELECTED not in reasons:
        return []
    found: list[int] = []
    named: set[str] = set()
    is_open = False
    for place, (event, reason) in enumerate(zip(events, reasons, strict=True)):
        text = event.message
        mark = _mark_of(text)
        if mark is _REPORT and reason is DropReason.NOT_SELECTED:
            request = _UUID.search(text)
            if is_open or (request and request[0] in named):
                found.append(place)
        if mark is not None:
            is_open = False
        elif reason is None:
            is_open = True
        if reason is None:
            named.update(_UUID.findall(text))
    return found


def _mark_of(text: str) -> str | None:
    """Say whether a line is a start or a report of the platform."""
    if text.startswith((_REPORT, _START)):
        return _REPORT if text[0] == "R" else _START
    if text[:1] != "{" or (at := text.find('"type":"platform.', 0, _TYPE_WITHIN_CHARS)) < 0:
        return None
    if text.startswith(_JSON_REPORT, at):
        return _REPORT
    return _START if text.startswith(_JSON_START, at) else None
