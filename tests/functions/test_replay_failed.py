"""replay_failed gives functions back what died with their invocation: never lost, never for ever, never logged."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters import aws
from logrouter.jobs import replay_failed as job
from logrouter.model import REPLAYS_FIELD

ARN = "arn:aws:lambda:us-east-1:123456789012:function:ForwardErrors:live"
SECRET_TEXT = "resident " + "900101-" + "1234567"


class Context:
    """What Lambda passes; `asks` times there is time left."""

    def __init__(self, asks: int = 10_000) -> None:
        self.asks = asks

    def get_remaining_time_in_millis(self) -> int:
        self.asks -= 1
        return 300_000 if self.asks >= 0 else 0


class FakeLambda:
    """Takes asynchronous invocations, or refuses them."""

    def __init__(self) -> None:
        self.invoked: list[tuple[str, dict]] = []
        self.refuses = False

    def invoke(self, FunctionName, InvocationType, Payload):  # noqa: N803 - the AWS names
        if self.refuses:
            raise ConnectionError(SECRET_TEXT)
        assert InvocationType == "Event"
        self.invoked.append((FunctionName, json.loads(Payload)))
        return {"StatusCode": 202}


@pytest.fixture
def app(function):
    module = function("replay_failed")
    module.telemetry.cache_clear()
    return module


@pytest.fixture
def s3(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("FAILED_BUCKET", "failed")
    with mock_aws(config={"lambda": {"use_docker": False}}):
        aws.forget_clients()
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="failed")
        yield client
    aws.forget_clients()


@pytest.fixture
def functions(monkeypatch, s3):
    fake = FakeLambda()
    monkeypatch.setitem(aws._clients, "lambda", fake)
    return fake


def failure(payload: object, **fields: object) -> bytes:
    """An object as Lambda's on-failure destination writes it for an asynchronous invocation."""
    return json.dumps(
        {
            "version": "1.0",
            "timestamp": "2026-11-20T01:05:00.000Z",
            "requestContext": {
                "requestId": "3c1b2a09-4d5e-4f60-9b7c-8d9e0f1a2b3c",
                "functionArn": ARN,
                "condition": "RetriesExhausted",
                "approximateInvokeCount": 3,
            },
            "requestPayload": payload,
            "responseContext": {"statusCode": 200, "executedVersion": "7", "functionError": "Unhandled"},
            "responsePayload": {"errorMessage": "x"},
            **fields,
        }
    ).encode()


def put(s3, name: str, body: bytes) -> str:
    key = f"aws/lambda/async/ForwardErrors/2026/11/20/{name}"
    s3.put_object(Bucket="failed", Key=key, Body=body)
    return key


def keys(s3) -> list[str]:
    return [item["Key"] for item in s3.list_objects_v2(Bucket="failed").get("Contents", [])]


def later(monkeypatch, app, hours: float) -> None:
    at = (datetime.now(UTC) + timedelta(hours=hours)).timestamp()
    monkeypatch.setattr(app.CLOCK.__class__, "now_s", lambda self: at)


def test_a_payload_goes_back_to_its_function(app, s3, functions):
    """The original event, to the same function and alias, and the object is gone."""
    put(s3, "one", failure({"awslogs": {"data": "H4sI"}}))

    tally = app.handler({}, Context())

    assert functions.invoked == [(ARN, {"awslogs": {"data": "H4sI"}, REPLAYS_FIELD: 1})]
    assert keys(s3) == []
    assert (tally["source"], tally["received"], tally["delivered"], tally["balanced"]) == ("replay", 1, 1, True)


def test_a_refused_invocation_keeps_the_payload(app, s3, functions):
    """The object is deleted only after Lambda took the invocation."""
    key = put(s3, "one", failure({"awslogs": {}, "x": 1}))
    functions.refuses = True

    tally = app.handler({}, Context())

    assert [key] == keys(s3)
    assert (tally["delivered"], tally["handed_over"], tally["balanced"]) == (0, 1, True)


def test_the_second_replay_waits(app, s3, functions, monkeypatch):
    """What died again is not hurried: half an hour, then two hours."""
    put(s3, "one", failure({"awslogs": {}, REPLAYS_FIELD: 1}))

    early = app.handler({}, Context())
    later(monkeypatch, app, 0.6)
    due = app.handler({}, Context())

    assert (early["handed_over"], early["delivered"]) == (1, 0)
    assert due["delivered"] == 1
    assert functions.invoked[0][1][REPLAYS_FIELD] == 2


def test_replays_come_to_an_end(app, s3, functions, monkeypatch, capsys):
    """After MAX_REPLAYS the payload is set aside, counted once, and not read again."""
    key = put(s3, "one", failure({"awslogs": {}, REPLAYS_FIELD: 3}))
    later(monkeypatch, app, 100)

    first, second = app.handler({}, Context()), app.handler({}, Context())

    assert ([], ["exhausted/" + key]) == (functions.invoked, keys(s3))
    assert (first["received"], second["received"]) == (1, 0)
    assert capsys.readouterr().out.count('"ReplaysExhausted":[1.0]') == 1


