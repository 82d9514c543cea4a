"""What commands read: whatever form it was kept in, the same log events come out, each with its place."""

import argparse
import gzip
import json
import shutil
from collections import Counter
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from logrouter_cli.aws import Aws
from logrouter_cli.command import CommandError
from logrouter_cli.reading.documents import CHUNK_EVENTS, Stamp, add_line_options, chunks, events_of
from logrouter_cli.reading.inputs import Inputs, add_input_options
from logrouter_cli.reading.target import Target

EVENTS = Path(__file__).parents[2] / "events"
NOW_MS = 1_795_140_000_000
GROUP = "/aws/ecs/pay/app"


def read(*arguments, now_ms=NOW_MS):
    """Read what the arguments name: targets, and their records."""
    parser = argparse.ArgumentParser()
    parser.add_argument("files", nargs="*")
    add_input_options(parser, since="1h")
    options = parser.parse_args([str(argument) for argument in arguments])
    inputs = Inputs(
        options.files,
        options,
        Aws(),
        now_ms=now_ms,
        shown=lambda name: name.rsplit("/", 1)[-1],
        requests=Counter(),
        is_strict=True,
    )
    found = [(target, list(pages)) for target, pages in inputs.read(Target)]
    return [target for target, _ in found], [record for _, pages in found for records in pages for record in records]


def messages(*arguments):
    return [record.text for record in read(*arguments)[1]]


def places(*arguments):
    return [record.where for record in read(*arguments)[1]]


def chunked(*arguments, group=""):
    return list(chunks(read(*arguments)[1], Stamp(group, at_ms=0)))


def events(path, *arguments):
    parser = argparse.ArgumentParser()
    add_line_options(parser)
    return list(events_of(str(path), parser.parse_args(arguments)))


@pytest.fixture
def write(tmp_path):
    def written(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return written


def test_plain_lines_are_log_events_of_the_group_that_was_named(write):
    """Each line is a log event with its line number as its place; empty lines are none."""
    (part,) = chunked(write("orders.log", "one\n\n{not json\r\nthree"), group="/aws/ecs/orders/application")

    assert [event.message for event in part.batch.events] == ["one", "{not json", "three"]
    assert part.places == ("orders.log:1", "orders.log:3", "orders.log:4")
    assert part.batch.origin.log_group == "/aws/ecs/orders/application"


def test_lines_that_are_json_stay_one_event_each(write):
    """NDJSON of an application is log lines, not one document."""
    path = write("a.ndjson", '{"level": "info"}\n{"level": "error"}\n')

    assert messages(path) == ['{"level": "info"}', '{"level": "error"}']


@pytest.mark.parametrize(
    "text",
    [
        '{\n  "a": 1\n}',
        '{"Records": 1, broken\nx',
        '{\n  "messageType": broken\n}',
        '{"Records": [{"s3": {"bucket": "b"}}]}',
        '{"note": {"messageType": "DATA_MESSAGE"}}',
        '{"timestamp_ms": "1", "id": "a", "log_group": "g", "message": "m"}',
        '{"awslogs": {"data": ""}} and text behind it',
    ],
)
def test_text_that_looks_like_a_document_is_lines(text, write):
    """What is no Lambda event with logs, and no archived record, is lines of a log."""
    assert messages(write("a.log", f"{text}\n")) == text.split("\n")


@pytest.mark.parametrize("case", ["forward_errors/awslogs", "forward_errors/kinesis", "stored/on_failure_object"])
@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("sort_keys", [False, True])
def test_stored_events_give_their_log_events(case, indent, sort_keys, write):
    """Lambda events and what the on-failure bucket keeps of them are opened, however they are written."""
    event = json.loads((EVENTS / f"{case}.json").read_text())
    path = write("event.json", json.dumps(event, indent=indent, sort_keys=sort_keys))

    found = messages(path)

    assert found == messages(EVENTS / f"{case}.json")
    assert any("ChunkLoadError" in message or "error" in message.lower() for message in found)


def test_places_in_a_payload_count_records_and_events():
    """A Kinesis event has records, and each of them events."""
    assert places(EVENTS / "forward_errors/kinesis.json")[0] == "kinesis.json record 1 event 1"
    assert places(EVENTS / "forward_errors/awslogs.json")[0] == "awslogs.json event 1"


def test_events_one_a_line(write):
    """NDJSON of Lambda events gives what each of them holds, lines between them stay lines."""
    event = json.dumps(json.loads((EVENTS / "forward_errors/awslogs.json").read_text()))
    path = write("events.ndjson", f"{event}\nstarting\n{event}{event}\n")
    inside = messages(EVENTS / "forward_errors/awslogs.json")

    assert messages(path) == [*inside, "starting", *inside, *inside]
    assert places(path)[0] == "events.ndjson:1 event 1"


@pytest.mark.parametrize("sort_keys", [False, True])
def test_archived_parts_keep_their_log_group(sort_keys, write):
    """A part of the archive (gzipped NDJSON) says itself which group its records are of."""
    lines = [
        {"timestamp_ms": 5, "id": "e1", "log_group": GROUP, "log_stream": "s", "message": "m1"},
        {"timestamp_ms": 6, "id": "e2", "log_group": "/aws/ecs/web/app", "log_stream": "s", "message": "m2"},
    ]
    text = "".join(json.dumps(line, sort_keys=sort_keys) + "\n" for line in lines)

    parts = chunked(write("part.ndjson.gz", gzip.compress(text.encode())))

    assert [part.batch.origin.log_group for part in parts] == [GROUP, "/aws/ecs/web/app"]
    assert [event.id for part in parts for event in part.batch.events] == ["e1", "e2"]
    assert [part.places for part in parts] == [("part.ndjson.gz:1",), ("part.ndjson.gz:2",)]


def test_long_files_come_in_pieces(write):
    """No more log events stand together than one payload of CloudWatch Logs holds."""
    parts = chunked(write("long.log", "line\n" * (CHUNK_EVENTS + 1)))

    assert [len(part.batch.events) for part in parts] == [CHUNK_EVENTS, 1]


def test_what_cannot_be_read_is_counted():
    """A corrupt payload is a refusal with its reason, not an end."""
    ((target,), records) = read(EVENTS / "forward_errors/corrupt_gzip.json")

    assert (dict(target.refused), records) == ({"corrupt_gzip": 1}, [])
    assert target.troubles_told() == ["not read: corrupt_gzip.json: 1 log events or payloads: corrupt_gzip"]


def test_an_event_without_logs_is_named(write):
    """An SQS event of the retry queue holds deliveries, which are masked already."""
    path = shutil.copy(EVENTS / "forward_errors/retry_queue.json", write("retry.json", ""))

    ((target,), records) = read(path)

    assert (target.troubles[0][1], records) == ("is an event that holds no logs of a subscription", [])


def test_many_troubles_are_counted_together():
    """Twenty are named, the others counted."""
    target = Target("d", "directory")
    for number in range(25):
        target.trouble(f"{number}.log", "Permission denied")

    told = target.troubles_told()

    assert (len(told), told[0], told[-1]) == (21, "not read: 0.log: Permission denied", "not read: 5 more")


def test_a_folder_is_read_file_by_file(write, tmp_path):
    """Every file below it, packed or not, of any of the forms."""
    (tmp_path / "d").mkdir()
    write("d/a.log", "one\n"), write("d/b.log.gz", gzip.compress(b"two\n"))
    shutil.copy(EVENTS / "forward_errors/awslogs.json", tmp_path / "d" / "c.json")

    ((target,), records) = read(tmp_path / "d")

    assert (target.kind, target.parts) == ("directory", 3)
    assert [record.where for record in records][:3] == ["a.log:1", "b.log.gz:1", "c.json event 1"]


def test_a_document_is_what_cloudwatch_would_send(write):
    """What was captured can be given to a function's plan again."""
    (part,) = chunked(write("a.log", "one"), group="/g")

    document = part.document()

    assert (document["logGroup"], document["messageType"]) == ("/g", "DATA_MESSAGE")
    assert [event["message"] for event in document["logEvents"]] == ["one"]


def test_events_and_lines_of_one_file_keep_their_order(write):
    """To encode or replay: payloads as they are, what stands between them as documents."""
    payload = {"messageType": "DATA_MESSAGE", "logGroup": "/g", "logEvents": []}
    path = write("mixed.ndjson", f"first\n{json.dumps(payload)}\nlast\n")

    found = events(path, "--of-group", "/h")

    assert [event["logGroup"] for event in found] == ["/h", "/g", "/h"]
    assert [[each["message"] for each in event["logEvents"]] for event in found] == [["first"], [], ["last"]]


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "is empty"), (b"\n \n", "is empty"), (b"x\n", "--of-group"), (b"PK\x03\x04", "zip")]
)
def test_what_makes_no_event_is_said(content, says, write):
    """Nothing inside, lines of no log group, a way of packing that is not known: one line each."""
    with pytest.raises(CommandError, match=says):
        events(write("a.log", content))


