"""Fill in what a call cost: the policy's own prices first, else the packaged price book, at the day of the call.

The price book is genai-prices, loaded only when a call needs it and never updated over the network. A model that
neither knows stays `unknown` and without cost: it is never priced at zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, Protocol

from logrouter.model import Json, LlmCall
from logrouter.policy.log_groups import matches
from logrouter.stages.llm.models import bare_model, book_provider

_MILLION: Final = Decimal(1_000_000)
_BOOK_USAGE: Final = {
    "cache_read_tokens": ("input_cached_tokens",),
    "cache_write_tokens": ("input_cache_creation", "input_cache_creation_5m", "input_cache_creation_1h"),
    "cache_write_5m_tokens": ("input_cache_creation_5m",),
    "cache_write_1h_tokens": ("input_cache_creation_1h",),
    "output_reasoning_tokens": ("output_reasoning_tokens",),
    "input_audio_tokens": ("input_audio_tokens",),
    "output_audio_tokens": ("output_audio_tokens",),
    "input_image_tokens": ("input_image_tokens",),
    "output_image_tokens": ("output_image_tokens",),
}
"""genai-prices usage key to our buckets; its keys nest (cache inside input), ours exclude each other."""


class PriceBook(Protocol):
    """Knows list prices."""

    def cost(
        self, model: str, provider: str | None, usage: Mapping[str, int], day: datetime
    ) -> dict[str, float] | None:
        """Return US dollars (`input`, `output`, `total`) of exclusive usage buckets; None when the model is unknown."""
        ...


class GenaiPrices:
    """The price book of the genai-prices package, from its packaged data."""

    def cost(
        self, model: str, provider: str | None, usage: Mapping[str, int], day: datetime
    ) -> dict[str, float] | None:
        """See `PriceBook.cost`; prices are those in force at `day`."""
        from genai_prices import Usage, calc_price  # noqa: PLC0415 - 150 to 500 ms, only calls without a cost need it

        nested = {
            "input_tokens": sum(count for name, count in usage.items() if name.startswith("input")),
            "output_tokens": sum(count for name, count in usage.items() if name.startswith("output")),
        }
        for key, buckets in _BOOK_USAGE.items():
            count = sum(usage.get(bucket, 0) for bucket in buckets)
            if count:
                nested[key] = count
        try:
            price = calc_price(Usage(**nested), model_ref=model, provider_id=provider, genai_request_timestamp=day)
        except (LookupError, ValueError):
            return None
        return _rounded(price.input_price, price.output_price, price.total_price)


PRICE_BOOK: Final = GenaiPrices()


def fill_cost(call: LlmCall, rules: Mapping[str, Json], book: PriceBook = PRICE_BOOK) -> LlmCall:
    """Return the call with its cost, where the record does not state one.

    Args:
        call: usage in exclusive buckets.
        rules: policy section `llm`; `models` names what a deployment stands for, `prices` goes before the book.
        book: list prices.

    Returns:
        The call with `cost_source` `record`, `prices` or `unknown`. A failed call that used no tokens costs nothing.
    """
    if call.cost:
        return call
    if not call.usage.get("total"):
        return replace(call, cost={"total": 0.0}, cost_source="prices") if call.error is not None else call
    if call.model is None or "unsplit" in call.usage:
        return call
    model, provider = _meant(call, rules.get("models", ()))
    day = datetime.fromtimestamp(call.start_ms / 1000, UTC)
    rule = _price_rule(rules.get("prices", ()), (call.model, model), provider, f"{day:%Y-%m-%d}")
    usage = {name: count for name, count in call.usage.items() if name != "total"}
    cost = _own_cost(rule["per_million"], usage) if rule else book.cost(model, provider, usage, day)
    return call if cost is None else replace(call, cost=cost, cost_source="prices")


def _meant(call: LlmCall, models: Sequence[Mapping[str, Json]]) -> tuple[str, str | None]:
    """Return model and provider as price books name them."""
    named = call.model or ""
    for rule in models:
        if matches(rule["matches"], named):
            return rule["model"], book_provider(rule.get("provider") or call.provider, rule["model"])
    return bare_model(named), book_provider(call.provider, named)


def _price_rule(
    prices: Sequence[Mapping[str, Json]], models: tuple[str, str], provider: str | None, day: str
) -> Mapping[str, Json] | None:
    for rule in prices:
        is_model = any(matches(rule["matches"], model) for model in models)
        is_provider = "provider" not in rule or book_provider(rule["provider"], "") == provider
        if is_model and is_provider and rule.get("from", day) <= day <= rule.get("until", day):
            return rule
    return None


def _own_cost(per_million: Mapping[str, float], usage: Mapping[str, int]) -> dict[str, float]:
    """Price each bucket; one without a price of its own costs what its side costs."""
    sides = {"input": Decimal(0), "output": Decimal(0)}
    for bucket, count in usage.items():
        side = "output" if bucket.startswith("output") else "input"
        sides[side] += Decimal(str(per_million.get(bucket, per_million[side]))) * count / _MILLION
    return _rounded(sides["input"], sides["output"], sides["input"] + sides["output"])


def _rounded(cost_input: Decimal, cost_output: Decimal, cost_total: Decimal) -> dict[str, float]:
    """Round to the 12 decimals that Langfuse stores; what is charged beside tokens (a fee a request) stands apart."""
    cost = {"input": round(cost_input, 12), "output": round(cost_output, 12)}
    fee = round(cost_total, 12) - sum(cost.values())
    if fee:
        cost["other"] = fee
    return {name: float(amount) for name, amount in cost.items()} | {"total": float(sum(cost.values()))}
