"""Reads the log events of one writer into records, in order, for `stitch`.

A line joins the record above it, waits for a proof, or begins a record. Two things are known only later: that a line
belongs to a trace which another record interrupted, and that all records of a writer have heads, so that what has none,
and was written with an error, belongs to it.
"""

from collections.abc import Sequence
from typing import Final

from logrouter.model import LogEvent
from logrouter.stages.stitching.continuation import CHARS_LIMIT, Answer, Growing
from logrouter.stages.stitching.line_shapes import (
    BLANKS,
    COMPLETE,
    MARKED,
    POSTGRESQL_MORE,
    may_begin,
    may_continue,
    session_of,
)
from logrouter.stages.stitching.wrapping import Wrapping

GAP_LIMIT_MS: Final = 5_000
"""Lines of one trace are written at once; a longer pause between two events means two texts."""

BEGINS_LIMIT_MS: Final = 1_000
"""So long after the line above, what may begin a trace of its own begins one."""

AT_ONCE_MS: Final = 1
"""Lines of one message are written by one call; so far apart at most they are read."""

INTERRUPTED_LIMIT_MS: Final = 1_000
INTERRUPTIONS_LIMIT: Final = 5
"""So long, and over so many records of others, a trace waits for its rest."""


class Piece:
    """A line of a program: one log event, or several where a collector cut a long line."""

    __slots__ = ("at", "is_cut", "ms", "text", "until_ms")

    def __init__(self, at: int, event: LogEvent, text: str, *, is_cut: bool = False) -> None:
        self.at = [at]
        self.ms = event.timestamp_ms
        self.is_cut = is_cut
        if event.ended_ms is None:
            self.until_ms, self.text = self.ms, text.rstrip("\r\n")
        else:
            self.until_ms, self.text = event.ended_ms, text


class Record:
    """A record that may go on: its lines, those that wait for a proof that they belong to it, what its lines say."""

    __slots__ = ("growing", "interruptions", "pieces", "waiting")

    def __init__(self, piece: Piece) -> None:
        self.pieces = [piece]
        self.waiting: list[Piece] = []
        self.interruptions = 0
        self.growing = Growing(piece.text.split("\n"))

    def judge(self, piece: Piece, line: str) -> Answer:
        """Say whether a piece continues the record, by its first line and by the time between."""
        before = self.waiting[-1] if self.waiting else self.pieces[-1]
        gap_ms = abs(piece.ms - before.until_ms)
        if gap_ms > GAP_LIMIT_MS or (gap_ms > BEGINS_LIMIT_MS and not self.growing.in_trace and may_begin(line)):
            return Answer.FRESH
        waiting = sum(one.text.count("\n") + 1 for one in self.waiting)
        return self.growing.judge(line, waiting=waiting)

    def join(self, piece: Piece) -> None:
        """Add a piece, and those that waited for it."""
        for one in (*self.waiting, piece):
            self.pieces.append(one)
            self.growing.take(one.text.split("\n"))
        self.waiting = []

    def may_own(self, parts: list["Record"]) -> bool:
        """Whether records without a shape were written together with this one, as far as it and times can tell."""
        if not self.growing.may_have_more_text:
            return False
        until_ms = self.pieces[-1].until_ms
        for part in parts:
            if abs(part.pieces[0].ms - until_ms) > AT_ONCE_MS or COMPLETE.match(part.growing.head):
                return False
            until_ms = part.pieces[-1].until_ms
        return True

    @property
    def is_plain(self) -> bool:
        """Whether it begins with neither a time nor a level and is no trace or object: it looks like nothing."""
        first = self.growing.head
        if not first or first[0] in BLANKS or first[0] == "{" or self.growing.in_trace or self.growing.is_opened:
            return False
        return not MARKED.match(first)


