"""The window ledger on moto's DynamoDB: conditional moves, fencing, two planners at once, the watermark."""

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters.window_ledger import LeaseLostError, WindowLedger
from logrouter.adapters.window_tiling import WindowTiling
from logrouter.destinations.archive.window import GroupId, Window, WindowFacts, WindowState

GROUP = GroupId("123456789012", "ap-northeast-2", "/aws/pay/api/application")
NOW = 1_000_000
STATES = (WindowState.PLANNED, WindowState.READING)


def windows(first: int, last: int) -> list[Window]:
    return [Window(GROUP, number * 10, number * 10 + 10) for number in range(first, last)]


@pytest.fixture
def client(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = boto3.client("dynamodb", region_name="ap-northeast-2")
        keys = [("pk", "HASH"), ("sk", "RANGE")]
        made.create_table(
            TableName="windows",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        )
        yield made


@pytest.fixture
def ledger(client):
    return WindowLedger(client, "windows")


@pytest.fixture
def tiling(client):
    return WindowTiling(client, "windows")


def test_only_one_planner_extends(ledger, tiling):
    """Two planners that saw the same frontier: the second changes nothing at all."""
    tiling.extend(None, GROUP, windows(0, 3))
    seen = ledger.group(GROUP)

    first = tiling.extend(seen, GROUP, windows(3, 5))
    second = tiling.extend(seen, GROUP, [Window(GROUP, 30, 60)])

    assert first is not None
    assert second is None
    assert [item.window for item in ledger.windows(GROUP)] == windows(0, 5)


def test_two_planners_of_a_new_group(ledger, tiling):
    """The first to write decides where a group begins."""
    tiling.extend(None, GROUP, windows(5, 7))

    assert tiling.extend(None, GROUP, windows(0, 3)) is None
    assert ledger.group(GROUP).origin_ms == 50


def test_more_windows_than_a_transaction_holds(ledger, tiling):
    """A long backlog goes in by several transactions, forwards and backwards, and tiles."""
    entry = tiling.extend(None, GROUP, windows(150, 300))
    tiling.extend(entry, GROUP, [*windows(0, 150), *windows(300, 310)])

    entry = ledger.group(GROUP)
    assert [item.window for item in ledger.windows(GROUP)] == windows(0, 310)
    assert (entry.origin_ms, entry.planned_until_ms, entry.sealed_until_ms) == (0, 3100, 0)


def test_a_lease_keeps_others_out_until_it_ends(ledger, tiling):
    """Only one worker at a time; after the lease the next one may, with a higher fence."""
    tiling.extend(None, GROUP, windows(0, 1))
    (window,) = windows(0, 1)
    first = ledger.lease(window, STATES, NOW, NOW + 100)

    with pytest.raises(LeaseLostError):
        ledger.lease(window, STATES, NOW + 99, NOW + 200)
    second = ledger.lease(window, STATES, NOW + 100, NOW + 200)

    assert (first.fence, second.fence) == (1, 2)


def test_a_worker_without_its_lease_changes_nothing(ledger, tiling):
    """Every write of a worker that was overtaken is refused."""
    tiling.extend(None, GROUP, windows(0, 1))
    (window,) = windows(0, 1)
    overtaken = ledger.lease(window, STATES, NOW, NOW + 100)
    ledger.lease(window, STATES, NOW + 100, NOW + 200)

    with pytest.raises(LeaseLostError):
        ledger.move(overtaken, WindowState.COMPACTED)
    with pytest.raises(LeaseLostError):
        ledger.announce(overtaken, "key")
    assert ledger.window(window).state is WindowState.PLANNED


def test_only_states_asked_for_are_leased(ledger, tiling):
    """A window that moved on, or that does not exist, is nobody's to take."""
    tiling.extend(None, GROUP, windows(0, 1))
    (window,) = windows(0, 1)

    with pytest.raises(LeaseLostError):
        ledger.lease(window, [WindowState.COMPACTED], NOW, NOW + 1)
    with pytest.raises(LeaseLostError):
        ledger.lease(windows(7, 8)[0], STATES, NOW, NOW + 1)


def test_facts_come_back_as_they_went(ledger, tiling):
    """What was noted of a window is read again, and forgotten on request, while announced keys stay."""
    tiling.extend(None, GROUP, windows(0, 1))
    entry = ledger.lease(windows(0, 1)[0], STATES, NOW, NOW + 100)
    facts = WindowFacts("pull", 5, 10, ["p+1"], events=3)
    ledger.announce(entry, "a")
    ledger.announce(entry, "b")

    noted = ledger.move(entry, WindowState.READING, facts=facts)
    failed = ledger.move(noted, WindowState.FAILED, failed=True, forget_facts=True, evidence={"n": 1}, release=True)

    assert noted.facts == facts
    assert (failed.facts, failed.attempts, failed.best_events, failed.lease_until_ms) == (None, 1, 3, 0)
    assert (failed.announced, failed.evidence) == ({"a", "b"}, {"n": 1})


def test_watermark_is_the_end_of_the_sealed_prefix(ledger, tiling):
    """Sealed windows behind a gap do not count until the gap is sealed."""
    tiling.extend(None, GROUP, windows(0, 4))
    first, second, third, _ = windows(0, 4)

    reached = []
    for sequence, window in enumerate((second, third, first)):
        ledger.seal(ledger.group(GROUP), window, f"m{sequence}", "0" * 64)
        reached.append(ledger.advance(GROUP))

    assert reached == [0, 0, 30]


def test_the_chain_takes_one_manifest_at_a_time(ledger, tiling):
    """Two sealings from the same place in the chain: one is refused whole, its window stays open."""
    tiling.extend(None, GROUP, windows(0, 2))
    first, second = windows(0, 2)
    chain = ledger.group(GROUP)

    assert ledger.seal(chain, first, "m1", "1" * 64) is True
    assert ledger.seal(chain, second, "m1", "2" * 64) is False
    assert ledger.window(second).state is WindowState.PLANNED
    assert (ledger.group(GROUP).sequence, ledger.group(GROUP).manifest_sha256) == (1, "1" * 64)


def test_a_window_is_sealed_once(ledger, tiling):
    """Sealing the same window again moves neither window nor chain."""
    tiling.extend(None, GROUP, windows(0, 1))
    (window,) = windows(0, 1)
    ledger.seal(ledger.group(GROUP), window, "m1", "1" * 64)

    assert ledger.seal(ledger.group(GROUP), window, "m2", "2" * 64) is False
    assert ledger.group(GROUP).sequence == 1


def test_an_earlier_origin_takes_the_watermark_back(ledger, tiling):
    """What now lies in front is not archived yet, and the watermark says so."""
    tiling.extend(None, GROUP, windows(5, 6))
    ledger.seal(ledger.group(GROUP), windows(5, 6)[0], "m1", "1" * 64)
    before = ledger.advance(GROUP)

    tiling.extend(ledger.group(GROUP), GROUP, windows(4, 5))

    assert (before, ledger.group(GROUP).sealed_until_ms, ledger.advance(GROUP)) == (60, 40, 40)


def test_the_most_events_ever_seen_are_remembered(ledger, tiling):
    """A later reading that saw less does not lower what must be found again."""
    tiling.extend(None, GROUP, windows(0, 1))
    entry = ledger.lease(windows(0, 1)[0], STATES, NOW, NOW + 100)

    for seen in (5, 3):
        entry = ledger.move(entry, WindowState.READING, facts=WindowFacts("pull", 5, 10, events=seen))
        entry = ledger.move(entry, WindowState.FAILED, failed=True, forget_facts=True)

    assert (entry.attempts, entry.best_events) == (2, 5)
