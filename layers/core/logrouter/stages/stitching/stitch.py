"""Joins the lines of one stack trace that arrived as several log events of one stream into one log event.

A complete JSON line, or a line that begins with a time or a level, is never joined to the line before it. Where a
collector wrapped each line, the lines inside are joined, those of each container and stream among themselves.
What the next payload begins with is the business of `tails`.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from logrouter.model import LogEvent, RawText
from logrouter.stages.stitching.lanes import Lane, Piece, Record
from logrouter.stages.stitching.line_shapes import LINES_LOOKED_AT, Beginning, beginning_of, may_continue
from logrouter.stages.stitching.wrapping import may_any_be_wrapped, may_be_wrapped, rewrap, unwrap

EDGE_EVENTS: Final = 64
"""So many log events at either end of a payload are looked at for what goes on beyond it."""


class Stitched(NamedTuple):
    """A log event after stitching, and the positions of those it was made of."""

    event: LogEvent
    made_of: tuple[int, ...]


def stitch(events: Sequence[LogEvent]) -> list[LogEvent]:
    """Join continuation lines to the line they continue.

    Args:
        events: log events of one stream, in the order of the payload.

    Returns:
        Log events in the order of their first lines; a joined one has id and time of its first, the sum of all `lines`,
        and the messages with a line end between them. No text and no line is lost. Lines that a collector wrapped are
        joined within the wrapper of the first.
    """
    if _stand_alone(events):
        return list(events)
    return [stitched.event for stitched in stitch_closely(events)]


def stitch_closely(events: Sequence[LogEvent]) -> list[Stitched]:
    """Do as `stitch` does, and tell what each log event was made of."""
    if _stand_alone(events):
        return [Stitched(event, (at,)) for at, event in enumerate(events)]
    records, lanes = _read(events)
    for lane in lanes:
        lane.finish()
    stitched = [
        Stitched(events[record], (record,)) if isinstance(record, int) else _joined(record, events)
        for record in records
        if isinstance(record, int) or record.pieces
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


def _stand_alone(events: Sequence[LogEvent]) -> bool:
    """Tell at little cost whether all of a payload is JSON that no collector wrapped, as most payloads are."""
    for event in events:
        if event.message[:1] != "{" or len(event.message) <= 3:
            return False
    return not may_any_be_wrapped([event.message for event in events])


def _read(events: Sequence[LogEvent]) -> tuple[list[Record | int], list[Lane]]:
    """Read the lines of every writer into records, in the order of their first lines but for those that waited."""
    records: list[Record | int] = []
    main = Lane(events, records)
    lanes: dict[str, Lane] = {}
    for at, event in enumerate(events):
        text: str = event.message
        if text[:1] == "{" and len(text) > 3 and text[1] != " " and not may_be_wrapped(text):
            main.begin(at, text)
            continue
        wrapping, lane = unwrap(text), main
        if wrapping is not None:
            text = wrapping.line
            lane = lanes.get(wrapping.writer) or lanes.setdefault(wrapping.writer, Lane(events, records))
            if wrapping.is_cut or lane.is_cut:
                lane.add_part(Piece(at, event, text, is_cut=wrapping.is_cut), wrapping)
                continue
        if may_continue(text):
            lane.add(Piece(at, event, text))
        else:
            lane.begin(at, text)
    for lane in lanes.values():
        lane.put_together()
    return records, [main, *lanes.values()]


def _came_whole(record: Record, events: Sequence[LogEvent]) -> bool:
    """Whether it is one log event of several lines: who hands those over leaves no rest for the next one."""
    first = record.pieces[0]
    has_lines = "\n" in first.text or "\r" in first.text
    return len(record.pieces) == len(first.at) == 1 and events[first.at[0]].ended_ms is None and has_lines


def _joined(record: Record, events: Sequence[LogEvent]) -> Stitched:
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
