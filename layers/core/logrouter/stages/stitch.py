"""Joins the lines of one stack trace that arrived as several log events of one stream into one log event.

A complete JSON line, or a line that begins with a time or a level, is never joined to the line before it. Where a
collector wrapped each line, the lines inside are joined, those of each container and stream among themselves.
What the next payload begins with is the business of `tails`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from logrouter.model import LogEvent, RawText
from logrouter.stages.continuation import CHARS_LIMIT, Answer, Growing
from logrouter.stages.line_shapes import LINES_LOOKED_AT, Beginning, beginning_of, may_continue
from logrouter.stages.wrapping import Wrapping, may_be_wrapped, rewrap, unwrap

GAP_LIMIT_MS: Final = 5_000
"""Lines of one trace are written at once; a longer pause between two events means two texts."""

INTERRUPTED_LIMIT_MS: Final = 1_000
INTERRUPTIONS_LIMIT: Final = 5
"""So long, and over so many records of others, a trace waits for its rest."""

EDGE_EVENTS: Final = 64
"""So many log events at either end of a payload are looked at for what goes on beyond it."""


class Stitched(NamedTuple):
    """A log event after stitching, and the positions of those it was made of."""

    event: LogEvent
    made_of: tuple[int, ...]


class _Piece:
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


class _Record:
    """A record that may go on: its lines, those that wait for a proof that they belong to it, what its lines say."""

    __slots__ = ("growing", "interruptions", "pieces", "waiting")

    def __init__(self, piece: _Piece) -> None:
        self.pieces = [piece]
        self.waiting: list[_Piece] = []
        self.interruptions = 0
        self.growing = Growing(piece.text.split("\n"))

    def judge(self, piece: _Piece, line: str) -> Answer:
        before = self.waiting[-1] if self.waiting else self.pieces[-1]
        if abs(piece.ms - before.until_ms) > GAP_LIMIT_MS:
            return Answer.FRESH
        waiting = sum(one.text.count("\n") + 1 for one in self.waiting)
        return self.growing.judge(line, waiting=waiting)

    def join(self, piece: _Piece) -> None:
        for one in (*self.waiting, piece):
            self.pieces.append(one)
            self.growing.take(one.text.split("\n"))
        self.waiting = []


class _Lane:
    """The records of one writer, in order: the last one may go on, and so may the trace that it interrupted.

    Args:
        events: of the payload.
        records: gets every record; of one that nothing was asked about only the position of its log event.
    """

    def __init__(self, events: Sequence[LogEvent], records: list[_Record | int]) -> None:
        self._events = events
        self._records = records
        self._current: _Record | None = None
        self._held: tuple[int, int, str] | None = None
        self._interrupted: _Record | None = None
        self._cut: list[tuple[_Piece, str]] = []

    @property
    def last(self) -> _Record | None:
        """The record that may go on."""
        if self._current is None and self._held is not None:
            place, at, text = self._held
            self._current = self._records[place] = _Record(_Piece(at, self._events[at], text))
        return self._current

    def begin(self, at: int, text: str) -> None:
        """Take a log event that begins a record of its own."""
        if self._current is not None or self._interrupted is not None:
            self._close()
        self._held = len(self._records), at, text
        self._records.append(at)

    def add(self, piece: _Piece) -> None:
        """Take a line: to the record it continues, to those that wait, or as the begin of another record."""
        last = self.last
        if last is not None and may_continue(piece.text):
            line = piece.text.partition("\n")[0]
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
        self._current = _Record(piece)
        self._records.append(self._current)

    @property
    def is_cut(self) -> bool:
        """Whether the rest of a cut line is expected."""
        return bool(self._cut)

    def add_part(self, piece: _Piece, wrapping: Wrapping) -> None:
        """Take a part of a cut line, or what comes in its place; with the last part the line is whole."""
        if self._cut and not self._is_next_part(wrapping):
            self.put_together()
        self._cut.append((piece, wrapping.part))
        if not wrapping.is_cut:
            self.put_together()

    def finish(self) -> None:
        """Make those that waited in vain records of their own."""
        self._settle()

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

    def _settle(self) -> None:
        if self._current is not None and self._current.waiting:
            waiting, self._current.waiting = self._current.waiting, []
            self._current.interruptions += INTERRUPTIONS_LIMIT
            lane = _Lane(self._events, self._records)
            for piece in waiting:
                lane.add(piece)
            lane.finish()

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

    def _resume(self, last: _Record, piece: _Piece, line: str, answer: Answer) -> bool:
        """Give a line that can only belong to a trace above to it: over lines that wait, or over records of others."""
        if last.waiting and answer is not Answer.JOIN and last.growing.awaits_python_end:
            before = last
        elif self._interrupted is not None and not last.growing.may_own_frames:
            before = self._interrupted
        else:
            return False
        if not before.growing.resumes(line) or abs(piece.ms - before.pieces[-1].until_ms) > INTERRUPTED_LIMIT_MS:
            return False
        self._settle()
        before.interruptions = 0
        before.join(piece)
        self._current, self._interrupted = before, None
        return True


def stitch(events: Sequence[LogEvent]) -> list[LogEvent]:
    """Join continuation lines to the line they continue.

    Args:
        events: log events of one stream, in the order of the payload.

    Returns:
        Log events in the order of their first lines; a joined one has id and time of its first, the sum of all `lines`,
        and the messages with a line end between them. No text and no line is lost. Lines that a collector wrapped are
        joined within the wrapper of the first.
    """
    return [stitched.event for stitched in stitch_closely(events)]


def stitch_closely(events: Sequence[LogEvent]) -> list[Stitched]:
    """Do as `stitch` does, and tell what each log event was made of."""
    records, lanes = _read(events)
    for lane in lanes:
        lane.finish()
    stitched = [
        Stitched(events[record], (record,)) if isinstance(record, int) else _joined(record, events)
        for record in records
    ]
    if len(lanes) > 1:
        stitched.sort(key=lambda one: one.made_of[0])
    return stitched


def open_ends(events: Sequence[LogEvent]) -> list[list[int]]:
    """Return what may go on beyond the last log event: positions of each such record, and of the lines that wait.

    Args:
        events: log events after stitching. One that came with line ends in it was handed over whole, and is closed.
    """
    start = max(0, len(events) - EDGE_EVENTS)
    edge = events[start:]
    _, lanes = _read(edge)
    ends: list[list[int]] = []
    for lane in lanes:
        record = lane.last
        if record and (record.pieces[-1].is_cut or (record.growing.is_open and not _came_whole(record, edge))):
            ends.append([start + at for piece in (*record.pieces, *record.waiting) for at in piece.at])
    return ends


def beginning(events: Sequence[LogEvent]) -> Beginning:
    """Return whether the first lines of any writer look like the rest of something that began before."""
    first_lines: dict[str, list[str]] = {}
    for event in events[:EDGE_EVENTS]:
        wrapping = unwrap(event.message)
        if wrapping is not None and wrapping.is_rest:
            return Beginning.INSIDE
        lines = (wrapping.line if wrapping else event.message).split("\n", LINES_LOOKED_AT)[:LINES_LOOKED_AT]
        first_lines.setdefault(wrapping.writer if wrapping else "", []).extend(lines)
    return max(map(beginning_of, first_lines.values()), default=Beginning.ANEW)


def _read(events: Sequence[LogEvent]) -> tuple[list[_Record | int], list[_Lane]]:
    """Read the lines of every writer into records, in the order of their first lines but for those that waited."""
    records: list[_Record | int] = []
    main = _Lane(events, records)
    lanes: dict[str, _Lane] = {}
    for at, event in enumerate(events):
        text: str = event.message
        if text[:1] == "{" and not may_be_wrapped(text):
            main.begin(at, text)
            continue
        wrapping, lane = unwrap(text), main
        if wrapping is not None:
            text = wrapping.line
            lane = lanes.get(wrapping.writer) or lanes.setdefault(wrapping.writer, _Lane(events, records))
            if wrapping.is_cut or lane.is_cut:
                lane.add_part(_Piece(at, event, text, is_cut=wrapping.is_cut), wrapping)
                continue
        if may_continue(text):
            lane.add(_Piece(at, event, text))
        else:
            lane.begin(at, text)
    for lane in lanes.values():
        lane.put_together()
    return records, [main, *lanes.values()]


def _came_whole(record: _Record, events: Sequence[LogEvent]) -> bool:
    """Whether it is one log event of several lines: who hands those over leaves no rest for the next one."""
    first = record.pieces[0]
    has_lines = "\n" in first.text or "\r" in first.text
    return len(record.pieces) == len(first.at) == 1 and events[first.at[0]].ended_ms is None and has_lines


def _joined(record: _Record, events: Sequence[LogEvent]) -> Stitched:
    made_of = tuple(at for piece in record.pieces for at in piece.at)
    first = events[made_of[0]]
    if len(made_of) == 1:
        return Stitched(first, made_of)
    text = "\n".join([piece.text for piece in record.pieces])
    is_wrapped = unwrap(first.message) is not None
    message = rewrap(first.message, text, is_cut=record.pieces[-1].is_cut) if is_wrapped else RawText(text)
    lines = sum(events[at].lines for at in made_of)
    until_ms = record.pieces[-1].until_ms
    return Stitched(LogEvent(first.id, first.timestamp_ms, message, lines, first.ingestion_ms, until_ms), made_of)
