"""trace_llm counts what calls of models cost: once, in CloudWatch metrics and against the budgets of a day."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters import aws
from logrouter.adapters.llm_metrics import NAMESPACE
from logrouter.destinations.alert_document import decode_document
from logrouter.errors import UndeliveredError
from logrouter.jobs import notify
from logrouter.masking import Masker
from logrouter.model import Alert, Severity
from logrouter.policy import default_policy
from logrouter_local.langfuse_receiver import LangfuseReceiver
from logrouter_local.receiving import Fault
from tests.functions.calling import calling

FUNCTION = "trace_llm"
REGION = "us-east-1"
DOWN = Fault(503)


@pytest.fixture
def langfuse() -> Iterator[LangfuseReceiver]:
    with LangfuseReceiver() as server:
        yield server


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An account with the table, the queue and the alert topic, of which a queue hears."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("AWS_REGION", REGION)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        aws.forget_clients()
        boto3.client("dynamodb", region_name=REGION).create_table(
            TableName="ledger",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        )
        sqs, sns = boto3.client("sqs", region_name=REGION), boto3.client("sns", region_name=REGION)
        retry, told = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("retry", "told"))
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        arn = sqs.get_queue_attributes(QueueUrl=told, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        yield {
            "LEDGER_TABLE": "ledger",
            "RETRY_QUEUE_URL": retry,
            "ALERT_TOPIC_ARN": topic,
            "TOLD": told,
            "LOGROUTER_ENVIRONMENT": "stage",
        }
    aws.forget_clients()


@pytest.fixture
def policy(tmp_path: Path) -> Callable[..., str]:
    """Write a policy and name its file."""

    def write(*rules: dict[str, Any], **more: Any) -> str:
        path = tmp_path / "policy.json"
        path.write_text(json.dumps({"version": "1", "budgets": {"rules": list(rules)}, **more}))
        return str(path)

    return write


@pytest.fixture
def handle(
    function: Any, monkeypatch: pytest.MonkeyPatch, langfuse: LangfuseReceiver, account: dict[str, str]
) -> Iterator[Callable[..., Any]]:
    variables = {"LANGFUSE_HOST": langfuse.url, "LANGFUSE_PUBLIC_KEY": "pk-local", "LANGFUSE_SECRET_KEY": "sk-local"}
    with calling(function("trace_llm"), monkeypatch, {**variables, **account}) as call:
        yield call


def calls(*numbers: int, age_s: float = 60, **fields: Any) -> dict[str, Any]:
    """A decoded document with canonical calls that cost half a dollar each."""
    at_ms = int((time.time() - age_s) * 1000)
    message = {
        "type": "llm",
        "serviceId": "chat",
        "env": "production",
        "userId": "u-7",
        "model": "gpt-4o",
        "prompt_tokens": 1000,
        "completion_tokens": 100,
        "total_cost": 0.5,
    }
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "app/chat/1",
        "logEvents": [
            {
                "id": f"{number:056d}",
                "timestamp": at_ms,
                "message": json.dumps({**message, "id": f"chatcmpl-{number}", "requestId": f"r-{number}", **fields}),
            }
            for number in numbers
        ],
    }


def metrics(text: str, namespace: str = NAMESPACE) -> Counter[tuple[str, ...]]:
    """Sums of embedded metrics by the values of their dimensions and their name, as CloudWatch reads them."""
    found: Counter[tuple[str, ...]] = Counter()
    for line in text.splitlines():
        document = json.loads(line) if line.startswith("{") else {}
        for directive in document.get("_aws", {}).get("CloudWatchMetrics", ()):
            assert document["logrouter_own"] is True
            for dimensions in directive["Dimensions"] if directive["Namespace"] == namespace else ():
                place = tuple(document[name] for name in dimensions)
                found.update({(*place, each["Name"]): sum(document[each["Name"]]) for each in directive["Metrics"]})
    return found


def told(account: dict[str, str]) -> list[dict[str, Any]]:
    """What was published since the last look, as SNS brings it."""
    sqs = boto3.client("sqs", region_name=REGION)
    found: list[dict[str, Any]] = []
    while messages := sqs.receive_message(QueueUrl=account["TOLD"], MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=account["TOLD"], ReceiptHandle=message["ReceiptHandle"])
    return found


def alerts(account: dict[str, str]) -> list[Alert]:
    found = [decode_document(json.loads(each["Message"])) for each in told(account)]
    return [alert for alert in found if alert is not None]


def waiting(account: dict[str, str]) -> dict[str, Any]:
    """The event that Lambda makes of what is in the retry queue."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.sqs.models import sqs_backends

    queue = sqs_backends[DEFAULT_ACCOUNT_ID][REGION].queues["retry"]
    return {
        "Records": [
            {
                "eventSource": "aws:sqs",
                "messageId": message.id,
                "receiptHandle": message.id,
                "body": message.body,
                "attributes": {"ApproximateReceiveCount": "1"},
            }
            for message in queue._messages
        ]
    }


