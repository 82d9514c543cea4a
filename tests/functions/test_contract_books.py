"""Contracts 2, 3, 4, 6, 7 and 8 on the real handlers: every record has one fate, whatever comes in and whatever breaks."""

import base64
import gzip
import json
import time

import pytest

from logrouter.stages import decode as stage
from tests.contract_world import awslogs, document, kinesis, packed, planted_line, settled, world_of
from tests.functions.test_contract_leaks import EVENTS

OWN_LINE = '{"level":"ERROR","message":"settled","logrouter_own":true}'


@pytest.fixture
def world(monkeypatch, capsys, function):
    with world_of(monkeypatch, capsys, function) as made:
        yield made


def error(text: str = "it failed") -> str:
    return json.dumps({"level": "error", "msg": text})


def event_of(message: object, **fields: object) -> dict:
    return document(logEvents=[{"id": "1", "timestamp": 1795140000000, "message": message} | fields])


DEEP = "[" * 30_000
REFUSED = {
    "control message": (awslogs(document(messageType="CONTROL_MESSAGE")), {"control_message": 1}),
    "base64": ({"awslogs": {"data": "%%%"}}, {"corrupt_base64": 1}),
    "no data": ({"awslogs": {}}, {"corrupt_base64": 1}),
    "awslogs is text": ({"awslogs": "x"}, {"corrupt_base64": 1}),
    "not gzip": ({"awslogs": {"data": base64.b64encode(b"plain").decode()}}, {"corrupt_gzip": 1}),
    "cut gzip": ({"awslogs": {"data": packed(document(error()))[:-8]}}, {"corrupt_gzip": 1}),
    "not JSON": (awslogs(b"{]"), {"corrupt_json": 1}),
    "deep JSON": (awslogs(DEEP.encode()), {"corrupt_json": 1}),
    "a list": (awslogs([1]), {"corrupt_json": 1}),
    "other type": (awslogs(document(messageType="X")), {"unknown_message_type": 1}),
    "no events": (awslogs(document(logEvents=[])), {"empty_batch": 1}),
    "events are text": (awslogs(document(logEvents="abc")), {"malformed_event": 1}),
    "odd events": (awslogs(document(logEvents=[None, 7, "x", [], {}, {"id": 1}])), {"malformed_event": 6}),
    "message is no text": (awslogs(event_of({"a": 1})), {"malformed_event": 1}),
    "time is text": (awslogs(event_of(error(), timestamp="now")), {"malformed_event": 1}),
    "time is far": (awslogs(event_of(error(), timestamp=1e300)), {"malformed_event": 1}),
    "bomb": (awslogs(b"\0" * 110_000_000), {"oversize_payload": 1}),
    "own record": (awslogs(document(OWN_LINE, logGroup="/aws/x/errors")), {"own_record": 1}),
    "own group": (awslogs(document(error(), logGroup="/logrouter/dev/forward_errors")), {"own_record": 1}),
    "not an error": (awslogs(document("all is well", logGroup="/aws/ecs/x/application")), {"not_selected": 1}),
    "below the level": (
        awslogs(document('{"level":"warn","msg":"no error"}', logGroup="/aws/ecs/x/application")),
        {"below_level": 1},
    ),
    "None": (None, {"malformed_event": 1}),
    "list": ([1], {"malformed_event": 1}),
    "text": ("x", {"malformed_event": 1}),
    "S3 event": ({"Records": [{"eventSource": "aws:s3", "s3": {}}]}, {"malformed_event": 1}),
    "odd records": ({"Records": [None, "x", 7]}, {"malformed_event": 1}),
}


@pytest.mark.parametrize("case", REFUSED)
def test_every_bad_input_is_a_counted_outcome(world, case):
    """Contracts 8 and 2: what cannot be read has a reason, and nothing is sent."""
    event, dropped = REFUSED[case]

    result = world.handle("forward_errors", event)

    assert (result["dropped"], result["balanced"], result["delivered"]) == (dropped, True, 0)
    assert world.sink.requests == []


def test_a_stream_event_of_no_known_shape_does_not_stop_the_shard(world):
    """Contracts 8 and 2: to fail on it would repeat the shard until its records expire."""
    result = world.handle("forward_errors", {"Records": [{"eventSource": "aws:kinesis"}]})

    assert result == {"batchItemFailures": []}
    assert world.tallies()[-1]["dropped"] == {"malformed_event": 1}


def test_one_bad_record_of_a_stream_costs_no_other(world):
    """Contract 8: corrupt stream records are counted, the good ones between them delivered."""
    event = kinesis("%%%", document(error("a"), first=1), b"\0" * 50, None, document(error("b"), first=5))

    result = world.handle("forward_errors", event)

    assert result == {"batchItemFailures": []}
    assert len(world.sink.requests) == 2
    assert world.tallies()[-1]["received"] == 5


