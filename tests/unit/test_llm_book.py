"""The delivered book: written once for each acknowledged export, read whole, and never in the way of a delivery."""

import json
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from logrouter.adapters.llm_book import PENDING_ENTRIES, BookReader, LlmBook
from logrouter.adapters.outcomes import Outcome
from logrouter.destinations.console_links import moment_of, stream_link
from logrouter.destinations.langfuse import encode_calls
from logrouter.destinations.langfuse_account import CallFacts
from logrouter.destinations.langfuse_book import Place, entries_of, packed, start_of
from logrouter.errors import BookError
from logrouter.jobs.reconcile_llm import calls_of
from logrouter.model import Delivery, Fate, Origin
from tests.unit.test_langfuse import call_of

DAY = "2026-11-20"
START_MS = start_of(DAY)


class Clock:
    def __init__(self) -> None:
        self.s = START_MS / 1000 + 3_600

    def now_s(self) -> float:
        return self.s

    def monotonic_s(self) -> float:
        return self.s


class Table:
    """DynamoDB that fails as the test says, else a real (moto) one."""

    def __init__(self, client) -> None:
        self.client = client
        self.failures: list[Exception | str] = []
        self.writes = 0

    def batch_write_item(self, **arguments):
        self.writes += 1
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, Exception):
            raise failure
        if failure == "throttled":
            return {"UnprocessedItems": arguments["RequestItems"]}
        return self.client.batch_write_item(**arguments)

    def __getattr__(self, name):
        return getattr(self.client, name)


