"""LLM calls for the tests of what Langfuse is told: one of a sample, and those that Langfuse's own server has read."""

from dataclasses import replace

from logrouter.model import Level, LlmCall, Origin, Record
from logrouter.stages.llm.traces import with_roots
from logrouter.stages.price import fill_cost
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, SAMPLES, record

START_MS = 1_788_000_000_000  # 2026-08-29T10:40:00Z
TRACE, OTHER_TRACE = "9456bdfa12ea76959c94a3572f5d91c7", "4bf92f3577b34da6a3ce929d0e0e4736"
ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/chat/llm", "ecs/chat/0f1e2d3c")


def call_of(name="canonical", **changes) -> LlmCall:
    """Return the call of a sample, priced, with some of its fields changed."""
    (call,) = recognise(record(SAMPLES[name], request_id="req-1", service="chat", version="1.4.0"), RULES).calls
    return replace(fill_cost(call, RULES), **changes)


def judged() -> dict[str, list[LlmCall]]:
    """Return payloads by name, of calls that hold every field and every case that the server treats its own way."""
    full = LlmCall(
        record=Record(
            ORIGIN,
            "38500000000000000000000000000000000000000000000000000001",
            START_MS + 420,
            "",
            service="chat",
            environment="Prod EU",
            request_id="req-1",
            masked=("email",),
        ),
        name="answer-question",
        trace_id=TRACE,
        observation_id="4b229589cf1f1cb3",
        start_ms=START_MS,
        end_ms=START_MS + 420,
        model="gpt-4o",
        provider="openai",
        first_token_ms=START_MS + 131,
        input=[{"role": "user", "content": "대한민국의 수도는?"}],
        output="서울입니다.",
        parameters={"temperature": 0.0, "max_tokens": 200, "stop": ["\n"], "stream": True, "format": {"type": "json"}},
        usage={"input": 12, "input_cached_tokens": 100, "output": 5, "output_reasoning_tokens": 7, "total": 124},
        cost={"input": 0.000155, "output": 0.00012, "total": 0.000275},
        cost_source="record",
        user_id="user-7",
        session_id="session-3",
        trace_name="POST /chat",
        tags=("beta", "a,b"),
        prompt_name="greet",
        prompt_version=3,
        metadata={"shape": "canonical", "finish_reason": "stop", "attempt": 2, "route": {"zone": "b", "hops": [1, 2]}},
        release="9f1c2d3",
        version="1.4.0",
    )
    agent = replace(full, name="plan", kind="agent", observation_id="a000000000000001", usage={}, cost={})
    child = replace(full, observation_id="a000000000000002", parent_id=agent.observation_id)
    tool = replace(full, kind="tool", model=None, observation_id="a000000000000003", parent_id="a000000000000002")
    lost = replace(full, observation_id="a000000000000004", trace_id=OTHER_TRACE, parent_id="00f067aa0ba902b7")
    failed = replace(full, error="RateLimitError: 429 slow down", output=None, usage={}, first_token_ms=None)
    payloads = {
        "full": [full],
        "several of one request": [full, replace(full, name="second", observation_id="a000000000000005")],
        "agent with its calls": [agent, child, replace(tool, usage={}, cost={})],
        "parent that is not sent": [lost],
        "failed": [replace(failed, cost={"total": 0.0})],
        "failed after some tokens, price unknown": [
            replace(failed, model="house-1", cost={}, cost_source="unknown", usage={"input": 9, "total": 9})
        ],
        "tokens not told": [replace(full, usage={}, cost={}, cost_source="unknown")],
        "price unknown": [replace(full, model="house-1", cost={}, cost_source="unknown")],
        "warning": [replace(full, record=replace(full.record, level=Level.WARN))],
        "nothing but a model": [
            replace(
                full,
                **dict.fromkeys(("input", "output", "user_id", "session_id", "trace_name", "prompt_name"), None),
                **dict.fromkeys(("prompt_version", "first_token_ms", "release", "version", "provider"), None),
                **{name: {} for name in ("parameters", "metadata", "usage", "cost")},
                tags=(),
            )
        ],
        "without a name": [replace(full, name="generation", prompt_name=None)],
        "prompt version beyond 16 bits": [replace(full, prompt_version=20_260_829)],
        "prompt without version": [replace(full, prompt_version=None)],
        "prompt version 0": [replace(full, prompt_version=0)],
        "odd texts": [
            replace(
                full,
                input={"messages": "a\0b\ud800c", "deep": {"__proto__": 1}},
                output="",
                name="line\none " + "n" * 300,
                trace_name="t" * 1_200,
                user_id="u" * 400,
                session_id="s\0s\r\n",
                tags=("", "x" * 300, '["q"]'),
                metadata={
                    "__proto__": "x",
                    "a.constructor": "y",
                    "scope": "mine",
                    "attributes": "mine",
                    "long": "m" * 20_000,
                },
            )
        ],
        "tools beside the prompt": [
            replace(
                full, metadata={"tools": [{"name": "look", "description": "looks", "parameters": {"type": "object"}}]}
            )
        ],
    }
    payloads["a span without tokens"] = [replace(full, kind="span", model=None, usage={}, cost={})]
    payloads |= {f"a {kind}": [replace(full, kind=kind)] for kind in KINDS}
    return {name: with_roots(calls) for name, calls in payloads.items()}


KINDS = ("span", "embedding", "agent", "tool", "chain", "retriever", "guardrail", "evaluator")
"""Observation types beside generation."""
