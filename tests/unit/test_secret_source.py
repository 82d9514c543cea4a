"""Secrets: fetched once in a while, overridden without AWS, never quoted."""

import json

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters import aws
from logrouter.adapters.secret_source import Secret
from logrouter.errors import SecretError

DSN = "https://" + "abc123" + "@sentry.example/7"


@pytest.fixture
def secrets(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        aws.forget_clients()
        yield boto3.client("secretsmanager", region_name="us-east-1")
    aws.forget_clients()


def stored(secrets, text: str) -> str:
    return secrets.create_secret(Name="s", SecretString=text)["ARN"]


def test_a_json_secret_gives_its_fields(secrets):
    """An object is read as it is."""
    fields = {"dsn": DSN, "routes": {"payments": DSN}}

    assert fields == Secret(stored(secrets, json.dumps(fields)), bare="dsn")()


def test_a_bare_string_fills_one_field(secrets):
    """A secret that is only a DSN works too."""
    assert Secret(stored(secrets, f" {DSN}\n"), bare="dsn")() == {"dsn": DSN}


def test_an_override_needs_no_aws():
    """With values in the environment Secrets Manager is not asked: the ARN is not even one."""
    assert Secret("not-an-arn", bare="dsn", override={"dsn": DSN, "routes": None})() == {"dsn": DSN}


def test_a_secret_is_kept_until_a_refresh(secrets):
    """A rotated secret is seen at the next refresh, not at each request."""
    arn = stored(secrets, "first")
    secret = Secret(arn, bare="dsn")
    secret()
    secrets.put_secret_value(SecretId=arn, SecretString="second")

    assert [secret()["dsn"], secret(refresh=True)["dsn"], secret()["dsn"]] == ["first", "second", "second"]


def test_a_missing_secret_is_named_with_its_code(secrets):
    """The error names the secret and AWS's code."""
    with pytest.raises(SecretError, match=r"^secret nowhere: ResourceNotFoundException$"):
        Secret("nowhere", bare="dsn")()


def test_without_any_source_it_says_so():
    """Neither ARN nor override is an error with a name."""
    with pytest.raises(SecretError, match="no secret is configured"):
        Secret(None, bare="dsn", override={"dsn": ""})()


@pytest.mark.parametrize("text", ['{"dsn": "https://leak@x', "{]"])
def test_a_damaged_secret_is_not_quoted(secrets, text):
    """A secret that is not JSON after all is refused without a word of it."""
    with pytest.raises(SecretError) as refusal:
        Secret(stored(secrets, text), bare="dsn")()

    assert "leak" not in str(refusal.value)
    assert refusal.value.__cause__ is None


def test_a_secret_does_not_show_itself():
    """Neither repr nor str give values away."""
    assert "abc123" not in repr(Secret(None, bare="dsn", override={"dsn": DSN}))
