"""The courier settles every record: what each answer leads to, without a network."""

from collections import Counter

import pytest

from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.destinations.contract import Answer, Target
from logrouter.errors import SecretError
from logrouter.model import DropReason, Settlement
from tests.delivery_fakes import (
    ChannelledDestination,
    CuttingDestination,
    FakeClock,
    LineDestination,
    MemoryLedger,
    MemoryQueue,
    ScriptedTransport,
    delivery,
)

OK, BAD, TOO_LARGE, DENIED, DOWN = Answer(200), Answer(400), Answer(413), Answer(401), Answer(503)
LIMITED = Answer(429, {"retry-after": "7"})
LOST = Answer(None, failure="connection")
LATE = Answer(None, failure="timeout")


class Bench:
    """A courier with all its neighbours at hand; one thread, so that the order of requests is known."""

    def __init__(self, *answers: Answer, destination=None, concurrency: int = 1) -> None:
        self.clock = FakeClock()
        self.ledger = MemoryLedger()
        self.queue = MemoryQueue()
        self.transport = ScriptedTransport(answers)
        self.secrets: list[str] = ["http://first"]
        self.asked: list[bool] = []
        self.left_ms = 60_000
        self.courier = Courier(
            destination or LineDestination(),
            targets=self.targets,
            transport=self.transport,
            ledger=self.ledger,
            retry_queue=self.queue,
            clock=self.clock,
            concurrency=concurrency,
        )

    def targets(self, *, refresh: bool):
        self.asked.append(refresh)
        url = self.secrets[min(len(self.asked), len(self.secrets)) - 1]
        if not url:
            raise SecretError("secret x: gone")
        return {"default": Target(url, {}), "other": Target(url + "/other", {})}

    def deliver(self, *deliveries) -> Settlement:
        return self.courier.deliver(deliveries, Deadline(lambda: self.left_ms, 1_000))


def test_2xx_is_delivered_and_remembered():
    """What a destination took is counted in log events and stands in the ledger."""
    bench = Bench(OK)

    settled = bench.deliver(delivery("a", "b", lines=3), delivery("c"))

    assert Settlement(delivered=7, codes=Counter(http_200=2)) == settled
    assert {"a", "b", "c"} == bench.ledger.delivered
    assert bench.queue.keys == []


@pytest.mark.parametrize(
    "answer", [LIMITED, DOWN, LATE, Answer(None, failure="tls"), Answer(408), Answer(425), Answer(500)]
)
def test_retryable_answer_hands_over(answer):
    """A retryable answer hands the delivery over, and gives its claim back."""
    bench = Bench(answer)

    settled = bench.deliver(delivery("a", "b"))

    assert (settled.delivered, settled.handed_over, settled.undelivered) == (0, 2, 0)
    assert bench.queue.keys == ["a", "b"]
    assert bench.ledger.released == ["a", "b"]
    assert bench.queue.deliveries[0].attempt == 1


def test_retry_after_is_kept():
    """The wait of a handed-over delivery is what the destination asked for."""
    bench = Bench(LIMITED)

    bench.deliver(delivery("a"))

    assert bench.queue.waits == [7.0]


def test_a_rate_limit_closes_the_route_at_once():
    """After a 429 nothing more is sent on that route; all of it is handed over with the rest of the wait."""
    bench = Bench(LIMITED)

    settled = bench.deliver(*[delivery(f"k{i}") for i in range(20)])

    assert settled.handed_over == 20
    assert len(bench.transport.sent) == 1
    assert {7.0} == set(bench.queue.waits)


def test_a_route_that_the_secret_does_not_know_is_told(caplog):
    """Its records go to the default address, which is a fault of the secret that somebody has to hear of."""
    bench = Bench(OK, OK)

    settled = bench.deliver(delivery("a", route="payments"), delivery("b"))

    assert settled.delivered == 2
    told = [record for record in caplog.records if "routes not in the secret" in record.message]
    assert [record.routes for record in told] == [["payments"]]


def test_refused_records_are_named_up_to_a_number(caplog):
    """Whoever looks for what was refused finds the keys in the log; a destination that refuses all does not flood it."""
    bench = Bench(*[BAD] * 30)

    bench.deliver(*[delivery(f"key-{number}") for number in range(30)])

    told = [record for record in caplog.records if record.message == "record refused"]
    assert [(record.keys, record.code) for record in told] == [([f"key-{number}"], "http_400") for number in range(20)]


