"""A forwarding function, whole, in a simulated account: table, queue, Lambda's repeats and destination, on one clock.

`World` is that of `forward_errors` with Sentry; other functions have worlds made of it (tests/tracing_world.py).

Every call to the outside can fail as the test says, and the invocation can die at any of them. Nothing waits: time goes
by when the test, or a call that hangs, says so.
"""

import base64
import gzip
import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ReadTimeoutError
from moto import mock_aws

from functions.forward_errors import app as forward_errors
from logrouter.adapters import aws, forwarding, tails
from logrouter.adapters.clock import SystemClock
from logrouter.destinations.contract import Answer, Request
from logrouter.masking import Masker
from logrouter.policy.load import Policy, load_policy
from tests.contract_world import refusal

START_S = 1_795_140_100.0
"""Of the world's clock; its log events have times shortly before."""
TIMEOUT_S = 60.0
"""Of the function (template.yaml)."""
HIDDEN_S = 360.0
"""For how long a received message is hidden (template.yaml)."""
TRIES = 20
"""Receives of a message before it is a dead letter (template.yaml)."""
HANGS_S = 4.0
"""What a call of DynamoDB or SQS takes that is not answered (adapters.aws: two tries)."""
TABLE = "ledger"
QUEUE = "https://sqs/retry"
SENTRY: Mapping[str, str] = {"SENTRY_DSN": f"https://{'0123456789abcdef' * 2}@sentry.invalid/1"}


class Killed(BaseException):
    """The invocation is over, in the middle of a call; no code of ours can catch it."""


@dataclass
class Stored:
    """A message of the queue."""

    id: str
    body: str
    at_s: float
    receives: int = 0


@dataclass
class Accepted:
    """What Sentry took: an event, or log items."""

    at_s: float
    event: dict[str, Any] | None
    logs: list[dict[str, Any]]


@dataclass
class Faults:
    """What goes wrong from now on.

    Args:
        dynamodb, sqs, secrets: the number of a call in this invocation to how it fails: `throttle`, `gone`, `hang`,
            `lost` (done, and no answer came).
        sentry: answers of the destination in order, then 200: a status, `timeout`, `connection`, `lost`.
        dies_at: number of the call to the outside at which the invocation dies.
        done: the call at which it dies is done.
        left_s: of the invocation.
    """

    dynamodb: Mapping[int, str] = field(default_factory=dict)
    sqs: Mapping[int, str] = field(default_factory=dict)
    secrets: Mapping[int, str] = field(default_factory=dict)
    sentry: Sequence[Any] = ()
    dies_at: int | None = None
    done: bool = False
    left_s: float = TIMEOUT_S


NO_FAULTS = Faults()


@cache
def ready(text: str) -> tuple[Policy, Masker]:
    """A policy and its masker, made once."""
    policy = load_policy(text)
    return policy, Masker(policy)


