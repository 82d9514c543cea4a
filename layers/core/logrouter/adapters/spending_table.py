"""Keeps what was spent on each day over all containers, in the ledger table.

What one round of deliveries adds is written once, whoever repeats it: a transaction adds it to all its counters and
leaves a mark with its name, and a name that has a mark adds nothing. A guard, not a gate: what cannot be written now is
written with the next round of this container. docs/llm-budgets.md tells what that means.
"""

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from time import sleep
from typing import Any, Final

from logrouter.adapters.aws import client, error_code
from logrouter.adapters.clock import Clock
from logrouter.adapters.daily_spending import Added, ContainerSpending, DailySpending
from logrouter.adapters.resting import Rest
from logrouter.settings import ForwardingSettings
from logrouter.stages.counting.budgets import DAYS_BACK, Counter, Spending
from logrouter.stages.counting.calls import Amounts

KEPT_DAYS: Final = DAYS_BACK + 2
"""Longer than a call may be late: a day whose counter were gone would begin anew."""
TOGETHER: Final = 99
"""Counters of a transaction beside its mark: TransactWriteItems takes 100 items (API reference, checked 2026-11-20)."""
READ_TOGETHER: Final = 100
"""BatchGetItem takes 100 keys (API reference, checked 2026-11-20)."""
LONGEST_S: Final = 5.0
CALL_S: Final = 6.0
"""What one call may take (adapters.aws: two tries of 3 s): without so much left none is begun."""
TRIES: Final = 6
"""Of a transaction that collides with another on the same counter."""
FIRST_PAUSE_S: Final = 0.02
WAITING: Final = 200
"""Transactions that a container keeps for later while the table does not answer; then the oldest are given up."""

type Count = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class _Part:
    """What one transaction adds: the whole of a round, or a part of one."""

    round: str
    number: int
    spending: Mapping[Counter, Spending]

    @property
    def name(self) -> str:
        return f"{self.round}/{self.number}"

    @property
    def calls(self) -> int:
        return max((each.amounts.calls for each in self.spending.values()), default=0)


