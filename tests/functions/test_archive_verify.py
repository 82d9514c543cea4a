"""archive_verify: what is proven gets sealed, what is not stays open with evidence, and the chain never forks."""

import json
from datetime import UTC, datetime

import pytest

from logrouter.destinations.archive.layout import manifest_key
from logrouter.destinations.archive.manifest import chain_faults, read_manifest
from logrouter.destinations.archive.window import GroupId
from logrouter.errors import ArchiveError
from logrouter.policy.load import default_policy
from tests.archive_fakes import ACCOUNT, BUCKET, DAY_MS, REGION, SourceEvent, archive_world

DAY = int(datetime(2026, 11, 10, tzinfo=UTC).timestamp() * 1000)
GROUP = "/aws/pay/api/application"
THREE_DAYS = {"groups": [GROUP], "from": "2026-11-10T00:00:00Z", "until": "2026-11-13T00:00:00Z"}
ONE_DAY = {**THREE_DAYS, "until": "2026-11-11T00:00:00Z"}
NOW_S = DAY / 1000 + 10 * 86_400


def events(count: int, day: int = 0) -> list[SourceEvent]:
    return [SourceEvent(f"d{day}-{place}", DAY + day * DAY_MS + place, f"line {place}") for place in range(count)]


@pytest.fixture
def world(monkeypatch):
    with archive_world(monkeypatch, NOW_S) as made:
        yield made


def read(world, request=ONE_DAY) -> dict:
    window = world.plan(**request)["windows"][0]
    assert world.window(window)["state"] == "compacted"
    return window


def test_seals_what_insights_confirms(world):
    """Equal counts: the window is sealed with a manifest that says so, and the watermark moves over it."""
    world.logs.add(GROUP, *events(20))

    result = world.verify(read(world))

    (body,) = world.manifests(GROUP)
    manifest = read_manifest(body)
    assert result["state"] == "sealed"
    assert manifest["proof"] == {"judgement": "proven", "claimed": 20, "counts": {"insights": 20}}
    assert (
        manifest["events"],
        len(manifest["parts"]),
        manifest["reader"],
        manifest["classes"],
    ) == (20, 1, "pull", ["application"])
    assert world.watermark(GROUP) == DAY + DAY_MS
    assert tuple(result["tally"][name] for name in ("received", "delivered", "balanced")) == (20, 20, True)


def test_counts_again_where_insights_cannot_answer(world):
    """Without Logs Insights a second reading confirms count and ids."""
    world.logs.add(GROUP, *events(20))
    world.logs.insights = None
    window = read(world)

    world.verify(window)

    assert read_manifest(world.manifests(GROUP)[0])["proof"]["counts"] == {"insights": None, "reread": 20}


def test_does_not_ask_insights_before_it_is_exact(world):
    """A window that ended hours ago is confirmed by a second reading alone."""
    world.now_s = (DAY + DAY_MS) / 1000 + 3600
    world.logs.add(GROUP, *events(5))

    world.verify(read(world))

    assert read_manifest(world.manifests(GROUP)[0])["proof"]["counts"] == {"reread": 5}


def test_short_window_is_read_again_until_it_is_whole(world):
    """An event that arrives between reading and counting makes the window fail; the next reading has it."""
    late = SourceEvent("late", DAY + 500, "late", visible_after=1)
    world.logs.add(GROUP, *events(5), late)
    window = read(world)
    world.logs.calls += 1

    first = world.verify(window)
    second = (world.window(window)["state"], world.verify(window)["state"])

    assert (first["state"], first["evidence"]["judgement"]) == ("failed", "short")
    assert second == ("compacted", "sealed")
    assert len(world.records(GROUP)) == 6
    manifest = read_manifest(world.manifests(GROUP)[0])
    assert len(manifest["superseded"]) == 1


def test_window_that_stays_short_is_lost_with_evidence(world):
    """The watermark stops in front of a lost window, whatever is sealed behind it."""
    world.logs.add(GROUP, *events(5), *events(3, day=1), *events(2, day=2))
    world.logs.insights = lambda matched: matched + 1 if matched == 5 else matched

    runs = [world.run(**THREE_DAYS) for _ in range(4)]

    assert runs == [["failed", "sealed", "sealed"], ["failed"], ["failed"], ["lost"]]
    assert world.watermark(GROUP) == DAY
    assert [state for _, state in world.windows(GROUP)] == ["lost", "sealed", "sealed"]


def test_lost_window_is_taken_up_again_by_hand_only(world):
    """The schedule leaves a lost window alone; a run that names it may still save it."""
    world.logs.add(GROUP, *events(5))
    world.logs.insights = lambda matched: matched + 1
    for _ in range(4):
        world.run(**ONE_DAY)
    world.logs.insights = lambda matched: matched

    scheduled = [window for window in world.plan()["windows"] if window["start_ms"] == DAY]

    assert scheduled == []
    assert world.run(**ONE_DAY) == ["sealed"]


def test_never_seals_less_than_was_once_seen(world):
    """When the source has let go of events between two readings, the smaller reading proves nothing."""
    world.logs.add(GROUP, *events(5))
    world.logs.insights = lambda matched: matched + 1
    window = read(world)
    world.verify(window)
    world.logs.insights = lambda matched: matched
    del world.logs.events[GROUP][2:]

    world.window(window)
    result = world.verify(window)

    assert (result["state"], result["evidence"]["earlier_reading"]) == ("failed", 5)


def test_source_that_expires_after_reading_does_not_undo_the_archive(world):
    """Archived events whose source is gone by now stay archived, with a remark."""
    world.logs.add(GROUP, *events(5))
    window = read(world)
    del world.logs.events[GROUP][2:]

    result = world.verify(window)

    assert result["state"] == "sealed"
    assert "fewer" in result["evidence"]["remark"]