@pytest.mark.parametrize("name", EVENTS)
def test_duplicates_within_and_between_payloads_are_sent_once(world, name):
    """Contracts 2 and 5: the same log events twice in an event, and again in the next one: sent once, counted each time."""
    again = json.loads(gzip.decompress(base64.b64decode(EVENTS[name]["awslogs"]["data"])))
    twice = kinesis(again, again)

    world.handle(name, twice)
    result = world.handle(name, EVENTS[name])

    assert (result["delivered"], result["dropped"].get("duplicate")) == (0, 2)
    first = world.tallies()[0]
    assert (first["received"], first["delivered"], first["dropped"]["duplicate"]) == (4, 2, 2)
    assert len(world.sink.requests) == (2 if name == "forward_errors" else 1)


@pytest.mark.parametrize("name", EVENTS)
def test_down_without_a_queue_the_invocation_fails_and_the_repeat_is_not_double(world, monkeypatch, name):
    """Contracts 3 and 4: no answer but 2xx is success; with nowhere to put records Lambda has to repeat the payload."""
    monkeypatch.delenv("RETRY_QUEUE_URL")
    world.sink.answer = lambda number: (503, {})
    failed = world.handle(name, EVENTS[name])
    world.sink.answer = lambda number: (200, {})

    result = world.handle(name, EVENTS[name])

    assert type(failed).__name__ == "UndeliveredError"
    assert (result["delivered"], result["balanced"]) == (2, True)


@pytest.mark.parametrize("name", EVENTS)
def test_a_rotated_secret_is_fetched_once(world, name):
    """Contracts 3 and 11: 401 fetches the secret anew; with the new one the same records are delivered at once."""
    key = "fedcba9876543210" * 2
    rotated = {"dsn": world.sink.dsn.replace("0123456789abcdef" * 2, key), "secret_key": key, "public_key": "pk"}
    rotated["host"] = f"http://127.0.0.1:{world.sink.port}"
    world.handle(name, awslogs(document("nothing", logGroup="/aws/ecs/x/application")))
    world.sink.answer = lambda number: (401, {}) if number == 0 else (200, {})
    secret = "sentry" if name == "forward_errors" else "langfuse"

    def rotate(number: int) -> tuple[int, dict]:
        if number == 0:
            world.secrets.put_secret_value(SecretId=secret, SecretString=json.dumps(rotated))
            return 401, {}
        return 200, {}

    world.sink.answer = rotate
    monitored = world.handle(name, EVENTS[name])

    assert (monitored["delivered"], monitored["balanced"]) == (2, True)


@pytest.mark.parametrize("left_ms", [0, 1, 300, 900])
@pytest.mark.parametrize("name", EVENTS)
def test_with_the_deadline_nearly_over_everything_is_handed_over(world, name, left_ms):
    """Contract 6: work that cannot end in time is not begun, and waits in the queue."""
    result = world.handle(name, EVENTS[name], left_ms=left_ms)

    assert (result["handed_over"], result["balanced"]) == (2, True)
    assert world.sink.requests == []
    assert len(world.messages()) >= 1


BOMBS = {
    "1e5 events": document(*["x"] * 99_999, error("the one"), logGroup="/aws/ecs/x/application"),
    "a line of 1 MB": document(error("x" * 1_000_000)),
    "a line of 1 MB without an end": document('{"level":"error","msg":"' + "a b@c " * 160_000),
    "deep JSON in a line": document('{"level":"error","msg":"deep","a":' + DEEP + "]" * 30_000 + "}"),
    "deep and cut": document('{"level":"error","a":' + '{"a":' * 20_000),
    "many fields": document(json.dumps({"level": "error", **{f"k{at}": at for at in range(20_000)}})),
    "a million blanks": document("ERROR" + " " * 1_000_000),
    "numbers beyond": document('{"level":"error","duration_ms":1e999,"status":' + "9" * 4_000 + ',"timestamp":1e30}'),
    "surrogates": document('{"level":"error","msg":"\\ud800 \\udfff"}'),
    "nul and escapes": document("ERROR \x00\x1b[31m\x07 failed\r\n\u2028"),
}


@pytest.mark.parametrize("case", BOMBS)
def test_a_bomb_costs_seconds_and_no_record(world, case):
    """Contracts 6 and 8: the worst lines are delivered or dropped with a reason, well within a minute."""
    started_s = time.monotonic()

    result = world.handle("forward_errors", awslogs(BOMBS[case]))

    assert result["balanced"] is True
    assert result["delivered"] == 1
    assert time.monotonic() - started_s < 20


def test_stream_records_are_decoded_one_by_one(monkeypatch):
    """Contract 6: forty records that each inflate to many megabytes are never in memory together."""
    asked = []
    read = stage.read_document
    monkeypatch.setattr(stage, "read_document", lambda *args, **kwargs: asked.append(1) or read(*args, **kwargs))

    next(stage.batches_of(kinesis(*[document(error()) for _ in range(40)])))

    assert len(asked) == 1