class World:
    """One account."""

    app: ModuleType = forward_errors
    section = "errors"

    def __init__(self, policy: Mapping[str, Any] | None = None) -> None:
        self.now_s = START_S
        self.policy: Mapping[str, Any] = policy or {}
        self.messages: dict[str, Stored] = {}
        self.dead: list[Stored] = []
        self.accepted: list[Accepted] = []
        self.tallies: list[dict[str, Any]] = []
        self.seen: list[str] = []
        self.faults = NO_FAULTS
        self.calls: Counter[str] = Counter()
        self.is_dead = False
        self.is_over = False
        self.has_lost = False
        self.starts_anew = 0
        self._ids = itertools.count()
        self._lock = threading.RLock()
        self._started_s = self.now_s

    def prepare(self) -> None:
        """Make what the account has besides."""

    # what the function sees

    def left_ms(self) -> int:
        return int((self._started_s + self.faults.left_s - self.now_s) * 1000)

    def call(self, service: str, operation: Callable[[], Any]) -> Any:
        """Make one call to the outside, as the faults allow."""
        with self._lock:
            if self.is_dead:
                raise Killed
            number, self.calls[service] = self.calls[service], self.calls[service] + 1
            total, self.calls["all"] = self.calls["all"], self.calls["all"] + 1
            if total == self.faults.dies_at:
                self.is_dead = True
                if self.faults.done:
                    operation()
                raise Killed
            match getattr(self.faults, service, {}).get(number) if service != "sentry" else None:
                case "throttle":
                    raise refusal("ThrottlingException", service)
                case "gone":
                    raise refusal("ResourceNotFoundException", service)
                case "hang":
                    self._pass(HANGS_S)
                    raise ReadTimeoutError(endpoint_url=service)
                case "lost":
                    operation()
                    self._pass(HANGS_S)
                    raise ReadTimeoutError(endpoint_url=service)
            return operation()

    def _pass(self, seconds: float) -> None:
        """Let time go by; the invocation ends with its time."""
        self.now_s += seconds
        if self.left_ms() <= 0:
            self.now_s = self._started_s + self.faults.left_s
            self.is_dead = self.is_over = True
            raise Killed

    def send(self, request: Request, timeout_s: float) -> Answer:
        """As `HttpTransport`."""
        return self.call("sentry", lambda: self._answer(request, timeout_s))

    def _answer(self, request: Request, timeout_s: float) -> Answer:
        number = self.calls["sentry"] - 1
        answer = self.faults.sentry[number] if number < len(self.faults.sentry) else 200
        answer = self.judged(request, answer)
        self.seen.append(repr(dict(request.headers)) + gzip.decompress(request.body).decode())
        match answer:
            case "timeout":
                self._pass(timeout_s)
                return Answer(None, failure="timeout")
            case "connection":
                return Answer(None, failure="connection")
            case "lost":
                self.has_lost = True
                self._take(request)
                self._pass(timeout_s)
                return Answer(None, failure="timeout")
            case (int() as status, dict() as headers):
                if status == 200:
                    self._take(request)
                return Answer(status, headers)
            case int() as status:
                if status == 200:
                    self._take(request)
                return Answer(status)
        raise AssertionError(answer)

    def judged(self, request: Request, answer: Any) -> Any:
        """Say how a request is really answered that is to be answered so."""
        return answer

    def _take(self, request: Request) -> None:
        head, _, items = gzip.decompress(request.body).partition(b"\n")
        item, payload = items.split(b"\n", 2)[:2]
        found = json.loads(payload)
        kind = json.loads(item)["type"]
        self.accepted.append(
            Accepted(self.now_s, found if kind == "event" else None, found["items"] if kind == "log" else [])
        )
        assert kind != "event" or json.loads(head)["event_id"] == found["event_id"]

    # the queue

    def send_message_batch(self, *, QueueUrl: str, Entries: list[dict]) -> dict:  # noqa: N803 - as boto3
        return self.call("sqs", lambda: self._keep(Entries))

    def _keep(self, entries: list[dict]) -> dict:
        for entry in entries:
            assert 0 <= entry["DelaySeconds"] <= 900
            id_ = f"m{next(self._ids)}"
            self.messages[id_] = Stored(id_, entry["MessageBody"], self.now_s + entry["DelaySeconds"])
            self.seen.append(opened(entry["MessageBody"]))
        return {"Successful": [{"Id": entry["Id"]} for entry in entries]}

    def change_message_visibility_batch(self, *, QueueUrl: str, Entries: list[dict]) -> dict:  # noqa: N803 - as boto3
        return self.call("sqs", lambda: self._hide(Entries))

    def _hide(self, entries: list[dict]) -> dict:
        for entry in entries:
            self.messages[entry["ReceiptHandle"]].at_s = self.now_s + entry["VisibilityTimeout"]
        return {"Successful": [{"Id": entry["Id"]} for entry in entries]}

    # what Lambda does

    def invoke(self, event: Any, faults: Faults = NO_FAULTS) -> Any:
        """Call the handler; None when it died or failed."""
        self.faults, self.calls, self.is_dead, self._started_s = faults, Counter(), False, self.now_s
        try:
            result = self.app.handler(event, SimpleNamespace(get_remaining_time_in_millis=self.left_ms))
        except Killed:
            result = None
        except forwarding.LogrouterError:
            result = None
        assert not self.is_over or faults.left_s < TIMEOUT_S, "the invocation has run out of time"
        died, self.faults, self.is_dead, self.is_over = self.is_dead, NO_FAULTS, False, False
        if died:
            self.starts_anew += 1
            self.app._forwarder.cache_clear()
            self.now_s += 1
            return None
        return result

    def drain(self, faults: Faults = NO_FAULTS, batch: int = 10) -> bool:
        """Give the function messages that are due, ten at most; False when there are none."""
        due = [message for message in self.messages.values() if message.at_s <= self.now_s][:batch]
        if not due:
            return False
        for message in due:
            message.receives += 1
            message.at_s = self.now_s + HIDDEN_S
            if message.receives > TRIES:
                self.dead.append(self.messages.pop(message.id))
        due = [message for message in due if message.receives <= TRIES]
        if not due:
            return True  # all of them went to the dead letters, and Lambda is given no empty batch
        records = [
            {
                "eventSource": "aws:sqs",
                "messageId": message.id,
                "receiptHandle": message.id,
                "body": message.body,
                "attributes": {"ApproximateReceiveCount": str(message.receives)},
            }
            for message in due
        ]
        answer = self.invoke({"Records": records}, faults)
        if answer is not None:
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            for message in due:
                if message.id not in failed:
                    del self.messages[message.id]
        return True

    def redrive(self) -> None:
        """Put the dead letters back."""
        for message in self.dead:
            id_ = f"m{next(self._ids)}"
            self.messages[id_] = Stored(id_, message.body, self.now_s)
        self.dead = []

    def settle(self, rounds: int = 200) -> int:
        """Let time pass, without faults, until the queue is empty; return how many rounds it took."""
        for number in range(rounds):
            while self.drain():
                pass
            if not self.messages:
                return number
            self.now_s = max(self.now_s + 1, min(message.at_s for message in self.messages.values()))
        raise AssertionError(f"{len(self.messages)} messages wait for ever")

    # what came of it

    @property
    def events(self) -> dict[str, dict[str, Any]]:
        """What Sentry shows: of each event id the first one (it drops a second one of the same id)."""
        shown: dict[str, dict[str, Any]] = {}
        for one in self.accepted:
            if one.event is not None:
                shown.setdefault(one.event["event_id"], one.event)
        return shown

    def items(self) -> list[dict[str, Any]]:
        """Everything in the table."""
        found: list[dict[str, Any]] = aws.client("dynamodb").scan(TableName=TABLE)["Items"]
        return found

    def stored(self) -> str:
        """All that stands, or stood, in queue, table and Sentry, opened."""
        items = self.items()
        kept = [gzip.decompress(tail["B"]).decode() for item in items if "tails" in item for tail in item["tails"]["L"]]
        return "\n".join([*self.seen, *kept, json.dumps(items, default=repr)])


