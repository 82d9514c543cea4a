"""Counts the occurrences of issues: over all containers in the ledger table, or else in this container's memory.

The budget of an issue (stages.ration) goes by these numbers. A payload that comes again gets the numbers it had, and
counts nothing twice. A guard, not a gate: when DynamoDB fails, a container counts by itself and
`OccurrenceFailures` is counted. docs/delivery.md tells the table's part, under "The count of a storm".
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from logrouter.adapters.aws import client
from logrouter.adapters.clock import Clock
from logrouter.adapters.resting import Rest
from logrouter.settings import ForwardingSettings
from logrouter.stages.ration import Share

REMEMBERED_DAYS = 14
"""As long as the ledger remembers what was delivered: longer than any way back of a payload."""
ROOM = 32
"""Payloads that a counter remembers itself: it then has less than 1 KB, which is one write unit."""
CALLERS = 8
"""Calls on their way at once, for a payload with many different issues."""
LONGEST_S = 5.0
SHORTEST_S = 0.5
"""With less time left nobody is asked."""
REPORT_LEASE_S = 1_800.0
"""After this long a report that was not made is given up, and another may be asked for."""
KEPT = 10_000
"""Counters, and shares, that a container remembers: about 5 MB."""

type Count = Callable[[str, int], None]
type Item = Mapping[str, Mapping[str, str]]


class ContainerOccurrences:
    """Counts in memory what this container sees; forgets what it has not seen for longest."""

    def __init__(self) -> None:
        self._counts: OrderedDict[str, int] = OrderedDict()
        self._shares: OrderedDict[tuple[str, str], int] = OrderedDict()

    def before(self, shares: Sequence[Share], left_s: float) -> Sequence[int]:  # noqa: ARG002 - the protocol
        """Count on from the last number known."""
        return [self._add(share) for share in shares]

    def claim_reports(self, shares: Sequence[Share], left_s: float) -> Sequence[bool]:  # noqa: ARG002 - the protocol
        """Ask for none: the number of this container says little."""
        return [False] * len(shares)

    def conclude(self, counter: str) -> int | None:  # noqa: ARG002 - as TableOccurrences
        """Know no number."""
        return None

    def note(self, share: Share, before: int) -> int:
        """Remember what the table said, to go on from there should it fail; return it."""
        _keep(self._shares, (share.counter, share.payload), before)
        _keep(self._counts, share.counter, max(before + share.occurrences, self._counts.get(share.counter, 0)))
        return before

    def _add(self, share: Share) -> int:
        before = self._shares.get((share.counter, share.payload))
        return self.note(share, self._counts.get(share.counter, 0) if before is None else before)


class TableOccurrences:
    """Counts in a DynamoDB table, with `pk` and the TTL `expires_at` as in the ledger.

    A counter `occurrences/<counter>` has `n`, one attribute for each of the first payloads with the number before it,
    who makes the report, and the number that was `told`. Payloads beyond stand in items of their own.

    Args:
        client: DynamoDB client.
        count: called with a metric's name and a number when DynamoDB fails.
        reports: whether a report can be sent later.
    """

    def __init__(self, table: str, *, client: Any, clock: Clock, count: Count, reports: bool) -> None:
        self._table = table
        self._client = client
        self._clock = clock
        self._count = count
        self._reports = reports
        self._own = ContainerOccurrences()
        self._rest = Rest(clock)
        self._counters: dict[str, Item] = {}
        self._reached: dict[Share, int] = {}

    def before(self, shares: Sequence[Share], left_s: float) -> Sequence[int]:
        """Ask for each share; what cannot be asked in time is counted here."""
        self._counters.clear()
        found = self._each(shares, self._add, left_s)
        self._reached = {
            share: before + share.occurrences for share, before in zip(shares, found, strict=True) if before is not None
        }
        alone = sum(share.occurrences for share, before in zip(shares, found, strict=True) if before is None)
        if alone:
            self._count("OccurrenceFailures", alone)
        return [
            self._own.before([share], 0)[0] if before is None else self._own.note(share, before)
            for share, before in zip(shares, found, strict=True)
        ]

    def claim_reports(self, shares: Sequence[Share], left_s: float) -> Sequence[bool]:
        """Claim the report of each counter that has none on its way."""
        asked = [share for share in shares if self._reports and self._may_report(share)]
        answers = self._each(asked, self._claim_report, left_s)
        if failed := sum(answer is None for answer in answers):
            self._count("OccurrenceFailures", failed)
        ours = {share for share, answer in zip(asked, answers, strict=True) if answer}
        return [share in ours for share in shares]

    def conclude(self, counter: str) -> int | None:
        """Return the number of a counter and let the next report be claimed; None when it is not known.

        One call does both: who counts after it finds no report on its way, who counted before is in the number.
        """
        if self._rest.is_on:
            return None
        try:
            counted = self._update(counter, "SET told = n REMOVE reporter, report_by", "attribute_exists(n)", {})
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._rest.failed(error)
            self._count("OccurrenceFailures", 1)
            return None
        return _number(counted, "n")

    def _each[T](self, shares: Sequence[Share], ask: Callable[[Share], T], left_s: float) -> list[T | None]:
        """Ask for each share, several at once; None for what fails or takes too long."""
        limit_s = min(left_s, LONGEST_S)
        end_s = self._clock.monotonic_s() + limit_s

        def guarded(share: Share) -> T | None:
            if self._rest.is_on or self._clock.monotonic_s() > end_s:
                return None
            try:
                answer = ask(share)
            except Exception as error:  # noqa: BLE001 - a guard, not a gate
                self._rest.failed(error)
                return None
            self._rest.succeeded()
            return answer

        if limit_s < SHORTEST_S or not shares:
            return [None for _ in shares]
        pool = ThreadPoolExecutor(min(CALLERS, len(shares)))
        asked = [pool.submit(guarded, share) for share in shares]
        done, _ = wait(asked, limit_s)
        pool.shutdown(wait=False, cancel_futures=True)
        return [future.result() if future in done else None for future in asked]

    def _add(self, share: Share) -> int:
        """Add a share and return the number before it, in one call as long as the counter has room for the payload."""
        mine = _name(share.payload)
        try:
            counter = self._update(
                share.counter,
                "SET #p = if_not_exists(n, :0), n = if_not_exists(n, :0) + :c,"
                " payloads = if_not_exists(payloads, :0) + :1, expires_at = :e",
                "attribute_not_exists(#p) AND (attribute_not_exists(payloads) OR payloads < :room)",
                {":0": 0, ":1": 1, ":c": share.occurrences, ":room": ROOM, ":e": self._expires_at()},
                payload=mine,
            )
        except self._client.exceptions.ConditionalCheckFailedException as full:
            counter = full.response.get("Item", {})
        self._counters[share.counter] = counter
        return _number(counter, mine) if mine in counter else self._add_beyond(share)

    def _add_beyond(self, share: Share) -> int:
        """Add a share of which the counter keeps no account; an item of its own does.

        The number is added before that item is written: who dies in between counts this payload twice, not never.
        """
        beside = {"pk": {"S": f"{_pk(share.counter)}/{share.payload}"}}
        known = self._client.get_item(TableName=self._table, Key=beside, ConsistentRead=True).get("Item")
        if known:
            return _number(known, "before")
        counter = self._update(
            share.counter,
            "SET n = n + :c, expires_at = :e",
            "attribute_exists(n)",
            {":c": share.occurrences, ":e": self._expires_at()},
        )
        self._counters[share.counter] = counter
        before = _number(counter, "n") - share.occurrences
        item = {**beside, "before": {"N": str(before)}, "expires_at": {"N": str(self._expires_at())}}
        self._client.put_item(TableName=self._table, Item=item)
        return before

    def _may_report(self, share: Share) -> bool:
        """Tell whether it is worth asking: no other payload's report was on its way when this one was counted.

        Nor for the repeat of a payload whose number was told: its report would be a duplicate, and keep others away.
        """
        counter = self._counters.get(share.counter)
        if counter is None or ("told" in counter and _number(counter, "told") >= self._reached.get(share, 0)):
            return False
        if "reporter" not in counter:
            return True
        is_over = _number(counter, "report_by") < self._clock.now_s()
        return is_over or counter["reporter"]["S"] == share.payload

    def _claim_report(self, share: Share) -> bool:
        now_s = int(self._clock.now_s())
        try:
            self._update(
                share.counter,
                "SET reporter = :p, report_by = :t",
                "attribute_not_exists(reporter) OR reporter = :p OR report_by < :now",
                {":p": share.payload, ":t": now_s + int(REPORT_LEASE_S), ":now": now_s},
                returned="NONE",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _update(
        self,
        counter: str,
        change: str,
        condition: str,
        values: Mapping[str, int | str],
        *,
        payload: str | None = None,
        returned: str = "ALL_NEW",
    ) -> Item:
        """Change a counter where the condition holds. Raises what the client raises."""
        optional: dict[str, Any] = {}
        if payload:
            optional["ExpressionAttributeNames"] = {"#p": payload}
        if values:
            optional["ExpressionAttributeValues"] = {
                name: {"N": str(value)} if isinstance(value, int) else {"S": value} for name, value in values.items()
            }
        answer: dict[str, Item] = self._client.update_item(
            TableName=self._table,
            Key={"pk": {"S": _pk(counter)}},
            UpdateExpression=change,
            ConditionExpression=condition,
            ReturnValues=returned,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **optional,
        )
        return answer.get("Attributes", {})

    def _expires_at(self) -> int:
        return int(self._clock.now_s()) + REMEMBERED_DAYS * 86_400


def occurrences_from(
    settings: ForwardingSettings, clock: Clock, count: Count
) -> ContainerOccurrences | TableOccurrences:
    """Return who counts: the ledger table where there is one; reports need a queue to wait in."""
    if settings.ledger_table is None:
        return ContainerOccurrences()
    reports = settings.retry_queue_url is not None
    return TableOccurrences(settings.ledger_table, client=client("dynamodb"), clock=clock, count=count, reports=reports)


def _keep[K](kept: OrderedDict[K, int], key: K, value: int) -> None:
    kept[key] = value
    kept.move_to_end(key)
    if len(kept) > KEPT:
        kept.popitem(last=False)


def _pk(counter: str) -> str:
    return f"occurrences/{counter}"


def _name(payload: str) -> str:
    return f"p{payload}"


def _number(item: Item, name: str) -> int:
    return int(item[name]["N"])