@pytest.fixture
def table(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="book",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        yield Table(client)


@pytest.fixture
def counted():
    return Counter()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def book(table, counted, clock):
    def count(name, number):
        counted[name] += number

    return LlmBook("book", client=table, clock=clock, count=count)


@pytest.fixture
def reader(table, clock):
    return BookReader("book", client=table, clock=clock)


def delivery(*numbers: int, route: str = "default", **facts) -> Delivery:
    """One export of calls known by their numbers."""
    calls = [
        call_of(observation_id=f"{number:016x}", start_ms=START_MS + number, end_ms=START_MS + number + 500, **facts)
        for number in numbers
    ]
    (encoded,) = encode_calls(calls, route, environment="prod")
    return encoded


def delivered(*deliveries: Delivery) -> list[Outcome]:
    return [Outcome(each, Fate.DELIVERED) for each in deliveries]


def test_an_acknowledged_export_is_booked_with_what_it_said(book, reader):
    """Ids, starts, tokens, exact cost, model, environment and place are read back as they were sent."""
    sent = delivery(1, 2, usage={"input": 10, "output": 5, "total": 15}, cost={"total": 0.000123456789}, model="gpt-4o")
    book.observe(delivered(sent), 30)

    (entry,) = reader.entries(DAY)
    first = entry.calls[0]
    assert [call.observation_id for call in entry.calls] == [f"{1:016x}", f"{2:016x}"]
    assert (first.start_ms, first.tokens, first.cost) == (START_MS + 1, 15, Decimal("0.000123456789"))
    assert (first.environment, first.model, first.route) == ("prod", "gpt-4o", "default")
    assert first.delivered_ms == START_MS + 3_600_000


def test_a_call_without_a_cost_is_booked_without_one(book, reader):
    """What was sent without a cost may get one from Langfuse: zero would be another fact."""
    book.observe(delivered(delivery(1, cost={})), 30)

    (entry,) = reader.entries(DAY)
    assert entry.calls[0].cost is None


def test_the_place_and_time_of_the_log_event_are_kept(book, reader):
    """From them a lost call can be read again: account, region, group, stream, and the event's own time."""
    sent = call_of(observation_id="a" * 16, start_ms=START_MS, end_ms=START_MS + 500)
    origin = Origin("123456789012", "us-east-1", "/aws/ecs/chat/llm", "app/chat/1")
    record = replace(sent.record, origin=origin, timestamp_ms=START_MS + 700, event_id="3" * 56)
    (encoded,) = encode_calls([replace(sent, record=record)], "default", environment="prod")
    book.observe(delivered(encoded), 30)

    (entry,) = reader.entries(DAY)
    assert entry.calls[0].place == Place("123456789012", "us-east-1", "/aws/ecs/chat/llm", "app/chat/1")
    assert entry.calls[0].logged_ms == START_MS + 700


def test_a_link_tells_the_time_of_its_event():
    """What `stream_link` writes, `moment_of` reads; other texts have no time."""
    origin = Origin("123456789012", "us-east-1", "/aws/$3Fstart$3D9/llm", "a/b")

    assert moment_of(stream_link(origin, 1_795_140_000_123, "")) == 1_795_140_000_123
    assert moment_of("https://example.com") is None


def test_only_what_was_acknowledged_is_booked(book, reader):
    """What waits in the queue or was refused is not in Langfuse, and so not in the book."""
    book.observe([Outcome(delivery(1), Fate.RETRY), Outcome(delivery(2), Fate.REFUSED)], 30)

    assert list(reader.entries(DAY)) == []


def test_the_same_export_twice_is_one_entry(book, reader, clock):
    """A repeat changes nothing but the time of its acknowledgement, which is the later one."""
    book.observe(delivered(delivery(1, 2)), 30)
    clock.s += 600
    book.observe(delivered(delivery(1, 2), delivery(1, 2)), 30)

    (entry,) = reader.entries(DAY)
    assert entry.delivered_ms == START_MS + 3_600_000 + 600_000


def test_a_call_in_two_exports_is_one_call(book, reader, clock):
    """A resend in other company is booked beside the first time; read, it is one call, acknowledged last then."""
    book.observe(delivered(delivery(1, 2)), 30)
    clock.s += 600
    book.observe(delivered(delivery(2, 3)), 30)
    calls = calls_of(reader.entries(DAY))

    assert sorted(calls) == [f"{number:016x}" for number in (1, 2, 3)]
    assert calls[f"{2:016x}"].delivered_ms - calls[f"{1:016x}"].delivered_ms == 600_000


def test_an_export_over_midnight_is_two_entries(book, reader):
    """Each call stands on the day it began, in UTC."""
    sent = [call_of(observation_id=f"{n:016x}", start_ms=START_MS - 1 + n, end_ms=START_MS + 9) for n in range(2)]
    book.observe(delivered(*encode_calls(sent, "default", environment="prod")), 30)

    assert [len(entry.calls) for day in ("2026-11-19", DAY) for entry in reader.entries(day)] == [1, 1]


def test_many_exports_are_all_booked(book, reader, table):
    """More entries than one batch takes go in several."""
    book.observe(delivered(*(delivery(number) for number in range(60))), 30)

    assert len(list(reader.entries(DAY))) == 60
    assert table.writes == 3


@pytest.mark.parametrize("failure", [ReadTimeoutError(endpoint_url="x"), "throttled"])
def test_a_failing_table_is_counted_and_tried_again(book, reader, table, counted, failure):
    """Nothing is raised; the calls are counted, and booked with the next export of the container."""
    table.failures = [failure]
    book.observe(delivered(delivery(1, 2)), 30)
    missing, count = list(reader.entries(DAY)), counted["BookFailures"]
    book.observe(delivered(delivery(3)), 30)

    assert (missing, count) == ([], 2)
    assert sorted(calls_of(reader.entries(DAY))) == [f"{number:016x}" for number in (1, 2, 3)]
    assert counted["BookFailures"] == 2


def test_without_time_nothing_is_written(book, table, counted):
    """At the end of an invocation the entries wait, counted."""
    book.observe(delivered(delivery(1)), 1)

    assert (table.writes, counted["BookFailures"]) == (0, 1)


def test_a_long_outage_keeps_a_bounded_number(book, table, counted):
    """The oldest entries go, counted, when more wait than are kept."""
    table.failures = [ReadTimeoutError(endpoint_url="x")] * 100
    for number in range(PENDING_ENTRIES + 20):
        book.observe(delivered(delivery(number)), 30)

    assert len(book._pending) == PENDING_ENTRIES


def test_what_was_found_of_a_day_is_remembered(reader):
    """A reading that was cut off goes on from what is remembered, by day and project."""
    found = {"verdict": "unfinished", "until_ms": 7, "finding": {"groups": []}}
    reader.check(DAY, "default", found)

    assert reader.checked(DAY, "default") == found
    assert reader.checked(DAY, "other") == reader.checked("2026-11-19", "default") == {}


def test_days_that_are_not_well_are_known(reader):
    """By their verdict, from a day on, each once however many projects it is of, the latest first."""
    for day, project, verdict in (
        ("2026-11-05", "default", "loss"),
        ("2026-11-17", "default", "loss"),
        ("2026-11-18", "default", "ok"),
        ("2026-11-19", "default", "unfinished"),
        ("2026-11-19", "other", "loss"),
    ):
        reader.check(day, project, {"verdict": verdict})

    assert reader.days_with({"loss", "unfinished"}, "2026-11-06") == ["2026-11-19", "2026-11-17"]


def test_a_spoilt_entry_and_a_missing_table_are_named(reader, table):
    """Neither is taken for an empty day, and no content is quoted."""
    table.put_item(TableName="book", Item={"pk": {"S": f"{DAY}/0"}, "sk": {"S": "x"}, "route": {"S": "900101"}})
    with pytest.raises(BookError, match=r"an entry of 2026-11-20 cannot be read \(KeyError\)$"):
        list(reader.entries(DAY))
    table.delete_table(TableName="book")
    with pytest.raises(BookError, match="query failed with ResourceNotFoundException"):
        list(reader.entries(DAY))


def test_an_entry_holds_nothing_of_what_was_said(book, table):
    """Prompt, answer and user are not in the book."""
    book.observe(delivered(delivery(1, input="what was asked", output="what was answered", user_id="u-777")), 30)
    stored = json.dumps(table.scan(TableName="book")["Items"], default=lambda raw: raw.decode("latin-1"))

    assert not [text for text in ("what was asked", "what was answered", "u-777") if text in stored]


def test_an_entry_has_room_in_one_item_of_the_table_whatever_its_calls_are_named():
    """Long names of many models and streams part an export into several entries; together they hold every call once."""
    facts = [
        CallFacts(
            key=f"k{n}",
            observation_id=f"{n:016x}",
            trace_id=f"{n:032x}",
            start_ms=START_MS + n,
            kind="generation",
            model=f"{n}" + "모" * 190,
            environment="production",
            user_id=None,
            failed=False,
            metadata={"log_group": "/aws/ecs/chat/llm", "log_stream": f"{n}" + "가" * 500},
        )
        for n in range(500)
    ]

    entries = entries_of(facts, "default", START_MS)

    sizes = [sum(len(part.encode()) for part in (packed(each)["groups"], packed(each)["places"])) for each in entries]
    assert max(sizes) < 250_000
    assert [call.observation_id for entry in entries for call in entry.calls] == [call.observation_id for call in facts]
    assert len({entry.name for entry in entries}) == len(entries) > 1
