"""Tells which invocation of a Lambda function a log event belongs to, and gives records what they leave unsaid of it.

The lines between `START RequestId: X` and `END RequestId: X` of one log stream belong to request X although they do not
name it. That is no guess: a log stream is written by one execution environment, an environment works on one request at
a time, and the platform marks where each begins and ends (docs.aws.amazon.com, Lambda operator guide, "How CloudWatch
structures logs", checked 2026-11-20). Where an environment works on several requests at once (Lambda Managed
Instances), functions always write the JSON format, and its records name their request. So JSON marks
(`platform.start`) count by place only where the same payload proves an environment of the other kind: a report with a
billed duration, which Managed Instances do not have, or the type of its initialisation. What a record says itself is
never overridden.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from typing import Final, NamedTuple

from logrouter.model import Json, LogEvent, Origin, Record, Tally
from logrouter.stages.lambda_origin import PREFIX, lambda_origin
from logrouter.stages.mask import MaskText, mask_event
from logrouter.stages.parse import parse
from logrouter.stages.prepare import Prepared
from logrouter.stages.reading.json_text import json_object

_START: Final = re.compile(r"START RequestId: ([0-9a-f-]{36}) Version: (?:\$LATEST|\d+)\s*", re.ASCII)
_END: Final = re.compile(r"END RequestId: ([0-9a-f-]{36})\s*", re.ASCII)
_REPORT: Final = re.compile(r"REPORT RequestId: ([0-9a-f-]{36})\t", re.ASCII)
_INIT: Final = ("INIT_START", "RESTORE_START")
_BEGINNINGS: Final = ("START R", "END R", "REPORT R", *_INIT)
_PLATFORM: Final = '"type":"platform.'
_PLATFORM_WITHIN_CHARS: Final = 120
_LINES_READ: Final = 3
"""Lines of the platform about one request that are read: its START, END and REPORT."""

_BEHIND_ALL: Final = 1 << 62
"""Where an invocation ends that goes on in the next payload."""

_ONE_AT_A_TIME: Final = frozenset({"on-demand", "provisioned-concurrency", "snap-start"})
"""Types of initialisation of environments that work on one request at a time (Telemetry API schema, same date)."""


class Invocation(NamedTuple):
    """A stretch of a log stream that one request of a Lambda function wrote.

    Args:
        request_id: as the platform wrote it, raw: for finding, never for showing.
        first: place of its first event, the START line where the payload has it.
        end: the place behind its last event.
        is_whole: its beginning is here, so that nothing of it came in an earlier payload.
    """

    request_id: str
    first: int
    end: int
    is_whole: bool = True


class Said(NamedTuple):
    """What the platform says of a request, masked; None for what it does not say in this payload."""

    request_id: str | None = None
    version: str | None = None
    trace_id: str | None = None


class _Kind(Enum):
    """What a line of the platform says: PROOF is of nothing but the kind of environment."""

    INIT = 1
    START = 2
    END = 3
    REPORT = 4
    PROOF = 5


class _Mark(NamedTuple):
    """A line of the platform, and whether it proves an environment that works on one request at a time."""

    place: int
    kind: _Kind
    request_id: str = ""
    is_json: bool = False
    is_single: bool = True


_JSON_KINDS: Final = {
    "platform.initStart": _Kind.INIT,
    "platform.restoreStart": _Kind.INIT,
    "platform.start": _Kind.START,
    "platform.report": _Kind.REPORT,
}


class _Payload(NamedTuple):
    """What the marks of one payload say: its invocations in order, and the places of the lines about each request."""

    events: Sequence[LogEvent]
    invocations: list[Invocation]
    lines: dict[str, list[int]]


class Invocations:
    """The invocations in the payloads of one event; each payload is looked through once, when it is asked about.

    Args:
        mask_text: the masking engine, for the lines of the platform.
        tally: gets which masking rules hit.
    """

    def __init__(self, mask_text: MaskText, tally: Tally) -> None:
        self._mask_text = mask_text
        self._tally = tally
        self._payloads: dict[int, _Payload] = {}
        self._said: dict[tuple[int, str], Said] = {}

    def at(self, one: Prepared) -> Invocation | None:
        """Return the invocation that a record stands in, None where nothing proves one."""
        found = self._look(one).invocations
        number = bisect_right(found, one.place, key=lambda each: each.first)
        return found[number - 1] if number and one.place < found[number - 1].end else None

    def of(self, one: Prepared, request_id: str) -> Invocation | None:
        """Return the last invocation for a request, given its raw id, that began before a record of its payload."""
        before = (each for each in reversed(self._look(one).invocations) if each.first <= one.place)
        return next((each for each in before if each.request_id == request_id), None)

    def said(self, one: Prepared, request_id: str) -> Said:
        """Return what the platform says in a record's payload of a request, given its raw id."""
        events, _, lines = self._look(one)
        key = (id(events), request_id)
        if key not in self._said:
            told = [self._read(events[place], one) for place in lines.get(request_id, ())[:_LINES_READ]]
            self._said[key] = Said(*(next(filter(None, facts), None) for facts in zip(*told, strict=True)))
        return self._said[key]

    def _look(self, one: Prepared) -> _Payload:
        key = id(one.events)
        if key not in self._payloads:
            marks = marks_of(one.events) if is_lambda(one.origin) else []
            lines: dict[str, list[int]] = {}
            for mark in marks:
                if mark.request_id:
                    lines.setdefault(mark.request_id, []).append(mark.place)
            self._payloads[key] = _Payload(one.events, invocations_of(marks), lines)
        return self._payloads[key]

    def _read(self, event: LogEvent, one: Prepared) -> Said:
        masked, failed = mask_event(event, one.origin, self._mask_text)
        self._tally.masked.update(masked.rules)
        self._tally.masking_failed += failed
        if failed:
            return Said()
        record = parse(masked)
        version = record.attributes.get("function_version")
        return Said(record.request_id, version if isinstance(version, str) else None, record.trace_id)


