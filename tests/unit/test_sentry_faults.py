"""Sentry's destination through the courier and a real socket: what each fault of a server does to 20 errors, and the books."""

import json
import time
from collections import Counter

import pytest

from logrouter.adapters.clock import SystemClock
from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.http import HttpTransport
from logrouter.destinations.sentry import SENTRY
from logrouter.model import Delivery, DropReason
from tests import faults
from tests.delivery_fakes import MemoryLedger, MemoryQueue
from tests.faults import Sink, Step

ERRORS = 20
LINES = 3
"""Log events each error stands for."""


def limited(**headers: str) -> Step:
    return Step(429, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


def errors() -> list[Delivery]:
    """Errors that can be trimmed no further."""
    made = []
    for number in range(ERRORS):
        event = {"event_id": f"{number + 1:032x}", "timestamp": 1795140000.0, "platform": "other", "level": "error"}
        event |= {"logentry": {"formatted": "x"}, "tags": {"service": "orders"}, "contexts": {}}
        payload = json.dumps(event)
        head, item = json.dumps({"event_id": event["event_id"]}), json.dumps({"type": "event", "length": len(payload)})
        body = f"{head}\n{item}\n{payload}\n".encode()
        made.append(Delivery("sentry", "default", (event["event_id"],), (LINES,), body))
    return made


class Bench:
    """One sender, so that the order of requests is known; the secret may be changed while it works."""

    def __init__(self, *script: Step) -> None:
        self.sink = Sink([*script])
        self.queue = MemoryQueue()
        self.ledger = MemoryLedger()
        self.keys = ["key"]
        self.fetched = 0

    def targets(self, *, refresh: bool):
        self.fetched += refresh
        key = self.keys[min(self.fetched, len(self.keys) - 1)]
        return SENTRY.targets({"dsn": self.sink.url.replace("http://", f"http://{key}@").replace("/ingest", "/1")})

    def send(self, seconds: float = 30.0):
        """Send all errors, assert that the books balance, and return them."""
        ends_s = time.monotonic() + seconds
        with self.sink:
            courier = Courier(
                SENTRY,
                targets=self.targets,
                transport=HttpTransport(connections=1),
                ledger=self.ledger,
                retry_queue=self.queue,
                clock=SystemClock(),
                concurrency=1,
            )
            settled = courier.deliver(errors(), Deadline(lambda: int((ends_s - time.monotonic()) * 1000), 0))
            self._assert_balanced(settled)  # a thread left behind hears of the sink's end, and takes that for an answer
        return settled

    def _assert_balanced(self, settled) -> None:
        assert settled.delivered + settled.handed_over + settled.dropped.total() == ERRORS * LINES
        assert settled.delivered == len(self.ledger.delivered) * LINES
        assert settled.handed_over == len(self.queue.keys) * LINES == len(set(self.queue.keys)) * LINES
        assert not self.ledger.delivered & set(self.queue.keys)


@pytest.mark.parametrize(
    ("answer", "wait_s"),
    [
        (limited(X_Sentry_Rate_Limits="7:error:organization:quota_exceeded", Retry_After="2"), 7),
        (limited(X_Sentry_Rate_Limits="600:transaction:key, 7:default;error:project"), 7),
        (limited(X_Sentry_Rate_Limits="7::organization"), 7),
        (limited(Retry_After="7"), 7),
        (limited(X_Sentry_Rate_Limits="many:error", Retry_After="7"), 7),
        (limited(), 60),
    ],
)
def test_a_limit_for_errors_costs_one_request(answer, wait_s):
    """After a 429 for errors nothing more is sent: all that is left waits in the queue for as long as was said."""
    bench = Bench(faults.OK, faults.OK, answer)

    settled = bench.send()

    assert (settled.delivered, settled.codes) == (2 * LINES, {"http_200": 2, "http_429": 1})
    assert {round(wait) for wait in bench.queue.waits} == {wait_s}


def test_a_limit_for_what_is_not_sent_stops_nothing():
    """Sentry announces limits for transactions on answers to errors; errors go on."""
    limits = (("X-Sentry-Rate-Limits", "86400:transaction;span:organization"),)

    assert Bench(Step(200, limits)).send().delivered == ERRORS * LINES


def test_a_limit_announced_with_a_success_is_kept():
    """The error that was answered with 200 is delivered; those behind it wait."""
    bench = Bench(Step(200, (("X-Sentry-Rate-Limits", "9:error:project"),)))

    settled = bench.send()

    assert (settled.delivered, len(bench.sink.requests)) == (LINES, 1)
    assert {round(wait) for wait in bench.queue.waits} == {9}


def test_too_large_even_when_nothing_is_left_to_leave_out_is_dropped_by_name():
    """A 413 concerns one error; the others are delivered."""
    settled = Bench(faults.OK, faults.TOO_LARGE, faults.OK).send()

    assert (settled.delivered, settled.dropped) == ((ERRORS - 1) * LINES, {DropReason.OVERSIZE_RECORD: LINES})


def test_a_refused_error_is_dropped_by_name():
    """A 400 concerns one error; the others are delivered."""
    settled = Bench(faults.OK, faults.BAD, faults.OK).send()

    assert (settled.delivered, settled.dropped) == ((ERRORS - 1) * LINES, {DropReason.REFUSED_BY_DESTINATION: LINES})


@pytest.mark.parametrize("status", [401, 403])
def test_a_rotated_key_is_fetched_and_used(status):
    """When the key is refused the secret is read once more; with the new key everything is delivered."""
    bench = Bench(Step(status), faults.OK)
    bench.keys.append("newkey")

    settled = bench.send()

    used = ["newkey" in request.headers["x-sentry-auth"] for request in bench.sink.requests]
    assert (settled.delivered, bench.fetched) == (ERRORS * LINES, 1)
    assert used == [False] + [True] * ERRORS


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 401, 403, 404, 405, 410])
def test_a_wrong_address_or_key_keeps_every_error(status):
    """Configuration is at fault, not the errors: none is dropped, the key goes nowhere else, the route rests."""
    elsewhere = Sink([faults.OK])

    with elsewhere:
        bench = Bench(Step(status, (("Location", elsewhere.url),)))
        settled = bench.send()

    assert (settled.handed_over, settled.codes) == (ERRORS * LINES, {f"http_{status}": 1})
    assert elsewhere.requests == []
    assert {round(wait) for wait in bench.queue.waits} == {300}


