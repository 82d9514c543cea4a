"""`logrouter encode` and `logrouter decode`: what goes in comes out, and what is broken is said so."""

import base64
import gzip
import io
import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.adapters.retry_queue import encode_message
from logrouter.model import Delivery
from logrouter.stages.decode import decode
from logrouter.stages.mask import PLACEHOLDER
from logrouter_cli.main import main
from logrouter_cli.reading.documents import Stamp, chunks, event_id
from logrouter_cli.reading.records import Part, Record
from logrouter_local import samples

EVENTS = samples.EVENTS
SOURCE = ["--group", "/aws/ecs/orders/application", "--stream", "s", "--at", "2026-11-20T01:00:00Z"]


def unwrap(data):
    return json.loads(gzip.decompress(base64.b64decode(data)))


def documents(lines, stamp):
    part = Part("file", "a.log")
    records = [Record(line, part, number, None) for number, line in enumerate(lines, 1)]
    return [chunk.document() for chunk in chunks(records, stamp)]


def stdin(monkeypatch, text):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))


def test_a_readable_payload_is_wrapped_unchanged(capsys):
    """The document inside of the awslogs event is the file's own."""
    path = EVENTS / "forward_errors" / "python_plain.json"

    assert main(["encode", str(path)]) == 0
    assert json.loads(path.read_text()) == unwrap(json.loads(capsys.readouterr().out)["awslogs"]["data"])


def test_lines_from_stdin_become_log_events(monkeypatch, capsys):
    """Each line is a log event of the given group and stream, one millisecond after the other."""
    stdin(monkeypatch, "첫째 줄\r\nERROR\u2028second\n\n")

    assert main(["encode", "-", *SOURCE]) == 0
    document = unwrap(json.loads(capsys.readouterr().out)["awslogs"]["data"])
    assert (document["messageType"], document["logGroup"], document["logStream"]) == (
        "DATA_MESSAGE",
        "/aws/ecs/orders/application",
        "s",
    )
    assert [(event["timestamp"], event["message"]) for event in document["logEvents"]] == [
        (1_795_136_400_000, "첫째 줄"),
        (1_795_136_400_001, "ERROR\u2028second"),
    ]
    assert {56} == {len(event["id"]) for event in document["logEvents"]}


def test_the_same_lines_give_the_same_bytes(monkeypatch, capsys):
    """With --at, encode depends on nothing but its input."""
    outputs = []
    for _ in range(2):
        stdin(monkeypatch, "a\nb\n")
        main(["encode", "-", *SOURCE])
        outputs.append(capsys.readouterr().out)

    assert outputs[0] == outputs[1]


