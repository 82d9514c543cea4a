"""Adds planned windows to the ledger so that they tile time, whoever else plans: a transaction moves the frontier."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final

from logrouter.adapters.window_entries import GROUP_ITEM, GroupEntry, WindowTable, item_key, number, sort_key
from logrouter.destinations.archive.window import GroupId, Window, WindowState

TRANSACTION_ITEMS: Final = 100
"""TransactWriteItems takes 100 items (DynamoDB API reference, checked 2026-11-20)."""


class WindowTiling(WindowTable):
    """The planner's view of the ledger."""

    def extend(self, known: GroupEntry | None, group: GroupId, windows: Sequence[Window]) -> GroupEntry | None:
        """Add planned windows and move the frontier with them; None when another planner was faster.

        Args:
            known: what was read before planning; None for a group without an entry.
            group: the log group.
            windows: continue the known tiling before its origin or behind its frontier, without gap or overlap. Each
                transaction leaves a whole tiling. The watermark falls back to a new, earlier origin.
        """
        origin_ms = min(window.start_ms for window in windows)
        entry = known or GroupEntry(group, origin_ms, origin_ms, origin_ms)
        before = sorted((window for window in windows if window.end_ms <= entry.origin_ms), reverse=True)
        behind = sorted(window for window in windows if window.start_ms >= entry.planned_until_ms)
        is_new = known is None
        for chunk in [*_chunks(before), *_chunks(behind)]:
            moved = _moved(entry, chunk)
            if not self._extend_once(entry, moved, chunk, is_new=is_new):
                return None
            entry, is_new = moved, False
        return entry

    def _extend_once(self, entry: GroupEntry, moved: GroupEntry, windows: list[Window], *, is_new: bool) -> bool:
        values = {
            ":origin": number(moved.origin_ms),
            ":planned": number(moved.planned_until_ms),
        }
        frontier: dict[str, Any] = {
            "TableName": self._table,
            "Key": item_key(entry.group, GROUP_ITEM),
            "UpdateExpression": "SET origin_ms = :origin, planned_until_ms = :planned",
            "ExpressionAttributeValues": values,
        }
        if is_new or moved.origin_ms != entry.origin_ms:
            frontier["UpdateExpression"] += ", sealed_until_ms = :origin"
        if is_new:
            frontier["UpdateExpression"] += ", log_group = :name, account = :account, #region = :region"
            frontier["ConditionExpression"] = "attribute_not_exists(pk)"
            frontier["ExpressionAttributeNames"] = {"#region": "region"}
            group = entry.group
            values |= {
                ":name": {"S": group.log_group},
                ":account": {"S": group.account},
                ":region": {"S": group.region},
            }
        else:
            frontier["ConditionExpression"] = "origin_ms = :old_origin AND planned_until_ms = :old_planned"
            values |= {
                ":old_origin": number(entry.origin_ms),
                ":old_planned": number(entry.planned_until_ms),
            }
        items = [{"Put": self._planned(window)} for window in windows]
        return self._transact([{"Update": frontier}, *items])

    def _planned(self, window: Window) -> dict[str, Any]:
        item = {
            **item_key(window.group, sort_key(window.start_ms)),
            "start_ms": number(window.start_ms),
            "end_ms": number(window.end_ms),
            "state": {"S": WindowState.PLANNED.value},
        }
        return {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}


def _moved(entry: GroupEntry, windows: Sequence[Window]) -> GroupEntry:
    """Return the entry with windows added: from its frontier on, or from its origin backwards."""
    if windows[0].start_ms >= entry.planned_until_ms:
        return replace(entry, planned_until_ms=windows[-1].end_ms)
    return replace(entry, origin_ms=windows[-1].start_ms, sealed_until_ms=windows[-1].start_ms)


def _chunks(windows: list[Window]) -> Iterator[list[Window]]:
    size = TRANSACTION_ITEMS - 1
    for start in range(0, len(windows), size):
        yield windows[start : start + size]
