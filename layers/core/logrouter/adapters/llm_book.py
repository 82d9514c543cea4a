"""Keeps the delivered book of `trace_llm` in a DynamoDB table, and reads it for `reconcile_llm`.

`pk` = day and a shard, `sk` = entry; `expires_at` = TTL. A guard, not a gate: when DynamoDB fails, calls are delivered
all the same, `BookFailures` is counted, and the entries are tried again with the next ones of the container.
"""

import json
import struct
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from logrouter.adapters.aws import client, error_code
from logrouter.adapters.clock import Clock, SystemClock
from logrouter.adapters.outcomes import Outcome
from logrouter.adapters.resting import Rest
from logrouter.adapters.telemetry import Telemetry
from logrouter.destinations.langfuse import NAME
from logrouter.destinations.langfuse_account import calls_of
from logrouter.destinations.langfuse_book import Entry, entries_of, packed, unpacked
from logrouter.errors import BookError
from logrouter.model import Fate, Json
from logrouter.settings import TraceLlmSettings

KEPT_DAYS: Final = 45
"""Longer than any way back: dead letters live for 14 days."""
SHARDS: Final = "0123456789abcdef"
"""First digits of the entries' names: a day is written to as many partitions."""
BATCH_ENTRIES: Final = 25
"""BatchWriteItem takes 25 items (DynamoDB API reference, checked 2026-11-20)."""
PENDING_ENTRIES: Final = 200
SHORTEST_WRITE_S: Final = 3.0
"""With less time left nothing is written: what one batch may take when DynamoDB hangs."""
CHECKED: Final = "checked"


