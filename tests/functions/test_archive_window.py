"""archive_window against a fake CloudWatch Logs that misbehaves, and moto's S3 and DynamoDB."""

import hashlib
import json
import random
from dataclasses import replace
from datetime import UTC, datetime
from itertools import cycle

import pytest

from logrouter.adapters.archive_store import ArchiveStore
from logrouter.destinations.archive.proof import Stored
from logrouter.errors import ArchiveError, UnsupportedEventError
from tests.archive_fakes import BUCKET, DAY_MS, SourceEvent, archive_world, gunzip_lines

DAY = int(datetime(2026, 11, 10, tzinfo=UTC).timestamp() * 1000)
NOW_S = DAY / 1000 + 10 * 86_400
GROUP = "/aws/pay/api/application"
REQUEST = {"groups": [GROUP], "from": "2026-11-10T00:00:00Z", "until": "2026-11-11T00:00:00Z"}
PHONE = "010-" + "1234-" + "5678"


def lines(count: int, message: str = "line") -> list[SourceEvent]:
    step = DAY_MS // count
    return [SourceEvent(f"id-{place:06d}", DAY + place * step, f"{message} {place}") for place in range(count)]


@pytest.fixture
def world(monkeypatch):
    with archive_world(monkeypatch, NOW_S) as made:
        yield made


def planned(world) -> dict:
    return world.plan(**REQUEST)["windows"][0]


def test_stores_one_sorted_masked_part(world):
    """A small window becomes one gzip part under its own hash, sorted, with id, time, stream and arrival."""
    world.logs.add(GROUP, *reversed(lines(30, f"call {PHONE}")))

    result = world.window(planned(world))

    (stored,) = world.objects()
    body = world.body(stored["Key"])
    records = [json.loads(line) for line in gunzip_lines(body)]
    assert result["state"] == "compacted"
    assert [f"id-{place:06d}" for place in range(30)] == [record["id"] for record in records]
    assert {"timestamp_ms": DAY, "ingestion_ms": DAY + 1500, "log_group": GROUP, "log_stream": "stream-1"}.items() <= (
        records[0].items()
    )
    assert PHONE.encode() not in body
    assert PHONE not in json.dumps(records)
    assert stored["Key"] == (
        "v1/account=123456789012/region=ap-northeast-2/service=api/type=application/dt=2026-11-10/hour=all/"
        f"part-{hashlib.sha256(body).hexdigest()}.ndjson.gz"
    )


def test_books_balance_with_duplicates(world):
    """An event that the source gives twice is archived once and counted as a duplicate."""
    world.logs.add(GROUP, *lines(10))
    world.logs.faults = iter(["double"])

    tally = world.window(planned(world))["tally"]

    assert (
        tally["received"],
        tally["delivered"],
        tally["dropped"],
        tally["balanced"],
    ) == (11, 10, {"duplicate": 1}, True)


@pytest.mark.parametrize("fault", ["throttle", "empty", "expired", "double", "shuffle"])
def test_no_fault_of_the_source_loses_or_doubles_an_event(world, fault):
    """Whatever happens to pages and tokens, each event is in the parts exactly once."""
    world.logs.add(GROUP, *lines(40))
    world.logs.page_events = 7
    world.logs.faults = iter(["ok", fault, fault, "ok", fault])

    states = world.run(**REQUEST)

    assert states == ["sealed"]
    assert sorted(event.id for event in lines(40)) == sorted(record["id"] for record in world.records(GROUP))


def test_reads_events_of_a_megabyte(world):
    """Pages of a single 1 MB event are followed to the end."""
    world.logs.add(GROUP, *[SourceEvent(f"big-{place}", DAY + place, "x" * 1_000_000) for place in range(5)])

    world.run(**REQUEST)

    assert [len(record["message"]) for record in world.records(GROUP)] == [1_000_000] * 5


def test_reads_again_in_halves_when_a_full_page_has_no_token(world, monkeypatch):
    """A source that cuts its answer at the page limit and says nothing loses nothing."""
    world.logs.add(GROUP, *lines(64))
    real = world.logs.filter_log_events

    def cut(**arguments):
        answer = real(**arguments)
        return {"events": answer["events"][:10]}

    monkeypatch.setattr(world.logs, "filter_log_events", cut)
    monkeypatch.setattr("logrouter.adapters.log_reader.PAGE_EVENTS", 10)

    states = world.run(**REQUEST)

    assert states == ["sealed"]
    assert len(world.records(GROUP)) == 64


