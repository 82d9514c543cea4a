"""Contracts 2 to 5 as one law over the real handlers: whatever the destination answers, in the end all is there once."""

import itertools
import json
from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract_world import awslogs, document, llm_line, world_of

PATIENT = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
SERIAL = itertools.count(1_000, 100)
"""The world outlives an example: each gets log events of its own."""
STATUSES = st.lists(st.sampled_from([200, 401, 403, 408, 429, 500, 503]), max_size=12)


@pytest.fixture
def world(monkeypatch, capsys, function):
    monkeypatch.setattr("logrouter.adapters.retry_queue.VISIBILITY_LIMIT_S", 0)
    with world_of(monkeypatch, capsys, function) as made:
        yield made


def events(name: str, count: int, first: int) -> dict:
    if name == "trace_llm":
        return awslogs(document(*[llm_line(first + at) for at in range(count)], first=first, logGroup="/aws/ecs/x/llm"))
    lines = [json.dumps({"level": "error", "msg": f"order {at}"}) for at in range(count)]
    return awslogs(document(*lines, first=first))


def accepted(name: str, bodies: list[bytes]) -> Counter[str]:
    """Ids of what the destination said yes to."""
    if name == "forward_errors":
        return Counter(json.loads(body.split(b"\n")[2])["event_id"] for body in bodies)
    spans = [json.loads(body)["resourceSpans"][0]["scopeSpans"][0]["spans"] for body in bodies]
    return Counter(span["spanId"] for found in spans for span in found)


def drain(world, name: str) -> int:
    """Give the queue's messages to the function and delete what it settled; return how many there were."""
    event = world.drain_event()
    if not event["Records"]:
        return 0
    answer = world.handle(name, event)
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    for record in event["Records"]:
        if record["messageId"] not in failed:
            world.sqs.delete_message(QueueUrl=world.queue, ReceiptHandle=record["receiptHandle"])
    return len(event["Records"])


@pytest.mark.parametrize("name", ["forward_errors", "trace_llm"])
@PATIENT
@given(count=st.integers(1, 6), scripts=st.lists(STATUSES, min_size=1, max_size=4))
def test_everything_arrives_once_in_the_end(world, name, count, scripts):
    """Contracts 2, 3, 4, 5: handed over, drained, repeated by Lambda: each record is accepted exactly once."""
    world.sink.requests.clear()
    taken: list[bytes] = []
    first = next(SERIAL)
    for script in [*scripts, []]:
        answers = dict(enumerate(script, start=len(world.sink.requests)))
        world.sink.answer = lambda number, answers=answers: yes_or_no(world, taken, number, answers.get(number, 200))
        if script is scripts[0]:
            result = world.handle(name, events(name, count, first))
            again = world.handle(name, events(name, count, first))
            assert result["balanced"] is again["balanced"] is True
        drain(world, name)
    while drain(world, name):
        pass

    arrived = accepted(name, taken)
    assert len(arrived) == count
    assert set(arrived.values()) == {1}
    assert world.raised == []


def yes_or_no(world, taken: list[bytes], number: int, status: int) -> tuple[int, dict]:
    if status == 200:
        taken.append(world.sink.requests[number][2])
    return status, {}
