"""The budget of an issue: which occurrences are sent, which are held back and why, and which one becomes the report."""

from collections import Counter

import pytest

from logrouter.model import DropReason, Occurrence
from logrouter.stages.ration import Candidate, WithinEvent, allowed, ration
from tests.unit.issues import NOW_MS, issue, record

HOUR_MS = 3_600_000


class Reporting(WithinEvent):
    """Counts from a given number on; says yes to every report, and remembers who was asked."""

    def __init__(self, start=0):
        self.start = start
        self.shares = []
        self.claimed = []

    def before(self, shares, left_s):
        self.shares += shares
        return [self.start + found for found in super().before(shares, left_s)]

    def claim_reports(self, shares, left_s):
        self.claimed += shares
        return [True] * len(shares)


def rules(events=0, minutes=60, **lists):
    return {"budget": {"events": events, "minutes": minutes}, **lists}


def storm(count, payload="p1", route="default", **changes):
    return [Candidate(issue(record(**changes)), route, payload) for _ in range(count)]


def fates(rationed):
    return [one.fate if isinstance(one.fate, DropReason) else one.fate.occurrence.number for one in rationed]


def test_the_budget_goes_one_by_one_and_then_only_what_doubles_it():
    """Of 20 with a budget of 3: the first three, the 6th and the 12th."""
    rationed = ration(storm(20), rules(events=3), WithinEvent(), lambda: 60)

    kept = [fate for fate in fates(rationed) if fate is not DropReason.OVER_BUDGET]
    assert kept == [1, 2, 3, 6, 12]


def test_one_in_so_many_is_sent_the_first_one_always():
    """Sampling counts by position: the 1st, 4th, 7th; the others are sampled out."""
    sampling = [{"id": "x", "match": {"message": "*"}, "keep_one_in": 3}]

    rationed = ration(storm(8), rules(sampling=sampling), WithinEvent(), lambda: 60)

    out = DropReason.SAMPLED_OUT
    assert fates(rationed) == [1, out, out, 4, out, out, 7, out]


def test_sampling_and_budget_hold_together():
    """The budget counts what sampling keeps: of one in 2 and a budget of 2 the 1st, 3rd and 7th go."""
    sampling = [{"id": "x", "match": {"message": "*"}, "keep_one_in": 2}]

    rationed = ration(storm(8), rules(events=2, sampling=sampling), WithinEvent(), lambda: 60)

    out, over = DropReason.SAMPLED_OUT, DropReason.OVER_BUDGET
    assert fates(rationed) == [1, out, 3, out, over, out, 7, out]


@pytest.mark.parametrize(
    ("number", "budget", "keep_one_in", "held_back"),
    [(1, 5, 1, 0), (5, 5, 1, 0), (6, 5, 1, 1), (10, 5, 1, 4), (11, 5, 1, 5), (100_000, 5_000, 1, 94_996), (9, 0, 1, 0),
     (9, 0, 4, 6), (100, 5, 10, 94)],
)  # fmt: skip
def test_the_number_says_how_many_were_held_back(number, budget, keep_one_in, held_back):
    """What an event states of the others is a function of its number and the rule."""
    assert Occurrence(number, 0, 60, budget, keep_one_in).held_back == held_back


def test_issues_windows_and_routes_have_budgets_of_their_own():
    """A counter is one issue, in one project, in one window of the records' own time."""
    candidates = [
        *storm(2),
        *storm(2, route="payments"),
        *storm(2, timestamp_ms=NOW_MS + HOUR_MS),
        Candidate(issue(record(), fingerprint=("other",)), "default", "p1"),
    ]

    rationed = ration(candidates, rules(events=1), WithinEvent(), lambda: 60)

    assert fates(rationed) == [1, 2, 1, 2, 1, 2, 1]


