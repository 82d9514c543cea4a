"""What instrumentations really printed is read into exactly these calls, each once, with the usage that was answered.

`tests/samples/llm/programs/model_server.py` answered every call. Of a text: 1200 tokens in, of them 1024 cached, 300
out, of them 256 reasoning. Of a tool call: 80 and 20. Of Claude: 50 in beside 2000 cached and 300 written, 40 out.
"""

import json
from collections import Counter
from dataclasses import asdict

import pytest

from logrouter.stages.price import fill_cost
from tests.unit.llm_samples import RULES
from tests.unit.telemetry_samples import FOLDER, all_told, calls_in, calls_of

TEXT = "in 176, cached 1024, out 44, reasoning 256"
TEXT_WITHOUT_REASONING = "in 176, cached 1024, out 300"
TEXT_WITHOUT_DETAILS = "in 1200, out 300"
TOOL_CALL = "in 80, out 20"
CLAUDE = "in 50, cached 2000, 5m 100, 1h 200, out 40"
CLAUDE_UNSPLIT = "in 50, cached 2000, written 300, out 40"
BEDROCK = "in 20, cached 1000, written 50, out 7"
GEMINI = "in 40, cached 60, out 20, reasoning 35"
EMBEDDING = "in 8, out 0"
FAILED = "failed"
UNTOLD = "nothing told"

OPENAI = (TEXT, TEXT, TOOL_CALL, TEXT, TEXT, EMBEDDING, FAILED)
"""Chat, a stream of it, a call of a tool, its answer, Responses, an embedding, a refused call."""

EXPECTED = {
    "opentelemetry-openai": OPENAI,
    "opentelemetry-openai-otlp": OPENAI,
    "opentelemetry-openai_v2": (*[TEXT_WITHOUT_DETAILS] * 2, TOOL_CALL, TEXT_WITHOUT_DETAILS, FAILED),
    "opentelemetry-anthropic": (CLAUDE, CLAUDE, FAILED),
    "opentelemetry-anthropic-otlp": (CLAUDE, CLAUDE, FAILED),
    "opentelemetry-gemini": (GEMINI,),
    "opentelemetry-bedrock": (BEDROCK,),
    "openllmetry-openai": (TEXT, TEXT_WITHOUT_REASONING, TOOL_CALL, TEXT, TEXT, EMBEDDING, FAILED),
    "openllmetry-anthropic": (CLAUDE, CLAUDE, FAILED),
    "openllmetry-bedrock": (BEDROCK,),
    "openllmetry-langchain": (TEXT_WITHOUT_REASONING, TOOL_CALL, TEXT_WITHOUT_REASONING),
    "openllmetry-llama_index": (EMBEDDING, EMBEDDING, TEXT),
    "openllmetry_0.30-openai": (TEXT_WITHOUT_DETAILS, UNTOLD, TOOL_CALL, TEXT_WITHOUT_DETAILS, EMBEDDING),
    "openinference-openai": OPENAI,
    "openinference-anthropic": (CLAUDE, CLAUDE, FAILED),
    "openinference-bedrock": (BEDROCK,),
    "openinference-langchain": (TEXT, TOOL_CALL, TEXT),
    "openinference-llama_index": (UNTOLD, UNTOLD, TEXT),
    "logfire-openai": OPENAI,
    "logfire-anthropic": (CLAUDE, CLAUDE, FAILED),
    "logfire-pydantic_ai": (TOOL_CALL, TEXT),
    "langfuse-sdk": (TEXT,),
    "strands-openai": (TOOL_CALL, TEXT_WITHOUT_REASONING),
    "openlit-openai": (
        *(TEXT_WITHOUT_REASONING, TEXT_WITHOUT_REASONING, TOOL_CALL, TEXT_WITHOUT_REASONING),
        *(TEXT, EMBEDDING, FAILED),
    ),
    "openlit-anthropic": (CLAUDE_UNSPLIT, "in 50, out 40"),
    "litellm-otel": (TEXT, FAILED),
    "langsmith-langchain": (TEXT,),
    "vercel_4-otlp": (TEXT, TOOL_CALL, TEXT, CLAUDE_UNSPLIT, EMBEDDING, FAILED),
    "vercel_5-otlp": (TEXT_WITHOUT_DETAILS, TOOL_CALL, TEXT_WITHOUT_DETAILS, CLAUDE, EMBEDDING, FAILED),
    "vercel_6-otlp": (TEXT, TOOL_CALL, TEXT, CLAUDE, EMBEDDING, FAILED),
    "vercel_7-otlp": (
        *(TEXT_WITHOUT_REASONING, TOOL_CALL, TEXT_WITHOUT_REASONING),
        *(CLAUDE_UNSPLIT, EMBEDDING, FAILED),
    ),
    "vercel_6-console": (TEXT, TOOL_CALL, TEXT, CLAUDE, EMBEDDING, FAILED),
}
"""What each instrumentation tells of the calls that were made, in their order."""