class LlmBook:
    """The delivered book, written: an observer of the courier.

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
        self._pending: deque[Entry] = deque()

    def observe(self, outcomes: Sequence[Outcome], left_s: float) -> None:
        """Book what Langfuse acknowledged."""
        at_ms = int(self._clock.now_s() * 1000)
        for outcome in outcomes:
            if outcome.fate is Fate.DELIVERED and outcome.delivery.destination == NAME:
                self._pending += entries_of(calls_of(outcome.delivery), outcome.delivery.route, at_ms)
        ends_s = self._clock.monotonic_s() + left_s
        while self._pending and not self._rest.is_on and ends_s - self._clock.monotonic_s() > SHORTEST_WRITE_S:
            batch = [self._pending.popleft() for _ in range(min(BATCH_ENTRIES, len(self._pending)))]
            left = self._write(batch)
            self._pending.extendleft(reversed(left))
            if len(left) == len(batch):
                break
        self._forget_oldest()

    def _forget_oldest(self) -> None:
        """Count the calls that are not in the book at the end of a round; of those that wait, some may have to go."""
        if self._pending:
            self._count("BookFailures", sum(len(entry.calls) for entry in self._pending))
        while len(self._pending) > PENDING_ENTRIES:
            self._pending.popleft()

    def _write(self, entries: Sequence[Entry]) -> list[Entry]:
        """Write up to 25 entries; return those that were not taken."""
        named = {entry.name: entry for entry in entries}
        puts = [{"PutRequest": {"Item": self._item(entry)}} for entry in named.values()]
        try:
            answer = self._client.batch_write_item(RequestItems={self._table: puts})
        except Exception as error:  # noqa: BLE001 - a guard, not a gate
            self._rest.failed(error)
            return list(entries)
        self._rest.succeeded()
        left = answer.get("UnprocessedItems", {}).get(self._table, [])
        return [named[put["PutRequest"]["Item"]["sk"]["S"]] for put in left]

    def _item(self, entry: Entry) -> dict[str, Any]:
        fields = packed(entry)
        return {
            "pk": {"S": f"{entry.day}/{entry.name[0]}"},
            "sk": {"S": entry.name},
            "route": {"S": fields["route"]},
            "at": {"N": str(fields["at"])},
            "calls": {"B": fields["calls"]},
            "groups": {"S": fields["groups"]},
            "places": {"S": fields["places"]},
            "expires_at": {"N": str(int(self._clock.now_s()) + KEPT_DAYS * 86_400)},
        }


def books_of(settings: TraceLlmSettings, telemetry: Telemetry, clock: Clock | None = None) -> tuple[LlmBook, ...]:
    """Return the book as the observers of a courier; none where no table is configured."""
    table = settings.llm_book_table
    if table is None:
        return ()
    return (LlmBook(table, client=client("dynamodb"), clock=clock or SystemClock(), count=telemetry.count),)


class BookReader:
    """The delivered book, read; and what was found of each day, so that a reading goes on where it was cut off.

    Args:
        client: DynamoDB client.
    """

    def __init__(self, table: str, *, client: Any, clock: Clock) -> None:
        self._table = table
        self._client = client
        self._clock = clock

    def entries(self, day: str) -> Iterator[Entry]:
        """Yield every entry of a day. Raises BookError, by AWS's code or for an item that is none of ours."""
        for shard in SHARDS:
            pages: dict[str, Any] = {}
            while True:
                page = self._ask(
                    "query",
                    KeyConditionExpression="pk = :pk",
                    ExpressionAttributeValues={":pk": {"S": f"{day}/{shard}"}},
                    ConsistentRead=True,
                    **pages,
                )
                yield from (_entry(day, item) for item in page["Items"])
                if "LastEvaluatedKey" not in page:
                    break
                pages = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def checked(self, day: str, project: str) -> Mapping[str, Json]:
        """Return what was found of a day in one project of Langfuse before; empty when it was never looked at."""
        item = self._ask("get_item", Key=_checked_key(day, project)).get("Item")
        return dict(json.loads(item["found"]["S"])) if item else {}

    def check(self, day: str, project: str, found: Mapping[str, Json]) -> None:
        """Remember what was found of a day; its `verdict` says whether the day stays open."""
        expires_at = int(self._clock.now_s()) + KEPT_DAYS * 86_400
        self._ask(
            "put_item",
            Item={
                **_checked_key(day, project),
                "verdict": {"S": str(found["verdict"])},
                "found": {"S": json.dumps(found, ensure_ascii=False)},
                "expires_at": {"N": str(expires_at)},
            },
        )

    def days_with(self, verdicts: Collection[str], since: str) -> list[str]:
        """Return the days from `since` on that were looked at with one of these verdicts, the latest first."""
        days: set[str] = set()
        pages: dict[str, Any] = {}
        while True:
            page = self._ask(
                "query",
                KeyConditionExpression="pk = :pk AND sk >= :since",
                ExpressionAttributeValues={":pk": {"S": CHECKED}, ":since": {"S": since}},
                ProjectionExpression="sk, verdict",
                ConsistentRead=True,
                **pages,
            )
            days |= {item["sk"]["S"].partition("/")[0] for item in page["Items"] if item["verdict"]["S"] in verdicts}
            if "LastEvaluatedKey" not in page:
                return sorted(days, reverse=True)
            pages = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    def _ask(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(self._client, operation)(TableName=self._table, **arguments)
        except Exception as error:  # noqa: BLE001 - becomes a BookError without foreign text
            raise BookError(f"delivered book: {operation} failed with {error_code(error)}") from None
        return answer


def _checked_key(day: str, project: str) -> dict[str, Any]:
    return {"pk": {"S": CHECKED}, "sk": {"S": f"{day}/{project}"}}


def _entry(day: str, item: Mapping[str, Any]) -> Entry:
    try:
        return unpacked(
            day,
            item["route"]["S"],
            int(item["at"]["N"]),
            bytes(item["calls"]["B"]),
            item["groups"]["S"],
            item["places"]["S"],
        )
    except (KeyError, ValueError, IndexError, TypeError, struct.error) as error:
        raise BookError(f"delivered book: an entry of {day} cannot be read ({type(error).__name__})") from None