class Lane:
    """The records of one writer, in order: the last one may go on, and so may the trace that it interrupted.

    Args:
        events: of the payload.
        records: gets every record; of one that nothing was asked about only the position of its log event.
    """

    def __init__(self, events: Sequence[LogEvent], records: list[Record | int]) -> None:
        self._events = events
        self._records = records
        self._current: Record | None = None
        self._held: tuple[int, int, str] | None = None
        self._interrupted: Record | None = None
        self._cut: list[tuple[Piece, str]] = []
        self._sessions: dict[tuple[str, ...], Record] = {}
        self._doubtful: list[tuple[Record, list[Record]]] = []
        self._begun: list[Record] = []

    @property
    def last(self) -> Record | None:
        """The record that may go on."""
        if self._current is None and self._held is not None:
            place, at, text = self._held
            self._current = self._records[place] = Record(Piece(at, self._events[at], text))
        return self._current

    def begin(self, at: int, text: str) -> None:
        """Take a log event that begins a record of its own."""
        if self._current is not None or self._interrupted is not None:
            self._close()
        self._held = len(self._records), at, text
        self._records.append(at)

    def add(self, piece: Piece) -> None:
        """Take a line: to the record it continues, to those that wait, or as the begin of another record."""
        last = self.last
        if last is not None and may_continue(piece.text):
            line = piece.text.partition("\n")[0]
            if self._resume_session(last, piece, line):
                return
            answer = last.judge(piece, line)
            if self._resume(last, piece, line, answer):
                return
            if answer is Answer.JOIN:
                last.join(piece)
                return
            if answer is Answer.WAIT:
                last.waiting.append(piece)
                return
        if last is not None:
            self._close()
        self._current = Record(piece)
        self._records.append(self._current)
        if session := session_of(piece.text):
            self._sessions[session[0]] = self._current
        self._begun.append(self._current)

    @property
    def is_cut(self) -> bool:
        """Whether the rest of a cut line is expected."""
        return bool(self._cut)

    def add_part(self, piece: Piece, wrapping: Wrapping) -> None:
        """Take a part of a cut line, or what comes in its place; with the last part the line is whole."""
        if self._cut and not self._is_next_part(wrapping):
            self.put_together()
        self._cut.append((piece, wrapping.part))
        if not wrapping.is_cut:
            self.put_together()

    def finish(self) -> None:
        """Make those that waited in vain records of their own, or of the error above where every record has a head."""
        self._settle()
        if not self._doubtful or any(record.is_plain for record in self._begun):
            return
        for record, parts in self._doubtful:
            pieces = [piece for part in parts for piece in part.pieces]
            if record.pieces[-1].at < pieces[0].at:
                record.pieces += pieces
                for part in parts:
                    part.pieces = []

    def put_together(self) -> None:
        """Take a cut line, whether or not its last part came."""
        if not self._cut:
            return
        pieces = [piece for piece, _ in self._cut]
        self._cut = []
        whole = pieces[0]
        whole.at = [at for piece in pieces for at in piece.at]
        whole.text = "".join([piece.text for piece in pieces])
        whole.until_ms, whole.is_cut = pieces[-1].until_ms, pieces[-1].is_cut
        self.add(whole)

    def _is_next_part(self, wrapping: Wrapping) -> bool:
        chars = sum(len(piece.text) for piece, _ in self._cut)
        return wrapping.part == self._cut[-1][1] and chars + len(wrapping.line) <= CHARS_LIMIT

    def _settle(self, *, is_foreign: bool = False) -> None:
        if self._current is not None and self._current.waiting:
            record, waiting = self._current, self._current.waiting
            record.waiting = []
            record.interruptions += INTERRUPTIONS_LIMIT
            parts_from = len(self._records)
            lane = Lane(self._events, self._records)
            for piece in waiting:
                lane.add(piece)
            lane.finish()
            parts = [part for part in self._records[parts_from:] if isinstance(part, Record)]
            if not is_foreign and record.may_own(parts):
                self._doubtful.append((record, parts))
            else:
                self._begun += lane._begun

    def _resume_session(self, last: Record, piece: Piece, line: str) -> bool:
        """Give a detail of PostgreSQL to the record of its session, over records of other sessions."""
        session = session_of(line)
        if session is None or session[1] not in POSTGRESQL_MORE:
            return False
        before = self._sessions.get(session[0])
        if before is None or before is last or abs(piece.ms - before.pieces[-1].until_ms) > INTERRUPTED_LIMIT_MS:
            return False
        self._close()
        before.join(piece)
        self._current = before
        return True

    def _close(self) -> None:
        """End the last record; a trace among the last few may yet be resumed, unless lines waited for its frames."""
        self._settle()
        if self._current is not None and self._current.growing.in_trace:
            self._interrupted = self._current
        if self._interrupted is not None:
            self._interrupted.interruptions += 1
            if self._interrupted.interruptions > INTERRUPTIONS_LIMIT:
                self._interrupted = None
        self._current = self._held = None

    def _resume(self, last: Record, piece: Piece, line: str, answer: Answer) -> bool:
        """Give a line that can only belong to a trace above to it: over lines that wait, or over records of others."""
        if last.waiting and answer is not Answer.JOIN and last.growing.awaits_python_end:
            before = last
        elif self._interrupted is not None and not last.growing.may_own_frames:
            before = self._interrupted
        else:
            return False
        is_below_json = before is not last and last.growing.is_json
        is_late = abs(piece.ms - before.pieces[-1].until_ms) > INTERRUPTED_LIMIT_MS
        if is_late or not before.growing.resumes(line, is_below_json=is_below_json):
            return False
        self._settle(is_foreign=True)
        before.interruptions = 0
        before.join(piece)
        self._current, self._interrupted = before, None
        return True
