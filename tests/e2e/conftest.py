"""The demo's stack, brought up once for all end-to-end tests, with one whole play on it."""

import itertools
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from logrouter_local.built import BuiltFunction, built_functions
from logrouter_local.places import Ports, aws_environment
from logrouter_local.play import Outcome, play
from logrouter_local.progress import Progress
from logrouter_local.stack import Stack, local_stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with local_stack(Ports.read(os.environ.get("LOGROUTER_PORTS", "")), Progress()) as running:
        yield running


@pytest.fixture(scope="session")
def outcome(stack: Stack) -> Outcome:
    return play(stack, Progress())


@pytest.fixture(scope="session")
def functions(stack: Stack) -> Mapping[str, BuiltFunction]:
    return built_functions()


@dataclass(frozen=True)
class Tenant:
    """What one test has of the stack for itself: a Sentry project, a retry queue, its dead letters, a ledger."""

    stack: Stack
    name: str
    dsn: str
    retry_queue: str
    dead_letters: str
    ledger: str

    @property
    def project(self) -> int:
        return int(self.dsn.rpartition("/")[2])

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a `forward_errors` that works for this test alone, under the packaged policy."""
        own = {"SENTRY_DSN": self.dsn, "RETRY_QUEUE_URL": self.retry_queue, "LEDGER_TABLE": self.ledger}
        return aws_environment(self.stack.ports) | own

    def empty_ledger(self) -> None:
        table = self.stack.aws("dynamodb")
        table.delete_table(TableName=self.ledger)
        _create_table(table, self.ledger)

    def dead(self) -> int:
        name = "ApproximateNumberOfMessages"
        told = self.stack.aws("sqs").get_queue_attributes(QueueUrl=self.dead_letters, AttributeNames=[name])
        return int(told["Attributes"][name])


_numbers = itertools.count(1)


@pytest.fixture
def tenant(stack: Stack) -> Tenant:
    name, sqs = f"tenant-{next(_numbers)}", stack.aws("sqs")
    dead = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 20}}'
    queue = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "15", "RedrivePolicy": redrive})
    _create_table(stack.aws("dynamodb"), name)
    return Tenant(stack, name, stack.sentry.create_project(name), queue["QueueUrl"], dead, name)


def _create_table(dynamodb, name: str) -> None:
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


@pytest.fixture
def black_hole() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(64)
        yield f"127.0.0.1:{server.getsockname()[1]}"
