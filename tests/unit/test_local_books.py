"""The demo's books add up what functions logged, and say so when log and metrics disagree."""

from collections import Counter

import pytest

from logrouter.model import DropReason, Tally
from logrouter_local.books import Books, compare, read_books, read_metrics
from logrouter_local.progress import Progress
from logrouter_local.stack import LOCAL_POLICY, Stack
from logrouter_local.supervisor import StackError


class FakeLogs:
    """A logs client that holds the lines of one group."""

    def __init__(self, lines):
        self.lines = lines

    def get_paginator(self, _name):
        return self

    def paginate(self, **_):
        return [{"events": [{"message": line} for line in self.lines]}]


@pytest.fixture
def logged(capsys):
    """A stack whose forward_errors logged two invocations through the real telemetry."""
    from logrouter.adapters.telemetry import Telemetry

    telemetry = Telemetry("forward_errors")
    first = Tally(received=5, delivered=2, handed_over=1, masked=Counter({"card": 3}))
    first.drop(DropReason.NOT_SELECTED, 2)
    telemetry.report(first)
    telemetry.report(Tally(source="retry", received=1, delivered=1))
    stack = Stack(None, None, None)
    lines = ["START RequestId: 1", *capsys.readouterr().out.splitlines(), "{not json"]
    stack.aws = lambda _service: FakeLogs(lines)
    return stack


def test_settled_lines_and_metrics_say_the_same(logged):
    """The books by source and the sums of the metrics are read from the lines that the functions really write."""
    books, metrics = read_books(logged, "forward_errors"), read_metrics(logged, "forward_errors")

    assert books["subscription"].dropped == Counter({"not_selected": 2})
    assert books["subscription"].masked == Counter({"card": 3})
    assert books["retry"].delivered == 1
    assert all(each.is_balanced for each in books.values())
    assert metrics["DroppedRecords", "not_selected"] == 2
    assert compare(books, metrics) == []


def test_a_lost_record_shows():
    """An invocation whose tally does not add up makes the books unbalanced, even when another makes up for it."""
    books = Books()
    books.add(Tally(received=3, delivered=2).as_dict())
    books.add(Tally(received=1, delivered=2).as_dict())

    assert books.received == books.delivered
    assert not books.is_balanced
    assert compare({"subscription": books}, {}) == [
        "ReceivedRecords: 0 in the metrics, 4 in the log",
        "DeliveredRecords: 0 in the metrics, 4 in the log",
    ]


def test_waiting_ends_with_the_last_state():
    """What does not come in time is an error that says how far it came."""
    with pytest.raises(StackError, match=r"arrival: not within 0 s; the last state was: 3 of 4"):
        Progress(is_quiet=True).wait("arrival", lambda: (False, "3 of 4"), within_s=0, check=lambda: None)


def test_the_local_policy_is_a_valid_overlay():
    """What the demo puts into the policy bucket is accepted by the same loader as a team's own document."""
    import json

    from logrouter.policy.load import load_policy

    policy = load_policy(json.dumps(LOCAL_POLICY))

    assert {kind["filter_pattern"] for kind in policy.section("log_groups")["kinds"]} == {""}
