"""What the template promises: one name in five places, least privilege, own logs, and an archive nobody can erase."""

import json
import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from logrouter import settings as known_settings

ROOT = Path(__file__).parent.parent.parent
Functions = dict[str, dict[str, Any]]


def folder_of(properties: dict[str, Any]) -> str:
    return Path(properties["CodeUri"]).name


def as_text(value: object) -> str:
    return json.dumps(value, default=str)


def variables_of(template: dict[str, Any], properties: dict[str, Any]) -> set[str]:
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    return {*shared, *properties["Environment"]["Variables"]}


def settings_of(folder: str) -> type[known_settings.Settings]:
    if folder.startswith("archive_"):
        return known_settings.ArchiveSettings
    return getattr(known_settings, "".join(part.title() for part in folder.split("_")) + "Settings")


def test_one_name_in_five_places(functions: Functions) -> None:
    """Function folder, job module, test module, events folder and logical id carry the same name."""
    folders = {path.name for path in (ROOT / "functions").iterdir() if (path / "requirements.txt").exists()}

    assert {folder_of(properties) for properties in functions.values()} == folders
    for name, properties in functions.items():
        folder = folder_of(properties)
        assert "".join(part.title() for part in folder.split("_")) == name
        assert (ROOT / "functions" / folder / "app.py").exists()
        assert (ROOT / "layers/core/logrouter/jobs" / f"{folder}.py").exists()
        assert (ROOT / "tests/functions" / f"test_{folder}.py").exists()
        assert list((ROOT / "events" / folder).glob("*.json"))


def test_every_required_setting_is_in_the_template(template: dict[str, Any], functions: Functions) -> None:
    """A deployed function never misses a variable that its settings demand."""
    for properties in functions.values():
        required = {
            field.metadata["variable"]
            for field in fields(settings_of(folder_of(properties)))
            if field.default is MISSING
        }
        assert required <= variables_of(template, properties)


def test_every_variable_in_the_template_is_read(template: dict[str, Any], functions: Functions) -> None:
    """No variable is set that nobody reads (Powertools' and the endpoint aside)."""
    foreign = {"POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL", "POWERTOOLS_SERVICE_NAME", "AWS_ENDPOINT_URL"}
    for properties in functions.values():
        read = {field.metadata["variable"] for field in fields(settings_of(folder_of(properties)))}
        assert variables_of(template, properties) - foreign <= read


def test_layer_only_changes_reach_the_alias(template: dict[str, Any], functions: Functions) -> None:
    """Both flags that SAM needs for it are set."""
    layer = template["Resources"]["CoreLayer"]["Properties"]

    assert layer["PublishLambdaVersion"] is True
    assert all(properties["AutoPublishAliasAllProperties"] is True for properties in functions.values())


def test_every_function_has_its_own_role_and_log_group(functions: Functions, template: dict[str, Any]) -> None:
    """Nothing is shared, so that least privilege means something."""
    roles = [as_text(properties["Role"]) for properties in functions.values()]
    groups = [as_text(properties["LoggingConfig"]) for properties in functions.values()]

    assert len(set(roles)) == len(set(groups)) == len(functions)
    for name in functions:
        group = template["Resources"][f"{name}Log"]["Properties"]
        assert group["Tags"] == [{"Key": "logrouter:own", "Value": "true"}]
        assert "/logrouter/" in as_text(group["LogGroupName"])


def test_own_log_groups_are_own_by_the_policy(template: dict[str, Any]) -> None:
    """The packaged policy recognises every log group of this template, so that none is ever subscribed (no loops)."""
    from logrouter.policy import default_policy
    from logrouter.policy.log_groups import OWN_KIND, kind_of

    groups = [
        resource["Properties"]["LogGroupName"]["Fn::Sub"].replace("${Environment}", "production")
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Logs::LogGroup"
    ]

    assert len(groups) == 10
    assert all(kind_of(default_policy().section("log_groups"), name) is OWN_KIND for name in groups)


