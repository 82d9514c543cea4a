"""The window ledger (DynamoDB): how far each window of each log group has come, and who works on it.

One item a window (`sk` = `window#<start>`), one item a log group (`sk` = `group`: planned frontier, watermark, head of
the manifest chain). Every move is a conditional write: of the state it leaves and of the fencing number its lease was
given, so that a worker whose lease ran out changes nothing. Docs: docs/archive.md.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

from botocore.exceptions import ClientError

from logrouter.adapters import aws
from logrouter.adapters.aws import error_code
from logrouter.adapters.window_entries import (
    GROUP_ITEM,
    REFUSED,
    GroupEntry,
    WindowEntry,
    WindowTable,
    item_key,
    number,
    partition_key,
    plain,
    sort_key,
    window_entry,
)
from logrouter.destinations.archive.manifest import NO_PREVIOUS
from logrouter.destinations.archive.window import GroupId, Window, WindowFacts, WindowState
from logrouter.errors import ArchiveError
from logrouter.model import Json


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


class WindowLedger(WindowTable):
    """What is known of windows and log groups, and every move between states."""

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
        item = self._get(window.group, sort_key(window.start_ms))
        return None if item is None else window_entry(window.group, item)

    def windows(self, group: GroupId, from_ms: int = 0) -> Iterator[WindowEntry]:
        """Yield the windows of a log group that start at `from_ms` or later, in the order of time."""
        arguments: dict[str, Any] = {
            "TableName": self._table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :first AND :last",
            "ExpressionAttributeValues": {
                ":pk": {"S": partition_key(group)},
                ":first": {"S": sort_key(from_ms)},
                ":last": {"S": "window#~"},
            },
        }
        while True:
            page = self._client.query(**arguments)
            for item in page["Items"]:
                yield window_entry(group, plain(item))
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

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
            {**values, ":until": number(until_ms), ":now": number(now_ms), ":one": number(1)},
            names=True,
        )
        return window_entry(window.group, plain(answer))

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
        values = {":state": {"S": state.value}, ":fence": number(entry.fence)}
        if facts is not None:
            sets.append("facts = :facts")
            values[":facts"] = {"S": json.dumps(facts.as_dict(), separators=(",", ":"))}
        if evidence is not None:
            sets.append("evidence = :evidence")
            values[":evidence"] = {"S": json.dumps(evidence, separators=(",", ":"))}
        if failed:
            seen = max(entry.best_events, entry.facts.events if entry.facts else 0)
            sets += ["attempts = :attempts", "best_events = :best"]
            values |= {":attempts": number(entry.attempts + 1), ":best": number(seen)}
        if release:
            sets.append("lease_until_ms = :free")
            values[":free"] = number(0)
        expression = "SET " + ", ".join(sets) + (" REMOVE facts" if forget_facts else "")
        return self._write(entry, expression, values)

    def announce(self, entry: WindowEntry, key: str) -> None:
        """Note that a part of this key is about to be stored, so that nothing in the bucket is unaccounted for.

        Raises:
            LeaseLostError: the lease is somebody else's by now.
        """
        self._write(entry, "ADD announced :key", {":key": {"SS": [key]}, ":fence": number(entry.fence)}, names=False)

    # ------------------------------------------------------------------ sealing
    def seal(self, known: GroupEntry, window: Window, manifest_key: str, manifest_sha256: str) -> bool:
        """Seal a window with the next manifest of the chain; False when the chain moved on meanwhile.

        The manifest itself is what decides (it was written once, at this place of the chain): the lease is not asked.
        """
        values = {":state": {"S": WindowState.SEALED.value}, ":free": number(0), ":key": {"S": manifest_key}}
        sealing = {
            "TableName": self._table,
            "Key": item_key(window.group, sort_key(window.start_ms)),
            "UpdateExpression": "SET #state = :state, lease_until_ms = :free, manifest_key = :key ADD fence :one",
            "ConditionExpression": "attribute_exists(pk) AND #state <> :state",
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": {**values, ":one": number(1)},
        }
        chain: dict[str, Any] = {
            "TableName": self._table,
            "Key": item_key(window.group, GROUP_ITEM),
            "UpdateExpression": "SET #sequence = :next, manifest_sha256 = :sha",
            "ConditionExpression": "attribute_not_exists(#sequence)" if not known.sequence else "#sequence = :known",
            "ExpressionAttributeNames": {"#sequence": "sequence"},
            "ExpressionAttributeValues": {":next": number(known.sequence + 1), ":sha": {"S": manifest_sha256}},
        }
        if known.sequence:
            chain["ExpressionAttributeValues"][":known"] = number(known.sequence)
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
                    Key=item_key(group, GROUP_ITEM),
                    UpdateExpression="SET sealed_until_ms = :reached",
                    ConditionExpression="sealed_until_ms = :known AND origin_ms = :origin",
                    ExpressionAttributeValues={
                        ":reached": number(reached),
                        ":known": number(entry.sealed_until_ms),
                        ":origin": number(entry.origin_ms),
                    },
                )
            except ClientError as refusal:
                if error_code(refusal) not in REFUSED:
                    raise ArchiveError(f"{group.log_group}: watermark refused: {error_code(refusal)}") from None
            else:
                return reached
        return None

    # ------------------------------------------------------------------ the table
    def _write(
        self, entry: WindowEntry, expression: str, values: Mapping[str, Any], *, names: bool = True
    ) -> WindowEntry:
        answer = self._update(entry.window, expression, "fence = :fence", values, names=names)
        return window_entry(entry.window.group, plain(answer))

    def _update(
        self, window: Window, expression: str, condition: str, values: Mapping[str, Any], *, names: bool
    ) -> dict[str, Any]:
        arguments: dict[str, Any] = {"ExpressionAttributeNames": {"#state": "state"}} if names else {}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=item_key(window.group, sort_key(window.start_ms)),
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


def watermarks(settings: ArchiveTable) -> Callable[[str], int | None]:
    """Return a function from log-group name to watermark (epoch milliseconds), None where nothing is sealed yet."""
    if settings.window_table is None:
        return lambda _log_group: None
    ledger = WindowLedger(aws.client("dynamodb"), settings.window_table)

    def watermark(log_group: str) -> int | None:
        entry = ledger.group(GroupId(settings.account, settings.region, log_group))
        return None if entry is None or entry.sealed_until_ms <= entry.origin_ms else entry.sealed_until_ms

    return watermark
