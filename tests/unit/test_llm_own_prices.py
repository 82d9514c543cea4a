"""What a team's policy says of prices: own prices by model, provider, region, tier and day, multipliers, cross-check."""

import json
from dataclasses import replace

import pytest

from logrouter.errors import PolicyError
from logrouter.model import Noticed
from logrouter.policy.load import load_policy
from logrouter.stages.llm.reading.models import PricedAs, priced_as, region_in
from logrouter.stages.price import fill_cost
from logrouter.stages.pricing.tiers import tier_named
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, bedrock, record

M = 1_000_000


def rules_with(**section):
    return load_policy(json.dumps({"version": "1", "llm": section})).section("llm")


def call_of(model="house-7b", provider="house", prompt=1000, completion=100, **changes):
    document = {
        "type": "llm",
        "model": model,
        "provider": provider,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
    }
    (call,) = recognise(record(document), RULES).calls
    return replace(call, **changes)


def price(id_, **more):
    return {"id": id_, "matches": "house-*", "per_million": {"input": 2, "output": 4}, **more}


def total(call, rules):
    return fill_cost(call, rules).cost.get("total")


def test_the_first_price_that_fits_wins():
    """Of prices for a region, a tier and any, each call gets the first that fits it."""
    rules = rules_with(
        prices=[
            price("eu", regions=["eu-*"], per_million={"input": 3, "output": 6}),
            price("fast", tier="fast", per_million={"input": 20, "output": 40}),
            price("any"),
        ]
    )

    assert [
        total(call_of(**facts), rules)
        for facts in ({}, {"region": "eu-west-1"}, {"region": "us-east-1"}, {"service_tier": "fast"})
    ] == [pytest.approx(amount / M) for amount in (2400, 3600, 2400, 24_000)]


def test_long_contexts_cost_their_own_price():
    """Beyond a bound of input, cached tokens among it, the prices of the step hold for all tokens of the call."""
    rules = rules_with(
        prices=[
            price(
                "long",
                per_million={"input": 2, "output": 4, "input_cached_tokens": 1},
                above=[{"input_tokens": 1000, "per_million": {"input": 5}}],
            )
        ]
    )
    usage = {"input": 600, "input_cached_tokens": 401, "output": 10, "total": 1011}

    assert total(call_of(), rules) == pytest.approx((1000 * 2 + 100 * 4) / M)
    assert total(call_of(usage=usage), rules) == pytest.approx((600 * 5 + 401 * 1 + 10 * 4) / M)


def test_fees_and_units_stand_beside_tokens():
    """A fee for the call and prices of units are in the total, and no discount of a tier touches them."""
    rules = rules_with(
        prices=[price("fee", per_request=0.01, per_unit={"pages": 0.002})],
        tiers=[{"id": "house-batch", "provider": "house", "tier": "batch", "multiplier": 0.5}],
    )
    call = fill_cost(call_of(service_tier="batch", units={"pages": 3}), rules)

    assert call.cost == {"input": 0.001, "output": 0.0002, "other": 0.016, "total": 0.0172}


def test_a_unit_without_a_price_is_said():
    """What is charged but priced nowhere is left out of the cost, and the call says that it is."""
    call = fill_cost(call_of(units={"pages": 3}), rules_with(prices=[price("house")]))

    assert (call.metadata["cost_assumed"], call.noticed) == (["unit"], (Noticed.ASSUMED_PRICE,))


def test_units_alone_without_a_price_are_not_free():
    """Where all that was used is priced nowhere, the cost is unknown."""
    call = fill_cost(call_of("gpt-4o", "openai", usage={}, units={"pages": 3}), RULES)

    assert (call.cost, call.cost_source, call.noticed) == ({}, "unknown", (Noticed.UNPRICED_MODEL,))


@pytest.mark.parametrize("call", [call_of(service_tier="turbo"), call_of("gpt-4o", "openai", service_tier="turbo")])
def test_a_tier_that_nobody_prices_is_said(call):
    """The server would price it like the standard tier and say nothing; so do we, and say it and count it."""
    rules = rules_with(prices=[price("house")])
    told = fill_cost(call, rules)

    assert told.cost == fill_cost(replace(call, service_tier=None), rules).cost
    assert (told.metadata["cost_assumed"], told.noticed) == (["tier"], (Noticed.UNPRICED_TIER,))


@pytest.mark.parametrize("body", ["inputBodyJson", "outputBodyJson"])
def test_latency_optimised_inference_is_a_tier(body):
    """Bedrock charges latency-optimised inference otherwise, and says so in request or answer alone."""
    log = bedrock("Converse", "us.amazon.nova-pro-v1:0", {"inputTokenCount": 9}, {"outputTokenCount": 1})
    log["input" if body.startswith("input") else "output"][body] = {"performanceConfig": {"latency": "optimized"}}
    (call,) = recognise(record(log), RULES).calls

    assert (call.service_tier, fill_cost(call, RULES).noticed) == ("optimized", (Noticed.UNPRICED_TIER,))


