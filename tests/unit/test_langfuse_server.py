"""What Langfuse's own code read out of our spans is what we meant (see tests/samples/langfuse_server).

Servers 4.16.0 and 3.225.4 read the same: on the way from 4 on (events) and on the one before (traces, observations).
"""

import json

import pytest

from logrouter.destinations.langfuse_values import environment_name
from tests.samples.langfuse_server.write_readings import READINGS, digest, exports, shortened
from tests.unit.langfuse_calls import judged

RECORDED = json.loads(READINGS.read_text("utf-8"))
READ = RECORDED["readings"]
CALLS = judged()
NAMES = sorted(CALLS)
ODD = "odd texts"


def pairs(*of):
    """Return each call with what the server read of it on one of its ways."""
    return [(call, row) for name in of for call, row in zip(CALLS[name], READ[name]["events"], strict=True)]


def content(value):
    """Return a prompt or an answer as the server keeps it: text as it is, anything else as JSON; empty is nothing."""
    text = (
        value
        if value is None or isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    )
    return text or None


def parameters(call):
    """Return parameters as the server keeps them: numbers and texts, anything else as JSON."""
    return {
        name: value if type(value) in {int, float, str} else json.dumps(value, separators=(",", ":"))
        for name, value in call.parameters.items()
    }


def test_every_span_was_judged():
    """A span that changed since the server read it shows here: run the program of tests/samples/langfuse_server."""
    assert {name: digest(export) for name, export in exports()} == {name: read["export"] for name, read in READ.items()}


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_refused_lost_or_guessed(name):
    """No span is refused, none fails the schemas of servers before 4, and of none does the server count tokens."""
    reading = READ[name]

    assert "refused" not in reading
    assert reading["unreadable"] == []
    assert not [row for way in ("events", "observations", "traces") for row in reading[way] if "tokenised" in row]
    assert len(reading["events"]) == len(reading["observations"]) == len(CALLS[name])


@pytest.mark.parametrize("name", [name for name in NAMES if name != ODD])
def test_every_field_is_read_as_meant(name):
    """Ids, parents, roots, type, level, times, model, parameters, user, session, tags, release, version: as sent."""
    for call, row in pairs(name):
        read = {key: row.get(key) for key in row if key not in {"metadata", "usage_details", "cost_details"}}
        expected = {
            "id": call.observation_id,
            "span_id": call.observation_id,
            "trace_id": call.trace_id,
            "parent_span_id": call.parent_id,
            "is_app_root": call.is_app_root,
            "name": "generation gpt-4o" if name == "without a name" else call.name,
            "trace_name": call.trace_name or call.name,
            "type": "GENERATION" if call.kind == "span" and call.usage else call.kind.upper(),
            "level": "ERROR" if call.error else "WARNING" if name == "warning" else "DEFAULT",
            "status_message": call.error,
            "start_time": call.start_ms * 1000,
            "end_time": call.end_ms * 1000,
            "completion_start_time": call.first_token_ms and call.first_token_ms * 1000,
            "environment": environment_name(call.record.environment),
            "release": call.release,
            "version": call.version,
            "user_id": call.user_id,
            "session_id": call.session_id,
            "tags": list(call.tags) or None,
            "provided_model_name": call.model,
            "model_parameters": parameters(call) or None,
            "output": content(call.output),
        }
        if "tools" not in call.metadata:
            expected["input"] = content(call.input)

        assert expected == {key: read.get(key) for key in expected}


@pytest.mark.parametrize("name", NAMES)
def test_usage_and_cost_are_the_calls_own(name):
    """Buckets, total and cost are those of the call, on both ways; a cost that nobody knows stays unknown."""
    for call, *rows in zip(CALLS[name], READ[name]["events"], READ[name]["observations"], strict=True):
        unknown = {"total": 0} if call.model and not call.usage else None
        cost = dict(call.cost) or None

        for row in rows:
            assert row.get("usage_details") == (dict(call.usage) or unknown)
            assert row.get("cost_details") == cost


