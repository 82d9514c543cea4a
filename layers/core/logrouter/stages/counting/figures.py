"""The figures of CloudWatch metrics: what calls of one minute, environment, service and model add up to.

Names of models and services come out of logs, so they are text that anybody may write: `Names` cleans them and keeps
only so many apart.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from logrouter.stages.counting.calls import Call, is_counted, is_unpriced

OTHER: Final = "other"
"""Stands for service and model of what is not kept apart any more."""
NO_NAME: Final = "none"
NAME_CHARS: Final = 100
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 3_600_000
FRESH_MS: Final = 3 * HOUR_MS
"""Calls that began longer ago are told by the hour, so that a backlog writes no line for each of its minutes."""
OLDEST_MS: Final = 14 * 24 * HOUR_MS - HOUR_MS
NEWEST_MS: Final = 2 * HOUR_MS - 10 * MINUTE_MS
"""CloudWatch takes data of the last two weeks and the next two hours (PutMetricData, embedded metric format, checked
2026-11-20); a margin is left for the way of a log line."""
_ODD: Final = re.compile(r"[^A-Za-z0-9._:/@+-]+")


@dataclass(frozen=True, slots=True)
class Place:
    """What figures belong to: `moment_ms` is the begin of the minute or hour, epoch milliseconds."""

    moment_ms: int
    environment: str
    service: str
    model: str


type Figures = dict[str, Decimal]
"""Metric name to sum; what is zero is left out, except the number of calls."""


class Names:
    """Keeps at most `limit` combinations of environment, service and model apart each hour; the rest is `other`.

    By the hour, because CloudWatch charges a metric by the hours in which it got data.
    """

    def __init__(self) -> None:
        self._hour = -1
        self._known: set[tuple[str, str, str]] = set()
        self._environments: set[str] = set()

    def place(self, call: Call, now_ms: int, limit: int) -> Place:
        """Return where a call is counted at."""
        if now_ms // HOUR_MS != self._hour:
            self._hour = now_ms // HOUR_MS
            self._known.clear()
            self._environments.clear()
        names = (clean(call.environment), clean(call.service), clean(call.model))
        if names not in self._known:
            if len(self._known) < limit:
                self._known.add(names)
                self._environments.add(names[0])
            else:
                names = (names[0] if names[0] in self._environments else OTHER, OTHER, OTHER)
        step_ms = MINUTE_MS if now_ms - call.start_ms < FRESH_MS else HOUR_MS
        return Place(call.start_ms // step_ms * step_ms, *names)


def figures_of(calls: Iterable[Call], names: Names, now_ms: int, limit: int) -> tuple[dict[Place, Figures], int]:
    """Return the sums of calls by place, and how many calls lie outside the time that CloudWatch takes."""
    found: dict[Place, Figures] = {}
    outside = 0
    for call in calls:
        if not is_counted(call):
            continue
        if not now_ms - OLDEST_MS <= call.start_ms <= now_ms + NEWEST_MS:
            outside += 1
            continue
        sums = found.setdefault(names.place(call, now_ms, limit), {})
        for name, value in _figures(call):
            if value:
                sums[name] = sums.get(name, Decimal(0)) + value
    return found, outside


def clean(name: str | None) -> str:
    """Return a name as a dimension's value: ASCII without blanks, at most 100 characters; distinct names stay so.

    CloudWatch takes ASCII only, no control characters, no colon in front (API reference, Dimension, checked
    2026-11-20).
    """
    if not name or not name.strip():
        return NO_NAME
    cleaned = _ODD.sub("_", name).lstrip(":")
    if cleaned == name and len(name) <= NAME_CHARS:
        return name
    mark = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:6]
    return f"{cleaned[: NAME_CHARS - 7]}~{mark}"


def _figures(call: Call) -> Iterable[tuple[str, Decimal]]:
    usage = call.usage
    yield "Calls", Decimal(1)
    yield "FailedCalls", Decimal(call.failed)
    yield "UnpricedCalls", Decimal(is_unpriced(call))
    yield "InputTokens", Decimal(sum(count for name, count in usage.items() if name.startswith("input")))
    yield "OutputTokens", Decimal(sum(count for name, count in usage.items() if name.startswith("output")))
    yield "CachedTokens", Decimal(sum(count for name, count in usage.items() if name.startswith("input_cached")))
    yield "ReasoningTokens", Decimal(usage.get("output_reasoning_tokens", 0))
    yield "TotalTokens", Decimal(call.tokens)
    yield "CostUsd", call.cost_usd or Decimal(0)
    if "cost_deviation" in call.metadata:
        computed = _amount(call.metadata.get("cost_computed", ""))
        yield "DeviatingCalls", Decimal(1)
        yield "CostDeviationUsd", (call.cost_usd or Decimal(0)) - computed
        yield "AbsoluteCostDeviationUsd", abs((call.cost_usd or Decimal(0)) - computed)


def _amount(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except ArithmeticError:
        return Decimal(0)
    return found if found.is_finite() else Decimal(0)
