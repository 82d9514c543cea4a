"""What people were told, in DynamoDB: one item an alert key, claimed before a message goes out and settled after it.

A claim is a lease: a second invocation that comes at the same moment waits for the next retry instead of telling twice,
and one that dies leaves a lease that runs out. The table is a guard, not a gate: when DynamoDB fails, people are told.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from logrouter.adapters.aws import error_code
from logrouter.model import Json

LEASE_S = 90
"""Longer than `notify` can run (its timeout is 60 s)."""
KEEP_S = 90 * 86_400


@dataclass(frozen=True, slots=True)
class Told:
    """The last message about one alert key: `firing`, when that state began, when the message went out."""

    firing: bool
    occurred_ms: int
    sent_s: float


class AlertState:
    """The alert table; without one (`table` None) every alert is new. Nothing here raises.

    Args:
        failed: called with AWS's error code when a call did not work.
    """

    def __init__(self, client: Any, table: str | None, *, failed: Callable[[str], None] = lambda _code: None) -> None:
        self._client = client
        self._table = table
        self._failed = failed

    def last(self, key: str) -> Told | None:
        """Return what was told last about `key`, None when nothing was."""
        if self._table is None:
            return None
        try:
            item = self._client.get_item(TableName=self._table, Key=_key(key), ConsistentRead=True).get("Item", {})
            if "sent_s" not in item:
                return None
            return Told(item["firing"]["BOOL"], int(item["occurred_ms"]["N"]), float(item["sent_s"]["N"]))
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._failed(error_code(error))
            return None

    def claim(self, key: str, told: Told | None, now_s: float) -> bool:
        """Take the right to tell about `key`; False when somebody else holds it or has told since `told` was read."""
        if self._table is None:
            return True
        unchanged = "sent_s = :sent" if told else "attribute_not_exists(sent_s)"
        values: dict[str, Json] = {":now": {"N": f"{now_s:.3f}"}, ":until": {"N": f"{now_s + LEASE_S:.3f}"}}
        values[":expires"] = {"N": str(int(now_s + KEEP_S))}
        if told:
            values[":sent"] = {"N": f"{told.sent_s:.3f}"}
        return self._update(
            key,
            "SET lease_until_s = :until, expires_at = :expires",
            f"({unchanged}) AND (attribute_not_exists(lease_until_s) OR lease_until_s < :now)",
            values,
        )

    def settle(self, key: str, told: Told) -> None:
        """Write down what was told and give the claim back."""
        if self._table is None:
            return
        item = {
            **_key(key),
            "firing": {"BOOL": told.firing},
            "occurred_ms": {"N": str(told.occurred_ms)},
            "sent_s": {"N": f"{told.sent_s:.3f}"},
            "expires_at": {"N": str(int(told.sent_s + KEEP_S))},
        }
        try:
            self._client.put_item(TableName=self._table, Item=item)
        except Exception as error:  # noqa: BLE001 - the message is out; at worst it is sent again
            self._failed(error_code(error))

    def release(self, key: str) -> None:
        """Give a claim back untold, so that the retry need not wait for the lease."""
        if self._table is not None:
            self._update(key, "REMOVE lease_until_s", "attribute_exists(pk)", {})

    def _update(self, key: str, update: str, condition: str, values: Mapping[str, Json]) -> bool:
        extra = {"ExpressionAttributeValues": dict(values)} if values else {}
        try:
            self._client.update_item(
                TableName=self._table, Key=_key(key), UpdateExpression=update, ConditionExpression=condition, **extra
            )
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            code = error_code(error)
            if code == "ConditionalCheckFailedException":
                return False
            self._failed(code)
        return True


def _key(key: str) -> dict[str, Json]:
    """Hash the key: it is made of names as they came in, which nobody has masked."""
    return {"pk": {"S": "alert#" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:32]}}
