"""Where in a line a call may stand: anywhere by what it holds, but never in what was asked, answered, passed or allowed."""

import json

import pytest

from logrouter.model import DropReason
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, record

CALL = {"model": "gpt-4o", "usage": {"prompt_tokens": 5, "completion_tokens": 2}}


def calls_in(document):
    return recognise(record(document), RULES).calls


@pytest.mark.parametrize(
    "line",
    [
        {"metadata": {"openai": CALL}},
        {"jsonPayload": {"msg": "done", **CALL}},
        {"mdc": {"modelName": "gpt-4o", "inputTokenCount": "5", "outputTokenCount": "2"}},
        {"State": {"ResponseId": "r-1", "ModelId": "gpt-4o", "Usage": {"InputTokenCount": 5, "OutputTokenCount": 2}}},
        {"row": {"response": {"body": CALL}}},
        {"http": {"response": {"body": json.dumps(CALL)}}},
        {"replies": [{"role": "assistant", "meta": CALL}]},
        {"stats": {"prompt_tokens": 5, "completion_tokens": 2}, "model": "gpt-4o"},
        {"llm.model": "gpt-4o", "llm.usage.prompt_tokens": 5, "llm.usage.completion_tokens": 2},
        {"vendor.model": "gpt-4o", "vendor.usage.prompt_tokens": 5, "vendor.usage.completion_tokens": 2},
        {"model": {"provider": "openai", "modelId": "gpt-4o"}, "usage": {"inputTokens": 5, "outputTokens": 2}},
        {"response": {"id": "1", "modelId": "gpt-4o"}, "usage": {"inputTokens": 5, "outputTokens": 2}},
    ],
)
def test_a_call_is_found_by_what_it_holds(line):
    """Whatever a logger calls the object around it, model and tokens are those of the call."""
    found = calls_in({"level": "info", "msg": "done", **line})

    assert [(one.model, one.usage) for one in found] == [("gpt-4o", {"input": 5, "output": 2, "total": 7})]


@pytest.mark.parametrize(
    "line",
    [
        {"chat": {"prompt": CALL}},
        {"chat": {"messages": [{"role": "assistant", "content": CALL}]}},
        {"chat": {"arguments": CALL}},
        {"answer": {"found": CALL}},
        {"tool_name": "ask", "result": CALL},
        {"rate_limits": {"model": "gpt-4o", "prompt_tokens": 5, "completion_tokens": 2}},
        {"stats": {**CALL, "num_model_requests": 9}},
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": CALL}}}}}}},
    ],
)
def test_what_is_quoted_allowed_or_added_up_is_no_call(line):
    """A completion in a question, an answer or a tool's result, a limit, a sum: none of them is a call of the line."""
    assert calls_in({"level": "info", "msg": "done", **line}) == ()


@pytest.mark.parametrize(
    "line",
    [
        {"model": "User", "operation": "findMany", "tokens": 3},
        {"model": "RefreshToken", "total_tokens": 1200},
        {"usage": {"input": 1200, "output": 800, "total": 2000}, "device": "sda"},
        {"model": "WD-Blue", "usage": {"input": 1200, "output": 800}},
        {"event": "budget", "model": "gpt-4o", "tokens_used": 812_000, "tokens_left": 188_000},
        {"model": "User", "error": "not found", "duration_ms": 4},
    ],
)
def test_other_tokens_and_models_are_no_call(line):
    """Tables have models, logins have tokens, disks have input and output."""
    assert calls_in(line) == ()


def test_a_declared_call_with_objects_for_counts_is_invalid():
    """It says what cannot be, and must not pass for a call of no tokens."""
    told = {"event": "llm_call", "model": "gpt-4o", "usage": {"prompt_tokens": {"n": 5}, "completion_tokens": {"n": 6}}}

    assert recognise(record(told), RULES).refusal is DropReason.INVALID_LLM_CALL


@pytest.mark.parametrize(
    ("model", "kind"),
    [("text-embedding-3-small", "embedding"), ("BAAI/bge-m3", "embedding"), ("jina-reranker-v2", "retriever")],
)
def test_models_that_write_nothing_are_known_by_name(model, kind):
    """Where nothing else tells the kind, the model's name does; tokens that it put out say that it is a generation."""
    (found,) = calls_in({"msg": "done", "model": model, "usage": {"total_tokens": 8}})
    (wrote,) = calls_in({"msg": "done", "model": model, "prompt_tokens": 8, "completion_tokens": 2})

    assert (found.kind, found.usage) == (kind, {"input": 8, "output": 0, "total": 8})
    assert wrote.kind == "generation"


@pytest.mark.parametrize(
    "said",
    [
        {"ms": 1500}, {"total_ms": 1500}, {"took": "1.5s"}, {"Duration": "00:00:01.5000000"}, {"elapsed": "PT1.5S"},
        {"metrics": {"latencyMs": 1500}}, {"timing": {"total_ms": 1500}}, {"durationMillis": 1500},
    ],
)  # fmt: skip
def test_durations_under_the_names_that_teams_use(said):
    """A name with a unit, a text with one, or a section of measures tells how long the call took."""
    (found,) = calls_in({"model": "gpt-4o", "prompt_tokens": 5, "completion_tokens": 2, **said})

    assert found.end_ms - found.start_ms == 1500


def test_a_vague_name_never_makes_a_call_invalid():
    """`took: long` says nothing, and the tokens still count."""
    said = {"took": "long", "ms": "x", "metrics": {"latency": "high"}}

    assert calls_in({"model": "gpt-4o", "prompt_tokens": 5, "completion_tokens": 2, **said})[0].usage["total"] == 7


def test_the_nearest_object_tells_of_a_call_first():
    """What stands between the line and the call is the call's before it is the line's."""
    inner = {
        "modelId": "amazon.nova-pro-v1:0",
        "userId": "u-1",
        "response": {"usage": {"inputTokens": 5, "outputTokens": 2}},
    }
    (found,) = calls_in({"msg": "done", "user_id": "u-2", "data": inner})

    assert (found.model, found.user_id) == ("amazon.nova-pro-v1:0", "u-1")


def test_cents_are_not_dollars():
    """Portkey's export counts cents."""
    (found,) = calls_in({"ai_org": "openai", "ai_model": "gpt-4o-mini", "req_units": 9, "res_units": 1, "cost": 0.027})

    assert found.cost == {"total": 0.00027}