class TableSpending:
    """Counts in a DynamoDB table, with `pk` and the TTL `expires_at` as in the ledger.

    A counter `budgets/<name>` has `calls`, `tokens`, `pico_usd`, `unpriced`, and what was told as `told_<budget>`.

    Args:
        client: DynamoDB client.
        count: called with a metric's name and a number when DynamoDB fails.
        pause: waits some seconds; replaced in tests.
    """

    def __init__(
        self,
        table: str,
        *,
        client: Any,
        clock: Clock,
        count: Count,
        pause: Callable[[float], object] = sleep,
    ) -> None:
        self._table = table
        self._client = client
        self._clock = clock
        self._count = count
        self._pause = pause
        self._rest = Rest(clock)
        self._waiting: deque[_Part] = deque()

    def add(self, name: str, spending: Mapping[Counter, Spending], left_s: float) -> Mapping[Counter, Added]:
        """Write what waits, oldest first, and read the counters that were written."""
        self._waiting.extend(_parts(name, spending))
        while len(self._waiting) > WAITING:
            self._waiting.popleft()
        end_s = self._clock.monotonic_s() + min(left_s - CALL_S, LONGEST_S)
        written: dict[Counter, int] = {}
        while self._waiting and self._has_time(end_s) and self._written(self._waiting[0], end_s):
            for counter, part in self._waiting.popleft().spending.items():
                written[counter] = max(part.latest_ms, written.get(counter, 0))
        late = sum(part.calls for part in self._waiting if part.round == name)
        if late:
            self._count("SpendingFailures", late)
        return self._read({counter: latest for counter, latest in written.items() if not counter.part}, end_s)

    def look(self, counters: Sequence[Counter]) -> Mapping[Counter, Amounts]:
        """Read them in one call."""
        if not counters or self._rest.is_on:
            return {}
        items = self._read_items([_pk(counter) for counter in counters])
        return {counter: _amounts(items[_pk(counter)]) for counter in counters if _pk(counter) in items}

    def may_tell(self, counter: Counter, most: int) -> bool:
        """Count the alerts of the rule's day; when the table does not say, people are told."""
        return self._changed(
            f"budgets/{counter.rule}/{counter.day}/alerts",
            "ADD alerts :one SET expires_at = :e",
            "attribute_not_exists(alerts) OR alerts < :most",
            {":one": 1, ":most": most, ":e": self._expires_at()},
        )

    def note_told(self, counter: Counter, budget: str, parts: int) -> None:
        """Write the share down, unless a higher one is told of."""
        self._changed(
            _pk(counter),
            f"SET told_{budget} = :p",
            f"attribute_exists(pk) AND (attribute_not_exists(told_{budget}) OR told_{budget} < :p)",
            {":p": parts},
        )

    def _has_time(self, end_s: float) -> bool:
        return self._clock.monotonic_s() < end_s and not self._rest.is_on

    def _written(self, part: _Part, end_s: float) -> bool:
        """Write one part; True when it is written, now or before."""
        for number in range(TRIES):
            try:
                self._client.transact_write_items(TransactItems=list(self._items(part)))
            except self._client.exceptions.TransactionCanceledException as canceled:
                codes = [str(reason.get("Code")) for reason in canceled.response.get("CancellationReasons", ())]
                if codes[:1] == ["ConditionalCheckFailed"]:
                    return True
                self._pause(FIRST_PAUSE_S * 2**number * (0.5 + self._clock.chance()))
                if not self._has_time(end_s):
                    return False
                continue
            except Exception as error:  # noqa: BLE001 - a guard, not a gate
                self._rest.failed(error)
                if error_code(error) != "ValidationException":
                    return False
                self._count("SpendingFailures", part.calls)  # it will never be taken, and must not keep others waiting
                return True
            self._rest.succeeded()
            return True
        return False

    def _items(self, part: _Part) -> Iterator[dict[str, Any]]:
        expiry = {"N": str(self._expires_at())}
        yield {
            "Put": {
                "TableName": self._table,
                "Item": {"pk": {"S": f"budgets/counted/{part.name}"}, "expires_at": expiry},
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }
        for counter, each in part.spending.items():
            added = each.amounts
            yield {
                "Update": {
                    "TableName": self._table,
                    "Key": {"pk": {"S": _pk(counter)}},
                    "UpdateExpression": "ADD calls :c, tokens :t, pico_usd :p, unpriced :u SET expires_at = :e",
                    "ExpressionAttributeValues": {
                        ":c": {"N": str(added.calls)},
                        ":t": {"N": str(added.tokens)},
                        ":p": {"N": str(added.pico_usd)},
                        ":u": {"N": str(added.unpriced)},
                        ":e": expiry,
                    },
                }
            }

    def _read(self, written: Mapping[Counter, int], end_s: float) -> Mapping[Counter, Added]:
        """Read counters; those that cannot be read now are looked at when the next call adds to them."""
        found: dict[Counter, Added] = {}
        for chunk in batched(written, READ_TOGETHER, strict=False):
            if not self._has_time(end_s):
                break
            items = self._read_items([_pk(counter) for counter in chunk])
            found |= {
                counter: Added(Spending(_amounts(items[_pk(counter)]), written[counter]), _told(items[_pk(counter)]))
                for counter in chunk
                if _pk(counter) in items
            }
        return found

    def _read_items(self, keys: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        asked = {self._table: {"Keys": [{"pk": {"S": key}} for key in keys], "ConsistentRead": True}}
        try:
            answer = self._client.batch_get_item(RequestItems=asked)
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._rest.failed(error)
            return {}
        self._rest.succeeded()
        return {item["pk"]["S"]: item for item in answer.get("Responses", {}).get(self._table, ())}

    def _changed(self, pk: str, change: str, condition: str, values: Mapping[str, int]) -> bool:
        """Change an item where a condition holds; False only when it does not."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": pk}},
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues={name: {"N": str(value)} for name, value in values.items()},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._rest.failed(error)
        return True

    def _expires_at(self) -> int:
        return int(self._clock.now_s()) + KEPT_DAYS * 86_400


def spending_from(settings: ForwardingSettings, clock: Clock, count: Count) -> DailySpending:
    """Return who counts: the ledger table where there is one."""
    if settings.ledger_table is None:
        return ContainerSpending()
    return TableSpending(settings.ledger_table, client=client("dynamodb"), clock=clock, count=count)


def _parts(name: str, spending: Mapping[Counter, Spending]) -> Iterator[_Part]:
    """Cut what a round spent into transactions; the same round is always cut in the same way."""
    in_order = sorted(spending.items(), key=lambda item: item[0].name)
    for number, chunk in enumerate(batched(in_order, TOGETHER, strict=False)):
        yield _Part(name, number, dict(chunk))


def _pk(counter: Counter) -> str:
    return f"budgets/{counter.name}"


def _amounts(item: Mapping[str, Any]) -> Amounts:
    return Amounts(*(int(item.get(name, {}).get("N", 0)) for name in ("calls", "tokens", "pico_usd", "unpriced")))


def _told(item: Mapping[str, Any]) -> dict[str, int]:
    return {name.removeprefix("told_"): int(value["N"]) for name, value in item.items() if name.startswith("told_")}