def opened(body: str) -> str:
    """A message with its body unpacked."""
    return body + gzip.decompress(base64.b64decode(json.loads(body)["body"])).decode()


class Worlds:
    """Makes worlds, one after the other, in one process; the last one made is in force."""

    def __init__(self, make: Callable[..., World] = World) -> None:
        self.make = make
        self.world = make()

    def new(self, policy: Mapping[str, Any] | None = None) -> World:
        dynamodb = aws.client("dynamodb")
        dynamodb.delete_table(TableName=TABLE)
        make_table(dynamodb)
        self.world = self.make(policy)
        self.world.prepare()
        self.world.app._forwarder.cache_clear()
        return self.world

    def send(self, request: Request, timeout_s: float) -> Answer:
        """As `HttpTransport`."""
        return self.world.send(request, timeout_s)

    def send_message_batch(self, **arguments: Any) -> dict:
        """As SQS."""
        return self.world.send_message_batch(**arguments)

    def change_message_visibility_batch(self, **arguments: Any) -> dict:
        """As SQS."""
        return self.world.change_message_visibility_batch(**arguments)


def make_table(dynamodb: Any) -> None:
    dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@contextmanager
def simulated(
    monkeypatch: pytest.MonkeyPatch, make: Callable[..., World] = World, variables: Mapping[str, str] = SENTRY
) -> Iterator[Worlds]:
    """Put clock, table, queue and destination of the worlds in the place of the real ones."""
    for name in ("POLICY_BUCKET", "POLICY_FILE", "SENTRY_SECRET_ARN", "LANGFUSE_HOST", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    settings = {
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_REGION": "us-east-1",
        "LEDGER_TABLE": TABLE,
        "RETRY_QUEUE_URL": QUEUE,
        "DELIVERY_CONCURRENCY": "1",
        **variables,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    worlds = Worlds(make)
    api = BaseClient._make_api_call

    def called(client: Any, operation: str, arguments: dict[str, Any]) -> Any:
        if operation in {"Scan", "CreateTable", "DeleteTable"}:
            return api(client, operation, arguments)
        return worlds.world.call("dynamodb", lambda: api(client, operation, arguments))

    tell = forwarding.Telemetry.report

    def report(telemetry: Any, tally: Any, *, undelivered: int = 0, **rest: Any) -> None:
        worlds.world.tallies.append(tally.as_dict() | {"undelivered": undelivered})
        assert tally.missing == undelivered, (tally.as_dict(), undelivered)
        tell(telemetry, tally, undelivered=undelivered, **rest)

    monkeypatch.setattr(BaseClient, "_make_api_call", called)
    monkeypatch.setattr(forwarding.Telemetry, "report", report)
    monkeypatch.setattr(SystemClock, "now_s", lambda self: worlds.world.now_s)
    monkeypatch.setattr(SystemClock, "monotonic_s", lambda self: worlds.world.now_s)
    monkeypatch.setattr(forwarding, "HttpTransport", lambda **_: SimpleNamespace(send=worlds.send))
    monkeypatch.setattr(
        forwarding.PolicySource, "current", lambda self: ready(json.dumps({worlds.world.section: worlds.world.policy}))
    )
    monkeypatch.setattr(tails.TableTails.__init__, "__kwdefaults__", {"sleep": lambda seconds: None})
    monkeypatch.setattr(threading, "excepthook", quiet(threading.excepthook))
    with mock_aws():
        aws.forget_clients()
        dynamodb = aws.client("dynamodb")
        make_table(dynamodb)
        aws._clients["sqs"] = SimpleNamespace(
            send_message_batch=worlds.send_message_batch,
            change_message_visibility_batch=worlds.change_message_visibility_batch,
        )
        worlds.world.app._forwarder.cache_clear()
        yield worlds
    worlds.world.app._forwarder.cache_clear()
    aws.forget_clients()


def quiet(hook: Callable[[Any], None]) -> Callable[[Any], None]:
    """Threads die with their invocation; of everything else the hook is told."""
    return lambda args: None if args.exc_type is Killed else hook(args)
