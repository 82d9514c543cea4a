"""The contracts on notify, govern_log_groups, replay_failed and the archive: odd events, and AWS refusing each call.

Every AWS operation a handler makes is refused in turn, by an error that quotes its request. The handler may fail, but
with an exception of ours and without a word of the request; what it did is counted, and the next run goes on.
"""

import gzip
import importlib
import json
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import ModuleType

import pytest
from botocore.client import BaseClient
from moto import mock_aws

from logrouter.adapters import aws
from logrouter.errors import LogrouterError
from tests.contract_world import PLAIN, PLANTED, REGION, boom, context, kept_clients, refusal
from tests.faults import OK, UNAVAILABLE, Sink

ACCOUNT = "123456789012"
GROUPS = [f"/aws/ecs/g{number}/errors" for number in range(4)]
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:logrouter-ForwardErrors:live"
PAYLOAD = {"awslogs": {"data": " ".join(PLANTED.values())}, "text": PLAIN}
FAILED_KEY = "aws/lambda/async/ForwardErrors/2026/11/20/2026-11-20T01.00.00-3c1b2a09-4d5e-4f60-9b7c-8d9e0f1a2b3c"
CODES = ["AccessDeniedException", "ThrottlingException", "ExpiredTokenException"]


@dataclass
class Outside:
    """What the handlers meet: Slack, the account, and which AWS operation is refused."""

    slack: Sink
    apps: dict[str, ModuleType]
    refused: dict[str, str]
    calls: list[str]
    capture: pytest.CaptureFixture

    def handle(self, name: str, event: object, left_ms: int = 300_000) -> object:
        """Call a handler as Lambda does; an exception is printed the way the runtime prints it."""
        try:
            return self.apps[name].handler(event, context(left_ms))
        except Exception as error:  # noqa: BLE001 - as Lambda does
            sys.stdout.write("".join(traceback.format_exception(error)) + repr(error))
            return error

    def leaks(self) -> list[str]:
        """Names of planted values in anything printed or sent to Slack."""
        out, err = self.capture.readouterr()
        sent = b"".join(request.body for request in self.slack.requests).decode()
        found = [name for name, value in PLANTED.items() if value in out + err + sent]
        return found + (["payload"] if PLAIN in out + err else [])


@pytest.fixture
def outside(monkeypatch, capsys) -> Iterator[Outside]:
    refused: dict[str, str] = {}
    calls: list[str] = []
    call = BaseClient._make_api_call

    def gate(client: BaseClient, operation: str, arguments: dict) -> dict:
        calls.append(operation)
        if operation in refused:
            raise refusal(refused[operation], operation)
        return {"StatusCode": 202} if operation == "Invoke" else call(client, operation, arguments)

    with mock_aws(), kept_clients(), Sink([OK]) as slack:
        for name, value in environment(slack.url).items():
            monkeypatch.setenv(name, value)
        for name in ("POLICY_BUCKET", "POLICY_FILE", "AWS_ENDPOINT_URL", "LOG_KEY_ARN", "GOVERN_DRY_RUN"):
            monkeypatch.delenv(name, raising=False)
        furnish()
        monkeypatch.setattr("logrouter.adapters.pace.Pace.wait", lambda self: None)
        names = ("notify", "govern_log_groups", "replay_failed", "archive_plan", "archive_window", "archive_verify")
        apps = {name: importlib.reload(importlib.import_module(f"functions.{name}.app")) for name in names}
        monkeypatch.setattr(BaseClient, "_make_api_call", gate)
        yield Outside(slack, apps, refused, calls, capsys)


def environment(slack: str) -> dict[str, str]:
    return {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "SLACK_WEBHOOK_URL": slack,
        "ALERT_TABLE": "alerts",
        "STACK_NAME": "logrouter",
        "ACCOUNT_ID": ACCOUNT,
        "FORWARD_ERRORS_ARN": FUNCTION,
        "TRACE_LLM_ARN": FUNCTION,
        "WINDOW_TABLE": "windows",
        "ARCHIVE_BUCKET": "archive",
        "FAILED_BUCKET": "failed",
    }


