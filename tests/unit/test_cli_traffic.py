"""Captured traffic: whatever form it was kept in, the same log events come out, each with its place."""

import argparse
import gzip
import json
import shutil
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from logrouter.model import DropReason
from logrouter_cli.command import CommandError
from logrouter_cli.reading.inputs import CHUNK_EVENTS
from logrouter_cli.reading.traffic import read_files, read_group, refusals, span

EVENTS = Path(__file__).parents[2] / "events"


def messages(*paths, **options):
    return [
        event.message for part in read_files([str(path) for path in paths], **options) for event in part.batch.events
    ]


def places(*paths):
    return [place for part in read_files([str(path) for path in paths]) for place in part.places]


@pytest.fixture
def write(tmp_path):
    def written(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def test_plain_lines_are_log_events_of_the_group_that_was_named(write):
    """Each line is a log event with its line number as its place; empty lines are none."""
    path = write("orders.log", "one\n\n{not json\r\nthree")

    (part,) = read_files([str(path)], group="/aws/ecs/orders/application")

    assert [event.message for event in part.batch.events] == ["one", "{not json", "three"]
    assert part.places == ("orders.log:1", "orders.log:3", "orders.log:4")
    assert part.batch.origin.log_group == "/aws/ecs/orders/application"


def test_lines_that_are_json_stay_one_event_each(write):
    """NDJSON of an application is log lines, not one document."""
    path = write("a.ndjson", '{"level": "info"}\n{"level": "error"}\n')

    assert messages(path) == ['{"level": "info"}', '{"level": "error"}']


def test_text_that_looks_like_a_document_is_lines(write):
    """A pretty-printed object that is no Lambda event is lines of a log."""
    assert messages(write("a.log", '{\n  "a": 1\n}\n')) == ["{", '  "a": 1', "}"]


@pytest.mark.parametrize("case", ["forward_errors/awslogs", "forward_errors/kinesis", "stored/on_failure_object"])
def test_stored_events_give_their_log_events(case):
    """Lambda events and what the on-failure bucket keeps of them are opened."""
    found = messages(EVENTS / f"{case}.json")

    assert any("ChunkLoadError" in message or "error" in message.lower() for message in found)
    assert len(found) == len(places(EVENTS / f"{case}.json"))


def test_events_one_a_line(write):
    """NDJSON of Lambda events gives what each of them holds."""
    event = json.dumps(json.loads((EVENTS / "forward_errors/awslogs.json").read_text()))
    path = write("events.ndjson", f"{event}\n{event}\n")

    assert messages(path) == messages(EVENTS / "forward_errors/awslogs.json") * 2
    assert places(path)[0] == "events.ndjson:1 event 1"


def test_archived_parts_keep_their_log_group(write):
    """A part of the archive (gzipped NDJSON) says itself which group its records are of."""
    lines = [
        {"timestamp_ms": 5, "id": "e1", "log_group": "/aws/ecs/pay/app", "log_stream": "s", "message": "m1"},
        {"timestamp_ms": 6, "id": "e2", "log_group": "/aws/ecs/web/app", "log_stream": "s", "message": "m2"},
    ]
    path = write("part.ndjson.gz", gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))

    parts = list(read_files([str(path)]))

    assert [part.batch.origin.log_group for part in parts] == ["/aws/ecs/pay/app", "/aws/ecs/web/app"]
    assert [event.id for part in parts for event in part.batch.events] == ["e1", "e2"]


def test_long_files_come_in_pieces(write):
    """No more log events stand together than one payload of CloudWatch Logs holds."""
    path = write("long.log", "line\n" * (CHUNK_EVENTS + 1))

    assert [len(part.batch.events) for part in read_files([str(path)])] == [CHUNK_EVENTS, 1]


def test_what_cannot_be_read_is_counted():
    """A corrupt payload is a refusal with its reason, not an end."""
    parts = list(read_files([str(EVENTS / "forward_errors/corrupt_gzip.json")]))

    assert refusals(parts) == {DropReason.CORRUPT_GZIP: 1}


def test_an_event_without_logs_is_named(write):
    """An SQS event of the retry queue holds deliveries, which are masked already."""
    path = shutil.copy(EVENTS / "forward_errors/retry_queue.json", write("retry.json", ""))

    with pytest.raises(CommandError, match="holds no logs"):
        list(read_files([str(path)]))


def test_broken_gzip_is_named(write):
    """A file that was cut off says so."""
    path = write("cut.gz", gzip.compress(b"x\n" * 10_000)[:-20])

    with pytest.raises(CommandError, match=r"cut\.gz is broken gzip"):
        list(read_files([str(path)]))


def test_a_document_is_what_cloudwatch_would_send(write):
    """What was captured can be given to a function's plan again."""
    (part,) = read_files([str(write("a.log", "one"))], group="/g")

    document = part.document()

    assert (document["logGroup"], document["messageType"]) == ("/g", "DATA_MESSAGE")
    assert [event["message"] for event in document["logEvents"]] == ["one"]


@pytest.fixture
def logs(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("logs", region_name="us-east-1")
        client.create_log_group(logGroupName="/aws/ecs/pay/app")
        client.create_log_stream(logGroupName="/aws/ecs/pay/app", logStreamName="user@example.com")
        yield client


def test_a_log_group_is_read_for_a_span_of_time(logs):
    """Only what lies in the span comes, and places name no stream: applications put anything into those names."""
    now_ms = 1_795_140_000_000
    logs.put_log_events(
        logGroupName="/aws/ecs/pay/app",
        logStreamName="user@example.com",
        logEvents=[{"timestamp": now_ms - 5_000, "message": "old"}, {"timestamp": now_ms, "message": "new"}],
    )

    (part,) = read_group("/aws/ecs/pay/app", now_ms - 1_000, now_ms + 1)

    assert [event.message for event in part.batch.events] == ["new"]
    assert part.places[0].startswith("/aws/ecs/pay/app event ")
    assert "@" not in part.places[0]


def test_a_group_that_is_not_there_is_named(logs):
    """One clear line instead of a trace."""
    with pytest.raises(CommandError, match=r"/nowhere: there is nothing of this name"):
        list(read_group("/nowhere", 0, 1_000))


def test_without_credentials_nothing_is_tried_for_long(monkeypatch, tmp_path):
    """No credentials: one line that says what to do."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(CommandError, match="no AWS credentials"):
        list(read_group("/g", 0, 1_000))


@pytest.mark.parametrize(("text", "seconds"), [("45s", 45), ("30m", 1800), ("1h", 3600), ("2d", 172_800)])
def test_a_span_is_read(text, seconds):
    """Seconds, minutes, hours and days."""
    assert span(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "0h", "1w", "1.5h", "-1h"])
def test_a_span_that_is_none_is_refused(text):
    """Anything else says what is expected."""
    with pytest.raises(argparse.ArgumentTypeError, match="such as 1h"):
        span(text)
