"""What is shown of a deployment that failed."""

from logrouter_local.artifacts import LAST_LINES, telling_lines

FAILED = [
    "CREATE_FAILED  AWS::CloudWatch::Alarm  GuardsAlarm  is not",
    "                                       supported",
]


def test_the_reason_stands_before_the_roll_back():
    """The resource that could not be made is shown although a long roll-back follows."""
    rolled_back = [f"DELETE_COMPLETE  resource {number}" for number in range(100)]

    shown = telling_lines(["CREATE_COMPLETE  a", *FAILED, *rolled_back])

    assert (shown[:2], shown[-LAST_LINES:]) == (FAILED, rolled_back[-LAST_LINES:])


def test_other_failures_show_their_end():
    """Of a program without resources the last lines are shown, once."""
    lines = [f"line {number}" for number in range(40)]

    assert telling_lines(lines) == lines[-LAST_LINES:]
    assert telling_lines(FAILED) == FAILED
