"""The text log format of Lambda's managed runtimes: tab-separated, and how each prints an uncaught exception."""

import re
from dataclasses import replace

from logrouter.model import ErrorInfo
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.json_text import json_object
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time
from logrouter.stages.traces.registry import read_trace

_PYTHON = re.compile(r"\[([A-Z]{4,8})\]\t(\d{4}-\d\d-\d\dT[\d:.]+Z)\t([^\t\n]*)\t(.*)", re.ASCII | re.DOTALL)
_NODE = re.compile(
    r"(\d{4}-\d\d-\d\dT[\d:.]+Z)\t([^\t\n]*)\t([A-Z]{4,8}|trce|dbug|info|warn|fail|crit)\t(.*)", re.ASCII | re.DOTALL
)
"""The runtimes of Node.js, and of .NET with levels of four small letters."""

_UNHANDLED = re.compile(r"\[ERROR\] ([^\W\d][\w.]*)(?::[ \n](.*)|(?=[\r\n]|$)(.*))", re.DOTALL)
_NODE_UNCAUGHT = re.compile(
    r"(Invoke Error|Uncaught Exception|Unhandled Promise Rejection|Init Error)[ \t]+\{", re.ASCII
)
_WARNING = "LAMBDA_WARNING:"
_TRACEBACK = "Traceback (most recent call last):"


def _read(text: str, at_ms: int) -> Fields | None:
    if text.startswith(_WARNING):
        return _read_warned(text)
    if text[0] == "[":
        if found := _PYTHON.match(text):
            level, time, request_id, message = found.groups()
            return _line(level, time, request_id, message, at_ms)
        return _read_unhandled(text)
    found = _NODE.match(text)
    if not found:
        return None
    time, request_id, level, message = found.groups()
    fields = _line(level, time, request_id, message, at_ms)
    if uncaught := _NODE_UNCAUGHT.match(message):
        _add_uncaught(fields, message, uncaught, at_ms)
    return fields


def _line(level: str, time: str, request_id: str, message: str, at_ms: int) -> Fields:
    fields: Fields = {"level": level_of(level), "message": message, "attributes": {}}
    if fields["level"] is None:
        fields["attributes"]["logged_level"] = level
    if request_id and request_id != "undefined":
        fields["request_id"] = request_id
    put_time(fields, time, at_ms)
    return fields


def _read_unhandled(text: str) -> Fields | None:
    """Read `[ERROR] Type: message`, a traceback behind it, as the Python runtime prints an exception of the handler.

    The line terminator is a carriage return where the runtime has no telemetry socket (awslambdaric 4.2).
    """
    found = _UNHANDLED.match(text)
    if not found:
        return None
    kind, body = found[1], found[2] or found[3] or ""
    trace = read_trace(text) if _TRACEBACK in text else None
    if trace is not None and trace.error.language != "python":
        trace = None
    if trace is None and "." not in kind and not kind.endswith(("Error", "Exception", "Exit", "Interrupt")):
        return None
    message = body.split(_TRACEBACK, 1)[0].strip() or None
    if trace is None:
        return {
            "level": level_of("ERROR"),
            "message": f"{kind}: {body}".rstrip(": "),
            "error": ErrorInfo(kind, message),
            "attributes": {"uncaught": True},
        }
    last = trace.error
    error = replace(last, type=last.type or kind, message=last.message or message)
    whole = "\n".join(part for part in (f"{kind}: {message}" if message else kind, trace.after) if part)
    return {"level": level_of("ERROR"), "message": whole, "error": error, "attributes": {"uncaught": True}}


def _read_warned(text: str) -> Fields | None:
    """Read an uncaught exception behind the warning about runtime updates that the runtime may print above it."""
    warning, found, rest = text.partition("[ERROR] ")
    fields = _read_unhandled(found + rest) if found else None
    if fields is None:
        return None
    fields["attributes"] = {**fields.get("attributes", {}), "lambda_warning": warning.strip()}
    return fields


def _add_uncaught(fields: Fields, message: str, found: re.Match[str], at_ms: int) -> None:
    """Read the JSON that the Node runtime prints behind `Invoke Error` and its like."""
    document = json_object(message[found.end() - 1 :].strip())
    if document is None:
        return
    inner = read_fields(document, at_ms)
    if "error" in inner:
        fields["error"] = inner["error"]
        fields["attributes"].update(inner["attributes"])
        fields["attributes"]["runtime_error"] = found[1]
        fields["attributes"]["uncaught"] = True
        fields["message"] = f"{found[1]}: {inner.get('message') or document.get('errorMessage') or ''}".rstrip(": ")


TEXT = TextParser(
    name="lambda-text",
    starts="[L" + DIGITS,
    read=_read,
    examples=(
        "[ERROR]\t2026-11-20T02:00:00.123Z\t52fdfc07-2182-454f-963f-5f0f9a621d72\tcharge failed\n",
        "2026-11-20T02:00:00.123Z\t52fdfc07-2182-454f-963f-5f0f9a621d72\tERROR\tcharge failed\n",
        "2026-11-20T02:00:00.123Z\t52fdfc07-2182-454f-963f-5f0f9a621d72\tcrit\tcannot go on\n",
        '[ERROR] ValueError: boom\nTraceback (most recent call last):\n\xa0\xa0File "/var/task/app.py", line 3, in f\n',
        (
            "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code.\r"
            "[ERROR] Runtime.ImportModuleError: Unable to import module 'app'"
        ),
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'requests'",
        (
            "2026-11-20T02:00:00.123Z\tundefined\tERROR\tUncaught Exception \t"
            '{"errorType":"Error","errorMessage":"boom",'
            '"stack":["Error: boom","    at f (/var/task/app.js:1:2)"]}'
        ),
    ),
)
