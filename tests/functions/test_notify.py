"""notify against a Slack that answers by script and moto's DynamoDB: told once, told again, never lost."""

import base64
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters import aws
from logrouter.errors import UndeliveredError
from logrouter.masking.values.pseudonyms import USER, parse_keys
from logrouter_local import samples
from logrouter_local.slack_receiver import faults_of, texts_of
from tests.faults import OK, Sink, Step

REGION = "ap-northeast-2"


@pytest.fixture
def slack() -> Iterator[Sink]:
    with Sink([OK]) as sink:
        yield sink


def taken(slack: Sink) -> list[bytes]:
    """The messages Slack said ok to, in order."""
    return [request.body for request in slack.requests if request.accepted]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch, slack: Sink) -> Iterator[ModuleType]:
    environment = {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "SLACK_WEBHOOK_URL": slack.url,
        "ALERT_TABLE": "alerts",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        aws.forget_clients()
        boto3.client("dynamodb", region_name=REGION).create_table(
            TableName="alerts",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        yield importlib.reload(importlib.import_module("functions.notify.app"))
    aws.forget_clients()


def notification(state: str, second: int, name: str = "logrouter-TraceLlmBooksAlarm") -> dict[str, Any]:
    message = {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:{name}",
        "AlarmDescription": "call 010-1234-5678",
        "NewStateValue": state,
        "StateChangeTime": f"2026-11-20T02:00:{second:02}.000+0000",
    }
    return {"Records": [{"Sns": {"TopicArn": "arn:t", "MessageId": f"{second}", "Message": json.dumps(message)}}]}


def test_a_storm_is_one_message_and_its_end(app: ModuleType, slack: Sink) -> None:
    """A hundred notifications of one alarm are told once, its end once; every one is in the books."""
    events = [notification("ALARM", second % 60) for second in range(30)] + [notification("OK", 59)]

    tallies = [app.handler(event, None) for event in events]

    assert [tally["delivered"] for tally in tallies] == [1] + [0] * 29 + [1]
    assert all(tally["balanced"] for tally in tallies)
    assert [json.loads(body)["text"].split(":")[0] for body in taken(slack)] == ["🚨 CRITICAL", "✅ RESOLVED"]


def test_what_slack_sees_is_masked(app: ModuleType, slack: Sink) -> None:
    """Alarm texts are masked like records."""
    app.handler(notification("ALARM", 0), None)

    text = taken(slack)[0].decode()
    assert "010-1234-5678" not in text
    assert "010-****-5678" in text


def test_what_is_masked_of_an_alarm_is_counted(app: ModuleType, slack: Sink) -> None:
    """Masked values of alarm texts are in the books, like those of records."""
    tally = app.handler(notification("ALARM", 0), None)

    assert tally["masked"] == {"phone.mobile": 1}


def test_alarms_name_users_by_pseudonym(
    app: ModuleType, slack: Sink, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A user that an alarm names has the pseudonym that errors and traces show."""
    keys = base64.b64encode(bytes(32)).decode()
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"masking": {"enable": ["pseudonym"]}}))
    monkeypatch.setenv("POLICY_FILE", str(policy))
    monkeypatch.setenv("PSEUDONYM_KEYS", keys)
    event = notification("ALARM", 0)
    event["Records"][0]["Sns"]["Message"] = event["Records"][0]["Sns"]["Message"].replace(
        "call", "userId=kim-4711 call"
    )

    app.handler(event, None)

    text = taken(slack)[0].decode()
    assert "kim-4711" not in text
    assert parse_keys(keys).pseudonym(USER, "kim-4711") in text


@pytest.mark.parametrize("status", [429, 500, 403])
def test_an_alarm_that_slack_does_not_take_is_told_by_the_repetition(app: ModuleType, slack: Sink, status: int) -> None:
    """The invocation fails, Lambda repeats it, and then it is told: once."""
    slack.script = [Step(status)]

    with pytest.raises(UndeliveredError):
        app.handler(notification("ALARM", 0), None)
    app.courier.cache_clear()  # a later invocation, after the route has rested
    slack.script = [OK]
    repeated = app.handler(notification("ALARM", 0), None)
    again = app.handler(notification("ALARM", 0), None)

    assert (repeated["delivered"], again["delivered"]) == (1, 0)


def test_a_claim_held_by_another_waits_for_the_repetition(app: ModuleType, slack: Sink) -> None:
    """Two invocations at the same moment tell once; the one that came second fails and is repeated."""
    event = notification("ALARM", 0)
    alert_key = json.loads(event["Records"][0]["Sns"]["Message"])["AlarmArn"]
    assert app.state().claim(alert_key, None, app.CLOCK.now_s())

    with pytest.raises(UndeliveredError):
        app.handler(event, None)

    assert slack.requests == []


def test_without_a_table_every_alarm_is_told(app: ModuleType, slack: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is optional: a bare run needs only the webhook."""
    monkeypatch.delenv("ALERT_TABLE")

    app.handler(notification("ALARM", 0), None)
    app.handler(notification("ALARM", 0), None)

    assert len(taken(slack)) == 2


def test_an_alert_of_our_own_is_told_once_and_whole(app: ModuleType, slack: Sink) -> None:
    """Severity, title, text, every fact and the link are in the message, masked, as Slack takes it; a repeat is none."""
    event = samples.render("notify/own_alert")

    tallies = [app.handler(event, None) for _ in range(3)]

    (body,) = taken(slack)
    message = json.loads(body)
    texts = list(texts_of(message))
    assert [tally["delivered"] for tally in tallies] == [1, 0, 0]
    assert list(faults_of(message)) == []
    assert samples.leaks(body) == []
    assert texts[0] == "⚠️ WARNING: Budget chat-day: chat-api spent 82 % of $50.00 on 2026-11-20"
    assert texts[2:8] == [
        "*Spent*\n$41.20",
        "*Budget*\n$50.00",
        "*Share*\n82 %",
        "*Calls*\n1,204",
        "*Tokens*\n9,120,344",
        "*Day*\n2026-11-20 (Asia/Seoul)",
    ]
    assert "|Metric>" in texts[8]


def test_an_alert_names_its_channel(app: ModuleType, slack: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    """A route of the alert's own goes before those of the policy; one that the secret does not know is the default."""
    event = samples.render("notify/own_alert")
    sns = event["Records"][0]["Sns"]
    sns["Message"] = json.dumps({**json.loads(sns["Message"]), "route": "finance"})
    routes: list[str] = []
    encode = app.encode_alert
    monkeypatch.setattr(app, "encode_alert", lambda alert, route: routes.append(route) or encode(alert, route))

    app.handler(event, None)

    assert (routes, len(taken(slack))) == (["finance"], 1)
