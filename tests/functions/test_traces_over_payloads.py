"""A trace cut between two payloads, through the whole function: table and queue emulated, a server for Sentry."""

import gzip
from concurrent.futures import ThreadPoolExecutor

import pytest

from logrouter.adapters import tails
from logrouter.adapters.aws import client
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.ledger import DynamoLedger
from logrouter.model import LogEvent, MaskedText, Origin, RawText
from logrouter.stages.stitching.tails import End, Held, Tail
from tests.contract_world import awslogs, boom, context, document, refusal, world_of
from tests.unit.test_log_samples import SAMPLES
from tests.unit.test_tails import told

FUNCTION = "forward_errors"
ERROR = "2026-11-20 10:00:00,123 ERROR shop charge failed"
INFO = "2026-11-20 10:00:00,124 INFO shop next"
TRACE = [
    ERROR,
    "Traceback (most recent call last):",
    '  File "/app/a.py", line 1, in f',
    "    g()",
    '  File "/app/b.py", line 2, in g',
    "    raise ValueError('x')",
    "ValueError: x",
    INFO,
]
WHOLE = {
    "python": TRACE,
    **{
        name: [*(SAMPLES / f"traces/{name}.txt").read_text("utf-8").strip("\n").split("\n"), INFO]
        for name in ("python/context-3.13", "node/cause", "java/suppressed", "go/goroutine", "php/cause", "ruby/cause")
    },
}
ORIGIN = Origin("123456789012", "us-east-1", "/aws/ecs/shop/application", "app/shop/abc")
HELD = Held("default", "0123456789abcdef0123456789abcdef")
EARLIER = Tail((End("6", 0, 0, MaskedText("Error")),), "1", 0)
TAIL = Tail(
    (End("7", 1, 2, MaskedText("Error: \u00fc \n  x"), {"key.pem": 1}, HELD, "-----"), End("8", 2, 2, MaskedText("y"))),
    "2",
    2,
)
FIRST = LogEvent("9", 3, RawText("  at f"))
NAMES = {"logGroup": "/aws/ecs/shop/application", "logStream": "app/shop/abc"}


@pytest.fixture
def world(monkeypatch, capsys, function):
    monkeypatch.setattr(tails, "LOOK_AGAIN_S", 0.0)
    with world_of(monkeypatch, capsys, function) as made:
        yield made


def payload(lines, start, end, **changes):
    """The lines from `start` to `end` as a payload; ids and times are those they have in the whole log."""
    made = document(*lines[start:end], first=start + 1, **NAMES | changes)
    for event in made["logEvents"]:
        event["timestamp"] += start
    return awslogs(made)


def send(world, *payloads):
    return [world.handle(FUNCTION, each, fresh=False) for each in payloads]


def drain(world):
    """Give the function its queue until it is empty; return the tallies."""
    while event := world.drain_event()["Records"]:
        answer = world.handle(FUNCTION, {"Records": event}, fresh=False)
        assert answer == {"batchItemFailures": []}
        for record in event:
            world.sqs.delete_message(QueueUrl=world.queue, ReceiptHandle=record["receiptHandle"])
    return [tally for tally in world.tallies() if tally["source"] == "retry"]


def whole(world, lines):
    """The events of the log in one payload; everything they left behind is taken away again."""
    send(world, payload(lines, 0, len(lines)))
    drain(world)
    expected = told(world.sink.events)
    forget(world)
    return expected


def forget(world):
    world.sink.requests.clear()
    for item in world.dynamodb.scan(TableName="ledger")["Items"]:
        world.dynamodb.delete_item(TableName="ledger", Key={"pk": item["pk"]})


