"""All adapters together on an emulated AWS (secret, ledger, queue) and a real HTTP server: an outage, and its end."""

import json
from collections import Counter

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters import aws, forwarding
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.forwarding import Forwarder
from logrouter.adapters.secret_source import Secret
from logrouter.settings import ForwardErrorsSettings
from tests import faults
from tests.delivery_fakes import LineDestination
from tests.faults import Sink
from tests.unit.test_forwarding import Context, FakeMasker, plan


class Account:
    """The resources of one forwarding function."""

    def __init__(self) -> None:
        region = {"region_name": "us-east-1"}
        self.sqs = boto3.client("sqs", **region)
        self.dynamodb = boto3.client("dynamodb", **region)
        self.secrets = boto3.client("secretsmanager", **region)
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        dead_arn = self.sqs.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 3})
        self.queue = self.sqs.create_queue(QueueName="retry", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
        self.dynamodb.create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def secret(self, url: str) -> str:
        return self.secrets.create_secret(Name="s", SecretString=json.dumps({"default": url}))["ARN"]

    def receive(self) -> list[dict]:
        """Take every visible message, as Lambda's event source mapping does."""
        found = []
        while batch := self.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, VisibilityTimeout=60, AttributeNames=["All"]
        ).get("Messages"):
            found += batch
        return found

    def drain(self, forwarder: Forwarder) -> list[str]:
        """Give every message to the function and delete what it settled; return what failed."""
        messages = self.receive()
        if not messages:
            return []
        event = {
            "Records": [
                {
                    "eventSource": "aws:sqs",
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                }
                for message in messages
            ]
        }
        answer = forwarder.handle(event, Context())
        failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        for message in messages:
            if message["MessageId"] not in failed:
                self.sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return failed


class ImpatientClock(SystemClock):
    """Never adds a delay, so that handed-over messages are visible at once; breakers can be set forward."""

    ahead_s = 0.0

    def monotonic_s(self) -> float:
        return super().monotonic_s() + self.ahead_s


@pytest.fixture
def account(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setattr(forwarding, "ready_masker", lambda policy: FakeMasker())
    monkeypatch.setattr("logrouter.adapters.retry_queue.DELAY_LIMIT_S", 0)
    with mock_aws():
        aws.forget_clients()
        yield Account()
    aws.forget_clients()


def forwarder(account: Account, url: str, clock=None, concurrency: int = 8) -> Forwarder:
    variables = {
        "DELIVERY_CONCURRENCY": str(concurrency),
        "SENTRY_SECRET_ARN": account.secret(url),
        "RETRY_QUEUE_URL": account.queue,
        "LEDGER_TABLE": "ledger",
    }
    settings = ForwardErrorsSettings.load(variables)
    secret = Secret(settings.sentry_secret_arn, bare="default")
    return Forwarder("forward_lines", settings, LineDestination(), plan, secret, clock=clock)


def test_an_outage_loses_nothing_and_doubles_nothing(account):
    """Down in the middle, CloudWatch repeating itself, up again: each record arrives exactly once."""
    keys = [f"k{number}" for number in range(40)]
    clock = ImpatientClock()
    down = [False]

    def script(index: int, body: bytes):
        down[0] = down[0] or index == 12
        return faults.UNAVAILABLE if down[0] else faults.OK

    with Sink(script) as sink:
        function = forwarder(account, sink.url, clock, concurrency=1)
        first = function.handle({"keys": keys}, Context())
        again = function.handle({"keys": keys}, Context())
        down[0], clock.ahead_s = False, 1_000.0
        sink.script = [faults.OK]
        failed = account.drain(function)
        arrived = Counter(body.decode() for body in sink.accepted)

    assert (first["delivered"], first["handed_over"], first["balanced"]) == (12, 28, True)
    assert (again["handed_over"], again["balanced"]) == (40, True)
    assert failed == []
    assert Counter(keys) == arrived
    assert account.receive() == []


def test_messages_that_never_succeed_end_in_the_dead_letters(account, monkeypatch):
    """After the queue's last try a delivery waits for the operator, whole."""
    monkeypatch.setattr("logrouter.adapters.retry_queue.VISIBILITY_LIMIT_S", 0)
    clock = ImpatientClock()

    with Sink([faults.BROKEN]) as sink:
        function = forwarder(account, sink.url, clock)
        function.handle({"keys": ["a"]}, Context())
        for _ in range(6):
            clock.ahead_s += 1_000
            account.drain(function)
    dead = account.sqs.receive_message(QueueUrl=account.dead).get("Messages", [])

    assert len(dead) == 1
    assert json.loads(dead[0]["Body"])["keys"] == ["a"]


def test_a_lost_ledger_and_queue_still_deliver(account):
    """With table and queue gone the destination still gets its records, and the faults are counted."""
    account.dynamodb.delete_table(TableName="ledger")
    account.sqs.delete_queue(QueueUrl=account.queue)

    with Sink([faults.OK]) as sink:
        tally = forwarder(account, sink.url).handle({"keys": ["a", "b"]}, Context())

    assert tally["delivered"] == 2