def furnish() -> None:
    """Tables, buckets, log groups, one failed payload under Lambda's name and one under a name full of secrets."""
    dynamodb, s3, logs = map(aws.client, ("dynamodb", "s3", "logs"))
    for table, keys in {"alerts": ["pk"], "windows": ["pk", "sk"]}.items():
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )
    for bucket in ("archive", "failed"):
        s3.create_bucket(Bucket=bucket)
    body = json.dumps({"requestContext": {"functionArn": FUNCTION}, "requestPayload": PAYLOAD})
    s3.put_object(Bucket="failed", Key=FAILED_KEY, Body=body)
    s3.put_object(Bucket="failed", Key=f"{PLANTED['email']}/{PLANTED['key']}", Body=f"{PLAIN} {PLANTED['card']}")
    for group in GROUPS:
        logs.create_log_group(logGroupName=group)


def alarm(**changes: object) -> dict:
    """An SNS event of an alarm with a planted value in every field."""
    message = {
        "AlarmName": f"alarm {PLANTED['email']}",
        "AlarmArn": f"arn:aws:cloudwatch:{PLANTED['key']}:{ACCOUNT}:alarm:{PLANTED['email']}",
        "AlarmDescription": " ".join(PLANTED.values()),
        "NewStateValue": "ALARM",
        "NewStateReason": PLANTED["card"],
        "StateChangeTime": "2026-11-20T02:00:00.000+0000",
        "AWSAccountId": PLANTED["phone"],
        "Trigger": {
            "Namespace": PLANTED["email"],
            "MetricName": PLANTED["key"],
            "Dimensions": [
                {"name": PLANTED["email"], "value": PLANTED["resident"]},
                {"name": "service", "value": PLANTED["email"]},
            ],
        },
    } | changes
    return sns(Message=json.dumps(message))


def sns(**fields: object) -> dict:
    """An SNS event with planted values around the message."""
    around = {
        "TopicArn": f"arn:aws:sns:x:{PLANTED['email']}",
        "MessageId": PLANTED["key"],
        "Subject": PLANTED["email"],
        "Timestamp": "2026-11-20T02:00:00Z",
        "MessageAttributes": {"AlertType": {"Value": PLANTED["email"]}, PLANTED["key"]: {"Value": PLANTED["card"]}},
    }
    return {"Records": [{"EventSource": "aws:sns", "Sns": around | fields}]}


ODD_EVENTS = [None, [], [1], "text " + PLANTED["email"], 7, {}, {"Records": None}, {"Records": PLAIN}, {"Records": 7}]
ODD_EVENTS += [{"Records": [None, PLAIN, 7, {}, {"Sns": PLAIN}, {"s3": PLAIN}, {"Sns": None}]}]
ODD_EVENTS += [{"detail": PLAIN}, {"detail": {"eventSource": "logs.amazonaws.com", "requestParameters": PLAIN}}]
ODD_EVENTS += [{"groups": PLAIN}, {"groups": [None, {"x": PLANTED["email"]}]}, {"start_at": [PLAIN]}, {"from": PLAIN}]
ODD_EVENTS += [{"account": PLANTED["email"], "region": 1, "log_group": [], "start_ms": PLAIN, "end_ms": None}]
HANDLERS = ("notify", "govern_log_groups", "replay_failed", "archive_plan", "archive_window", "archive_verify")


@pytest.mark.parametrize("name", HANDLERS)
def test_odd_events_get_a_clear_answer(outside, name):
    """Contract 8: whatever shape an event has, the answer is a count or an exception of ours, without its text."""
    results = [outside.handle(name, event) for event in ODD_EVENTS]

    assert [type(result).__name__ for result in results if not isinstance(result, dict | LogrouterError)] == []
    assert outside.leaks() == []