def test_one_odd_record_never_takes_the_batch_along(world, monkeypatch):
    """Contract 8: a record that our own code stumbles over goes on as plain text; the others as they are."""
    from logrouter.jobs import forward_errors

    encode, judge = forward_errors.encode_issue, forward_errors.classify

    def stumble(issue, *args, **kwargs):
        if "odd" in issue.record.message and issue.fingerprint[-1:] != ("unprocessable",):
            raise TypeError(issue.record.message)
        return encode(issue, *args, **kwargs)

    monkeypatch.setattr(forward_errors, "encode_issue", stumble)
    monkeypatch.setattr(
        forward_errors, "classify", lambda record, *rest: 1 / 0 if "worse" in record.message else judge(record, *rest)
    )

    result = world.handle(
        "forward_errors", awslogs(document(error("good"), error("odd"), error("worse"), error("fine")))
    )

    assert (result["delivered"], result["balanced"]) == (4, True)
    assert sorted(event["logentry"]["formatted"] for event in world.sink.events) == ["fine", "good", "odd", "worse"]


def test_a_record_that_cannot_be_said_at_all_is_counted(world, monkeypatch):
    """Contracts 2 and 8: `unprocessable` is the last resort, and a number on the dashboard."""
    from logrouter.jobs import forward_errors, trace_llm

    def refuse(*args: object, **kwargs: object) -> None:
        raise ValueError(planted_line())

    monkeypatch.setattr(forward_errors, "encode_issue", refuse)
    monkeypatch.setattr(trace_llm, "encode_calls", refuse)

    results = [world.handle(name, EVENTS[name]) for name in EVENTS]

    assert [(result["dropped"], result["balanced"]) for result in results] == [({"unprocessable": 2}, True)] * 2
    assert world.leaks() == []


def test_what_logrouter_prints_itself_is_never_forwarded(world):
    """Contract 7: every line a handler prints, fed back as log events of any group, is refused as its own."""
    world.sink.answer = lambda number: (500, {})
    world.handle("forward_errors", EVENTS["forward_errors"])
    lines = [line for line in world.output().splitlines() if line.startswith("{")]
    before = len(world.sink.requests)

    results = [world.handle(name, awslogs(document(*lines, logGroup="/aws/lambda/any"))) for name in EVENTS]

    assert len(lines) >= 3
    assert [result["dropped"] for result in results] == [{"own_record": len(lines)}] * 2
    assert len(world.sink.requests) == before


def test_concurrent_invocations_send_once(world):
    """Contract 5: two invocations with the same payload at the same moment: each record is sent by one of them."""
    import threading

    from tests.contract_world import context

    module = world.function("forward_errors")
    module._forwarder.cache_clear()
    event, results = EVENTS["forward_errors"], []
    module.handler(awslogs(document("warm", logGroup="/aws/ecs/x/application")), context())
    threads = [threading.Thread(target=lambda: results.append(module.handler(event, context()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert all(settled(result) for result in results)
    assert sum(result["delivered"] for result in results) == len(world.sink.requests) == 2


def test_a_shard_is_repeated_from_the_first_record_left(world, monkeypatch):
    """Contracts 2 and 4: without a queue the stream record of the first failure is named; the repeat doubles nothing."""
    monkeypatch.delenv("RETRY_QUEUE_URL")
    contents = [document(error(f"order {letter}"), first=at * 10) for at, letter in enumerate("abc", start=1)]
    event = kinesis(*contents)
    world.sink.answer = lambda number: (500, {}) if b"order b" in world.sink.requests[number][2] else (200, {})
    first = world.handle("forward_errors", event)
    world.sink.answer = lambda number: (200, {})

    second = world.handle("forward_errors", {"Records": event["Records"][1:]})

    assert first == {"batchItemFailures": [{"itemIdentifier": "seq-1"}]}
    assert second == {"batchItemFailures": []}
    before, after = world.tallies()
    assert (before["received"], before["delivered"]) == (3, 2)
    assert (after["delivered"], after["dropped"]) == (1, {"duplicate": 1})


def test_a_message_drained_twice_at_once_is_sent_once(world):
    """Contract 5: SQS gives a message to two invocations now and then; the ledger lets one of them send."""
    world.sink.answer = lambda number: (503, {})
    world.handle("forward_errors", EVENTS["forward_errors"])
    event = world.drain_event()
    world.sink.answer = lambda number: (200, {})
    sent = len(world.sink.requests)

    answers = [world.handle("forward_errors", event) for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    assert len(world.sink.requests) - sent == 2
    assert [tally["dropped"] for tally in world.tallies()[1:]] == [{}, {"duplicate": 2}]