def test_an_operator_may_begin_anew(app, s3, functions):
    """`{"again": true}` replays what was given up, counting from zero."""
    s3.put_object(Bucket="failed", Key="exhausted/x", Body=failure({"awslogs": {}, REPLAYS_FIELD: 3}))

    app.handler({"again": True}, Context())

    assert functions.invoked[0][1][REPLAYS_FIELD] == 1
    assert keys(s3) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"nonsense " + SECRET_TEXT.encode(), b"[]", b"{}", failure(None), failure("text"), b'{"requestContext": 7}'],
)
def test_a_foreign_object_is_set_aside(app, s3, functions, body, capsys):
    """What is not a failed invocation is counted, moved, and not quoted."""
    key = put(s3, "one", body)

    tally = app.handler({}, Context())

    assert tally["dropped"] == {"corrupt_delivery": 1}
    assert ["exhausted/" + key] == keys(s3)
    assert "900101" not in capsys.readouterr().out


def test_one_bad_object_does_not_stop_the_others(app, s3, functions):
    """Each payload has its own fate."""
    put(s3, "a", b"nonsense")
    put(s3, "b", failure({"awslogs": {"data": "b"}}))

    tally = app.handler({}, Context())

    assert (tally["received"], tally["delivered"], sum(tally["dropped"].values()), tally["balanced"]) == (2, 1, 1, True)


def test_every_page_is_swept(app, s3, functions):
    """More objects than one page of a listing holds."""
    for number in range(1_003):
        s3.put_object(Bucket="failed", Key=f"k{number:04}", Body=failure({"awslogs": {"data": str(number)}}))

    tally = app.handler({}, Context())

    assert 1_003 == tally["delivered"] == len(functions.invoked)


def test_the_deadline_ends_a_sweep(app, s3, functions):
    """What is not reached stays for the next sweep."""
    for number in range(9):
        put(s3, str(number), failure({"awslogs": {}, "n": number}))

    tally = app.handler({}, Context(asks=4))

    assert 3 == tally["received"] == tally["delivered"]
    assert len(keys(s3)) == 6


def test_events_name_their_objects(app, s3, functions, sample):
    """An S3 notification (with an encoded key) and an EventBridge event replay just that object."""
    put(s3, "left alone", failure({"awslogs": {}, "n": 0}))
    key = put(s3, "a b", failure({"awslogs": {}, "n": 1}))
    event = sample("replay_failed/s3_object_created")
    bridged = event["detail"]["object"]["key"]
    s3.put_object(Bucket="failed", Key=bridged, Body=failure({"awslogs": {}, "n": 2}))

    app.handler({"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": key.replace(" ", "+")}}}]}, Context())
    app.handler(event, Context())

    assert [payload["n"] for _, payload in functions.invoked] == [1, 2]


def test_an_object_that_is_gone_is_no_fault(app, s3, functions):
    """A sweep may have been faster than the notification."""
    tally = app.handler({"detail": {"object": {"key": "gone"}}}, Context())

    assert (tally["dropped"], tally["balanced"]) == ({"duplicate": 1}, True)


def test_a_failed_stream_batch_goes_back_too(app, s3, functions):
    """Stream mappings keep the whole event as a string in `payload`."""
    event = {"Records": [{"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": "1", "data": "eA=="}}]}
    body = json.dumps({"requestContext": {"functionArn": ARN}, "KinesisBatchInfo": {}, "payload": json.dumps(event)})
    put(s3, "one", body.encode())

    app.handler({}, Context())

    assert {**event, REPLAYS_FIELD: 1} == functions.invoked[0][1]


def test_payload_text_is_never_logged(app, s3, functions, capsys):
    """Neither replayed nor refused payloads show in any line."""
    put(s3, "one", failure({"messageType": "DATA_MESSAGE", "logEvents": [{"message": SECRET_TEXT}]}))
    functions.refuses = True
    app.handler({}, Context())
    functions.refuses = False
    app.handler({}, Context())

    captured = capsys.readouterr()
    assert len(functions.invoked) == 1
    assert "900101" not in captured.out + captured.err


def test_lambda_itself_takes_the_invocation(app, s3):
    """Against the Lambda API: an asynchronous invocation by ARN is accepted."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return {}")
    iam = boto3.client("iam", region_name="us-east-1")
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    client = boto3.client("lambda", region_name="us-east-1")
    arn = client.create_function(
        FunctionName="ForwardErrors",
        Runtime="python3.13",
        Role=role,
        Handler="app.handler",
        Code={"ZipFile": code.getvalue()},
    )["FunctionArn"]
    put(s3, "one", failure({"awslogs": {}}, requestContext={"functionArn": arn}))

    tally = app.handler({}, Context())

    assert tally["delivered"] == 1
    assert keys(s3) == []


@pytest.mark.parametrize(("replays", "hours"), [(0, 0), (1, 0.5), (2, 2), (3, 8)])
def test_each_replay_waits_four_times_as_long(replays, hours):
    """The first replay is due at once, the second after half an hour, then four times as long each."""
    assert job.wait_s(replays) == hours * 3_600


def test_an_answer_that_is_no_202_keeps_the_payload(app, s3, functions, monkeypatch):
    """Lambda takes an asynchronous invocation with 202; anything else took nothing."""
    put(s3, "a", failure({"awslogs": {}}))
    monkeypatch.setattr(functions, "invoke", lambda **_arguments: {"StatusCode": 200})

    tally = app.handler({}, None)

    assert (tally["handed_over"], tally["delivered"], len(keys(s3))) == (1, 0, 1)
