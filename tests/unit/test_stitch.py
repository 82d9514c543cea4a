"""Which lines become one log event, and which never do."""

import pytest

from logrouter.model import LogEvent, RawText
from logrouter.stages.stitching.continuation import CHARS_LIMIT, WAITING_LIMIT
from logrouter.stages.stitching.lanes import GAP_LIMIT_MS
from logrouter.stages.stitching.stitch import stitch

ERROR = "2026-11-20 10:00:00,123 ERROR shop charge failed"
INFO = "2026-11-20 10:00:00,124 INFO shop next"
TRACEBACK = ["Traceback (most recent call last):", '  File "/app/a.py", line 1, in f', "    g()", "ValueError: x"]
NODE = ["TypeError: x", "    at f (/app/a.js:1:2)", "    at node:internal/main:3:4"]
JAVA = ["java.lang.IllegalStateException: x", "\tat com.shop.A.b(A.java:1)", "Caused by: com.shop.E: y", "\t... 1 more"]
GO = ["panic: x", "", "goroutine 1 [running]:", "main.main()", "\t/app/main.go:5 +0x1d", "exit status 2"]


def joined(lines, step_ms=1):
    events = [LogEvent(str(at), at * step_ms, RawText(line)) for at, line in enumerate(lines)]
    return [event.message.split("\n") for event in stitch(events)]


@pytest.mark.parametrize("trace", [TRACEBACK, NODE, JAVA], ids=["python", "node", "java"])
def test_a_trace_joins_the_error_line_above_it(trace):
    """The line of the logger and the trace below it are one; the next line of the log is another."""
    assert joined([ERROR, *trace, INFO]) == [[ERROR, *trace], [INFO]]


@pytest.mark.parametrize("trace", [TRACEBACK, NODE, JAVA, GO], ids=["python", "node", "java", "go"])
def test_a_trace_does_not_join_what_is_no_error(trace):
    """A line that says information is none of the trace below it."""
    assert joined([INFO, *trace, INFO]) == [[INFO], trace, [INFO]]


def test_a_panic_begins_anew():
    """A panic is an event of its own, whatever the program logged before it died."""
    assert joined([ERROR, *GO]) == [[ERROR], GO]


@pytest.mark.parametrize("trace", [TRACEBACK, NODE, JAVA], ids=["python", "node", "java"])
def test_two_traces_in_a_row_stay_two(trace):
    """The title of a second trace begins a new event."""
    assert joined([*trace, *trace]) == [trace, trace]


def test_a_chain_of_python_is_one():
    """The sentences between linked exceptions hold them together."""
    chain = [*TRACEBACK, "", "During handling of the above exception, another exception occurred:", "", *TRACEBACK]

    assert joined([*chain, INFO]) == [chain, [INFO]]


def test_lines_of_a_message_join_when_frames_prove_it():
    """The second line of a message belongs to its title once frames follow, however little it looks like it."""
    lines = ["Error: first line", "second line", "    at f (/app/a.js:1:2)"]

    assert joined([*lines, INFO]) == [lines, [INFO]]


def test_lines_between_an_error_and_its_traceback_join():
    """What asyncio prints between its message and the traceback belongs to both."""
    lines = [ERROR, "future: <Task finished coro=<f()> exception=ValueError('x')>", *TRACEBACK]

    assert joined([*lines, INFO]) == [lines, [INFO]]


def test_lines_that_wait_in_vain_stay_alone():
    """Without frames nothing proves that a line belongs to the title above."""
    assert joined(["Error: first line", "second line", INFO]) == [["Error: first line"], ["second line"], [INFO]]


def test_no_more_than_a_few_lines_wait():
    """However long the log goes on without frames, little is held back."""
    lines = ["Error: x", *(f"line {number}" for number in range(WAITING_LIMIT + 5)), "    at f (/app/a.js:1:2)"]

    events = joined(lines)

    assert events[0] == ["Error: x"]
    assert sum(len(event) for event in events) == len(lines)


def test_indented_lines_join_the_line_above():
    """A statement printed over several lines is one event."""
    lines = ["2026-11-20 10:00:00 INFO sql", "  SELECT *", "    FROM x"]

    assert joined([*lines, INFO]) == [lines, [INFO]]


def test_json_lines_stay_alone():
    """A complete JSON line neither joins nor is joined."""
    lines = ['{"level":"error"}', "  indented", '  {"level":"info"}', '{"level":"info"}']

    assert joined(lines) == [[line] for line in lines]


def test_json_printed_over_several_lines_is_one():
    """An object that begins and ends on lines of its own is whole again."""
    lines = ["{", '  "level": "error",', '  "msg": "x"', "}"]

    assert joined([INFO, *lines, INFO]) == [[INFO], lines, [INFO]]


def test_a_pause_ends_a_trace():
    """What comes seconds later was not written at once."""
    assert joined(TRACEBACK, step_ms=GAP_LIMIT_MS + 1) == [[line] for line in TRACEBACK]


def test_a_joined_event_stays_below_the_limit():
    """However long a trace is, the joined event fits where CloudWatch's own would."""
    lines = [NODE[0], *(["    at f (/app/a.js:1:2)" + " " * 900] * 2000)]

    events = joined(lines)

    assert max(len("\n".join(event)) for event in events) <= CHARS_LIMIT
    assert sum(len(event) for event in events) == len(lines)


def test_a_joined_event_has_id_and_time_of_its_first():
    """Ids that we derive depend on the first line alone, and the books count every line."""
    events = [LogEvent("a", 5, RawText(ERROR), 1, 9), LogEvent("b", 6, RawText("  more"), 2)]

    assert stitch(events) == [LogEvent("a", 5, RawText(f"{ERROR}\n  more"), 3, 9, 6)]


def test_nothing_gives_nothing():
    """No events, no events."""
    assert stitch([]) == []
