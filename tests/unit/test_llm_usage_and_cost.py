"""Usage in exclusive buckets and cost, against numbers worked out by hand from the providers' price lists.

The cases are lines of `tests/data/llm_costs.jsonl`: a document as a provider or logger writes it, the buckets it holds,
and the arithmetic of its cost with the provider's prices, so that a reader can follow it with the page beside. `read`
says where the price was read: on the provider's page or a dated copy of it (`page`), or in the data of genai-prices
0.2.3 by eye (`book`), whose entries name the page. Where the two differ, `note` says so and the page is right.
"""

import json
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.model import LlmCall, Noticed
from logrouter.policy.load import load_policy
from logrouter.stages.llm.reading.usage import Counts, exclusive, read_counts
from logrouter.stages.price import fill_cost
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import AT_MS, RULES, SAMPLES, record

M = 1_000_000
CASES = [
    json.loads(line)
    for line in (Path(__file__).parents[1] / "data" / "llm_costs.jsonl").read_text("utf-8").splitlines()
]


def canonical(model, prompt, completion, provider=None, **more):
    return {
        "type": "llm",
        "model": model,
        "provider": provider,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        **more,
    }


def found(document, **facts) -> LlmCall:
    (call,) = recognise(record(document, **facts), RULES).calls
    return call


def worked_out(arithmetic):
    """Return the exact result of written arithmetic: numbers, `+`, `*`, `/` and brackets."""
    spaced = arithmetic.replace("(", " ( ").replace(")", " ) ").replace("*", " * ").replace("/", " / ")
    words = [word if word in "()*/+" else f"Decimal('{word}')" for word in spaced.split()]
    return eval("".join(words), {"Decimal": Decimal})


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_usage_and_cost(case):
    """Buckets exclude each other and add up; the cost is the price list's to the last digit, or there is none."""
    at_ms = int(datetime.fromisoformat(case["at"]).timestamp() * 1000)
    # a document's own time goes before the log's, so that it is put where the case plays
    document = {**case["document"], **({"timestamp": case["at"]} if "timestamp" in case["document"] else {})}

    call = fill_cost(replace(found(document, timestamp_ms=at_ms), **case.get("call", {})), RULES)

    total = {"total": sum(case["usage"].values())} if case["usage"] else {}
    assert {**case["usage"], **total} == call.usage
    assert [Noticed(word) for word in case.get("noticed", ())] == list(call.noticed)
    assert case.get("assumed") == call.metadata.get("cost_assumed")
    if case["cost"] is None:
        assert (call.cost, call.cost_source) == ({}, "unknown")
    else:
        assert call.cost_source == "prices"
        assert Decimal(str(call.cost["total"])) == round(worked_out(case["cost"]), 12)


def test_the_cases_are_many_and_of_many_providers():
    """At least 60 cases over 8 providers, a third of them or more against the provider's own page."""
    priced = [case for case in CASES if case["cost"]]
    assert len(priced) >= 120
    assert len({case["provider"] for case in priced}) >= 12
    assert sum(case["read"] == "page" for case in priced) * 3 >= len(priced)


def test_parts_of_a_cost_add_up_to_its_total():
    """In every case the parts of the cost are exactly its total, which is always there."""
    for case in CASES:
        cost = fill_cost(replace(found(case["document"]), **case.get("call", {})), RULES).cost
        parts = [Decimal(str(amount)) for part, amount in cost.items() if part != "total"]
        assert not cost or not parts or sum(parts) == Decimal(str(cost["total"]))


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
