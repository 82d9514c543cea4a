"""Says whether a line continues the record above it: by the shapes of stack traces, and of what else has several lines.

What is known of a record is a function of its lines alone, so a record that was joined before goes on as it would have.
"""

import re
from enum import Enum
from functools import cached_property
from typing import Final

from logrouter.stages.line_shapes import (
    BLANKS,
    CLOSING,
    COMPLETE,
    DOTNET_LINES,
    FRAME,
    GO_FUNCTION,
    GO_JOINED,
    GO_START,
    JUL_HEAD,
    JUL_LEVEL,
    LINK,
    LOGGING_FAILED,
    LOGGING_LINES,
    MARKED,
    MONOLOG_END,
    MYSQL,
    NODE_PLACE,
    NODE_THROWN,
    OPENING,
    PHP_LINE,
    POSTGRESQL,
    POSTGRESQL_FAILED,
    POSTGRESQL_MORE,
    PYTHON_CHAIN,
    PYTHON_END,
    PYTHON_HEADER,
    PYTHON_STACK,
    RUBY_FRAME,
    RUBY_TAGS,
    RUST_LINES,
    SAYS_ERROR,
    SLOW_QUERY,
    SPRING_REPORT,
    TITLE,
    is_json,
    is_title,
    kind_of_frame,
)

CHARS_LIMIT: Final = 900_000
"""A joined event stays below the 1 MB that CloudWatch Logs allows for a single one (checked 2026-11-20)."""

WAITING_LIMIT: Final = 20
"""So many lines of a message are kept waiting for the frames that would prove that they belong to the title above."""


class Answer(Enum):
    """Whether a line continues the record above: yes, no, or it depends on what comes."""

    JOIN = 1
    WAIT = 2
    FRESH = 3


