"""Which rates hold for a call: the policy's own prices, else corrections, else the book, times tier and region.

Answers are remembered for as long as the policy is the same object, by model, provider, half hour, tier and region: of
a thousand calls, most ask the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from logrouter.model import Json, Noticed
from logrouter.policy.log_groups import matches
from logrouter.stages.llm.reading.models import is_guessed, priced_as, region_in
from logrouter.stages.pricing.book import PriceBook
from logrouter.stages.pricing.own_prices import CORRECTIONS, own_rates, own_rule
from logrouter.stages.pricing.rates import Rates
from logrouter.stages.pricing.tiers import multiplier, tier_named

_HALF_HOUR_MS: Final = 1_800_000
_REMEMBERED: Final = 4096
_LIST_REGIONS: Final = ("us-east-", "us-west-")
"""Where Bedrock's prices are those of the book; models of other regions may cost more."""


class Question(NamedTuple):
    """What decides on rates, as the log says it.

    Args:
        model: as logged: id, ARN, deployment, routed name.
        provider: as logged.
        half_hour: of the call's start, since the epoch: prices begin on days, DeepSeek's also on half hours.
        service_tier: as logged.
        region: where the model ran, where the record says it.
    """

    model: str
    provider: str | None
    half_hour: int
    service_tier: str | None
    region: str | None


@dataclass(frozen=True, slots=True)
class Quote:
    """The rates of a call, the factor of its tier and region, and what about them is assumed.

    Args:
        assumed: `tier` (no list has it: these are the standard rates), `region`, `provider`.
    """

    rates: Rates
    factor: Decimal = Decimal(1)
    assumed: tuple[str, ...] = ()


def half_hour_of(start_ms: int) -> int:
    """Return the half hour of a moment in epoch milliseconds."""
    return start_ms // _HALF_HOUR_MS


def quote(question: Question, rules: Mapping[str, Json], book: PriceBook) -> Quote | Noticed:
    """Return the rates for a call, or UNPRICED_MODEL where no list has the model.

    Args:
        question: about the call.
        rules: policy section `llm`.
        book: list prices.
    """
    return _remembering(_Same(rules, book)).answer(question)


class _Same:
    """A policy section and a book as a key: equal only to the very same two."""

    __slots__ = ("book", "rules")

    def __init__(self, rules: Mapping[str, Json], book: PriceBook) -> None:
        self.rules, self.book = rules, book

    def __hash__(self) -> int:
        return hash((id(self.rules), id(self.book)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.rules is other.rules and self.book is other.book


@lru_cache(maxsize=4)
def _remembering(same: _Same) -> "_Quotes":
    return _Quotes(same.rules, same.book)


class _Quotes:
    """Quotes of one policy."""

    def __init__(self, rules: Mapping[str, Json], book: PriceBook) -> None:
        self._rules, self._book = rules, book
        self._known: dict[Question, Quote | Noticed] = {}

    def answer(self, question: Question) -> Quote | Noticed:
        found = self._known.get(question)
        if found is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            found = self._known[question] = _Lookup.of(question, self._rules, self._book).quote(self._rules, self._book)
        return found


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Under which names, and when and how served, a price is looked up."""

    models: tuple[str, str]
    provider: str | None
    is_guessed: bool
    at_ms: int
    tier: str | None
    region: str | None

    @classmethod
    def of(cls, question: Question, rules: Mapping[str, Json], book: PriceBook) -> "_Lookup":
        named, provider = question.model, question.provider
        meant = next((rule for rule in rules["models"] if matches(rule["matches"], named)), None)
        if meant is not None:
            named, provider = meant["model"], meant.get("provider") or provider
        known_as = priced_as(named, provider)
        return cls(
            models=(question.model, known_as.model),
            provider=known_as.provider or book.seller(known_as.model),
            is_guessed=is_guessed(provider),
            at_ms=question.half_hour * _HALF_HOUR_MS,
            tier=tier_named(question.service_tier),
            region=question.region or region_in(question.model),
        )

    @property
    def day(self) -> str:
        return f"{datetime.fromtimestamp(self.at_ms / 1000, UTC):%Y-%m-%d}"

    def quote(self, rules: Mapping[str, Json], book: PriceBook) -> Quote | Noticed:
        rule = own_rule(rules["prices"], self.models, self.provider, self.day, tier=self.tier, region=self.region)
        if rule is not None:
            return Quote(own_rates(rule)) if "tier" in rule else self._at_tier(own_rates(rule), rules)
        listed = self._listed(rules, book)
        if listed is None:
            return Noticed.UNPRICED_MODEL
        region_factor = self._region_factor(rules)
        is_elsewhere = self.region is not None and not self.region.startswith(_LIST_REGIONS)
        is_assumed = {
            "region": is_elsewhere and region_factor is None and not listed.rates.everywhere,
            "provider": self.is_guessed,
        }
        factor = listed.factor if region_factor is None else listed.factor * region_factor
        assumed = (*listed.assumed, *(what for what, holds in is_assumed.items() if holds))
        return Quote(listed.rates, factor, assumed)

    def _listed(self, rules: Mapping[str, Json], book: PriceBook) -> Quote | None:
        """Return list rates: the tier's own, else the standard ones multiplied."""
        correction = own_rule(CORRECTIONS, self.models, self.provider, self.day, tier=self.tier, region=None)
        if correction is None and self.tier is not None:
            rates = book.rates(self.models[1], self.provider, self.at_ms, self.tier)
            if rates is not None:
                return Quote(rates)
        rates = own_rates(correction) if correction else book.rates(self.models[1], self.provider, self.at_ms, None)
        return None if rates is None else self._at_tier(rates, rules)

    def _at_tier(self, rates: Rates, rules: Mapping[str, Json]) -> Quote:
        """Return standard rates at the tier's multiplier.

        Without one they stay as they are and say so: a call without a cost would be priced so by the server, which
        says nothing.
        """
        if self.tier is None:
            return Quote(rates)
        factor = multiplier(rules["tiers"], self.models, self.provider, self.day, tier=self.tier)
        return Quote(rates, assumed=("tier",)) if factor is None else Quote(rates, factor)

    def _region_factor(self, rules: Mapping[str, Json]) -> Decimal | None:
        if self.region is None:
            return None
        return multiplier(rules["regions"], self.models, self.provider, self.day, region=self.region)
