"""What was spent on a day is kept once for all containers, whatever DynamoDB does in between."""

from collections import Counter as Numbers
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from logrouter.adapters.daily_spending import Added, ContainerSpending
from logrouter.adapters.spending_table import TRIES, WAITING, TableSpending
from logrouter.stages.counting.budgets import Counter, Spending
from logrouter.stages.counting.calls import Amounts
from tests.contract_world import refusal
from tests.delivery_fakes import FakeClock

TABLE = "ledger"
EVERYTHING = Counter("everything", "2026-11-20")
CHAT = Counter("each", "2026-11-20", (("service", "chat"),))


def spent(pico_usd: int = 10, calls: int = 1, latest_ms: int = 5) -> Spending:
    return Spending(Amounts(calls, 100, pico_usd, 0), latest_ms)


class Failing:
    """A client of which the next calls of one operation fail: before they are done, or after (`lost`)."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.exceptions = client.exceptions
        self.faults: dict[str, list[Exception | str]] = {}
        self.asked: Numbers[str] = Numbers()

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            self.asked[operation] += 1
            waiting = self.faults.get(operation)
            fault = waiting.pop(0) if waiting else None
            if isinstance(fault, Exception):
                raise fault
            answer = getattr(self.client, operation)(**arguments)
            if fault == "lost":
                raise ReadTimeoutError(endpoint_url="dynamodb")
            return answer

        return call


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Failing]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with mock_aws():
        made = boto3.client("dynamodb", region_name="us-east-1")
        made.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Failing(made)


@pytest.fixture
def counted() -> Numbers[str]:
    return Numbers()


@pytest.fixture
def container(client: Failing, counted: Numbers[str]) -> Callable[[], TableSpending]:
    """Makes a container that counts in the table; its clock goes on while it pauses."""

    def make(clock: FakeClock | None = None) -> TableSpending:
        clock = clock or FakeClock()

        def pause(seconds: float) -> None:
            clock.at_s += seconds

        def count(name: str, number: int) -> None:
            counted[name] += number

        return TableSpending(TABLE, client=client, clock=clock, count=count, pause=pause)

    return make


def canceled(client: Failing, *codes: str) -> Exception:
    answer = {
        "Error": {"Code": "TransactionCanceledException"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return client.exceptions.TransactionCanceledException(answer, "TransactWriteItems")


def pico(added: dict[Counter, Added], counter: Counter = EVERYTHING) -> int:
    return added[counter].spending.amounts.pico_usd


def test_containers_count_together(container: Any) -> None:
    """What one adds, the other finds, of every counter."""
    container().add("a", {EVERYTHING: spent(10), CHAT: spent(10)}, 60)
    found = container().add("b", {EVERYTHING: spent(5, latest_ms=9)}, 60)

    assert found == {EVERYTHING: Added(Spending(Amounts(2, 200, 15, 0), 9))}


def test_the_same_round_is_added_once(container: Any) -> None:
    """By whichever container it comes again; who repeats it sees where the counter stands."""
    one, other = container(), container()
    found = [each.add("a", {EVERYTHING: spent(10)}, 60) for each in (one, one, other)]

    assert [pico(each) for each in found] == [10, 10, 10]


def test_an_answer_that_got_lost_adds_nothing_twice(client: Failing, container: Any) -> None:
    """The transaction was done, nobody knows, the next round tries it again: the mark stands in its way."""
    mine = container()
    client.faults["transact_write_items"] = ["lost"]
    first = mine.add("a", {EVERYTHING: spent(10)}, 60)
    second = mine.add("b", {EVERYTHING: spent(1)}, 60)

    assert (first, pico(second)) == ({}, 11)


@pytest.mark.parametrize("error", ["ProvisionedThroughputExceededException", "InternalServerError", "LimitExceeded"])
def test_what_cannot_be_written_waits(client: Failing, container: Any, counted: Numbers[str], error: str) -> None:
    """It is counted once as late, and goes with the next round."""
    mine = container()
    client.faults["transact_write_items"] = [refusal(error, "dynamodb")]
    first = mine.add("a", {EVERYTHING: spent(10, calls=3)}, 60)
    second = mine.add("b", {CHAT: spent(1)}, 60)

    assert first == {}
    assert (pico(second), pico(second, CHAT)) == (10, 1)
    assert counted == {"SpendingFailures": 3}


def test_collisions_are_tried_again(client: Failing, container: Any, counted: Numbers[str]) -> None:
    """Another container changes the same counter at the same moment."""
    client.faults["transact_write_items"] = [canceled(client, "None", "TransactionConflict")] * (TRIES - 1)

    assert pico(container().add("a", {EVERYTHING: spent(10)}, 60)) == 10
    assert counted == {}


def test_collisions_without_end_wait_for_the_next_round(client: Failing, container: Any, counted: Numbers[str]) -> None:
    """Six tries, then it waits as anything else."""
    mine = container()
    client.faults["transact_write_items"] = [canceled(client, "None", "TransactionConflict")] * TRIES

    assert mine.add("a", {EVERYTHING: spent(10)}, 60) == {}
    assert pico(mine.add("b", {EVERYTHING: spent(1)}, 60)) == 11
    assert counted == {"SpendingFailures": 1}


def test_what_is_never_taken_keeps_nothing_waiting(client: Failing, container: Any, counted: Numbers[str]) -> None:
    """A write that is refused as such is counted and given up."""
    mine = container()
    client.faults["transact_write_items"] = [refusal("ValidationException", "dynamodb")]
    mine.add("a", {EVERYTHING: spent(10)}, 60)

    assert pico(mine.add("b", {EVERYTHING: spent(1)}, 60)) == 1
    assert counted == {"SpendingFailures": 1}


def test_without_time_nothing_is_asked(client: Failing, container: Any) -> None:
    """The invocation is about to end; the next one of this container writes it."""
    mine = container()

    assert mine.add("a", {EVERYTHING: spent(10)}, 0.2) == {}
    assert client.asked == {}
    assert pico(mine.add("b", {EVERYTHING: spent(1)}, 60)) == 11


def test_a_table_that_fails_is_left_alone(client: Failing, container: Any, counted: Numbers[str]) -> None:
    """After three failures it rests for half a minute; what was spent meanwhile is written afterwards."""
    clock = FakeClock()
    mine = container(clock)
    client.faults["transact_write_items"] = [refusal("InternalServerError", "dynamodb")] * 3
    for number in range(5):
        mine.add(f"round-{number}", {EVERYTHING: spent(1)}, 60)
    asked = client.asked["transact_write_items"]
    clock.at_s += 31
    found = mine.add("last", {EVERYTHING: spent(1)}, 60)

    assert (asked, pico(found), counted["SpendingFailures"]) == (3, 6, 5)


def test_what_waits_is_bounded(client: Failing, container: Any) -> None:
    """A container keeps so many rounds for later; then the oldest are given up, never counted twice."""
    mine = container()
    for number in range(WAITING + 50):
        mine.add(f"round-{number}", {EVERYTHING: spent(1)}, 0)

    assert pico(mine.add("last", {EVERYTHING: spent(1)}, 60)) == WAITING


def test_hundreds_of_counters_take_few_calls(client: Failing, container: Any) -> None:
    """250 users are three transactions and three reads, and a repeat adds nothing."""
    users = {Counter("users", "2026-11-20", (("user", f"u-{n}"),)): spent(n) for n in range(250)}
    mine = container()
    found = mine.add("a", users, 60)
    again = mine.add("a", users, 60)

    assert {counter.values[0][1]: pico(found, counter) for counter in users} == {f"u-{n}": n for n in range(250)}
    assert again == found
    assert client.asked == {"transact_write_items": 6, "batch_get_item": 6}


def test_a_counter_that_cannot_be_read_is_looked_at_later(client: Failing, container: Any) -> None:
    """What was added stays added."""
    mine = container()
    client.faults["batch_get_item"] = [refusal("InternalServerError", "dynamodb")]

    assert mine.add("a", {EVERYTHING: spent(10)}, 60) == {}
    assert pico(mine.add("b", {EVERYTHING: spent(1)}, 60)) == 11


@pytest.fixture(params=["table", "memory"])
def counters(request: pytest.FixtureRequest, container: Any) -> TableSpending | ContainerSpending:
    return container() if request.param == "table" else ContainerSpending()


def test_what_was_told_is_remembered(counters: Any) -> None:
    """By measure."""
    counters.add("a", {EVERYTHING: spent()}, 60)
    counters.note_told(EVERYTHING, "usd", 5_000)
    counters.note_told(EVERYTHING, "tokens", 8_000)

    assert counters.add("b", {EVERYTHING: spent()}, 60)[EVERYTHING].told == {"usd": 5_000, "tokens": 8_000}


def test_a_lower_share_does_not_take_the_place_of_a_higher_one(container: Any) -> None:
    """Two containers tell at once; the higher share stays."""
    one = container()
    one.add("a", {EVERYTHING: spent()}, 60)
    one.note_told(EVERYTHING, "usd", 8_000)
    container().note_told(EVERYTHING, "usd", 5_000)

    assert one.add("b", {EVERYTHING: spent()}, 60)[EVERYTHING].told == {"usd": 8_000}


def test_parts_are_looked_at_when_they_are_asked_for(counters: Any) -> None:
    """What comes back from adding are the whole budgets; parts are read for an alert only."""
    chat = Counter("everything", "2026-11-20", part=("service", "chat"))
    unknown = Counter("everything", "2026-11-20", part=("service", "unknown"))
    found = counters.add("a", {EVERYTHING: spent(10), chat: spent(7)}, 60)

    assert list(found) == [EVERYTHING]
    assert counters.look([chat, unknown]) == {chat: Amounts(1, 100, 7, 0)}
    assert counters.look([]) == {}


def test_so_many_alerts_a_day(counters: Any) -> None:
    """A rule has so many alerts on one day, whatever the value; the next day has its own."""
    users = [Counter("users", "2026-11-20", (("user", f"u-{n}"),)) for n in range(4)]

    assert [counters.may_tell(user, 2) for user in users] == [True, True, False, False]
    assert counters.may_tell(Counter("users", "2026-11-21"), 2)


def test_when_the_table_does_not_say_people_are_told(client: Failing, container: Any) -> None:
    """An alert too many is better than none."""
    client.faults["update_item"] = [refusal("InternalServerError", "dynamodb")]

    assert container().may_tell(CHAT, 1)


def test_memory_adds_a_round_once() -> None:
    """As the table does."""
    mine = ContainerSpending()
    found = [mine.add(name, {EVERYTHING: spent(10)}, 60) for name in ("a", "a", "b")]

    assert [pico(each) for each in found] == [10, 10, 20]


def test_counters_are_gone_after_their_days(client: Failing, container: Any) -> None:
    """Every item has a time to live, so that the table does not grow for ever."""
    container().add("a", {EVERYTHING: spent(), CHAT: spent()}, 60)
    container().may_tell(CHAT, 5)
    items = client.client.scan(TableName=TABLE)["Items"]

    assert {int(item["expires_at"]["N"]) for item in items} == {int(FakeClock().at_s) + 16 * 86_400}
    assert len(items) == 4


def test_no_name_of_a_log_stands_in_the_table(client: Failing, container: Any) -> None:
    """Values are hashed: users and services are nobody's business there."""
    secret = Counter("users", "2026-11-20", (("user", "kim-4711"),))
    container().add("a", {secret: spent()}, 60)

    assert "kim-4711" not in repr(client.client.scan(TableName=TABLE)["Items"])
