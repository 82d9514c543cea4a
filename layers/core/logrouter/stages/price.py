"""Fill in what a call cost, and hold a cost that the record states against the price list.

The policy's own prices go first, then corrections, then the packaged price book (genai-prices, loaded only when a call
needs it, never updated over the network), at the moment, region and service tier of the call. What no list knows stays
`unknown` and without cost: it is never priced at zero, and never at the price of something else without a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from logrouter.model import Json, LlmCall, Noticed
from logrouter.policy.log_groups import matches
from logrouter.stages.llm.models import PricedAs, is_guessed, priced_as, region_in
from logrouter.stages.pricing.book import PRICE_BOOK, PriceBook
from logrouter.stages.pricing.cross_check import deviation
from logrouter.stages.pricing.own_prices import CORRECTIONS, own_rates, own_rule
from logrouter.stages.pricing.rates import Charge, Rates, charge
from logrouter.stages.pricing.tiers import multiplier, tier_named

_BOOK_REGION: Final = "us-east-1"
_SAME_PRICE: Final = ("us-east-", "us-west-")
"""Where Bedrock's list prices are those of the book; models of other regions may cost more."""


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Under which names, and when and how served, the price of a call is looked up."""

    models: tuple[str, str]
    provider: str | None
    day: str
    tier: str | None
    region: str | None


def fill_cost(call: LlmCall, rules: Mapping[str, Json], book: PriceBook = PRICE_BOOK) -> LlmCall:
    """Return the call with its cost, where the record does not state one.

    Args:
        call: usage in exclusive buckets.
        rules: policy section `llm`; `models` names what a deployment stands for, `prices` goes before the book,
            `tiers` and `regions` are multipliers, `cost_check` the tolerance for stated costs.
        book: list prices.

    Returns:
        The call with `cost_source` `record`, `prices` or `unknown`, and in `noticed` what is worth counting. A failed
        call that used no tokens, and an answer from a cache, cost nothing.
    """
    if call.cost:
        return _checked(call, rules, book)
    if call.metadata.get("cache_hit") is True:
        return replace(call, cost={"total": 0.0}, cost_source="record")
    if not call.usage.get("total") and not call.units:
        return replace(call, cost={"total": 0.0}, cost_source="prices") if call.error is not None else call
    charged = _charge(call, rules, book)
    if isinstance(charged, Noticed):
        return replace(call, noticed=(*call.noticed, charged))
    cost = {name: float(amount) for name, amount in charged.cost.items()}
    if not charged.assumed:
        return replace(call, cost=cost, cost_source="prices")
    return replace(
        call,
        cost=cost,
        cost_source="prices",
        noticed=(*call.noticed, Noticed.ASSUMED_PRICE),
        metadata={**call.metadata, "cost_assumed": list(charged.assumed)},
    )


def _checked(call: LlmCall, rules: Mapping[str, Json], book: PriceBook) -> LlmCall:
    """Say on the call where the stated cost lies beyond the tolerance; what cannot be priced for sure is not held."""
    check, stated = rules["cost_check"], call.cost.get("total", 0)
    if call.cost_source != "record" or not check["enabled"] or not stated:
        return call
    charged = _charge(call, rules, book)
    if isinstance(charged, Noticed) or charged.assumed:
        return call
    found = deviation(stated, charged.cost["total"], check)
    if not found:
        return call
    return replace(call, metadata={**call.metadata, **found}, noticed=(*call.noticed, Noticed.COST_DEVIATION))


def _charge(call: LlmCall, rules: Mapping[str, Json], book: PriceBook) -> Charge | Noticed:
    """Return what the lists charge for a call, or why they do not say."""
    if call.model is None or "unsplit" in call.usage:
        return Noticed.UNPRICED_MODEL
    meant, provider_said = _meant(call, rules)
    lookup = _Lookup(
        models=(call.model, meant.model),
        provider=meant.provider,
        day=f"{datetime.fromtimestamp(call.start_ms / 1000, UTC):%Y-%m-%d}",
        tier=tier_named(call.service_tier),
        region=call.region or region_in(call.model),
    )
    rule = own_rule(rules["prices"], lookup.models, lookup.provider, lookup.day, tier=lookup.tier, region=lookup.region)
    if rule is not None:
        factor = Decimal(1) if "tier" in rule else _tier_factor(rules, lookup)
        charged = None if factor is None else charge(own_rates(rule), call.usage, call.units, factor)
        return charged or Noticed.UNPRICED_TIER
    found = _listed(call, rules, lookup, book)
    if isinstance(found, Noticed):
        return found
    rates, factor = found
    region_factor = _region_factor(rules, lookup)
    charged = charge(rates, call.usage, call.units, factor * (region_factor or 1))
    if charged is None:
        return Noticed.UNPRICED_MODEL
    assumed = charged.assumed
    if (
        not rates.everywhere
        and region_factor is None
        and not (lookup.region or "us-east-").startswith(("us-east-", "us-west-"))
    ):
        assumed += ("region",)
    if is_guessed(provider_said):
        assumed += ("provider",)
    return Charge(charged.cost, assumed)


def _listed(
    call: LlmCall, rules: Mapping[str, Json], lookup: _Lookup, book: PriceBook
) -> tuple[Rates, Decimal] | Noticed:
    """Return list rates and the factor of the tier: the tier's own rates, else the standard ones times a multiplier."""
    correction = own_rule(CORRECTIONS, lookup.models, lookup.provider, lookup.day, tier=None, region=None)
    model = lookup.models[1]
    if correction is None and lookup.tier is not None:
        rates = book.rates(model, lookup.provider, call.start_ms, lookup.tier)
        if rates is not None:
            return rates, Decimal(1)
    rates = own_rates(correction) if correction else book.rates(model, lookup.provider, call.start_ms, None)
    if rates is None:
        return Noticed.UNPRICED_MODEL
    factor = _tier_factor(rules, lookup)
    return Noticed.UNPRICED_TIER if factor is None else (rates, factor)


def _tier_factor(rules: Mapping[str, Json], lookup: _Lookup) -> Decimal | None:
    if lookup.tier is None:
        return Decimal(1)
    return multiplier(rules["tiers"], lookup.models, lookup.provider, lookup.day, tier=lookup.tier)


def _region_factor(rules: Mapping[str, Json], lookup: _Lookup) -> Decimal | None:
    if lookup.region is None:
        return None
    return multiplier(rules["regions"], lookup.models, lookup.provider, lookup.day, region=lookup.region)


def _meant(call: LlmCall, rules: Mapping[str, Json]) -> tuple[PricedAs, str | None]:
    """Return model and provider as price books name them, and the provider as the log or the policy says it."""
    named = call.model or ""
    for rule in rules["models"]:
        if matches(rule["matches"], named):
            provider = rule.get("provider") or call.provider
            return priced_as(rule["model"], provider), provider
    return priced_as(named, call.provider), call.provider
