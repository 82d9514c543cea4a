"""Look for planted personal data and secrets in every byte that leaves the functions, wherever it came to rest."""

import gzip
import json
import sqlite3
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from logrouter.adapters.retry_queue import decode_message
from logrouter_local import samples
from logrouter_local.books import OWN_GROUPS
from logrouter_local.places import STATE
from logrouter_local.stack import Stack

EXEMPT_BUCKETS = ("failedbucket", "artifacts")
"""The on-failure bucket keeps what Lambda was given (the one named exception); the other holds code only."""


def find_leaks(stack: Stack) -> tuple[dict[str, list[str]], int]:
    """Search everything; return the planted values found by place, and how many bytes were looked through."""
    found: dict[str, list[str]] = {}
    seen = 0
    for place, data in everything(stack):
        seen += len(data)
        names = samples.leaks(data)
        if names:
            found[place] = names
    return found, seen


def everything(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Yield every place where logrouter left bytes, with the bytes, decompressed."""
    yield from _files("Sentry", stack.sentry.folder)
    yield from _databases("Sentry", stack.sentry.folder)
    yield from _files("Langfuse", STATE / "langfuse")
    yield from _files("Slack", STATE / "slack")
    for name in ("sentry", "sentry-worker", "langfuse", "slack"):
        log = STATE / "run" / f"{name}.log"
        if log.exists():
            yield f"log of {name}", log.read_bytes()
    yield from _objects(stack)
    yield from _messages(stack)
    yield from _items(stack)
    yield from _own_logs(stack)
    yield from _executions(stack)


def _files(what: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield f"{what}: {path.relative_to(folder)}", _inflated(path.read_bytes())


def _databases(what: str, folder: Path) -> Iterator[tuple[str, bytes]]:
    """A row may be cut by database pages, so each value is read as well."""
    for path in sorted(folder.glob("*.sqlite3")):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                # The names come from the database itself.
                rows = database.execute(f'SELECT * FROM "{table}"')  # noqa: S608  # nosec B608
                text = "\n".join(str(value) for row in rows for value in row)
                yield f"{what}: {path.name} table {table}", text.encode()
        database.close()


def _objects(stack: Stack) -> Iterator[tuple[str, bytes]]:
    s3 = stack.aws("s3")
    for bucket in (each["Name"] for each in s3.list_buckets()["Buckets"]):
        if any(name in bucket for name in EXEMPT_BUCKETS):
            continue
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for item in page.get("Contents", ()):
                yield f"S3: {bucket}/{item['Key']}", _inflated(read_object(stack, bucket, item["Key"]))
                yield f"S3: name of {bucket}/{item['Key']}", item["Key"].encode()


def read_object(stack: Stack, bucket: str, key: str) -> bytes:
    """Return an object's bytes, restoring it first where its storage class asks for that."""
    return bytes(stack.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def _messages(stack: Stack) -> Iterator[tuple[str, bytes]]:
    """Peek into every queue by the emulator's own window, which does not receive."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{stack.ports.aws}/_ministack/sqs/messages", timeout=20) as answer:
        data = answer.read()
    yield "SQS: all queues", data
    for body in _bodies(json.loads(data)):
        delivery = decode_message(body)
        if delivery is not None:
            yield "SQS: body of a delivery", delivery.body


def _bodies(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in value.items():
            if key.lower() == "body" and isinstance(member, str):
                yield member
            else:
                yield from _bodies(member)
    elif isinstance(value, list):
        for member in value:
            yield from _bodies(member)


def _items(stack: Stack) -> Iterator[tuple[str, bytes]]:
    dynamo = stack.aws("dynamodb")
    for table in dynamo.list_tables()["TableNames"]:
        for page in dynamo.get_paginator("scan").paginate(TableName=table):
            yield f"DynamoDB: {table}", json.dumps(page["Items"], default=str, ensure_ascii=False).encode()


def _own_logs(stack: Stack) -> Iterator[tuple[str, bytes]]:
    logs = stack.aws("logs")
    for page in logs.get_paginator("describe_log_groups").paginate():
        for group in (each["logGroupName"] for each in page["logGroups"]):
            if not group.startswith((OWN_GROUPS, "/aws/vendedlogs/")):
                continue
            for events in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
                yield f"log group {group}", "\n".join(each["message"] for each in events["events"]).encode()


def _executions(stack: Stack) -> Iterator[tuple[str, bytes]]:
    states = stack.aws("stepfunctions")
    machine = stack.outputs["ArchiveWorkflowArn"]
    for execution in states.list_executions(stateMachineArn=machine)["executions"]:
        arn = execution["executionArn"]
        history = states.get_execution_history(executionArn=arn, includeExecutionData=True)
        yield f"Step Functions: {execution['name']}", json.dumps(history, default=str, ensure_ascii=False).encode()


def _inflated(data: bytes) -> bytes:
    return gzip.decompress(data) if data.startswith(b"\x1f\x8b") else data
