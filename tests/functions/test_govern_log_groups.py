"""govern_log_groups against moto's CloudWatch Logs: real calls, real pages, a second run that finds nothing to do."""

import importlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters import aws

REGION = "ap-northeast-2"
ACCOUNT = "123456789012"
ERRORS_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:errors"
LLM_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:llm"


class Context:
    def __init__(self, remaining_ms: int = 300_000) -> None:
        self.remaining_ms = remaining_ms

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    environment = {
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "STACK_NAME": "logrouter",
        "ACCOUNT_ID": ACCOUNT,
        "FORWARD_ERRORS_ARN": ERRORS_ARN,
        "TRACE_LLM_ARN": LLM_ARN,
        "GOVERN_RATE": "100",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    for name in ("LOG_KEY_ARN", "WINDOW_TABLE", "POLICY_BUCKET", "GOVERN_DRY_RUN"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        aws.forget_clients()
        module = importlib.reload(importlib.import_module("functions.govern_log_groups.app"))
        subscribable(REGION)
        yield module
    aws.forget_clients()


def subscribable(region: str) -> None:
    """moto wants the destination to exist."""
    iam = boto3.client("iam", region_name=region)
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    for name in ("errors", "llm"):
        boto3.client("lambda", region_name=region).create_function(
            FunctionName=name, Role=role, Runtime="python3.13", Handler="app.handler", Code={"ZipFile": b"x"}
        )


@pytest.fixture
def logs(app: ModuleType) -> Any:
    return boto3.client("logs", region_name=REGION)


def described(logs: Any, name: str) -> tuple[int | None, dict[str, str], list[str]]:
    group = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]
    tags = logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]
    filters = logs.describe_subscription_filters(logGroupName=name)["subscriptionFilters"]
    return group.get("retentionInDays"), tags, [each["destinationArn"] for each in filters]


def test_groups_become_what_the_policy_says(app: ModuleType, logs: Any) -> None:
    """Retention, tags and subscription follow the name; a second run changes nothing."""
    for name in ("/aws/ecs/gateway/errors", "/aws/ecs/gateway/llm", "/aws/alb/public/access-logs", "/else/where"):
        logs.create_log_group(logGroupName=name)

    first = app.handler({}, Context())
    second = app.handler({}, Context())

    assert (first["groups"], first["changed"], first["failed"]) == (4, 3, 0)
    assert first["skipped"] == {"not_governed": 1}
    assert (second["changed"], second["conforming"], second["changes"]) == (0, 3, {})
    assert described(logs, "/aws/ecs/gateway/errors") == (
        90,
        {
            "LogType": "errors",
            "RetentionDays": "90",
            "ExportEnabled": "true",
            "SentrySync": "enabled",
            "LangfuseSync": "disabled",
        },
        [ERRORS_ARN],
    )
    assert described(logs, "/aws/ecs/gateway/llm")[2] == [LLM_ARN]
    assert described(logs, "/aws/alb/public/access-logs")[0::2] == (7, [])
    assert described(logs, "/else/where") == (None, {}, [])


def test_a_new_group_is_reconciled_alone(app: ModuleType, logs: Any) -> None:
    """The CloudTrail event of CreateLogGroup concerns just its group."""
    for name in ("/aws/lambda/new", "/aws/lambda/other"):
        logs.create_log_group(logGroupName=name)
    detail = {"eventSource": "logs.amazonaws.com", "requestParameters": {"logGroupName": "/aws/lambda/new"}}

    result = app.handler({"source": "aws.logs", "detail": detail}, Context())

    assert result["groups"] == 1
    assert described(logs, "/aws/lambda/new")[0] == 14
    assert described(logs, "/aws/lambda/other")[0] is None


def test_a_group_that_is_gone_is_no_fault(app: ModuleType) -> None:
    """Events arrive late; the group may have been deleted meanwhile."""
    assert app.handler({"groups": ["/aws/lambda/gone"]}, Context())["groups"] == 0


def test_drift_is_put_back(app: ModuleType, logs: Any) -> None:
    """A changed retention and a narrowed filter return to the policy's values."""
    name = "/aws/ecs/gateway/errors"
    logs.create_log_group(logGroupName=name)
    app.handler({}, Context())
    logs.delete_retention_policy(logGroupName=name)
    logs.put_subscription_filter(
        logGroupName=name, filterName="logrouter-forward_errors", filterPattern="narrow", destinationArn=ERRORS_ARN
    )

    result = app.handler({}, Context())

    assert result["changes"] == {"put_retention": 1, "put_filter": 1}
    assert described(logs, name)[0] == 90
    assert logs.describe_subscription_filters(logGroupName=name)["subscriptionFilters"][0]["filterPattern"] == ""


def test_a_full_quota_is_counted_and_tagged(app: ModuleType, logs: Any) -> None:
    """When others use up the group's filters, nothing of theirs is touched and the tag says pending."""
    name = "/aws/ecs/gateway/errors"
    logs.create_log_group(logGroupName=name)
    for number in range(2):
        logs.put_subscription_filter(
            logGroupName=name, filterName=f"foreign-{number}", filterPattern="", destinationArn=LLM_ARN
        )

    result = app.handler({}, Context())

    assert (result["failed"], result["errors"]) == (1, {"LimitExceededException": 1})
    _, tags, destinations = described(logs, name)
    assert tags["SentrySync"] == "pending"
    assert destinations == [LLM_ARN, LLM_ARN]


def test_dry_run_changes_nothing(app: ModuleType, logs: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says what it would do, and does not do it."""
    monkeypatch.setenv("GOVERN_DRY_RUN", "true")
    logs.create_log_group(logGroupName="/aws/lambda/f")

    result = app.handler({}, Context())

    assert (result["dry_run"], result["changed"]) == (True, 1)
    assert described(logs, "/aws/lambda/f") == (None, {}, [])


def test_many_groups_over_pages_and_a_resumed_run(app: ModuleType, logs: Any) -> None:
    """All pages are read; when time runs out the result names where to go on, and going on finishes the rest."""
    for number in range(60):
        logs.create_log_group(logGroupName=f"/aws/lambda/f{number:02}")

    class Fading(Context):
        def get_remaining_time_in_millis(self) -> int:
            self.remaining_ms -= 1_000
            return self.remaining_ms

    first = app.handler({}, Fading(60_000))
    second = app.handler({"start_at": first["next"]}, Context())

    assert first["next"] is not None
    assert 0 < first["groups"] < 60
    assert first["groups"] + second["groups"] == 60
    assert second["next"] is None


def test_missing_settings_are_named_together(app: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """One error lists every variable that is missing."""
    for name in ("STACK_NAME", "TRACE_LLM_ARN"):
        monkeypatch.delenv(name)

    with pytest.raises(Exception, match=r"STACK_NAME is missing; TRACE_LLM_ARN is missing"):
        app.handler({}, Context())