def test_another_route_stays_open():
    """One route's rate limit does not stop another one."""
    bench = Bench(LIMITED, OK)

    settled = bench.deliver(delivery("a"), delivery("b"), delivery("c", route="other"))

    assert (settled.delivered, settled.handed_over) == (1, 2)


def channelled(*answers: Answer) -> Bench:
    return Bench(*answers, destination=ChannelledDestination())


def test_a_limited_channel_leaves_the_others_of_its_route_open():
    """A used-up quota of logs must not keep errors from their project."""
    bench = channelled(Answer(429, {"x-limits": '{"log": 90}'}), OK)

    settled = bench.deliver(*[delivery(key) for key in ("log-1", "error-1", "log-2", "error-2")])

    assert (settled.delivered, settled.handed_over) == (2, 2)
    assert (bench.queue.keys, bench.queue.waits) == (["log-1", "log-2"], [90.0, 90.0])
    assert bench.transport.bodies == [["log-1"], ["error-1"], ["error-2"]]


def test_a_limit_announced_on_a_success_is_kept():
    """The delivery is delivered; what else is of that channel is handed over with the limit as its wait."""
    bench = channelled(Answer(200, {"x-limits": '{"error": 600}'}), OK)

    settled = bench.deliver(*[delivery(key) for key in ("error-1", "error-2", "log-1")])

    assert (settled.delivered, settled.handed_over) == (2, 1)
    assert (bench.queue.keys, bench.queue.waits) == (["error-2"], [600.0])
    assert bench.ledger.delivered == {"error-1", "log-1"}


def test_a_limit_for_another_channel_is_no_wait_of_ones_own():
    """Who is refused without a limit of its own waits as long as the destination asks, and the other one its own time."""
    bench = channelled(Answer(429, {"x-limits": '{"log": 900}', "retry-after": "7"}), OK)

    bench.deliver(*[delivery(key) for key in ("error-1", "log-1", "error-2")])

    assert dict(zip(bench.queue.keys, bench.queue.waits, strict=True)) == {"error-1": 7.0, "log-1": 900.0}


def test_a_limited_channel_opens_again_after_its_time():
    """The limit outlives the invocation, and ends."""
    bench = channelled(Answer(429, {"x-limits": '{"log": 90}'}), OK)
    bench.deliver(delivery("log-1"))

    at_once = bench.deliver(delivery("log-1"))
    bench.clock.at_s += 91
    later = bench.deliver(delivery("log-1"))

    assert (at_once.delivered, later.delivered) == (0, 1)


def test_a_limit_is_no_failure_of_the_route():
    """A destination that limits is in good health: three limits do not close what is not limited."""
    bench = channelled(*[Answer(429, {"x-limits": f'{{"{kind}": 90}}'}) for kind in "abc"], OK)

    settled = bench.deliver(*[delivery(key) for key in ("a-1", "b-1", "c-1", "d-1")])

    assert (settled.delivered, settled.handed_over) == (1, 3)


def test_a_limit_without_channels_closes_them_all():
    """A rate limit that names no channel is one of the route."""
    bench = channelled(LIMITED)

    settled = bench.deliver(*[delivery(key) for key in ("log-1", "error-1", "log-2")])

    assert (settled.handed_over, len(bench.transport.sent)) == (3, 1)
    assert {7.0} == set(bench.queue.waits)


def test_repeated_failures_close_the_route():
    """Three failures in a row close a route; the outage costs three requests, not one a record."""
    bench = Bench(DOWN)

    settled = bench.deliver(*[delivery(f"k{i}") for i in range(50)])

    assert settled.handed_over == 50
    assert len(bench.transport.sent) == 3


def test_a_closed_route_opens_again_after_its_rest():
    """The breaker outlives the invocation, and lets requests through once its time is over."""
    bench = Bench(LIMITED, OK)
    bench.deliver(delivery("a"))

    at_once = bench.deliver(delivery("b"))
    bench.clock.at_s += 8
    later = bench.deliver(delivery("b"))

    assert (at_once.handed_over, at_once.delivered) == (1, 0)
    assert (later.handed_over, later.delivered) == (0, 1)


def test_a_broken_connection_is_tried_once_more():
    """A connection that died in the freezer costs nothing but a second request."""
    bench = Bench(LOST, OK)

    settled = bench.deliver(delivery("a"))

    assert (settled.delivered, settled.handed_over) == (1, 0)
    assert Counter(connection=1, http_200=1) == settled.codes


