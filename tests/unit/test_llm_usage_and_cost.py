"""Usage in exclusive buckets and cost, against numbers worked out by hand from the providers' price lists.

Prices are US dollars per million tokens as published for August 2026; Bedrock's regional endpoints cost 10 % more for
Claude 4.5 and later. The arithmetic is written out, so that a reader can follow it with the provider's page beside.
"""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.model import LlmCall
from logrouter.policy.load import load_policy
from logrouter.stages.llm.usage import Counts, exclusive, read_counts
from logrouter.stages.price import fill_cost
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import AT_MS, RULES, SAMPLES, bedrock, record

M = 1_000_000


def chat(model, prompt, completion, cached=0, reasoning=0, **more):
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    return {"id": "chatcmpl-1", "object": "chat.completion", "model": model, "usage": usage, **more}


def claude(model, fresh, output, read=0, five=0, hour=0):
    usage = {
        "input_tokens": fresh,
        "output_tokens": output,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": five + hour,
        "cache_creation": {"ephemeral_5m_input_tokens": five, "ephemeral_1h_input_tokens": hour},
    }
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [], "usage": usage}


def converse(model, fresh, output, read=0, write=0):
    asked = {"inputTokenCount": fresh, "cacheReadInputTokenCount": read, "cacheWriteInputTokenCount": write}
    return bedrock("Converse", model, asked, {"outputTokenCount": output})


def gemini(model, prompt, candidates, cached=0, thoughts=0, tool=0, audio=0):
    usage = {
        "promptTokenCount": prompt,
        "cachedContentTokenCount": cached,
        "candidatesTokenCount": candidates,
        "thoughtsTokenCount": thoughts,
        "toolUsePromptTokenCount": tool,
        "totalTokenCount": prompt + candidates + thoughts + tool,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": audio}],
    }
    return {"modelVersion": model, "usageMetadata": usage}


def canonical(model, prompt, completion, provider=None, **more):
    return {
        "type": "llm",
        "model": model,
        "provider": provider,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        **more,
    }


def otel(model, provider, given_input, output, read=0, reasoning=0):
    return {
        "attributes": {
            "gen_ai.provider.name": provider,
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": given_input,
            "gen_ai.usage.output_tokens": output,
            "gen_ai.usage.cache_read.input_tokens": read,
            "gen_ai.usage.reasoning.output_tokens": reasoning,
        }
    }