class Growing:
    """A record that may go on: what its lines say about what may follow.

    Args:
        lines: of the record so far, without line ends.
    """

    in_trace = awaits_frames = has_frames = is_json = is_opened = False
    in_python = awaits_python_end = is_go = is_place = False
    frame_kind = last = ""
    lines = chars = 0

    def __init__(self, lines: list[str]) -> None:
        self.head = lines[0].rstrip()
        if self.head[:1] == "{" and len(lines) == 1:
            self.is_json = self.head[-1] == "}"
        self.take(lines)

    def take(self, lines: list[str]) -> None:
        """Add lines that belong to the record."""
        for line in lines:
            self.lines += 1
            self.chars += len(line) + 1
            bare = line.rstrip()
            if self.lines > 1 and self.lines <= 3 and not self.says_error:
                self.says_error = SAYS_ERROR.search(bare, 0, 300) is not None
            if bare:
                self._look_at(bare)
                self.last = bare

    @cached_property
    def says_error(self) -> bool:
        """Whether one of the first lines speaks of an error."""
        return SAYS_ERROR.search(self.head, 0, 300) is not None

    @cached_property
    def is_marked(self) -> bool:
        """Whether it begins as a logger begins a line."""
        return MARKED.match(self.head) is not None

    @cached_property
    def is_of_mysql(self) -> bool:
        """Whether a MySQL server wrote it: all its records begin with a time, so what does not continues one."""
        return MYSQL.match(self.head) is not None or self.head.startswith(SLOW_QUERY)

    @cached_property
    def is_report(self) -> bool:
        """Whether prose of many lines stands below it."""
        return SPRING_REPORT.search(self.head, 0, 300) is not None

    @cached_property
    def tags(self) -> str:
        """The tags that Rails puts in front of each line of the record; empty where there are none."""
        found = RUBY_TAGS.match(self.head)
        return found[1].rstrip() if found else ""

    @property
    def is_open(self) -> bool:
        """Whether more of it may come: a trace, an object that is not closed, an error a trace may stand below."""
        if self.is_json:
            return False
        if self.in_trace or self.is_opened or self.is_report:
            return True
        if session := POSTGRESQL.match(self.head):
            return session[4] in POSTGRESQL_FAILED
        if self.is_of_mysql:
            return self.says_error
        is_jul = self.lines <= 2 and JUL_HEAD.fullmatch(self.head) is not None
        return is_jul or (self.lines == 1 and self.says_error and not COMPLETE.match(self.head))

    @property
    def may_own_frames(self) -> bool:
        """Whether what comes next could be its own, indented or not: not of a line that speaks of no error."""
        if self.is_json:
            return False
        return self.is_open or self.says_error or self.is_of_mysql or POSTGRESQL.match(self.head) is not None

    def judge(self, line: str, *, waiting: int = 0) -> Answer:
        """Say whether a line continues the record.

        Args:
            line: without its line end.
            waiting: how many lines stand between, of which it is not known either.
        """
        if self.is_json or self.chars + len(line) > CHARS_LIMIT or waiting >= WAITING_LIMIT:
            return Answer.FRESH
        if not line or line[0] in BLANKS or line.isspace():
            return Answer.JOIN if self.is_report else self._judge_indented(line, is_waiting=waiting > 0)
        if line[0] == "[" and self.tags and line.startswith(self.tags):
            return Answer.JOIN
        if MARKED.match(line):
            return Answer.JOIN if self._continues_marked(line) and not waiting else Answer.FRESH
        bare = line.rstrip()
        if self.is_report:
            return Answer.JOIN
        if self._continues(bare, is_waiting=waiting > 0):
            return Answer.JOIN
        if self.is_of_mysql:
            return Answer.JOIN if self._continues_mysql(bare) else Answer.FRESH
        begins = bare.startswith((PYTHON_HEADER, *GO_START)) or TITLE.match(bare)
        return Answer.WAIT if self._may_wait(bare) and not begins else Answer.FRESH

    def resumes(self, line: str) -> bool:
        """Say whether a line that stands below another record can only belong to this one, which it interrupted."""
        bare = line.rstrip()
        frame = FRAME.match(line)
        if self.awaits_python_end:
            return kind_of_frame(frame) == "File" if frame else is_title(bare)
        if self.in_python:
            return bare in PYTHON_CHAIN
        if frame:
            return self.in_trace and kind_of_frame(frame) in {self.frame_kind or kind_of_frame(frame), "more"}
        return self.has_frames and LINK.match(bare) is not None

    def _judge_indented(self, line: str, *, is_waiting: bool) -> Answer:
        if not line.strip():
            if is_waiting or (self._is_error_line() and not self.in_trace and not self.is_of_mysql):
                return Answer.WAIT
            return Answer.JOIN if self.in_trace or self.is_opened or self.is_of_mysql else Answer.FRESH
        if is_json(line) and not self.is_opened:
            return Answer.FRESH
        if is_waiting:
            frame = FRAME.match(line)
            is_proof = frame and (
                self.awaits_frames or not self.has_frames or (self.is_go and kind_of_frame(frame) == ".go")
            )
            return Answer.JOIN if is_proof else Answer.WAIT
        return Answer.JOIN

    def _continues_marked(self, line: str) -> bool:
        """Decide about a line with a mark: the second one of java.util.logging, and PostgreSQL's details."""
        if JUL_LEVEL.match(line):
            return self.lines == 1 and JUL_HEAD.fullmatch(self.head) is not None
        if ":  " not in line[:300]:
            return False
        more = POSTGRESQL.match(line)
        if not more or more[4] not in POSTGRESQL_MORE:
            return False
        head = POSTGRESQL.match(self.head)
        return head is not None and head[4] not in POSTGRESQL_MORE and head.groups()[:3] == more.groups()[:3]

    def _continues(self, line: str, *, is_waiting: bool) -> bool:
        """Decide about a line without indentation: the ends, headers and links of traces."""
        if line in PYTHON_CHAIN or line == PYTHON_STACK or line.startswith(PYTHON_HEADER):
            return self._continues_python(line)
        if self.awaits_python_end:
            is_end = PYTHON_END.fullmatch(line) is not None and (self.last[0] in BLANKS or is_title(line))
            return is_end and not is_waiting
        if self.is_go or line.startswith("goroutine "):
            return GO_JOINED.match(line) is not None and (self.is_go or self.says_error)
        if is_title(line):
            return (not self.in_trace and self.says_error) or (self.is_place and not self.has_frames)
        return self._continues_frames(line)

    def _continues_python(self, line: str) -> bool:
        if line in PYTHON_CHAIN:
            return self.in_python
        if line == PYTHON_STACK:
            return self.in_python or self.says_error
        return self.last in PYTHON_CHAIN or (self.says_error and not self.has_frames)

    def _continues_frames(self, line: str) -> bool:
        """Decide about the unindented lines that other languages print among frames, and about closing brackets."""
        if line.startswith(RUST_LINES):
            return self.in_trace
        if line[0] in "}])" and CLOSING.match(line):
            return self.is_opened or self.has_frames
        if line[0] == '"':
            return (self.is_opened and self.head == "{") or (self.has_frames and MONOLOG_END.match(line) is not None)
        if line.startswith(NODE_THROWN):
            return self.is_place
        if PHP_LINE.match(line) or (":in " in line and RUBY_FRAME.match(line)):
            return self.has_frames or self.says_error
        if line.startswith(LOGGING_LINES):
            return self.head == LOGGING_FAILED
        is_link = LINK.match(line) is not None or line.startswith(("Node.js v", *DOTNET_LINES))
        return is_link and (self.has_frames or self.is_place)

    def _continues_mysql(self, line: str) -> bool:
        """Decide about a line without a time: each entry of the slow-query log begins with comments of its own."""
        if line.startswith("# User@Host: "):
            return self.lines == 1 and self.head.startswith("# Time: ")
        return not line.startswith("# Time: ")

    def _may_wait(self, line: str) -> bool:
        """Whether a line without a shape may turn out to belong to the message of a trace, or to the next frame."""
        if self.in_python or self.is_place or self.awaits_frames:
            return True
        if self.is_go:
            return not self.has_frames or GO_FUNCTION.match(line) is not None
        return not self.has_frames and self._is_error_line()

    def _is_error_line(self) -> bool:
        """Whether it is what a logger writes of an error in one go, whose message may have several lines."""
        written = 2 if JUL_HEAD.fullmatch(self.head) else 1
        return self.lines == written and self.says_error and self.is_marked

    def _look_at(self, bare: str) -> None:
        first = bare[0]
        if first == "\xa0":  # Lambda's runtime prints the end of a traceback above it
            self.awaits_python_end = False
        if bare.endswith(PYTHON_HEADER):
            self.in_trace = self.in_python = self.has_frames = True
            self.awaits_python_end = first not in BLANKS
        elif bare == PYTHON_STACK:
            self.in_trace = self.in_python = self.has_frames = True
            self.awaits_python_end = False
        elif first in BLANKS:
            if frame := FRAME.match(bare):
                self._add_frame(frame)
                if self.lines == 1 and kind_of_frame(frame) == "File":  # a traceback whose header is elsewhere
                    self.in_python = self.awaits_python_end = True
        else:
            self._look_at_unindented(bare)
        if self.lines == 1 and bare[-1].isdecimal() and NODE_PLACE.fullmatch(bare):
            self.is_place = self.in_trace = True
        if ("panic" in bare and (" panicked at " in bare or "panic: " in bare)) or bare.startswith(GO_START):
            self.in_trace = True
            self.awaits_frames = not self.has_frames
            self.is_go = self.is_go or " panicked at " not in bare

    def _look_at_unindented(self, bare: str) -> None:
        self.awaits_python_end = False
        if bare.endswith(OPENING):
            self.is_opened = True
        elif bare[0] in "}])" and CLOSING.match(bare):
            self.is_opened = False
        if is_title(bare) or (LINK.match(bare) and self.has_frames):
            self.in_trace = self.awaits_frames = True
        elif bare in {"Stack trace:", "stack backtrace:"} or (":in " in bare and RUBY_FRAME.match(bare)):
            self.in_trace = self.has_frames = True
            self.awaits_frames = False
        elif frame := FRAME.match(bare):
            self._add_frame(frame)

    def _add_frame(self, frame: re.Match[str]) -> None:
        self.in_trace = self.has_frames = True
        self.awaits_frames = False
        self.frame_kind = self.frame_kind or kind_of_frame(frame)
