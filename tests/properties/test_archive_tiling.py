"""Laws of planning: windows tile time, whatever policies, requests and planners came before."""

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from logrouter.destinations.archive.window import GroupId, Window
from logrouter.jobs.archive_plan import Frontier, LogGroup, Request, extend, share, tile
from logrouter.policy.load import default_policy

HOUR_MS = 3_600_000
NOW = int(datetime(2026, 11, 20, 12, 34, 56, tzinfo=UTC).timestamp() * 1000)
GROUP = GroupId("123456789012", "ap-northeast-2", "/aws/pay/api/application")

instants = st.integers(NOW - 40 * 24 * HOUR_MS, NOW)
lengths = st.sampled_from([1, 2, 3, 4, 6, 8, 12, 24])


@given(instants, instants, lengths)
def test_tiles_cover_a_stretch_exactly(start, until, hours):
    """Tiles meet without gap or overlap, none is empty or longer than asked, and cuts lie on the clock."""
    spans = tile(start, until, hours * HOUR_MS)

    edges = [start, *[end for _, end in spans]] if spans else [start]
    assert spans == list(pairwise(edges))
    assert edges[-1] == max(start, until) if spans else start >= until
    assert all(0 < end - begin <= hours * HOUR_MS for begin, end in spans)
    assert all(end % (hours * HOUR_MS) == 0 for _, end in spans[:-1])


runs = st.lists(
    st.tuples(
        lengths,
        st.integers(0, 100),
        st.one_of(st.none(), st.integers(1, 30)),
        st.one_of(st.none(), instants),
        st.one_of(st.none(), instants),
    ),
    min_size=1,
    max_size=6,
)


@given(runs)
def test_every_sequence_of_plans_leaves_one_tiling(plans):
    """Whatever the policy, the retention and the operator say from run to run: no gap, no overlap, no future."""
    frontier, windows = None, []
    for hours, delay, retention, start, until in plans:
        archive = {**default_policy().section("archive"), "window_hours": hours, "delay_hours": delay}
        group = LogGroup(GROUP, NOW - 20 * 24 * HOUR_MS, retention)
        if start is not None and until is not None and start >= until:
            continue
        added = extend(group, frontier, Request(None, start, until), archive, NOW)
        if added:
            windows = sorted([*windows, *added])
            frontier = Frontier(windows[0].start_ms, windows[-1].end_ms)

    assert all(before.end_ms == after.start_ms for before, after in pairwise(windows))
    assert all(window.start_ms < window.end_ms <= NOW for window in windows)


@given(st.lists(st.integers(0, 6), max_size=8), st.integers(1, 20))
def test_sharing_takes_turns(sizes, limit):
    """No group gets a second window before every group that has one got its first."""
    queues = [
        [Window(GroupId("1", "r", str(name)), turn, turn + 1) for turn in range(size)]
        for name, size in enumerate(sizes)
    ]

    chosen = share(queues, limit)

    turns = [window.start_ms for window in chosen]
    assert len(chosen) == min(limit, sum(sizes))
    assert turns == sorted(turns)
