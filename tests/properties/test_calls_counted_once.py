"""The laws of counting: each call once in metrics and budgets, whatever is repeated; never more, whoever dies.

Each call costs another power of ten of the smallest part of a dollar, so that a sum tells how often each was counted.
"""

import gzip
import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from functions.trace_llm import app
from logrouter.adapters import aws, call_counter, forwarding, spending_table
from logrouter.adapters.clock import SystemClock
from logrouter.destinations.alert_document import decode_document
from logrouter.destinations.contract import Answer, Request
from tests import forwarding_world
from tests.forwarding_world import START_S, TIMEOUT_S, Killed, World, make_table, quiet, ready

PAYLOADS = ((0, 1), (2,), (3, 4, 5), (6, 7))
"""Numbers of the calls of each payload."""
LAST = 8
"""Of the call that comes when all is well again."""
BUDGET = Decimal("0.000005")
POLICY = json.dumps({"budgets": {"rules": [{"id": "all", "daily_usd": float(BUDGET)}]}})
ONCE = int("1" * (LAST + 1))


@dataclass
class Faults(forwarding_world.Faults):
    """Those of the other functions, and of what counting asks.

    Args:
        budgets: as `dynamodb`, for calls about budgets only.
        sns: as `sqs`.
    """

    budgets: Mapping[int, str] = field(default_factory=dict)
    sns: Mapping[int, str] = field(default_factory=dict)


class CountingWorld(World):
    """An account in which `trace_llm` counts."""

    def __init__(self) -> None:
        super().__init__()
        self.cost_usd = Decimal(0)
        self.taken: Counter[str] = Counter()
        self.published: list[str] = []

    def _take(self, request: Request) -> None:
        spans = json.loads(gzip.decompress(request.body))["resourceSpans"][0]["scopeSpans"][0]["spans"]
        self.taken.update(span["spanId"] for span in spans)

    def publish(self, **message: Any) -> None:
        self.call("sns", lambda: self.published.append(json.loads(message["Message"])["default"]))

    def figures(self, figures: Mapping[Any, Mapping[str, Decimal]], dimensions: Any, deployment: str) -> None:
        """As `write_figures`."""
        self.cost_usd += sum((sums.get("CostUsd", Decimal(0)) for sums in figures.values()), Decimal(0))

    def invoke(self, event: Any, faults: forwarding_world.Faults = forwarding_world.NO_FAULTS) -> Any:
        self.faults, self.calls, self.is_dead, self._started_s = faults, Counter(), False, self.now_s
        try:
            result = app.handler(event, SimpleNamespace(get_remaining_time_in_millis=self.left_ms))
        except (Killed, forwarding.LogrouterError):
            result = None
        died, self.faults, self.is_dead, self.is_over = self.is_dead, forwarding_world.NO_FAULTS, False, False
        if died:
            app._forwarder.cache_clear()
            self.now_s += TIMEOUT_S + 10  # Lambda repeats after a minute; leases are over then
            return None
        return result

    def deliver(self, numbers: tuple[int, ...], faults: forwarding_world.Faults = forwarding_world.NO_FAULTS) -> None:
        self.invoke(payload(numbers), faults)

    def end_well(self) -> None:
        """Let Lambda repeat every payload and the queue run dry, without faults, and one more call come."""
        for _ in range(2):
            self.now_s += 100
            self.settle()
            for numbers in PAYLOADS:
                self.deliver(numbers)
        self.deliver((LAST,))
        self.settle()

    @property
    def metrics(self) -> int:
        """How often each call is in the metrics, a decimal digit each."""
        return int(self.cost_usd * 10**12)

    @property
    def budget(self) -> int:
        """How often each call is in the budget."""
        return sum(int(item["pico_usd"]["N"]) for item in self.items() if item["pk"]["S"].endswith("/all"))

    @property
    def told(self) -> list[int]:
        """Shares of the budget that were published, in parts of 10,000."""
        alerts = [decode_document(json.loads(text)) for text in self.published]
        return [int(alert.key.rpartition("/")[2]) for alert in alerts if alert is not None]


def payload(numbers: tuple[int, ...]) -> dict[str, Any]:
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "app/chat/1",
        "logEvents": [
            {
                "id": f"{number:056d}",
                "timestamp": int(START_S * 1000) - 5_000,
                "message": json.dumps(
                    {
                        "type": "llm",
                        "serviceId": "chat",
                        "requestId": f"r-{number}",
                        "model": "gpt-4o",
                        "prompt_tokens": 10,
                        "completion_tokens": 1,
                        "total_cost": 10.0 ** (number - 12),
                    }
                ),
            }
            for number in numbers
        ],
    }


class Current:
    """The world in force."""

    world: CountingWorld

    def new(self) -> CountingWorld:
        dynamodb = aws.client("dynamodb")
        dynamodb.delete_table(TableName=forwarding_world.TABLE)
        make_table(dynamodb)
        app._forwarder.cache_clear()
        self.world = CountingWorld()
        return self.world

    def send(self, request: Request, timeout_s: float) -> Answer:
        """As `HttpTransport`."""
        return self.world.send(request, timeout_s)

    def send_message_batch(self, **given: Any) -> dict[str, Any]:
        """As SQS."""
        return self.world.send_message_batch(**given)

    def change_message_visibility_batch(self, **given: Any) -> dict[str, Any]:
        """As SQS."""
        return self.world.change_message_visibility_batch(**given)

    def publish(self, **message: Any) -> None:
        """As SNS."""
        self.world.publish(**message)

    def figures(self, *given: Any) -> None:
        """As `write_figures`."""
        self.world.figures(*given)


