"""Joins the lines of one stack trace that arrived as several log events of one stream into one log event.

Works within one payload only: what the next payload begins with is never guessed to belong here. A complete JSON line,
or a line that begins with a time or a level, is never joined to the line before it.
"""

import re
from collections.abc import Sequence
from enum import Enum

from logrouter.model import LogEvent, RawText

GAP_LIMIT_MS = 5_000
"""Lines of one trace are written at once; a longer pause between two events means two texts."""

CHARS_LIMIT = 900_000
"""A joined event stays below the 1 MB that CloudWatch Logs allows for a single one (checked 2026-11-20)."""

WAITING_LIMIT = 20
"""So many lines of a message are kept waiting for the frames that would prove that they belong to the title above."""

_BLANKS = " \t\xa0"
_MARKED = re.compile(
    r"\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ]|\d\d:\d\d:\d\d|\d\d-[A-Z][a-z]{2}-\d{4} |[A-Z][a-z]{2} \d\d?,? \d|\d{10,13}\b)"
    r"|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)\b"
    r"|(?:START|END|REPORT) RequestId:|INIT_START |INIT_REPORT |\[Nest\] |[DIWEF], \[\d|[IWEF]\d{4} \d\d:",
    re.ASCII,
)
_JUL_HEAD = re.compile(r"[A-Z][a-z]{2} \d\d?, \d{4},? [\d:]{7,8} [AP]M [\w.$]+(?: [\w$<>]+)?", re.ASCII)
_JUL_LEVEL = re.compile(r"(?:SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): ")

_SAYS_ERROR = re.compile(
    r"ERROR|CRITICAL|FATAL|SEVERE|EXCEPTION|WARN|[Ee]rror|[Ff]ail|[Ee]xception|[Pp]anic|[Rr]ecover", re.ASCII
)
_TITLE = re.compile(
    r"(?:Exception in thread \"[^\"\n]*\" |Uncaught |Unhandled exception\. )?"
    r"(?:[\w$]+\.)*[\w$]*(?:Exception|Error|Throwable|Rejection|Warning)(?: \[[\w ]+\])?(?=: |:?$)"
)
_FRAME = re.compile(r"[ \t\xa0]+(?:at |File \"|from |\.\.\. \d|\S+\.go:\d)|#\d+ ")
_FRAME_STARTS = frozenset(_BLANKS + "#")
_TITLE_WORDS = ("Error", "Exception", "Throwable", "Rejection", "Warning")
_PYTHON_END = re.compile(r"[^\W\d][\w.<>]*(?::\s.*|:?)", re.DOTALL)
_PYTHON_HEADER = "Traceback (most recent call last):"
_PYTHON_STACK = "Stack (most recent call last):"
_PYTHON_CHAIN = (
    "The above exception was the direct cause of the following exception:",
    "During handling of the above exception, another exception occurred:",
)
_PYTHON_LINES = frozenset({*_PYTHON_CHAIN, _PYTHON_STACK})
_JAVA_LINK = re.compile(r"(?:Caused by|Suppressed): ")
_GO_LINE = re.compile(
    r"goroutine \d+ [^\n]*\[|created by |exit status \d|\[signal |panic\(|[\w./*()\-]+\.[\w.()*\-\[\]]+(?:\(|$)",
    re.ASCII,
)
_GO_START = ("panic: ", "fatal error: ", "goroutine ")
_RUST_LINES = ("note: run with `RUST_BACKTRACE", "note: Some details are omitted", "stack backtrace:")
_NODE_PLACE = re.compile(r"(?:/|node:|file:|[A-Za-z]:\\)\S*:\d+")
_PHP_LINE = re.compile(r"#\d+ |Stack trace:$|Next \\?[A-Z]")
_RUBY_FRAME = re.compile(r"[^\s:][^:\n]*:\d+:in [`']")


class _Answer(Enum):
    """Whether a log event continues the one before: yes, no, or it depends on what comes."""

    JOIN = 1
    WAIT = 2
    FRESH = 3


