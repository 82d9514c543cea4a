"""Draining the retry queue: how long a message that must come back stays away, and what is written last of all."""

from dataclasses import replace

import pytest

from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.draining import drain
from logrouter.adapters.retry_queue import Message
from logrouter.destinations.contract import Answer, Target
from tests.delivery_fakes import FakeClock, LineDestination, MemoryLedger, MemoryQueue, ScriptedTransport, delivery


def postponed(answer: Answer, busy: dict[str, float], receives: int) -> list[tuple[str, float]]:
    """The waits of one message with the key `k`, with a backoff of 100 seconds a receive."""
    queue = MemoryQueue()
    courier = Courier(
        LineDestination(),
        targets=lambda *, refresh: {"default": Target("http://x", {})},
        transport=ScriptedTransport([answer]),
        ledger=MemoryLedger(busy=busy),
        retry_queue=queue,
        clock=FakeClock(),
        concurrency=1,
    )
    drain(
        [Message("m", "receipt", delivery("k"), receives)],
        destination="lines",
        courier=courier,
        queue=queue,
        deadline=Deadline(lambda: 60_000, 1_000),
        backoff=lambda tries: 100.0 * tries,
    )
    return queue.postponed


@pytest.mark.parametrize(
    ("answer", "receives", "wait_s"),
    [(Answer(503), 1, 100.0), (Answer(503), 4, 400.0), (Answer(503, {"retry-after": "700"}), 1, 700.0)],
)
def test_an_outage_waits_longer_with_each_receive(answer, receives, wait_s):
    """The longer one of the destination's wait and ours, so that an outage does not use up the queue's tries."""
    assert postponed(answer, {}, receives) == [("m", wait_s)]


def test_a_busy_key_waits_for_its_lease_only():
    """What another invocation is delivering is no outage: it comes back when that one's lease is over."""
    assert postponed(Answer(200), {"k": 33.0}, 4) == [("m", 33.0)]


def drained(messages, left_ms=60_000):
    """What is sent of some messages when their counters stand at 7."""
    transport = ScriptedTransport([Answer(200)])
    courier = Courier(
        LineDestination(),
        targets=lambda *, refresh: {"default": Target("http://x", {})},
        transport=transport,
        ledger=MemoryLedger(),
        retry_queue=MemoryQueue(),
        clock=FakeClock(),
        concurrency=1,
    )
    asked = []

    def complete(one):
        asked.append(one.completed_by)
        return replace(one, body=one.body + b" 7")

    found = drain(
        [Message(f"m{at}", "receipt", one) for at, one in enumerate(messages)],
        destination="lines",
        courier=courier,
        queue=MemoryQueue(),
        deadline=Deadline(lambda: left_ms, 1_000),
        complete=complete,
    )
    return asked, [request.body for request in transport.sent], found


def test_a_report_is_completed_when_it_is_sent():
    """What names a counter gets its number now; other messages go as they were written."""
    asked, sent, found = drained([delivery("a"), replace(delivery("b"), completed_by="c")])

    assert (asked, sent, found.tally.delivered) == (["c"], [b"a", b"b 7"], 2)


def test_without_time_a_report_is_not_completed():
    """A number that will not be sent must not end the wait for the next report."""
    asked, sent, found = drained([replace(delivery("b"), completed_by="c")], left_ms=0)

    assert (asked, sent, found.failed) == ([], [], ("m0",))
