"""Laws of reconciling: what is there is never missed, what is lost or doubled is always found, others never matter."""

import json
from dataclasses import replace
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logrouter.destinations.langfuse_book import DAY_MS, HOUR_MS, Booked, Entry, day_of, packed, unpacked
from logrouter.destinations.langfuse_figures import MOST_GROUPS, Checked, Verdict
from logrouter.jobs import reconcile_llm as job
from tests.llm_days import DAY, PLACE, START_MS, Shown, booked, by_id

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How fast a machine draws examples is no law."""

NOW_MS = START_MS + 2 * DAY_MS
GRACE_MS = 900_000

costs = st.none() | st.integers(0, 10**10).map(lambda cents: Decimal(cents).scaleb(-8))
"""Coarser than what counts as rounding."""
calls_of_a_day = st.lists(
    st.builds(
        Booked,
        observation_id=st.integers(1, 2**63).map(lambda number: f"{number:016x}"),
        start_ms=st.integers(START_MS, START_MS + DAY_MS - 1),
        tokens=st.integers(0, 10**8),
        cost=costs,
        environment=st.sampled_from(["prod", "staging"]),
        model=st.sampled_from(["gpt-4o", "claude", ""]),
        place=st.just(PLACE),
        logged_ms=st.integers(START_MS, START_MS + DAY_MS),
        delivered_ms=st.just(START_MS + DAY_MS),
    ),
    max_size=60,
    unique_by=lambda call: call.observation_id,
)
foreign_rows = st.integers(0, 5)


def run(calls: list[Booked], shown: Shown, *, with_sums: bool, exact_up_to: int, now_ms: int = NOW_MS) -> Checked:
    """Reconcile a day, going on after each window as if the run had been cut off there."""
    checked = job.begin(DAY, by_id(calls), shown.sums() if with_sums else None, exact_up_to=exact_up_to)
    for _ in range(25):
        checked = Checked.of_dict(json.loads(json.dumps(checked.as_dict())))
        window = next(job.windows_of(DAY, calls, checked.hours, checked.until_ms), None)
        if window is None:
            break
        rows = shown.rows(window.since_ms, window.until_ms)
        checked.finding.add(job.compare(window.calls, rows, now_ms=now_ms, grace_ms=GRACE_MS))
        checked.until_ms = window.until_ms
    job.finish(checked)
    return checked


@unhurried
@given(calls_of_a_day, foreign_rows, st.booleans(), st.sampled_from([0, 30, 1_000]))
def test_what_is_there_once_differs_in_nothing(calls, foreign, with_sums, exact_up_to):
    """Whatever other writers do, and however a day is read: each call there once is no difference."""
    checked = run(calls, Shown(calls, {}, foreign), with_sums=with_sums, exact_up_to=exact_up_to)

    assert checked.verdict is Verdict.OK
    assert (checked.finding.differing, checked.unbooked, checked.finding.missing) == ([], 0, [])
    assert (checked.finding.total.calls, checked.finding.total.tokens) == (len(calls), sum(c.tokens for c in calls))
    assert checked.finding.total.cost == sum((call.cost or 0 for call in calls), Decimal(0))


@unhurried
@given(calls_of_a_day, st.data(), foreign_rows, st.booleans())
def test_each_lost_and_each_doubled_call_is_found(calls, data, foreign, with_sums):
    """Compared by their ids, exactly the lost are missing and exactly the copies are extra, with what they cost."""
    copies = {call.observation_id: data.draw(st.integers(0, 3)) for call in calls}
    checked = run(calls, Shown(calls, copies, foreign), with_sums=with_sums, exact_up_to=1_000)
    total = checked.finding.total

    assert set(checked.finding.missing) == {each for each, count in copies.items() if count == 0}
    assert total.missing == sum(count == 0 for count in copies.values())
    assert total.extra == sum(count - 1 for count in copies.values() if count > 1)
    assert total.tokens_off == sum(call.tokens * (copies[call.observation_id] - 1) for call in calls)
    assert total.cost_off == sum((call.cost or 0) * (copies[call.observation_id] - 1) for call in calls)
    assert (checked.verdict is Verdict.LOSS) == (total.missing > 0)
    assert (checked.verdict is Verdict.DOUBLE) == (total.missing == 0 and total.extra > 0)


@unhurried
@given(calls_of_a_day, st.data(), st.sampled_from([0, 2, 3]))
def test_sums_alone_miss_no_loss_and_no_doubling(calls, data, copies_of_some):
    """Where only some calls are lost, or only some doubled, the hours they are in do not agree, and each is found."""
    some = data.draw(st.sets(st.sampled_from([call.observation_id for call in calls]))) if calls else set()
    checked = run(calls, Shown(calls, dict.fromkeys(some, copies_of_some)), with_sums=True, exact_up_to=0)

    assert checked.finding.total.missing == (len(some) if copies_of_some == 0 else 0)
    assert checked.finding.total.extra == max(0, copies_of_some - 1) * len(some)


@unhurried
@given(calls_of_a_day, st.data(), st.integers(0, GRACE_MS - 1))
def test_what_may_only_be_late_never_alarms(calls, data, age_ms):
    """A call that was acknowledged within the grace is late, not lost."""
    copies = {call.observation_id: data.draw(st.integers(0, 1)) for call in calls}
    now_ms = START_MS + DAY_MS + age_ms
    checked = run(calls, Shown(calls, copies), with_sums=True, exact_up_to=0, now_ms=now_ms)

    assert checked.verdict is (Verdict.LATE if 0 in copies.values() else Verdict.OK)
    assert checked.finding.missing == []


@unhurried
@given(calls_of_a_day, st.sets(st.integers(0, 23)))
def test_windows_hold_each_call_of_their_hours_once(calls, hours):
    """Windows do not overlap, go up, and hold exactly the calls of the hours that are asked for."""
    windows = list(job.windows_of(DAY, calls, hours))
    held = [call.observation_id for window in windows for call in window.calls]
    bounds = [bound for window in windows for bound in (window.since_ms, window.until_ms)]

    assert sorted(held) == sorted(c.observation_id for c in calls if (c.start_ms - START_MS) // HOUR_MS in hours)
    assert bounds == sorted(bounds)
    assert all(w.since_ms <= call.start_ms < w.until_ms for w in windows for call in w.calls)


@unhurried
@given(calls_of_a_day)
def test_an_entry_is_read_as_it_was_written(calls):
    """Packing keeps every call to the last decimal; the name of an entry is a function of its calls, not their order."""
    finest = Decimal("1e-12")
    calls = [replace(call, cost=call.cost and call.cost + finest) for call in calls]
    entry = Entry("default", DAY, tuple(calls))
    fields = packed(entry)
    read = unpacked(DAY, fields["route"], fields["at"], fields["calls"], fields["groups"], fields["places"])

    assert read == entry
    assert len(fields["calls"]) == 32 * len(calls)
    assert Entry("default", DAY, tuple(reversed(calls))).name == entry.name
    assert Entry("other", DAY, tuple(calls)).name != entry.name


@unhurried
@given(st.integers(-(10**12), 10**15))
def test_every_moment_has_a_day(moment_ms):
    """A start that no calendar has still gets a day, so that its call is booked."""
    assert len(day_of(moment_ms)) == 10


def test_many_models_stay_few_lines():
    """Groups beyond the bound are one, and no figure is lost with their names."""
    calls = [booked(number, model=f"m{number}") for number in range(700)]
    shown = Shown(calls, dict.fromkeys([calls[-1].observation_id], 0))
    checked = run(calls, shown, with_sums=False, exact_up_to=0)

    assert len(checked.finding.groups) == MOST_GROUPS + 1
    assert (checked.finding.total.calls, checked.finding.total.missing) == (700, 1)
    assert checked.finding.worst(5)[0][1].missing == 1