@pytest.mark.parametrize("event", [None, [], "x", {}, {"Records": None}, {"Records": [{"Sns": "x"}]}])
def test_a_notification_that_is_none_is_counted(outside, event):
    """Contracts 2 and 8: notify counts what it cannot read as one malformed event."""
    result = outside.handle("notify", event)

    assert (result["received"], result["dropped"], result["balanced"]) == (1, {"malformed_event": 1}, True)


@pytest.mark.parametrize(
    "event", [alarm(), sns(Message=" ".join(PLANTED.values())), sns(Message=None), sns(Message="{]")]
)
def test_no_planted_value_of_an_alert_gets_out(outside, event):
    """Contract 1: names, labels, links, keys: an alert is masked whole, in Slack and in the table."""
    result = outside.handle("notify", event)

    kept = json.dumps(aws.client("dynamodb").scan(TableName="alerts")["Items"])
    assert result["delivered"] == 1
    assert [name for name, value in PLANTED.items() if value in kept] == []
    assert outside.leaks() == []


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "", 7, None]
)
def test_an_alarm_of_an_odd_time_is_told(outside, moment):
    """Contract 8: a time that is none costs the time, not the alert."""
    result = outside.handle("notify", alarm(StateChangeTime=moment))

    assert result["delivered"] == 1


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("operation", ["GetItem", "UpdateItem", "PutItem"])
def test_people_are_told_although_the_table_refuses(outside, operation, code):
    """Contracts 2 and 3: the alert table is a guard, not a gate; its refusal is counted and quoted nowhere."""
    outside.refused[operation] = code

    result = outside.handle("notify", alarm())

    assert (result["delivered"], result["balanced"]) == (1, True)
    assert outside.leaks() == []


WEBHOOK = "https://hooks.slack.example/services/" + "T000/B000/" + "x1Y2z3"


@pytest.mark.parametrize(
    "text",
    [
        WEBHOOK.replace("https", "ftp"),
        json.dumps({"webhook_url": [WEBHOOK]}),
        json.dumps({"webhook_url": WEBHOOK, "routes": {WEBHOOK: "oncall"}}),
        json.dumps({"webhook_url": WEBHOOK, "routes": [WEBHOOK]}),
        '{"webhook_url": "' + WEBHOOK,
    ],
    ids=range(5),
)
def test_a_slack_secret_of_the_wrong_shape_is_named_not_quoted(outside, monkeypatch, text):
    """Contract 11: the notification is left to Lambda, the secret named; no part of its value is printed."""
    monkeypatch.delenv("SLACK_WEBHOOK_URL")
    name = f"slack-{len(text)}"
    arn = aws.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"]
    monkeypatch.setenv("SLACK_SECRET_ARN", arn)

    result = outside.handle("notify", alarm())

    out, err = outside.capture.readouterr()
    assert isinstance(result, LogrouterError)
    assert "secret unusable" in out
    assert [part for part in ("T000", "x1Y2z3", PLAIN) if part in out + err] == []


def test_slack_down_leaves_the_notification_to_lambda(outside):
    """Contracts 3 and 4: what Slack did not take makes the invocation fail; the repeat tells it once."""
    outside.slack.script = [UNAVAILABLE]
    failed = outside.handle("notify", alarm())
    outside.slack.script = [OK]

    result = outside.handle("notify", alarm())
    outside.apps["notify"].courier.cache_clear()
    later = outside.handle("notify", alarm())

    assert isinstance(failed, LogrouterError)
    assert [outcome["delivered"] for outcome in (result, later)] == [1, 0]
    assert outside.leaks() == []


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "operation",
    ["ListTagsForResource", "DescribeSubscriptionFilters", "PutSubscriptionFilter", "TagResource"],
)
def test_a_refusal_for_one_group_is_counted_and_stops_no_other(outside, operation, code):
    """Contract 2: every group is in exactly one column, with the code of what was refused."""
    outside.refused[operation] = code

    result = outside.handle("govern_log_groups", {})

    columns = result["conforming"] + result["changed"] + result["failed"] + sum(result["skipped"].values())
    assert result["groups"] == columns == len(GROUPS)
    assert (result["errors"][code], result["failed"]) == (len(GROUPS), len(GROUPS))
    assert outside.leaks() == []


