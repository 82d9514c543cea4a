"""Lines without a shape: below an error they are its message where every record has a head, and nothing elsewhere."""

import pytest

from logrouter.model import LogEvent, RawText
from logrouter.stages.stitching.lanes import AT_ONCE_MS, BEGINS_LIMIT_MS
from logrouter.stages.stitching.stitch import stitch

ERROR = "2026-11-20 10:00:00,123 ERROR shop cannot reach stock"
WARNING = "2026-11-20 10:00:00,123 WARNING shop slow"
INFO = "2026-11-20 10:00:00,124 INFO shop next"
JSON = '{"level":"info","msg":"x"}'
TRACEBACK = ["Traceback (most recent call last):", '  File "/app/a.py", line 1, in f', "    g()", "ValueError: x"]
GROUP = [
    "  + Exception Group Traceback (most recent call last):",
    '  |   File "/app/a.py", line 1, in f',
    "  | ExceptionGroup: x (1 sub-exception)",
    "  +------------------------------------",
]
PG = "2026-11-20 02:00:00.123 UTC"


def joined(*lines, pauses=()):
    """The records of a log whose lines come at once, but for pauses of milliseconds before lines of these numbers."""
    now, events = 0, []
    for at, line in enumerate(lines):
        now += dict(pauses).get(at, 0)
        events.append(LogEvent(str(at), now, RawText(line)))
    return [event.message.split("\n") for event in stitch(events)]


@pytest.mark.parametrize(
    "lines",
    [
        ["reason: connection refused"],
        ["<fault>", "  <code>5</code>", "</fault>"],
        ["{", '  "code": 5', "}"],
        ["- mail is missing", "- name is too short"],
        ["", "Description:", "", "Port 8080 was already in use."],
        ["00000000  de ad be ef  |....|"],
    ],
)
def test_a_message_of_several_lines(lines):
    """What was written with the error line belongs to it, where all other records begin as a logger begins them."""
    assert joined(INFO, ERROR, *lines, INFO, pauses={(len(lines) + 2, 200)}) == [[INFO], [ERROR, *lines], [INFO]]


def test_text_behind_a_traceback():
    """Python prints further lines of the message, and notes, below the exception."""
    lines = [ERROR, *TRACEBACK, "DETAIL:  Key (id)=(12) already exists.", "", "[SQL: INSERT INTO orders]"]

    assert joined(*lines, INFO) == [lines, [INFO]]


@pytest.mark.parametrize("around", [(["done"], []), ([], ["done"])], ids=["above", "below"])
def test_a_log_in_which_somebody_prints(around):
    """Where any record of the payload has no head, a line without one is not taken for a message."""
    above, below = around
    lines = [*above, ERROR, "reason: x", INFO, *below]

    assert joined(*lines) == [[line] for line in lines]


def test_a_line_that_comes_later():
    """What was not written at once with the error is a record of its own."""
    assert joined(ERROR, "reason: x", INFO, pauses={(1, AT_ONCE_MS + 1)}) == [[ERROR], ["reason: x"], [INFO]]


@pytest.mark.parametrize("head", [INFO, WARNING, "ERROR: x", "[ERROR]\t2026-11-20T02:00:00.123Z\tx\ty", JSON])
def test_only_a_dated_line_of_an_error_owns_text(head):
    """Below information, warnings, JSON and lines of Lambda's Python, a line without a shape stays itself."""
    assert joined(head, "a line", INFO) == [[head], ["a line"], [INFO]]


def test_an_access_line_is_no_message():
    """A line that is complete belongs to nothing."""
    access = 'client - - "GET / HTTP/1.1" 502 157'

    assert joined(ERROR, access, INFO) == [[ERROR], [access], [INFO]]


def test_a_word_between_frames_says_nothing_of_the_message():
    """What stood between the lines of a traceback that went on is foreign, and so is the next line of its kind."""
    lines = [ERROR, *TRACEBACK[:3], "somebody printed: this", TRACEBACK[3], INFO, ERROR, "reason: x", INFO]

    assert joined(*lines)[-3:] == [[ERROR], ["reason: x"], [INFO]]


class TestBeginnings:
    @pytest.mark.parametrize("above", [INFO, JSON, "done"])
    def test_a_group_of_exceptions_begins_anew(self, above):
        """Although its first line is indented, a group is no part of the record above."""
        assert joined(above, *GROUP, INFO) == [[above], GROUP, [INFO]]

    def test_a_group_below_an_error(self):
        """A logger that prints a group prints it below its line."""
        assert joined(ERROR, *GROUP, INFO) == [[ERROR, *GROUP], [INFO]]

    def test_a_logger_that_indents(self):
        """An indented line with time and level is a record of its own."""
        assert joined(ERROR, f"  {INFO}") == [[ERROR], [f"  {INFO}"]]

    def test_a_traceback_that_comes_later(self):
        """A traceback a second after an error line is another failure."""
        assert joined(ERROR, *TRACEBACK, pauses={(1, BEGINS_LIMIT_MS + 1)}) == [[ERROR], TRACEBACK]

    def test_frames_that_come_later(self):
        """A pause within a trace ends nothing: a process without CPU time writes slowly."""
        assert joined(ERROR, *TRACEBACK, pauses={(3, BEGINS_LIMIT_MS + 1)}) == [[ERROR, *TRACEBACK]]


class TestWriters:
    def test_details_of_two_sessions(self):
        """PostgreSQL's details go to the error of their session, whichever was told last."""
        lines = [f"{PG} [{pid}] app@shop {what}" for what in ("ERROR:  x", "STATEMENT:  select") for pid in (1, 2)]

        assert joined(*lines) == [[lines[0], lines[2]], [lines[1], lines[3]]]

    def test_json_between_the_lines_of_a_traceback(self):
        """Below a JSON line that another thread wrote the traceback goes on, wherever it was interrupted."""
        for at in (2, 3):
            assert joined(*TRACEBACK[:at], JSON, *TRACEBACK[at:]) == [TRACEBACK, [JSON]]

    def test_indented_lines_below_json(self):
        """An indented line below a JSON line belongs to no trace that was complete."""
        assert joined(*TRACEBACK, JSON, "  warming up") == [TRACEBACK, [JSON], ["  warming up"]]

    def test_lines_of_npm(self):
        """What npm says of a command that failed is one record, and none of the program's trace."""
        npm = ["npm ERR! code ELIFECYCLE", "npm ERR! errno 1"]

        assert joined("TypeError: x", "    at f (/app/a.js:1:2)", *npm)[1:] == [npm]
