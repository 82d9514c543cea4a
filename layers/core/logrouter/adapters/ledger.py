"""Remembers what was delivered (DynamoDB), so that a resend of a log event is not sent, and not counted, twice.

A key is claimed before sending, with a lease that ends when the invocation must have ended; after a 2xx it is
marked delivered for `REMEMBERED_DAYS`; on handing over it is released. The ledger is a guard, not a gate: when
DynamoDB fails, records are delivered all the same and `LedgerFailures` is counted (docs/delivery.md says why).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from logrouter.adapters.clock import Clock
from logrouter.adapters.resting import Rest

REMEMBERED_DAYS = 14
"""Longer than any way back: CloudWatch Logs repeats for 24 hours, SQS keeps 14 days at most, failed payloads 14."""
TRANSACTION_KEYS = 100
"""TransactWriteItems takes 100 items (DynamoDB API reference, checked 2026-11-20)."""
BATCH_KEYS = 25
"""BatchWriteItem takes 25 items (DynamoDB API reference, checked 2026-11-20)."""
CONFLICT_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of a request to deliver some keys.

    Args:
        free: ours to deliver now.
        again: those of the free keys that were handed over before; known only to who asks to recall them.
        delivered: delivered before; must not be sent again.
        busy: another invocation is delivering them, or died while doing so; seconds until its lease ends.
    """

    free: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()
    busy: Mapping[str, float] = field(default_factory=dict)
    again: frozenset[str] = frozenset()


class Ledger(Protocol):
    """The delivery ledger of one destination. Nothing here raises."""

    def claim(self, scope: str, keys: Sequence[str], holder: str, lease_s: float, *, recall: bool = False) -> Claim:
        """Ask to deliver `keys` within `lease_s` seconds; `scope` is destination and route.

        With `recall` the claim also says which of them were handed over before.
        """
        ...

    def mark_delivered(self, scope: str, keys: Sequence[str]) -> None:
        """Remember that a destination took `keys`."""
        ...

    def mark_handed_over(self, scope: str, keys: Sequence[str]) -> None:
        """Give claimed keys back, as `release` does, and remember that they were handed over."""
        ...

    def release(self, scope: str, keys: Sequence[str]) -> None:
        """Give claimed keys back, so that whoever comes next may deliver them at once."""
        ...


class NoLedger:
    """Where no table is configured: everything is free, nothing is remembered."""

    def claim(
        self,
        scope: str,  # noqa: ARG002 - protocol
        keys: Sequence[str],
        holder: str,  # noqa: ARG002 - protocol
        lease_s: float,  # noqa: ARG002 - protocol
        *,
        recall: bool = False,  # noqa: ARG002 - protocol
    ) -> Claim:
        """Let everything pass."""
        return Claim(free=tuple(keys))

    def mark_delivered(self, scope: str, keys: Sequence[str]) -> None:
        """Remember nothing."""

    def mark_handed_over(self, scope: str, keys: Sequence[str]) -> None:
        """Remember nothing."""

    def release(self, scope: str, keys: Sequence[str]) -> None:
        """Release nothing."""


