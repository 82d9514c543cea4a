"""forward_errors and the breadcrumbs that came in earlier payloads: CloudWatch Logs is asked where both sides allow it."""

import json
from collections.abc import Iterator

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from logrouter.adapters.aws import forget_clients
from tests.functions.calling import calling
from tests.functions.conftest import allowed
from tests.functions.sink import Sink, running_sink
from tests.unit.test_trails import kinesis

ACCOUNT = "123456789012"
REGION = "ap-northeast-2"
GROUP = "/aws/ecs/orders/application"
ID = "7f3c9a52-1d84-4e0b-9c27-5b8e6a40d913"
OTHER = "c1d7f0e4-53b8-4a86-8f6b-2b90d4b7a1fe"
EMAIL = "kim" + "@" + "example.com"


@pytest.fixture
def sentry() -> Iterator[Sink]:
    with running_sink() as sink:
        yield sink


@pytest.fixture
def logs(monkeypatch):
    """CloudWatch Logs with what a request and another one logged a second ago."""
    for name, value in {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        forget_clients()
        client = boto3.client("logs", region_name=REGION)
        now_ms = now()
        client.create_log_group(logGroupName=GROUP)
        client.create_log_stream(logGroupName=GROUP, logStreamName="app/orders/1")
        lines = [("order for " + EMAIL, ID), ("elsewhere", OTHER), ("stock reserved", ID)]
        client.put_log_events(
            logGroupName=GROUP,
            logStreamName="app/orders/1",
            logEvents=[{"timestamp": now_ms - 1000, "message": line("info", text, id_)} for text, id_ in lines],
        )
        yield client
    forget_clients()


@pytest.fixture
def handle(function, monkeypatch, sentry, tmp_path, logs):
    """Call the handler with a policy that looks back."""
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"errors": {"breadcrumbs": {"look_back": {"enabled": True}}}}))
    variables = {
        "SENTRY_DSN": sentry.dsn,
        "POLICY_FILE": str(policy),
        "AWS_REGION": REGION,
        "LOOK_BACK_ACCOUNT": ACCOUNT,
    }
    with calling(function("forward_errors"), monkeypatch, variables) as call:
        yield call


def now():
    from logrouter.adapters.clock import SystemClock

    return int(SystemClock().now_s() * 1000)


def line(level, text, id_):
    return json.dumps({"level": level, "msg": text, "requestId": id_})


def event():
    return {
        "messageType": "DATA_MESSAGE",
        "owner": ACCOUNT,
        "logGroup": GROUP,
        "logStream": "app/orders/1",
        "logEvents": [{"id": "1", "timestamp": now(), "message": line("error", "order failed", ID)}],
    }


def crumbs(sentry):
    (sent,) = sentry.events
    return [crumb["message"] for crumb in sent.get("breadcrumbs", {}).get("values", ())]


def test_earlier_payloads(handle, sentry):
    """What the request logged before the payload is shown, masked by the rules of its log group; of others nothing."""
    tally = handle(event())

    first, second = crumbs(sentry)
    assert (first.startswith("order for "), second) == (True, "stock reserved")
    assert EMAIL.encode() not in b"".join(body for _, _, body in sentry.requests)
    assert tally["balanced"] is True


def test_not_without_the_operators_leave(handle, sentry):
    """The policy alone is not enough."""
    handle(event(), LOOK_BACK_ACCOUNT="")

    assert crumbs(sentry) == []


def test_a_log_group_that_is_gone(handle, sentry, logs, capsys):
    """A question that fails costs the breadcrumbs only, and is counted."""
    logs.delete_log_group(logGroupName=GROUP)

    tally = handle(event())

    assert (tally["delivered"], crumbs(sentry)) == (1, [])
    assert '"LookBackFailures":[1' in capsys.readouterr().out.replace(" ", "")


def test_a_stream_that_is_planned_again_asks_once(handle, sentry, monkeypatch):
    """To find the record of which something is left, a Kinesis event is planned record by record; no question repeats."""
    asked = []
    call = BaseClient._make_api_call

    def recorded(client, operation, arguments):
        asked.append(operation)
        return call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", recorded)
    monkeypatch.setattr(sentry, "answer", lambda number: (500, {}))
    first, second = (
        event(),
        event() | {"logEvents": [{"id": "2", "timestamp": now(), "message": line("error", "b", OTHER)}]},
    )

    answer = handle(kinesis(first, second))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    assert asked.count("FilterLogEvents") == 2


def test_the_role():
    """The role may ask what the function asks."""
    assert "logs:FilterLogEvents" in allowed("forward_errors")
