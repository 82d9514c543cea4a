"""What the planner decides: when a window is old enough, whose turn it is, and when the watermark lags."""

import pytest

from logrouter.destinations.archive.layout import DAY_MS, HOUR_MS
from logrouter.destinations.archive.window import GroupId, Window, WindowState
from logrouter.jobs import archive_plan as job
from logrouter.policy.load import default_policy

ARCHIVE = {**default_policy().section("archive"), "delay_hours": 48, "window_hours": 24, "short_retention_days": 3}
GROUP = GroupId("123456789012", "ap-northeast-2", "/aws/pay/api/application")
NOW_MS = 20_000 * DAY_MS


def group(retention_days: int | None) -> job.LogGroup:
    return job.LogGroup(GROUP, created_ms=0, retention_days=retention_days)


@pytest.mark.parametrize(
    ("retention_days", "age_hours"),
    [(None, 48), (30, 48), (5, 48), (4, 24), (3, 35), (1, 11)],
)
def test_a_window_is_read_before_half_of_its_retention_is_over(retention_days, age_hours):
    """The policy's delay holds, unless events expire so soon that a failed run could not be repeated."""
    assert job.settled_until_ms(group(retention_days), ARCHIVE, NOW_MS) == NOW_MS - age_hours * HOUR_MS


def test_each_run_begins_with_another_group():
    """Within a day of hourly runs every group of a few is the first one, and no run leaves one out."""
    groups = [job.LogGroup(GroupId("1", "r", name), 0, None) for name in "abcde"]

    runs = [job.in_turn(groups, NOW_MS + hour * HOUR_MS) for hour in range(24)]

    assert {run[0].id.log_group for run in runs} == set("abcde")
    assert all(sorted(each.id.log_group for each in run) == list("abcde") for run in runs)


@pytest.mark.parametrize(
    ("state", "start_ms", "answer"),
    [(WindowState.SEALED, 0, True), (WindowState.SEALED, DAY_MS, False), (WindowState.COMPACTED, 0, False)],
)
def test_the_watermark_lags_behind_a_sealed_window(state, start_ms, answer):
    """A sealed window right at the watermark means that whoever sealed it died before moving it."""
    assert job.lags(0, [(Window(GROUP, start_ms, start_ms + DAY_MS), state)]) is answer


def test_a_lost_window_is_due_by_hand_only():
    """The schedule leaves a lost window alone; a request with times takes it up."""
    items = [(Window(GROUP, 0, DAY_MS), WindowState.LOST)]

    due = [job.due(items, request, ARCHIVE, NOW_MS) for request in (job.Request(), job.Request(from_ms=0))]

    assert due == [[], [Window(GROUP, 0, DAY_MS)]]