@pytest.mark.parametrize("damage", ["delete", "overwrite"])
def test_damaged_part_is_found_before_sealing(world, damage):
    """A part that is missing or has other bytes fails the window, and the next reading heals it."""
    world.logs.add(GROUP, *events(5))
    window = read(world)
    key = world.objects()[0]["Key"]
    world.s3.delete_object(Bucket=BUCKET, Key=key)
    if damage == "overwrite":
        world.s3.put_object(Bucket=BUCKET, Key=key, Body=b"x", ChecksumAlgorithm="SHA256")

    result = world.verify(window)

    assert (result["state"], result["evidence"]["judgement"]) == ("failed", "damaged")


def test_no_counter_no_seal(world, monkeypatch):
    """When nothing can count, the window waits; nothing is read again and nothing is sealed."""
    world.logs.add(GROUP, *events(5))
    world.logs.insights = None
    window = read(world)
    from tests.archive_fakes import refusal

    def gone(**_arguments):
        raise refusal("ResourceNotFoundException")

    monkeypatch.setattr(world.logs, "filter_log_events", gone)

    result = world.verify(window)

    assert (result["state"], result["evidence"]["judgement"]) == ("compacted", "unproven")
    assert (result["tally"]["received"], result["tally"]["handed_over"]) == (5, 5)
    assert world.manifests(GROUP) == []


def test_sealing_is_repeatable(world):
    """A second verification of a sealed window changes nothing."""
    world.logs.add(GROUP, *events(5))
    window = read(world)
    world.verify(window)

    again = world.verify(window)

    assert again["state"] == "sealed"
    assert len(world.manifests(GROUP)) == 1


def test_manifests_form_a_chain(world):
    """Each manifest names the hash of the one before, in the order of sealing."""
    world.logs.add(GROUP, *events(3), *events(3, day=1), *events(3, day=2))
    windows = world.plan(**THREE_DAYS)["windows"]
    for window in reversed(windows):
        world.window(window)
        world.verify(window)

    bodies = world.manifests(GROUP)

    assert chain_faults(bodies) == []
    assert [read_manifest(body)["window"]["start_ms"] for body in bodies] == [DAY + 2 * DAY_MS, DAY + DAY_MS, DAY]
    assert world.watermark(GROUP) == DAY + 3 * DAY_MS


def test_follows_a_manifest_whose_writer_died(world, monkeypatch):
    """A manifest that was written but not noted is taken up by the next window's sealing, not written twice."""
    from logrouter.adapters.window_ledger import WindowLedger

    world.logs.add(GROUP, *events(3), *events(4, day=1))
    first, second, _ = world.plan(**THREE_DAYS)["windows"]
    for window in (first, second):
        world.window(window)
    from tests.archive_fakes import Killed

    def dies(*_arguments):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(WindowLedger, "seal", dies)
        with pytest.raises(Killed):
            world.verify(first)

    world.verify(second)

    assert [state for _, state in world.windows(GROUP)] == ["sealed", "sealed", "planned"]
    assert len(world.manifests(GROUP)) == 2
    assert len(world.records(GROUP)) == 7


def test_locks_parts_and_manifest_until_the_law_lets_go(monkeypatch):
    """With Object Lock, parts are locked when they are proven, and the manifest when it is written."""
    with archive_world(monkeypatch, NOW_S, ARCHIVE_OBJECT_LOCK="true", ARCHIVE_LOCK_MODE="compliance") as world:
        world.logs.add(GROUP, *events(3))
        window = read(world)
        unlocked = world.s3.head_object(Bucket=BUCKET, Key=world.objects()[0]["Key"])

        world.verify(window)

        heads = [world.s3.head_object(Bucket=BUCKET, Key=item["Key"]) for item in world.objects()]
        until = datetime.fromtimestamp((DAY + DAY_MS) / 1000 + 365 * 86_400, UTC)
        assert "ObjectLockMode" not in unlocked
        assert {("COMPLIANCE", until)} == {
            (head["ObjectLockMode"], head["ObjectLockRetainUntilDate"]) for head in heads
        }


def test_evidence_holds_no_content(world):
    """Ledger, manifest and answer name counts, hashes and keys; no message appears in any of them."""
    world.logs.add(GROUP, SourceEvent("one", DAY, "the-message-itself"))
    window = read(world)

    result = world.verify(window)

    ledger = world.dynamodb.scan(TableName="windows-test")["Items"]
    assert "the-message-itself" not in json.dumps(ledger) + json.dumps(result) + str(world.manifests(GROUP))


def test_a_manifest_that_does_not_continue_the_chain_stops_sealing(world):
    """What stands at the next number of the chain without naming the one before is never followed."""
    world.logs.add(GROUP, *events(3), *events(4, day=1))
    first, second, _ = world.plan(**THREE_DAYS)["windows"]
    for window in (first, second):
        world.window(window)
    world.verify(first)
    foreign = manifest_key(GroupId(ACCOUNT, REGION, GROUP), 2)
    world.s3.put_object(Bucket=BUCKET, Key=foreign, Body=world.manifests(GROUP)[0])

    with pytest.raises(ArchiveError, match="does not continue the chain"):
        world.verify(second)


def test_the_manifest_names_the_policy_that_masked_the_window(world):
    """Version, hash and rule counts come through the ledger whole, beside the hits of each rule."""
    world.logs.add(GROUP, *events(3), SourceEvent("m", DAY + 7, "mail user@example.com"))

    world.verify(read(world))

    manifest = read_manifest(world.manifests(GROUP)[0])
    assert manifest["policies"] == [default_policy().stamp()]
    assert manifest["policy_versions"] == [default_policy().version]
    assert manifest["masked"] == {"email": 1}