OTHERS = {
    "openllmetry-openai": {"tool": 1, "chain": 1},
    "openllmetry-anthropic": {"tool": 1, "chain": 1},
    "openllmetry-bedrock": {"tool": 1, "chain": 1},
    "openllmetry-llama_index": {"tool": 1, "chain": 1},
    "openinference-llama_index": {"chain": 11, "retriever": 2},
    "logfire-pydantic_ai": {"tool": 1, "agent": 1},
    "langfuse-sdk": {"guardrail": 1, "chain": 1},
    "langsmith-langchain": {"chain": 2},
    "strands-openai": {"tool": 1, "chain": 2, "agent": 1},
    "vercel_7-otlp": {"tool": 1, "chain": 5, "agent": 4},
    **{f"vercel_{version}": {"tool": 1, "chain": 5} for version in ("4-otlp", "5-otlp", "6-otlp", "6-console")},
}
"""How many observations of other kinds there are, where a glance tells."""

NAMES = {
    "in": "input",
    "out": "output",
    "cached": "input_cached_tokens",
    "written": "input_cache_creation",
    "5m": "input_cache_creation_5m",
    "1h": "input_cache_creation_1h",
    "reasoning": "output_reasoning_tokens",
}
OF_MODELS = {"generation", "embedding"}


def facts_of(call):
    """Return what a call says beyond its record; what it does not say is left out."""
    said = {name: value for name, value in asdict(call).items() if name not in {"record", "is_app_root"}}
    told = {name: value for name, value in said.items() if value not in (None, 0, {}, (), [])}
    return {**told, "service": call.record.service, "environment": call.record.environment}


def expected_usage(told):
    if told in {FAILED, UNTOLD}:
        return {}
    buckets = {NAMES[part.split()[0]]: int(part.split()[1]) for part in told.split(", ")}
    return {**buckets, "total": sum(buckets.values())}


def test_every_sample_is_expected():
    """No sample stands beside the table, and none of the table is missing."""
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(EXPECTED)
    assert set(json.loads((FOLDER / "versions.json").read_text("utf-8"))) == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_calls_of_a_sample(name, golden):
    """Each sample is read into exactly these calls."""
    golden(f"llm/otel/{name}", [facts_of(call) for call in calls_in(name)])


@pytest.mark.parametrize("name", EXPECTED)
def test_usage_is_what_was_answered(name):
    """Every call of a model is there once, with the usage that the server answered as far as the instrumentation tells."""
    calls = sorted((call for call in calls_in(name) if call.kind in OF_MODELS), key=lambda call: call.start_ms)

    assert [dict(call.usage) for call in calls] == [expected_usage(told) for told in EXPECTED[name]]
    assert [call.error is not None for call in calls] == [told == FAILED for told in EXPECTED[name]]
    assert all(call.model for call in calls)


