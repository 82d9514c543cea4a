"""Says whether a line continues the record above it: by the shapes of stack traces, and of what else has several lines.

What is known of a record is a function of its lines alone, so a record that was joined before goes on as it would have.
"""

import re
from enum import Enum
from functools import cached_property
from typing import Final

from logrouter.stages.stitching.line_shapes import (
    ACTIVITY,
    ACTIVITY_LINES,
    ANYHOW,
    BLANKS,
    BOX,
    CLOSING,
    DOTNET_LINES,
    DOTNET_TERMINATED,
    FRAME,
    GO_FUNCTION,
    GO_JOINED,
    GO_START,
    JUL_LEVEL,
    LINK,
    LOGGING_FAILED,
    LOGGING_LINES,
    MARKED,
    MONOLOG_END,
    NODE_LINES,
    NODE_PLACE,
    NPM_LINES,
    OPENING,
    OWN_HEAD,
    PHP_LINE,
    POSTGRESQL,
    POSTGRESQL_MORE,
    PYTHON_CHAIN,
    PYTHON_END,
    PYTHON_FAULT,
    PYTHON_FAULT_LINES,
    PYTHON_GROUP,
    PYTHON_HEADER,
    PYTHON_STACK,
    PYTHON_TASK,
    RAILS_TITLE,
    RICH_HEAD,
    RUBY_FRAME,
    RUNTIMES,
    RUST_LINES,
    RUST_PANIC,
    SAYS_ERROR,
    SQLALCHEMY,
    TITLE,
    bared,
    is_json,
    is_title,
    kind_of_frame,
    may_begin,
)
from logrouter.stages.stitching.record_head import Head

CHARS_LIMIT: Final = 900_000
"""A joined event stays below the 1 MB that CloudWatch Logs allows for a single one (checked 2026-11-20)."""

WAITING_LIMIT: Final = 20
"""So many lines of a message are kept waiting for the frames that would prove that they belong to the title above."""


_OWN: Final = (
    (NODE_LINES, ("(node:",)),
    (NPM_LINES, NPM_LINES),
    (LOGGING_LINES, (LOGGING_FAILED,)),
    (PYTHON_FAULT_LINES, (PYTHON_FAULT,)),
)
"""How lines begin, and the records that they can only belong to."""


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(BLANKS))


class Answer(Enum):
    """Whether a line continues the record above: yes, no, or it depends on what comes."""

    JOIN = 1
    WAIT = 2
    FRESH = 3


