"""Keeps the ends of payloads that may go on in the next payload of their log stream: in the ledger's table, masked.

An item for every two seconds of a log stream has all the ends of that time. Nothing is overwritten and nothing deleted,
so a repeat of a payload finds what it found before; the TTL ends it. An aid, not a gate: when DynamoDB fails, payloads
are judged by themselves and `TailFailures` is counted.
"""

import gzip
import json
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from logrouter.adapters.aws import client
from logrouter.adapters.clock import Clock
from logrouter.adapters.ledger import DynamoLedger
from logrouter.adapters.resting import Rest
from logrouter.model import Json, LogEvent, MaskedText, Origin
from logrouter.settings import ForwardingSettings
from logrouter.stages.stitching.tails import SEAM_LIMIT_MS, End, Held, Tail

KEPT_S = 86_400
"""CloudWatch Logs repeats a payload for up to 24 hours (subscription filters, checked 2026-11-20)."""
LOOK_AGAIN_S = 1.0
"""The payload before may be worked on at this moment: its end is kept before anything else is done with it."""
SHORTEST_S = 5.0
"""With less time left nobody is asked."""
LEASE_MARGIN_S = 60.0
"""Longer than the reserve of an invocation: until then whoever took a delivery over has made its own, or died."""
LOOKS_REMEMBERED = 1_000
BODY_LIMIT_BYTES = 1_000_000
"""A larger body was not written here."""

DESTINATION = "sentry"

type Count = Callable[[str, int], None]


class TableTails:
    """Ends of payloads in a DynamoDB table, with `pk` and the TTL `expires_at` as in the ledger.

    Args:
        client: DynamoDB client.
        ledger: of the same table; knows which deliveries were made.
        count: called with a metric's name and a number when DynamoDB fails.
    """

    def __init__(
        self,
        table: str,
        *,
        client: Any,
        ledger: DynamoLedger,
        clock: Clock,
        count: Count,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._table = table
        self._client = client
        self._ledger = ledger
        self._clock = clock
        self._count = count
        self._sleep = sleep
        self._rest = Rest(clock)
        self._looked: OrderedDict[tuple[Origin, str], None] = OrderedDict()

    def find(
        self, origin: Origin, first: LogEvent, fits: Callable[[Tail], bool], left_s: float, *, is_patient: bool
    ) -> Tail | None:
        """Look, and look once more a second later; a payload that is planned again is not waited for again."""
        if left_s < SHORTEST_S:
            return None
        found = self._look(origin, first.timestamp_ms, fits)
        if found is not None or not is_patient or (origin, first.id) in self._looked or self._rest.is_on:
            return found
        self._looked[origin, first.id] = None
        if len(self._looked) > LOOKS_REMEMBERED:
            self._looked.popitem(last=False)
        self._sleep(LOOK_AGAIN_S)
        return self._look(origin, first.timestamp_ms, fits)

    def keep(self, origin: Origin, tail: Tail) -> bool:
        """Add the end to those of its time; one that is there already is that of a repeat, and holds."""
        if self._rest.is_on:
            return False
        try:
            self._client.update_item(
                TableName=self._table,
                Key={"pk": {"S": _pk(origin, tail.ended_ms)}},
                UpdateExpression="SET tails = list_append(if_not_exists(tails, :none), :tail), expires_at = :then"
                " ADD places :places",
                ConditionExpression="attribute_not_exists(pk) OR NOT contains(places, :place)",
                ExpressionAttributeValues={
                    ":none": {"L": []},
                    ":tail": {"L": [{"B": _packed(tail)}]},
                    ":place": {"S": tail.place},
                    ":places": {"SS": [tail.place]},
                    ":then": {"N": str(int(self._clock.now_s()) + KEPT_S)},
                },
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return True
        except Exception as error:  # noqa: BLE001 - an aid, not a gate
            self._failed(error)
            return False
        self._rest.succeeded()
        return True

    def take_over(self, held: Held, by: str, left_s: float) -> bool:
        """Claim the key; the same `by` may claim it again."""
        return self._ledger.take_over(f"{DESTINATION}/{held.route}", held.key, by, left_s + LEASE_MARGIN_S)

    def settle(self, held: Sequence[Held]) -> None:
        """Mark the keys as delivered."""
        for one in held:
            self._ledger.mark_delivered(f"{DESTINATION}/{one.route}", (one.key,))

    def _look(self, origin: Origin, at_ms: int, fits: Callable[[Tail], bool]) -> Tail | None:
        """Look where an end of this moment stands, and where one of shortly before does."""
        tails = (tail for ms in (at_ms, at_ms - SEAM_LIMIT_MS) for tail in self._read(_pk(origin, ms)))
        return next((tail for tail in tails if fits(tail)), None)

    def _read(self, pk: str) -> Sequence[Tail]:
        if self._rest.is_on:
            return ()
        try:
            answer = self._client.get_item(TableName=self._table, Key={"pk": {"S": pk}}, ConsistentRead=True)
            item = answer.get("Item")
            tails = [_unpacked(each["B"]) for each in item["tails"]["L"]] if item else []
        except Exception as error:  # noqa: BLE001 - an aid, not a gate
            self._failed(error)
            return ()
        self._rest.succeeded()
        return sorted(tails, key=lambda tail: tail.place, reverse=True)

    def _failed(self, error: Exception) -> None:
        self._rest.failed(error)
        self._count("TailFailures", 1)


def tails_from(settings: ForwardingSettings, clock: Clock, count: Count) -> TableTails | None:
    """Return where ends are kept; None without a ledger's table, or without a queue in which a delivery can wait."""
    if settings.ledger_table is None or settings.retry_queue_url is None:
        return None
    dynamodb = client("dynamodb")
    ledger = DynamoLedger(settings.ledger_table, client=dynamodb, clock=clock, count=count)
    return TableTails(settings.ledger_table, client=dynamodb, ledger=ledger, clock=clock, count=count)


def _pk(origin: Origin, at_ms: int) -> str:
    """Return the key of a stretch of a log stream; its names are as they came and hold nothing to be masked."""
    stretch = at_ms // SEAM_LIMIT_MS
    return f"tail/{origin.account}/{origin.region}/{origin.log_group}/{origin.log_stream}/{stretch}"


def _packed(tail: Tail) -> bytes:
    document = {"place": tail.place, "ended_ms": tail.ended_ms, "ends": [_end_as_json(end) for end in tail.ends]}
    return gzip.compress(json.dumps(document, separators=(",", ":")).encode(), 6, mtime=0)


def _end_as_json(end: End) -> dict[str, Json]:
    return {
        "id": end.id,
        "timestamp_ms": end.timestamp_ms,
        "ended_ms": end.ended_ms,
        "text": end.text,
        "rules": dict(end.rules),
        "held": list(end.held) if end.held else None,
        "open_key": end.open_key,
        "continues": end.continues,
    }


def _unpacked(body: bytes) -> Tail:
    tail = json.loads(zlib.decompressobj(wbits=31).decompress(body, BODY_LIMIT_BYTES))
    return Tail(tuple(_end(end) for end in tail["ends"]), str(tail["place"]), int(tail["ended_ms"]))


def _end(end: Json) -> End:
    return End(
        id=str(end["id"]),
        timestamp_ms=int(end["timestamp_ms"]),
        ended_ms=int(end["ended_ms"]),
        text=MaskedText(str(end["text"])),
        rules={str(rule): int(hits) for rule, hits in end["rules"].items()},
        held=Held(*map(str, end["held"])) if end["held"] else None,
        open_key=str(end["open_key"]),
        continues=str(end["continues"]),
    )
