"""Sentry Logs as Lambda sees them: switched on by the policy, masked, once each, through queue and ledger as errors are."""

import json

import pytest

from tests.contract_world import PLANTED, World, awslogs, document, kinesis, planted_line, world_of

LIMITED = {"X-Sentry-Rate-Limits": "60:log_item;log_byte:organization:log_usage_exceeded"}


def info_line(number: int = 1, **fields: object) -> str:
    """A log line that is no error, with planted values in most of its fields."""
    return json.dumps({**json.loads(planted_line(number)), "level": "info", "error": None, "status": 200, **fields})


@pytest.fixture
def world(tmp_path, monkeypatch, capsys, function):
    """A stack whose policy asks for logs."""
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"errors": {"sentry_logs": {"enabled": True}}}))
    with world_of(monkeypatch, capsys, function, POLICY_FILE=str(policy)) as made:
        yield made


GROUP = {"logGroup": "/aws/ecs/orders/application"}


def containers(world: World) -> list[list[dict]]:
    """The log containers that arrived, in order."""
    return [body["items"] for _, body in world.sink.envelopes if "items" in body]


def errors(world: World) -> list[dict]:
    """The events that arrived, in order."""
    return [body for _, body in world.sink.envelopes if "items" not in body]


def test_errors_and_logs_arrive_masked(world: World) -> None:
    """Errors arrive as events and the rest as logs, the books balance, and nothing planted is anywhere."""
    event = awslogs(document(info_line(1), planted_line(2), info_line(3), **GROUP))

    tally = world.handle("forward_errors", event)

    assert (tally["received"], tally["delivered"], tally["balanced"]) == (3, 3, True)
    assert ([len(items) for items in containers(world)], len(errors(world))) == ([2], 1)
    assert world.leaks() == []


def test_a_repeat_is_not_shown_twice(world: World) -> None:
    """Sentry knows no ids of logs: of a repeat, alone or among new ones, only what is new is sent."""
    world.handle("forward_errors", awslogs(document(info_line(1), info_line(2), **GROUP)))

    again = world.handle("forward_errors", awslogs(document(info_line(1), info_line(2), info_line(3), **GROUP)))

    assert [len(items) for items in containers(world)] == [2, 1]
    assert (again["delivered"], again["dropped"]) == (1, {"duplicate": 2})


def test_limited_logs_wait_in_the_queue_and_errors_go(world: World) -> None:
    """A used-up quota of logs keeps no error back; drained later, every log is there once."""
    world.sink.answer = lambda number: (
        (429, LIMITED) if b'"type":"log"' in world.sink.requests[number][2] else (200, {})
    )

    first = world.handle("forward_errors", awslogs(document(info_line(1), planted_line(2), info_line(3), **GROUP)))
    world.sink.answer = lambda number: (200, {})
    refused, drained = len(containers(world)), world.handle("forward_errors", world.drain_event())

    assert (first["delivered"], first["handed_over"], first["balanced"]) == (1, 2, True)
    assert (refused, len(errors(world))) == (1, 1)
    assert drained == {"batchItemFailures": []}
    assert [len(items) for items in containers(world)] == [2, 2]
    assert world.leaks() == []


def test_an_outage_loses_no_log(world: World) -> None:
    """While Sentry is down logs wait masked in the queue, and arrive once afterwards."""
    world.sink.answer = lambda number: (503, {})
    down = world.handle("forward_errors", awslogs(document(*[info_line(number) for number in range(5)], **GROUP)))
    world.sink.requests.clear()
    world.sink.answer = lambda number: (200, {})

    world.handle("forward_errors", world.drain_event())

    assert (down["handed_over"], down["balanced"]) == (5, True)
    assert [len(items) for items in containers(world)] == [5]
    assert not any(value in json.dumps(containers(world)) for value in PLANTED.values())


def test_kinesis(world: World) -> None:
    """A stream's records are planned together; a repeat of the shard sends nothing again."""
    event = kinesis(document(info_line(1), **GROUP), document(info_line(2), planted_line(3), first=2, **GROUP))

    answers = [world.handle("forward_errors", event) for _ in range(2)]

    assert answers == [{"batchItemFailures": []}] * 2
    assert sum(len(items) for items in containers(world)) == 2
    assert len(errors(world)) == 1
