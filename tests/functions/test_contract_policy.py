"""Contract 9, policy is data changed at run time, and contract 10, settings fail early and by name."""

import json

import pytest

from logrouter.adapters import aws
from logrouter.adapters.policy_source import PolicySource
from logrouter.adapters.telemetry import Telemetry
from logrouter.errors import PolicyError, SettingsError
from logrouter.policy.load import load_policy
from logrouter.settings import Settings
from tests.contract_world import (
    PLAIN,
    PLANTED,
    awslogs,
    document,
    everything_logged,
    refusal,
    settled,
    world_of,
)

TEAM_SECRET = "TEAM-" + "0042-" + "INTERNAL"
RULE = {
    "id": "team.code",
    "kind": "pattern",
    "pattern": "TEAM-(?P<v>[0-9]{4})-INTERNAL",
    "examples": {"positive": [{"text": ["TEAM-", "1111-INTERNAL"]}], "negative": [["TEAM-x"]]},
}
TEAM_POLICY = json.dumps({"version": "team", "masking": {"rules": [RULE]}})


@pytest.fixture
def world(monkeypatch, capsys, function):
    with world_of(monkeypatch, capsys, function) as made:
        yield made


@pytest.fixture
def bucket(world, monkeypatch):
    """A versioned policy bucket that the functions read."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="policies")
    s3.put_bucket_versioning(Bucket="policies", VersioningConfiguration={"Status": "Enabled"})
    monkeypatch.setenv("POLICY_BUCKET", "policies")
    return lambda text: s3.put_object(Bucket="policies", Key="policy.json", Body=text)


BAD_POLICIES = {
    "not JSON": PLAIN,
    "not UTF-8": b"\xff\xfe{",
    "a list": json.dumps(list(PLANTED.values())),
    "deep": "[" * 100_000,
    "deep object": '{"routes":' + '{"a":' * 5_000 + "1" + "}" * 5_001,
    "too large": json.dumps({"version": "x" * 1_100_000}),
    "section is text": json.dumps({"masking": PLANTED["email"]}),
    "ids are lists": json.dumps({"masking": {"rules": [{"id": [PLANTED["email"]]}]}}),
    "ids are objects": json.dumps({"log_groups": {"kinds": [{"id": {"a": PLANTED["email"]}}]}}),
    "rules are numbers": json.dumps({"masking": {"rules": [1, 2]}}),
    "a built-in changed": json.dumps({"masking": {"rules": [{"id": "email", "pattern": "x"}]}}),
    "a pattern that does not compile": json.dumps({"masking": {"rules": [RULE | {"pattern": "(" + PLANTED["email"]}]}}),
    "an endless pattern": json.dumps({"masking": {"rules": [RULE | {"pattern": "(a+)+" * 20 + "$"}]}}),
    "fails its sample": json.dumps({"masking": {"rules": [RULE | {"pattern": "NEVER"}]}}),
    "routes of text": json.dumps({"routes": {"sentry": PLANTED["email"]}}),
    "too much to compile": json.dumps(
        {"masking": {"rules": [RULE | {"id": "t.a", "kind": "key", "keys": [f"word {n:0110}" for n in range(400)]}]}}
    ),
    "NaN": '{"archive": {"delay_hours": NaN}}',
    "surrogate": '{"version": "\\ud800", "routes": {"sentry": "\\ud800"}}',
}


@pytest.mark.parametrize("case", BAD_POLICIES)
def test_a_bad_document_is_refused_without_a_word_of_it(world, bucket, case):
    """Contract 9: whatever stands in the bucket, the handler works with the last good policy and quotes nothing."""
    bucket(BAD_POLICIES[case])

    with everything_logged():
        result = world.handle("forward_errors", awslogs(document('{"level":"error","msg":"x"}')))

    assert (result["delivered"], result["balanced"]) == (1, True)
    assert '"PolicyRefused"' in world.output()
    assert world.leaks() == []


def test_a_bad_push_never_switches_a_teams_masking_off(world, bucket):
    """Contracts 9 and 1: a container that starts while a bad document stands finds the last good one before it."""
    bucket(TEAM_POLICY)
    event = awslogs(document(json.dumps({"level": "error", "msg": f"see {TEAM_SECRET}"})))
    first = world.handle("forward_errors", event)
    bucket("not json")
    bucket('{"masking": 7}')

    again = awslogs(document(json.dumps({"level": "error", "msg": f"again {TEAM_SECRET}"}), first=9))
    second = world.handle("forward_errors", again)

    assert (first["delivered"], second["delivered"]) == (1, 1)
    assert "an older version of the policy holds" in world.output()
    assert TEAM_SECRET.encode() not in world.sink.bytes


def test_a_deleted_document_never_switches_a_teams_masking_off(world, bucket):
    """Contracts 9 and 1: a container that starts after the document was deleted masks by the last good one, and says so."""
    bucket(TEAM_POLICY)
    aws.client("s3").delete_object(Bucket="policies", Key="policy.json")

    world.handle("forward_errors", coded("deleted", 1))
    world.handle("forward_errors", coded("again", 2))

    assert TEAM_SECRET.encode() not in world.sink.bytes
    assert len(world.sink.requests) == 2
    assert world.output().count("it was deleted; put {} to return to the packaged policy") == 2
    assert world.output().count('"PolicyRefused":[1') == 2


def coded(text: str, first: int) -> dict:
    return awslogs(document(json.dumps({"level": "error", "msg": f"{text} {TEAM_SECRET}"}), first=first))


def test_a_policys_life_in_one_container(world, bucket, monkeypatch):
    """Contract 9: good, then bad, then better: masked all the while, refusals counted with place and reason, each version said."""
    monkeypatch.setenv("POLICY_TTL_S", "0")
    bucket(TEAM_POLICY)
    world.handle("forward_errors", coded("first", 1))
    bucket(json.dumps({"version": "bad", "masking": {"rules": [RULE | {"pattern": "NEVER"}]}}))
    world.handle("forward_errors", coded("second", 2), fresh=False)
    bucket(TEAM_POLICY.replace("team", "better", 1))
    world.handle("forward_errors", coded("third", 3), fresh=False)

    output = world.output()
    lines = [json.loads(line) for line in output.splitlines() if line.startswith('{"level"')]
    versions = [line["policy"].split("+")[0] for line in lines if line["message"] == "settled"]
    refused = [line for line in lines if line["message"] == "policy refused, the last good one stays"]
    assert versions == ["team", "team", "better"]
    assert [(line["why"], line["policy"].split("+")[0]) for line in refused] == [
        ("policy refused at masking.rules.team.code.examples.positive.0: the rule does not find it", "team")
    ]
    assert output.count('"PolicyRefused":[1') == 1
    assert output.count('"policy_version":"team+') == 2
    assert TEAM_SECRET.encode() not in world.sink.bytes
    assert len(world.sink.requests) == 3


def test_an_unchanged_document_is_not_fetched_again(world, bucket, monkeypatch):
    """Contract 9: a look at a document that did not change is answered 304, without a body."""
    from botocore.client import BaseClient

    call, answers = BaseClient._make_api_call, []

    def watched(client, operation, arguments):
        try:
            answer = call(client, operation, arguments)
        except Exception as refused:
            answers.append(refused.response["ResponseMetadata"]["HTTPStatusCode"])
            raise
        if operation == "GetObject":
            answers.append(200)
        return answer

    monkeypatch.setenv("POLICY_TTL_S", "0")
    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    bucket(TEAM_POLICY)

    for number in range(3):
        world.handle("forward_errors", coded("x", number + 1), fresh=number == 0)

    assert answers == [200, 304, 304]


def test_an_entry_that_fails_its_example_is_refused_by_the_function(world, bucket):
    """Contract 9: the examples of section `errors` are run where the document is loaded, not only on a desk."""
    entry = {"id": "mine", "match": {"message": "never"}, "examples": {"yes": [f"ERROR {PLANTED['email']}"]}}
    bucket(json.dumps({"errors": {"ignore": [entry]}}))

    world.handle("forward_errors", awslogs(document('{"level":"error","msg":"x"}')))

    assert "policy refused at errors.ignore.mine.examples.yes.0: the entry does not match it" in world.output()
    assert world.leaks() == []


def test_a_built_in_rule_cannot_be_emptied(world, bucket):
    """Contract 9: a document that lays nothing over the rules, or less, leaves every built-in rule in force."""
    for text in ('{"masking": {"rules": []}}', '{"masking": {"rules": null}}', '{"masking": {}}', "{}"):
        bucket(text)
        world.handle(
            "forward_errors", awslogs(document(json.dumps({"level": "error", "msg": " ".join(PLANTED.values())})))
        )

    assert world.leaks() == []


@pytest.mark.parametrize("code", ["AccessDenied", "403", "NoSuchBucket", "SlowDown", "ExpiredToken"])
def test_a_refused_read_is_no_absence(world, bucket, monkeypatch, code):
    """Contracts 9 and 1: when S3 refuses, the team's rules are unknown: the payload is left to Lambda, nothing goes out."""
    from botocore.client import BaseClient

    call = BaseClient._make_api_call

    def refuse(client, operation, arguments):
        if operation == "GetObject":
            raise refusal(code, operation)
        return call(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)

    result = world.handle("forward_errors", awslogs(document('{"level":"error","msg":"x"}')))

    assert isinstance(result, PolicyError)
    assert settled(result)
    assert world.sink.requests == []
    assert world.leaks() == []