def test_rolls_parts_by_size(monkeypatch):
    """Parts close when they reach the size asked for; together they hold the window in order."""
    with archive_world(monkeypatch, NOW_S, ARCHIVE_PART_BYTES="40000") as world:
        noise = [replace(event, message=random.Random(event.id).randbytes(2000).hex()) for event in lines(200)]
        world.logs.add(GROUP, *noise)

        world.run(**REQUEST)

        sizes = [item["Size"] for item in world.objects() if item["Key"].startswith("v1/")]
        assert len(sizes) > 3
        assert all(size < 200_000 for size in sizes)
        assert [event.id for event in noise] == [record["id"] for record in world.records(GROUP)]


def test_goes_on_where_it_stopped(monkeypatch):
    """A window that does not fit in one invocation is continued by the next, and its parts fit together."""
    with archive_world(monkeypatch, NOW_S, ARCHIVE_PART_BYTES="1000") as world:
        world.logs.add(GROUP, *lines(200))
        left = iter(range(40, -1, -1))
        world.remaining_ms = lambda: next(left, 0) * 1000
        window = planned_with_time(world)

        first = world.window(window)
        world.remaining_ms = lambda: 900_000
        second = world.window(window)

        assert [first["state"], second["state"]] == ["reading", "compacted"]
        assert 0 < first["tally"]["delivered"] < 200
        assert first["tally"]["delivered"] + second["tally"]["delivered"] == 200
        assert world.verify(window)["state"] == "sealed"
        assert len(world.records(GROUP)) == 200


def planned_with_time(world) -> dict:
    remaining, world.remaining_ms = world.remaining_ms, lambda: 900_000
    window = planned(world)
    world.remaining_ms = remaining
    return window


def test_makes_smaller_steps_when_a_slice_does_not_fit_in_time(world):
    """An invocation that finished no slice leaves a shorter one to the next, so the window ends some day."""
    world.logs.add(GROUP, *lines(50))
    window = planned(world)
    world.remaining_ms = lambda: 0

    state = world.window(window)["state"]

    from logrouter.adapters.window_ledger import WindowLedger
    from logrouter.destinations.archive.window import Window

    entry = WindowLedger(world.dynamodb, "windows-test").window(Window.from_dict(window))
    assert state == "reading"
    assert entry.facts.slice_ms == DAY_MS // 2


def test_leaves_a_leased_window_alone(world):
    """Two invocations on one window: the second changes nothing and says busy."""
    world.logs.add(GROUP, *lines(5))
    window = planned(world)
    from logrouter.adapters.window_ledger import WindowLedger
    from logrouter.destinations.archive.window import Window, WindowState

    now_ms = int(world.now_s * 1000)
    WindowLedger(world.dynamodb, "windows-test").lease(
        Window.from_dict(window), [WindowState.PLANNED], now_ms, now_ms + 60_000
    )

    result = world.window(window)

    assert (result["state"], result["tally"]["received"]) == ("busy", 0)
    assert world.objects() == []


@pytest.mark.parametrize(
    ("now", "size", "expected"),
    [
        ("2026-11-20T00:00:00Z", 0, None),
        ("2027-03-01T00:00:00Z", 0, "GLACIER_IR"),
        ("2027-03-01T00:00:00Z", 9**9, None),
    ],
)
def test_storage_class_comes_from_age_and_size(monkeypatch, tmp_path, now, size, expected):
    """An aged window goes to the cold class at once, unless its part is below the break-even."""
    policy = {"archive": {"tiers": [{"id": "cold", "at_least_bytes": size}, {"id": "frozen", "at_least_bytes": size}]}}
    with archive_world(monkeypatch, NOW_S, policy=policy, tmp_path=tmp_path) as world:
        world.logs.add(GROUP, *lines(5))

        world.window({**planned(world), "now": now})

        key = world.objects()[0]["Key"]
        assert expected == world.s3.head_object(Bucket=BUCKET, Key=key).get("StorageClass")


