"""Joins the lines of one stack trace that arrived as several log events of one stream into one log event.

Works within one payload only: what the next payload begins with is never guessed to belong here. A complete JSON line,
or a line that begins with a time or a level, is never joined to the line before it.
"""

import re
from collections.abc import Sequence

from logrouter.model import LogEvent, RawText

GAP_LIMIT_MS = 5_000
"""Lines of one trace are written at once; a longer pause between two events means two texts."""

CHARS_LIMIT = 900_000
"""A joined event stays below the 1 MB that CloudWatch Logs allows for a single one (checked 2026-11-20)."""

_BLANKS = " \t\xa0"
_TIME_OR_LEVEL = re.compile(
    r"\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ]|\d\d:\d\d:\d\d|[A-Z][a-z]{2} \d\d?,? \d|\d{10,13}\b)"
    r"|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)\b"
    r"|(?:START|END|REPORT) RequestId:|INIT_START |INIT_REPORT |\[Nest\] ",
    re.ASCII,
)
_PYTHON_END = re.compile(r"[^\W\d][\w.<>]*(?::\s.*|:?)", re.DOTALL)
_PYTHON_CHAIN = (
    "Traceback (most recent call last):",
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_JAVA_LINK = re.compile(r"(?:Caused by|Suppressed): ")
_THROWN = re.compile(
    r"(?:Exception in thread \"[^\"\n]*\" )?(?:[\w$]+\.)*[\w$]*(?:Exception|Error|Throwable)(?:: .*)?", re.DOTALL
)
_GO_FRAME = re.compile(
    r"(?:goroutine \d+ [^\n]*\[|created by |exit status \d|\[signal )|[\w./*()\-]+\.[\w.()*\-]+(?:\(|$)", re.ASCII
)
_PHP_NEXT = re.compile(r"#\d+ |Stack trace:$|Next \\?[A-Z]|  thrown in ", re.ASCII)
_SAYS_ERROR = re.compile(r"ERROR|CRITICAL|FATAL|SEVERE|EXCEPTION|WARN|[Ee]rror|[Ff]ailed|[Ee]xception", re.ASCII)
_TRACE_LINE = re.compile(r"[ \t\xa0]+(?:at |File \"|from |\.\.\. \d|\S+\.go:\d)|#\d+ ")


class _Joined:
    """The log event that is growing: its events, and what its last lines say about what may follow."""

    __slots__ = ("chars", "events", "in_trace", "is_go", "is_json", "last", "traceback")

    def __init__(self, event: LogEvent) -> None:
        self.events = [event]
        self.chars = len(event.message)
        self.is_json = False
        self.traceback = False
        self.in_trace = False
        self.is_go = False
        self.last = ""
        self._look_at(event.message)
        stripped = event.message.strip()
        self.is_json = stripped[:1] == "{" and stripped[-1:] == "}"

    def add(self, event: LogEvent) -> None:
        self.events.append(event)
        self.chars += len(event.message) + 1
        self._look_at(event.message)

    def _look_at(self, text: str) -> None:
        if not text.strip():
            self.last = ""
            return
        tail = text.rstrip()
        self.last = tail[tail.rfind("\n") + 1 :]
        if self.last.endswith(_PYTHON_CHAIN[0]):
            self.traceback = self.in_trace = True
        elif self.traceback and self.last[0] not in _BLANKS:
            self.traceback = False
        if _TRACE_LINE.match(self.last):
            self.in_trace = True
        if "panic: " in text or text.startswith(("fatal error: ", "goroutine ")):
            self.is_go = self.in_trace = True

    def finish(self) -> LogEvent:
        first = self.events[0]
        if len(self.events) == 1:
            return first
        message = RawText("\n".join(event.message.rstrip("\r\n") for event in self.events))
        lines = sum(event.lines for event in self.events)
        return LogEvent(first.id, first.timestamp_ms, message, lines, first.ingestion_ms)


def stitch(events: Sequence[LogEvent]) -> list[LogEvent]:
    """Join continuation lines to the line they continue.

    Args:
        events: log events of one stream, in the order of the payload.

    Returns:
        Log events in the same order; a joined one has id and time of its first, the sum of all `lines`, and the
        messages with a line end between them. No text and no line is lost.
    """
    if not events:
        return []
    joined: list[LogEvent] = []
    held = events[0]
    current: _Joined | None = None
    for event in events[1:]:
        if _may_continue(event.message):
            current = current or _Joined(held)
            if _continues(current, event):
                current.add(event)
                continue
        joined.append(current.finish() if current else held)
        held, current = event, None
    joined.append(current.finish() if current else held)
    return joined


def _may_continue(text: str) -> bool:
    """Cheap test that lets whole JSON lines and lines with a time pass without a look at what is before them."""
    first = text[:1]
    if first == "{":
        return False
    return not (first.isdecimal() and _TIME_OR_LEVEL.match(text))


def _continues(current: _Joined, event: LogEvent) -> bool:
    text = event.message
    if current.is_json or current.chars + len(text) > CHARS_LIMIT:
        return False
    if abs(event.timestamp_ms - current.events[-1].timestamp_ms) > GAP_LIMIT_MS:
        return False
    if not text.strip():
        return current.in_trace
    if text[0] in _BLANKS:
        return not _is_complete_json(text)
    if _TIME_OR_LEVEL.match(text):
        return False
    return _continues_trace(current, text)


def _continues_trace(current: _Joined, text: str) -> bool:
    """Decide about a line without indentation: the ends, headers and links of traces."""
    line = text.rstrip()
    if current.traceback and current.last[:1] in _BLANKS and current.last:
        return _PYTHON_END.fullmatch(line) is not None
    if line.startswith(_PYTHON_CHAIN):
        return current.in_trace or _says_error(current)
    if _JAVA_LINK.match(line):
        return current.in_trace
    if current.is_go:
        return _GO_FRAME.match(line) is not None
    if _PHP_NEXT.match(line):
        return current.in_trace or "PHP " in current.events[0].message or _THROWN.search(current.last) is not None
    if current.in_trace and line in {"}", "]", "Node.js " + line[8:]}:
        return True
    return (
        not current.in_trace
        and len(current.events) == 1
        and _THROWN.fullmatch(line) is not None
        and _says_error(current)
    )


def _says_error(current: _Joined) -> bool:
    return _SAYS_ERROR.search(current.events[0].message[:300]) is not None


def _is_complete_json(text: str) -> bool:
    stripped = text.strip()
    return stripped[:1] == "{" and stripped[-1:] == "}"