@pytest.mark.parametrize("name", OTHERS)
def test_kinds_of_the_others(name):
    """Tools, chains, agents, retrievers and guardrails are what they are."""
    assert Counter(call.kind for call in calls_in(name) if call.kind not in OF_MODELS) == OTHERS[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_holds_calls_has_no_usage_of_its_own(name):
    """Agents and chains repeat the usage of the calls inside; it is metadata."""
    assert [call.name for call in calls_in(name) if call.kind in {"agent", "chain"} and (call.usage or call.cost)] == []


@pytest.mark.parametrize("name", EXPECTED)
def test_whose_it_is(name):
    """Service, environment and version are those of the resource that wrote the span."""
    owners = {(call.record.service, call.record.environment, call.version) for call in calls_in(name)}

    assert owners == {("shop-assistant", "prod", "1.4.0")}


@pytest.mark.parametrize("name", EXPECTED)
def test_parents_are_spans_of_the_sample_or_none(name):
    """No call stands under itself, and every parent that is sent is of the same trace."""
    calls = calls_in(name)
    own = {call.observation_id: call.trace_id for call in calls}

    assert all(call.parent_id != call.observation_id for call in calls)
    assert all(own.get(call.parent_id, call.trace_id) == call.trace_id for call in calls)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_read_twice_is_the_same(name):
    """A payload that comes again gives the same calls."""
    assert calls_in(name) == calls_in(name)


def test_a_span_and_its_event_are_one_call():
    """OpenTelemetry's event of an inference stands for the same observation as the span."""
    spans, events = (FOLDER / "opentelemetry-openai-otlp.txt").read_text("utf-8").strip().split("\n")
    by_span, by_event = all_told([spans]), all_told([events])

    assert {call.observation_id for call in by_event} < {call.observation_id for call in by_span}
    assert [facts_of(call) for call in calls_of([spans, events])] == [
        facts_of(call) for call in calls_of([events, spans])
    ]


def test_a_stream_has_a_first_token():
    """The time to the first chunk is read from attributes and from events."""
    told = {name: [call for call in calls_in(name) if call.first_token_ms] for name in EXPECTED}

    assert all(call.start_ms <= call.first_token_ms <= call.end_ms for calls in told.values() for call in calls)
    assert {name for name, calls in told.items() if calls} >= {
        "opentelemetry-openai",
        "openllmetry-openai",
        "openinference-openai",
        "strands-openai",
        "vercel_4-otlp",
        "vercel_5-otlp",
        "vercel_6-otlp",
    }


@pytest.mark.parametrize(
    "name", ["opentelemetry-openai", "openllmetry-openai", "openinference-openai", "vercel_6-otlp"]
)
def test_whoever_tells_of_a_call_it_costs_the_same(name):
    """Our price of the text is that which Logfire states for the same tokens, and so is that of Claude's."""
    stated = {
        call.cost["total"] for each in ("logfire-openai", "logfire-anthropic") for call in calls_in(each) if call.cost
    }
    priced = {fill_cost(call, RULES).cost["total"] for call in calls_in(name) if call.usage.get("total", 0) > 1000}

    assert priced <= stated
    assert 0.003348 in priced


def firelens(line):
    return [json.dumps({"container_id": "0f1e", "container_name": "app", "source": "stdout", "log": line})]


def fluent_bit(line):
    return [json.dumps({"log": f"{line}\n", "stream": "stdout", "time": "2026-11-20T02:00:00Z", "kubernetes": {}})]


def container_runtime(line):
    """Return a line as a container runtime writes it, in pieces of 16,000 characters."""
    pieces = [line[start : start + 16_000] for start in range(0, len(line), 16_000)]
    marks = ["P"] * (len(pieces) - 1) + ["F"]
    return [f"2026-11-20T02:00:00.1Z stdout {mark} {piece}" for mark, piece in zip(marks, pieces, strict=True)]


@pytest.mark.parametrize("wrap", [firelens, fluent_bit, container_runtime])
@pytest.mark.parametrize(
    "name", ["opentelemetry-anthropic", "opentelemetry-openai", "opentelemetry-openai-otlp", "vercel_6-console"]
)
def test_what_a_collector_wrapped_line_by_line_is_read_as_it_was(name, wrap):
    """Spans over many lines, and lines in pieces, are put together within the wrapping of each line."""
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").split("\n")
    wrapped = [piece for line in lines if line for piece in wrap(line)]
    as_it_was = [(call.observation_id, dict(call.usage), call.error, call.input) for call in calls_in(name)]

    assert [(call.observation_id, dict(call.usage), call.error, call.input) for call in calls_of(wrapped)] == as_it_was
