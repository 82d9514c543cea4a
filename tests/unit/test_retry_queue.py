"""Handing over to SQS and reading back: nothing is lost between a delivery and its message."""

import json
from collections import Counter
from dataclasses import replace

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from logrouter.adapters.retry_queue import (
    MESSAGE_LIMIT_BYTES,
    Leftover,
    Message,
    RetryQueue,
    backoff_from,
    decode_message,
    encode_message,
    received,
    with_jitter,
)
from logrouter.model import Delivery
from tests.delivery_fakes import FakeClock, LineDestination, delivery

SPLIT = LineDestination().split


@pytest.fixture
def sqs(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1")


@pytest.fixture
def counts():
    return Counter()


@pytest.fixture
def queue(sqs, counts):
    url = sqs.create_queue(QueueName="retry")["QueueUrl"]
    return RetryQueue(url, client=sqs, clock=FakeClock(), count=lambda name, value: counts.update({name: value}))


def messages(sqs, queue) -> list[Delivery | None]:
    found = []
    while batch := sqs.receive_message(QueueUrl=queue._url, MaxNumberOfMessages=10).get("Messages"):
        found += [decode_message(message["Body"]) for message in batch]
    return found


DELIVERIES = st.builds(
    lambda keys, route, body, attempt, completed_by: Delivery(
        "sentry", route, tuple(keys), (2,) * len(keys), body, attempt, completed_by
    ),
    st.lists(st.text(min_size=1), min_size=1, max_size=5),
    st.text(min_size=1),
    st.binary(max_size=2_000),
    st.integers(0, 99),
    st.none() | st.text(min_size=1),
)


@given(DELIVERIES)
def test_a_message_reads_back_as_its_delivery(one):
    """Encoding loses nothing."""
    assert one == decode_message(encode_message(one))


def test_a_message_of_an_earlier_version_is_read():
    """A message of what needs no completing names none."""
    text = encode_message(delivery("a"))

    assert "completed_by" not in json.loads(text)
    assert decode_message(text) == delivery("a")


@pytest.mark.parametrize("completed_by", [7, ["c"], {}])
def test_a_completion_that_is_no_text_is_corrupt(completed_by):
    """What is no text was not written here."""
    assert (
        decode_message(json.dumps(json.loads(encode_message(delivery("a"))) | {"completed_by": completed_by})) is None
    )


@given(DELIVERIES, st.data())
def test_a_damaged_message_is_corrupt_or_right(one, data):
    """A message with any byte changed is refused, or still is a whole delivery; it never raises."""
    text = encode_message(one)
    at = data.draw(st.integers(0, len(text) - 1))
    damaged = text[:at] + data.draw(st.characters(codec="ascii")) + text[at + 1 :]

    found = decode_message(damaged)

    assert found is None or len(found.keys) == len(found.lines)


@pytest.mark.parametrize("name", ["version", "destination", "route", "keys", "lines", "attempt", "body"])
@pytest.mark.parametrize("value", [None, 7.5, "", [], {}, [None], "not base64 !"])
def test_a_message_of_another_shape_is_corrupt(name, value):
    """Every field is checked."""
    message = {**json.loads(encode_message(delivery("a"))), name: value}
    accepted = {("route", ""), ("destination", ""), ("route", "not base64 !"), ("destination", "not base64 !")}

    assert ((name, str(value)) in accepted) == (decode_message(json.dumps(message)) is not None)


@pytest.mark.parametrize("text", ["", "null", "[]", "{", '{"version":2}', "\x00", "[" * 100_000])
def test_foreign_text_is_corrupt(text):
    """What was never ours is refused without an exception."""
    assert decode_message(text) is None


def test_hand_over_sends_every_delivery(sqs, queue):
    """Twenty-five deliveries arrive in three batches, each one attempt older."""
    left = queue.hand_over([Leftover(delivery(f"k{i}"), 0, "http_503") for i in range(25)], SPLIT)

    assert left == ()
    assert [delivery(f"k{i}", attempt=1) for i in range(25)] == sorted(
        messages(sqs, queue), key=lambda d: int(d.keys[0][1:])
    )


class RecordingSqs:
    """Keeps the batches; fails what its script says."""

    def __init__(self, *failing) -> None:
        self.batches: list[list[dict]] = []
        self.failing = list(failing)

    def send_message_batch(self, QueueUrl, Entries):  # noqa: N803 - the AWS name
        self.batches.append(Entries)
        bad = self.failing.pop(0) if self.failing else set()
        if isinstance(bad, Exception):
            raise bad
        return {
            "Successful": [{"Id": entry["Id"]} for entry in Entries if entry["Id"] not in bad],
            "Failed": [{"Id": name, "SenderFault": False, "Code": "InternalError"} for name in bad],
        }


def queue_on(client, counts, luck=0.0) -> RetryQueue:
    return RetryQueue("url", client=client, clock=FakeClock(luck=luck), count=lambda name, n: counts.update({name: n}))


@pytest.mark.parametrize(
    ("wait_s", "luck", "delay"), [(0, 0.5, 0), (100, 0, 100), (100, 0.99, 119), (900, 1, 900), (7200, 0, 900)]
)
def test_the_delay_is_the_wait_with_jitter_clipped(counts, wait_s, luck, delay):
    """Never shorter than asked, a fifth longer at most, fifteen minutes at most."""
    client = RecordingSqs()

    queue_on(client, counts, luck).hand_over([Leftover(delivery("a"), wait_s, "x")], SPLIT)

    assert delay == client.batches[0][0]["DelaySeconds"]


def test_partial_failures_are_sent_once_more(counts):
    """Only what the queue did not take is sent again."""
    client = RecordingSqs({"1"})

    left = queue_on(client, counts).hand_over([Leftover(delivery(key), 0, "x") for key in "abc"], SPLIT)

    assert left == ()
    assert [len(batch) for batch in client.batches] == [3, 1]
    assert decode_message(client.batches[1][0]["MessageBody"]).keys == ("b",)


@pytest.mark.parametrize("failing", [({"0"}, {"0"}), (OSError("down"), OSError("down"))])
def test_what_is_refused_twice_comes_back(counts, failing):
    """A queue that does not take a delivery says so; nothing is forgotten."""
    left = queue_on(RecordingSqs(*failing), counts).hand_over([Leftover(delivery("a"), 0, "x")], SPLIT)

    assert [leftover.delivery.keys for leftover in left] == [("a",)]
    assert counts["QueueFailures"] == 2


def incompressible(size: int) -> bytes:
    import random

    return random.Random(7).randbytes(size)


class HalvingDestination(LineDestination):
    """Gives each half half of the bytes."""

    def split(self, delivery: Delivery) -> tuple[Delivery, ...]:
        half = len(delivery.keys) // 2
        middle = len(delivery.body) // 2
        first = replace(delivery, keys=delivery.keys[:half], lines=delivery.lines[:half], body=delivery.body[:middle])
        rest = replace(delivery, keys=delivery.keys[half:], lines=delivery.lines[half:], body=delivery.body[middle:])
        return (first, rest) if half else ()


def test_a_message_too_large_is_split(counts):
    """A delivery beyond the queue's limit goes as several messages that fit."""
    client = RecordingSqs()
    big = replace(delivery("a", "b", "c", "d"), body=incompressible(3_000_000))

    left = queue_on(client, counts).hand_over([Leftover(big, 0, "x")], HalvingDestination().split)

    sent = [entry["MessageBody"] for batch in client.batches for entry in batch]
    assert left == ()
    assert sorted(key for text in sent for key in decode_message(text).keys) == ["a", "b", "c", "d"]
    assert all(sum(len(entry["MessageBody"]) for entry in batch) <= MESSAGE_LIMIT_BYTES for batch in client.batches)


def test_a_single_record_too_large_comes_back_and_the_rest_goes_on(counts):
    """What no message can hold is reported as not taken; its neighbours are handed over."""
    client = RecordingSqs()
    big = replace(delivery("big"), body=incompressible(1_500_000))

    left = queue_on(client, counts).hand_over([Leftover(big, 0, "x"), Leftover(delivery("a"), 0, "x")], SPLIT)

    assert [leftover.delivery.keys for leftover in left] == [("big",)]
    assert len(client.batches) == 1


def test_postponed_messages_stay_hidden(sqs, queue):
    """A message that failed comes back after its wait, not at once."""
    queue.hand_over([Leftover(delivery("a"), 0, "x")], SPLIT)
    found = sqs.receive_message(QueueUrl=queue._url, VisibilityTimeout=1)["Messages"][0]

    queue.postpone([(Message("id", found["ReceiptHandle"], delivery("a")), 3_000.0)])

    hidden = sqs.get_queue_attributes(QueueUrl=queue._url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert hidden["Attributes"]["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_a_failing_postpone_raises_nothing(sqs, queue, counts):
    """Where the visibility cannot be changed the queue's own timeout holds."""
    queue.postpone([(Message("id", "no such receipt", None), 30.0)])

    assert counts["QueueFailures"] == 1


def test_received_reads_an_sqs_event():
    """Id, receipt, receive count and delivery of each record; nonsense is corrupt, not an exception."""
    event = {
        "Records": [
            {
                "messageId": "1",
                "receiptHandle": "r",
                "body": encode_message(delivery("a")),
                "attributes": {"ApproximateReceiveCount": "4"},
            },
            {"messageId": "2", "body": "{}"},
        ]
    }

    assert [Message("1", "r", delivery("a"), 4), Message("2", "", None, 1)] == received(event)


def test_backoff_doubles_up_to_an_hour():
    """30 s, 60 s, ... 3,600 s."""
    assert [backoff_from()(n) for n in (0, 1, 2, 3, 4, 9, 400)] == [30, 30, 60, 120, 240, 3_600, 3_600]


@given(st.floats(0, 1e6), st.floats(0, 1, exclude_max=True))
def test_jitter_never_shortens(wait_s, luck):
    """A destination's Retry-After is kept."""
    assert wait_s <= with_jitter(wait_s, FakeClock(luck=luck)) <= wait_s * 1.2 + 1e-6