ALL = ("stage",)
CHAT = ("production", "chat", "gpt-4o")


class TestMetrics:
    def test_tokens_and_cost_by_service_and_model(self, handle: Any, capsys: Any) -> None:
        """Each figure stands under each set of dimensions, in a namespace of its own."""
        handle(calls(1, 2))
        found = metrics(capsys.readouterr().out)

        for place in (ALL, ("production",), ("production", "chat"), ("production", "gpt-4o"), CHAT):
            assert {name: found[*place, name] for name in ("Calls", "InputTokens", "OutputTokens", "CostUsd")} == {
                "Calls": 2,
                "InputTokens": 2000,
                "OutputTokens": 200,
                "CostUsd": 1.0,
            }

    def test_at_the_time_of_the_calls(self, handle: Any, capsys: Any) -> None:
        """A call of two days ago counts in the hour it was made in; one of a month ago is only said."""
        handle(calls(1, age_s=2 * 86_400))
        handle(calls(2, age_s=30 * 86_400))
        text = capsys.readouterr().out
        lines = [json.loads(line) for line in text.splitlines() if NAMESPACE in line]

        hour_ms = int((time.time() - 2 * 86_400) // 3600 * 3_600_000)
        assert [abs(line["_aws"]["Timestamp"] - hour_ms) <= 3_600_000 for line in lines] == [True]
        assert lines[0]["_aws"]["Timestamp"] % 3_600_000 == 0
        assert metrics(text, "logrouter")["trace_llm", "UntimelyCalls"] == 1

    def test_unknown_models_are_counted(self, handle: Any, capsys: Any) -> None:
        """A model that nobody has a price for is flagged, and its cost is not zero but absent."""
        handle(calls(1, model="made-up-model", total_cost=None))
        found = metrics(capsys.readouterr().out)

        assert found["production", "made-up-model", "UnpricedCalls"] == 1
        assert ("production", "made-up-model", "CostUsd") not in found

    def test_a_cost_that_is_not_what_the_list_says_is_counted(self, handle: Any, capsys: Any) -> None:
        """1000 tokens in and 100 out of gpt-4o cost $0.0035; the record says half a dollar."""
        handle(calls(1))
        found = metrics(capsys.readouterr().out)

        assert found[*ALL, "DeviatingCalls"] == 1
        assert found[*ALL, "CostDeviationUsd"] == pytest.approx(0.4965)

    def test_switched_off(self, handle: Any, policy: Any, capsys: Any) -> None:
        """A policy without dimensions writes none."""
        handle(calls(1), POLICY_FILE=policy(llm={"metrics": {"dimensions": []}}))

        assert metrics(capsys.readouterr().out) == {}

    def test_hostile_names_stay_names(self, handle: Any, capsys: Any) -> None:
        """Text from a log cannot break a line, add a dimension or be longer than CloudWatch takes."""
        handle(calls(1, model='x"}\n{"_aws":' + "y" * 500, serviceId="결제 서비스"))
        found = metrics(capsys.readouterr().out)

        assert {len(place) for place in found} == {2, 3, 4}
        assert all(part.isascii() and len(part) <= 100 for place in found for part in place)
        assert found[*ALL, "Calls"] == 1


class TestCountedOnce:
    """By metrics and by a budget alike."""

    @pytest.fixture
    def count(self, handle: Any, policy: Any, capsys: Any) -> Callable[..., tuple[float, int]]:
        """Handle an event; return calls in the metrics of this invocation, and all that the budget has seen so far."""
        path = policy({"id": "all", "daily_usd": 1_000_000})

        def handled(event: Any, **environment: str) -> tuple[float, int]:
            with suppress(UndeliveredError):
                handle(event, POLICY_FILE=path, **environment)
            items = boto3.client("dynamodb", region_name=REGION).scan(TableName="ledger")["Items"]
            spent = sum(int(item["calls"]["N"]) for item in items if item["pk"]["S"].endswith("/all"))
            return metrics(capsys.readouterr().out)[*ALL, "Calls"], spent

        return handled

    def test_repeats(self, count: Any) -> None:
        """The same payload again, by Lambda or by CloudWatch Logs, counts nothing; what is new in it counts."""
        assert [count(calls(1, 2)), count(calls(1, 2)), count(calls(1, 2, 3))] == [(2, 2), (0, 2), (1, 3)]

    def test_two_records_of_one_call(self, count: Any) -> None:
        """Two log events that tell of the same call are one."""
        event = calls(1)
        event["logEvents"] += [{**event["logEvents"][0], "id": "9"}]

        assert count(event) == (1, 1)

    def test_handed_over_then_drained(self, count: Any, langfuse: LangfuseReceiver, account: dict[str, str]) -> None:
        """Counts when Langfuse is down, and not again when it is back, nor when the payload comes again meanwhile."""
        langfuse.inject(DOWN)
        down = count(calls(1, 2))
        langfuse.inject(DOWN)
        again = count(calls(1, 2))
        drained = count(waiting(account))
        after = count(calls(1, 2))

        assert (down, again, drained, after) == ((2, 2), (0, 2), (0, 2), (0, 2))
        assert len(langfuse.received()["spans"]) == 2

    def test_drained_and_never_counted(self, count: Any, langfuse: LangfuseReceiver, account: dict[str, str]) -> None:
        """Handed over by a function that died before it could count: counts when it is drained, by the policy in force."""
        langfuse.inject(DOWN)
        count(calls(1, 2))
        event = waiting(account)
        dynamodb = boto3.client("dynamodb", region_name=REGION)
        for item in dynamodb.scan(TableName="ledger")["Items"]:
            dynamodb.delete_item(TableName="ledger", Key={"pk": item["pk"]})

        assert [count(event), count(calls(1, 2))] == [(2, 2), (0, 2)]

    def test_refused(self, count: Any, langfuse: LangfuseReceiver) -> None:
        """A call that Langfuse refuses for good used its tokens; it counts, once."""
        langfuse.inject(*[Fault(400)] * 3)
        refused = count(calls(1, 2))
        again = count(calls(1, 2))

        assert (refused, again) == ((2, 2), (0, 2))

    def test_left_to_lambda(self, count: Any, langfuse: LangfuseReceiver) -> None:
        """What is neither delivered nor handed over counts when Lambda repeats it."""
        langfuse.inject(DOWN)

        assert count(calls(1), RETRY_QUEUE_URL="") == (0, 0)
        assert count(calls(1)) == (1, 1)

    def test_replayed(self, count: Any) -> None:
        """A failed payload that is replayed counts what was not counted."""
        count(calls(1))

        assert count({**calls(1, 2), "logrouterReplays": 1}) == (1, 2)


class TestBudgets:
    def test_the_call_that_reaches_a_share_tells(self, handle: Any, policy: Any, account: dict[str, str]) -> None:
        """Half, four fifths, all of three dollars: each told once, by the invocation that reaches it."""
        path = policy({"id": "day", "daily_usd": 3, "route": "finance", "time_zone": "UTC"})
        said = []
        for number in range(1, 9):
            handle(calls(number), POLICY_FILE=path)
            said.append([(alert.key.rpartition("/")[2], alert.severity) for alert in alerts(account)])

        assert said == [
            [],
            [],
            [("5000", Severity.INFO)],
            [],
            [("8000", Severity.WARNING)],
            [("10000", Severity.ERROR)],
            [],
            [],
        ]

    def test_several_shares_at_once_are_one_alert(self, handle: Any, policy: Any, account: dict[str, str]) -> None:
        """The highest; the lower ones are not told afterwards."""
        path = policy({"id": "day", "daily_usd": 3})
        handle(calls(*range(1, 9)), POLICY_FILE=path)
        (alert,) = alerts(account)
        handle(calls(9), POLICY_FILE=path)

        assert alert.title.startswith("Budget day: 133 % of $3.00 spent on 20")
        assert alert.fields["Spent"] == "$4.00 (133 %)"
        assert (alert.fields["Top services"], alert.fields["Top models"]) == ("chat $4.00", "gpt-4o $4.00")
        assert alerts(account) == []

    def test_what_people_read(self, handle: Any, policy: Any, account: dict[str, str]) -> None:
        """notify understands it, e-mail has a subject, and the pseudonym or masked user is all there is of a user."""
        mail = "kim.minsu" + "@" + "example.com"
        path = policy({"id": "user", "by": ["user"], "daily_tokens": 1000, "warn_at": [1]})
        handle(calls(1, userId=mail), POLICY_FILE=path)
        (sns,) = told(account)
        alert = notify.alert_of(sns, default_policy().section("alerts"), Masker(default_policy()).mask_text, "stage")

        assert mail not in json.dumps(sns)
        assert sns["Subject"].startswith("ERROR: Budget user: ")
        assert alert.fields["Spent"] == "1,100 tokens (110 %)"
        assert alert.fields["Day"].endswith("(Asia/Seoul)")

    def test_each_value_has_its_own(self, handle: Any, policy: Any, account: dict[str, str]) -> None:
        """By service: one is over, the other is not."""
        path = policy({"id": "service", "by": ["service"], "daily_usd": 1, "warn_at": [1]})
        handle(calls(1, 2), POLICY_FILE=path)
        handle(calls(3, serviceId="search"), POLICY_FILE=path)

        assert [alert.service for alert in alerts(account)] == ["chat"]

    def test_so_many_values_are_told(self, handle: Any, policy: Any, account: dict[str, str]) -> None:
        """Two users are told of, and that there are more."""
        path = policy({"id": "user", "by": ["user"], "daily_usd": 0.1, "warn_at": [1], "max_alerts": 2})
        for number in range(1, 6):
            handle(calls(number, userId=f"u-{number}"), POLICY_FILE=path)
        keys = [alert.key for alert in alerts(account)]

        assert len(set(keys)) == 3
        assert keys[2].endswith("/more")
        assert set(keys[2:]) == {keys[2]}

    def test_an_alert_that_fails_is_told_by_the_next_call(
        self, handle: Any, policy: Any, account: dict[str, str], capsys: Any
    ) -> None:
        """The topic refuses; the invocation goes on, and the next one over the budget tells."""
        path = policy({"id": "day", "daily_usd": 0.1, "warn_at": [1]})
        tally = handle(calls(1), POLICY_FILE=path, ALERT_TOPIC_ARN=account["ALERT_TOPIC_ARN"] + "-gone")
        failed = metrics(capsys.readouterr().out, "logrouter")
        handle(calls(2), POLICY_FILE=path)

        assert (tally["delivered"], tally["balanced"]) == (1, True)
        assert failed["trace_llm", "AlertFailures"] == 1
        assert [alert.fields["Spent"] for alert in alerts(account)] == ["$1.00 (1,000 %)"]

    def test_the_day_is_that_of_the_call(self, handle: Any, policy: Any, account: dict[str, str]) -> None:
        """A log that comes three days late counts to its own day."""
        path = policy({"id": "day", "daily_usd": 0.1, "warn_at": [1], "time_zone": "UTC"})
        document = calls(1, age_s=3 * 86_400)
        handle(document, POLICY_FILE=path)
        (alert,) = alerts(account)

        day = datetime.fromtimestamp(document["logEvents"][0]["timestamp"] / 1000, UTC)
        assert f"{day:%Y-%m-%d}" in alert.title

    def test_without_a_table_and_a_topic(self, handle: Any, policy: Any, capsys: Any) -> None:
        """A container counts by itself, and its log says that a budget is reached, without names from logs."""
        path = policy({"id": "day", "by": ["service"], "daily_usd": 0.1, "warn_at": [1]})
        handle(calls(1), POLICY_FILE=path, LEDGER_TABLE="", ALERT_TOPIC_ARN="")
        text = capsys.readouterr().out
        lines = [line for line in text.splitlines() if "alert without a topic" in line]

        assert len(lines) == 1
        assert "budget/day/20" in lines[0]
        assert "chat" not in lines[0]
        assert metrics(text, "logrouter")["day", "trace_llm", "BudgetsPassed"] == 1

    def test_a_table_that_is_gone_stops_no_delivery(
        self, handle: Any, policy: Any, langfuse: LangfuseReceiver, capsys: Any
    ) -> None:
        """Budgets wait, calls do not."""
        tally = handle(calls(1), POLICY_FILE=policy({"id": "day", "daily_usd": 0.1}), LEDGER_TABLE="no-such-table")

        assert tally["delivered"] == len(langfuse.received()["spans"]) == 1
        assert metrics(capsys.readouterr().out, "logrouter")["trace_llm", "SpendingFailures"] == 1