def test_older_versions_that_cannot_be_read_end_the_invocation(bucket, monkeypatch):
    """Contract 9: a refused document whose predecessors cannot be read leaves nothing to work with."""
    bucket("bad")
    monkeypatch.setattr("logrouter.adapters.policy_source._versions", lambda bucket, key: 1 / 0)
    source = PolicySource(Settings(policy_bucket="policies"), lambda policy: policy, telemetry=Telemetry("t"))

    with pytest.raises(
        PolicyError, match="POLICY_BUCKET: older versions of the document cannot be read: ZeroDivisionError"
    ):
        source.current()


@pytest.mark.parametrize("value", [PLANTED["email"], "", "1e3", "-1", "9" * 5_000, "\ud800"])
@pytest.mark.parametrize(
    ("name", "variable"),
    [
        ("forward_errors", "DELIVERY_CONCURRENCY"),
        ("trace_llm", "PAYLOAD_LIMIT_BYTES"),
        ("notify", "POLICY_TTL_S"),
        ("govern_log_groups", "GOVERN_DRY_RUN"),
        ("archive_window", "ARCHIVE_PART_BYTES"),
        ("replay_failed", "MAX_REPLAYS"),
    ],
)
def test_settings_fail_by_name_and_quote_no_value(name, variable, value):
    """Contract 10: all faults in one error, names only; an empty variable counts as absent."""
    from logrouter import settings

    kind = {
        "forward_errors": settings.ForwardErrorsSettings,
        "trace_llm": settings.TraceLlmSettings,
        "notify": settings.NotifySettings,
        "govern_log_groups": settings.GovernLogGroupsSettings,
        "archive_window": settings.ArchiveSettings,
        "replay_failed": settings.ReplayFailedSettings,
    }[name]

    refusal = faults(kind, {variable: value})

    assert (variable in refusal) == bool(value)
    assert not value or value not in refusal


def faults(kind: type[Settings], environment: dict[str, str]) -> str:
    """Return the message of the error, empty without one."""
    try:
        kind.load(environment)
    except SettingsError as refused:
        return str(refused)
    return ""


def test_a_bad_policy_file_is_refused_by_the_loader():
    """Contract 9: the loader itself refuses by name of the place; values are never quoted."""
    with pytest.raises(PolicyError) as refused:
        load_policy(
            json.dumps({"routes": {"sentry": [{"id": "x", "route": PLANTED["email"] * 50, "y": PLANTED["key"]}]}})
        )

    assert [name for name, value in PLANTED.items() if value in str(refused.value)] == []