def test_a_ledger_that_refuses_is_counted_per_group(outside, monkeypatch):
    """Contract 2: the archive's watermark cannot be read: no retention is shortened, each group is counted as failed."""

    def refuse(settings: object) -> None:
        raise refusal("ThrottlingException", "GetItem")

    monkeypatch.setattr(outside.apps["govern_log_groups"], "watermarks", refuse)

    result = outside.handle("govern_log_groups", {})

    assert (result["failed"], result["errors"]) == (len(GROUPS), {"ThrottlingException": len(GROUPS)})
    assert outside.leaks() == []


def test_a_group_deleted_meanwhile_is_skipped(outside):
    """Contract 2: between listing and looking a group may go; the others are governed all the same."""
    outside.refused["ListTagsForResource"] = "ResourceNotFoundException"

    result = outside.handle("govern_log_groups", {})

    assert (result["skipped"], result["failed"]) == ({"gone": len(GROUPS)}, 0)


@pytest.mark.parametrize("code", CODES)
def test_a_listing_that_is_refused_ends_the_run_by_name(outside, code):
    """Contracts 1 and 2: without a list there is no run; the exception names the code, the counts are printed."""
    outside.refused["DescribeLogGroups"] = code

    results = [outside.handle(name, {}) for name in ("govern_log_groups", "archive_plan")]

    assert [code in str(result) for result in results] == [True, True]
    assert all(isinstance(result, LogrouterError) for result in results)
    assert outside.leaks() == []


def test_the_daily_run_begins_elsewhere_each_day():
    """Contract 6: in an account too large for one run no group is always the last."""
    from logrouter.jobs.govern_log_groups import DAY_MS, in_turn

    firsts = {in_turn(range(50), day * DAY_MS)[0] for day in range(50)}

    assert sorted(in_turn(range(50), DAY_MS)) == list(range(50))
    assert len(firsts) == 50


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("operation", ["GetObject", "Invoke", "DeleteObject", "CopyObject"])
def test_a_payload_is_kept_until_it_is_replayed(outside, operation, code):
    """Contracts 1 and 2: a refusal keeps the payload, counted; the next sweep goes on; nothing of it is printed."""
    outside.refused[operation] = code
    first = outside.handle("replay_failed", {})
    outside.refused.clear()

    second = outside.handle("replay_failed", {})

    assert (first["received"], first["balanced"], second["balanced"]) == (2, True, True)
    assert first["handed_over"] >= 1
    left = aws.client("s3").list_objects_v2(Bucket="failed").get("Contents", [])
    assert [item["Key"].startswith("exhausted/") for item in left] == [True]
    assert outside.leaks() == []


def test_a_refused_listing_of_payloads_is_named(outside):
    """Contract 1: the exception names AWS's code, not its text."""
    outside.refused["ListObjectsV2"] = "AccessDenied"

    result = outside.handle("replay_failed", {"Records": [{"s3": {"object": {"key": 7}}}]})

    assert isinstance(result, LogrouterError)
    assert "AccessDenied at" in str(result)
    assert outside.leaks() == []


def test_a_huge_object_is_not_read_whole(outside, monkeypatch):
    """Contract 6: what is larger than any payload is moved aside, not read into memory."""
    monkeypatch.setattr("logrouter.adapters.failed_payloads.LIMIT_BYTES", 1_000)
    aws.client("s3").put_object(Bucket="failed", Key="huge", Body=b" " * 5_000 + b"{}")

    result = outside.handle("replay_failed", {})

    assert result["dropped"] == {"corrupt_delivery": 2}


ARCHIVE_CALLS = ["GetItem", "UpdateItem", "Query", "TransactWriteItems", "FilterLogEvents", "PutObject", "HeadObject"]
ARCHIVE_CALLS += ["StartQuery", "GetObject"]


