"""Service tiers as providers name them, and the multipliers that the policy gives tiers and regions."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from logrouter.model import Json
from logrouter.policy.log_groups import matches
from logrouter.stages.llm.reading.models import book_provider

_STANDARD: Final = frozenset(
    {"", "auto", "default", "standard", "standardonly", "ondemand", "none", "null", "unset", "unspecified"}
)
_PREFIX: Final = re.compile(r"^(?:servicetier|traffictype|ondemand)+(?=.)")
_TIERS: Final = {"batches": "batch", "batchapi": "batch", "provisionedthroughput": "provisioned", "ptu": "provisioned"}


def tier_named(service_tier: str | None) -> str | None:
    """Return a tier in one spelling, None for the standard one.

    OpenAI says `default`, `flex`, `priority`, `scale`; Anthropic `standard`, `priority`, `batch` and the speed `fast`;
    Bedrock `default`, `flex`, `priority`, `reserved`; Vertex AI `ON_DEMAND`, `ON_DEMAND_FLEX`,
    `PROVISIONED_THROUGHPUT`; Groq `on_demand`, `flex` (checked 2026-11-20). `auto` in a request says nothing.
    """
    word = re.sub(r"[^a-z0-9]", "", (service_tier or "").lower())
    if word in _STANDARD:
        return None
    word = _PREFIX.sub("", word)
    return None if word in _STANDARD else _TIERS.get(word, word)[:40]


def multiplier(
    rules: Sequence[Mapping[str, Json]], models: tuple[str, str], provider: str | None, day: str, **wanted: str
) -> Decimal | None:
    """Return the factor of the last rule that fits, None when none does.

    Args:
        rules: policy list `tiers` or `regions`; a team's own stand behind the packaged ones and so go first.
        models: names under which the model is known.
        provider: id in the price book.
        day: of the call, `YYYY-MM-DD`, UTC.
        wanted: `tier` or `region` of the call.
    """
    for rule in reversed(rules):
        is_meant = all(_is_wanted(rule, field, value) for field, value in wanted.items())
        if is_meant and fits(rule, models, provider, day):
            return Decimal(str(rule["multiplier"]))
    return None


def fits(rule: Mapping[str, Json], models: tuple[str, str], provider: str | None, day: str) -> bool:
    """Tell whether a rule is about this model of this provider on this day; what it does not name, it is about."""
    return (
        ("matches" not in rule or _is_named(rule["matches"], models))
        and ("provider" not in rule or book_provider(rule["provider"], "") == provider)
        and rule.get("from", day) <= day <= rule.get("until", day)
    )


def in_region(rule: Mapping[str, Json], region: str | None) -> bool:
    """Tell whether a rule holds in a region: it names none, or a glob that the region matches."""
    return "regions" not in rule or (region is not None and _is_named(rule["regions"], (region,)))


def _is_named(globs: str | Sequence[str], names: tuple[str, ...]) -> bool:
    return any(matches(glob, name) for glob in ([globs] if isinstance(globs, str) else globs) for name in names)


def _is_wanted(rule: Mapping[str, Json], field: str, value: str) -> bool:
    if field == "region":
        return in_region(rule, value)
    wanted: bool = rule.get(field) == value
    return wanted
