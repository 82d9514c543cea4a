"""Observers see each record's outcome once: what is counted from them is counted once, whatever comes again."""

import threading
import time
from collections import Counter

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.draining import drain
from logrouter.adapters.ledger import DynamoLedger, NoLedger
from logrouter.adapters.retry_queue import Leftover, Message
from logrouter.destinations.contract import Answer, Target
from logrouter.errors import SecretError
from logrouter.model import Fate
from tests.delivery_fakes import CuttingDestination, FakeClock, MemoryLedger, MemoryQueue, ScriptedTransport, delivery

OK, BAD, DOWN = Answer(200), Answer(400), Answer(503)


class Watcher:
    """Notes fates, and counts the keys that are new: first delivered, handed over or refused."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.seen: list[tuple[str, Fate]] = []
        self.new: Counter[str] = Counter()
        self.breaks = breaks

    def observe(self, outcomes, left_s):
        if self.breaks:
            raise ZeroDivisionError
        for outcome in outcomes:
            self.seen += [(key, outcome.fate) for key in outcome.delivery.keys]
            self.new.update(key for key in outcome.delivery.keys if key not in outcome.again)


@pytest.fixture
def table(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        client = boto3.client("dynamodb", region_name="us-east-1")
        client.create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


class World:
    """A courier over one ledger, queue and watcher; each run is another invocation."""

    def __init__(self, ledger, *, queue=None, watchers=None, secret_works=True) -> None:
        self.ledger, self.queue = ledger, queue or MemoryQueue()
        self.watchers = [Watcher()] if watchers is None else watchers
        self.secret_works = secret_works

    def courier(self, *answers):
        return Courier(
            CuttingDestination(),
            targets=self.targets,
            transport=ScriptedTransport(answers),
            ledger=self.ledger,
            retry_queue=self.queue,
            clock=FakeClock(),
            concurrency=1,
            observers=self.watchers,
        )

    def targets(self, *, refresh):
        if not self.secret_works:
            raise SecretError("gone")
        return {"default": Target("http://x", {})}

    def deliver(self, *deliveries, answers=(OK,) * 9, left_ms=60_000):
        return self.courier(*answers).deliver(deliveries, Deadline(lambda: left_ms, 1_000))

    def drain(self, *answers):
        waiting, self.queue.texts = self.queue.deliveries, []
        messages = [Message(str(number), "receipt", one) for number, one in enumerate(waiting)]
        return drain(
            messages,
            destination="lines",
            courier=self.courier(*answers),
            queue=self.queue,
            deadline=Deadline(lambda: 60_000, 1_000),
        )


def dynamo(table):
    return DynamoLedger("ledger", client=table, clock=FakeClock(), count=lambda name, value: None)


def test_each_fate_is_told():
    """Delivered, refused and handed over are told apart; what the ledger knows already is not told."""
    ledger = MemoryLedger(delivered={"old"})
    world = World(ledger)

    world.deliver(delivery("a", "old"), delivery("b"), delivery("c"), answers=(OK, BAD, DOWN))

    assert world.watchers[0].seen == [("a", Fate.DELIVERED), ("b", Fate.REFUSED), ("c", Fate.RETRY)]


@pytest.mark.parametrize("keys", [["a"], ["a", "b", "c"]], ids=["one", "several"])
def test_what_is_handed_over_counts_once(table, keys):
    """A payload handed over, repeated, drained and repeated once more counts each record once."""
    world = World(dynamo(table))

    world.deliver(delivery(*keys), answers=(DOWN,))
    world.deliver(delivery(*keys), answers=(DOWN,))
    world.drain(OK, OK)
    world.deliver(delivery(*keys))

    assert world.watchers[0].new == Counter(keys)
    assert Counter(fate for _, fate in world.watchers[0].seen)[Fate.DELIVERED] == len(keys)


def test_what_was_never_claimed_counts_once(table):
    """Records handed over without a try, since no address was known, count once over repeats too."""
    world = World(dynamo(table), secret_works=False)

    world.deliver(delivery("a", "b"))
    world.deliver(delivery("a", "b"))

    assert world.watchers[0].new == Counter("ab")
    assert len(world.queue.texts) == 2


def test_what_lambda_repeats_is_not_told(table):
    """Records that no queue took are not told: the repeat of the payload tells of them."""
    world = World(dynamo(table), queue=MemoryQueue(broken=True))

    world.deliver(delivery("a"), answers=(DOWN,))
    assert world.watchers[0].seen == []

    world.deliver(delivery("a"))
    assert world.watchers[0].seen == [("a", Fate.DELIVERED)]


def test_an_observer_that_breaks_keeps_nobody_from_anything():
    """Deliveries are settled and other observers see them, whatever one observer raises."""
    world = World(MemoryLedger(), watchers=[Watcher(breaks=True), Watcher()])

    settled = world.deliver(delivery("a"))

    assert settled.delivered == 1
    assert world.watchers[1].seen == [("a", Fate.DELIVERED)]


def test_the_ledger_recalls_only_when_asked(table):
    """Who does not count takes keys handed over before in one transaction, without asking one by one."""
    ledger = dynamo(table)
    ledger.claim("s", ["a", "b"], "me", 60)
    ledger.mark_handed_over("s", ["a", "b"])

    plain = ledger.claim("s", ["a", "b"], "you", 60)
    ledger.mark_handed_over("s", ["a"])
    recalled = ledger.claim("s", ["a", "c"], "me", 60, recall=True)

    assert (plain.free, plain.again) == (("a", "b"), frozenset())
    assert (recalled.free, recalled.again) == (("a", "c"), frozenset("a"))


def test_what_is_postponed_counts_once(table):
    """A delivery that is better made later counts when the queue takes it, not when it is made, nor when it comes again."""
    world = World(dynamo(table))

    for _ in range(2):
        world.courier().postpone([Leftover(delivery("a"), 90, "later")], Deadline(lambda: 60_000, 1_000))
    world.drain(OK, OK)

    assert world.watchers[0].new == Counter("a")


def test_what_is_refused_counts_once(table):
    """A record that the destination refused, and refuses again when its payload comes again, counts once."""
    world = World(dynamo(table))

    world.deliver(delivery("a"), answers=(BAD,))
    world.deliver(delivery("a"), answers=(BAD,))

    assert world.watchers[0].new == Counter("a")


@pytest.mark.parametrize("attempt", [0, 1], ids=["the payload again", "the queue's message"])
def test_what_was_told_is_known_when_its_holder_died(table, attempt):
    """A record that was handed over, and that somebody took and died with, does not count a second time."""
    world = World(dynamo(table))
    world.deliver(delivery("a", "b"), answers=(DOWN,))
    world.courier()._ledger.claim("lines/default", ["a", "b"], "who dies", 60, recall=True, resent=attempt > 0)
    world.ledger._clock.at_s += 70

    world.deliver(delivery("a", "b"))

    assert world.watchers[0].new == Counter("ab")
    assert [fate for _, fate in world.watchers[0].seen] == [Fate.RETRY, Fate.RETRY, Fate.DELIVERED, Fate.DELIVERED]


class Slow(ScriptedTransport):
    """Answers when it is told to."""

    def __init__(self, answers) -> None:
        super().__init__(answers)
        self.may_answer, self.has_answered = threading.Event(), threading.Event()

    def send(self, request, timeout_s):
        self.may_answer.wait(10)
        try:
            return super().send(request, timeout_s)
        finally:
            self.has_answered.set()


@pytest.fixture
def left_behind(table):
    """A world in which the deadline came while a delivery was on its way, and its transport."""
    world, slow = World(dynamo(table)), Slow([OK])
    courier = world.courier()
    courier._transport = slow
    courier.deliver([delivery("a", "b")], Deadline(lambda: 2_200, 1_100))
    world.behind = courier
    yield world, slow
    slow.may_answer.set()


def test_what_was_on_its_way_at_the_deadline_counts_once(left_behind):
    """It counts when the queue takes it, and no more when its payload comes again after its lease."""
    world, _ = left_behind
    world.ledger._clock.at_s += 70

    world.deliver(delivery("a", "b"))

    assert world.watchers[0].new == Counter("ab")
    assert ("a", Fate.DELIVERED) in world.watchers[0].seen


def test_what_is_delivered_behind_the_deadline_is_told_by_the_next_round(left_behind):
    """Observers hear of the acknowledgement, once; it counted already."""
    world, slow = left_behind
    slow.may_answer.set()
    slow.has_answered.wait(10)
    while not world.behind._observers._behind[0][0]:
        time.sleep(0.01)

    world.behind.deliver([delivery("c")], Deadline(lambda: 60_000, 1_000))
    world.drain(OK)

    assert world.watchers[0].new == Counter("abc")
    assert Counter(world.watchers[0].seen)[("a", Fate.DELIVERED)] == 1


def test_a_note_spoils_no_delivery(table):
    """What was delivered before the note that it was told of stays delivered."""
    ledger = dynamo(table)
    ledger.claim("s", ["a", "b"], "me", 60)
    ledger.mark_delivered("s", ["a"])

    ledger.mark_told("s", ["a", "b"])
    ledger._clock.at_s += 70

    claim = ledger.claim("s", ["a", "b"], "you", 60, recall=True)
    assert (claim.delivered, claim.free, claim.again) == (("a",), ("b",), frozenset("b"))


class Forgetful(MemoryQueue):
    """Takes everything and says that it took nothing, as when its answers are lost."""

    def hand_over(self, leftovers, split):
        super().hand_over(leftovers, split)
        return tuple(leftovers)


@pytest.mark.parametrize("first", ["the queue's message", "the payload again"])
def test_what_the_queue_took_without_saying_so_counts_once(table, first):
    """Whichever of both comes first is told of, the other one is known."""
    world = World(dynamo(table), queue=Forgetful())
    world.deliver(delivery("a", "b"), answers=(DOWN,))

    steps = [lambda: world.drain(OK, OK), lambda: world.deliver(delivery("a", "b"))]
    for step in steps if first == "the queue's message" else reversed(steps):
        step()

    assert world.watchers[0].new == Counter("ab")
    assert len(world.watchers[0].seen) == 2


def test_what_was_told_stays_so_when_the_queue_takes_it_no_second_time(table):
    """A repeat that can neither be delivered nor handed over forgets nothing."""
    world = World(dynamo(table))
    world.deliver(delivery("a"), answers=(DOWN,))
    world.queue.broken = True
    world.deliver(delivery("a"), answers=(DOWN,))

    world.drain(OK)

    assert world.watchers[0].new == Counter("a")


def test_what_could_not_be_remembered_counts_when_it_comes_out(table):
    """Handed over while the ledger is away, a record is told of when it leaves the queue, and only then."""
    world = World(dynamo(table))
    ledger = world.ledger
    write, ledger._write = ledger._write, lambda requests: False
    world.deliver(delivery("a", "b"), answers=(DOWN,))
    before = Counter(world.watchers[0].new)
    ledger._write = write
    ledger._clock.at_s += 70

    world.drain(OK)

    assert (before, world.watchers[0].new) == (Counter(), Counter("ab"))


def test_without_a_ledger_what_is_handed_over_counts_when_it_goes_in():
    """Nobody remembers, but what comes out of the queue has been told of."""
    world = World(NoLedger())

    world.deliver(delivery("a"), answers=(DOWN,))
    world.drain(OK)

    assert world.watchers[0].new == Counter("a")
    assert world.watchers[0].seen == [("a", Fate.RETRY), ("a", Fate.DELIVERED)]