@pytest.mark.parametrize("name", NAMES)
def test_every_trace_has_a_root(name):
    """In each payload somebody counts as the root of each trace; a call whose parent is sent does not."""
    rows = [row for _, row in pairs(name)]
    roots = [row for row in rows if "parent_span_id" not in row or row["is_app_root"]]
    sent = {row["span_id"] for row in rows}

    assert {row["trace_id"] for row in rows} == {row["trace_id"] for row in roots}
    assert not [row for row in roots if row.get("parent_span_id") in sent]


@pytest.mark.parametrize("name", [name for name in NAMES if name != ODD])
def test_servers_before_4_show_traces_whole(name):
    """The trace has its name, user, session, tags, release and version; that of a root its input and output too."""
    for call, trace in zip(CALLS[name], READ[name]["traces"], strict=True):
        is_root = call.parent_id is None or call.is_app_root
        expected = {
            "id": call.trace_id,
            "timestamp": call.start_ms,
            "name": call.trace_name or call.name,
            "user_id": call.user_id,
            "session_id": call.session_id,
            "tags": sorted(call.tags) or None,
            "release": call.release,
            "version": call.version,
            "environment": environment_name(call.record.environment),
            "input": content(call.input) if is_root else None,
            "output": content(call.output) if is_root else None,
        }

        assert expected == {key: trace.get(key) for key in expected}


def test_metadata_is_read_by_name():
    """What the record brings and what we know of its origin stand under their names; objects as JSON."""
    ((call, row),) = pairs("full")

    assert {name: json.loads(row["metadata"][name]) for name in ("attempt", "route", "masked")} == {
        "attempt": 2,
        "route": call.metadata["route"],
        "masked": ["email"],
    }
    assert {"shape", "provider", "cost_source", "log_group", "log_stream", "log_event_id", "log_link"} < row[
        "metadata"
    ].keys()
    assert row["metadata"]["request_id"] == call.record.request_id


def test_prompts_are_linked_to_generations_with_a_version():
    """Langfuse links a prompt to a generation by name and version; without a version the name is metadata."""
    linked = {name: (row.get("prompt_name"), row.get("prompt_version")) for name in NAMES for _, row in pairs(name)}
    ((_, unversioned),) = pairs("prompt without version")

    assert linked["full"] == ("greet", 3)
    assert linked["prompt without version"] == linked["prompt version 0"] == (None, None)
    assert unversioned["metadata"]["prompt_name"] == "greet"


def test_tools_beside_the_prompt_are_found():
    """Tool definitions of the metadata are shown as those of the call."""
    ((_, row),) = pairs("tools beside the prompt")

    assert list(row["tool_definitions"]) == ["look"]


def test_an_agent_does_not_count_its_calls_again():
    """Of an agent, its call and its tool only the call has tokens and a cost."""
    rows = [row for _, row in pairs("agent with its calls")]

    assert [row.get("usage_details", {}).get("total", 0) for row in rows] == [0, 124, 0]
    assert ["cost_details" in row for row in rows] == [False, True, False]


def test_odd_texts_are_brought_into_bounds():
    """Long ids stay distinct, control characters go, names fit, what would change a prototype is not sent."""
    ((_, row),) = pairs(ODD)

    assert len(row["user_id"]) == len(row["name"]) == len(row["trace_name"]) == 200
    assert (row["session_id"], row["tags"]) == ("s s", ["x" * 200, '["q"]'])
    assert row["input"] == json.dumps({"messages": "a\0b?c", "deep": {"__proto__": 1}}, separators=(",", ":"))
    assert not {"__proto__", "a.constructor"} & row["metadata"].keys()
    assert row["metadata"]["metadata_cut"] == "true"


def test_shortening_keeps_what_is_short():
    """Long texts are kept by their beginning and their length, wherever they stand."""
    assert shortened({"a": ["x" * 301, "y"], "b": 1}) == {"a": [f"{'x' * 100}... 301 characters", "y"], "b": 1}
