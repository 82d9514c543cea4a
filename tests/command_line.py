"""What tests of the command line share: its parsers, and a bucket for policy documents."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from moto import mock_aws


def parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield a parser and those of its sub-commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from parsers(inner)


@contextmanager
def policy_bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Give an S3 client with an empty, versioned bucket `policies`."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="policies")
        client.put_bucket_versioning(Bucket="policies", VersioningConfiguration={"Status": "Enabled"})
        yield client
