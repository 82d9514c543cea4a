"""Rates of one model by bucket and unit, and their exact product with the counts of a call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

PLACES: Final = 12
"""Decimals that Langfuse stores (measured with server 4.16.0, 2026-11-20)."""

_MILLION: Final = Decimal(1_000_000)

type Price = tuple[tuple[int, Decimal], ...]
"""US dollars per million tokens, in steps: the last step whose bound is below the call's input holds for all tokens of
the call (the custom of every provider with long-context prices). The bound of the first step is -1."""


def flat(per_million: Decimal) -> Price:
    """Return a price that does not depend on the size of the input."""
    return ((-1, per_million),)


@dataclass(frozen=True, slots=True)
class Rates:
    """What a model charges.

    Args:
        tokens: price of each bucket; a bucket that is not here is not sold.
        units: US dollars for one of each unit charged beside tokens.
        request: US dollars for the call itself.
        assumed: buckets that have no price of their own where one is to be expected; they cost what their side costs.
        everywhere: the prices hold in every region, or the model's name says the region.
    """

    tokens: Mapping[str, Price]
    units: Mapping[str, Decimal] = field(default_factory=dict)
    request: Decimal = Decimal(0)
    assumed: frozenset[str] = frozenset()
    everywhere: bool = True


@dataclass(frozen=True, slots=True)
class Charge:
    """What a call costs.

    Args:
        cost: US dollars: `input`, `output`, `other` where something is charged beside tokens, and `total`, their sum.
        assumed: bounded words for what of it is not the exact list price: `rate`, `unit`.
    """

    cost: Mapping[str, Decimal]
    assumed: tuple[str, ...] = ()


def side_of(bucket: str) -> str:
    """Return the side on which a bucket of usage stands: `input` or `output`."""
    return "output" if bucket.startswith("output") else "input"


def charge(
    rates: Rates, usage: Mapping[str, int], units: Mapping[str, float], factor: Decimal = Decimal(1)
) -> Charge | None:
    """Multiply counts by rates; None when tokens were used that the rates do not sell, or only units without a rate.

    Args:
        rates: of the model.
        usage: exclusive buckets, `total` among them or not.
        units: what is charged beside tokens; a unit without a rate is left out and said so.
        factor: of a service tier or region, on tokens alone: providers publish no discount on searches and fees.
    """
    used = {bucket: count for bucket, count in usage.items() if count and bucket != "total"}
    billed = {unit: Decimal(str(amount)) * rates.units[unit] for unit, amount in units.items() if unit in rates.units}
    unsold = [bucket for bucket in used if bucket not in rates.tokens]
    if unsold and (rates.tokens or not billed):
        return None
    if units and not (used or billed or rates.request):
        return None  # all that was used has no price: that is unknown, not free
    asked = sum(count for bucket, count in used.items() if side_of(bucket) == "input")
    sides = {"input": Decimal(0), "output": Decimal(0)}
    for bucket, count in used.items():
        if bucket in rates.tokens:
            sides[side_of(bucket)] += _step(rates.tokens[bucket], asked) * count
    other = sum(billed.values(), rates.request)
    cost = {side: round(amount * factor / _MILLION, PLACES) for side, amount in sides.items()}
    if other:
        cost["other"] = round(other, PLACES)
    missing = () if rates.request else units.keys() - rates.units.keys()  # a fee for the call covers its searches
    assumed = (("rate",) if rates.assumed & used.keys() else ()) + (("unit",) if missing else ())
    return Charge({**cost, "total": sum(cost.values(), Decimal(0))}, assumed)


def split_all_the_same(rates: Rates, usage: Mapping[str, int]) -> Mapping[str, int] | None:
    """Return usage whose split is not told as input, where it costs the same however it is split; else None.

    So it is with embeddings, which have no output, and with models that charge both sides alike.
    """
    asked, answered = rates.tokens.get("input"), rates.tokens.get("output")
    if asked is None or answered not in {asked, flat(Decimal(0))}:
        return None
    return {"input": usage["unsplit"], "total": usage["unsplit"]}


def _step(price: Price, asked: int) -> Decimal:
    chosen = price[0][1]
    for bound, per_million in price:
        if asked > bound:
            chosen = per_million
    return chosen
