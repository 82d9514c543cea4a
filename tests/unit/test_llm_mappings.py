"""A team's own LLM log format, read by a mapping of the policy: every field, its examples, and what is refused."""

import io
import json
import re
import time
from pathlib import Path

import pytest

from logrouter.adapters.forwarding import ready_masker
from logrouter.errors import PolicyError
from logrouter.model import LlmCall
from logrouter.policy.load import load_policy
from logrouter.stages.llm.shapes.mapped import FIELDS
from logrouter.stages.recognise import recognise
from logrouter_cli.main import main
from tests.unit.llm_samples import AT_MS, record

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "layers/core/logrouter/policy/schema/llm.json").read_text("utf-8"))
MAPPING = {
    "id": "acme",
    "when": {"kind": "acme.completion"},
    "fields": {"model": "engine", "input_tokens": "tok.in", "output_tokens": "tok.out"},
}
LINE = {"kind": "acme.completion", "engine": "gpt-4o", "tok": {"in": 9, "out": 1}}


def policy(**more):
    return load_policy(json.dumps({"llm": {"mappings": [{**MAPPING, **more}]}}))


def told(document, fields=None, **more) -> LlmCall:
    mapped = {**MAPPING["fields"], **(fields or {})}
    found = recognise(record({**LINE, **document}), policy(fields=mapped, **more).section("llm"))
    assert len(found.calls) == 1, found
    return found.calls[0]


def test_schema_and_reader_know_the_same_fields():
    """What the schema allows is what the reader fills."""
    items = SCHEMA["properties"]["mappings"]["items"]["properties"]

    assert sorted(items["fields"]["propertyNames"]["enum"]) == sorted(FIELDS)


@pytest.mark.parametrize(
    ("field", "value", "fact", "expected"),
    [
        ("name", "answer", "name", "answer"),
        ("kind", "rerank", "kind", "retriever"),
        ("model", "m-2", "model", "m-2"),
        ("provider", "acme", "provider", "acme"),
        ("user_id", "u-7", "user_id", "u-7"),
        ("session_id", "s-3", "session_id", "s-3"),
        ("trace_name", "checkout", "trace_name", "checkout"),
        ("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736", "trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"),
        ("prompt_name", "greet", "prompt_name", "greet"),
        ("prompt_version", "3", "prompt_version", 3),
        ("service_tier", "flex", "service_tier", "flex"),
        ("region", "eu-west-1", "region", "eu-west-1"),
        ("release", "abc123", "release", "abc123"),
        ("version", "1.2.3", "version", "1.2.3"),
        ("tags", "a, b", "tags", ("a", "b")),
        ("tags", ["a", "b"], "tags", ("a", "b")),
        ("parameters", {"temperature": 0.2}, "parameters", {"temperature": 0.2}),
        ("input_text", "Hi", "input", "Hi"),
        ("output_text", '{"a": 1}', "output", {"a": 1}),
        ("error", "quota", "error", "quota"),
        ("error", {"type": "RateLimit", "message": "slow down"}, "error", "RateLimit: slow down"),
        ("start_ms", AT_MS - 500, "start_ms", AT_MS - 500),
        ("end_ms", AT_MS - 100, "end_ms", AT_MS - 100),
        ("latency_ms", 250, "start_ms", AT_MS - 250),
        ("latency_s", 0.25, "start_ms", AT_MS - 250),
        ("total_cost", "$0.5", "cost", {"total": 0.5}),
        ("cost", {"total": 0.5}, "cost", {"total": 0.5}),
        ("cost", 0.5, "cost", {"total": 0.5}),
        ("web_searches", 3, "units", {"web_searches": 3.0}),
        ("units", {"search_units": 2}, "units", {"rerank_searches": 2.0}),
    ],
)
def test_a_field_reaches_the_call(field, value, fact, expected):
    """Each field that a mapping names arrives where it belongs."""
    assert getattr(told({"x": value}, {field: "x"}), fact) == expected


def test_reason_to_stop_and_own_facts_are_metadata():
    """What Langfuse has no place for of its own stands in the metadata."""
    call = told({"why": "length", "shard": 4}, {"finish_reason": "why"}, metadata={"shard": "shard"})

    assert (call.metadata["finish_reason"], call.metadata["shard"]) == ("length", 4)


def test_first_token():
    """The first token is counted from the start of the call."""
    call = told({"took": 2, "first": 0.4}, {"latency_s": "took", "first_token_after_s": "first"})

    assert call.first_token_ms == call.start_ms + 400


def test_a_providers_usage_object_whole():
    """A path may lead to a usage object of any provider; counts with paths of their own go before."""
    usage = {"prompt_tokens": 100, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 40}}
    found = recognise(
        record({"kind": "acme.completion", "engine": "m", "u": usage, "in": 90}),
        policy(fields={"model": "engine", "usage": "u", "input_tokens": ["missing", "in"]}).section("llm"),
    )

    assert found.calls[0].usage == {"input": 50, "input_cached_tokens": 40, "output": 20, "total": 110}


def test_several_calls_in_one_line():
    """With `each`, every item of a list is a call; what it does not say is looked up in the line."""
    document = {
        "kind": "acme.completion",
        "engine": "m",
        "steps": [{"tok": {"in": 1, "out": 2}}, {"tok": {"in": 3, "out": 4}}],
    }
    found = recognise(record(document), policy(each="steps").section("llm"))

    assert [(call.model, call.usage["total"]) for call in found.calls] == [("m", 3), ("m", 7)]
    assert len({call.observation_id for call in found.calls}) == 2


