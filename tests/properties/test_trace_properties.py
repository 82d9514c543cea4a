"""The laws of reading stack traces: cut anywhere they keep what was there, and they take time in proportion."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from logrouter.model import ErrorInfo
from logrouter.stages.traces.registry import read_trace

SAMPLES = Path(__file__).parent.parent / "samples" / "traces"
TRACES = {
    path.relative_to(SAMPLES).as_posix(): path.read_bytes().decode().rstrip("\n") for path in SAMPLES.rglob("*.txt")
}
SIZE = 1_000_000
CUTS = 40
"""So many places are tried in a long trace."""


def errors_of(error: ErrorInfo | None) -> Iterator[ErrorInfo]:
    """An exception, its causes and its members."""
    if error is not None:
        yield error
        yield from errors_of(error.cause)
        for member in error.members:
            yield from errors_of(member)


def places_of(text: str) -> set[tuple[str, int | None]]:
    trace = read_trace(text)
    errors = errors_of(trace.error) if trace else ()
    frames = [frame for error in errors for frame in error.frames if frame.line]
    return {((frame.file or "").replace("\\", "/").rpartition("/")[2], frame.line) for frame in frames}


@pytest.mark.parametrize("name", sorted(TRACES))
def test_a_trace_cut_anywhere_keeps_what_was_there(name):
    """A trace whose end is missing shows the frames that it still has, but for one alone; none raises."""
    lines = TRACES[name].split("\n")
    whole, is_recognised = places_of(TRACES[name]), False

    for end in range(1, len(lines), 1 + len(lines) // CUTS):
        text = "\n".join(lines[:end])
        places = places_of(text)
        is_recognised = is_recognised or bool(places)
        told = {place for place in whole if _is_told(place, lines[:end])}
        assert places <= whole | {place for place in places if _is_told(place, lines[:end])}
        assert told <= places or len(told) < 2 or not is_recognised, (end, told - places)


@pytest.mark.parametrize("name", sorted(TRACES))
def test_a_trace_without_its_beginning(name):
    """The rest of a trace, from any line on, is read or refused, and keeps its text."""
    lines = TRACES[name].split("\n")

    for start in range(1, len(lines), 1 + len(lines) // CUTS):
        trace = read_trace("\n".join(lines[start:]))
        assert trace is None or all(
            frame.line is None or frame.line > 0 for e in errors_of(trace.error) for frame in e.frames
        )


LONGER = [
    *(f"python/{kind}-3.13.txt" for kind in ("cause", "group", "multi_line_source", "repeated", "fault", "pool")),
    *(f"node/{kind}.txt" for kind in ("cause", "aggregate", "cycle", "uncaught_cause", "multi_line_message")),
    *(f"java/{kind}.txt" for kind in ("deep", "suppressed_cause", "blank_lines", "circular")),
    *(f"go/{kind}.txt" for kind in ("goroutine", "wrapped-wrapped", "repanicked")),
    *(f"dotnet/{kind}.txt" for kind in ("aggregate", "deep")),
    *("ruby/three_causes.txt", "ruby/multi_line.txt", "php/deep.txt", "php/logged.txt"),
    *("rust/full.txt", "rust/anyhow_backtrace.txt"),
]


@pytest.mark.parametrize("name", LONGER)
def test_a_megabyte_takes_its_share_of_time(name):
    """Four times as long a trace takes about four times as long to read, whichever of its lines makes it long."""
    lines = TRACES[name].split("\n")
    middle = len(lines) // 2

    for unit, before, after in ((lines, [], []), (lines[middle : middle + 2], lines[:middle], lines[middle:])):
        short, long = ("\n".join([*before, *unit * _times(unit, size), *after]) for size in (SIZE // 4, SIZE))
        assert any(_seconds_for(long) < 10 * _seconds_for(short) + 0.2 for _ in range(3)), unit


def _times(unit: list[str], chars: int) -> int:
    return 1 + chars // (sum(map(len, unit)) + len(unit))


def _seconds_for(text: str) -> float:
    start = time.process_time()
    read_trace(text)
    return time.process_time() - start


def _is_told(place: tuple[str, int | None], lines: list[str]) -> bool:
    name, line = place
    pattern = re.compile(rf"(?<![\w.]){re.escape(name)}(?:\W|\W[^\n]*?\D){line}(?!\d)")
    return any(name in text and not text.startswith("#<Thread:") and pattern.search(text) for text in lines)