@pytest.mark.parametrize("operation", ARCHIVE_CALLS)
def test_the_archive_names_what_was_refused_and_goes_on(outside, monkeypatch, operation):
    """Contracts 1 and 2: refused at any call, the archive says so by code; the next run takes the window up again."""
    now_ms = 1795140000000
    logs = aws.client("logs")
    logs.create_log_stream(logGroupName=GROUPS[0], logStreamName=PLANTED["email"])
    text = f"{PLAIN} {' '.join(PLANTED.values())}"
    logs.put_log_events(
        logGroupName=GROUPS[0],
        logStreamName=PLANTED["email"],
        logEvents=[{"timestamp": now_ms - 60_000, "message": text}],
    )
    monkeypatch.setattr("logrouter.adapters.clock.SystemClock.now_s", lambda self: now_ms / 1000)
    for name in ("archive_window", "archive_verify"):
        monkeypatch.setattr(outside.apps[name].time, "sleep", lambda seconds: None)
    request = {"groups": [GROUPS[0]], "from": "2026-11-20T00:00:00Z", "until": "2026-11-20T02:00:00Z"}

    outside.refused[operation] = "AccessDeniedException"
    first = archived(outside.handle, request)
    outside.refused.clear()
    now_ms += 3_600_000
    archived(outside.handle, request)

    assert [type(result) for result in first if not isinstance(result, dict | LogrouterError)] == []
    assert outside.leaks() == []
    found = aws.client("s3").list_objects_v2(Bucket="archive").get("Contents", [])
    assert [item["Key"] for item in found if any(value in item["Key"] for value in PLANTED.values())] == []
    bodies = b"".join(stored(item["Key"]) for item in found)
    assert [name for name, value in PLANTED.items() if value.encode() in bodies] == []
    assert len(found) >= 1


SABOTAGE = [
    *(f"jobs.archive_window.{name}" for name in ("mask_event", "mask_names", "archive_record", "_without_doubles")),
    *(f"adapters.archiving.WindowArchiver.{name}" for name in ("_read_slice", "_keep", "_failed")),
    *(f"adapters.archive_store.ArchiveStore.{name}" for name in ("put", "look", "get")),
    *(f"adapters.window_ledger.WindowLedger.{name}" for name in ("window", "lease", "move", "announce", "seal")),
    "adapters.log_reader._event",
    "adapters.sealing.build_manifest",
    "masking.engine.Masker.mask_text",
]


@pytest.mark.parametrize("stage", SABOTAGE)
def test_an_archive_stage_that_fails_prints_nothing(outside, monkeypatch, stage):
    """Contract 1: a stage may fail with a page of log events in its message; it ends at the handler."""
    now_ms = 1795140000000
    logs = aws.client("logs")
    logs.create_log_stream(logGroupName=GROUPS[0], logStreamName="s")
    line = {"timestamp": now_ms - 60_000, "message": f"{PLAIN} {PLANTED['email']}"}
    logs.put_log_events(logGroupName=GROUPS[0], logStreamName="s", logEvents=[line])
    monkeypatch.setattr("logrouter.adapters.clock.SystemClock.now_s", lambda self: now_ms / 1000)
    request = {"groups": [GROUPS[0]], "from": "2026-11-20T00:00:00Z", "until": "2026-11-20T02:00:00Z"}
    monkeypatch.setattr(f"logrouter.{stage}", boom)

    results = archived(outside.handle, request)

    assert [type(result).__name__ for result in results if not isinstance(result, dict | LogrouterError)] == []
    assert outside.leaks() == []
    for item in aws.client("s3").list_objects_v2(Bucket="archive").get("Contents", []):
        assert PLANTED["email"].encode() not in stored(item["Key"])


def stored(key: str) -> bytes:
    """An object of the archive, unpacked."""
    body = aws.client("s3").get_object(Bucket="archive", Key=key)["Body"].read()
    return gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body


def archived(handle: Callable[[str, object], object], request: dict) -> list[object]:
    """Plan, read and verify once; return every outcome."""
    plan = handle("archive_plan", request)
    outcomes = [plan]
    for window in plan["windows"] if isinstance(plan, dict) else ():
        outcomes += [handle("archive_window", window), handle("archive_verify", window)]
    return outcomes
