"""Hold the cost that a record states against what the price list says."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from logrouter.model import Json

_DIGITS: Final = 6


def deviation(stated: float, computed: Decimal, rules: Mapping[str, Json]) -> dict[str, str]:
    """Return what to say where a stated cost lies beyond the tolerance, empty where it does not.

    Args:
        stated: US dollars, as the record has it.
        computed: US dollars, by the price list.
        rules: policy section `llm.cost_check`: `tolerance` as a part of the computed cost, `min_usd` below which a
            difference is not worth a word.

    Returns:
        `cost_computed`, US dollars, and `cost_deviation`, the stated cost over the computed one less 1 (0.5 = half as
        dear again, -1 = stated as free; 1 where the price list says it is free), both as plain decimal text.
    """
    difference = Decimal(str(stated)) - computed
    if abs(difference) < Decimal(str(rules["min_usd"])):
        return {}
    part = difference / computed if computed else Decimal(1)
    if abs(part) <= Decimal(str(rules["tolerance"])):
        return {}
    return {"cost_computed": plain_text(computed), "cost_deviation": plain_text(round(part, _DIGITS))}


def plain_text(amount: Decimal) -> str:
    """Return an amount without exponent and without trailing zeros."""
    text = f"{amount:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