class _Growing:
    """A log event that may go on: its events, those that wait, and what its lines say about what may follow."""

    def __init__(self, event: LogEvent) -> None:
        self.events = [event]
        self.waiting: list[LogEvent] = []
        self.chars = 0
        self.last = ""
        self.is_json = event.message[:1] == "{" and _is_json(event.message)
        self.has_frames = self.in_python = self.is_go = self.is_titled = self.is_place = False
        self._look_at(event.message)

    @property
    def says_error(self) -> bool:
        """Whether one of the first lines speaks of an error; asked only where a trace may begin."""
        return any(_SAYS_ERROR.search(event.message, 0, 300) for event in self.events[:3])

    def join(self, event: LogEvent) -> None:
        """Take an event and all that waited for it."""
        for each in (*self.waiting, event):
            self.events.append(each)
            self._look_at(each.message)
        self.waiting = []

    def finish(self) -> list[LogEvent]:
        """Return the joined event, and what waited in vain."""
        return [_joined(self.events), *stitch(self.waiting)]

    def judge(self, event: LogEvent) -> _Answer:
        """Say whether an event without the marks of a new line continues this one."""
        text = event.message
        before = self.waiting[-1] if self.waiting else self.events[-1]
        if self.is_json or self.chars + len(text) > CHARS_LIMIT:
            return _Answer.FRESH
        if abs(event.timestamp_ms - before.timestamp_ms) > GAP_LIMIT_MS or len(self.waiting) >= WAITING_LIMIT:
            return _Answer.FRESH
        if not text.strip() or text[0] in _BLANKS:
            return self._judge_indented(text)
        if _MARKED.match(text):
            is_jul = _JUL_LEVEL.match(text) and len(self.events) == 1 and _JUL_HEAD.fullmatch(self.last)
            return _Answer.JOIN if is_jul else _Answer.FRESH
        if self._continues(text.rstrip("\r\n")):
            return _Answer.JOIN
        may_wait = (
            self.in_python or self.is_place or (not self.has_frames and (self.is_titled or self._is_error_line()))
        )
        begins = text.startswith((_PYTHON_HEADER, *_GO_START)) or _TITLE.match(text)
        return _Answer.WAIT if may_wait and not begins else _Answer.FRESH

    def _judge_indented(self, text: str) -> _Answer:
        if not text.strip() and not (self.has_frames or self.is_titled or self.is_place or self.is_go):
            return _Answer.FRESH
        if _is_json(text):
            return _Answer.FRESH
        if self.waiting and not (_FRAME.match(text) and not self.has_frames):
            return _Answer.WAIT
        return _Answer.JOIN

    def _continues(self, line: str) -> bool:
        """Decide about a line without indentation: the ends, headers and links of traces."""
        if line in _PYTHON_LINES or line.startswith(_PYTHON_HEADER):
            return self._continues_python(line)
        if self.in_python and self.last[:1] in _BLANKS and self.last and not self.waiting:
            return _PYTHON_END.fullmatch(line) is not None
        if self.is_go or line.startswith("goroutine "):
            return _GO_LINE.match(line) is not None and (self.is_go or self.says_error)
        if any(map(line.__contains__, _TITLE_WORDS)) and _TITLE.match(line):
            return not self.has_frames and (self.is_place or (self.says_error and not self.is_titled))
        return self._continues_frames(line)

    def _continues_python(self, line: str) -> bool:
        if line in _PYTHON_CHAIN:
            return self.in_python
        if line == _PYTHON_STACK:
            return self.in_python or self.says_error
        return self.last in _PYTHON_CHAIN or (self.says_error and not self.has_frames)

    def _continues_frames(self, line: str) -> bool:
        """Decide about the unindented lines that other languages print among frames, and about closing brackets."""
        if line.startswith(_RUST_LINES):
            return self.is_titled or self.has_frames
        if line == "}" and self.events[0].message.strip() == "{":
            return True
        if _PHP_LINE.match(line) or (":in " in line and _RUBY_FRAME.match(line)):
            return self.has_frames or self.says_error
        is_link = _JAVA_LINK.match(line) is not None or line in {"}", "]"} or line.startswith("Node.js v")
        return is_link and self.has_frames

    def _is_error_line(self) -> bool:
        """Whether it begins with a line of a logger that speaks of an error, whose message may have several lines."""
        return len(self.events) == 1 and _MARKED.match(self.events[0].message) is not None and self.says_error

    def _look_at(self, text: str) -> None:
        self.chars += len(text) + 1
        tail = text.rstrip()
        if not tail:
            return
        last = tail[tail.rfind("\n") + 1 :]
        self.last = last
        if last.endswith(_PYTHON_HEADER) or last == _PYTHON_STACK:
            self.in_python = self.has_frames = True
        elif last[0] in _FRAME_STARTS and _FRAME.match(last):
            self.has_frames = True
        elif any(map(last.__contains__, _TITLE_WORDS)) and _TITLE.match(last):
            self.is_titled = True
        elif last in {"Stack trace:", "stack backtrace:"} or (":in " in last and _RUBY_FRAME.match(last)):
            self.has_frames = True
        elif len(self.events) == 1 and last[-1].isdecimal() and _NODE_PLACE.fullmatch(last):
            self.is_place = True
        if " panicked at " in text:
            self.is_titled = True
        if text.startswith(_GO_START) or "panic: " in text:
            self.is_go = self.is_titled = True


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
    growing: _Growing | None = None
    for event in events[1:]:
        if _may_continue(event.message):
            growing = growing or _Growing(held)
            answer = growing.judge(event)
            if answer is _Answer.JOIN:
                growing.join(event)
                continue
            if answer is _Answer.WAIT:
                growing.waiting.append(event)
                continue
        joined += growing.finish() if growing else [held]
        held, growing = event, None
    joined += growing.finish() if growing else [held]
    return joined


def _may_continue(text: str) -> bool:
    """Cheap test that lets JSON lines and lines with a time pass without a look at what is before them."""
    first = text[:1]
    return first != "{" and not (first.isdecimal() and _MARKED.match(text))


def _joined(events: list[LogEvent]) -> LogEvent:
    first = events[0]
    if len(events) == 1:
        return first
    message = RawText("\n".join(event.message.rstrip("\r\n") for event in events))
    return LogEvent(first.id, first.timestamp_ms, message, sum(event.lines for event in events), first.ingestion_ms)


def _is_json(text: str) -> bool:
    stripped = text.strip()
    return stripped[:1] == "{" and stripped[-1:] == "}"
