"""Telemetry that instrumentations printed, through trace_llm into a server that refuses what Langfuse would misread."""

from collections.abc import Iterator

import pytest

from logrouter_local import samples
from logrouter_local.langfuse_receiver import LangfuseReceiver
from tests.functions.calling import calling
from tests.unit.telemetry_samples import FOLDER, calls_in

NAMES = sorted(path.stem for path in FOLDER.glob("*.txt"))


@pytest.fixture
def langfuse() -> Iterator[LangfuseReceiver]:
    with LangfuseReceiver() as server:
        yield server


@pytest.fixture
def handle(function, monkeypatch, langfuse):
    """Call the handler in this process."""
    variables = {"LANGFUSE_HOST": langfuse.url, "LANGFUSE_PUBLIC_KEY": "pk-local", "LANGFUSE_SECRET_KEY": "sk-local"}
    with calling(function("trace_llm"), monkeypatch, variables) as call:
        yield call


def payload(lines):
    """Return a decoded payload of lines, one log event each, from a group of an application."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/shop/application",
        "logStream": "app/shop/1",
        "logEvents": [
            {"id": f"{number:056d}", "timestamp": 1_795_186_000_000 + number, "message": line}
            for number, line in enumerate(lines)
            if line
        ],
    }


def observations(langfuse):
    return [one for trace in langfuse.traces() for one in trace["observations"]]


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_arrives_as_it_was_read(handle, langfuse, name):
    """Each call is one observation with its usage; nothing is complained of, the books balance."""
    tally = handle(payload((FOLDER / f"{name}.txt").read_text("utf-8").split("\n")))
    calls = {call.observation_id: call for call in calls_in(name)}
    arrived = {one["id"]: one for one in observations(langfuse)}

    assert (tally["balanced"], langfuse.received()["complaints"]) == (True, [])
    assert set(arrived) == set(calls)
    assert len(langfuse.received()["spans"]) == len(calls)
    assert {key: one["usageDetails"] for key, one in arrived.items() if one["usageDetails"].get("total")} == {
        key: dict(call.usage) for key, call in calls.items() if call.usage.get("total")
    }


def test_the_event_of_the_demo(handle, langfuse):
    """One line of several spans, spans over several lines and an event of a coding agent arrive from one payload."""
    tally = handle(samples.render("trace_llm/telemetry"))
    kinds = [one["type"] for one in observations(langfuse)]

    assert (tally["balanced"], langfuse.received()["complaints"]) == (True, [])
    assert sorted(set(kinds)) == ["CHAIN", "EMBEDDING", "GENERATION", "TOOL"]
    assert kinds.count("GENERATION") == 9
