"""A world for the contract tests: an emulated account, a local sink, secrets planted in every field, all outputs kept."""

import base64
import gzip
import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType, SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from logrouter.adapters import aws
from logrouter.errors import LogrouterError
from tests.functions.sink import Sink, running_sink

REGION = "us-east-1"
PLANTED = {
    "email": "hong.gildong" + "@" + "customer.example.com",
    "key": "AKIA" + "IOSFODNN7" + "EXAMPLE",
    "resident": "900101-" + "1234568",
    "card": "4111-1111-" + "1111-1111",
    "phone": "010-" + "9876-" + "5432",
}
"""Values that masking takes out wherever they stand."""
PLAIN = "zebra-quagga-okapi"
"""Text of a payload that is no secret: it may reach the destination, never a log line or an exception."""
KEPT: dict[str, object] = {}
SECRETS = ("sk-lf-" + "11112222-aaaa-bbbb", "0123456789abcdef" * 2)
"""Of the destination; the second one is the key in the sink's DSN."""


def context(left_ms: int = 60_000) -> SimpleNamespace:
    """What Lambda passes, as far as it is read."""
    return SimpleNamespace(get_remaining_time_in_millis=lambda: left_ms)


def refusal(code: str, operation: str = "Operation") -> ClientError:
    """An AWS error whose message repeats the request, as AWS's do."""
    text = f"User is not authorized: {json.dumps(PLANTED)} {PLAIN}"
    return ClientError(
        {"Error": {"Code": code, "Message": text}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation
    )


def boom(*args: object, **kwargs: object) -> None:
    """Fail with everything one has been given in the message."""
    raise RuntimeError(f"{PLAIN} {json.dumps(PLANTED)} {args!r:.20000} {kwargs!r:.20000}")


def planted_line(number: int = 1) -> str:
    """A log line of an error, with a planted value in each field a logger knows."""
    values = " ".join(PLANTED.values())
    return json.dumps(
        {
            "level": "error",
            "msg": f"order {number} failed {PLAIN} for {values}",
            "serviceId": f"svc {PLANTED['email']}",
            "requestId": f"req {PLANTED['key']}",
            "userId": PLANTED["resident"],
            "path": f"/users/{PLANTED['email']}",
            "userAgent": f"agent {PLANTED['card']}",
            "component": PLANTED["phone"],
            "version": PLANTED["email"],
            "env": PLANTED["email"],
            PLANTED["email"]: "a key",
            "error": {"type": f"E{PLANTED['email']}", "message": values, "stack": f"Error: {values}\n    at f (/a/{values}.js:1:2)"},
        }
    )  # fmt: skip


def llm_line(number: int = 1) -> str:
    """A log line of an LLM call, with planted values everywhere."""
    values = " ".join(PLANTED.values())
    call = {
        "type": "llm",
        "model": f"gpt-4o {PLANTED['email']}",
        "prompt": [{"role": "user", "content": values}],
        "response": f"{PLAIN} {values}",
        "prompt_tokens": 10 + number,
        "completion_tokens": 5,
        "requestId": f"req-{number} {PLANTED['key']}",
        "userId": PLANTED["resident"],
        "sessionId": PLANTED["phone"],
        "metadata": {PLANTED["email"]: values},
    }
    return json.dumps(call)


def document(*lines: str, first: int = 1, **changes: object) -> dict:
    """A decoded subscription document with planted names."""
    made = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": f"/aws/ecs/{PLANTED['email']}/errors",
        "logStream": f"app/{PLANTED['email']}/{PLANTED['key']}",
        "subscriptionFilters": [PLANTED["email"]],
        "logEvents": [
            {"id": f"{first + at:056d}", "timestamp": 1795140000000 + at, "message": line}
            for at, line in enumerate(lines)
        ],
    }
    return made | changes


def packed(content: object) -> str:
    """Gzip and base64, as CloudWatch Logs does; bytes and text are taken as they are."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.b64encode(gzip.compress(data, mtime=0)).decode()


def awslogs(content: object) -> dict:
    """A subscription event."""
    return {"awslogs": {"data": packed(content)}}


def kinesis(*contents: object) -> dict:
    """A Kinesis event; text is taken as the record's data."""
    return {
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "kinesis": {"sequenceNumber": f"seq-{at}", "data": each if isinstance(each, str) else packed(each)},
            }
            for at, each in enumerate(contents)
        ]
    }