def test_a_refusal_of_the_source_is_an_error_without_content(world, monkeypatch):
    """Access denied ends the invocation by name; the ledger says failed, and the window can be taken up again."""
    from tests.archive_fakes import refusal

    world.logs.add(GROUP, *lines(5))
    window = planned(world)

    def denied(**_arguments):
        raise refusal("AccessDeniedException")

    with monkeypatch.context() as patch:
        patch.setattr(world.logs, "filter_log_events", denied)
        with pytest.raises(ArchiveError, match="AccessDeniedException"):
            world.window(window)

    assert [(window["start_ms"], "failed")] == [(item.start_ms, state) for item, state in world.windows(GROUP)]
    assert world.run(**REQUEST) == ["sealed"]


def test_a_group_that_is_gone_is_lost_after_the_last_attempt(world):
    """A deleted log group cannot be read: the window is failed, then lost, with its reason."""
    world.logs.add(GROUP)
    window = planned(world)
    del world.logs.events[GROUP]

    for _ in range(5):
        with pytest.raises(ArchiveError, match="no such log group"):
            world.window(window)

    assert [state for _, state in world.windows(GROUP)] == ["lost"]


def test_masking_failure_archives_a_placeholder(world, monkeypatch):
    """When masking breaks, the raw text is not archived, and the failure is counted."""

    def broken(*_arguments):
        raise RuntimeError

    world.logs.add(GROUP, *lines(3, "secret"))
    monkeypatch.setattr("logrouter.masking.Masker.mask_text", broken)

    tally = world.window(planned(world))["tally"]

    (stored,) = world.objects()
    assert tally["masking_failed"] == 5  # three records, the names of group and stream
    assert b"secret" not in b"".join(gunzip_lines(world.body(stored["Key"])))


def test_refuses_what_is_no_window(world):
    """An event without the five facts of a window is an error, not an empty success."""
    with pytest.raises(UnsupportedEventError):
        world.window({"log_group": GROUP})


def test_foreign_exceptions_keep_their_text(world, monkeypatch, capsys):
    """The text of an exception that is not ours may quote a record; neither error nor log line carries it."""

    def leaking(*_arguments, **_named):
        raise ValueError(PHONE)

    world.logs.add(GROUP, *lines(3))
    window = planned(world)
    monkeypatch.setattr("functions.archive_window.app.partition_of", leaking)

    with pytest.raises(Exception, match="ValueError at") as caught:
        world.window(window)

    assert PHONE not in str(caught.value)
    assert PHONE not in capsys.readouterr().out


def test_another_object_under_the_name_of_a_part_is_a_fault(world, monkeypatch):
    """A part is named by its own hash: what stands there with another size was not written by us."""
    world.logs.add(GROUP, *lines(3))
    window = planned(world)
    monkeypatch.setattr(ArchiveStore, "put", lambda *_part, **_facts: False)
    monkeypatch.setattr(ArchiveStore, "look", lambda _store, _key: Stored(1, None, "STANDARD"))

    with pytest.raises(ArchiveError, match="another object"):
        world.window(window)


def test_a_part_that_is_there_already_keeps_its_class(world, monkeypatch):
    """A repeated part was stored under the class of its time, and that is what the manifest says."""
    world.logs.add(GROUP, *lines(3))
    window = planned(world)
    look = ArchiveStore.look
    put = ArchiveStore.put
    monkeypatch.setattr(ArchiveStore, "put", lambda *part, **facts: put(*part, **facts) and False)
    monkeypatch.setattr(ArchiveStore, "look", lambda *part: replace(look(*part), storage_class="GLACIER_IR"))

    world.window(window)

    item = world.dynamodb.scan(TableName="windows-test")["Items"]
    (facts,) = (json.loads(each["facts"]["S"]) for each in item if "facts" in each)
    assert [part["storage_class"] for part in facts["parts"]] == ["GLACIER_IR"]


def test_tokens_that_never_hold_end_the_reading(world):
    """A log group whose page tokens are refused again and again fails the window instead of reading for ever."""
    world.logs.add(GROUP, *lines(30))
    world.logs.page_events = 10
    world.logs.faults = cycle(["ok", "expired"])
    window = planned(world)

    with pytest.raises(ArchiveError, match="page token refused"):
        world.window(window)
