"""The laws of stitching: no text and no line is lost, the order is kept, stitching again changes nothing, time is linear."""

import json
import time

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logrouter.model import LogEvent, RawText
from logrouter.stages.parsers.registry import JSON_PARSERS, TEXT_PARSERS
from logrouter.stages.stitching.line_shapes import Beginning
from logrouter.stages.stitching.stitch import beginning, open_ends, stitch, stitch_closely
from logrouter.stages.stitching.wrapping import unwrap
from logrouter.stages.traces.registry import LANGUAGES
from logrouter.stages.unwrap import unwrap_document, unwrap_text
from tests.unit.test_stitch_shapes import APART, ONE, firelens, partial

EXAMPLES = [
    line for each in (*JSON_PARSERS, *TEXT_PARSERS, *LANGUAGES) for text in each.examples for line in text.split("\n")
]
SHAPES = [line for lines in ONE.values() for line in lines] + [
    line for records in APART.values() for lines in records for line in lines
]
ODD = [
    "",
    " ",
    "\t",
    "\xa0",
    "{",
    "}",
    "[",
    "]",
    '"""',
    "a plain line",
    "  indented",
    "Error: x",
    "INFO: x",
    "\x1b[31mERROR x\x1b[0m",
]
LINES = st.one_of(st.sampled_from(EXAMPLES), st.sampled_from(SHAPES), st.sampled_from(ODD), st.text(max_size=30))
WRAPPED = st.one_of(
    LINES,
    LINES.map(firelens),
    LINES.map(lambda line: firelens(line, source="stdout")),
    LINES.map(lambda line: f"2026-11-20T06:28:40.7Z stderr F {line}"),
    LINES.map(lambda line: f"2026-11-20T06:28:40.7Z stderr P {line}"),
    st.builds(
        lambda line, number, last, name: partial(line, number, last=last, name=name),
        LINES,
        st.integers(1, 3),
        st.booleans(),
        st.sampled_from(["p1", "p2"]),
    ),
)
STEPS = st.one_of(st.just(0), st.integers(0, 400), st.integers(4_000, 6_000))


def events_of(lines, steps):
    """Log events in the order of their times, a few of them with line ends inside."""
    now, events = 0, []
    for number, (line, step) in enumerate(zip(lines, steps, strict=False)):
        now += step
        events.append(LogEvent(str(number), now, RawText(line), 1 + number % 3))
    return events


EVENTS = st.builds(events_of, st.lists(WRAPPED, max_size=30), st.lists(STEPS, min_size=30, max_size=30))
ENTIRE = st.builds(
    events_of,
    st.lists(st.lists(LINES, min_size=1, max_size=4).map("\n".join), max_size=20),
    st.lists(STEPS, min_size=20, max_size=20),
)


def told(text):
    """What a program wrote: without the wrapper."""
    wrapping = unwrap(text)
    return wrapping.line if wrapping else text


def is_interrupted(record, events):
    """Whether a line of the same writer stands between the lines of a record without being one of them."""
    writers = [writer_of(event.message) for event in events]
    first, last = record.made_of[0], record.made_of[-1]
    return any(writers[at] == writers[first] for at in set(range(first, last)) - set(record.made_of))


def writer_of(text):
    """Return whose line it is, as far as the wrapper says."""
    wrapping = unwrap(text)
    return wrapping.writer if wrapping else ""


@given(st.one_of(EVENTS, ENTIRE))
@settings(max_examples=600, deadline=None)
def test_no_line_and_no_text_is_lost(events):
    """Every log event is in exactly one stitched event, whose text holds its text, in order."""
    stitched = stitch_closely(events)

    assert sorted(at for one in stitched for at in one.made_of) == list(range(len(events)))
    for one in stitched:
        assert one.event.lines == sum(events[at].lines for at in one.made_of)
        rest = told(one.event.message)
        for at in one.made_of:
            text = told(events[at].message).rstrip("\r\n")
            assert text in rest
            rest = rest[rest.index(text) + len(text) :]
        assert rest.strip() == ""