def in_context(records: Iterable[Prepared], invocations: Invocations) -> Iterator[Prepared]:
    """Yield the records, each with the request id, the function version and the X-Ray trace id it does not say itself.

    The id comes from the invocation the record stands in, the version (as attribute `function_version`) and the trace
    id from what the platform says of that request anywhere in the payload.
    """
    for one in records:
        record = one.record
        if (record.request_id and record.trace_id) or not is_lambda(one.origin):
            yield one
            continue
        invocation = invocations.at(one)
        raw_id = invocation.request_id if invocation else record.request_id
        said = invocations.said(one, raw_id) if raw_id else Said()
        yield one._replace(record=_completed(record, said))


def _completed(record: Record, said: Said) -> Record:
    """Return the record with what it leaves unsaid; the record itself when nothing is known."""
    changes: dict[str, Json] = {}
    if record.request_id is None and said.request_id:
        changes["request_id"] = said.request_id
        if said.version:
            changes["attributes"] = {"function_version": said.version} | record.attributes
    if record.trace_id is None and said.trace_id:
        changes["trace_id"] = said.trace_id
    return replace(record, **changes) if changes else record


def is_lambda(origin: Origin) -> bool:
    """Tell whether a log stream is written by one execution environment of a Lambda function, by its names."""
    return origin.log_group.startswith(PREFIX) or lambda_origin(origin) is not None


def marks_of(events: Sequence[LogEvent]) -> list[_Mark]:
    """Return the lines in which the platform says where requests begin and end, in order."""
    marks = []
    for place, event in enumerate(events):
        text = event.message
        if text.startswith(_BEGINNINGS):
            mark = _text_mark(place, text)
        elif text[:1] == "{" and text.find(_PLATFORM, 0, _PLATFORM_WITHIN_CHARS) >= 0:
            mark = _json_mark(place, text)
        else:
            continue
        if mark is not None:
            marks.append(mark)
    return marks


def invocations_of(marks: Sequence[_Mark]) -> list[Invocation]:
    """Return the stretches that the marks prove to belong to one request each, in order.

    What was begun in an earlier payload ends with the END of the first mark. Where marks contradict each other (the END
    of another request, a START before the END) they prove nothing of what stands between them.
    """
    if all(mark.is_json and not mark.is_single for mark in marks):
        return []
    found: list[Invocation] = []
    begun: _Mark | None = None
    for number, mark in enumerate(mark for mark in marks if mark.kind is not _Kind.PROOF):
        if begun is not None and mark.kind is _Kind.INIT:
            found.append(Invocation(begun.request_id, begun.place, mark.place))
        elif begun is not None and mark.kind is not _Kind.START and mark.request_id == begun.request_id:
            found.append(Invocation(begun.request_id, begun.place, mark.place + 1))
        elif not number and (mark.kind is _Kind.END or (mark.is_json and mark.kind is _Kind.REPORT)):
            found.append(Invocation(mark.request_id, 0, mark.place + 1, is_whole=False))
        begun = mark if mark.kind is _Kind.START else None
    if begun is not None:
        found.append(Invocation(begun.request_id, begun.place, _BEHIND_ALL))
    return found


def open_at_end(events: Sequence[LogEvent], request_id: str) -> int | None:
    """Return the place from which on all events of a stream are of a request that has not ended; None without one."""
    found = invocations_of(marks_of(events))
    last = found[-1] if found else None
    return last.first if last and last.end == _BEHIND_ALL and last.request_id == request_id else None


def _text_mark(place: int, text: str) -> _Mark | None:
    if text.startswith(_INIT):
        return _Mark(place, _Kind.INIT)
    if found := _START.fullmatch(text):
        return _Mark(place, _Kind.START, found[1])
    if found := _END.fullmatch(text):
        return _Mark(place, _Kind.END, found[1])
    found = _REPORT.match(text)
    return _Mark(place, _Kind.REPORT, found[1]) if found else None


def _json_mark(place: int, text: str) -> _Mark | None:
    document = json_object(text.strip())
    record = document.get("record") if document else None
    if document is None or not isinstance(record, dict):
        return None
    metrics, request_id = record.get("metrics"), record.get("requestId")
    is_billed = isinstance(metrics, dict) and "billedDurationMs" in metrics
    is_single = is_billed or record.get("initializationType") in _ONE_AT_A_TIME
    kind = _JSON_KINDS.get(str(document.get("type")), _Kind.PROOF)
    if kind in {_Kind.START, _Kind.REPORT} and not (isinstance(request_id, str) and request_id):
        return None
    return _Mark(place, kind, str(request_id or ""), is_json=True, is_single=is_single)