def test_everything_assumed_is_counted_once():
    """Tier, region and unit: each word once, whatever it stands for."""
    call = call_of("amazon.nova-pro-v1:0", "bedrock", service_tier="flex", region="eu-west-1", units={"pages": 1})
    told = fill_cost(call, RULES)

    assert set(told.metadata["cost_assumed"]) == {"tier", "region", "unit"}
    assert told.noticed == (Noticed.ASSUMED_PRICE, Noticed.UNPRICED_TIER)


def test_a_mapping_tells_tier_region_and_units():
    """A team's own format can say all that a price hangs on."""
    fields = {
        "model": "m",
        "provider": "p",
        "input_tokens": "in",
        "output_tokens": "out",
        "audio_input_tokens": "heard",
        "audio_cached_tokens": "heard_before",
        "cache_read_tokens": "cached",
        "service_tier": "how",
        "region": "where",
        "pages": "pp",
    }
    rules = rules_with(mappings=[{"id": "acme", "when": {"kind": "acme"}, "fields": fields}])
    document = {
        "kind": "acme", "m": "house-7b", "p": "house", "in": 100, "out": 5, "cached": 40, "heard": 30,
        "heard_before": 10, "how": "batch", "where": "eu-west-1", "pp": 2,
    }  # fmt: skip
    (call,) = recognise(record(document), rules).calls

    assert (call.service_tier, call.region, call.units) == ("batch", "eu-west-1", {"pages": 2})
    assert call.usage == {
        "input": 40,
        "input_audio_tokens": 20,
        "input_cached_tokens": 30,
        "input_cached_audio_tokens": 10,
        "output": 5,
        "total": 105,
    }


def test_a_team_s_multiplier_goes_before_the_packaged_one():
    """Of multipliers that fit, the last holds; a team's own stand behind the packaged ones."""
    rules = rules_with(tiers=[{"id": "ours", "provider": "anthropic", "tier": "batch", "multiplier": 0.4}])
    call = call_of("claude-sonnet-4-5", "anthropic", service_tier="batch")

    assert total(call, RULES) == pytest.approx((1000 * 3 + 100 * 15) * 0.5 / M)
    assert total(call, rules) == pytest.approx((1000 * 3 + 100 * 15) * 0.4 / M)


def test_the_record_s_region_is_priced_by_a_rule():
    """A multiplier for a region makes the price known there, so that nothing is assumed any more."""
    call = call_of("amazon.nova-pro-v1:0", "aws.bedrock", region="eu-central-1")
    rules = rules_with(regions=[{"id": "eu", "provider": "bedrock", "regions": "eu-*", "multiplier": 1.05}])

    assert fill_cost(call, RULES).metadata["cost_assumed"] == ["region"]
    told = fill_cost(call, rules)
    assert told.cost["total"] == pytest.approx((1000 * 0.8 + 100 * 3.2) * 1.05 / M)
    assert (told.noticed, "cost_assumed" in told.metadata) == ((), False)


def test_a_policy_of_another_moment_is_not_remembered():
    """What was worked out for one policy does not hold for the next."""
    call = call_of()

    assert [
        total(call, rules_with(prices=[price("house", per_million={"input": amount, "output": 0})]))
        for amount in (1, 2, 3)
    ] == [0.001, 0.002, 0.003]


@pytest.mark.parametrize(
    "section",
    [
        {"prices": [price("x", per_unit={"hugs": 1})]},
        {"prices": [price("x", above=[{"input_tokens": 0, "per_million": {"input": 1}}])]},
        {"prices": [price("x", tier="On Demand")]},
        {"tiers": [{"id": "x", "tier": "batch", "multiplier": -1}]},
        {"regions": [{"id": "x", "multiplier": 1}]},
        {"cost_check": {"tolerance": -1}},
        {"prices": [price("x", **{"from": "2026-13-01"})]},
        {"prices": [price("x", **{"from": "2026-12-31", "until": "2026-01-01"})]},
        {"tiers": [{"id": "x", "tier": "batch", "multiplier": 1, "until": "2026-02-30"}]},
    ],
)
def test_a_wrong_rule_is_refused(section):
    """A rule that could not mean anything is refused with its place."""
    with pytest.raises(PolicyError, match="llm"):
        rules_with(**section)


def stated(total_usd, model="gpt-4o", provider="openai", **changes):
    return call_of(model, provider, cost={"total": total_usd}, cost_source="record", **changes)


@pytest.mark.parametrize(
    ("total_usd", "computed", "part"),
    [
        (0.0035, None, None),
        (0.00357, None, None),  # 2 % exactly
        (0.00358, "0.0035", "0.022857"),
        (0.007, "0.0035", "1"),
        (0.00035, "0.0035", "-0.9"),
    ],
)
def test_a_stated_cost_is_held_against_the_list(total_usd, computed, part):
    """Beyond the tolerance the computed cost and the deviation stand on the call, as plain decimal text; within, not."""
    call = fill_cost(stated(total_usd), rules_with(cost_check={"tolerance": 0.02, "min_usd": 0}))

    assert (call.metadata.get("cost_computed"), call.metadata.get("cost_deviation")) == (computed, part)
    assert call.noticed == ((Noticed.COST_DEVIATION,) if computed else ())
    assert (call.cost, call.cost_source) == ({"total": total_usd}, "record")


