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
        again: those of the free keys of which observers were told before; known only to who asks to recall them.
        delivered: delivered before; must not be sent again.
        busy: another invocation is delivering them, or died while doing so; seconds until its lease ends.
    """

    free: tuple[str, ...] = ()
    delivered: tuple[str, ...] = ()
    busy: Mapping[str, float] = field(default_factory=dict)
    again: frozenset[str] = frozenset()


class Ledger(Protocol):
    """The delivery ledger of one destination. Nothing here raises."""

    def claim(
        self,
        scope: str,
        keys: Sequence[str],
        holder: str,
        lease_s: float,
        *,
        recall: bool = False,
        resent: bool = False,
    ) -> Claim:
        """Ask to deliver `keys` within `lease_s` seconds; `scope` is destination and route.

        With `recall` the claim also says of which of them observers were told before; where the ledger does not know,
        of those of what was handed over once (`resent`).
        """
        ...

    def mark_delivered(self, scope: str, keys: Sequence[str]) -> None:
        """Remember that a destination took `keys`."""
        ...

    def mark_handed_over(self, scope: str, keys: Sequence[str]) -> bool:
        """Give claimed keys back, as `release` does, and remember that observers are told of them; True once it is."""
        ...

    def mark_told(self, scope: str, keys: Sequence[str]) -> bool:
        """Remember of keys that stay claimed that observers are told of them; True once it is."""
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
        resent: bool = False,
    ) -> Claim:
        """Let everything pass."""
        return Claim(free=tuple(keys), again=frozenset(keys) if resent else frozenset())

    def mark_delivered(self, scope: str, keys: Sequence[str]) -> None:
        """Remember nothing."""

    def mark_handed_over(self, scope: str, keys: Sequence[str]) -> bool:  # noqa: ARG002 - protocol
        """Remember nothing; `claim` knows what was handed over by its coming again."""
        return True

    def mark_told(self, scope: str, keys: Sequence[str]) -> bool:  # noqa: ARG002 - protocol
        """Remember nothing."""
        return True

    def release(self, scope: str, keys: Sequence[str]) -> None:
        """Release nothing."""


class DynamoLedger:
    """The ledger in a DynamoDB table: `pk` = scope and key, `expires_at` = TTL, `told` = observers know of it.

    Claims are updates, so that `told` outlives whoever holds a key and dies.

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

    def claim(
        self,
        scope: str,
        keys: Sequence[str],
        holder: str,
        lease_s: float,
        *,
        recall: bool = False,
        resent: bool = False,
    ) -> Claim:
        """Claim key by key; several keys in transactions of up to 100, one by one where some are taken.

        A transaction cannot say what was there before: it asks that observers were told of all of them, or of none, as
        is likely; where that does not hold, they go one by one too.
        """
        unique = tuple(dict.fromkeys(keys))
        states: dict[str, float | None] = {}
        again: set[str] | None = set() if recall else None
        expects = None if again is None else resent
        for start in range(0, len(unique), TRANSACTION_KEYS):
            chunk = unique[start : start + TRANSACTION_KEYS]
            claims = [self._claim_of(scope, key, holder, lease_s, is_told=expects) for key in chunk]
            if len(chunk) > 1 and self._at_once(claims) is not False:
                (set() if again is None or not resent else again).update(chunk)
                continue
            for key in chunk:
                claim = self._claim_of(scope, key, holder, lease_s)
                states.update(self._claim_one(key, claim, again, resent=resent))
        return Claim(
            free=tuple(key for key in unique if key not in states),
            delivered=tuple(key for key in unique if key in states and states[key] is None),
            busy={key: wait for key, wait in states.items() if wait is not None},
            again=frozenset(again or ()),
        )

    def take_over(self, scope: str, key: str, holder: str, lease_s: float) -> bool:
        """Claim one key for a holder who may ask again; True only when the ledger says so. Raises nothing."""
        try:
            if self._rest.is_on:
                return False
            self._client.update_item(**self._claim_of(scope, key, holder, lease_s))
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

    def mark_handed_over(self, scope: str, keys: Sequence[str]) -> bool:
        """Overwrite the claims, as `mark_delivered` does; whoever asks next gets them."""
        return self._overwrite(scope, keys, "handed_over", told={"BOOL": True})

    def mark_told(self, scope: str, keys: Sequence[str]) -> bool:
        """Write it beside the claims; what was delivered in the meantime stays delivered."""
        is_noted = True
        unique = tuple(dict.fromkeys(keys))
        for start in range(0, len(unique), TRANSACTION_KEYS):
            notes = [self._told_of(scope, key) for key in unique[start : start + TRANSACTION_KEYS]]
            at_once = self._at_once(notes)
            noted = [self._note(note) for note in notes] if at_once is False else [at_once is True]
            is_noted &= all(noted)
        return is_noted

    def _told_of(self, scope: str, key: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Key": _pk(scope, key),
            "UpdateExpression": "SET told = :told",
            "ConditionExpression": "fate = :claimed",
            "ExpressionAttributeValues": {":told": {"BOOL": True}, ":claimed": {"S": "claimed"}},
        }

    def _note(self, note: Mapping[str, Any]) -> bool:
        try:
            if self._rest.is_on:
                return False
            self._client.update_item(**note)
            self._rest.succeeded()
        except self._client.exceptions.ConditionalCheckFailedException:
            return True
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._failed(error, 1)
            return False
        return True

    def release(self, scope: str, keys: Sequence[str]) -> None:
        """Delete the claims."""
        self._write([{"DeleteRequest": {"Key": _pk(scope, key)}} for key in dict.fromkeys(keys)])

    def _overwrite(self, scope: str, keys: Sequence[str], fate: str, **more: dict[str, Any]) -> bool:
        item = {"fate": {"S": fate}, **self._expiry(), **more}
        return self._write([{"PutRequest": {"Item": {**_pk(scope, key), **item}}} for key in dict.fromkeys(keys)])

    def _at_once(self, updates: Sequence[Mapping[str, Any]]) -> bool | None:
        """Make all of some conditional updates or none.

        Returns:
            False when a condition does not hold: make them one by one. None when the ledger does not work.
        """
        try:
            if self._rest.is_on:
                return None
            self._client.transact_write_items(TransactItems=[{"Update": update} for update in updates])
        except self._client.exceptions.TransactionCanceledException:
            return False
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._failed(error, len(updates))
            return None
        self._rest.succeeded()
        return True

    def _claim_one(
        self, key: str, claim: Mapping[str, Any], again: set[str] | None, *, resent: bool
    ) -> dict[str, float | None]:
        """Return {} when the key is ours, {key: None} when delivered, {key: seconds} when busy.

        A key that is ours and of which observers were told before is put into `again`.
        """
        is_told = resent  # where nobody knows
        try:
            if not self._rest.is_on:
                answer = self._client.update_item(**claim, ReturnValues="NONE" if again is None else "ALL_OLD")
                self._rest.succeeded()
                is_told = self._is_told(answer.get("Attributes", {}))
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
        if again is not None and is_told:
            again.add(key)
        return {}

    def _is_told(self, item: Mapping[str, Any]) -> bool:
        """Whether observers were told of what was there before; what has expired counts as gone."""
        return "told" in item and float(item["expires_at"]["N"]) >= self._clock.now_s()

    def _claim_of(
        self, scope: str, key: str, holder: str, lease_s: float, *, is_told: bool | None = None
    ) -> dict[str, Any]:
        """Return the conditional update of a claim; `is_told` asks besides whether observers were told before."""
        now_s = self._clock.now_s()
        asked = {None: "", True: "attribute_exists(told) AND ", False: "attribute_not_exists(told) AND "}[is_told]
        free = (
            # TTL deletes late (within days, DynamoDB guide, checked 2026-11-20): what has expired counts as gone.
            "attribute_not_exists(pk) OR expires_at < :now OR fate = :handed_over"
            " OR (fate = :claimed AND (lease_until < :now OR holder = :holder))"
        )
        return {
            "TableName": self._table,
            "Key": _pk(scope, key),
            "UpdateExpression": "SET fate = :claimed, holder = :holder, lease_until = :until, expires_at = :expires",
            "ConditionExpression": f"{asked}({free})",
            "ExpressionAttributeValues": {
                ":claimed": {"S": "claimed"},
                ":handed_over": {"S": "handed_over"},
                ":holder": {"S": holder},
                ":now": {"N": str(int(now_s))},
                ":until": {"N": str(int(now_s + lease_s) + 1)},
                ":expires": self._expiry()["expires_at"],
            },
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }

    def _expiry(self) -> dict[str, dict[str, str]]:
        return {"expires_at": {"N": str(int(self._clock.now_s()) + REMEMBERED_DAYS * 86_400)}}

    def _write(self, requests: list[dict[str, Any]]) -> bool:
        is_written = True
        for start in range(0, len(requests), BATCH_KEYS):
            chunk = requests[start : start + BATCH_KEYS]
            for _ in range(2):
                if chunk and not self._rest.is_on:
                    chunk = self._write_chunk(chunk)
            if chunk:
                is_written = False
                self._count("LedgerFailures", len(chunk))
        return is_written

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
