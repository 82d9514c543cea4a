"""What the window ledger keeps: entries of log groups and windows, their form as items, and the table they are in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from logrouter.adapters.aws import error_code
from logrouter.destinations.archive.manifest import NO_PREVIOUS
from logrouter.destinations.archive.window import GroupId, Window, WindowFacts, WindowState
from logrouter.errors import ArchiveError
from logrouter.model import Json

GROUP_ITEM: Final = "group"
"""Sort key of a log group's own item; its windows are `window#<start>`."""

REFUSED: Final = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})
"""Codes that mean: somebody else was faster."""


@dataclass(frozen=True, slots=True)
class GroupEntry:
    """What the ledger knows of a log group.

    Args:
        origin_ms, planned_until_ms: windows tile this stretch.
        sealed_until_ms: the watermark: end of the contiguous sealed prefix, counted from the origin.
        sequence, manifest_sha256: number and hash of the newest manifest of the chain.
    """

    group: GroupId
    origin_ms: int
    planned_until_ms: int
    sealed_until_ms: int
    sequence: int = 0
    manifest_sha256: str = NO_PREVIOUS


@dataclass(frozen=True, slots=True)
class WindowEntry:
    """What the ledger knows of a window.

    Args:
        fence: grows with each lease; a write with an older number is refused.
        attempts: readings that were not proven.
        best_events: the most events that any of them saw.
        announced: keys that were going to be stored, by any attempt.
        evidence: what the last judgement said.
    """

    window: Window
    state: WindowState
    fence: int = 0
    lease_until_ms: int = 0
    attempts: int = 0
    best_events: int = 0
    facts: WindowFacts | None = None
    announced: frozenset[str] = frozenset()
    evidence: Mapping[str, Json] = field(default_factory=dict)
    manifest_key: str | None = None


def window_entry(group: GroupId, item: Mapping[str, Any]) -> WindowEntry:
    """Read the item of a window, its type marks taken off."""
    facts = item.get("facts")
    return WindowEntry(
        window=Window(group, int(item["start_ms"]), int(item["end_ms"])),
        state=WindowState(item["state"]),
        fence=int(item.get("fence", 0)),
        lease_until_ms=int(item.get("lease_until_ms", 0)),
        attempts=int(item.get("attempts", 0)),
        best_events=int(item.get("best_events", 0)),
        facts=WindowFacts.from_dict(json.loads(facts)) if facts else None,
        announced=frozenset(item.get("announced", ())),
        evidence=json.loads(item.get("evidence", "{}")),
        manifest_key=item.get("manifest_key"),
    )


def partition_key(group: GroupId) -> str:
    """Partition key of a log group and its windows."""
    return f"{group.account}#{group.region}#{group.log_group}"


def sort_key(start_ms: int) -> str:
    """Sort key of the window that starts here; sorts as the instants do."""
    return f"window#{start_ms:015d}"


def item_key(group: GroupId, place: str) -> dict[str, Any]:
    """Whole key of an item."""
    return {"pk": {"S": partition_key(group)}, "sk": {"S": place}}


def number(value: int) -> dict[str, str]:
    """Mark a number for DynamoDB."""
    return {"N": str(value)}


def plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Take DynamoDB's type marks off: S, N and SS are all this table has."""
    return {name: next(iter(value.values())) for name, value in item.items()}


class WindowTable:
    """The DynamoDB table of the archive, with keys `pk` and `sk`.

    Args:
        client: a boto3 `dynamodb` client.
        table: its name.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def _get(self, group: GroupId, sort_key: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=item_key(group, sort_key), ConsistentRead=True)
        return plain(answer["Item"]) if "Item" in answer else None

    def _transact(self, items: list[dict[str, Any]]) -> bool:
        try:
            self._client.transact_write_items(TransactItems=items)
        except ClientError as refusal:
            if error_code(refusal) in REFUSED:
                return False
            raise ArchiveError(f"window ledger refused a transaction with {error_code(refusal)}") from None
        return True