def test_conditions_for_failed_calls():
    """A call whose state says so has failed, also where no text says why."""
    assert told({"state": "broken"}, failed={"state": ["broken", "dead"]}).error == "failed"
    assert told({"state": "fine"}, failed={"state": ["broken", "dead"]}).error is None


def test_a_mapping_that_is_switched_off_reads_nothing():
    """`enabled: false` keeps a mapping without its effect."""
    assert recognise(record(LINE), policy(enabled=False).section("llm")).calls == ()


@pytest.mark.parametrize(
    ("examples", "why"),
    [
        ({"yes": [{"kind": "acme.search"}]}, "examples.yes.0: no call comes of it (not_an_llm_call)"),
        ({"yes": [LINE, {**LINE, "tok": {"in": -1}}]}, "examples.yes.1: no call comes of it (nonsense)"),
        ({"yes": [{"line": LINE, "call": {"model": "gpt-5"}}]}, "examples.yes.0: its call says another model"),
        ({"yes": [{"line": LINE, "call": {"usage": {"total": 11}}}]}, "examples.yes.0: its call says another usage"),
        ({"yes": [{"line": LINE, "call": {"modle": "gpt-4o"}}]}, "examples.yes.0: a call has no 'modle'; known are"),
        ({"no": [{"kind": "acme.search"}, LINE]}, "examples.no.1: the mapping takes it"),
    ],
)
def test_a_mapping_that_fails_its_example_is_refused(examples, why):
    """The refusal names the mapping, the example by number and the fact, never what the line says."""
    with pytest.raises(PolicyError, match=re.escape(f"llm.mappings.acme.{why}")):
        ready_masker(policy(examples=examples))


@pytest.mark.parametrize(
    "examples",
    [
        {"yes": [LINE, json.dumps(LINE), f"2026-11-20 INFO {json.dumps(LINE)}"]},
        {"yes": [{"line": LINE, "call": {"model": "gpt-4o", "usage": {"input": 9, "total": 10}, "error": None}}]},
        {"no": [{"kind": "acme.search"}, "started"]},
    ],
)
def test_good_examples_are_accepted(examples):
    """Lines may stand as text or as objects, with or without what their call must say."""
    assert ready_masker(policy(examples=examples))


def test_a_mapping_without_model_and_tokens_is_refused():
    """Every call of it would be refused later; a tool's need neither."""
    with pytest.raises(PolicyError, match="neither a model nor tokens"):
        ready_masker(policy(fields={"input_text": "q"}))

    assert ready_masker(policy(fields={"input_text": "q"}, constants={"kind": "tool"}))


def test_a_misspelt_field_is_named():
    """The refusal names the key and the one that was meant."""
    with pytest.raises(PolicyError, match=r"unknown key 'modle', did you mean 'model'\?"):
        policy(fields={"modle": "engine"})


def shown(capsys, monkeypatch, lines, *options):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("\n".join(lines).encode())))
    code = main(["calls", *options])
    return code, capsys.readouterr()


def test_trying_a_mapping_on_a_line(tmp_path, capsys, monkeypatch):
    """`logrouter calls` shows the call that a line becomes under a policy, and that other groups would not select it."""
    file = tmp_path / "policy.json"
    file.write_text(json.dumps({"llm": {"mappings": [MAPPING]}}), "utf-8")
    code, out = shown(capsys, monkeypatch, [json.dumps(LINE)], "--policy", str(file))

    assert code == 0
    assert out.out.startswith("-:1: 1 call, shape mapping:acme; only read in log groups of kind llm")
    assert '"total": 10' in out.out


def test_a_line_without_a_time_is_of_now(capsys, monkeypatch):
    """Prices are those of the moment, and the ids of a request are the same at any."""
    line = '{"type": "llm", "model": "gpt-4o", "prompt_tokens": 9, "requestId": "r-1", "callId": "c-1"}'
    before_ms = time.time_ns() // 1_000_000
    first, second = (json.loads(shown(capsys, monkeypatch, [line], "--json")[1].out) for _ in range(2))

    assert before_ms <= first["start_ms"] <= second["start_ms"] <= time.time_ns() // 1_000_000
    assert first["observation_id"] == second["observation_id"]


def test_lines_that_are_no_calls_say_why(capsys, monkeypatch):
    """A line that is no call is named so; one that states what cannot be gives exit code 1."""
    lines = ["started", '{"type": "llm", "model": "m", "prompt_tokens": -1}']
    code, out = shown(capsys, monkeypatch, lines)

    assert code == 1
    assert out.out.splitlines() == ["-:1: not_an_llm_call", "-:2: invalid_llm_call (nonsense)"]
    assert out.err.strip() == "1 invalid_llm_call (nonsense), 1 not_an_llm_call"


def test_calls_as_json_lines(capsys, monkeypatch):
    """With `--json` each call is one line, its cost filled in."""
    line = '{"type": "llm", "model": "gpt-4o", "prompt_tokens": 1000, "completion_tokens": 10}'
    code, out = shown(capsys, monkeypatch, [line], "--json")

    assert code == 0
    assert json.loads(out.out)["cost"] == {"input": 0.0025, "output": 0.0001, "total": 0.0026}