@contextmanager
def simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[Current]:
    """Put clock, table, queue, topic and Langfuse of the world in the place of the real ones."""
    for name in ("POLICY_BUCKET", "POLICY_FILE", "LANGFUSE_SECRET_ARN", "LLM_BOOK_TABLE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    variables = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_REGION": "us-east-1",
        "LANGFUSE_HOST": "http://langfuse.invalid",
        "LANGFUSE_PUBLIC_KEY": "pk",
        "LANGFUSE_SECRET_KEY": "sk",
        "LEDGER_TABLE": forwarding_world.TABLE,
        "RETRY_QUEUE_URL": forwarding_world.QUEUE,
        "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:alerts",
        "DELIVERY_CONCURRENCY": "1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    current, api = Current(), BaseClient._make_api_call

    def called(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation in {"Scan", "CreateTable", "DeleteTable"}:
            return api(client, operation, arguments)
        service = "budgets" if '"budgets/' in json.dumps(arguments) else "dynamodb"
        return current.world.call(service, lambda: api(client, operation, arguments))

    monkeypatch.setattr(BaseClient, "_make_api_call", called)
    monkeypatch.setattr(SystemClock, "now_s", lambda self: current.world.now_s)
    monkeypatch.setattr(SystemClock, "monotonic_s", lambda self: current.world.now_s)
    monkeypatch.setattr(forwarding, "HttpTransport", lambda **_: SimpleNamespace(send=current.send))
    monkeypatch.setattr(forwarding.PolicySource, "current", lambda self: ready(POLICY))
    monkeypatch.setattr(call_counter, "write_figures", current.figures)
    monkeypatch.setattr(spending_table.TableSpending.__init__, "__kwdefaults__", {"pause": lambda seconds: None})
    monkeypatch.setattr(threading, "excepthook", quiet(threading.excepthook))
    with mock_aws():
        aws.forget_clients()
        make_table(aws.client("dynamodb"))
        aws._clients["sqs"] = SimpleNamespace(
            send_message_batch=current.send_message_batch,
            change_message_visibility_batch=current.change_message_visibility_batch,
        )
        aws._clients["sns"] = SimpleNamespace(publish=current.publish)
        yield current
    app._forwarder.cache_clear()
    aws.forget_clients()


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch) -> Iterator[Current]:
    with simulated(monkeypatch) as current:
        yield current


LANGFUSE = st.lists(st.sampled_from([200, 200, 400, 413, 429, 500, 503, "timeout", "connection", "lost"]), max_size=4)
CALLS = st.integers(0, 5)
BUDGETS = st.dictionaries(CALLS, st.sampled_from(["throttle", "hang", "lost"]), max_size=3)
SNS = st.dictionaries(CALLS, st.sampled_from(["throttle", "lost"]), max_size=2)
REPEATS = st.builds(
    Faults,
    sentry=LANGFUSE,
    sqs=st.dictionaries(CALLS, st.sampled_from(["throttle", "lost"]), max_size=2),
    budgets=BUDGETS,
    sns=SNS,
)
DEATHS = st.builds(
    Faults,
    sentry=LANGFUSE,
    sqs=st.dictionaries(CALLS, st.sampled_from(["throttle", "lost"]), max_size=2),
    budgets=BUDGETS,
    sns=SNS,
    dies_at=st.none() | st.integers(0, 12),
    done=st.booleans(),
)
UNHURRIED = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def steps(faults: st.SearchStrategy[Faults]) -> st.SearchStrategy[list[tuple[str, Any, Faults]]]:
    """Payloads, again and again, and messages of the queue, each with its faults; seconds or minutes between."""
    return st.lists(
        st.tuples(st.sampled_from(["deliver", "deliver", "drain", "wait"]), st.sampled_from(PAYLOADS), faults),
        min_size=1,
        max_size=6,
    )


def run(world: CountingWorld, story: list[tuple[str, Any, Faults]]) -> None:
    for what, numbers, faults in story:
        match what:
            case "deliver":
                world.deliver(numbers, faults)
            case "drain":
                world.drain(faults)
            case "wait":
                world.now_s += 40.0 * len(numbers)


@given(story=steps(REPEATS))
@UNHURRIED
def test_each_call_counts_once(worlds: Current, story: list[tuple[str, Any, Faults]]) -> None:
    """Repeats, resends, refusals, outages of Langfuse, of the queue, of counting itself: each call once, everywhere.

    And who has reached a share of the budget is told of: the highest one at least once.
    """
    world = worlds.new()
    run(world, story)
    world.end_well()

    assert (world.metrics, world.budget) == (ONCE, ONCE)
    assert max(world.told) == 10_000


@given(story=steps(DEATHS))
@UNHURRIED
def test_no_call_counts_twice(worlds: Current, story: list[tuple[str, Any, Faults]]) -> None:
    """Whoever dies, at whatever moment, and whatever answer is lost: no call is counted twice."""
    world = worlds.new()
    run(world, story)
    world.end_well()

    assert set(f"{world.metrics:09d}") <= {"0", "1"}
    assert set(f"{world.budget:09d}") <= {"0", "1"}
    assert world.metrics >= world.budget


def test_all_is_told_once_when_nothing_fails(worlds: Current) -> None:
    """Without faults each share is published once, and every call counted."""
    world = worlds.new()
    world.end_well()
    world.end_well()

    assert (world.metrics, world.budget) == (ONCE, ONCE)
    assert world.told == [10_000]


def test_a_sum_tells_what_was_counted_twice(worlds: Current) -> None:
    """The test above would see it: without its ledger a payload that comes again counts again."""
    world = worlds.new()
    world.deliver((2,))
    dynamodb = aws.client("dynamodb")
    dynamodb.delete_table(TableName=forwarding_world.TABLE)
    make_table(dynamodb)
    world.deliver((2,))

    assert world.metrics == 200
