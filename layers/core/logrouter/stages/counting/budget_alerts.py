"""Word what people hear of a budget: how much of it is spent, by whom, on which day. Masked values only come in."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from logrouter.model import Alert, Json, Severity
from logrouter.stages.counting.budgets import MAX_ALERTS, Counter, Passing
from logrouter.stages.counting.calls import PICO_USD, Amounts

_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}")
_CENT: Final = Decimal("0.01")
EMPTY: Final[Mapping[tuple[str, str], Amounts]] = {}


def alert_of(
    rule: Mapping[str, Json],
    counter: Counter,
    spent: Amounts,
    passing: Passing,
    *,
    latest_ms: int,
    zone: str,
    region: str,
    parts: Mapping[tuple[str, str], Amounts] = EMPTY,
) -> Alert:
    """Return the alert of a share of a budget that was reached.

    Args:
        rule: an entry of `budgets.rules`.
        counter: whose budget, and on which day.
        spent: on that day so far.
        passing: what was reached.
        latest_ms: when the last call began that is counted, epoch milliseconds.
        zone: time zone of the day.
        region: of the metrics.
        parts: what is known of parts of the counter, by fact and value.
    """
    values = dict(counter.values)
    whose = ", ".join(values.values())
    share = _percent(passing)
    limit = _amount(passing, passing.limit)
    about = f"{whose}: " if whose else ""
    said = f"{share} of {limit} spent on {counter.day}"
    unpriced = _unpriced(spent.unpriced) if passing.measure == "usd" and spent.unpriced else ""
    description = str(rule.get("description") or "").strip()
    return Alert(
        key=f"budget/{counter.name}/{passing.budget}/{passing.reached.parts}",
        title=f"Budget {counter.rule}: {about}{said}",
        text=f"{description}\n\n{_sentence(passing)}{unpriced}".strip(),
        severity=passing.reached.severity,
        firing=True,
        occurred_ms=latest_ms,
        service=values.get("service"),
        environment=values.get("environment"),
        fields={
            "Spent": f"{_amount(passing, passing.spent)} ({share})",
            "Budget": f"{limit} a day",
            **{name.title(): value for name, value in values.items()},
            "Calls": f"{spent.calls:,}",
            **({"Tokens": f"{spent.tokens:,}"} if passing.measure == "usd" else {"Cost": dollars(spent.pico_usd)}),
            **_biggest(passing, parts),
            "Day": f"{counter.day} ({zone})",
            **({"Not priced": f"{_calls(spent.unpriced)}"} if spent.unpriced else {}),
        },
        links=_links(region),
        route=rule.get("route"),
    )


def too_many(rule: Mapping[str, Json], counter: Counter, *, latest_ms: int, region: str) -> Alert:
    """Return the one alert that stands for all values beyond those that a rule tells one by one."""
    told = rule.get("max_alerts", MAX_ALERTS)
    return Alert(
        key=f"budget/{counter.rule}/{counter.day}/more",
        title=f"Budget {counter.rule}: more than {told} alerts on {counter.day}",
        text=f"{told} alerts of this budget were told on this day; others follow, and are not told one by one.",
        severity=Severity.WARNING,
        firing=True,
        occurred_ms=latest_ms,
        links=_links(region),
        route=rule.get("route"),
    )


def dollars(pico_usd: int) -> str:
    """Return an amount as people read it: cents, and below a cent as many digits as it takes to say something."""
    amount = Decimal(pico_usd) / PICO_USD
    if amount == 0 or amount >= _CENT:
        return f"${amount:,.2f}"
    text = f"{amount:.12f}".rstrip("0")
    first = next(place for place, digit in enumerate(text) if digit in "123456789")
    return f"${text[: first + 3].rstrip('0')}"


def _amount(passing: Passing, amount: int) -> str:
    return dollars(amount) if passing.measure == "usd" else f"{amount:,} tokens"


def _biggest(passing: Passing, parts: Mapping[tuple[str, str], Amounts]) -> dict[str, str]:
    """Return the three biggest parts of each fact, as `Top services`."""
    found: dict[str, list[tuple[int, str]]] = {}
    for (fact, value), amounts in parts.items():
        spent = amounts.pico_usd if passing.measure == "usd" else amounts.tokens
        if spent:
            found.setdefault(fact, []).append((spent, value))
    return {
        f"Top {fact}s": ", ".join(
            f"{value} {_amount(passing, spent)}" for spent, value in sorted(spenders, reverse=True)[:3]
        )
        for fact, spenders in found.items()
    }


def _unpriced(calls: int) -> str:
    """Say what a budget of dollars does not hold; one of tokens holds them all."""
    verbs = ("has", "is") if calls == 1 else ("have", "are")
    return f" {_calls(calls)} {verbs[0]} no known price and {verbs[1]} not in it."


def _calls(calls: int) -> str:
    return "1 call" if calls == 1 else f"{calls:,} calls"


def _percent(passing: Passing) -> str:
    return f"{passing.spent * 100 // passing.limit:,} %"


def _sentence(passing: Passing) -> str:
    left = passing.limit - passing.spent
    if left > 0:
        return f"{_amount(passing, left)} of the day's budget are left."
    return f"The day's budget is passed by {_amount(passing, -left)}." if left else "The day's budget is spent."


def _links(region: str) -> dict[str, str]:
    if not _REGION.fullmatch(region):
        return {}
    return {"Metrics": f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#metricsV2"}
