"""Pseudonyms through the functions: one user under one name in Sentry and Langfuse, the key from Secrets Manager."""

import base64
import json
from datetime import UTC, datetime

import pytest

from logrouter.adapters import aws
from logrouter.masking.values.pseudonyms import USER, read_keys
from logrouter.policy.load import load_policy
from tests.archive_fakes import DAY_MS, SourceEvent, archive_world
from tests.contract_world import awslogs, document, settled, world_of

FIELDS = {"current": "k7", "keys": {"k7": base64.b64encode(b"0123456789abcdef" * 2).decode()}}
LINES = {
    "forward_errors": json.dumps({"level": "error", "msg": "payment failed", "userId": "kim-4711"}),
    "trace_llm": json.dumps(
        {
            "type": "llm",
            "model": "gpt-4o",
            "prompt": "hello",
            "response": "ok",
            "total_cost": 0.1,
            "requestId": "r",
            "userId": "kim-4711",
        }
    ),
}


@pytest.fixture
def world(monkeypatch, capsys, function):
    with world_of(monkeypatch, capsys, function) as made:
        s3 = aws.client("s3")
        s3.create_bucket(Bucket="policies")
        body = json.dumps({"version": "p", "masking": {"enable": ["pseudonym"]}})
        s3.put_object(Bucket="policies", Key="policy.json", Body=body)
        monkeypatch.setenv("POLICY_BUCKET", "policies")
        yield made


def event_of(name):
    return awslogs(document(LINES[name], logGroup="/aws/ecs/pay/llm", logStream="s"))


@pytest.mark.parametrize("name", LINES)
def test_user_is_followed_by_pseudonym(world, monkeypatch, name):
    """With a key in the secret both destinations get the same pseudonym of a user, and never the user."""
    arn = world.secrets.create_secret(Name="pseudonyms", SecretString=json.dumps(FIELDS))["ARN"]
    monkeypatch.setenv("PSEUDONYM_SECRET_ARN", arn)

    result = world.handle(name, event_of(name))

    assert settled(result)
    assert read_keys(FIELDS).pseudonym(USER, "kim-4711").encode() in world.sink.bytes
    assert b"kim-4711" not in world.sink.bytes


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("secret", [None, "{}", '{"current": "k7", "keys": {"k7": "c2hvcnQ="}}'])
def test_without_a_usable_key_the_user_is_hidden(world, monkeypatch, name, secret):
    """No secret, an empty or a weak one: records go on, the user is hidden whole, the lack is counted by name."""
    if secret is not None:
        arn = world.secrets.create_secret(Name="pseudonyms", SecretString=secret)["ARN"]
        monkeypatch.setenv("PSEUDONYM_SECRET_ARN", arn)

    result = world.handle(name, event_of(name))

    assert settled(result)
    assert b"kim-4711" not in world.sink.bytes
    assert b"user-k" not in world.sink.bytes
    assert "PseudonymKeysMissing" in world.output()
    assert "c2hvcnQ=" not in world.output()


def test_the_archive_holds_the_same_pseudonym(monkeypatch, tmp_path):
    """A user can be followed into the archive; with `list_rules` each archived line says which rules hit it."""
    day, group = 1794268800000 // DAY_MS * DAY_MS, "/aws/pay/api/application"
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"masking": {"enable": ["pseudonym"], "list_rules": True}}))
    span = {"from": datetime.fromtimestamp(day / 1000, UTC).isoformat()}
    span["until"] = datetime.fromtimestamp(day / 1000 + 86_400, UTC).isoformat()

    with archive_world(monkeypatch, day / 1000 + 10 * 86_400) as world:
        monkeypatch.setenv("POLICY_FILE", str(policy))
        monkeypatch.setenv("PSEUDONYM_KEYS", json.dumps(FIELDS))
        world.logs.add(group, SourceEvent("1", day, LINES["forward_errors"]))
        window = world.plan(groups=[group], **span)["windows"][0]
        world.window(window)
        world.verify(window)
        (stored,) = world.records(group)
        (manifest,) = map(json.loads, world.manifests(group))

    assert json.loads(stored["message"])["userId"] == read_keys(FIELDS).pseudonym(USER, "kim-4711")
    assert stored["masked"] == ["pseudonym.user_id"]
    assert manifest["policies"] == [load_policy(policy.read_bytes()).stamp()]
    assert manifest["policy_versions"] == [manifest["policies"][0]["version"]]
