"""Which records are LLM calls, what is read out of them, and what is refused."""

import json
from dataclasses import asdict

import pytest

from logrouter.model import DropReason, Level, LlmCall, Noticed
from logrouter.policy.load import load_policy, merge
from logrouter.stages.llm.shapes import (
    anthropic,
    bedrock,
    canonical,
    gemini,
    litellm,
    openai,
    otel,
)
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import AT_MS, RULES, SAMPLES, record

MODULES = (anthropic, bedrock, canonical, gemini, litellm, openai, otel)


def told(document, rules=RULES, **facts) -> LlmCall:
    (call,) = recognise(record(document, **facts), rules).calls
    return call


def facts_of(call: LlmCall) -> dict:
    """Return what a call says beyond its record; what it does not say is left out."""
    said = {name: value for name, value in asdict(call).items() if name != "record"}
    return {name: value for name, value in said.items() if value not in (None, 0, {}, (), [])}


@pytest.mark.parametrize("name", SAMPLES)
def test_golden_call(name, golden):
    """Each shape is read into exactly this call."""
    golden(f"llm/{name}", {"document": SAMPLES[name], "call": facts_of(told(SAMPLES[name]))})


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rsplit(".", 1)[1])
def test_shapes_keep_their_examples(module):
    """A shape reads its own examples and none of its counterexamples."""
    name = module.__name__.rsplit(".", 1)[1]

    assert [told(document).metadata["shape"] for document in module.EXAMPLES] == [name] * len(module.EXAMPLES)
    assert [module.read(document, document) for document in module.NO_EXAMPLES] == [None] * len(module.NO_EXAMPLES)


@pytest.mark.parametrize(
    "document",
    [
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": -1, "completion_tokens": 5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": float("nan"), "completion_tokens": 5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": "NaN", "completion_tokens": 5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": float("inf"), "completion_tokens": 5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": 10**12, "completion_tokens": 5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": 10**30, "completion_tokens": 5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": 1.5, "completion_tokens": 5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": True, "completion_tokens": 5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": "many", "completion_tokens": 5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": 1, "total_cost": -0.1},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": 1, "total_cost": "a lot"},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": 1, "total_cost": 1e9},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": 1, "latency_ms": -5},
        {"type": "llm", "model": "gpt-4o", "prompt_tokens": 1, "latency_ms": 1e15},
        {"type": "llm"},
        {"type": "llm", "prompt": "a", "response": "b"},
        {"type": "llm", "model": "", "prompt_tokens": None},
        {"schemaType": "ModelInvocationLog", "requestId": "r"},
        {"schemaType": "ModelInvocationLog", "modelId": "m", "input": {"inputTokenCount": -3}},
        {"attributes": {"gen_ai.operation.name": "chat"}},
        {"object": "chat.completion", "usage": {"prompt_tokens": "x"}},
    ],
)
def test_nonsense_is_refused(document):
    """A call that names neither model nor tokens, or states what cannot be, is an invalid call."""
    assert recognise(record(document), RULES).refusal is DropReason.INVALID_LLM_CALL


@pytest.mark.parametrize(
    "document",
    [
        None,
        {},
        {"level": "info", "msg": "started"},
        {"type": "http", "model": "T-800", "status": 200},
        {"msg": "token refreshed", "tokens": 3},
        {"event": "login", "user": "a"},
        {"usage": {"cpu": 3}},
        {"id": "resp_1", "object": "response", "status": "in_progress", "model": "gpt-5"},
        {"msg": "model answered", "response": '{"object": "chat.completion", "usage": {"prompt_tokens": 999999}}'},
    ],
)
def test_what_is_not_a_call(document):
    """A record that is no LLM call says so, also when a model's answer looks like one."""
    assert recognise(record(document), RULES).refusal is DropReason.NOT_AN_LLM_CALL