@given(st.one_of(EVENTS, ENTIRE))
@settings(max_examples=400, deadline=None)
def test_the_order_is_kept(events):
    """Stitched events stand in the order of their first lines, with their ids and times, and lines in their own order."""
    stitched = stitch_closely(events)

    firsts = [one.made_of[0] for one in stitched]
    assert firsts == sorted(firsts)
    assert all(list(one.made_of) == sorted(one.made_of) for one in stitched)
    assert [one.event[:2] for one in stitched] == [events[at][:2] for at in firsts]


@given(st.one_of(EVENTS, ENTIRE))
@settings(max_examples=1500, deadline=None)
def test_stitching_again_changes_nothing(events):
    """What was stitched is stitched, where no record stood in the middle of another one of its writer.

    What did stands below the whole of the other one afterwards, and is looked at as what comes behind its last line.
    """
    stitched = stitch_closely(events)
    assume(not any(is_interrupted(one, events) for one in stitched))
    once = [one.event for one in stitched]

    assert stitch(once) == once


@given(EVENTS)
@settings(max_examples=300, deadline=None)
def test_the_edges_of_a_payload_can_be_judged(events):
    """What may go on is told by position: each end a record and the lines that wait behind it, none in two ends."""
    stitched = stitch(events)

    ends = open_ends(stitched)

    positions = [at for end in ends for at in end]
    assert len(set(positions)) == len(positions)
    assert all(0 <= at < len(stitched) for at in positions)
    assert beginning(stitched) in Beginning


@given(
    st.one_of(
        WRAPPED,
        st.dictionaries(
            st.sampled_from(["log", "message", "stream", "source", "kubernetes", "_p", "level", "ident", "docker"]),
            st.one_of(LINES, st.just({"pod_name": "p"})),
        ).map(json.dumps),
        st.builds(
            lambda line, unit: json.dumps({"MESSAGE": line, **unit}),
            LINES,
            st.sampled_from([{"PRIORITY": "6"}, {"_SYSTEMD_UNIT": "x.service"}, {}]),
        ),
    )
)
@settings(max_examples=600, deadline=None)
def test_what_is_stitched_in_a_wrapper_is_read_out_of_it(text):
    """A line that stitching sees in a wrapper is the line that the parsers see in it."""
    wrapping = unwrap(text)

    if wrapping is not None and wrapping.line.strip():
        document = json.loads(text) if text.startswith("{") else None
        read = unwrap_document(document, 0) if document is not None else unwrap_text(text, 0)
        assert read is not None
        inner = unwrap_text(read.line, 0) or read
        assert inner.line.strip() == wrapping.line.strip()


@given(st.lists(LINES, max_size=12))
@settings(max_examples=200, deadline=None)
def test_stitching_joins_no_line_that_begins_anew(lines):
    """A complete JSON line or a line with time and level stays an event of its own beginning."""
    marked = ['{"level":"error","msg":"x"}', "2026-11-20 10:00:00,123 ERROR shop x"]
    texts = [part for line in lines for part in (line, *marked)]
    events = [LogEvent(str(number), 0, RawText(text)) for number, text in enumerate(texts)]

    joined = stitch(events)

    beginnings = [event.message.split("\n")[0] for event in joined]
    assert [text for text in texts if text in marked] == [text for text in beginnings if text in marked]


def test_time_is_linear():
    """Ten times the lines take about ten times as long, whatever the lines are."""
    for line in [*SHAPES, firelens("    at f (/a.js:1:2)"), partial("x" * 50, 1, last=False), "x" * 50]:
        assert any(seconds_of([line] * 2_000) < 40 * seconds_of([line] * 200) + 0.05 for _ in range(3)), line


def seconds_of(lines):
    events = [LogEvent(str(at), at // 10, RawText(line)) for at, line in enumerate(lines)]
    start = time.process_time()
    stitch(events)
    return time.process_time() - start