def test_a_connection_that_stays_broken_is_handed_over():
    """The second request is the last one at once; the third broken delivery closes the route."""
    bench = Bench(LOST)

    settled = bench.deliver(*[delivery(f"k{i}") for i in range(9)])

    assert settled.handed_over == 9
    assert len(bench.transport.sent) == 6


def test_413_splits():
    """Too large a delivery is halved until it fits."""
    bench = Bench(TOO_LARGE, OK)

    settled = bench.deliver(delivery("a", "b", "c"))

    assert settled.delivered == 3
    assert bench.transport.bodies == [["a", "b", "c"], ["a"], ["b", "c"]]


def test_a_single_record_too_large_is_dropped():
    """One record that is too large alone is dropped with its reason."""
    bench = Bench(TOO_LARGE)

    settled = bench.deliver(delivery("a", lines=4))

    assert settled.dropped == {DropReason.OVERSIZE_RECORD: 4}


def test_a_refused_batch_is_bisected_to_the_poisonous_record():
    """One poisonous record costs itself alone."""
    bench = Bench()
    bench.transport.send = lambda request, timeout_s: BAD if b"poison" in request.body else OK  # type: ignore[method-assign]

    settled = bench.deliver(delivery("a", "b", "c", "poison", "d", "e", "f"))

    assert settled.delivered == 6
    assert settled.dropped == {DropReason.REFUSED_BY_DESTINATION: 1}
    assert bench.ledger.released == ["poison"]


@pytest.mark.parametrize("answer", [DENIED, Answer(403), Answer(404), Answer(302)])
def test_wrong_credentials_refresh_the_secret_once(answer):
    """A refused address or key fetches the secret anew; the new one is used at once."""
    bench = Bench(answer, OK)
    bench.secrets = ["http://old", "http://new"]

    settled = bench.deliver(delivery("a"), delivery("b"))

    assert settled.delivered == 2
    assert bench.asked == [False, True]
    assert [request.url for request in bench.transport.sent] == ["http://old", "http://new", "http://new"]


def test_credentials_that_stay_wrong_hand_over_and_never_drop():
    """With an unchanged secret nothing is knocked at again; records wait in the queue, none is dropped."""
    bench = Bench(DENIED)

    settled = bench.deliver(*[delivery(f"k{i}") for i in range(9)])

    assert settled.handed_over == 9
    assert len(bench.transport.sent) == 1
    assert bench.asked == [False, True]


def test_a_rotated_secret_that_is_wrong_too_is_asked_for_once():
    """A fresh secret that is refused as well ends the attempts of this round."""
    bench = Bench(DENIED)
    bench.secrets = ["http://old", "http://new"]

    settled = bench.deliver(delivery("a"), delivery("b"))

    assert (settled.delivered, settled.handed_over) == (0, 2)
    assert bench.asked == [False, True]


def test_a_missing_secret_hands_everything_over():
    """Without addresses nothing is sent and nothing is lost."""
    bench = Bench(OK)
    bench.secrets = [""]

    settled = bench.deliver(delivery("a"), delivery("b", "c"))

    assert (3, {"secret"}) == (settled.handed_over, {"secret"})
    assert bench.transport.sent == []


def test_an_unknown_route_goes_to_the_default():
    """A route the secret does not know falls back to the default one."""
    bench = Bench(OK)

    bench.deliver(delivery("a", route="nowhere"))

    assert bench.transport.sent[0].url == "http://first"


def test_unknown_routes_rest_with_the_default():
    """A limit is one of an address: routes that share the default one share its rest."""
    bench = Bench(LIMITED, OK)

    settled = bench.deliver(*[delivery(route, route=route) for route in ("nowhere", "default", "elsewhere", "other")])

    assert (settled.delivered, settled.handed_over, len(bench.transport.sent)) == (1, 3, 2)
    assert [found.route for found in bench.queue.deliveries] == ["nowhere", "default", "elsewhere"]


