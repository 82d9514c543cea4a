"""Calls reach a Langfuse that misbehaves, each exactly once: limits, outages, refusals, broken connections, lost answers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest

from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.http import HttpTransport
from logrouter.destinations.langfuse import LANGFUSE, encode_calls
from logrouter.model import DropReason, LlmCall, Settlement
from logrouter.stages.price import fill_cost
from logrouter.stages.recognise import recognise
from logrouter_local.langfuse_receiver import LangfuseReceiver
from logrouter_local.receiving import Fault
from tests.delivery_fakes import FakeClock, MemoryLedger, MemoryQueue
from tests.unit.llm_samples import RULES, SAMPLES, record

CALLS = 60


@pytest.fixture
def langfuse() -> Iterator[LangfuseReceiver]:
    with LangfuseReceiver() as server:
        yield server


def call(number: int, **changes) -> LlmCall:
    document = {**SAMPLES["canonical"], "total_cost": 0.01, "response": f"answer {number} " + "가" * 400}
    (found,) = recognise(record(document, event_id=str(number), request_id=f"req-{number % 7}"), RULES).calls
    return replace(fill_cost(found, RULES), **changes)


class Bench:
    """A courier to a receiver, with a queue and a ledger in memory."""

    def __init__(self, server: LangfuseReceiver) -> None:
        self.server, self.clock, self.queue, self.ledger = server, FakeClock(), MemoryQueue(), MemoryLedger()
        secret = {"host": server.url, "public_key": "pk-local", "secret_key": "sk-local"}
        self.books = Settlement()
        self.courier = Courier(
            LANGFUSE,
            targets=lambda *, refresh: LANGFUSE.targets(secret),
            transport=HttpTransport(),
            ledger=self.ledger,
            retry_queue=self.queue,
            clock=self.clock,
            concurrency=4,
        )

    def deliver(self, deliveries) -> None:
        """Deliver, then drain the queue as SQS would until it is empty."""
        waiting = tuple(deliveries)
        for _ in range(50):
            settled = self.courier.deliver(waiting, Deadline(lambda: 60_000, 1_000))
            self.books.delivered += settled.delivered
            self.books.dropped.update(settled.dropped)
            self.books.codes.update(settled.codes)
            assert settled.undelivered == 0
            waiting = tuple(self.queue.deliveries)
            if not waiting:
                return
            self.queue.texts.clear()
            self.clock.at_s += 3_600
        pytest.fail("the queue never emptied")


def small_batches(calls, size=10):
    return [
        delivery
        for start in range(0, len(calls), size)
        for delivery in encode_calls(calls[start : start + size], "default", environment="local")
    ]


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(429, {"Retry-After": "5"})] * 4,
        [Fault(500)] * 5,
        [Fault(503), Fault(502), Fault(504)],
        [Fault(0)] * 3,
        [Fault(413)] * 2,
        [Fault(400)],
        [Fault(401)],
        [Fault(404)],
        [Fault(429), Fault(500), Fault(413), Fault(0), Fault(503)] * 2,
    ],
    ids=["429", "500", "5xx", "reset", "413", "400", "401", "404", "all"],
)
def test_each_call_exactly_once(langfuse, faults):
    """Whatever goes wrong before the work is done, each call arrives once, and the cost is exact."""
    bench = Bench(langfuse)
    langfuse.inject(*faults)
    bench.deliver(small_batches([call(number) for number in range(CALLS)]))

    received = langfuse.received()
    assert (len(received["spans"]), received["copies"], received["complaints"]) == (CALLS, CALLS, [])
    assert bench.books.delivered == CALLS
    assert bench.books.dropped == Counter()
    assert sum(trace["totalCost"] for trace in langfuse.traces()) == pytest.approx(0.01 * CALLS)


def test_repeated_invocations_count_once(langfuse):
    """The same log events again, in other batches, are kept out by the ledger."""
    bench = Bench(langfuse)
    calls = [call(number) for number in range(CALLS)]
    bench.deliver(small_batches(calls))
    bench.deliver(small_batches(calls, 17))

    assert langfuse.received()["copies"] == CALLS
    assert (bench.books.delivered, bench.books.dropped) == (CALLS, {DropReason.DUPLICATE: CALLS})


def test_half_delivered_batch_sends_the_rest(langfuse):
    """Of a batch that was delivered in part, only the rest is sent."""
    bench = Bench(langfuse)
    calls = [call(number) for number in range(20)]
    bench.deliver(small_batches(calls[:8]))
    bench.deliver(small_batches(calls, 20))

    assert langfuse.received()["copies"] == 20
    assert bench.books.dropped == {DropReason.DUPLICATE: 8}


def test_lost_answer_makes_an_equal_copy(langfuse):
    """When only the answer is lost, the copy is byte for byte the same, which Langfuse merges; no third one comes."""
    bench = Bench(langfuse)
    langfuse.inject(Fault(500, after=True))
    bench.deliver(small_batches([call(number) for number in range(10)]))

    assert langfuse.complaints == []
    assert len(langfuse.received()["spans"]) == 10
    assert langfuse.bodies[0] == langfuse.bodies[1]
    assert len(langfuse.bodies) == 2


def test_too_large_batches_are_split():
    """A server with a small limit gets everything in parts."""
    with LangfuseReceiver(limit_bytes=6_000) as server:
        bench = Bench(server)
        bench.deliver(encode_calls([call(number) for number in range(CALLS)], "default", environment="local"))

        assert server.received()["copies"] == CALLS
        assert bench.books.codes["http_413"] > 0


def test_too_large_call_arrives_without_content():
    """A single call beyond the server's limit keeps its tokens and cost and loses its texts."""
    with LangfuseReceiver(limit_bytes=6_000) as server:
        bench = Bench(server)
        bench.deliver(small_batches([call(0, output="가" * 5_000)]))
        (trace,) = server.traces()

        assert bench.books.delivered == 1
        assert trace["totalTokens"] == 17
        assert trace["observations"][0]["metadata"]["content_cut"] == "true"


@pytest.mark.langfuse_faults_expected
def test_poisonous_call_is_found_and_dropped_alone(langfuse):
    """One call that the server refuses takes no other with it."""
    bench = Bench(langfuse)
    calls = [call(number) for number in range(CALLS)]
    calls[23] = replace(calls[23], usage={"input": 1, "total": 99})
    bench.deliver(encode_calls(calls, "default", environment="local"))

    assert langfuse.received()["copies"] == CALLS - 1
    assert bench.books.delivered == CALLS - 1
    assert bench.books.dropped == {DropReason.REFUSED_BY_DESTINATION: 1}
