"""Laws of prices: whatever a log calls model, provider, tier and region, a price is a sum, none, or said to be assumed."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.model import Noticed
from logrouter.stages.price import fill_cost
from logrouter.stages.pricing.own_prices import BUCKETS
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, record

NAMES = st.text(max_size=30) | st.sampled_from(
    [
        "gpt-4o", "claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "gemini-2.5-pro", "sonar", "arn:aws:",
        "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-pro-v1:0", "bedrock/", "openai/", "models/models/x",
        "openrouter/openai/gpt-4o", "whisper-1", "grok-4", "*", "litellm",
    ]
)  # fmt: skip
PROVIDERS = st.none() | st.text(max_size=12) | st.sampled_from(["openai", "aws.bedrock", "litellm", "ollama", "azure"])
TIERS = (
    st.none() | st.text(max_size=12) | st.sampled_from(["batch", "flex", "priority", "fast", "default", "on_demand"])
)
REGIONS = st.none() | st.text(max_size=12) | st.sampled_from(["us", "us-east-1", "eu-central-1", "global"])
USAGE = st.dictionaries(st.sampled_from(BUCKETS), st.integers(0, 10**8), max_size=6)
UNITS = st.dictionaries(
    st.sampled_from(["web_searches", "pages", "audio_seconds", "images"]), st.floats(0, 10**9), max_size=2
)
(CALL,) = recognise(record({"type": "llm", "model": "m", "prompt_tokens": 1, "completion_tokens": 1}), RULES).calls


@settings(max_examples=300, deadline=None)  # the first call loads the price book
@given(
    model=NAMES,
    provider=PROVIDERS,
    tier=TIERS,
    region=REGIONS,
    usage=USAGE,
    units=UNITS,
    at_ms=st.integers(0, 4 * 10**12),
)
def test_any_call_is_priced_or_counted(model, provider, tier, region, usage, units, at_ms):
    """No name, tier, region or moment is too odd; the parts of a cost are its total; what has no price is counted."""
    usage = {**usage, "total": sum(usage.values())}
    call = replace(
        CALL, model=model, provider=provider, service_tier=tier, region=region, usage=usage, units=units, start_ms=at_ms
    )

    told = fill_cost(call, RULES)

    parts = [Decimal(str(amount)) for part, amount in told.cost.items() if part != "total"]
    assert all(amount >= 0 for amount in told.cost.values())
    assert abs(sum(parts) - Decimal(str(told.cost.get("total", 0)))) <= Decimal("1e-9") * max(1, *parts, 1)
    if told.cost:
        assert ("cost_assumed" in told.metadata) == bool(told.noticed)
    elif usage["total"] or units:
        assert (told.cost_source, told.noticed) == ("unknown", (Noticed.UNPRICED_MODEL,))


@settings(deadline=None)
@given(usage=USAGE, more=st.sampled_from(BUCKETS))
def test_more_tokens_never_cost_less(usage, more):
    """A token more in any bucket costs as much or more, also where it makes a context long."""
    call = replace(CALL, model="claude-sonnet-4-5", provider="anthropic", start_ms=1_770_000_000_000)
    larger = {**usage, more: usage.get(more, 0) + 1}

    fewer, many = (
        fill_cost(replace(call, usage={**each, "total": sum(each.values())}), RULES).cost.get("total", 0)
        for each in (usage, larger)
    )
    assert many >= fewer


@settings(deadline=None)
@given(
    usage=USAGE,
    stated=st.floats(1e-9, 1e4),
)
def test_a_stated_cost_is_never_changed(usage, stated):
    """Whatever the list says, the record's own cost stays, and a deviation is plain decimal text."""
    call = replace(
        CALL, model="gpt-4o", provider="openai", usage={**usage, "total": sum(usage.values())}, cost={"total": stated},
        cost_source="record",
    )  # fmt: skip

    told = fill_cost(call, RULES)

    assert (told.cost, told.cost_source) == ({"total": stated}, "record")
    for name in ("cost_computed", "cost_deviation"):
        text = told.metadata.get(name, "0")
        assert f"{Decimal(text):f}" == text
        assert "E" not in text.upper()