@pytest.mark.parametrize("lines", WHOLE.values(), ids=WHOLE)
def test_a_cut_trace_is_one_issue(world, lines):
    """Cut in the middle, at its beginning or before its end: Sentry gets the event of the whole trace, once."""
    expected = whole(world, lines)

    for cut in {1, 2, len(lines) // 2, len(lines) - 2}:
        first, second = send(world, payload(lines, 0, cut), payload(lines, cut, len(lines)))
        retried = drain(world)

        assert told(world.sink.events) == expected, cut
        assert all(tally["balanced"] for tally in (first, second, *retried))
        assert first["received"] + second["received"] == len(lines)
        forget(world)


def test_the_books_of_a_cut_trace(world):
    """The beginning is handed over and then dropped as a duplicate; the rest is delivered."""
    first, second = send(world, payload(TRACE, 0, 4), payload(TRACE, 4, 8))
    (retried,) = drain(world)

    assert (first["handed_over"], first["delivered"]) == (4, 0)
    assert (second["delivered"], second["dropped"]) == (3, {"not_selected": 1})
    assert (retried["received"], retried["dropped"]) == (4, {"duplicate": 4})


def test_over_three_payloads(world):
    """A trace over three payloads is one event as well."""
    expected = whole(world, TRACE)

    send(world, payload(TRACE, 0, 2), payload(TRACE, 2, 5), payload(TRACE, 5, 8))
    drain(world)

    assert told(world.sink.events) == expected


@pytest.mark.parametrize("order", ["1122", "1212", "1221", "112212"])
def test_payloads_that_come_again(world, order):
    """CloudWatch and Lambda repeat payloads; one event stays one event."""
    expected = whole(world, TRACE)

    send(world, *(payload(TRACE, 0, 4) if which == "1" else payload(TRACE, 4, 8) for which in order))
    drain(world)

    assert told(world.sink.events) == expected


def test_a_repeat_after_everything_was_sent(world):
    """A replay hours later changes nothing."""
    send(world, payload(TRACE, 0, 4), payload(TRACE, 4, 8))
    drain(world)
    before = list(world.sink.requests)

    send(world, payload(TRACE, 0, 4), payload(TRACE, 4, 8))
    drain(world)

    assert world.sink.requests == before


def test_both_payloads_at_once(world, monkeypatch):
    """Worked on side by side, the second payload finds the end of the first when it looks again."""
    monkeypatch.setattr(tails, "LOOK_AGAIN_S", 1.0)
    expected = whole(world, TRACE)
    handler = world.function(FUNCTION).handler
    handler(payload([INFO], 0, 1), context())

    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(handler, payload(TRACE, start, end), context()) for start, end in ((4, 8), (0, 4))]
    assert all(answer.result()["balanced"] for answer in answers)
    drain(world)

    assert told(world.sink.events) == expected


def test_payloads_in_wrong_order(world):
    """A rest that overtakes its beginning is an issue of its own; nothing is lost and nothing waits for ever."""
    second, first = send(world, payload(TRACE, 4, 8), payload(TRACE, 0, 4))
    drain(world)

    assert len(world.sink.events) == 2
    assert [first["balanced"], second["balanced"]] == [True, True]


def test_a_second_payload_that_never_comes(world):
    """The beginning is sent alone when its time is over."""
    (first,) = send(world, payload(TRACE, 0, 4))
    assert world.sink.requests == []

    drain(world)

    assert first["handed_over"] == 4
    assert ["charge failed" in event["logentry"]["formatted"] for event in world.sink.events] == [True]


def test_a_second_payload_that_comes_too_late(world):
    """Behind a beginning that was sent alone the whole is sent too, under an id of its own; a repeat of it is not."""
    (expected,) = whole(world, TRACE)
    send(world, payload(TRACE, 0, 4))
    drain(world)

    send(world, payload(TRACE, 4, 8), payload(TRACE, 4, 8))
    drain(world)

    alone, complete = sorted(world.sink.events, key=lambda event: event["event_id"] != expected["event_id"])
    assert alone["event_id"] == expected["event_id"]
    assert complete["exception"] == expected["exception"]
    assert complete["contexts"]["attributes"]["continues"] == alone["event_id"]


def test_an_outage_of_sentry_between(world):
    """While Sentry is down the whole waits, and the beginning that comes back first is still a duplicate."""
    expected = whole(world, TRACE)
    world.sink.answer = lambda number: (503, {})

    first, second = send(world, payload(TRACE, 0, 4), payload(TRACE, 4, 8))
    world.sink.requests.clear()
    world.sink.answer = lambda number: (200, {})
    world.function(FUNCTION)._forwarder.cache_clear()
    drain(world)

    assert (first["handed_over"], second["handed_over"]) == (4, 3)
    assert told(world.sink.events) == expected


