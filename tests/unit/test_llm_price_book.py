"""The price book: rates kept per model give what genai-prices itself calculates, over its whole packaged data."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from genai_prices import Usage
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ModelPrice, TieredPrices, TimeOfDateConstraint

from logrouter.stages.pricing.book import PRICE_BOOK
from logrouter.stages.pricing.own_prices import BUCKETS, CORRECTIONS, own_rates
from logrouter.stages.pricing.rates import charge

AT = datetime(2026, 11, 20, 12, 10, tzinfo=UTC)
PROVIDERS = get_snapshot().providers
MODELS = [(provider, model) for provider in PROVIDERS for model in provider.models]


def found_by_name():
    """Yield (provider that is asked, name, provider that sells, model) of each name that the book finds."""
    for provider, model in MODELS:
        name = model.id.replace("regional.", "us.", 1) if provider.id == "aws" else model.id
        try:
            yield provider.id, name, *get_snapshot().find_provider_model(name, None, provider.id, None)
        except LookupError:
            continue


FOUND = list(found_by_name())


def ms(at):
    return int(at.timestamp() * 1000)


def as_the_book_counts(usage):
    """Turn exclusive buckets into the book's usage, whose keys nest."""
    sums = {
        "input_tokens": [name for name in BUCKETS if name.startswith("input")],
        "output_tokens": [name for name in BUCKETS if name.startswith("output")],
        "cache_read_tokens": [name for name in BUCKETS if name.startswith("input_cached")],
        "cache_write_tokens": [name for name in BUCKETS if name.startswith("input_cache_creation")],
        "cache_write_5m_tokens": ["input_cache_creation_5m"],
        "cache_write_1h_tokens": ["input_cache_creation_1h"],
        "input_audio_tokens": ["input_audio_tokens", "input_cached_audio_tokens"],
        "cache_audio_read_tokens": ["input_cached_audio_tokens"],
        "input_image_tokens": ["input_image_tokens", "input_cached_image_tokens"],
        "cache_image_read_tokens": ["input_cached_image_tokens"],
        "input_video_tokens": ["input_video_tokens"],
        "output_reasoning_tokens": ["output_reasoning_tokens"],
        "output_audio_tokens": ["output_audio_tokens"],
        "output_image_tokens": ["output_image_tokens"],
        "output_video_tokens": ["output_video_tokens"],
    }
    return Usage(**{key: sum(usage.get(name, 0) for name in names) for key, names in sums.items()})


SMALL = {bucket: 7 * number + 11 for number, bucket in enumerate(BUCKETS)}
LARGE = {bucket: 101 * count for bucket, count in SMALL.items()} | {"input": 1_900_003}


@pytest.mark.parametrize("usage", [SMALL, LARGE], ids=["short", "long"])
def test_every_model_costs_what_the_book_itself_calculates(usage):
    """Whatever the model and the length of its context, our product of rates and counts is the book's own sum."""
    counted = 0
    for provider_id, name, found_by, found in FOUND:
        rates = PRICE_BOOK.rates(name, provider_id, ms(AT), None)
        theirs = found.calc_price(as_the_book_counts(usage), found_by, genai_request_timestamp=AT)
        if rates is None or not rates.tokens:
            assert rates is not None or theirs.total_price == 0, name
            continue
        ours = charge(rates, usage, {})

        assert ours.cost["total"] == pytest.approx(theirs.total_price, abs=Decimal("2e-12")), name
        counted += 1
    assert counted > 2000


@pytest.mark.parametrize("tier", ["batch", "flex", "priority", "fast"])
def test_every_tier_costs_what_the_book_itself_calculates(tier):
    """A tier that the book has costs the book's sum for it; one that it has not is not priced as the standard one."""
    context = {"service_tier": tier} | {"batch": {"processing": "batch"}, "fast": {"speed": "fast"}}.get(tier, {})
    known = 0
    for provider_id, name, found_by, found in FOUND:
        rates = PRICE_BOOK.rates(name, provider_id, ms(AT), tier)
        has_tier = any(
            variant.when.items() <= context.items() and (variant.constraint is None or variant.constraint.active(AT))
            for variant in (found.price_variants or ())
        )

        assert (rates is not None) == has_tier, name
        if rates is not None and rates.tokens:
            known += 1
            theirs = found.calc_price(
                as_the_book_counts(SMALL), found_by, genai_request_timestamp=AT, price_context=context
            )
            assert charge(rates, SMALL, {}).cost["total"] == pytest.approx(theirs.total_price, abs=Decimal("2e-12"))
    assert known >= 20


