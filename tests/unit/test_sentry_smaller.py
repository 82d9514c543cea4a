"""An event the server found too large goes once more, smaller, as the same event."""

import gzip
import json
from dataclasses import replace

import pytest

from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.destinations.contract import Answer, Request
from logrouter.destinations.sentry import SENTRY, encode_issue
from logrouter.destinations.sentry_smaller import SMALLER_EVENT_BYTES
from logrouter.model import Delivery, DropReason, Settlement
from tests.delivery_fakes import FakeClock, MemoryLedger, MemoryQueue
from tests.unit.issues import full, issue, record
from tests.unit.sentry_oracle import event_of, normalized

DSN = "https://key@sentry.example/1"


class Choosy:
    """A server that takes no event above a size."""

    def __init__(self, limit_bytes: int, status: int = 413) -> None:
        self.limit_bytes, self.status = limit_bytes, status
        self.events: list[dict] = []

    def send(self, request: Request, timeout_s: float) -> Answer:
        payload = gzip.decompress(request.body).split(b"\n")[2]
        self.events.append(json.loads(payload))
        return Answer(200 if len(payload) <= self.limit_bytes else self.status)


def large() -> Delivery:
    """An event of about 150 KB, most of it breadcrumbs and attributes."""
    crumbs = tuple(record(message="x" * 1_000, event_id=str(number)) for number in range(90))
    of = replace(full().record, attributes={f"a{number}": "y" * 60 for number in range(100)})
    return encode_issue(replace(full(), record=of, breadcrumbs=crumbs), "default", environment="dev")


def deliver(server: Choosy, delivery: Delivery, ledger: MemoryLedger) -> Settlement:
    courier = Courier(
        SENTRY,
        targets=lambda *, refresh: SENTRY.targets({"dsn": DSN}),
        transport=server,
        ledger=ledger,
        retry_queue=MemoryQueue(),
        clock=FakeClock(),
        concurrency=1,
    )
    return courier.deliver([delivery], Deadline(lambda: 60_000, 1_000))


@pytest.mark.parametrize(("limit_bytes", "requests"), [(200_000, 1), (60_000, 2), (6_000, 3)])
@pytest.mark.parametrize("status", [413, 400])
def test_it_goes_smaller_until_it_fits(limit_bytes: int, requests: int, status: int) -> None:
    """Newer servers say 413 to what is too large, older ones 400; either gets less of the event, and keeps it."""
    server, ledger, delivery = Choosy(limit_bytes, status), MemoryLedger(), large()

    settled = deliver(server, delivery, ledger)

    assert (settled.delivered, len(server.events)) == (2, requests)
    assert ledger.delivered == set(delivery.keys)


def test_it_stays_the_same_event() -> None:
    """Id, time, message and crash are what they were, so that a repeat is still known; the tag says what went."""
    whole, server = large(), Choosy(6_000)

    deliver(server, whole, MemoryLedger())

    first, *_, last = server.events
    for field in ("event_id", "timestamp", "level", "fingerprint", "environment", "release", "transaction"):
        assert first[field] == last[field]
    assert first["logentry"]["formatted"] == last["logentry"]["formatted"]
    assert first["exception"]["values"][-1]["value"] == last["exception"]["values"][-1]["value"]
    assert last["tags"]["logrouter.trimmed"] == "all but the crash"


def test_every_smaller_one_is_a_valid_event() -> None:
    """Length, shape and field rules hold for what was trimmed again."""
    delivery, sizes = large(), []
    while delivery:
        sizes.append(len(delivery.body))
        normalized(event_of(delivery))
        delivery = next(iter(SENTRY.split(delivery)), None)

    assert sizes[1] <= SMALLER_EVENT_BYTES + 1_000
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) == 3


@pytest.mark.parametrize(
    ("status", "reason"), [(413, DropReason.OVERSIZE_RECORD), (400, DropReason.REFUSED_BY_DESTINATION)]
)
def test_what_never_fits_is_dropped_in_the_end(status: int, reason: DropReason) -> None:
    """It comes to an end after three requests, with the reason and the claim given back."""
    server, ledger = Choosy(0, status), MemoryLedger()

    settled = deliver(server, large(), ledger)

    assert (settled.dropped, len(server.events)) == ({reason: 2}, 3)
    assert len(ledger.released) == 1


def test_an_event_with_nothing_to_give_up_is_not_sent_again() -> None:
    """A bare event is as small as it gets."""
    assert SENTRY.split(encode_issue(issue(), "default", environment="dev")) == ()