@pytest.mark.parametrize("service", ["DynamoDB", "SQS"])
def test_a_store_or_a_queue_that_is_down(world, monkeypatch, service):
    """Without the table nothing waits; without the queue the beginning is sent at once. Nothing is lost, books balance."""
    from botocore.client import BaseClient

    call = BaseClient._make_api_call

    def refuse(of, operation, arguments):
        if of.meta.service_model.service_id == service and operation not in {"Scan", "ReceiveMessage"}:
            raise refusal("ThrottlingException", operation)
        return call(of, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    answers = send(world, payload(TRACE, 0, 4), payload(TRACE, 4, 8))

    assert [answer["delivered"] for answer in answers] == [4, 3]
    assert len(world.sink.events) == 2


def test_without_a_queue(world, monkeypatch):
    """Where nothing can wait, nothing is kept."""
    monkeypatch.delenv("RETRY_QUEUE_URL")

    (first,) = send(world, payload(TRACE, 0, 4))

    assert first["delivered"] == 4
    assert [
        item for item in world.dynamodb.scan(TableName="ledger")["Items"] if item["pk"]["S"].startswith("tail/")
    ] == []


def test_another_stream(world):
    """The end of another stream, group or account is never joined."""
    others = {"logStream": "app/shop/other"}, {"logGroup": "/aws/ecs/other/application"}, {"owner": "210987654321"}
    send(world, payload(TRACE, 0, 4))

    send(world, *(payload(TRACE, 4, 8, **other) for other in others))
    drain(world)

    assert len(world.sink.events) == 4


def test_what_is_kept_is_masked(world):
    """Neither table nor queue holds a secret of an end that waits, and none of one that spans the cut leaves."""
    secret, body = (
        "hunter2" + "-Wq9",
        "MIIEpAIBAAKCAQEA0Z3VS5JJcds3xfn" + "/ygWyF8PbnGy0AHB7MhgwMbRvI0MBZhpXm2a9w0rXQ4Q",
    )
    lines = [
        f"{ERROR} password={secret}",
        "ValueError: bad key -----BEGIN RSA PRIVATE " + "KEY-----",
        body,
        "    at f (/app/a.js:1:2)",
        "    at g (/app/a.js:3:4)",
        INFO,
    ]

    send(world, payload(lines, 0, 2))
    kept = world.dynamodb.scan(TableName="ledger")["Items"]
    texts = [gzip.decompress(each["B"]).decode() for item in kept if "tails" in item for each in item["tails"]["L"]]
    send(world, payload(lines, 2, 6))
    drain(world)

    assert len(texts) == 1
    for hidden in (secret, body):
        assert hidden not in texts[0]
        assert hidden not in world.sink.bytes.decode("utf-8", "replace")
        assert hidden not in world.stored()


def test_kinesis_answers_with_nothing_to_repeat(world):
    """Payloads of one stream in one Kinesis event become one event without a look into the table."""
    expected = whole(world, TRACE)
    records = [
        {
            "eventSource": "aws:kinesis",
            "kinesis": {"sequenceNumber": str(start), "data": payload(TRACE, start, end)["awslogs"]["data"]},
        }
        for start, end in ((0, 4), (4, 8))
    ]

    assert send(world, {"Records": records}) == [{"batchItemFailures": []}]
    assert told(world.sink.events) == expected


@pytest.mark.parametrize(
    "stage",
    [
        *(f"stages.stitching.tails.{name}" for name in ("beginning", "joined", "open_ends", "place_of", "_open_key")),
        *(f"stages.stitching.tails.Seams.{name}" for name in ("open", "keep")),
        *(f"adapters.tails.{name}" for name in ("_pk", "_packed", "_unpacked")),
        *(f"adapters.tails.TableTails.{name}" for name in ("find", "keep")),
    ],
)
def test_a_fault_of_ours(world, monkeypatch, stage):
    """Whatever stumbles over the payload, no record is lost, the books balance, and nothing of it is told."""
    monkeypatch.setattr(f"logrouter.{stage}", boom)

    answers = send(world, payload(TRACE, 0, 4), payload(TRACE, 4, 8))
    drain(world)

    assert all(answer["balanced"] for answer in answers)
    assert len(world.sink.events) == 2
    assert world.leaks() == []


class TestTable:
    """The adapter by itself."""

    @pytest.fixture
    def store(self, world):
        slept, counted = [], []
        ledger = DynamoLedger("ledger", client=client("dynamodb"), clock=SystemClock(), count=lambda *args: None)
        made = tails.TableTails(
            "ledger",
            client=client("dynamodb"),
            ledger=ledger,
            clock=SystemClock(),
            count=lambda name, number: counted.append(name),
            sleep=slept.append,
        )
        made.slept, made.counted = slept, counted
        return made

    def test_what_was_kept_is_found(self, store):
        """Ends come back as they were, the latest that fits first, however they were kept and how often."""
        for tail in (TAIL, EARLIER, TAIL):
            assert store.keep(ORIGIN, tail) is True

        assert store.find(ORIGIN, FIRST, lambda tail: True, 60, is_patient=True) == TAIL
        assert store.find(ORIGIN, FIRST, lambda tail: tail.place == EARLIER.place, 60, is_patient=True) == EARLIER
        assert store.slept == []

    def test_an_end_of_shortly_before(self, store):
        """An end is found up to two seconds later, and not after that."""
        store.keep(ORIGIN, TAIL)
        late = [FIRST._replace(timestamp_ms=TAIL.ended_ms + after) for after in (2_000, 4_000)]

        assert [store.find(ORIGIN, first, lambda tail: True, 60, is_patient=False) for first in late] == [TAIL, None]

    def test_it_looks_twice_and_then_remembers(self, store):
        """A payload is waited for once, however often it is planned."""
        for _ in range(3):
            assert store.find(ORIGIN, FIRST, lambda tail: True, 60, is_patient=True) is None

        assert store.slept == [tails.LOOK_AGAIN_S]

    def test_only_the_patient_look_twice(self, store):
        """Lines that are merely indented are not waited for."""
        assert store.find(ORIGIN, FIRST, lambda tail: True, 60, is_patient=False) is None

        assert store.slept == []

    def test_it_does_not_look_without_time(self, store):
        """With little time left nobody is asked."""
        store.keep(ORIGIN, TAIL)

        assert store.find(ORIGIN, FIRST, lambda tail: True, tails.SHORTEST_S - 1, is_patient=True) is None

    def test_an_item_that_is_damaged(self, store, world):
        """What cannot be read is as if it were not there, and is counted."""
        store.keep(ORIGIN, TAIL)
        world.dynamodb.update_item(
            TableName="ledger",
            Key={"pk": {"S": tails._pk(ORIGIN, TAIL.ended_ms)}},
            UpdateExpression="SET tails = :tails",
            ExpressionAttributeValues={":tails": {"L": [{"B": b"no gzip"}]}},
        )

        assert store.find(ORIGIN, FIRST, lambda tail: True, 60, is_patient=True) is None
        assert set(store.counted) == {"TailFailures"}

    def test_a_table_that_is_gone(self, store, world):
        """Without the table nothing is kept and nothing raises; it is left alone at once."""
        world.dynamodb.delete_table(TableName="ledger")

        assert store.keep(ORIGIN, TAIL) is False
        assert store.find(ORIGIN, FIRST, lambda tail: True, 60, is_patient=True) is None
        assert store.take_over(HELD, "me", 60) is False
        assert store.counted == ["TailFailures"]

    def test_a_delivery_is_taken_over_by_one(self, store):
        """Who took it over may ask again; nobody else gets it, and once settled nobody does."""
        assert [store.take_over(HELD, by, 60) for by in ("me", "me", "you")] == [True, True, False]

        store.settle([HELD])

        assert store.take_over(HELD, "me", 60) is False
