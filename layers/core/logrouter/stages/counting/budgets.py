"""Which daily counters of the policy's budgets a call adds to, and which shares of a budget a counter has reached.

A day is that of the call, in the budget's time zone, so that calls whose logs come late count where they belong.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Final

from logrouter.model import Json, Severity
from logrouter.stages.counting.calls import PICO_USD, Amounts, Call, amounts_of, is_counted
from logrouter.stages.matching import matches

DAYS_BACK: Final = 14
"""Calls older than this count towards no budget: so long it is known what was counted."""
WARN_AT: Final = (0.5, 0.8, 1.0)
MAX_ALERTS: Final = 20
TOP: Final = ("service", "model")
VALUE_CHARS: Final = 120
NO_VALUE: Final = "(none)"
_DAY_MS: Final = 86_400_000
_PARTS: Final = 10_000
"""A share is kept as a whole number of these parts of the budget."""


@dataclass(frozen=True, slots=True)
class Counter:
    """One budget on one day, of one value of each fact that it is counted by.

    Args:
        rule: id of the rule.
        day: `2026-11-20`, in the time zone of the rule.
        values: fact and value, as `("service", "chat")`, in the order of the rule.
        part: fact and value of those calls of the budget that this counter is about; None for all of them.
    """

    rule: str
    day: str
    values: tuple[tuple[str, str], ...] = ()
    part: tuple[str, str] | None = None

    @property
    def name(self) -> str:
        """Name of the counter, without anything from a log in clear."""
        if not self.values and not self.part:
            return f"{self.rule}/{self.day}/all"
        said = [self.values, self.part] if self.part else self.values
        return f"{self.rule}/{self.day}/{hashlib.sha256(json.dumps(said).encode()).hexdigest()[:20]}"

    @property
    def whole(self) -> "Counter":
        """The counter of the whole budget."""
        return replace(self, part=None)


@dataclass(frozen=True, slots=True)
class Spending:
    """What some calls add to a counter; `latest_ms` is when the last of them began."""

    amounts: Amounts
    latest_ms: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """A share of a budget at which people hear of it; `parts` of 10,000."""

    parts: int
    severity: Severity


@dataclass(frozen=True, slots=True)
class Passing:
    """A budget of which a share was reached that nobody was told of.

    Args:
        measure: `usd` or `tokens`.
        limit: the whole budget, in parts of a dollar or in tokens.
        reached: the highest share that was reached.
    """

    measure: str
    limit: int
    spent: int
    reached: Threshold

    @property
    def budget(self) -> str:
        """Name what people are told of, letters, digits and `_`: a budget that is changed is another one."""
        return f"{self.measure}_{self.limit}"


def spending_of(calls: Iterable[Call], section: Mapping[str, Json], now_ms: int) -> dict[Counter, Spending]:
    """Return what calls add to each counter of the policy section `budgets`."""
    found: dict[Counter, Spending] = {}
    rules = rules_of(section)
    for call in calls if rules else ():
        if not is_counted(call) or not now_ms - DAYS_BACK * _DAY_MS <= call.start_ms <= now_ms + _DAY_MS:
            continue
        facts = _facts_of(call)
        for rule in rules.values():
            if "match" in rule and not matches(rule["match"], facts):
                continue
            counter = Counter(
                rule["id"],
                day_of(call.start_ms, rule.get("time_zone", section["time_zone"])),
                tuple((name, facts[name][:VALUE_CHARS] or NO_VALUE) for name in rule.get("by", ())),
            )
            parts = [replace(counter, part=(name, facts[name][:VALUE_CHARS] or NO_VALUE)) for name in _parted_by(rule)]
            for each in (counter, *parts):
                before = found.get(each, Spending(Amounts(), call.start_ms))
                latest_ms = max(before.latest_ms, call.start_ms)
                found[each] = Spending(before.amounts + amounts_of(call), latest_ms)
    return found


def _parted_by(rule: Mapping[str, Json]) -> list[str]:
    """Return the facts whose biggest spenders an alert names; users are too many to keep parts of each."""
    by = rule.get("by", ())
    return [] if "user" in by else [name for name in rule.get("top", TOP) if name not in by]


def rules_of(section: Mapping[str, Json]) -> dict[str, Mapping[str, Json]]:
    """Return the rules that are not switched off, by id."""
    return {rule["id"]: rule for rule in section["rules"] if rule.get("enabled", True)}


def day_of(start_ms: int, time_zone: str) -> str:
    """Return the day of a moment in a time zone of the IANA database."""
    return f"{datetime.fromtimestamp(start_ms // 1000, _zone(time_zone)):%Y-%m-%d}"


def passed(rule: Mapping[str, Json], spent: Amounts, told: Mapping[str, int]) -> list[Passing]:
    """Return of what people must hear: for each limit of a rule the highest share reached, if none as high was told.

    Args:
        rule: an entry of `budgets.rules`.
        spent: so far on that day.
        told: the highest parts told, by `Passing.budget`.
    """
    found = []
    for measure, limit, amount in _limits(rule, spent):
        reached = [each for each in _thresholds(rule) if amount * _PARTS >= limit * each.parts]
        if reached:
            passing = Passing(measure, limit, amount, max(reached, key=lambda each: each.parts))
            found += [passing] if passing.reached.parts > told.get(passing.budget, 0) else []
    return found


def _limits(rule: Mapping[str, Json], spent: Amounts) -> Iterable[tuple[str, int, int]]:
    if "daily_usd" in rule:
        yield "usd", int(Decimal(str(rule["daily_usd"])) * PICO_USD), spent.pico_usd
    if "daily_tokens" in rule:
        yield "tokens", int(rule["daily_tokens"]), spent.tokens


def _thresholds(rule: Mapping[str, Json]) -> list[Threshold]:
    """Return the shares of a rule; where it names no severity, half is worth a note and the whole is an error."""
    entries = rule.get("warn_at", WARN_AT)
    shares = [entry if isinstance(entry, dict) else {"share": entry} for entry in entries]
    return [
        Threshold(
            int(Decimal(str(each["share"])) * _PARTS), Severity(each.get("severity") or _severity_of(each["share"]))
        )
        for each in shares
    ]


def _severity_of(share: float) -> Severity:
    if share >= 1:
        return Severity.ERROR
    return Severity.WARNING if share >= 0.75 else Severity.INFO


def _facts_of(call: Call) -> dict[str, str]:
    """Return what rules ask about, each in one line: people read it in alerts."""
    facts = {
        "service": call.service or "",
        "model": call.model or "",
        "environment": call.environment,
        "user": call.user_id or "",
        "kind": call.kind,
        "log_group": call.metadata.get("log_group", ""),
    }
    return {name: " ".join(value.split()) for name, value in facts.items()}


@lru_cache(64)
def _zone(name: str) -> tzinfo:
    """Return a time zone; where the machine has no database of them, days are those of UTC."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - only with budgets

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