class Growing(Head):
    """A record that may go on: what its lines say about what may follow.

    Args:
        lines: of the record so far, without line ends.
    """

    in_trace = awaits_frames = has_frames = is_json = is_opened = False
    in_python = awaits_python_end = has_python_end = is_go = is_place = False
    frame_kind = last = ""
    lines = chars = 0

    def __init__(self, lines: list[str]) -> None:
        super().__init__(bared(lines[0]).rstrip())
        if self.head[:1] == "{" and len(lines) == 1:
            self.is_json = self.head[-1] == "}"
        self.take(lines)

    def take(self, lines: list[str]) -> None:
        """Add lines that belong to the record."""
        for line in map(bared, lines):
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

    @property
    def may_have_more_text(self) -> bool:
        """Whether lines without a shape can be of its message: of a logger's line, or at the end of its traceback."""
        may_end_with_text = self.has_python_end or not self.in_trace
        return self.is_dated_error and may_end_with_text and not self.is_of_mysql and not self.is_opened

    @property
    def is_open(self) -> bool:
        """Whether more of it may come: a trace, an object that is not closed, an error a trace may stand below."""
        if self.is_json:
            return False
        if self.in_trace or self.is_opened or self.is_report:
            return True
        if self.postgresql_failed is not None:
            return self.postgresql_failed
        if self.is_of_mysql:
            return self.says_error
        if self.is_of_rails or self.head.startswith(RUNTIMES):
            return True
        may_have_trace = self.lines == 1 or self._is_message() or self.is_of_npm
        return (self.lines <= 2 and self.is_jul) or (may_have_trace and self.says_error and not self.is_complete)

    @property
    def may_own_frames(self) -> bool:
        """Whether what comes next could be its own, indented or not: not of a line that speaks of no error."""
        if self.is_json:
            return False
        return self.is_open or self.says_error or self.is_of_mysql or self.postgresql_failed is not None

    def judge(self, line: str, *, waiting: int = 0) -> Answer:
        """Say whether a line continues the record.

        Args:
            line: without its line end.
            waiting: how many lines stand between, of which it is not known either.
        """
        if self.is_json or self.chars + len(line) > CHARS_LIMIT or waiting >= WAITING_LIMIT:
            return Answer.FRESH
        line = bared(line)
        is_waiting = waiting > 0
        if not line or line[0] in BLANKS or line.isspace():
            return self._judge_indented(line, is_waiting=is_waiting)
        if line[0] == "{" or MARKED.match(line):
            return self._judge_begin(line, is_waiting=is_waiting)
        return self._judge_bare(line.rstrip(), is_waiting=is_waiting)

    def resumes(self, line: str, *, is_below_json: bool = False) -> bool:
        """Say whether a line that stands below another record can only belong to this one, which it interrupted."""
        line = bared(line)
        bare = line.rstrip()
        frame = FRAME.match(line)
        if self.awaits_python_end:
            if is_below_json and bare and line[0] in BLANKS:
                return True
            return kind_of_frame(frame) == "File" if frame else is_title(bare)
        if self.in_python:
            return bare in PYTHON_CHAIN
        if frame:
            return self.in_trace and kind_of_frame(frame) in {self.frame_kind or kind_of_frame(frame), "more"}
        return self.has_frames and LINK.match(bare) is not None

    def _judge_bare(self, bare: str, *, is_waiting: bool) -> Answer:
        """Decide about a line without indentation or mark."""
        if (
            self.is_report
            or (self.head.startswith(ACTIVITY) and bare.startswith(ACTIVITY_LINES))
            or self.has_tags_of(bare)
            or self._awaits_its_second()
            or self._continues(bare, is_waiting=is_waiting)
        ):
            return Answer.JOIN
        if self.is_of_mysql:
            return Answer.JOIN if self._continues_mysql(bare) else Answer.FRESH
        return Answer.WAIT if self._may_wait(bare) and not may_begin(bare) else Answer.FRESH

    def _awaits_its_second(self) -> bool:
        """Whether it is the first of always two lines: a place of Node.js and its source, a panic and its message."""
        return self.lines == 1 and (self.is_place or RUST_PANIC.match(self.head) is not None)

    def _judge_begin(self, line: str, *, is_waiting: bool) -> Answer:
        """Decide about a line that begins a record, as a rule: with a mark, or with the bracket of an object."""
        if line[0] == "{":
            may_wait = (self._is_message() or self.is_place) and not self.has_frames
            return Answer.WAIT if may_wait else Answer.FRESH
        goes_on = self.has_tags_of(line) or (self._continues_marked(line) and not is_waiting)
        return Answer.JOIN if goes_on else Answer.FRESH

    def _judge_indented(self, line: str, *, is_waiting: bool) -> Answer:
        if self.is_report:
            return Answer.JOIN
        if not line.strip():
            if is_waiting or (self._is_message() and not self.in_trace and not self.is_of_mysql):
                return Answer.WAIT
            return Answer.JOIN if self.in_trace or self.is_opened or self.is_of_mysql else Answer.FRESH
        if self._begins_indented(line):
            return Answer.FRESH
        if is_waiting:
            frame = FRAME.match(line)
            is_proof = frame and (
                self.awaits_frames or not self.has_frames or kind_of_frame(frame) == self.frame_kind == ".go"
            )
            return Answer.JOIN if is_proof else Answer.WAIT
        return Answer.JOIN

    def _begins_indented(self, line: str) -> bool:
        """Whether an indented line begins a record: a JSON object, a group of exceptions, a logger that indents."""
        if is_json(line):
            return not self.is_opened
        if PYTHON_GROUP.match(line.rstrip()):
            return not self._continues_python(line)
        if self.has_frames and self.head[:1] in BLANKS and is_title(line.strip()):
            return _indent(line) <= _indent(self.head)
        return not self.awaits_frames and (OWN_HEAD.match(line) or RICH_HEAD.match(line)) is not None

    def _continues_marked(self, line: str) -> bool:
        """Decide about a line with a mark: the second one of java.util.logging, and PostgreSQL's details."""
        if JUL_LEVEL.match(line):
            return self.lines == 1 and self.is_jul
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
            is_first = (not self.in_trace and self.says_error) or (self.is_place and not self.has_frames)
            return is_first or self.head.startswith(DOTNET_TERMINATED)
        return self._continues_frames(line)

    def _continues_python(self, line: str) -> bool:
        if line in PYTHON_CHAIN:
            return self.in_python
        if line == PYTHON_STACK:
            return self.in_python or self.says_error
        return self.last in PYTHON_CHAIN or (self.says_error and not self.has_frames)

    def _continues_frames(self, line: str) -> bool:
        """Decide about the unindented lines that other languages print among frames, and about closing brackets."""
        if line[0] in "}])" and (CLOSING.match(line) or line.startswith("} reason: ")):
            return self.is_opened or self.has_frames
        if line[0] == '"':
            return (self.is_opened and self.head == "{") or (self.has_frames and MONOLOG_END.match(line) is not None)
        if PHP_LINE.match(line) or (":in " in line and RUBY_FRAME.match(line)):
            return self.has_frames or self.says_error
        is_link = LINK.match(line) is not None or line.startswith((*DOTNET_LINES, *NODE_LINES))
        return (is_link and self.has_frames) or self._continues_its_own(line)

    def _continues_its_own(self, line: str) -> bool:
        """Decide about lines that belong to what began in one way only: the prints of runtimes, of asyncio, of npm."""
        heads = next((heads for starts, heads in _OWN if line.startswith(starts)), ())
        if heads:
            return self.head.startswith(heads) or (self.is_place and line.startswith(NODE_LINES))
        if line.startswith(RUST_LINES):
            return self.in_trace
        if line in ANYHOW or PYTHON_TASK.match(line):
            return self.says_error and not self.has_frames
        if line[0] in BOX:
            return self.says_error
        is_more = self.has_python_end and SQLALCHEMY.match(line) is not None
        return is_more or self._continues_ruby(line)

    def _continues_ruby(self, line: str) -> bool:
        """Decide about a guess of Ruby's at what was meant, and about the exception below the empty line of Rails."""
        if line.startswith("Did you mean?"):
            return RUBY_FRAME.match(self.head) is not None
        return self.is_of_rails and RAILS_TITLE.match(line) is not None

    def _continues_mysql(self, line: str) -> bool:
        """Decide about a line without a time: each entry of the slow-query log begins with comments of its own."""
        if line.startswith("# User@Host: "):
            return self.lines == 1 and self.head.startswith("# Time: ")
        return not line.startswith("# Time: ")

    def _may_wait(self, line: str) -> bool:
        """Whether a line without a shape may turn out to belong to the message of a trace, or to the next frame."""
        if self.in_python or self.is_place or self.awaits_frames:
            return True
        if self.is_go or self.frame_kind == ".go":
            return not self.has_frames or GO_FUNCTION.match(line) is not None
        if self.last.startswith("Next "):
            return True
        return not self.has_frames and (self._is_message() or self._says_title())

    def _is_message(self) -> bool:
        """Whether it is a line of a logger that speaks of an error, whose message may have several lines."""
        return (self.is_error_line or (self.is_jul and self.says_error)) and self.lines <= WAITING_LIMIT

    def _says_title(self) -> bool:
        """Whether it speaks of an exception by its type, the message of which may have several lines."""
        found = TITLE.search(self.head, 0, 300) if self.lines <= WAITING_LIMIT and self.says_error else None
        return found is not None and self.head[found.end() : found.end() + 1] == ":"

    def _look_at(self, bare: str) -> None:
        first = bare[0]
        if first == "\xa0":  # Lambda's runtime prints the end of a traceback above it
            self.awaits_python_end = False
        if bare.endswith(PYTHON_HEADER):
            self.in_trace = self.in_python = self.has_frames = True
            self.awaits_python_end, self.has_python_end = first not in BLANKS, False
        elif bare == PYTHON_STACK:
            self.in_trace = self.in_python = self.has_frames = True
            self.awaits_python_end = self.has_python_end = False
        elif first in BLANKS:
            self._look_at_indented(bare)
        else:
            self._look_at_unindented(bare)
        if self.lines == 1:
            self._look_at_first(bare)
        if ("panic" in bare and (" panicked at " in bare or "panic: " in bare)) or bare.startswith(GO_START):
            self.in_trace = True
            self.awaits_frames = not self.has_frames
            self.is_go = self.is_go or " panicked at " not in bare

    def _look_at_first(self, bare: str) -> None:
        if bare[-1].isdecimal() and NODE_PLACE.fullmatch(bare):
            self.is_place = self.in_trace = True
        if bare.startswith(PYTHON_FAULT) or bare.endswith(" has overflowed its stack"):
            self.in_trace = True

    def _look_at_indented(self, bare: str) -> None:
        if bare.lstrip(BLANKS)[0] in BOX:
            self.in_trace = self.has_frames = True
        if self.says_error and not self.has_frames and is_title(bare.lstrip(BLANKS)):
            self.in_trace = self.awaits_frames = True
        if frame := FRAME.match(bare):
            self._add_frame(frame)
            if self.lines == 1 and kind_of_frame(frame) == "File":  # a traceback whose header is elsewhere
                self.in_python = self.awaits_python_end = True

    def _look_at_unindented(self, bare: str) -> None:
        if self.awaits_python_end:
            self.awaits_python_end, self.has_python_end = False, True
        if bare[0] in BOX:
            self.in_trace = self.in_python = self.has_frames = True
            self.awaits_python_end = bare[0] == BOX[-1]
        elif bare.endswith(OPENING):
            self.is_opened = True
        elif bare[0] in "}])" and CLOSING.match(bare):
            self.is_opened = False
        if (self.is_of_rails and RAILS_TITLE.match(bare)) or (self.says_error and PYTHON_TASK.match(bare)):
            self.in_trace = True
        if is_title(bare) or (LINK.match(bare) and self.has_frames):
            self.in_trace = self.awaits_frames = True
        elif bare in {"Stack trace:", "stack backtrace:"} or (":in " in bare and RUBY_FRAME.match(bare)):
            self.awaits_frames = not self.has_frames and "': " in bare
            self.in_trace = self.has_frames = True
        elif frame := FRAME.match(bare):
            self._add_frame(frame)

    def _add_frame(self, frame: re.Match[str]) -> None:
        self.in_trace = self.has_frames = True
        self.awaits_frames = False
        self.frame_kind = self.frame_kind or kind_of_frame(frame)