@dataclass
class World:
    """One account, one sink, one capture of all that is printed."""

    sink: Sink
    sqs: object
    dynamodb: object
    secrets: object
    queue: str
    capture: pytest.CaptureFixture
    function: Callable[[str], ModuleType]
    printed: str = ""
    raised: list[BaseException] = field(default_factory=list)

    def handle(self, name: str, event: object, *, left_ms: int = 60_000, fresh: bool = True) -> object:
        """Call a handler as Lambda does; an exception is kept and printed the way the runtime prints it."""
        module = self.function(name)
        if fresh:
            module._forwarder.cache_clear()
        try:
            return module.handler(event, context(left_ms))
        except Exception as error:  # noqa: BLE001 - as Lambda does
            self.raised.append(error)
            sys.stdout.write("".join(traceback.format_exception(error)) + repr(error))
            return error

    def messages(self) -> list[dict]:
        """Take every message out of the retry queue."""
        found: list[dict] = []
        while batch := self.sqs.receive_message(
            QueueUrl=self.queue, MaxNumberOfMessages=10, VisibilityTimeout=1_000, AttributeNames=["All"]
        ).get("Messages"):
            found += batch
        return found

    def drain_event(self) -> dict:
        """Every message of the retry queue, as Lambda passes them."""
        return {
            "Records": [
                {
                    "eventSource": "aws:sqs",
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                }
                for message in self.messages()
            ]
        }

    def stored(self) -> str:
        """Everything in the queue (bodies unpacked) and in the ledger."""
        texts = []
        for message in self.messages():
            body = json.loads(message["Body"])
            texts += [message["Body"], gzip.decompress(base64.b64decode(body["body"])).decode()]
        items = self.dynamodb.scan(TableName="ledger")["Items"]
        tails = [each["B"] for item in items if "tails" in item for each in item["tails"]["L"]]
        texts += [gzip.decompress(tail).decode() for tail in tails]
        return "\n".join([*texts, json.dumps(items, default=repr)])

    def output(self) -> str:
        """Everything printed so far, to stdout and stderr."""
        out, err = self.capture.readouterr()
        self.printed += out + err
        return self.printed

    def leaks(self) -> list[str]:
        """Names of what was found where it must not be."""
        output, sent, stored = self.output(), self.sink.bytes.decode("utf-8", "replace"), self.stored()
        found = [f"{name} printed" for name, value in PLANTED.items() if value in output]
        found += [f"{name} sent" for name, value in PLANTED.items() if value in sent or escaped(value) in sent]
        found += [f"{name} stored" for name, value in PLANTED.items() if value in stored]
        found += ["payload printed"] if PLAIN in output else []
        return found + [f"secret {value[:4]} out" for value in SECRETS if value in output or value in stored]

    def tallies(self) -> list[dict]:
        """The tallies that were logged, in order."""
        lines = [json.loads(line) for line in self.output().splitlines() if line.startswith('{"level"')]
        return [line["tally"] for line in lines if "tally" in line]


def escaped(value: str) -> str:
    """A value as it would stand in a URL."""
    return value.replace("@", "%40")


@contextmanager
def world_of(monkeypatch, capsys, function, **environment: str) -> Iterator[World]:
    """Set up queue, ledger, secrets and sink; both forwarding functions find them in their environment."""
    for name in ("POLICY_BUCKET", "POLICY_FILE", "SENTRY_DSN", "LANGFUSE_HOST", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    with mock_aws(), kept_clients(), running_sink() as sink:
        sqs, dynamodb, secrets = map(aws.client, ("sqs", "dynamodb", "secretsmanager"))
        queue = sqs.create_queue(QueueName="retry")["QueueUrl"]
        dynamodb.create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        keys = {
            "host": sink.dsn.split("/1")[0].replace(SECRETS[1] + "@", ""),
            "public_key": "pk-lf-x",
            "secret_key": SECRETS[0],
        }
        settings = {
            "SENTRY_SECRET_ARN": secrets.create_secret(Name="sentry", SecretString=json.dumps({"dsn": sink.dsn}))[
                "ARN"
            ],
            "LANGFUSE_SECRET_ARN": secrets.create_secret(Name="langfuse", SecretString=json.dumps(keys))["ARN"],
            "RETRY_QUEUE_URL": queue,
            "LEDGER_TABLE": "ledger",
            "DELIVERY_CONCURRENCY": "2",
            **environment,
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr("logrouter.adapters.retry_queue.DELAY_LIMIT_S", 0)
        yield World(sink, sqs, dynamodb, secrets, queue, capsys, function)
    for name in ("forward_errors", "trace_llm"):
        function(name)._forwarder.cache_clear()


@contextmanager
def kept_clients() -> Iterator[None]:
    """Let the AWS clients of one test serve the next: to make one takes longer than most tests."""
    aws.forget_clients()
    aws._clients.update(KEPT)
    try:
        yield
    finally:
        KEPT.update(aws._clients)
        aws.forget_clients()


@contextmanager
def everything_logged() -> Iterator[None]:
    """Print every library's debug lines, as Lambda does with `ApplicationLogLevel: DEBUG`; the emulator's own stay out."""
    handler = logging.StreamHandler(sys.stdout)
    handler.addFilter(lambda record: not record.name.startswith(("moto", "werkzeug", "responses", "asyncio")))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def settled(result: object) -> bool:
    """True when an outcome forgets nothing: books that balance, a batch answer, or an exception of ours."""
    if isinstance(result, dict):
        return result.get("balanced", "batchItemFailures" in result)
    return isinstance(result, LogrouterError)
