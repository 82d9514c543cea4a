"""Days of LLM calls for tests of reconciling: what was booked, and a Langfuse that shows it with known faults."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from logrouter.destinations.langfuse_book import HOUR_MS, Booked, Place, start_of
from logrouter.destinations.langfuse_figures import Row, Sum

DAY = "2026-11-20"
START_MS = start_of(DAY)
PLACE = Place("123456789012", "us-east-1", "/aws/ecs/chat/llm", "app/chat/1")


def booked(number: int, **facts: object) -> Booked:
    """A call by its number: one a minute of the day, if nothing else is said."""
    start_ms = START_MS + number * 60_000
    known = {
        "observation_id": f"{number:016x}",
        "start_ms": start_ms,
        "tokens": 100,
        "cost": Decimal("0.0025"),
        "environment": "prod",
        "model": "gpt-4o",
        "place": PLACE,
        "logged_ms": start_ms + 700,
        "delivered_ms": start_ms + 5_000,
    }
    return Booked(**{**known, **facts})


def by_id(calls: Iterable[Booked]) -> dict[str, Booked]:
    return {call.observation_id: call for call in calls}


class Shown:
    """A project of Langfuse that has so many rows of each call, and some of other writers."""

    def __init__(self, calls: Sequence[Booked], copies: Mapping[str, int], foreign: int = 0) -> None:
        self.calls = calls
        self.copies = {call.observation_id: copies.get(call.observation_id, 1) for call in calls}
        self.foreign = foreign

    def rows(self, since_ms: int, until_ms: int) -> list[Row]:
        """Every row that starts in a stretch; other writers have some in each."""
        ours = [
            Row(call.observation_id, call.tokens, call.cost)
            for call in self.calls
            if since_ms <= call.start_ms < until_ms
            for _ in range(self.copies[call.observation_id])
        ]
        return ours + [Row(f"f{number:015x}", 7, Decimal(1)) for number in range(1, self.foreign + 1)]

    def sums(self) -> list[Sum]:
        """The sums of our rows, as the metrics API gives them: those of other writers do not carry our mark."""
        counts: Counter[tuple[int, str, str]] = Counter()
        tokens: Counter[tuple[int, str, str]] = Counter()
        costs: dict[tuple[int, str, str], Decimal] = {}
        for call in self.calls:
            key = ((call.start_ms - START_MS) // HOUR_MS, call.environment, call.model)
            copies = self.copies[call.observation_id]
            counts[key] += copies
            tokens[key] += copies * call.tokens
            costs[key] = costs.get(key, Decimal(0)) + copies * (call.cost or 0)
        return [
            Sum(hour, (environment, model), rows, tokens[hour, environment, model], costs[hour, environment, model])
            for (hour, environment, model), rows in counts.items()
            if rows
        ]