@pytest.mark.parametrize("destination", [LineDestination(), CuttingDestination()])
def test_repeated_keys_are_sent_once(destination):
    """A key that stands in two deliveries is sent once and dropped as a duplicate once."""
    bench = Bench(OK, destination=destination)

    settled = bench.deliver(delivery("a", "b"), delivery("b"), delivery("b", "c", "a", "d", lines=2))

    assert (settled.delivered, settled.dropped) == (6, {DropReason.DUPLICATE: 5})
    assert sorted(key for body in bench.transport.bodies for key in body) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("destination", [LineDestination(), CuttingDestination()])
def test_delivered_keys_are_not_sent_again(destination):
    """Of a batch of which some keys were delivered before, only the rest is sent."""
    bench = Bench(OK, destination=destination)
    bench.ledger.delivered = {"a", "c"}

    settled = bench.deliver(delivery("a", "b", "c", "d"))

    assert (settled.delivered, settled.dropped) == (2, {DropReason.DUPLICATE: 2})
    assert sorted(key for body in bench.transport.bodies for key in body) == ["b", "d"]


def test_busy_keys_are_handed_over_with_a_delay():
    """What another invocation is delivering waits until its lease is over."""
    bench = Bench(OK, destination=CuttingDestination())
    bench.ledger.busy = {"b": 33.0}

    settled = bench.deliver(delivery("a", "b"))

    assert (settled.delivered, settled.handed_over) == (1, 1)
    assert (bench.queue.keys, bench.queue.waits) == (["b"], [33.0])
    assert bench.ledger.released == []


def test_after_the_deadline_nothing_is_started():
    """With no time left everything is handed over unsent."""
    bench = Bench(OK)
    bench.left_ms = 900

    settled = bench.deliver(delivery("a"), delivery("b"))

    assert (settled.delivered, settled.handed_over) == (0, 2)
    assert bench.transport.sent == []


def test_the_more_waits_the_earlier_sending_ends():
    """Ten thousand waiting deliveries need ten seconds to be handed over: no request is started in those."""
    bench = Bench(OK)
    bench.left_ms = 11_000

    settled = bench.deliver(*[delivery(f"k{i}") for i in range(10_000)])

    assert settled.handed_over > 9_000
    assert settled.delivered + settled.handed_over == 10_000


def test_claims_are_released_after_the_hand_over_and_only_with_time_left():
    """A slow ledger must not keep the rest from the queue: without time the leases simply end."""
    bench = Bench(DOWN)

    def hand_over(leftovers, split):
        assert bench.ledger.released == []
        bench.left_ms = 1_500
        return ()

    bench.queue.hand_over = hand_over  # type: ignore[method-assign]

    settled = bench.deliver(delivery("a"))

    assert (settled.handed_over, bench.ledger.released) == (1, [])


def test_without_a_queue_the_rest_is_undelivered():
    """What neither the destination nor the queue took is counted as undelivered, and its claim is given back."""
    bench = Bench(OK, DOWN)
    bench.queue.broken = True

    settled = bench.deliver(delivery("a"), delivery("b", "c"))

    assert (settled.delivered, settled.handed_over, settled.undelivered) == (1, 0, 2)
    assert bench.ledger.released == ["b", "c"]


def test_a_fault_inside_loses_nothing(capsys):
    """A destination that raises costs a hand-over; its exception's text is not logged."""
    bench = Bench(OK)

    def explode(request, timeout_s):
        raise ValueError("payload: 900101-" + "1234567")

    bench.transport.send = explode  # type: ignore[method-assign]

    settled = bench.deliver(delivery("a"))

    assert settled.handed_over == 1
    assert "900101" not in capsys.readouterr().out


def test_nothing_to_deliver_asks_for_no_secret():
    """An empty plan costs nothing."""
    bench = Bench(OK)

    assert Settlement() == bench.deliver()
    assert bench.asked == []


def test_a_success_in_between_keeps_the_route_open():
    """Only failures in a row close a route: a destination that now and then stumbles is not down."""
    bench = Bench(DOWN, DOWN, OK, DOWN, DOWN, OK)

    settled = bench.deliver(*[delivery(f"k{i}") for i in range(6)])

    assert (settled.delivered, settled.handed_over, len(bench.transport.sent)) == (2, 4, 6)


def test_refused_credentials_let_the_route_rest():
    """With the same secret fetched anew nothing is sent on that route for five minutes."""
    bench = Bench(DENIED)
    bench.deliver(delivery("a"))
    bench.clock.at_s += 200

    bench.deliver(delivery("b"))

    assert (len(bench.transport.sent), bench.queue.waits) == (1, [300.0, 100.0])
