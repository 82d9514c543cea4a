"""The laws of delivery under every fault a server can show: books balance, nothing lost, nothing twice, deadline kept.

Runs the courier with threads and real connections against `tests.faults.Sink`.
"""

import threading
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logrouter.adapters import http
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.draining import drain
from logrouter.adapters.http import HttpTransport
from logrouter.adapters.retry_queue import Message
from logrouter.destinations.contract import Target
from tests import faults
from tests.delivery_fakes import CuttingDestination, LineDestination, MemoryLedger, MemoryQueue, delivery
from tests.faults import Sink, Step

QUICK = [
    faults.OK,
    faults.RATE_LIMITED,
    faults.BROKEN,
    faults.UNAVAILABLE,
    faults.TOO_LARGE,
    faults.BAD,
    faults.UNAUTHORIZED,
    faults.NOT_FOUND,
    faults.RESET,
    faults.CLOSE,
    faults.MID_BODY,
]
RESERVE_MS = 400
PATIENT = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


class SkippingClock(SystemClock):
    """The system's clock, set forward by hand: breakers rest for minutes, tests do not."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s


def courier_to(sink: Sink, queue: MemoryQueue, *, destination=None, ledger=None, clock=None, concurrency=4) -> Courier:
    return Courier(
        destination or LineDestination(),
        targets=lambda *, refresh: {"default": Target(sink.url, {})},
        transport=HttpTransport(connections=concurrency),
        ledger=ledger or MemoryLedger(),
        retry_queue=queue,
        clock=clock or SystemClock(),
        concurrency=concurrency,
    )


def ends_in(milliseconds: int) -> Deadline:
    end_s = time.monotonic() + milliseconds / 1000
    return Deadline(lambda: int((end_s - time.monotonic()) * 1000), RESERVE_MS)


def accepted_keys(sink: Sink) -> Counter[str]:
    return Counter(key for body in sink.accepted for key in body.decode().split("\n"))


BATCHES = st.lists(st.integers(1, 7), min_size=1, max_size=12)
SCRIPTS = st.lists(st.sampled_from(QUICK), min_size=1, max_size=25)


@PATIENT
@given(sizes=BATCHES, script=SCRIPTS, cutting=st.booleans())
def test_every_record_has_one_fate(sizes, script, cutting):
    """Whatever the server answers: received = delivered + dropped + handed over, and each key is in one place only."""
    deliveries = [delivery(*[f"{batch}-{index}" for index in range(size)]) for batch, size in enumerate(sizes)]
    queue = MemoryQueue()

    with Sink([*script, faults.OK]) as sink:
        courier = courier_to(sink, queue, destination=CuttingDestination() if cutting else LineDestination())
        settled = courier.deliver(deliveries, ends_in(20_000))
        taken = accepted_keys(sink)

    assert sum(sizes) == settled.delivered + settled.dropped.total() + settled.handed_over
    assert settled.undelivered == 0
    assert settled.delivered == taken.total()
    assert set(taken.values()) <= {1}
    assert not set(taken) & set(queue.keys)
    assert settled.handed_over == len(queue.keys) == len(set(queue.keys))


@PATIENT
@given(sizes=BATCHES, scripts=st.lists(SCRIPTS, min_size=1, max_size=4))
def test_everything_arrives_once_in_the_end(sizes, scripts):
    """Handed over and drained until the server is well again, every record arrives exactly once or was refused."""
    deliveries = [delivery(*[f"{batch}-{index}" for index in range(size)]) for batch, size in enumerate(sizes)]
    keys = {key for one in deliveries for key in one.keys}
    queue, clock, taken, dropped = MemoryQueue(), SkippingClock(), Counter(), 0

    # A 413 or a 400 at random drops a record at random: those are left out here, so that nothing may be missing.
    for index, script in enumerate([*scripts, [faults.OK]]):
        sick = [step for step in script if step not in {faults.TOO_LARGE, faults.BAD}]
        with Sink([*sick, faults.OK]) as sink:
            courier = courier_to(sink, queue, clock=clock)
            if index == 0:
                dropped += courier.deliver(deliveries, ends_in(20_000)).dropped.total()
            else:
                dropped += _drain(courier, queue).tally.dropped.total()
            taken += accepted_keys(sink)
        clock.ahead_s += 10_000

    assert (keys, 0) == (set(taken), dropped)
    assert {1} == set(taken.values())
    assert queue.texts == []


def _drain(courier: Courier, queue: MemoryQueue):
    """Receive every message once; those that failed stay."""
    waiting, queue.texts = queue.texts, []
    messages = [Message(str(index), f"receipt-{index}", found) for index, found in enumerate(_read(waiting))]
    drained = drain(messages, destination="lines", courier=courier, queue=queue, deadline=ends_in(20_000))
    queue.texts += [waiting[int(failed)] for failed in drained.failed]
    assert drained.tally.balanced
    return drained


def _read(texts: list[str]):
    reader = MemoryQueue(texts=texts)
    assert len(reader.deliveries) == len(texts)
    return reader.deliveries


@pytest.mark.parametrize("fault", [faults.HANG, faults.DRIP], ids=["hang", "drip"])
@pytest.mark.parametrize("count", [1, 30])
def test_a_hanging_server_never_costs_the_invocation(fault, count):
    """A server that is silent, or answers a byte now and then, is left at the deadline; the reserve stays free."""
    queue = MemoryQueue()

    with Sink([fault]) as sink:
        started_s = time.monotonic()
        settled = courier_to(sink, queue).deliver([delivery(f"k{i}") for i in range(count)], ends_in(1_400))
        took_s = time.monotonic() - started_s

    assert count == settled.handed_over
    assert took_s < 1.4
    assert sorted(f"k{i}" for i in range(count)) == sorted(queue.keys)


def test_a_black_hole_costs_a_few_connects(monkeypatch):
    """Where connects vanish, each thread finds out once or twice; all the rest is handed over without trying."""
    monkeypatch.setattr(http, "CONNECT_TIMEOUT_S", 0.2)
    queue, sink = MemoryQueue(), Sink([faults.OK])

    with faults.black_hole() as sink.url:
        settled = courier_to(sink, queue).deliver([delivery(f"k{i}") for i in range(200)], ends_in(20_000))

    assert (settled.handed_over, len(set(queue.keys))) == (200, 200)
    assert settled.codes.keys() == {"timeout"}
    assert settled.codes.total() <= 8


def test_what_a_left_behind_thread_achieves_is_known_to_the_ledger():
    """A 2xx after the deadline is too late for the books, but the resend finds the key delivered."""
    queue, ledger = MemoryQueue(), MemoryLedger()

    with Sink([Step(200, fault="slow"), faults.OK]) as sink:
        first = courier_to(sink, queue, ledger=ledger).deliver([delivery("a")], Impatient(lambda: 60_000, 0))
        _wait_until(lambda: "a" in ledger.delivered)
        drained = _drain(courier_to(sink, queue, ledger=ledger), queue)

    assert (first.handed_over, first.delivered) == (1, 0)
    assert (drained.tally.dropped.total(), drained.tally.delivered, queue.texts) == (1, 0, [])
    assert accepted_keys(sink) == {"a": 1}


class Impatient(Deadline):
    """For the one who waits the time is over at once; the threads still believe in a minute."""

    @property
    def left_s(self) -> float:
        return faults.SLOW_S / 2 if threading.current_thread() is threading.main_thread() else 60.0


def _wait_until(true) -> None:
    for _ in range(200):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("never became true")


def test_threads_make_it_faster_than_one_after_another():
    """Eight slow answers of 0.3 s each take much less than 2.4 s."""
    with Sink([faults.SLOW]) as sink:
        started_s = time.monotonic()
        settled = courier_to(sink, MemoryQueue(), concurrency=8).deliver(
            [delivery(f"k{i}") for i in range(8)], ends_in(20_000)
        )

    assert settled.delivered == 8
    assert time.monotonic() - started_s < 2.0
