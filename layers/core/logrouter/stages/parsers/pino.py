"""Pino, and Bunyan, which shares its numbers: numeric levels, epoch milliseconds, `err` objects; pino-pretty."""

import re
from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.json_text import json_object
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import CAPITALS, Document, Fields, JsonParser, TextParser
from logrouter.stages.reading.times import put_time

_PRETTY = re.compile(
    r"(?:\[([\d:.TZ +-]{8,35})\] )?(TRACE|DEBUG|INFO|WARN|ERROR|FATAL|USERLVL) "
    r"\((?:([^()/\n]{1,80})/)?(\d{1,9})(?: on ([^()\n]{1,80}))?\)(?:: ?|$)(.*)",
    re.ASCII | re.DOTALL,
)
_FIELDS_BEHIND = re.compile(r" (\{[^\n]*\})$")
_FIELD = re.compile(r" {4}([A-Za-z_][\w.-]{0,80}): (.*)", re.DOTALL)
_STACK_LINES = re.compile(r'"stack":\s*\n((?: {10}[^\n]*(?:\n|$))+)')


def _recognises(document: Mapping[str, Json]) -> bool:
    if "time" not in document or "level" not in document:
        return False
    if isinstance(document["level"], int) or ("pid" in document and "hostname" in document):
        return True
    return isinstance(document["time"], int) and "msg" in document


def _read_pretty(text: str, at_ms: int) -> Fields | None:
    """Read pino-pretty: the message in the first line, each field under it, errors as JSON but for the stack."""
    found = _PRETTY.match(text)
    if not found:
        return None
    time, level, name, pid, host, rest = found.groups()
    message, document = _split(rest)
    fields = read_fields(document, at_ms)
    fields["level"] = level_of(level)
    fields["message"] = message
    if name:
        fields["component"] = name
    said = (("pid", pid), ("hostname", host), *((key, document.get(key)) for key in ("level", "message", "msg")))
    fields["attributes"] |= {key: value for key, value in said if value is not None}
    put_time(fields, time or "", at_ms)
    return fields


def _split(text: str) -> tuple[str, Document]:
    """Part the message from the fields: as JSON behind it, or each in a line of its own."""
    lines = text.rstrip().split("\n")
    start = next((at for at in range(1, len(lines)) if _FIELD.match(lines[at])), len(lines))
    message, document = "\n".join(lines[:start]), _fields_of(lines[start:])
    if (found := _FIELDS_BEHIND.search(message)) and (behind := json_object(found[1])) is not None:
        return message[: found.start()], {**behind, **document}
    return message, document


def _fields_of(lines: list[str]) -> Document:
    entries: list[list[str]] = []
    for line in lines:
        if _FIELD.match(line) or not entries:
            entries.append([line])
        else:
            entries[-1].append(line)
    document: Document = {}
    for entry in entries:
        if found := _FIELD.fullmatch("\n".join(entry)):
            document[found[1]] = _value_of(found[2])
    return document


def _value_of(text: str) -> Json:
    """Read a value: JSON, or an error whose stack stands unquoted in lines of its own."""
    stack = _STACK_LINES.search(text)
    bare = text[: stack.start()].rstrip(", \n") + text[stack.end() - 1 :] if stack else text
    wrapped = json_object(f'{{"value":{bare}}}')
    if wrapped is None:
        return text
    value = wrapped["value"]
    if stack and isinstance(value, dict):
        value["stack"] = "\n".join(line[10:] for line in stack[1].rstrip("\n").split("\n"))
    return value


JSON = JsonParser(
    name="pino",
    recognises=_recognises,
    read=read_fields,
    examples=(
        (
            '{"level":50,"time":1795140000123,"pid":7,"hostname":"ip-10-0-0-7","reqId":"req-1","msg":"charge failed",'
            '"err":{"type":"TypeError","message":"boom","stack":"TypeError: boom\\n    at f (/app/a.js:1:2)"}}'
        ),
        '{"level":"error","time":"2026-11-20T02:00:00.123Z","pid":7,"hostname":"h","message":"named levels"}',
    ),
)
TEXT = TextParser(
    name="pino",
    starts="[" + CAPITALS,
    read=_read_pretty,
    examples=(
        '[02:00:00.123] ERROR (payment/7): charge failed\n    reqId: "req-1"',
        (
            '[2026-11-20 02:00:00.123 +0000] ERROR (7): charge failed\n    err: {\n      "type": "TypeError",\n'
            '      "message": "boom",\n      "stack":\n          TypeError: boom\n              at f (/a.js:1:2)\n    }'
        ),
        '[02:00:00.123] ERROR (7): charge failed {"reqId":"req-1"}',
    ),
)