def statements(translated: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for name, resource in translated["Resources"].items():
        if resource["Type"] == "AWS::IAM::Role":
            for policy in resource["Properties"].get("Policies", ()):
                found += [(name, statement) for statement in policy["PolicyDocument"]["Statement"]]
    return found


def test_roles_allow_no_wildcard_action(translated: dict[str, Any]) -> None:
    """Every action is written out."""
    for role, statement in statements(translated):
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not [action for action in actions if "*" in action], role


def test_all_resources_only_where_aws_offers_no_other(translated: dict[str, Any]) -> None:
    """`Resource: *` stands only with actions that know no resource."""
    without_resource = re.compile(
        r"logs:(DescribeLogGroups|GetQueryResults|StopQuery|.*LogDeliver.*|.*ResourcePolic.*)|xray:.*"
    )
    for role, statement in statements(translated):
        if statement["Resource"] == "*":
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert all(without_resource.fullmatch(action) for action in actions), (role, actions)


def test_only_replay_failed_reads_what_is_not_masked(translated: dict[str, Any]) -> None:
    """No other role may read the bucket where Lambda keeps raw payloads, and the bucket itself refuses them."""
    readers = {
        role
        for role, statement in statements(translated)
        if "FailedBucket" in as_text(statement["Resource"]) and "s3:GetObject" in statement["Action"]
    }
    refusal = next(
        statement
        for statement in translated["Resources"]["FailedBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        if statement["Sid"] == "OnlyReplayFailedReads"
    )

    assert readers == {"ReplayFailedRole"}
    assert refusal["Effect"] == "Deny"
    assert refusal["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": {"Fn::GetAtt": ["ReplayFailedRole", "Arn"]}}}


def test_only_what_masks_reads_the_keys_of_pseudonyms(translated: dict[str, Any]) -> None:
    """Five roles may read the one secret, and only where there is one."""
    policy = translated["Resources"]["PseudonymKeysPolicy"]

    assert policy["Condition"] == "HasPseudonymSecret"
    assert {role["Ref"] for role in policy["Properties"]["Roles"]} == {
        "ForwardErrorsRole",
        "TraceLlmRole",
        "ReconcileLlmRole",
        "ArchiveWindowRole",
        "NotifyRole",
    }
    assert policy["Properties"]["PolicyDocument"]["Statement"] == [
        {
            "Sid": "ReadsPseudonymKeys",
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue"],
            "Resource": {"Ref": "PseudonymSecretArn"},
        }
    ]


def test_looking_back_is_the_operators_choice(template: dict[str, Any], translated: dict[str, Any]) -> None:
    """Only with the parameter may `forward_errors` read log groups, and only it."""
    policy = translated["Resources"]["BreadcrumbLookBackPolicy"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    least = translated["Resources"]["ForwardErrorsRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    variables = translated["Resources"]["ForwardErrors"]["Properties"]["Environment"]["Variables"]

    assert template["Parameters"]["BreadcrumbLookBack"]["Default"] == "false"
    assert (policy["Condition"], policy["Properties"]["Roles"]) == ("LooksBack", [{"Ref": "ForwardErrorsRole"}])
    assert statement["Action"] == ["logs:FilterLogEvents"]
    assert not [each for each in least if "logs:FilterLogEvents" in each["Action"]]
    assert variables["LOOK_BACK_ACCOUNT"] == {"Fn::If": ["LooksBack", {"Ref": "AWS::AccountId"}, ""]}


@pytest.mark.parametrize("bucket", ["PolicyBucket", "FailedBucket", "ArchiveBucket"])
def test_buckets_are_private_encrypted_and_versioned(translated: dict[str, Any], bucket: str) -> None:
    """KMS, no public access, versions, TLS only; neither emulator applies these, so the description is what is tested."""
    properties = translated["Resources"][bucket]["Properties"]
    policy = translated["Resources"][f"{bucket}Policy"]["Properties"]["PolicyDocument"]["Statement"]
    encryption = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"][0]

    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert all(properties["PublicAccessBlockConfiguration"].values())
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    assert {statement["Sid"] for statement in policy} >= {"OnlyTls", "OnlyTls12"}
    assert all(statement["Effect"] == "Deny" for statement in policy)


def test_the_archive_cannot_be_erased(translated: dict[str, Any]) -> None:
    """Object Lock can be used, deletes are denied, the bucket and its key outlive the stack."""
    archive = translated["Resources"]["ArchiveBucket"]
    policy = as_text(translated["Resources"]["ArchiveBucketPolicy"])

    assert archive["Properties"]["ObjectLockEnabled"] is True
    assert archive["DeletionPolicy"] == "Retain"
    assert translated["Resources"]["LogKey"]["DeletionPolicy"] == "Retain"
    assert "s3:DeleteObjectVersion" in policy


def test_writes_that_name_no_encryption_are_not_refused(translated: dict[str, Any]) -> None:
    """Only a write that asks for other encryption is denied: a negated condition is true for an absent key."""
    statement = next(
        each
        for each in translated["Resources"]["ArchiveBucketPolicy"]["Properties"]["PolicyDocument"]["Statement"]
        if each["Sid"] == "OnlyOurKey"
    )

    assert statement["Condition"] == {
        "Null": {"s3:x-amz-server-side-encryption": "false"},
        "StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"},
    }


def test_who_keeps_failed_payloads_may_also_see_the_bucket(translated: dict[str, Any]) -> None:
    """Lambda's S3 destination needs PutObject and ListBucket (Lambda guide, on-failure destinations, 2026-11-20)."""
    actions: dict[str, set[str]] = {}
    for role, statement in statements(translated):
        if "FailedBucket" in as_text(statement["Resource"]):
            actions.setdefault(role, set()).update(statement["Action"])

    assert all(
        {"s3:PutObject", "s3:ListBucket"} <= actions[f"{name}Role"]
        for name in ("ForwardErrors", "TraceLlm", "GovernLogGroups", "Notify")
    )


def test_roles_that_use_tables_may_use_their_key(translated: dict[str, Any]) -> None:
    """DynamoDB uses a customer's key on behalf of the caller (DynamoDB guide, encryption at rest, 2026-11-20)."""
    with_tables = {role for role, each in statements(translated) if "dynamodb:" in as_text(each["Action"])}
    with_key = {role for role, each in statements(translated) if each.get("Sid") == "UsesTheKeyForTables"}

    assert with_tables == with_key


def test_unmasked_payloads_expire(translated: dict[str, Any]) -> None:
    """What Lambda keeps of invocations that died is gone within days."""
    rules = translated["Resources"]["FailedBucket"]["Properties"]["LifecycleConfiguration"]["Rules"]

    assert [rule["ExpirationInDays"] for rule in rules if "ExpirationInDays" in rule] == [7]


def test_failed_invocations_are_kept(translated: dict[str, Any], functions: Functions) -> None:
    """Each asynchronous function keeps a dead invocation's payload in the bucket, which takes a whole one."""
    configs = [
        resource["Properties"]
        for resource in translated["Resources"].values()
        if resource["Type"] == "AWS::Lambda::EventInvokeConfig"
    ]

    kept = {config["FunctionName"]["Ref"] for config in configs if "OnFailure" in config["DestinationConfig"]}
    assert kept == {"ForwardErrors", "TraceLlm", "GovernLogGroups", "Notify"}


def test_queues_wait_longer_than_the_function_runs(translated: dict[str, Any]) -> None:
    """Visibility is six times the timeout, as the Lambda guide asks (Using Lambda with SQS, checked 2026-11-20)."""
    for name in ("ForwardErrors", "TraceLlm"):
        timeout = translated["Resources"][name]["Properties"]["Timeout"]
        queue = translated["Resources"][f"{name}RetryQueue"]["Properties"]

        assert queue["VisibilityTimeout"] >= 6 * timeout
        assert queue["RedrivePolicy"]["deadLetterTargetArn"] == {"Fn::GetAtt": [f"{name}DeadLetters", "Arn"]}


def test_alarms_watch_metrics_that_exist(translated: dict[str, Any]) -> None:
    """Every metric of ours that an alarm watches is written by the code."""
    code = "".join(
        path.read_text("utf-8")
        for folder in ("layers/core/logrouter", "functions")
        for path in (ROOT / folder).rglob("*.py")
    )
    watched = {
        metric["MetricName"]
        for alarm in alarms(translated).values()
        for metric in metrics_of(alarm)
        if metric["Namespace"] == "logrouter"
    }

    assert watched
    assert {metric for metric in watched if f'"{metric}"' not in code} == set()


@pytest.mark.parametrize("metric", ["MaskingFailures", "PolicyRefused", "PseudonymKeysMissing"])
def test_every_function_that_masks_alarms(translated: dict[str, Any], metric: str) -> None:
    """Whichever function masks: that masking fails, its policy is refused or its keys are missing raises an alarm."""
    masking = {
        path.parent.name
        for path in (ROOT / "functions").glob("*/app.py")
        if re.search("import (Masker|Forwarder|Resender)", path.read_text("utf-8"))
    }
    watched = {
        alarm["Dimensions"][0]["Value"] for alarm in alarms(translated).values() if alarm.get("MetricName") == metric
    }

    assert masking == {"forward_errors", "trace_llm", "archive_window", "notify", "reconcile_llm"}
    assert masking <= watched


def test_an_outage_of_what_a_function_leans_on_alarms(translated: dict[str, Any]) -> None:
    """What a function counts when it goes on without its table or its queue, each of it, raises an alarm of its own."""
    for name, service in (("ForwardErrors", "forward_errors"), ("TraceLlm", "trace_llm")):
        alarm = alarms(translated)[f"{name}GuardsAlarm"]
        watched = {metric["MetricName"] for metric in metrics_of(alarm)}
        ids = [metric["Id"] for metric in alarm["Metrics"] if "MetricStat" in metric]

        assert {"LedgerFailures", "QueueFailures"} <= watched
        assert (service == "forward_errors") == ({"OccurrenceFailures", "TailFailures"} <= watched)
        assert {name for metric in metrics_of(alarm) for name in [metric["Dimensions"][0]["Value"]]} == {service}
        assert (alarm["Metrics"][0]["Expression"], len(ids)) == ("SUM(METRICS())", len(watched))


def test_the_demo_deploys_no_alarm_on_several_metrics(translated: dict[str, Any]) -> None:
    """The emulator of the demo refuses them, and with them the whole stack."""
    conditions = {
        resource.get("Condition")
        for resource in translated["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and "Metrics" in resource["Properties"]
    }

    assert conditions == {"HasMetricMath"}
    assert translated["Conditions"]["HasMetricMath"] == {"Fn::Equals": [{"Ref": "LocalEndpoint"}, ""]}


def test_alarms_of_notify_tell_no_end(translated: dict[str, Any]) -> None:
    """What counts while an alarm is told would raise that alarm anew with every end that is told, for ever."""
    own = {
        name: alarm
        for name, alarm in alarms(translated).items()
        if {"notify", "Notify"} & {str(name) for name in names_of(alarm)}
    }

    assert {"NotifyErrorsAlarm", "NotifyMaskingAlarm", "NotifyPolicyAlarm", "NotifyPseudonymKeysAlarm"} == set(own)
    assert [name for name, alarm in own.items() if "OKActions" in alarm] == []


def alarms(translated: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in translated["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics an alarm watches: its own, or those its expression adds up."""
    if "MetricName" in alarm:
        return [alarm]
    return [metric["MetricStat"]["Metric"] for metric in alarm["Metrics"] if "MetricStat" in metric]


def names_of(alarm: dict[str, Any]) -> list[Any]:
    values = [dimension["Value"] for metric in metrics_of(alarm) for dimension in metric["Dimensions"]]
    return [value["Ref"] if isinstance(value, dict) and "Ref" in value else value for value in values]


def test_parameters_explain_themselves(template: dict[str, Any]) -> None:
    """Each parameter has a description and a default, so that a guided deployment can be answered with Enter."""
    for name, parameter in template["Parameters"].items():
        assert len(parameter["Description"]) > 20, name
        assert "Default" in parameter, name


def test_functions_ship_what_was_tested() -> None:
    """Each pin of a function is the version that the development lock has."""
    lock = dict(re.findall(r"^([a-z0-9._-]+)==([^ ;\\]+)", (ROOT / "locks/dev.txt").read_text(), re.MULTILINE))
    for requirements in (ROOT / "functions").glob("*/requirements.txt"):
        for line in requirements.read_text().split():
            name, _, version = line.partition("==")
            assert lock[name] == version, f"{requirements.parent.name}: {name}"


def test_locks_name_no_host() -> None:
    """Locks hold names, versions and hashes only, so that they work with any package index."""
    for lock in (ROOT / "locks").glob("*.txt"):
        assert "://" not in lock.read_text(), lock.name
