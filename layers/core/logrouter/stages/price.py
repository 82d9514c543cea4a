"""Fill in what a call cost, and hold a cost that the record states against the price list.

The policy's own prices go first, then corrections, then the packaged price book (genai-prices, loaded only when a call
needs it, never updated over the network), at the moment, region and service tier of the call. A model that no list has
stays `unknown` and without cost, never priced at zero; a tier, region or unit that no list has is said on the call.
"""

from collections.abc import Mapping
from dataclasses import replace

from logrouter.model import Json, LlmCall, Noticed
from logrouter.stages.pricing.book import PRICE_BOOK, PriceBook
from logrouter.stages.pricing.cross_check import deviation
from logrouter.stages.pricing.quotes import Question, half_hour_of, quote
from logrouter.stages.pricing.rates import Charge, charge, split_all_the_same


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
        noticed=(*call.noticed, *_noticed(charged.assumed)),
        metadata={**call.metadata, "cost_assumed": list(charged.assumed)},
    )


def _noticed(assumed: tuple[str, ...]) -> tuple[Noticed, ...]:
    """Return under which words to count what is assumed of a price."""
    words = {Noticed.UNPRICED_TIER if what == "tier" else Noticed.ASSUMED_PRICE for what in assumed}
    return tuple(sorted(words))


def _checked(call: LlmCall, rules: Mapping[str, Json], book: PriceBook) -> LlmCall:
    """Say on the call where the stated cost lies beyond the tolerance; what cannot be priced for sure is not held."""
    check, stated = rules["cost_check"], call.cost.get("total", 0)
    if call.cost_source != "record" or not check["enabled"] or not stated:
        return call
    if not call.usage.get("total") and not call.units:
        return call  # nobody says what was used: the list does not say that it was free
    charged = _charge(call, rules, book)
    if isinstance(charged, Noticed) or charged.assumed:
        return call
    found = deviation(stated, charged.cost["total"], check)
    if not found:
        return call
    return replace(call, metadata={**call.metadata, **found}, noticed=(*call.noticed, Noticed.COST_DEVIATION))


def _charge(call: LlmCall, rules: Mapping[str, Json], book: PriceBook) -> Charge | Noticed:
    """Return what the lists charge for a call, or why they do not say."""
    if call.model is None:
        return Noticed.UNPRICED_MODEL
    question = Question(call.model, call.provider, half_hour_of(call.start_ms), _tier_said(call), call.region)
    found = quote(question, rules, book)
    if isinstance(found, Noticed):
        return found
    usage = split_all_the_same(found.rates, call.usage) if "unsplit" in call.usage else call.usage
    charged = None if usage is None else charge(found.rates, usage, call.units, found.factor)
    if charged is None:
        return Noticed.UNPRICED_MODEL
    return Charge(charged.cost, charged.assumed + found.assumed) if found.assumed else charged


def _tier_said(call: LlmCall) -> str | None:
    """Return the tier that the answer names, else the one that was asked for: `auto` and none are the standard one."""
    said = (call.service_tier, call.metadata.get("service_tier"), call.parameters.get("service_tier"))
    return next((tier for tier in said if isinstance(tier, str)), None)
