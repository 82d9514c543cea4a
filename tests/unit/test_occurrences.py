"""Counting occurrences: one number over all containers, nothing counted twice, and an outage of the table stops nobody."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from logrouter.adapters import occurrences
from logrouter.adapters.occurrences import (
    REMEMBERED_DAYS,
    REPORT_LEASE_S,
    ROOM,
    ContainerOccurrences,
    TableOccurrences,
)
from logrouter.model import DropReason
from logrouter.stages.ration import Candidate, Share, ration
from tests.delivery_fakes import FakeClock
from tests.unit.issues import issue

OVER_BUDGET = DropReason.OVER_BUDGET
COUNTER = "c" * 32
THROTTLED = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "UpdateItem")
MISSING = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no table"}}, "UpdateItem")
CALLS = ("update_item", "get_item", "put_item")


class OneAtATime:
    """A client whose calls are atomic, as DynamoDB's are on one item; moto's are not. Counts them."""

    def __init__(self, client, fault=None) -> None:
        self.client = client
        self.exceptions = client.exceptions
        self.calls = Counter()
        self.fault = fault
        self.lock = threading.Lock()

    def __getattr__(self, name):
        def call(**arguments):
            with self.lock:
                self.calls[name] += 1
                if self.fault and (error := self.fault(name)):
                    raise error
                return getattr(self.client, name)(**arguments)

        return call


@pytest.fixture
def dynamodb(monkeypatch):
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
        yield OneAtATime(client)


@pytest.fixture
def counts():
    return Counter()


@pytest.fixture
def container(dynamodb, counts):
    """Makes containers that share the table."""

    def make(*, clock=None, reports=True, client=dynamodb):
        return TableOccurrences(
            "ledger",
            client=client,
            clock=clock or FakeClock(),
            count=lambda name, value: counts.update({name: value}),
            reports=reports,
        )

    return make


def share(number, size=1, counter=COUNTER):
    return Share(counter, f"{number:016x}", size)


def number_of(dynamodb, counter=COUNTER):
    return int(dynamodb.get_item(TableName="ledger", Key={"pk": {"S": f"occurrences/{counter}"}})["Item"]["n"]["N"])


def test_payloads_are_counted_one_behind_the_other(container):
    """Each payload is told how many there were before it, whichever container it came to."""
    here, there = container(), container()

    found = [here.before([share(1, 3)], 60), there.before([share(2, 2)], 60), here.before([share(3)], 60)]

    assert found == [[0], [3], [5]]


@pytest.mark.parametrize("payloads", [3, ROOM + 3], ids=["few", "more than a counter has room for"])
def test_a_repeat_gets_the_same_number_and_counts_nothing(container, dynamodb, payloads):
    """A payload that comes again, to whichever container, stands where it stood."""
    shares = [share(number, 2) for number in range(payloads)]
    first = [container().before([one], 60) for one in shares]

    again = [container().before([one], 60) for one in shares]

    assert (again, number_of(dynamodb)) == (first, payloads * 2)
    assert first == [[number * 2] for number in range(payloads)]


def test_an_ordinary_payload_costs_one_call(container, dynamodb):
    """One error is one write; no payload but one in a storm is looked up first."""
    container().before([share(1)], 60)

    assert dynamodb.calls == {"update_item": 1}


def test_a_counter_stays_below_one_write_unit(container, dynamodb):
    """However many payloads share a counter, its item has less than 1 KB."""
    for number in range(ROOM + 5):
        container().before([share(number, 9_999)], 60)
    container().claim_reports([share(1)], 60)

    item = dynamodb.get_item(TableName="ledger", Key={"pk": {"S": f"occurrences/{COUNTER}"}})["Item"]
    assert sum(len(name) + len(next(iter(value.values()))) for name, value in item.items()) < 1_024


def test_many_containers_at_once_share_one_number(container, dynamodb):
    """Twenty containers count five hundred occurrences: every position is given out once."""
    containers = [container() for _ in range(20)]

    with ThreadPoolExecutor(20) as threads:
        found = list(threads.map(lambda at: containers[at % 20].before([share(at, 5)], 60)[0], range(100)))

    assert (sorted(found), number_of(dynamodb)) == ([at * 5 for at in range(100)], 500)


def test_many_containers_at_once_share_one_budget(container):
    """Forty payloads of ten equal errors in twenty containers: a budget of thirty, what doubles it, and one report."""
    rules = {"budget": {"events": 30, "minutes": 60}}

    def rationed(at):
        storm = [Candidate(issue(), "default", f"{at:016x}")] * 10
        return ration(storm, rules, container(), lambda: 60)

    with ThreadPoolExecutor(20) as threads:
        found = [one for payload in threads.map(rationed, range(40)) for one in payload]

    numbers = [one.fate.occurrence.number for one in found if not one.counter and one.fate is not OVER_BUDGET]
    assert sorted(numbers) == [*range(1, 31), 60, 120, 240]
    assert sum(one.counter is not None for one in found) == 1


def test_many_issues_of_one_payload(container):
    """Each of a hundred issues has its own counter."""
    shares = [share(1, at + 1, f"{at:032x}") for at in range(100)]
    container().before(shares, 60)

    found = container().before([share(2, 1, one.counter) for one in shares], 60)

    assert found == [at + 1 for at in range(100)]


def test_a_single_counter_that_hangs_costs_no_more_than_the_time_left(container, dynamodb):
    """One issue is waited for no longer than many are: the invocation may have less time than a call takes."""
    is_over = threading.Event()
    dynamodb.fault = lambda name: is_over.wait(30) and THROTTLED
    done: list[object] = []
    asking = threading.Thread(target=lambda: done.extend(container().before([share(1)], 0.6)), daemon=True)
    asking.start()

    asking.join(15)
    is_over.set()

    assert done == [0]


def test_one_report_is_on_its_way_at_a_time(container):
    """Who claims first makes the report; when it is concluded the next may be claimed."""
    here, there = container(), container()
    here.before([share(1, 9)], 60)
    there.before([share(2, 9)], 60)

    answers = [here.claim_reports([share(1, 9)], 60), there.claim_reports([share(2, 9)], 60)]
    number = here.conclude(COUNTER)
    there.before([share(3)], 60)

    assert (answers, number) == ([[True], [False]], 18)
    assert there.claim_reports([share(3)], 60) == [True]


def test_the_repeat_of_a_payload_that_was_told_claims_no_report(container):
    """Its report would be a duplicate, and as long as it waits nobody else's number would be told."""
    here = container()
    here.before([share(1, 9)], 60)
    here.claim_reports([share(1, 9)], 60)
    here.conclude(COUNTER)

    here.before([share(1, 9)], 60)
    again = here.claim_reports([share(1, 9)], 60)
    here.before([share(2, 9)], 60)

    assert (again, here.claim_reports([share(2, 9)], 60)) == ([False], [True])


