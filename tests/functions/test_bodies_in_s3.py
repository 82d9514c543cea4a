"""trace_llm with prompts and answers that lie in S3, on an emulated AWS, with the local receiver for Langfuse."""

import gzip
import json
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from moto.sqs import sqs_backends

from logrouter.adapters import aws
from logrouter_local import samples
from logrouter_local.langfuse_receiver import LangfuseReceiver
from tests.functions.calling import calling
from tests.unit.bedrock_samples import STREAMS

FUNCTION = "trace_llm"
BUCKET = "bedrock-large"
FOLDER = "AWSLogs/123456789012/BedrockModelInvocationLogs/ap-northeast-2/2026/11/20/01/data/"
EMAIL = "hong.gildong" + "@" + "customer.example.com"
ASKED = {"messages": [{"role": "user", "content": [{"text": f"I am {EMAIL}"}]}]}
ANSWERED = {
    "output": {"message": {"role": "assistant", "content": [{"text": "A long report."}]}},
    "stopReason": "end_turn",
    "metrics": {"latencyMs": 91_200},
    "usage": {"inputTokens": 48_211, "outputTokens": 26_044, "totalTokens": 74_255},
}
OBJECTS = {
    "b0000000-0011-4000-8000-000000000011_input.json.gz": ASKED,
    "b0000000-0011-4000-8000-000000000011_output.json.gz": ANSWERED,
    "b0000000-0012-4000-8000-000000000012_output.json.gz": STREAMS["claude"][0],
}


class Account:
    """The bucket of large bodies and the retry queue."""

    def __init__(self) -> None:
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.s3.create_bucket(Bucket=BUCKET)
        self.sqs = boto3.client("sqs", region_name="us-east-1")
        self.queue = self.sqs.create_queue(QueueName="retry")["QueueUrl"]
        boto3.client("dynamodb", region_name="us-east-1").create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def put(self, *names: str) -> None:
        for name in names:
            body = gzip.compress(json.dumps(OBJECTS[name]).encode())
            self.s3.put_object(Bucket=BUCKET, Key=FOLDER + name, Body=body)

    def waiting(self) -> list[dict]:
        """Return the messages of the queue, delayed ones too, as Lambda's event source passes them on."""
        (queue,) = sqs_backends["123456789012"]["us-east-1"].queues.values()
        return [
            {
                "messageId": message.id,
                "receiptHandle": message.id,
                "body": message.body,
                "eventSource": "aws:sqs",
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for message in queue._messages
        ]


@pytest.fixture
def account(monkeypatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        aws.forget_clients()
        yield Account()
    aws.forget_clients()


@pytest.fixture
def langfuse() -> Iterator[LangfuseReceiver]:
    with LangfuseReceiver() as server:
        yield server


@pytest.fixture
def handle(function, monkeypatch, langfuse, account):
    """Call the handler in this process."""
    variables = {
        "LANGFUSE_HOST": langfuse.url,
        "LANGFUSE_PUBLIC_KEY": "pk-local",
        "LANGFUSE_SECRET_KEY": "sk-local",
        "RETRY_QUEUE_URL": account.queue,
        "LEDGER_TABLE": "ledger",
        "BEDROCK_BODIES_BUCKET": BUCKET,
    }
    with calling(function("trace_llm"), monkeypatch, variables) as call:
        yield call


def told(langfuse):
    """Return the attributes of what Langfuse got, by Bedrock's request id."""
    found = {}
    for span in langfuse.received()["spans"]:
        attributes = {
            item["key"].removeprefix("langfuse.observation."): item["value"].get("stringValue")
            for item in span["attributes"]
        }
        found[attributes["metadata.bedrock_request_id"][:13]] = attributes
    return found


def test_bodies_in_s3(account, langfuse, handle):
    """Prompts and answers are read where Bedrock put them, masked; a foreign bucket is not even asked."""
    account.put(*OBJECTS)

    tally = handle(samples.render("trace_llm/bedrock_s3"))

    calls = told(langfuse)
    assert (tally["balanced"], tally["delivered"]) == (True, 3)
    assert calls["b0000000-0011"]["output"] == "A long report."
    assert EMAIL not in json.dumps(calls)
    assert json.loads(calls["b0000000-0011"]["input"])[0]["role"] == "user"
    assert json.loads(calls["b0000000-0012"]["output"])[2]["input"] == {"q": "capital"}
    assert json.loads(calls["b0000000-0013"]["metadata.content_absent"]) == {"input": "not_allowed"}


def test_bodies_that_come_late(account, langfuse, handle, monkeypatch):
    """A call whose body is not there yet waits in the queue, masked, and is delivered whole from there, once."""
    monkeypatch.setattr("logrouter.adapters.offloaded_bodies.FRESH_MS", 10**13)
    names = list(OBJECTS)
    account.put(names[1], names[2])

    tally = handle(samples.render("trace_llm/bedrock_s3"))
    assert (tally["delivered"], tally["handed_over"], tally["balanced"]) == (2, 1, True)
    assert "b0000000-0011" not in told(langfuse)

    account.put(names[0])
    waiting = account.waiting()
    assert len(waiting) == 1
    assert EMAIL not in waiting[0]["body"]
    assert handle({"Records": waiting}) == {"batchItemFailures": []}

    call = told(langfuse)["b0000000-0011"]
    assert (call["output"], "metadata.content_absent" in call) == ("A long report.", False)
    assert json.loads(call["input"])[0]["role"] == "user"


def test_a_bucket_that_may_not_be_read(account, langfuse, handle):
    """Where the bucket is not there, every call is told without its bodies, and nothing fails."""
    account.s3.delete_bucket(Bucket=BUCKET)

    tally = handle(samples.render("trace_llm/bedrock_s3"))

    calls = told(langfuse)
    assert (tally["balanced"], tally["delivered"] + tally["handed_over"]) == (True, 3)
    assert json.loads(calls["b0000000-0011"]["usage_details"])["total"] == 74_255
    assert json.loads(calls["b0000000-0011"]["metadata.content_absent"])["input"] == "forbidden"


def test_told_once_though_its_event_came_twice(account, langfuse, handle, monkeypatch):
    """Lambda repeats the event after the body came: the call is told whole, and what waited is not told again."""
    monkeypatch.setattr("logrouter.adapters.offloaded_bodies.FRESH_MS", 10**13)
    names = list(OBJECTS)
    account.put(names[1], names[2])
    handle(samples.render("trace_llm/bedrock_s3"))
    waiting = account.waiting()
    account.put(names[0])

    again = handle(samples.render("trace_llm/bedrock_s3"))
    drained = handle({"Records": waiting})

    spans = langfuse.received()["spans"]
    assert (again["delivered"], again["dropped"]) == (1, {"duplicate": 2})
    assert drained == {"batchItemFailures": []}
    assert len(spans) == len({span["spanId"] for span in spans}) == 3
    assert told(langfuse)["b0000000-0011"]["output"] == "A long report."