def test_hours_of_the_book_begin_on_half_hours():
    """Rates are kept by half hour, which is exact as long as no price begins between."""
    hours = [
        price.constraint
        for _, model in MODELS
        for price in (model.prices if isinstance(model.prices, list) else ())
        if isinstance(price.constraint, TimeOfDateConstraint)
    ]

    assert hours
    assert {moment.minute % 30 for hour in hours for moment in (hour.start_time, hour.end_time)} == {0}


def test_the_book_prices_only_units_that_are_known_here():
    """A release of the book that charges for something new must not be read as free of it."""
    from genai_prices.units import _get_registry

    from logrouter.stages.pricing.book import _UNITS

    registry = _get_registry()
    read = {*_UNITS, "requests", "input_audio_seconds", "input_annotated_document_pages", "input_text_messages"}
    sold = set()
    for _, model in MODELS:
        prices = [price.prices for price in model.prices] if isinstance(model.prices, list) else [model.prices]
        for price in prices:
            sold |= {registry.unit_for_price_key(key).usage_key for key in vars(price)}
    beside_tokens = {key for key in sold if registry.units[key].dimensions["family"] != "tokens"}

    assert beside_tokens <= read
    # citations are inside the output that Perplexity states
    assert {key for key in sold - beside_tokens if "citation" in key} == {"output_citation_tokens"}


def test_day_and_hour_decide():
    """DeepSeek's night cost half; the hour is that of the call, in UTC."""
    prices = [
        PRICE_BOOK.rates("deepseek-flash", "deepseek", ms(datetime(2026, 10, 1, hour, 59, tzinfo=UTC)), None).tokens[
            "input"
        ]
        for hour in (0, 1, 3, 4)
    ]

    assert [price[0][1] for price in prices] == [Decimal(text) for text in ("0.15", "0.3", "0.3", "0.15")]


def test_unknown_models_are_not_guessed():
    """A model that the book has not, a free one that it merely lacks prices of, and a server of one's own are None."""
    asked = [
        ("house-llm", "openai"),
        ("gpt-4o", "self-hosted"),
        ("qwen-3-coder-480b", "cerebras"),
    ]

    assert [PRICE_BOOK.rates(model, provider, ms(AT), None) for model, provider in asked] == [None, None, None]


def test_free_models_are_free():
    """What is sold as free costs nothing, and that is known."""
    rates = PRICE_BOOK.rates("mistralai/mistral-nemo:free", "openrouter", ms(AT), None)

    assert charge(rates, {"input": 100, "output": 10}, {}).cost["total"] == 0


@pytest.mark.parametrize("rule", CORRECTIONS, ids=[rule["id"] for rule in CORRECTIONS])
def test_a_correction_differs_from_the_book(rule):
    """A correction that the book has meanwhile goes."""
    names = [rule["matches"]] if isinstance(rule["matches"], str) else rule["matches"]
    model = names[0].replace("*", "")
    day = datetime.fromisoformat(f"{rule.get('from', '2026-01-01')}T12:00:00+00:00")
    usage = {"input": 200_001, "input_audio_tokens": 10, "input_cached_tokens": 10, "output": 10}
    book = PRICE_BOOK.rates(model, rule.get("provider", "openai"), ms(day), None)

    assert charge(own_rates(rule), usage, {}).cost != charge(book, usage, {}).cost
    assert rule["source"]


def test_steps_are_read_as_the_book_has_them():
    """A step holds for all tokens of a call whose input is more than its bound."""
    rates = PRICE_BOOK.rates("gemini-2.5-pro", "google", ms(AT), None)
    price = next(
        model.prices for _, model in MODELS if model.id == "gemini-2.5-pro" and isinstance(model.prices, ModelPrice)
    )

    assert isinstance(price.input_mtok, TieredPrices)
    at = {count: charge(rates, {"input": count, "output": 1000}, {}).cost for count in (200_000, 200_001)}
    assert at[200_000] == {"input": Decimal("0.25"), "output": Decimal("0.01"), "total": Decimal("0.26")}
    assert at[200_001]["input"] == Decimal("0.5000025")
    assert at[200_001]["output"] == Decimal("0.015")


def test_costs_of_thousands_of_calls_add_up_to_the_cent():
    """Sums of rounded costs stay within a millionth of a cent of the exact sum."""
    rates = PRICE_BOOK.rates("gpt-4o-mini", "openai", ms(AT), None)
    calls = [
        {"input": 7 * n + 1, "input_cached_tokens": n % 13, "output": n % 97}
        for n in itertools.islice(itertools.count(), 10_000)
    ]
    exact = sum(
        (
            call["input"] * Decimal("0.15")
            + call["input_cached_tokens"] * Decimal("0.075")
            + call["output"] * Decimal("0.6")
        )
        / 1_000_000
        for call in calls
    )

    told = sum(Decimal(str(float(charge(rates, call, {}).cost["total"]))) for call in calls)

    assert abs(told - exact) < Decimal("1e-8")