CASES = {
    "openai gpt-4o": (chat("gpt-4o", 1000, 200), "in 1000, out 200", 1000 * 2.5 + 200 * 10),
    "openai gpt-4o cached": (chat("gpt-4o", 1100, 10, 100), "in 1000, cached 100, out 10", 1000 * 2.5 + 100 * 1.25 + 10 * 10),
    "openai gpt-4o-mini": (chat("gpt-4o-mini", 5000, 500), "in 5000, out 500", 5000 * 0.15 + 500 * 0.6),
    "openai gpt-4o-mini cached": (chat("gpt-4o-mini", 5000, 500, 4000), "in 1000, cached 4000, out 500", 1000 * 0.15 + 4000 * 0.075 + 500 * 0.6),
    "openai gpt-5 reasoning": (chat("gpt-5", 100, 300, 0, 256), "in 100, out 44, reasoning 256", 100 * 1.25 + 300 * 10),
    "openai gpt-5 both": (chat("gpt-5-2025-08-07", 1200, 300, 1024, 256), "in 176, cached 1024, out 44, reasoning 256", 176 * 1.25 + 1024 * 0.125 + 300 * 10),
    "openai gpt-4.1": (chat("gpt-4.1", 800, 80, 400), "in 400, cached 400, out 80", 400 * 2 + 400 * 0.5 + 80 * 8),
    "openai o3": (chat("o3", 60, 700, 0, 640), "in 60, out 60, reasoning 640", 60 * 2 + 700 * 8),
    "openai gpt-3.5": (chat("gpt-3.5-turbo", 60, 40), "in 60, out 40", 60 * 0.5 + 40 * 1.5),
    "openai all cached": (chat("gpt-4o", 1024, 1, 1024), "in 0, cached 1024, out 1", 1024 * 1.25 + 10),
    "openai embedding small": (SAMPLES["openai_embedding"], "in 8, out 0", 8 * 0.02),
    "openai embedding large": (
        {"object": "list", "data": [], "model": "text-embedding-3-large", "usage": {"prompt_tokens": 70, "total_tokens": 70}},
        "in 70, out 0",
        70 * 0.13,
    ),
    "openai responses": (SAMPLES["openai_responses"], "in 36, out 23, reasoning 64", 36 * 1.25 + 87 * 10),
    "azure gpt-4o": (canonical("gpt-4o", 1000, 10, "azure"), "in 1000, out 10", 1000 * 2.5 + 10 * 10),
    "anthropic sonnet": (claude("claude-sonnet-4-5", 50, 40), "in 50, out 40", 50 * 3 + 40 * 15),
    "anthropic sonnet read": (claude("claude-sonnet-4-5", 50, 40, 2000), "in 50, cached 2000, out 40", 50 * 3 + 2000 * 0.3 + 40 * 15),
    "anthropic sonnet 5m": (claude("claude-sonnet-4-5", 50, 40, 0, 300), "in 50, 5m 300, out 40", 50 * 3 + 300 * 3.75 + 40 * 15),
    "anthropic sonnet 1h": (claude("claude-sonnet-4-5", 50, 40, 0, 0, 300), "in 50, 1h 300, out 40", 50 * 3 + 300 * 6 + 40 * 15),
    "anthropic sonnet all": (
        claude("claude-sonnet-4-5", 50, 40, 2000, 100, 200),
        "in 50, cached 2000, 5m 100, 1h 200, out 40",
        50 * 3 + 2000 * 0.3 + 100 * 3.75 + 200 * 6 + 40 * 15,
    ),
    "anthropic haiku": (claude("claude-haiku-4-5-20251001", 9, 6, 90, 10, 20), "in 9, cached 90, 5m 10, 1h 20, out 6", 9 + 90 * 0.1 + 10 * 1.25 + 20 * 2 + 6 * 5),
    "anthropic opus": (claude("claude-opus-4-1", 100, 10, 100), "in 100, cached 100, out 10", 100 * 15 + 100 * 1.5 + 10 * 75),
    "anthropic old haiku": (claude("claude-3-5-haiku-20241022", 100, 10), "in 100, out 10", 100 * 0.8 + 10 * 4),
    "bedrock sonnet regional": (converse("us.anthropic.claude-sonnet-4-5-20250929-v1:0", 20, 7, 1000, 50), "in 20, cached 1000, written 50, out 7", 20 * 3.3 + 1000 * 0.33 + 50 * 4.125 + 7 * 16.5),
    "bedrock sonnet global": (converse("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 20, 7, 1000), "in 20, cached 1000, out 7", 20 * 3 + 1000 * 0.3 + 7 * 15),
    "bedrock sonnet profile arn": (
        converse("arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0", 100, 10),
        "in 100, out 10",
        100 * 3.3 + 10 * 16.5,
    ),
    "bedrock haiku stream": (SAMPLES["bedrock_invoke_stream_claude"], "in 9, 5m 10, 1h 20, out 6", 9 * 1.1 + 10 * 1.375 + 20 * 2.2 + 6 * 5.5),
    "bedrock nova lite": (converse("amazon.nova-lite-v1:0", 1000, 10, 100), "in 1000, cached 100, out 10", 1000 * 0.06 + 100 * 0.015 + 10 * 0.24),
    "bedrock nova lite apac": (converse("apac.amazon.nova-lite-v1:0", 1000, 10), "in 1000, out 10", 1000 * 0.06 + 10 * 0.24),
    "bedrock nova micro": (converse("amazon.nova-micro-v1:0", 1000, 10), "in 1000, out 10", 1000 * 0.035 + 10 * 0.14),
    "bedrock nova pro": (converse("us.amazon.nova-pro-v1:0", 1000, 10), "in 1000, out 10", 1000 * 0.8 + 10 * 3.2),
    "bedrock llama": (SAMPLES["bedrock_invoke_llama"], "in 11, out 3", 14 * 0.72),
    "bedrock llama 8b": (converse("meta.llama3-1-8b-instruct-v1:0", 100, 10), "in 100, out 10", 110 * 0.22),
    "bedrock mistral": (converse("mistral.mistral-large-2402-v1:0", 100, 10), "in 100, out 10", 100 * 4 + 10 * 12),
    "bedrock deepseek": (converse("us.deepseek.r1-v1:0", 100, 10), "in 100, out 10", 100 * 1.35 + 10 * 5.4),
    "bedrock titan embedding": (SAMPLES["bedrock_invoke_titan_embedding"], "in 4, out 0", 4 * 0.02),
    "gemini flash": (gemini("gemini-2.5-flash", 100, 20), "in 100, out 20", 100 * 0.3 + 20 * 2.5),
    "gemini flash thoughts": (gemini("gemini-2.5-flash", 100, 20, 60, 35, 5), "in 45, cached 60, out 20, reasoning 35", 45 * 0.3 + 60 * 0.03 + 55 * 2.5),
    "gemini flash audio": (gemini("gemini-2.5-flash", 100, 20, audio=40), "in 60, audio 40, out 20", 60 * 0.3 + 40 * 1 + 20 * 2.5),
    "gemini pro": (gemini("gemini-2.5-pro", 1100, 10, 100), "in 1000, cached 100, out 10", 1000 * 1.25 + 100 * 0.125 + 10 * 10),
    "gemini models/ prefix": (gemini("models/gemini-2.0-flash", 100, 10), "in 100, out 10", 100 * 0.1 + 10 * 0.4),
    "mistral": (canonical("mistral-small-latest", 100, 10, "mistral"), "in 100, out 10", 100 * 0.15 + 10 * 0.6),
    "groq": (canonical("llama-3.3-70b-versatile", 100, 10, "groq"), "in 100, out 10", 100 * 0.59 + 10 * 0.79),
    "cohere": (canonical("command-r-plus", 100, 10, "cohere"), "in 100, out 10", 100 * 2.5 + 10 * 10),
    "xai": (canonical("grok-4", 100, 10, "xai"), "in 100, out 10", 100 * 3 + 10 * 15),
    "xai reasoning outside": (
        canonical("grok-4", 100, 10, "xai", total_tokens=150, completion_tokens_details={"reasoning_tokens": 40}),
        "in 100, out 10, reasoning 40",
        100 * 3 + 50 * 15,
    ),
    "perplexity fee": (canonical("sonar", 100, 10, "perplexity"), "in 100, out 10", 110 * 1 + 12_000),
    "otel openai": (otel("gpt-4o", "openai", 100, 50, 40, 20), "in 60, cached 40, out 30, reasoning 20", 60 * 2.5 + 40 * 1.25 + 50 * 10),
    "otel exclusive exporter": (otel("claude-sonnet-4-5", "anthropic", 10, 5, 2000), "in 10, cached 2000, out 5", 10 * 3 + 2000 * 0.3 + 5 * 15),
    "otel bedrock": (otel("anthropic.claude-haiku-4-5-20251001-v1:0", "aws.bedrock", 100, 10), "in 100, out 10", 100 * 1.1 + 10 * 5.5),
    "litellm prefix": (canonical("bedrock/amazon.nova-micro-v1:0", 1000, 10), "in 1000, out 10", 1000 * 0.035 + 10 * 0.14),
    "langchain": (SAMPLES["langchain"], "in 20, cached 10, out 8, reasoning 4", 20 * 0.15 + 10 * 0.075 + 12 * 0.6),
    "canonical anthropic names": (
        {"type": "llm", "model": "claude-sonnet-4-5", "input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 4},
        "in 10, cached 4, out 5",
        10 * 3 + 4 * 0.3 + 5 * 15,
    ),
}  # fmt: skip
NAMES = {
    "in": "input",
    "out": "output",
    "cached": "input_cached_tokens",
    "written": "input_cache_creation",
    "5m": "input_cache_creation_5m",
    "1h": "input_cache_creation_1h",
    "reasoning": "output_reasoning_tokens",
    "audio": "input_audio_tokens",
}


def found(document, **facts) -> LlmCall:
    (call,) = recognise(record(document, **facts), RULES).calls
    return call


@pytest.mark.parametrize("case", CASES)
def test_usage_and_cost(case):
    """Buckets exclude each other and add up; the cost is the price list's."""
    document, buckets, micro_dollars = CASES[case]
    expected = {NAMES[part.split()[0]]: int(part.split()[1]) for part in buckets.split(", ")}
    call = fill_cost(found(document), RULES)

    assert {**expected, "total": sum(expected.values())} == call.usage
    assert call.cost_source == "prices"
    assert call.cost["total"] == pytest.approx(micro_dollars / M, abs=1e-12)
    assert sum(amount for side, amount in call.cost.items() if side != "total") == pytest.approx(call.cost["total"])


COUNT = st.none() | st.integers(0, 10**7)


@given(
    counts=st.builds(Counts, **dict.fromkeys(Counts.__dataclass_fields__, COUNT)),
    cache_inside=st.booleans(),
    reasoning_inside=st.booleans(),
    trust_total=st.booleans(),
)
def test_buckets_add_up(counts, cache_inside, reasoning_inside, trust_total):
    """Whatever a provider states, no bucket is negative and the total is their sum."""
    usage = exclusive(counts, cache_inside=cache_inside, reasoning_inside=reasoning_inside, trust_total=trust_total)
    parts = {name: count for name, count in usage.items() if name != "total"}

    assert all(count >= 0 for count in parts.values())
    assert sum(parts.values()) == usage.get("total", 0)


@given(
    prompt=st.integers(0, 10**6),
    cached=st.integers(0, 10**6),
    output=st.integers(0, 10**6),
    thought=st.integers(0, 10**6),
)
def test_openai_counts_are_divided_never_doubled(prompt, cached, output, thought):
    """Whatever is cached or reasoning, an OpenAI usage adds up to its own total."""
    cached, thought = min(cached, prompt), min(thought, output)
    usage = {
        "prompt_tokens": prompt,
        "completion_tokens": output,
        "total_tokens": prompt + output,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": thought},
    }

    assert exclusive(read_counts(usage)).get("total", 0) == prompt + output


def test_total_alone_is_not_split():
    """A record that states a total alone is not guessed apart, and not priced."""
    call = fill_cost(found({"type": "llm", "model": "gpt-4o", "total_tokens": 70}), RULES)

    assert (call.usage, call.cost, call.cost_source) == ({"unsplit": 70, "total": 70}, {}, "unknown")


def test_a_total_that_differs_is_kept_as_metadata():
    """A stated total that no custom explains is shown beside the sum of the buckets."""
    call = found({"type": "llm", "model": "m", "prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 99})

    assert (call.usage["total"], call.metadata["usage_total_reported"]) == (15, 99)


def test_own_cost_goes_first():
    """A cost that the record states is never replaced."""
    call = fill_cost(found(SAMPLES["canonical"]), RULES)

    assert (call.cost, call.cost_source) == ({"total": 0.00008}, "record")


@pytest.mark.parametrize(
    "model", ["house-llm-7b", "gpt-99-preview-x", "arn:aws:bedrock:us-east-1:1:application-inference-profile/abc"]
)
def test_unknown_model_is_never_free(model):
    """A model that no price list knows has no cost, not a cost of zero."""
    call = fill_cost(found(canonical(model, 10, 5)), RULES)

    assert (call.cost, call.cost_source) == ({}, "unknown")


def test_failed_call_without_tokens_costs_nothing():
    """A call that failed before it used tokens costs zero, so that nobody guesses."""
    call = fill_cost(found(SAMPLES["canonical_failed"]), RULES)

    assert (call.cost, call.cost_source) == ({"total": 0.0}, "prices")


def test_failed_call_with_tokens_is_priced():
    """A call that failed after it used tokens costs what they cost."""
    call = fill_cost(found(canonical("gpt-4o", 1000, 0, error="broke off")), RULES)

    assert call.cost["total"] == pytest.approx(1000 * 2.5 / M)


def rules_with(**section):
    return load_policy(json.dumps({"version": "1", "llm": section})).section("llm")


OWN_PRICE = {"id": "house", "matches": "house-*", "per_million": {"input": 2, "output": 4, "input_cached_tokens": 0.5}}


def test_policy_prices_an_unknown_model():
    """A team's own price list knows what the book does not; a bucket without a price costs what its side costs."""
    document = canonical(
        "house-7b",
        100,
        10,
        prompt_tokens_details={"cached_tokens": 40},
        completion_tokens_details={"reasoning_tokens": 4},
    )
    call = fill_cost(found(document), rules_with(prices=[OWN_PRICE]))

    assert call.cost["total"] == pytest.approx((60 * 2 + 40 * 0.5 + 10 * 4) / M)


def test_policy_price_holds_for_its_days():
    """A price is in force from its first to its last day."""
    rules = rules_with(prices=[{**OWN_PRICE, "from": "2026-08-29", "until": "2026-08-29"}])
    call = found(canonical("house-7b", M, 0))
    day_ms = 86_400_000

    assert [
        fill_cost(replace(call, start_ms=AT_MS + days * day_ms), rules).cost.get("input") for days in (-1, 0, 1)
    ] == [None, 2.0, None]


def test_policy_names_what_a_deployment_stands_for():
    """A deployment name is priced as the model it stands for."""
    rules = rules_with(models=[{"id": "prod", "matches": "prod-chat*", "model": "gpt-4o", "provider": "azure"}])
    call = fill_cost(found(canonical("prod-chat-eu", 1000, 0)), rules)

    assert call.cost["total"] == pytest.approx(1000 * 2.5 / M)
    assert call.model == "prod-chat-eu"


def test_price_is_that_of_the_day():
    """An old call is priced as then: o3 cost 10 dollars a million before June 2025."""
    call = found(canonical("o3", M, 0, "openai"), timestamp_ms=1_746_100_000_000)

    assert fill_cost(call, RULES).cost["input"] == 10.0


def test_a_call_that_says_nothing_of_tokens_has_no_cost():
    """Only a failed call without tokens is free; of any other it is not known what it cost."""
    call = found({"type": "llm", "model": "gpt-4o", "prompt": "a", "response": "b"})

    assert (fill_cost(call, RULES).cost, fill_cost(call, RULES).cost_source) == ({}, "unknown")


@pytest.mark.parametrize(("trust_total", "fresh"), [(False, 100), (True, 80)])
def test_a_total_decides_only_where_the_custom_is_not_certain(trust_total, fresh):
    """A total that fits another custom moves cached tokens into the input, unless the format is known for sure."""
    counts = Counts(input=100, output=5, cache_read=20, total=105)

    usage = exclusive(counts, cache_inside=False, trust_total=trust_total)

    assert usage == {"input": fresh, "output": 5, "input_cached_tokens": 20, "total": fresh + 25}
