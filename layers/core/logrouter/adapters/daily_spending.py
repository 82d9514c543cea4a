"""Keeps what was spent on each day: what counters of days promise, and those of one container, in its memory.

`logrouter.adapters.spending_table` counts over all containers. docs/llm-budgets.md tells what that means.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from logrouter.stages.counting.budgets import Counter, Spending
from logrouter.stages.counting.calls import Amounts

REMEMBERED: Final = 10_000
"""Counters, and names of rounds, that a container without a table remembers."""


@dataclass(frozen=True, slots=True)
class Added:
    """A counter after something was added to it.

    Args:
        spending: all of its day so far; `latest_ms` is of what was added.
        told: the highest share that people were told of, by budget, in parts of 10,000.
    """

    spending: Spending
    told: Mapping[str, int] = field(default_factory=dict)


class DailySpending(Protocol):
    """Counters of days. Nothing here raises."""

    def add(self, name: str, spending: Mapping[Counter, Spending], left_s: float) -> Mapping[Counter, Added]:
        """Add to counters what the round `name` spent, once; return those of whole budgets, as they are known now."""
        ...

    def look(self, counters: Sequence[Counter]) -> Mapping[Counter, Amounts]:
        """Return what some counters, at most 100, have come to, as far as it is known now."""
        ...

    def may_tell(self, counter: Counter, most: int) -> bool:
        """Take one of the `most` alerts that the counter's rule has on its day; False when all are taken."""
        ...

    def note_told(self, counter: Counter, budget: str, parts: int) -> None:
        """Remember that people were told of a share."""
        ...


class ContainerSpending:
    """Counts in memory what this container sees, and forgets what it has not seen for longest."""

    def __init__(self) -> None:
        self._counters: OrderedDict[Counter, Added] = OrderedDict()
        self._names: OrderedDict[str, None] = OrderedDict()
        self._alerts: OrderedDict[tuple[str, str], int] = OrderedDict()

    def add(
        self,
        name: str,
        spending: Mapping[Counter, Spending],
        left_s: float,  # noqa: ARG002 - the protocol
    ) -> Mapping[Counter, Added]:
        """Add at once."""
        is_new = name not in self._names
        _keep(self._names, name, None)
        for counter, part in spending.items():
            known = self._counters.get(counter, Added(Spending(Amounts(), 0)))
            sum_ = known.spending.amounts + part.amounts if is_new else known.spending.amounts
            _keep(self._counters, counter, replace(known, spending=Spending(sum_, part.latest_ms)))
        return {
            counter: self._counters[counter] for counter in spending if counter in self._counters and not counter.part
        }

    def look(self, counters: Sequence[Counter]) -> Mapping[Counter, Amounts]:
        """Read memory."""
        return {each: self._counters[each].spending.amounts for each in counters if each in self._counters}

    def may_tell(self, counter: Counter, most: int) -> bool:
        """Count in memory."""
        day = (counter.rule, counter.day)
        taken = self._alerts.get(day, 0)
        if taken < most:
            _keep(self._alerts, day, taken + 1)
        return taken < most

    def note_told(self, counter: Counter, budget: str, parts: int) -> None:
        """Remember in memory."""
        known = self._counters.get(counter)
        if known is not None:
            self._counters[counter] = replace(known, told={**known.told, budget: parts})


def _keep[K, V](kept: OrderedDict[K, V], key: K, value: V) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > REMEMBERED:
        kept.popitem(last=False)
