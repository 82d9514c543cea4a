"""The job of reconcile_llm, case by case: which hours are read, what counts as ours, and which days are looked at."""

from dataclasses import replace
from decimal import Decimal

import pytest

from logrouter.destinations.langfuse_figures import LISTED, Finding, Row, Sum, Verdict
from logrouter.errors import UnsupportedEventError
from logrouter.jobs import reconcile_llm as job
from tests.llm_days import DAY, START_MS, Shown, booked, by_id

NOON_MS = START_MS + 36 * 3_600_000


def test_hours_that_langfuse_priced_itself_are_not_read():
    """Calls that were sent without a cost agree by number and tokens: what Langfuse makes of their price is its own."""
    calls = [booked(number, cost=None) for number in range(3)]
    sums = [replace(each, cost=Decimal(7)) for each in Shown(calls, {}).sums()]

    assert job.differing_hours(DAY, calls, sums) == frozenset()


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"rows": 2}, {0}),
        ({"tokens": 299}, {0}),
        ({"cost": Decimal("0.0074")}, {0}),
        ({"cost": Decimal("0.0075")}, set()),
    ],
)
def test_an_hour_differs_by_number_tokens_or_cost(changed, expected):
    """Each of the three alone has its ids read; all three as booked have none."""
    calls = [booked(number) for number in range(3)]
    (shown,) = Shown(calls, {}).sums()

    assert job.differing_hours(DAY, calls, [replace(shown, **changed)]) == expected


def test_rows_of_an_environment_that_is_not_ours_are_not_unbooked():
    """Another installation's environment in the same project says nothing of our book."""
    calls = [booked(1)]
    sums = [*Shown(calls, {}).sums(), Sum(3, ("staging", "gpt-4o"), 40, 4_000, Decimal(1))]
    checked = job.begin(DAY, by_id(calls), sums, exact_up_to=0)
    job.finish(checked)

    assert (checked.told, checked.unbooked, checked.verdict) == (1, 0, Verdict.OK)


def test_a_book_that_lacks_entries_is_said_to():
    """More rows of ours than were booked, and nothing missing: the book is incomplete, and no alarm is raised."""
    calls = [booked(1)]
    (shown,) = Shown(calls, {}).sums()
    checked = job.begin(DAY, by_id(calls), [replace(shown, rows=4, tokens=400)], exact_up_to=0)
    rows = [Row(calls[0].observation_id, 100, calls[0].cost)]
    checked.finding.add(job.compare(calls, rows, now_ms=NOON_MS, grace_ms=0))
    job.finish(checked)

    assert (checked.unbooked, checked.verdict) == (3, Verdict.INCOMPLETE_BOOK)


def test_the_list_of_the_missing_is_bounded_and_their_number_is_not():
    """A day that is lost as a whole is counted to the last call, and kept small."""
    calls = [booked(number) for number in range(1_400)]
    finding = Finding()
    for part in (calls[:700], calls[700:]):
        finding.add(job.compare(part, [], now_ms=NOON_MS, grace_ms=0))

    assert (finding.total.missing, len(finding.missing)) == (1_400, LISTED)


def test_a_row_that_says_less_is_seen_though_it_is_there():
    """Langfuse replaces whole rows: a later, poorer copy shows in tokens and cost, and is no loss."""
    calls = [booked(1)]
    finding = job.compare(calls, [Row(calls[0].observation_id, 0, None)], now_ms=NOON_MS, grace_ms=0)

    assert job.judge(finding, 0) is Verdict.OK
    assert finding.differing == [
        {
            "environment": "prod",
            "model": "gpt-4o",
            "calls": 1,
            "tokens": 100,
            "cost": "0.0025",
            "missing": 0,
            "late": 0,
            "extra": 0,
            "tokens_off": -100,
            "cost_off": "-0.0025",
        }
    ]


def test_the_days_of_a_run():
    """Without a name: the last days that are over, then those that were not well, each once; today is never asked."""
    order = job.order_of({}, now_ms=NOON_MS, days=2, still_open=["2026-11-20", "2026-11-12"], resends=True)

    assert order.days == ("2026-11-20", "2026-11-19", "2026-11-12")
    assert (order.afresh, order.resends) == (False, True)


def test_days_by_name():
    """Named days are read anew, in their order, each once, and sent again only with leave of the event."""
    event = {"days": ["2026-11-01", "2026-10-31", "2026-11-1"], "resend": False}
    order = job.order_of(event, now_ms=NOON_MS, days=2, still_open=(), resends=True)

    assert (order.days, order.afresh, order.resends) == (("2026-11-01", "2026-10-31"), True, False)
    with pytest.raises(UnsupportedEventError):
        job.order_of({"days": ["2026-02-30"]}, now_ms=NOON_MS, days=2, still_open=(), resends=False)