@pytest.fixture
def logs(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        client = boto3.client("logs", region_name="us-east-1")
        client.create_log_group(logGroupName=GROUP)
        client.create_log_stream(logGroupName=GROUP, logStreamName="user@example.com")
        yield client


def test_a_log_group_is_read_for_a_span_of_time(logs):
    """Only what lies in the span comes, and places name no stream: applications put anything into those names."""
    logs.put_log_events(
        logGroupName=GROUP,
        logStreamName="user@example.com",
        logEvents=[{"timestamp": NOW_MS - 5_000, "message": "old"}, {"timestamp": NOW_MS, "message": "new"}],
    )

    _, (record,) = read("--group", "/aws/ecs/*", "--since", "1s", now_ms=NOW_MS + 1)

    assert record.text == "new"
    assert record.where.startswith("app event ")
    assert "new" not in repr(record)
    assert record.head.origin.log_stream == "user@example.com"


def test_a_group_that_is_not_there_is_named(logs):
    """A name that matches nothing is a trouble of its own."""
    ((target,), _) = read("--group", "/nowhere")

    assert target.troubles_told() == ["not read: nowhere: no log group matches"]


def test_objects_are_read_like_files(logs):
    """A prefix in S3 gives the records of its objects."""
    s3 = boto3.client("s3", region_name="us-east-1")
    s3.create_bucket(Bucket="captured")
    s3.put_object(Bucket="captured", Key="a/event.json", Body=(EVENTS / "forward_errors/awslogs.json").read_bytes())

    assert places("--archive", "s3://captured/a/")[0] == "event.json event 1"


def test_without_credentials_nothing_is_tried_for_long(monkeypatch, tmp_path):
    """No credentials: one line that says what to do."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")

    with pytest.raises(CommandError, match="AWS: no credentials"):
        read("--group", "/g")
