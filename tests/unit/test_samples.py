"""The sample events: readable, free of secrets as stored, whole once rendered."""

import base64
import gzip
import json
from datetime import UTC, datetime

import pytest

from logrouter_local import samples

ALL = [name for function in samples.functions() for name in samples.cases(function)]
NOON_MS = int(datetime(2027, 3, 4, 12, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize("name", ALL)
def test_a_rendered_sample_has_no_placeholder_left(name):
    """Rendering fills every placeholder of every sample."""
    text = json.dumps(samples.render(name), ensure_ascii=False)

    assert "{{" not in text


@pytest.mark.parametrize("name", ALL)
def test_a_stored_sample_holds_no_planted_value(name):
    """What lies in the repository is free of every planted value, so that secret scanners stay silent."""
    stored = (samples.EVENTS / f"{name}.json").read_bytes()

    assert samples.leaks(stored) == []


def test_every_planted_value_is_used_and_found():
    """Each planted value stands in some sample, and `leaks` finds it there."""
    found = {leak for name in ALL for leak in samples.leaks(json.dumps(samples.render(name)).encode())}

    assert sorted(samples.planted()) == sorted(found)


@pytest.mark.parametrize("name", sorted(samples.planted()))
@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
def test_leaks_sees_through_base64_and_gzip(name, before):
    """A planted value is found inside of base64 at any offset, and behind gzip."""
    value = samples.planted()[name].encode()

    assert name in samples.leaks(base64.b64encode(before.encode() + value + b" and more"))
    assert name in samples.leaks(gzip.compress(value))


def test_half_a_secret_is_a_leak_and_a_partial_mask_is_none():
    """A secret cut in half counts as leaked; the specified partial masks do not."""
    password = samples.planted()["password_1"]

    assert samples.leaks(f"***{password[len(password) // 2 :]}".encode()) == ["password_1"]
    assert samples.leaks(b"010-****-8837 mi**@example.com 880515-******* 5412-****-****-7658") == []


def test_moving_keeps_the_gaps():
    """Timestamps of log events move together, to the second, with their distances kept."""
    before = samples.render("forward_errors/gateway")["logEvents"]
    after = samples.render("forward_errors/gateway", at_ms=NOON_MS)["logEvents"]

    assert {NOON_MS - samples.BASE_MS} == {b["timestamp"] - a["timestamp"] for a, b in zip(before, after, strict=True)}


@pytest.mark.parametrize(
    ("name", "index", "expected"),
    [
        ("forward_errors/gateway", 0, '"timestamp":"2027-03-04T12:00:00.000Z"'),
        ("forward_errors/pino", 0, f'"time":{NOON_MS + 600_000}'),
        ("forward_errors/nestjs", 0, "03/04/2027, 12:12:00 PM"),
        ("forward_errors/python_json_logger", 0, f'"timestamp":{NOON_MS // 1000 + 840}'),
        ("forward_errors/python_plain", 0, "2027-03-04 12:15:00 [INFO]"),
        ("forward_errors/rds_slowquery", 0, f"SET timestamp={NOON_MS // 1000 + 1200};"),
        ("trace_llm/bedrock", 0, '"timestamp":"2027-03-04T12:06:00Z"'),
    ],
)
def test_moving_reaches_into_messages(name, index, expected):
    """The times that stand inside of messages move with the log events' own."""
    assert expected in samples.render(name, at_ms=NOON_MS)["logEvents"][index]["message"]


def test_event_ids_are_unique():
    """No two log events of all samples share an id, else a delivery ledger would take them for one."""
    events = [
        event
        for function in samples.functions()
        for document in samples.documents(function).values()
        for event in document["logEvents"]
    ]
    ids = [event["id"] for event in events]

    assert len(ids) == len(set(ids))


def test_documents_leave_out_what_nobody_writes():
    """Corrupt, wrapped, empty and control payloads are no documents to put into a log group."""
    names = set(samples.documents("forward_errors"))

    assert {"forward_errors/gateway", "forward_errors/own_record"} <= names
    assert not names & {
        f"forward_errors/{case}"
        for case in (
            "kinesis",
            "awslogs",
            "corrupt_gzip",
            "control_message",
            "empty_batch",
            "malformed_events",
            "unknown_message_type",
        )
    }


def test_json_messages_stay_json_when_filled():
    """A value with line breaks in it does not break the JSON line that holds it."""
    for function in ("forward_errors", "trace_llm"):
        stored = {name: samples.raw(name) for name in samples.documents(function)}
        for name, document in stored.items():
            for before, after in zip(document["logEvents"], samples.render(name)["logEvents"], strict=True):
                assert _is_json(before["message"]) == _is_json(after["message"]), (name, before["id"])


def _is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True