class DynamoLedger:
    """The ledger in a DynamoDB table: `pk` = scope and key, `expires_at` = TTL.

    Args:
        client: DynamoDB client.
        count: called with a metric's name and a number when DynamoDB fails.
    """

    def __init__(self, table: str, *, client: Any, clock: Clock, count: Callable[[str, int], None]) -> None:
        self._table = table
        self._client = client
        self._clock = clock
        self._count = count
        self._rest = Rest(clock)

    def claim(self, scope: str, keys: Sequence[str], holder: str, lease_s: float, *, recall: bool = False) -> Claim:
        """Claim key by key; several keys in transactions of up to 100, one by one where some are taken.

        A transaction cannot say what it wrote over: to recall, those that hold a key handed over go one by one too.
        """
        unique = tuple(dict.fromkeys(keys))
        states: dict[str, float | None] = {}
        again: set[str] = set()
        for start in range(0, len(unique), TRANSACTION_KEYS):
            chunk = unique[start : start + TRANSACTION_KEYS]
            if len(chunk) > 1 and self._claim_chunk(scope, chunk, holder, lease_s, recall=recall):
                continue
            for key in chunk:
                states.update(self._claim_one(scope, key, holder, lease_s, again if recall else None))
        return Claim(
            free=tuple(key for key in unique if key not in states),
            delivered=tuple(key for key in unique if key in states and states[key] is None),
            busy={key: wait for key, wait in states.items() if wait is not None},
            again=frozenset(again),
        )

    def take_over(self, scope: str, key: str, holder: str, lease_s: float) -> bool:
        """Claim one key for a holder who may ask again; True only when the ledger says so. Raises nothing."""
        try:
            if self._rest.is_on:
                return False
            self._client.put_item(TableName=self._table, **self._put(scope, key, holder, lease_s))
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        except Exception as error:  # noqa: BLE001 - who asks does without
            self._failed(error, 1)
            return False
        self._rest.succeeded()
        return True

    def mark_delivered(self, scope: str, keys: Sequence[str]) -> None:
        """Overwrite the claims: until the lease ends nobody else holds them."""
        self._overwrite(scope, keys, "delivered")

    def mark_handed_over(self, scope: str, keys: Sequence[str]) -> None:
        """Overwrite the claims, as `mark_delivered` does; whoever asks next gets them."""
        self._overwrite(scope, keys, "handed_over")

    def release(self, scope: str, keys: Sequence[str]) -> None:
        """Delete the claims."""
        self._write([{"DeleteRequest": {"Key": _pk(scope, key)}} for key in dict.fromkeys(keys)])

    def _overwrite(self, scope: str, keys: Sequence[str], fate: str) -> None:
        expires_at = int(self._clock.now_s()) + REMEMBERED_DAYS * 86_400
        self._write(
            [
                {"PutRequest": {"Item": {**_pk(scope, key), "fate": {"S": fate}, **_expiry(expires_at)}}}
                for key in dict.fromkeys(keys)
            ]
        )

    def _claim_chunk(self, scope: str, keys: Sequence[str], holder: str, lease_s: float, *, recall: bool) -> bool:
        """Claim all or nothing; False = some are taken (or were handed over before), ask one by one."""
        puts = [
            {"Put": {"TableName": self._table, **self._put(scope, key, holder, lease_s, is_first=recall)}}
            for key in keys
        ]
        try:
            if not self._rest.is_on:
                self._client.transact_write_items(TransactItems=puts)
                self._rest.succeeded()
        except self._client.exceptions.TransactionCanceledException:
            return False
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._failed(error, len(keys))
        return True

    def _claim_one(
        self, scope: str, key: str, holder: str, lease_s: float, again: set[str] | None
    ) -> dict[str, float | None]:
        """Return {} when the key is ours, {key: None} when delivered, {key: seconds} when busy.

        A key that is ours and was handed over before is put into `again`.
        """
        if self._rest.is_on:
            return {}
        recalling = {} if again is None else {"ReturnValues": "ALL_OLD"}
        try:
            answer = self._client.put_item(TableName=self._table, **self._put(scope, key, holder, lease_s), **recalling)
        except self._client.exceptions.ConditionalCheckFailedException as taken:
            item = taken.response.get("Item", {})
            if item.get("fate", {}).get("S") == "delivered":
                return {key: None}
            lease_until_s = float(item.get("lease_until", {}).get("N", 0))
            return {key: max(lease_until_s - self._clock.now_s(), CONFLICT_WAIT_S)}
        except self._client.exceptions.TransactionConflictException:
            return {key: CONFLICT_WAIT_S}
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._failed(error, 1)
            return {}
        self._rest.succeeded()
        if again is not None and answer.get("Attributes", {}).get("fate", {}).get("S") == "handed_over":
            again.add(key)
        return {}

    def _put(self, scope: str, key: str, holder: str, lease_s: float, *, is_first: bool = False) -> dict[str, Any]:
        """Return the conditional write of a claim; `is_first` refuses keys that were handed over before."""
        now_s = self._clock.now_s()
        lease_until = int(now_s + lease_s) + 1
        handed_over = "" if is_first else " OR fate = :handed_over"
        return {
            "Item": {
                **_pk(scope, key),
                "fate": {"S": "claimed"},
                "holder": {"S": holder},
                "lease_until": {"N": str(lease_until)},
                **_expiry(lease_until + 3_600),
            },
            # TTL deletes late (within days, DynamoDB guide, checked 2026-11-20): what has expired counts as gone.
            "ConditionExpression": "attribute_not_exists(pk) OR expires_at < :now"
            f" OR (fate = :claimed AND (lease_until < :now OR holder = :holder)){handed_over}",
            "ExpressionAttributeValues": {
                **({} if is_first else {":handed_over": {"S": "handed_over"}}),
                ":now": {"N": str(int(now_s))},
                ":claimed": {"S": "claimed"},
                ":holder": {"S": holder},
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _write(self, requests: list[dict[str, Any]]) -> None:
        for start in range(0, len(requests), BATCH_KEYS):
            chunk = requests[start : start + BATCH_KEYS]
            for _ in range(2):
                if chunk and not self._rest.is_on:
                    chunk = self._write_chunk(chunk)
            if chunk:
                self._count("LedgerFailures", len(chunk))

    def _write_chunk(self, chunk: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Write up to 25 changes; return those that were not taken."""
        try:
            answer = self._client.batch_write_item(RequestItems={self._table: chunk})
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._failed(error, 0)
            return chunk
        self._rest.succeeded()
        left: list[dict[str, Any]] = answer.get("UnprocessedItems", {}).get(self._table, [])
        return left

    def _failed(self, error: Exception, keys: int) -> None:
        self._rest.failed(error)
        if keys:
            self._count("LedgerFailures", keys)


def _pk(scope: str, key: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"{scope}/{key}"}}


def _expiry(epoch_s: int) -> dict[str, dict[str, str]]:
    return {"expires_at": {"N": str(epoch_s)}}
