"""archive_plan against moto's DynamoDB and a fake CloudWatch Logs: what it plans, and what it leaves alone."""

import json
from datetime import UTC, datetime

import pytest

from logrouter.errors import PolicyError, UnsupportedEventError
from logrouter.jobs.archive_plan import check_policy
from logrouter.policy.load import load_policy
from tests.archive_fakes import ACCOUNT, DAY_MS, HOUR_MS, REGION, archive_world

NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)
MIDNIGHT = NOON - 12 * HOUR_MS
APPLICATION = "/aws/pay/api/application"


@pytest.fixture
def world(monkeypatch):
    with archive_world(monkeypatch, NOON / 1000) as made:
        yield made


def test_plans_every_settled_day_of_a_group(world):
    """A new group is planned from its oldest possible event up to the last whole day before the delay."""
    world.logs.add(APPLICATION, creationTime=NOON - 3 * DAY_MS, retentionInDays=14)

    result = world.plan()

    starts = [window["start_ms"] for window in result["windows"]]
    assert list(range(MIDNIGHT - 14 * DAY_MS, MIDNIGHT - 2 * DAY_MS, DAY_MS)) == starts
    assert {"planned": 12, "due": 12, "skipped": {}, "incomplete": False}.items() <= result.items()


def test_second_run_plans_nothing_new(world):
    """Planning twice adds no window, and offers the open ones again."""
    world.logs.add(APPLICATION, creationTime=NOON, retentionInDays=14)
    first = world.plan()

    second = world.plan()

    assert second["planned"] == 0
    assert first["windows"] == second["windows"]


def test_skips_what_the_policy_and_the_class_leave_out(world):
    """Groups of no archived kind, our own ones and the Infrequent Access class are counted, not planned."""
    world.logs.add("/somewhere/else")
    world.logs.add("/aws/cold/api/application", logGroupClass="INFREQUENT_ACCESS")

    result = world.plan()

    assert result["skipped"] == {"class_not_readable": 1, "not_archived": 1}
    assert result["windows"] == []


def test_run_by_hand_takes_exactly_the_stretch_it_names(world):
    """`from` and `until` are cut at day boundaries inside, and kept exactly outside, whatever the delay says."""
    world.logs.add(APPLICATION)
    world.logs.add("/aws/other/api/application")

    result = world.plan(groups=[APPLICATION], **{"from": "2026-11-18T06:00:00Z", "until": "2026-11-20T11:00:00Z"})

    spans = [(window["start_ms"], window["end_ms"]) for window in result["windows"]]
    group = {"account": ACCOUNT, "region": REGION, "log_group": APPLICATION}
    assert spans == [
        (MIDNIGHT - 42 * HOUR_MS, MIDNIGHT - DAY_MS),
        (MIDNIGHT - DAY_MS, MIDNIGHT),
        (MIDNIGHT, MIDNIGHT + 11 * HOUR_MS),
    ]
    assert all(group.items() <= window.items() for window in result["windows"])


def test_run_by_hand_reaches_back_before_the_origin(world):
    """Earlier windows join the tiling in front, and only those asked for are offered."""
    world.logs.add(APPLICATION)
    world.plan(groups=[APPLICATION], **{"from": "2026-11-16T00:00:00Z", "until": "2026-11-17T00:00:00Z"})

    result = world.plan(groups=[APPLICATION], **{"from": "2026-11-13T00:00:00Z", "until": "2026-11-14T00:00:00Z"})

    days = [window.start_ms for window, _ in world.windows(APPLICATION)]
    assert list(range(MIDNIGHT - 7 * DAY_MS, MIDNIGHT - 3 * DAY_MS, DAY_MS)) == days
    assert [window["start_ms"] for window in result["windows"]] == [MIDNIGHT - 7 * DAY_MS]


def test_never_plans_into_the_future(world):
    """`until` beyond now ends at now: a window that can still grow is not closed."""
    world.logs.add(APPLICATION)

    result = world.plan(groups=[APPLICATION], **{"from": "2026-11-20T00:00:00Z", "until": "2026-11-22T00:00:00Z"})

    assert [(window["start_ms"], window["end_ms"]) for window in result["windows"]] == [(MIDNIGHT, NOON)]


def test_carries_the_instant_of_a_rehearsal_along(world):
    """`now` of the event rules the plan, and travels with each window."""
    world.logs.add(APPLICATION, creationTime=NOON, retentionInDays=3)

    result = world.plan(now="2026-11-23T12:00:00Z")

    assert {"2026-11-23T12:00:00Z"} == {window["now"] for window in result["windows"]}


def test_stops_in_time_and_says_so(world):
    """Without time left the run ends before the first group."""
    world.logs.add(APPLICATION)
    world.remaining_ms = lambda: 0

    result = world.plan()

    assert (result["incomplete"], result["windows"]) == (True, [])


def test_reads_all_pages_of_log_groups(world):
    """More groups than a page holds are all planned."""
    for number in range(55):
        world.logs.add(f"/aws/s{number}/api/application")

    result = world.plan(**{"from": "2026-11-17T00:00:00Z", "until": "2026-11-18T00:00:00Z"})

    assert len({window["log_group"] for window in result["windows"]}) == 55


@pytest.mark.parametrize(
    "event",
    [
        {"groups": "all"},
        {"from": "yesterday"},
        {"until": "2026-11-20"},
        {"from": 5},
        {"from": "2026-11-20T00:00:00Z", "until": "2026-11-19T00:00:00Z"},
    ],
)
def test_refuses_a_malformed_request(world, event):
    """A field of the wrong shape is an error that names the function, never a silent default."""
    with pytest.raises(UnsupportedEventError, match="archive_plan"):
        world.plan(**event)


def test_says_how_near_unsealed_events_are_to_expiry(world):
    """From the second run on: the share of the retention that the oldest unsealed event has used up."""
    world.logs.add(APPLICATION, creationTime=NOON, retentionInDays=10)
    first = world.plan()["retention_used_percent"]
    world.now_s += 86_400 / 2

    second = world.plan()["retention_used_percent"]

    assert (first, second) == (0, 105 + 5)


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        ({"archive": {"services": [{"id": "bad", "pattern": "(?P<service>["}]}}, "archive.services"),
        ({"log_groups": {"exceptions": [{"id": "x", "matches": ["/x"], "class": "unheard-of"}]}}, "archive.classes"),
    ],
)
def test_policy_that_cannot_work_is_refused_at_once(policy, place):
    """A pattern or a record class that would fail at run time is found when the policy is loaded."""
    with pytest.raises(PolicyError, match=place):
        check_policy(load_policy(json.dumps(policy)))