@pytest.mark.parametrize(
    ("call", "check"),
    [
        (stated(1.0), {"enabled": False}),
        (stated(0.0036), {"min_usd": 0.001}),
        (stated(1.0, model="house-7b", provider="house"), {}),
        (stated(1.0, service_tier="scale"), {}),
        (stated(1.0, provider="acme-gateway"), {}),
        (stated(0.0), {}),
        (replace(stated(1.0), usage={}), {}),
    ],
    ids=["switched off", "too little", "unknown model", "unknown tier", "guessed provider", "free", "nothing counted"],
)
def test_what_is_not_sure_is_not_held_against_a_cost(call, check):
    """Only a price that is known for sure is held against what a record states."""
    told = fill_cost(call, rules_with(cost_check=check))

    assert ("cost_deviation" in told.metadata, told.noticed) == (False, ())


def test_an_answer_from_a_cache_is_free():
    """What a gateway answered from its cache used tokens once, and not now."""
    call = fill_cost(call_of("gpt-4o", "openai", metadata={"cache_hit": True}), RULES)

    assert (call.cost, call.cost_source) == ({"total": 0.0}, "record")


@pytest.mark.parametrize(
    ("model", "provider", "expected"),
    [
        ("gpt-4o", None, ("gpt-4o", None)),
        ("openai/gpt-4o", None, ("gpt-4o", "openai")),
        ("openai/gpt-4o", "openai", ("gpt-4o", "openai")),
        ("openai/gpt-4o", "openrouter", ("openai/gpt-4o", "openrouter")),
        ("openai/gpt-oss-120b", "groq", ("openai/gpt-oss-120b", "groq")),
        ("groq/openai/gpt-oss-120b", None, ("openai/gpt-oss-120b", "groq")),
        ("bedrock/eu-central-1/anthropic.claude-v2", None, ("anthropic.claude-v2", "aws")),
        ("bedrock/converse/us.amazon.nova-pro-v1:0", "bedrock", ("us.amazon.nova-pro-v1:0", "aws")),
        ("us.amazon.nova-pro-v1:0", None, ("us.amazon.nova-pro-v1:0", "aws")),
        ("arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0", None, ("amazon.nova-pro-v1:0", "aws")),
        ("models/gemini-2.5-pro", "gcp.vertex_ai", ("gemini-2.5-pro", "google")),
        ("text-embedding-3-small", None, ("text-embedding-3-small", "openai")),
        ("sonar-pro", None, ("sonar-pro", "perplexity")),
        ("mistralai/mistral-nemo", "openrouter", ("mistralai/mistral-nemo", "openrouter")),
        ("vertex_ai/claude-sonnet-4-5@20250929", None, ("claude-sonnet-4-5@20250929", "google")),
        ("claude-sonnet-4-5", "vertex_ai-anthropic_models", ("claude-sonnet-4-5", "google")),
        ("gpt-4o", "azure.ai.openai", ("gpt-4o", "azure")),
        ("grok-4", "x-ai", ("grok-4", "x-ai")),
        ("llama3", "ollama", ("llama3", "self-hosted")),
        ("mistral-7b", "hosted_vllm", ("mistral-7b", "self-hosted")),
        ("gpt-4o", "openai_like", ("gpt-4o", None)),
    ],
)
def test_models_and_providers_are_known_by_the_book_s_names(model, provider, expected):
    """However a log routes and spells them, the name under which the price list knows them is found."""
    assert priced_as(model, provider) == PricedAs(*expected)


@pytest.mark.parametrize(
    ("model", "region"),
    [
        ("arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0", "eu-west-1"),
        ("bedrock/ap-northeast-2/amazon.nova-pro-v1:0", "ap-northeast-2"),
        ("arn:aws", None),
        ("amazon.nova-pro-v1:0", None),
    ],
)
def test_a_region_stands_in_arns_and_routes(model, region):
    """Where the model's name tells the region, it is known."""
    assert region_in(model) == region


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        (None, None),
        ("auto", None),
        ("default", None),
        ("standard", None),
        ("ON_DEMAND", None),
        ("on_demand", None),
        ("standard_only", None),
        ("ON_DEMAND_FLEX", "flex"),
        ("ON_DEMAND_PRIORITY", "priority"),
        ("TRAFFIC_TYPE_UNSPECIFIED", None),
        ("PROVISIONED_THROUGHPUT", "provisioned"),
        ("Batch", "batch"),
        ("fast", "fast"),
        ("performance", "performance"),
    ],
)
def test_tiers_have_one_spelling(said, tier):
    """Whatever a provider calls its tiers, standard is none and the others have one name each."""
    assert tier_named(said) == tier