def test_a_window_begins_at_a_whole_multiple_of_its_length():
    """The same records are in the same window, whoever counts them and whenever."""
    (one,) = ration(storm(1), rules(events=1, minutes=15), WithinEvent(), lambda: 60)

    start_ms = one.fate.occurrence.window_start_ms
    assert (start_ms % (15 * 60_000), 0 <= NOW_MS - start_ms < 15 * 60_000) == (0, True)


def test_numbers_go_on_from_what_was_counted_elsewhere():
    """What other payloads and containers had comes first."""
    assert fates(ration(storm(2), rules(events=5), Reporting(start=3), lambda: 60)) == [4, 5]


def test_each_payload_has_a_share_of_its_own():
    """Two payloads of one event are asked for separately, each counter once."""
    asked = Reporting()

    ration([*storm(2), *storm(3, payload="p2")], rules(events=9), asked, lambda: 60)

    assert [(share.payload, share.occurrences) for share in asked.shares] == [("p1", 2), ("p2", 3)]


def test_the_last_one_held_back_is_the_report():
    """It carries its own number and names its counter; the others before it are dropped."""
    rationed = ration(storm(5), rules(events=2), Reporting(), lambda: 60)

    over = DropReason.OVER_BUDGET
    assert fates(rationed) == [1, 2, over, 4, 5]
    assert [one.counter is not None for one in rationed] == [False] * 4 + [True]


def test_what_counting_took_is_no_longer_left_for_the_report():
    """Each question is told the time that there is when it is asked."""
    times, told = iter([5.0, 0.2]), []

    class Told(Reporting):
        def before(self, shares, left_s):
            told.append(left_s)
            return super().before(shares, left_s)

        def claim_reports(self, shares, left_s):
            told.append(left_s)
            return super().claim_reports(shares, left_s)

    ration(storm(5), rules(events=2), Told(), lambda: next(times))

    assert told == [5.0, 0.2]


def test_no_report_is_asked_for_when_all_are_sent():
    """Without anything held back there is nothing to tell."""
    asked = Reporting()

    rationed = ration(storm(3), rules(events=3), asked, lambda: 60)

    assert (fates(rationed), asked.claimed) == ([1, 2, 3], [])


def test_without_a_bound_nobody_is_asked():
    """No budget and no sampling: nothing is counted, and events are as they always were."""
    asked = Reporting()

    rationed = ration(storm(3), rules(events=0), asked, lambda: 60)

    assert (asked.shares, [one.fate.occurrence for one in rationed]) == ([], [None] * 3)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"service": "payments-api"}, (0, 60, 1)),
        ({"service": "gateway"}, (9, 5, 1)),
        ({"service": "orders"}, (100, 60, 1)),
        ({"service": "orders", "path": "/health"}, (100, 60, 10)),
    ],
)
def test_the_first_entry_that_matches_decides(changes, expected):
    """Entries of `budgets` stand over the default, with its minutes where they name none."""
    section = rules(
        events=100,
        budgets=[
            {"id": "off", "match": {"service": "*"}, "events": 1, "enabled": False},
            {"id": "pay", "match": {"service": "payments-*"}, "events": 0},
            {"id": "gate", "match": {"service": "gateway"}, "events": 9, "minutes": 5},
        ],
        sampling=[{"id": "probes", "match": {"path": "/health*"}, "keep_one_in": 10}],
    )

    found = allowed(issue(record(**changes)), section)

    assert (found.budget, found.window_minutes, found.keep_one_in) == expected


def test_an_issue_that_cannot_be_told_apart_is_still_counted(monkeypatch):
    """A fault in finding the issue's key must not let a storm through, nor cost the batch."""
    monkeypatch.setattr("logrouter.stages.ration.issue_key", lambda issue: 1 / 0)

    rationed = ration(storm(9), rules(events=2), WithinEvent(), lambda: 60)

    assert Counter(fate for fate in fates(rationed) if fate is DropReason.OVER_BUDGET) == {DropReason.OVER_BUDGET: 5}