@pytest.mark.parametrize(
    "document",
    [
        {"type": "llm", "model": "m", "promptTokens": 10, "completionTokens": 5},
        {"type": "LLM", "model": "m", "prompt_tokens": "10", "completion_tokens": "5"},
        {"type": "llm_call", "model": "m", "prompt_tokens": 10.0, "total_tokens": 15},
        {"type": "llm", "model": "m", "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}},
        {"type": "llm", "model": "m", "tokens": {"prompt": 10, "completion": 5}},
        {"type": "llm", "model": "m", "tokens": {"input": 10, "output": 5, "total": 15}},
        {"type": "llm", "model": "m", "input_tokens": 10, "output_tokens": 5},
        {"llm": {"model": "m", "usage": {"inputTokens": 10, "outputTokens": 5}}},
        {"msg": '{"type": "llm", "model": "m", "prompt_tokens": 10, "completion_tokens": 5}'},
        {"data": {"event": {"model": "m", "usage": {"input_tokens": 10, "output_tokens": 5}}}},
        {"type": "llm", "modelName": "m", "token_usage": {"prompt_tokens": 10, "completion_tokens": 5}},
        {"type": "llm", "model": "m", "usage": '{"prompt_tokens": 10, "completion_tokens": 5}'},
    ],
)
def test_near_misses_are_understood(document):
    """Strings for numbers, other spellings, nesting and missing totals all read as 10 in, 5 out."""
    assert told(document).usage == {"input": 10, "output": 5, "total": 15}


def test_masked_values_say_nothing():
    """A count that masking took away is not nonsense: the call goes on without it."""
    call = told({"type": "llm", "model": "m", "prompt_tokens": "***MASKED***", "completion_tokens": 5})

    assert call.usage == {"input": 0, "output": 5, "total": 5}


def test_times_explicit_pair_wins():
    """Start and end are taken as the record states them."""
    call = told({"type": "llm", "model": "m", "startTime": AT_MS - 900, "endTime": AT_MS - 100, "latency_ms": 5})

    assert (call.start_ms, call.end_ms) == (AT_MS - 900, AT_MS - 100)


def test_times_timestamp_is_the_end():
    """With a latency alone, the record's time is the end of the call."""
    call = told({"type": "llm", "model": "m", "latency_ms": 250})

    assert (call.start_ms, call.end_ms) == (AT_MS - 250, AT_MS)


def test_times_start_and_latency():
    """With a start and a latency, the end is their sum."""
    call = told({"type": "llm", "model": "m", "started_at": "2026-08-29T10:39:00Z", "latency_s": 2})

    assert call.end_ms - call.start_ms == 2000


def test_times_never_run_backwards():
    """An end before its start is a clock that jumped: the call gets no length."""
    call = told({"type": "llm", "model": "m", "startTime": AT_MS, "endTime": AT_MS - 50})

    assert (call.start_ms, call.end_ms) == (AT_MS, AT_MS)


def test_trace_of_request():
    """Calls of one request share a trace, each with an observation of its own."""
    first = told({"type": "llm", "model": "m"}, request_id="req-1", event_id="a")
    second = told({"type": "llm", "model": "m"}, request_id="req-1", event_id="b")

    assert first.trace_id == second.trace_id
    assert first.observation_id != second.observation_id


def test_span_around_is_not_the_call():
    """Two calls logged inside one application span stay two calls."""
    facts = {"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "span_id": "00f067aa0ba902b7"}
    first = told({"type": "llm", "model": "m"}, **facts, event_id="a")
    second = told({"type": "llm", "model": "m"}, **facts, event_id="b")

    assert first.trace_id == facts["trace_id"] == second.trace_id
    assert first.observation_id != second.observation_id


def test_same_call_twice_is_one():
    """Two log events that carry one provider call id are one observation."""
    document = {"type": "llm", "model": "m", "id": "chatcmpl-1", "prompt_tokens": 7}

    assert (
        told(document, request_id="r", event_id="a").observation_id
        == told(document, request_id="r", event_id="b").observation_id
    )


def test_a_response_tells_both_its_ends():
    """OpenAI's Responses say when they were created and completed, which are start and end of the call."""
    usage = {"input_tokens": 12, "output_tokens": 3, "total_tokens": 15}
    times = {"created_at": 1_772_359_200, "completed_at": 1_772_359_203}

    call = told(
        {"id": "resp_1", "object": "response", "status": "completed", "model": "gpt-4o", "usage": usage, **times}
    )

    assert (call.start_ms, call.end_ms) == (1_772_359_200_000, 1_772_359_203_000)


def test_error_level_is_a_failure():
    """A call logged at error level failed."""
    assert told({"type": "llm", "model": "m", "msg": "timed out"}, level=Level.ERROR).error == "timed out"


@pytest.mark.parametrize(
    ("rule", "expected"), [("keep", "abcdef"), ("cut", "abc[cut: 3 characters more]"), ("drop", None)]
)
def test_content_rule(rule, expected):
    """The policy keeps, cuts or drops prompts."""
    rules = merge(RULES, {"content": {"input": rule, "max_chars": 3}})

    assert told({"type": "llm", "model": "m", "prompt": "abcdef"}, rules).input == expected


def test_foreign_currency_is_not_a_cost():
    """A cost in won is not taken for dollars."""
    assert told({"type": "llm", "model": "m", "total_cost": 13, "currency": "KRW"}).cost == {}


MAPPING = {
    "id": "acme",
    "when": {"kind": "acme.completion", "ai.engine": "*"},
    "fields": {
        "model": "ai.engine",
        "input_tokens": ["ai.tok.in", "ai.tok.0"],
        "output_tokens": "ai.tok.out",
        "latency_s": "took",
        "input_text": "q",
        "output_text": "a",
        "request_id": "rid",
        "total_cost": "usd",
    },
    "constants": {"provider": "acme"},
    "metadata": {"region": "where"},
}


def test_mapping_reads_a_foreign_format():
    """A format of a team's own is read by a mapping in the policy."""
    policy = load_policy(json.dumps({"version": "1", "llm": {"mappings": [MAPPING]}}))
    document = {
        "kind": "acme.completion",
        "ai": {"engine": "acme-7b", "tok": {"in": "10", "out": 5}},
        "took": 0.5,
        "q": "Hi",
        "a": "Hello",
        "rid": "req-9",
        "usd": 0.001,
        "where": "seoul",
    }
    call = told(document, policy.section("llm"))

    assert (call.model, call.provider, call.usage) == ("acme-7b", "acme", {"input": 10, "output": 5, "total": 15})
    assert (call.input, call.output, call.cost) == ("Hi", "Hello", {"total": 0.001})
    assert call.end_ms - call.start_ms == 500
    assert call.metadata == {"region": "seoul", "shape": "mapping:acme"}


def test_mapping_leaves_others_alone():
    """A mapping whose conditions do not hold changes nothing."""
    rules = {**RULES, "mappings": [MAPPING]}

    assert told({"type": "llm", "model": "m", "prompt_tokens": 1}, rules).metadata["shape"] == "canonical"


def test_default_policy_fits_its_schema():
    """The packaged section is valid."""
    load_policy('{"version": "1", "llm": {}}')


def test_parents_are_kept_unless_asked():
    """A call points to the parent that its record names, but where the policy wants nothing but roots."""
    document = SAMPLES["otel_flat"]

    assert told(document).parent_id == "53995c3f42cd8ad8"
    assert told(document, {**RULES, "parents": "root"}).parent_id is None
    assert told(document, {**RULES, "parents": "root"}).metadata["parent_span_id"] == "53995c3f42cd8ad8"


def test_text_in_front_of_json():
    """A text line that ends in a JSON object is read too."""
    line = 'INFO 2026-08-29 call done {"type": "llm", "model": "m", "prompt_tokens": 1, "completion_tokens": 2}'

    assert told(None, message=line).usage["total"] == 3


def test_times_longer_than_a_call_can_take_are_none():
    """A pair that is further apart than the policy's longest call gives the call no length."""
    longest_ms = RULES["limits"]["duration_ms"]
    call = told({"type": "llm", "model": "m", "startTime": AT_MS - longest_ms - 1, "endTime": AT_MS})

    assert call.end_ms == call.start_ms


@pytest.mark.parametrize(("after_ms", "first_token_ms"), [(0, AT_MS - 500), (500, AT_MS), (501, None)])
def test_the_first_token_comes_within_the_call(after_ms, first_token_ms):
    """A first token before the start or behind the end says nothing."""
    call = told({"type": "llm", "model": "m", "latency_ms": 500, "ttft_ms": after_ms})

    assert call.first_token_ms == first_token_ms


def test_a_fatal_level_is_a_failure_too():
    """A record without a message of its own failed with the word of its level."""
    assert told({"type": "llm", "model": "m"}, level=Level.FATAL).error == "fatal"


def test_a_span_id_names_the_call_within_its_own_trace_only():
    """Where the trace id is none of W3C's, a span id could be anybody's: the id comes from the call."""
    span = SAMPLES["otel_flat"]

    own, foreign = told(span), told({**span, "traceId": "not a trace"})

    assert own.observation_id == span["spanId"] != foreign.observation_id


@pytest.mark.parametrize(
    "wrap",
    [
        lambda calls: {"message": json.dumps(calls)},
        lambda calls: {"message": "2026-11-20 INFO [batch] " + json.dumps(calls)},
        lambda calls: {"message": "\n".join(json.dumps(call) for call in calls)},
        lambda calls: {"document": {"msg": "flushed", "calls": calls}},
    ],
    ids=["array", "array behind text", "lines", "list in an object"],
)
def test_each_call_of_a_batch(wrap):
    """A line that holds several calls gives each of them, with an id of its own; the line counts once."""
    batch = [{"type": "llm", "model": "gpt-4o", "prompt_tokens": number + 1, "requestId": "r"} for number in range(3)]
    wrapped = wrap(batch)

    found = recognise(record(wrapped.get("document"), message=wrapped.get("message", "")), RULES)

    assert [call.usage["total"] for call in found.calls] == [1, 2, 3]
    assert len({call.observation_id for call in found.calls}) == 3
    assert len({call.trace_id for call in found.calls}) == 1
    assert [call.lines for call in found.calls] == [1, 0, 0]


def test_a_batch_takes_user_and_request_from_around_it():
    """What stands beside a batch is of all its calls, save costs and texts, which would count for each."""
    batch = [{"type": "llm", "model": "gpt-4o", "prompt_tokens": 1} for _ in range(2)]

    found = recognise(record({"calls": batch, "userId": "u-7", "requestId": "r-9", "total_cost": 3.5}), RULES)

    assert [(call.user_id, call.cost) for call in found.calls] == [("u-7", {}), ("u-7", {})]
    assert len({call.trace_id for call in found.calls}) == 1


def test_nonsense_in_a_batch_takes_no_other_call_along():
    """Of a batch, the call that states what cannot be is left out and noticed; the others are told."""
    batch = [{"type": "llm", "model": "gpt-4o", "prompt_tokens": count} for count in (5, -5, 7)]

    found = recognise(record({"calls": batch}), RULES)

    assert [call.usage["total"] for call in found.calls] == [5, 7]
    assert (found.refusal, found.noticed) == (None, (Noticed.NONSENSE,))
