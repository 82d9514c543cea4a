"""Lines of Go programs: the `log` package (which knows no level), slog over it, klog, consoles of other loggers."""

import re
from typing import TYPE_CHECKING

from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.json_text import json_object
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.pairs import split_pairs
from logrouter.stages.reading.parser import DIGITS, Document, Fields, TextParser
from logrouter.stages.reading.times import put_time

if TYPE_CHECKING:
    from logrouter.model import Json

_STANDARD = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (?:([^\s:]+\.go:\d+): )?"
    r"(?:\[?((?:TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|PANIC|CRITICAL)(?:[+-]\d{1,3})?)\]?:? +)?(.*)",
    re.ASCII | re.DOTALL,
)
_KLOG = re.compile(r"([IWEF])(\d{4} \d\d:\d\d:\d\d\.\d{6}) +(\d+) ([\w.\-]+:\d+)\] (.*)", re.ASCII | re.DOTALL)
_ZAP = re.compile(
    r"(\d[\d.eE+]{9,30}|\d{4}-\d\d-\d\dT[\d:.]{8,15}(?:Z|[+-]\d{4}|[+-]\d\d:\d\d))\t"
    r"(DEBUG|INFO|WARN|ERROR|DPANIC|PANIC|FATAL|debug|info|warn|error|dpanic|panic|fatal)\t(.*)",
    re.ASCII | re.DOTALL,
)
_ZAP_NAME = re.compile(r"([\w.\-]{1,120})\t(?=[^\t\n])")
_ZAP_PLACE = re.compile(r"([^\s:]+\.go:\d+)\t")
_ZAP_FIELDS = re.compile(r"(?:^|\t)(\{.*\})(?=\n|$)")
_ZAP_STACK = re.compile(r"\n(?=\S+\n\t\S+\.(?:go|s):\d)")
_ZEROLOG = re.compile(r"(\S{3,30}) (TRC|DBG|INF|WRN|ERR|FTL|PNC) (?:([^\s:]+\.go:\d+) > ?)?(.*)", re.ASCII | re.DOTALL)
_LOGRUS = re.compile(r"(PANI|FATA|ERRO|WARN|INFO|DEBU|TRAC)\[(\d[^\]\n]{0,40})\] ?(.*)", re.ASCII | re.DOTALL)
_CHARM = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d|\d\d:\d\d:\d\d) (FATA|ERRO|WARN|INFO|DEBU) (?:<([^>\s]+\.go:\d+)> )?(.*)",
    re.ASCII | re.DOTALL,
)
_WORDS = {"PANI": "panic", "FATA": "fatal", "ERRO": "error", "DEBU": "debug", "TRAC": "trace"}
"""Levels as consoles cut them to four letters (logrus, charmbracelet/log)."""


def _read(text: str, at_ms: int) -> Fields | None:
    if found := _LOGRUS.match(text):
        level, time, message = found.groups()
        fields = _with_pairs(_WORDS.get(level, level), None, message, at_ms)
        if time.isdecimal():
            fields["attributes"]["uptime_s"] = int(time)
        else:
            put_time(fields, time, at_ms)
        return fields
    if found := _ZEROLOG.match(text) or _CHARM.match(text):
        time, level, place, message = found.groups()
        fields = _with_pairs(_WORDS.get(level, level), place, message, at_ms)
        put_time(fields, time, at_ms)
        return fields
    if found := _STANDARD.match(text):
        time, place, level, message = found.groups()
        fields = _with_pairs(level, place, message, at_ms) if level else _fields(level, place, message)
        put_time(fields, time, at_ms)
        return fields
    if found := _KLOG.match(text):
        level, time, thread, place, message = found.groups()
        fields = _fields(level, place, message)
        fields["attributes"] |= {"local_time": time, "thread": thread}  # klog says no year
        return fields
    if found := _ZAP.match(text):
        time, level, rest = found.groups()
        return _zap(time, level, rest, at_ms)
    return None


def _zap(time: str, level: str, rest: str, at_ms: int) -> Fields:
    """Read zap's console line: logger and caller where there are any, the message, the fields as JSON, the stack."""
    name = place = None
    if found := _ZAP_PLACE.match(rest) or _ZAP_NAME.match(rest):
        rest = rest[found.end() :]
        name, place = (None, found[1]) if found.re is _ZAP_PLACE else (found[1], None)
    if name and (found := _ZAP_PLACE.match(rest)):
        place, rest = found[1], rest[found.end() :]
    document: Document = {}
    if found := _ZAP_STACK.search(rest):
        rest, document = rest[: found.start()], {"stacktrace": rest[found.end() :]}
    if (found := _ZAP_FIELDS.search(rest)) and (fields_of_line := json_object(found[1])) is not None:
        rest, document = rest[: found.start()] + rest[found.end() :], {**document, **fields_of_line}
    fields = _with_fields(level, place, rest, document, at_ms)
    if name:
        fields["component"] = name
    put_time(fields, time, at_ms)
    return fields


def _with_pairs(level: str | None, place: str | None, message: str, at_ms: int) -> Fields:
    text, document = split_pairs(message.rstrip())
    return _with_fields(level, place, text, document, at_ms)


def _with_fields(level: str | None, place: str | None, message: str, document: Document, at_ms: int) -> Fields:
    """Lay the fields behind a message under what the line itself says."""
    fields = read_fields(document, at_ms) if document else _fields(level, place, message)
    own = _fields(level, place, message)
    fields["attributes"] |= own.pop("attributes")
    for name, read in (("message", fields.get("message")), ("level", fields.get("level"))):
        if document and read is not None and name in document:
            fields["attributes"][name] = document[name]
    fields |= own
    return fields


def _fields(level: str | None, place: str | None, message: str) -> Fields:
    attributes: dict[str, Json] = {"location": place} if place else {}
    return {"level": level_of(level), "message": message.rstrip(), "attributes": attributes}


TEXT = TextParser(
    name="go",
    starts=DIGITS + "IWEFPDT",
    read=_read,
    examples=(
        "2026/11/20 02:00:00 main.go:12: charge failed",
        "2026/11/20 02:00:00 ERROR charge failed order=17",
        "E1120 02:00:00.123456       7 pay.go:12] charge failed",
        (
            '2026-11-20T02:00:00.123Z\tERROR\tpayment\tshop/pay.go:12\tcharge failed\t{"order": 17}\n'
            "main.charge\n\t/app/pay.go:12"
        ),
        'ERRO[0003] charge failed                                 error="card declined" order=17',
        '2026/11/20 02:00:00 ERRO <pay.go:12> charge failed err="card declined"',
        '2026-11-20T02:00:00Z ERR pay.go:12 > charge failed error="card declined" order=17',
    ),
)