@pytest.mark.parametrize("step", [faults.RESET, faults.CLOSE, faults.CUT], ids=["reset", "close", "cut"])
def test_a_broken_connection_is_tried_once_more(step):
    """One break costs nothing; what stays broken is handed over after three errors were tried twice."""
    assert Bench(step, faults.OK).send().delivered == ERRORS * LINES

    settled = Bench(step).send()

    assert (settled.handed_over, settled.codes) == (ERRORS * LINES, {"connection": 6})


@pytest.mark.parametrize("step", [faults.BROKEN, faults.UNAVAILABLE, Step(502), Step(504), Step(408), Step(425)])
def test_a_failing_server_is_left_alone_after_three(step):
    """Three failures in a row let the route rest; all is handed over."""
    settled = Bench(step).send()

    assert (settled.handed_over, settled.codes) == (ERRORS * LINES, {f"http_{step.status}": 3})


def test_a_success_between_failures_keeps_the_route_in_use():
    """Every second answer a 500: half is delivered, half waits."""
    bench = Bench()
    bench.sink.script = lambda index, _: faults.BROKEN if index % 2 else faults.OK

    settled = bench.send()

    assert settled.codes == Counter(http_200=ERRORS // 2, http_500=ERRORS // 2)


@pytest.mark.parametrize("step", [faults.HANG, faults.DRIP], ids=["hang", "drip"])
def test_a_silent_server_costs_the_time_there_is(step):
    """What hangs at the deadline, and all behind it, is handed over."""
    settled = Bench(faults.OK, step).send(seconds=2.0)

    assert (settled.delivered, settled.handed_over) == (LINES, (ERRORS - 1) * LINES)


def test_an_answer_that_breaks_off_after_its_status_is_an_answer():
    """The status line decides: nothing is sent twice."""
    bench = Bench(faults.MID_BODY)

    assert bench.send().delivered == ERRORS * LINES
    assert len(bench.sink.requests) == ERRORS