def test_kinesis_takes_several_payloads(capsys):
    """--kinesis makes one record a payload, each with a sequence number of its own."""
    paths = [str(EVENTS / "forward_errors" / f"{name}.json") for name in ("gateway", "control_message")]

    assert main(["encode", "--kinesis", *paths]) == 0
    records = json.loads(capsys.readouterr().out)["Records"]
    assert [unwrap(record["kinesis"]["data"])["messageType"] for record in records] == [
        "DATA_MESSAGE",
        "CONTROL_MESSAGE",
    ]
    assert len({record["kinesis"]["sequenceNumber"] for record in records}) == 2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([str(EVENTS / "forward_errors/awslogs.json")], "wrapped already"),
        ([str(EVENTS / "forward_errors/gateway.json"), str(EVENTS / "forward_errors/auth.json")], "use --kinesis"),
        ([str(EVENTS / "README.md")], "--of-group"),
    ],
)
def test_what_cannot_be_encoded_is_said(arguments, says, capsys):
    """Each refusal says what to do instead."""
    assert main(["encode", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_a_wrong_time_is_refused(capsys):
    """--at takes ISO 8601 or epoch milliseconds."""
    with pytest.raises(SystemExit):
        main(["encode", "-", "--at", "yesterday"])

    assert "neither ISO 8601 nor epoch milliseconds" in capsys.readouterr().err


def test_many_lines_are_several_payloads():
    """No payload made from lines holds more than 1,000 log events or a megabyte of messages."""
    source = Stamp("g", stream="s", account="1", at_ms=0)

    assert [len(d["logEvents"]) for d in documents((f"{n}" for n in range(2500)), source)] == [1000, 1000, 500]
    assert [len(d["logEvents"]) for d in documents(["x" * 500_000] * 3, source)] == [2, 1]


@given(st.lists(st.text(min_size=1).filter(lambda text: text.strip()), min_size=1, max_size=20))
@settings(max_examples=50, deadline=None)
def test_what_is_encoded_decodes_to_the_same(lines):
    """Any text in, the same text out of `decode`."""
    source = Stamp("g", stream="s", at_ms=5)

    (document,) = documents(lines, source)
    (batch,) = decode(json.loads(json.dumps(document)))

    assert [line.encode("utf-8", "replace").decode() for line in lines] == [event.message for event in batch.events]


def test_event_ids_depend_on_every_part():
    """Two log events that differ in anything have different ids of CloudWatch's length."""
    assert len({event_id("a", "b"), event_id("a", "c"), event_id("ab", "")}) == 3
    assert event_id("x").isdigit()


@pytest.mark.parametrize("name", ["awslogs", "kinesis", "gateway"])
def test_decode_shows_the_messages(name, capsys):
    """Group, stream, times and messages of each payload are shown."""
    code = main(["decode", str(EVENTS / "forward_errors" / f"{name}.json")])

    shown = capsys.readouterr().out
    assert code == 0
    assert "group /aws/ecs/gateway/application" in shown
    assert "2026-11-20T01:" in shown


def test_decode_masks_unless_told_otherwise(tmp_path, capsys):
    """A filled sample shows no planted value, and with --raw it shows them."""
    path = tmp_path / "auth.json"
    path.write_text(json.dumps(samples.render("forward_errors/auth")))

    main(["decode", str(path)])
    masked = capsys.readouterr().out
    main(["decode", "--raw", str(path)])
    raw = capsys.readouterr().out

    assert samples.leaks(masked.encode()) == []
    assert "password_1" in samples.leaks(raw.encode())


def test_decode_masks_names_and_goes_on_where_masking_fails(tmp_path, monkeypatch, capsys):
    """A log stream may be named after a person; a message that cannot be masked is shown as the placeholder."""
    user = "kim.chulsoo" + "@" + "corp.example.com"
    path = tmp_path / "event.json"
    event = {"id": "1", "timestamp": 1700000000000, "message": f"by {user}"}
    head = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": "/a/b", "subscriptionFilters": []}
    path.write_text(json.dumps({**head, "logStream": f"session-{user}", "logEvents": [event]}))
    main(["decode", str(path)])
    masked = capsys.readouterr().out

    def fail(*_):
        raise ValueError(user)

    monkeypatch.setattr("logrouter.masking.Masker.mask_text", fail)
    code = main(["decode", str(path)])

    failed = capsys.readouterr().out
    assert user not in masked + failed
    assert "group /a/b  stream se**@corp.example.com" in masked
    assert (code, PLACEHOLDER in failed) == (0, True)


def test_decode_reads_a_bare_base64_text(monkeypatch, capsys):
    """The data alone, as it is copied from a console, is enough."""
    stdin(monkeypatch, json.loads((EVENTS / "forward_errors/awslogs.json").read_text())["awslogs"]["data"])

    assert main(["decode", "--messages"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_decode_reads_what_lambda_stored(capsys):
    """The object of an on-failure bucket holds the event."""
    assert main(["decode", "--json", str(EVENTS / "stored/on_failure_object.json")]) == 0
    assert json.loads(capsys.readouterr().out)["logGroup"] == "/aws/ecs/gateway/application"


def test_decode_shows_deliveries_of_a_retry_queue(tmp_path, capsys):
    """An SQS event of a retry queue is shown as deliveries, a corrupt message as such."""
    delivery = Delivery("sentry", "default", ("k1", "k2"), (1, 3), b"masked body", attempt=1)
    records = [{"messageId": "m1", "body": encode_message(delivery)}, {"messageId": "m2", "body": "?"}]
    path = tmp_path / "sqs.json"
    path.write_text(json.dumps({"Records": [{**record, "eventSource": "aws:sqs"} for record in records]}))

    assert main(["decode", str(path)]) == 1
    assert (
        capsys.readouterr().out
        == "message m1: 4 log events to sentry, route default, 11 bytes, handed over 1 times\nmessage m2: corrupt\n"
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("corrupt_base64", "corrupt_base64"),
        ("corrupt_gzip", "corrupt_gzip"),
        ("corrupt_json", "corrupt_json"),
        ("unknown_message_type", "unknown_message_type"),
        ("malformed_events", "malformed_event"),
    ],
)
def test_decode_names_what_cannot_be_read(name, says, capsys):
    """What cannot be read is counted with its reason, and the exit code is 1."""
    assert main(["decode", str(EVENTS / "forward_errors" / f"{name}.json")]) == 1
    assert f"refused: {says}" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["control_message", "empty_batch"])
def test_a_payload_without_log_events_is_no_fault(name, capsys):
    """What can be read and holds nothing is shown with its reason, and the exit code is 0."""
    assert main(["decode", str(EVENTS / "forward_errors" / f"{name}.json")]) == 0
    assert f"0 log events, 1 refused: {name}" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": 1}'])
def test_decode_refuses_what_is_no_event(text, monkeypatch, capsys):
    """Something else than an event ends with exit code 2 and does not quote it."""
    stdin(monkeypatch, text)

    assert main(["decode"]) == 2
    assert capsys.readouterr().err.startswith("logrouter decode: ")