def test_a_claim_seen_when_counting_costs_no_call(container, dynamodb):
    """The counter itself says that a report is on its way."""
    container().before([share(1)], 60)
    container().claim_reports([share(1)], 60)
    here = container()
    here.before([share(1)], 60)
    here.claim_reports([share(1)], 60)
    here.before([share(2)], 60)
    before = dynamodb.calls["update_item"]

    assert here.claim_reports([share(2)], 60) == [False]
    assert dynamodb.calls["update_item"] == before


@pytest.mark.parametrize("number", [1, ROOM + 5], ids=["few", "more than a counter has room for"])
def test_the_payload_that_claimed_a_report_may_claim_it_again(container, number):
    """A repeat of a payload makes the same report, until that one was made."""
    for other in range(number):
        container().before([share(1000 + other)], 60)
    first = container()
    first.before([share(1)], 60)
    first.claim_reports([share(1)], 60)

    again = container()
    again.before([share(1)], 60)

    assert again.claim_reports([share(1)], 60) == [True]


def test_a_lost_report_is_given_up(container):
    """Who died with a report in its hands does not silence the storm for ever."""
    clock = FakeClock()
    first, second = container(clock=clock), container(clock=clock)
    first.before([share(1)], 60)
    first.claim_reports([share(1)], 60)

    clock.at_s += REPORT_LEASE_S + 2
    second.before([share(2)], 60)

    assert second.claim_reports([share(2)], 60) == [True]


def test_without_a_queue_no_report_is_claimed(container):
    """A report needs a place to wait."""
    here = container(reports=False)
    here.before([share(1)], 60)

    assert here.claim_reports([share(1)], 60) == [False]


def test_a_counter_that_is_gone_has_no_number(container, dynamodb):
    """A report that is sent weeks later keeps the number it was written with, and makes no new counter."""
    assert container().conclude(COUNTER) is None
    assert "Item" not in dynamodb.get_item(TableName="ledger", Key={"pk": {"S": f"occurrences/{COUNTER}"}})


