"""The window ledger (DynamoDB): how far each window of each log group has come, and who works on it.

One item a window (`sk` = `window#<start>`), one item a log group (`sk` = `group`: planned frontier, watermark, head of
the manifest chain). Every move is a conditional write: of the state it leaves and of the fencing number its lease was
given, so that a worker whose lease ran out changes nothing. Docs: docs/archive.md.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

from botocore.exceptions import ClientError

from logrouter.adapters import aws
from logrouter.adapters.aws import error_code
from logrouter.destinations.archive.manifest import NO_PREVIOUS
from logrouter.destinations.archive.window import GroupId, Window, WindowFacts, WindowState
from logrouter.errors import ArchiveError
from logrouter.model import Json

TRANSACTION_ITEMS: Final = 100
"""TransactWriteItems takes 100 items (DynamoDB API reference, checked 2026-11-20)."""
GROUP_ITEM: Final = "group"
REFUSED: Final = frozenset({"ConditionalCheckFailedException", "TransactionCanceledException"})


class LeaseLostError(ArchiveError):
    """Somebody else works on this window, or it moved on: this worker must stop and change nothing."""


class ArchiveTable(Protocol):
    """The settings this adapter needs."""

    @property
    def window_table(self) -> str | None:
        """Name of the DynamoDB table."""
        ...

    @property
    def account(self) -> str:
        """The account of the log groups, 12 digits."""
        ...

    @property
    def region(self) -> str:
        """The region of the log groups."""
        ...


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


class WindowLedger:
    """Windows and log groups in one DynamoDB table with keys `pk` and `sk`.

    Args:
        client: a boto3 `dynamodb` client.
    """

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    # ------------------------------------------------------------------ reading
    def group(self, group: GroupId) -> GroupEntry | None:
        """Return the entry of a log group, None when it was never planned."""
        item = self._get(group, GROUP_ITEM)
        if item is None:
            return None
        return GroupEntry(
            group,
            origin_ms=int(item["origin_ms"]),
            planned_until_ms=int(item["planned_until_ms"]),
            sealed_until_ms=int(item["sealed_until_ms"]),
            sequence=int(item.get("sequence", 0)),
            manifest_sha256=str(item.get("manifest_sha256", NO_PREVIOUS)),
        )

    def window(self, window: Window) -> WindowEntry | None:
        """Return the entry of the window that starts where `window` does, None when there is none."""
        item = self._get(window.group, _sort_key(window.start_ms))
        return None if item is None else _entry(window.group, item)

    def windows(self, group: GroupId, from_ms: int = 0) -> Iterator[WindowEntry]:
        """Yield the windows of a log group that start at `from_ms` or later, in the order of time."""
        arguments: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": {"S": _partition_key(group)},
                ":first": {"S": _sort_key(from_ms)},
                ":last": {"S": "window#~"},
            },
        }
        while True:
            page = self._client.query(**arguments)
            for item in page["Items"]:
                yield _entry(group, _plain(item))
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    # ------------------------------------------------------------------ planning
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
            ":origin": _number(moved.origin_ms),
            ":planned": _number(moved.planned_until_ms),
        }
        frontier: dict[str, Any] = {
            "TableName": self._table,
            "Key": _key(entry.group, GROUP_ITEM),
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
                ":old_origin": _number(entry.origin_ms),
                ":old_planned": _number(entry.planned_until_ms),
            }
        items = [{"Put": self._planned(window)} for window in windows]
        return self._transact([{"Update": frontier}, *items])

    def _planned(self, window: Window) -> dict[str, Any]:
        item = {
            **_key(window.group, _sort_key(window.start_ms)),
            "start_ms": _number(window.start_ms),
            "end_ms": _number(window.end_ms),
            "state": {"S": WindowState.PLANNED.value},
        }
        return {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}

    # ------------------------------------------------------------------ working on one window
    def lease(self, window: Window, states: Iterable[WindowState], now_ms: int, until_ms: int) -> WindowEntry:
        """Take the lease of a window that is in one of `states` and leased by nobody; return it with its new fence.

        Raises:
            LeaseLostError: it is leased, or in another state, or not there.
        """
        names = [state.value for state in states]
        values = {f":s{place}": {"S": name} for place, name in enumerate(names)}
        answer = self._update(
            window,
            "SET lease_until_ms = :until ADD fence :one",
            f"#state IN ({', '.join(values)}) AND (attribute_not_exists(lease_until_ms) OR lease_until_ms <= :now)",
            {**values, ":until": _number(until_ms), ":now": _number(now_ms), ":one": _number(1)},
            names=True,
        )
        return _entry(window.group, _plain(answer))

    def move(
        self,
        entry: WindowEntry,
        state: WindowState,
        *,
        facts: WindowFacts | None = None,
        evidence: Mapping[str, Json] | None = None,
        failed: bool = False,
        forget_facts: bool = False,
        release: bool = False,
    ) -> WindowEntry:
        """Bring a leased window into a state, keeping what is known about it.

        Args:
            entry: the window with its lease.
            state: where to.
            facts: replaces what was known.
            evidence: of a judgement or a failure.
            failed: counts an attempt, and remembers how many events it saw.
            forget_facts: the next reading starts afresh (announced keys stay).
            release: gives the lease back in the same write.

        Raises:
            LeaseLostError: the lease is somebody else's by now.
        """
        sets = ["#state = :state"]
        values = {":state": {"S": state.value}, ":fence": _number(entry.fence)}
        if facts is not None:
            sets.append("facts = :facts")
            values[":facts"] = {"S": json.dumps(facts.as_dict(), separators=(",", ":"))}
        if evidence is not None:
            sets.append("evidence = :evidence")
            values[":evidence"] = {"S": json.dumps(evidence, separators=(",", ":"))}
        if failed:
            seen = max(entry.best_events, entry.facts.events if entry.facts else 0)
            sets += ["attempts = :attempts", "best_events = :best"]
            values |= {":attempts": _number(entry.attempts + 1), ":best": _number(seen)}
        if release:
            sets.append("lease_until_ms = :free")
            values[":free"] = _number(0)
        expression = "SET " + ", ".join(sets) + (" REMOVE facts" if forget_facts else "")
        return self._write(entry, expression, values)

    def announce(self, entry: WindowEntry, key: str) -> None:
        """Note that a part of this key is about to be stored, so that nothing in the bucket is unaccounted for.

        Raises:
            LeaseLostError: the lease is somebody else's by now.
        """
        self._write(entry, "ADD announced :key", {":key": {"SS": [key]}, ":fence": _number(entry.fence)}, names=False)

    # ------------------------------------------------------------------ sealing
    def seal(self, known: GroupEntry, window: Window, manifest_key: str, manifest_sha256: str) -> bool:
        """Seal a window with the next manifest of the chain; False when the chain moved on meanwhile.

        The manifest itself is what decides (it was written once, at this place of the chain): the lease is not asked.
        """
        values = {":state": {"S": WindowState.SEALED.value}, ":free": _number(0), ":key": {"S": manifest_key}}
        sealing = {
            "TableName": self._table,
            "Key": _key(window.group, _sort_key(window.start_ms)),
            "UpdateExpression": "SET #state = :state, lease_until_ms = :free, manifest_key = :key ADD fence :one",
            "ConditionExpression": "attribute_exists(pk) AND #state <> :state",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {**values, ":one": _number(1)},
        }
        chain: dict[str, Any] = {
            "TableName": self._table,
            "Key": _key(window.group, GROUP_ITEM),
            "UpdateExpression": "SET #sequence = :next, manifest_sha256 = :sha",
            "ConditionExpression": "attribute_not_exists(#sequence)" if not known.sequence else "#sequence = :known",
            "ExpressionAttributeNames": {"#sequence": "sequence"},
            "ExpressionAttributeValues": {":next": _number(known.sequence + 1), ":sha": {"S": manifest_sha256}},
        }
        if known.sequence:
            chain["ExpressionAttributeValues"][":known"] = _number(known.sequence)
        return self._transact([{"Update": sealing}, {"Update": chain}])

    def advance(self, group: GroupId) -> int | None:
        """Move the watermark of a log group over every window that is sealed without a gap; return it."""
        while (entry := self.group(group)) is not None:
            reached = entry.sealed_until_ms
            for item in self.windows(group, reached):
                if item.window.start_ms != reached or item.state not in {WindowState.SEALED, WindowState.LATE}:
                    break
                reached = item.window.end_ms
            if reached == entry.sealed_until_ms:
                return reached
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(group, GROUP_ITEM),
                    UpdateExpression="SET sealed_until_ms = :reached",
                    ConditionExpression="sealed_until_ms = :known AND origin_ms = :origin",
                    ExpressionAttributeValues={
                        ":reached": _number(reached),
                        ":known": _number(entry.sealed_until_ms),
                        ":origin": _number(entry.origin_ms),
                    },
                )
            except ClientError as refusal:
                if error_code(refusal) not in REFUSED:
                    raise ArchiveError(f"{group.log_group}: watermark refused: {error_code(refusal)}") from None
            else:
                return reached
        return None

    # ------------------------------------------------------------------ the table
    def _get(self, group: GroupId, sort_key: str) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(group, sort_key), ConsistentRead=True)
        return _plain(answer["Item"]) if "Item" in answer else None

    def _write(
        self, entry: WindowEntry, expression: str, values: Mapping[str, Any], *, names: bool = True
    ) -> WindowEntry:
        answer = self._update(entry.window, expression, "fence = :fence", values, names=names)
        return _entry(entry.window.group, _plain(answer))

    def _update(
        self, window: Window, expression: str, condition: str, values: Mapping[str, Any], *, names: bool
    ) -> dict[str, Any]:
        arguments: dict[str, Any] = {"ExpressionAttributeNames": {"#state": "state"}} if names else {}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(window.group, _sort_key(window.start_ms)),
                UpdateExpression=expression,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                **arguments,
            )
        except ClientError as refusal:
            code = error_code(refusal)
            what = f"{window.group.log_group}: window {window.start_ms}"
            if code in REFUSED:
                raise LeaseLostError(f"{what} is not ours to change") from None
            raise ArchiveError(f"{what}: ledger refused with {code}") from None
        attributes: dict[str, Any] = answer["Attributes"]
        return attributes

    def _transact(self, items: list[dict[str, Any]]) -> bool:
        try:
            self._client.transact_write_items(TransactItems=items)
        except ClientError as refusal:
            if error_code(refusal) in REFUSED:
                return False
            raise ArchiveError(f"window ledger refused a transaction with {error_code(refusal)}") from None
        return True


def watermarks(settings: ArchiveTable) -> Callable[[str], int | None]:
    """Return a function from log-group name to watermark (epoch milliseconds), None where nothing is sealed yet."""
    if settings.window_table is None:
        return lambda _log_group: None
    ledger = WindowLedger(aws.client("dynamodb"), settings.window_table)

    def watermark(log_group: str) -> int | None:
        entry = ledger.group(GroupId(settings.account, settings.region, log_group))
        return None if entry is None or entry.sealed_until_ms <= entry.origin_ms else entry.sealed_until_ms

    return watermark


def _moved(entry: GroupEntry, windows: Sequence[Window]) -> GroupEntry:
    """Return the entry with windows added: from its frontier on, or from its origin backwards."""
    if windows[0].start_ms >= entry.planned_until_ms:
        return replace(entry, planned_until_ms=windows[-1].end_ms)
    return replace(entry, origin_ms=windows[-1].start_ms, sealed_until_ms=windows[-1].start_ms)


def _chunks(windows: list[Window]) -> Iterator[list[Window]]:
    size = TRANSACTION_ITEMS - 1
    for start in range(0, len(windows), size):
        yield windows[start : start + size]


def _entry(group: GroupId, item: Mapping[str, Any]) -> WindowEntry:
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


def _partition_key(group: GroupId) -> str:
    return f"{group.account}#{group.region}#{group.log_group}"


def _sort_key(start_ms: int) -> str:
    return f"window#{start_ms:015d}"


def _key(group: GroupId, sort_key: str) -> dict[str, Any]:
    return {"pk": {"S": _partition_key(group)}, "sk": {"S": sort_key}}


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    """Take DynamoDB's type marks off: S, N and SS are all this table has."""
    return {name: next(iter(value.values())) for name, value in item.items()}