def test_counters_expire(container, dynamodb):
    """Whatever is kept is kept as long as the ledger keeps what was delivered."""
    for number in range(ROOM + 1):
        container().before([share(number)], 60)

    items = dynamodb.scan(TableName="ledger")["Items"]
    assert len(items) == 2
    assert {int(item["expires_at"]["N"]) for item in items} == {int(FakeClock().at_s) + REMEMBERED_DAYS * 86_400}


@pytest.mark.parametrize("error", [THROTTLED, MISSING, ConnectTimeoutError(endpoint_url="x")])
def test_an_outage_is_counted_alone(container, dynamodb, counts, error):
    """Without its table a container goes on from the last number it saw; the metric says how many it counted so."""
    here = container()
    here.before([share(1, 7)], 60)
    dynamodb.fault = lambda name: error

    found = [here.before([share(2, 2)], 60), here.before([share(3, 2)], 60), here.before([share(2, 2)], 60)]

    assert (found, counts) == ([[7], [9], [7]], {"OccurrenceFailures": 6})
    assert here.claim_reports([share(3, 2)], 60) == [False]


@pytest.mark.parametrize(("error", "asked"), [(THROTTLED, 3), (MISSING, 1)])
def test_after_failures_the_table_rests(container, dynamodb, error, asked):
    """An outage must not eat the time of every payload; half a minute later it is asked again."""
    clock = FakeClock()
    here = container(clock=clock)
    dynamodb.fault = lambda name: error
    for number in range(10):
        here.before([share(number)], 60)
    here.conclude(COUNTER)
    assert dynamodb.calls["update_item"] == asked

    clock.at_s += 31
    dynamodb.fault = None
    assert container(clock=clock).before([share(77)], 60) == [0]
    assert here.before([share(78)], 60) == [1]


@pytest.mark.parametrize("call", CALLS)
def test_an_outage_at_any_call_raises_nothing(container, dynamodb, call):
    """Whichever call fails, positions are given out and go up."""
    for number in range(ROOM):
        container().before([share(number)], 60)
    dynamodb.fault = lambda name: THROTTLED if name == call else None
    here = container()

    found = [here.before([share(1000 + number)], 60)[0] for number in range(3)]

    assert found == sorted(set(found))


def test_who_dies_between_the_two_writes_counts_a_payload_twice(container, dynamodb):
    """The known price beyond a counter's room: the number comes out too high by that payload, never too low."""
    for number in range(ROOM):
        container().before([share(number)], 60)
    dynamodb.fault = lambda name: THROTTLED if name == "put_item" else None
    container().before([share(1000, 5)], 60)
    dynamodb.fault = None

    container().before([share(1000, 5)], 60)

    assert number_of(dynamodb) == ROOM + 10


def test_at_the_deadline_nobody_is_asked(container, dynamodb):
    """With no time left a container counts by itself."""
    assert container().before([share(1), share(2)], 0.1) == [0, 1]
    assert dynamodb.calls == {}


def test_a_table_that_hangs_is_left_behind(container, dynamodb, monkeypatch):
    """What is not answered in time is counted here; the invocation goes on."""
    monkeypatch.setattr(occurrences, "LONGEST_S", 0.6)
    release = threading.Event()
    dynamodb.fault = lambda name: release.wait(20) and THROTTLED

    found = container().before([share(number, 1, f"{number:032x}") for number in range(30)], 60)
    release.set()

    assert found == [0] * 30


class TestContainer:
    def test_counts_on_and_knows_repeats(self):
        """A bare process counts what it sees, each payload once."""
        here = ContainerOccurrences()

        found = [here.before([share(1, 3), share(2)], 60), here.before([share(1, 3), share(3)], 60)]

        assert found == [[0, 3], [0, 4]]

    def test_its_memory_is_bounded(self, monkeypatch):
        """Counters and shares unseen for longest are forgotten; a forgotten issue begins anew."""
        monkeypatch.setattr(occurrences, "KEPT", 10)
        here = ContainerOccurrences()
        for number in range(50):
            here.before([share(number, 1, f"{number:032x}")], 60)

        assert (len(here._counts), len(here._shares)) == (10, 10)
        assert here.before([share(1, 1, f"{1:032x}")], 60) == [0]

    def test_knows_no_number_for_a_report(self):
        """It claims none, and a report made by another keeps its own number."""
        here = ContainerOccurrences()
        here.before([share(1)], 60)

        assert (here.claim_reports([share(1)], 60), here.conclude(COUNTER)) == ([False], None)
