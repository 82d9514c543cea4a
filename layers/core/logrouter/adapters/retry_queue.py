"""Hands deliveries over to the function's retry queue (SQS) and reads them back: masked, ready-to-send bytes only.

A message is JSON: version, destination, route, keys, lines, attempt, gzipped body as base64, and what completes it.
"""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Protocol

from logrouter.adapters.clock import Clock
from logrouter.model import Delivery, Json

VERSION = 1
MESSAGE_LIMIT_BYTES = 1_040_000
"""SQS takes 1 MiB a message and 1 MiB a batch (SQS quotas, checked 2026-11-20); a little room is left."""
BATCH_MESSAGES = 10
SENDERS = 8
"""Calls on their way at once: a storm with its destination down is thousands of messages."""
DELAY_LIMIT_S = 900
"""SQS delays at most 15 minutes (SQS quotas, checked 2026-11-20)."""
VISIBILITY_LIMIT_S = 39_600
"""SQS hides a received message for at most 12 hours; 11 leave room for the time already spent on it."""
BODY_LIMIT_BYTES = 64_000_000
"""A larger body never came from here: a corrupt message."""
FIRST_WAIT_S = 30.0
LONGEST_WAIT_S = 3_600.0

type Backoff = Callable[[int], float]
"""Number of failed tries (from 1) to seconds to wait."""

type Split = Callable[[Delivery], tuple[Delivery, ...]]


@dataclass(frozen=True, slots=True)
class Leftover:
    """A delivery that was not made.

    Args:
        wait_s: seconds to wait before the next try.
        code: why: an answer code (`http_503`, `timeout`), `route_closed`, `deadline`, `busy`, `secret`, `internal`.
        source: position of the delivery that this is (a part of) in the call that sent it.
    """

    delivery: Delivery
    wait_s: float
    code: str
    source: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """A received message.

    Args:
        delivery: None when the message is corrupt.
        receives: how often it was received, this time included.
    """

    id: str
    receipt: str
    delivery: Delivery | None
    receives: int = 1


class Queue(Protocol):
    """What takes deliveries that must be made later."""

    def hand_over(self, leftovers: Sequence[Leftover], split: Split) -> tuple[Leftover, ...]:
        """Keep deliveries for later; return those that could not be kept. Raises nothing."""
        ...

    def postpone(self, waits: Sequence[tuple[Message, float]]) -> None:
        """Let received messages come back after so many seconds each. Raises nothing."""
        ...


class NoQueue:
    """Where no queue is configured: nothing can be handed over."""

    def hand_over(self, leftovers: Sequence[Leftover], split: Split) -> tuple[Leftover, ...]:  # noqa: ARG002 - protocol
        """Keep nothing."""
        return tuple(leftovers)

    def postpone(self, waits: Sequence[tuple[Message, float]]) -> None:
        """Postpone nothing: messages come back when their visibility timeout ends."""


class RetryQueue:
    """An SQS queue.

    Args:
        client: SQS client.
        count: called with a metric's name and a number.
    """

    def __init__(self, url: str, *, client: Any, clock: Clock, count: Callable[[str, int], None]) -> None:
        self._url = url
        self._client = client
        self._clock = clock
        self._count = count

    def hand_over(self, leftovers: Sequence[Leftover], split: Split) -> tuple[Leftover, ...]:
        """Send in batches, splitting what is too large; return what was too large, or refused twice."""
        refused: list[Leftover] = []
        batches = list(_batches(self._messages(leftovers, split, refused)))
        if len(batches) > 1:
            with ThreadPoolExecutor(min(SENDERS, len(batches))) as senders:
                refused += chain.from_iterable(senders.map(self._send, batches))
        elif batches:
            refused += self._send(batches[0])
        return tuple(refused)

    def postpone(self, waits: Sequence[tuple[Message, float]]) -> None:
        """Change the visibility of received messages; where that fails the queue's own timeout holds."""
        for start in range(0, len(waits), BATCH_MESSAGES):
            entries = [
                {
                    "Id": str(index),
                    "ReceiptHandle": message.receipt,
                    "VisibilityTimeout": int(min(VISIBILITY_LIMIT_S, with_jitter(wait_s, self._clock))),
                }
                for index, (message, wait_s) in enumerate(waits[start : start + BATCH_MESSAGES])
            ]
            try:
                failed = self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries).get("Failed")
            except Exception:  # noqa: BLE001 - the message comes back anyway, only at another time
                failed = entries
            if failed:
                self._count("QueueFailures", len(failed))

    def _messages(
        self, leftovers: Sequence[Leftover], split: Split, refused: list[Leftover]
    ) -> list[tuple[Leftover, str]]:
        ready: list[tuple[Leftover, str]] = []
        waiting = list(reversed(leftovers))
        while waiting:
            leftover = waiting.pop()
            text = encode_message(replace(leftover.delivery, attempt=leftover.delivery.attempt + 1))
            if len(text) <= MESSAGE_LIMIT_BYTES:
                ready.append((leftover, text))
                continue
            parts = split(leftover.delivery)
            waiting.extend(replace(leftover, delivery=part) for part in reversed(parts))
            if not parts:
                refused.append(leftover)
        return ready

    def _send(self, batch: list[tuple[Leftover, str]]) -> list[Leftover]:
        """Send up to ten messages, once more those that failed; return what the queue did not take."""
        for _ in range(2):
            entries = [
                {"Id": str(index), "MessageBody": text, "DelaySeconds": self._delay_s(leftover.wait_s)}
                for index, (leftover, text) in enumerate(batch)
            ]
            try:
                answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
                taken = {entry["Id"] for entry in answer.get("Successful", [])}
            except Exception:  # noqa: BLE001 - what is not taken is reported to the caller
                taken = set()
            batch = [pair for index, pair in enumerate(batch) if str(index) not in taken]
            if not batch:
                return []
            self._count("QueueFailures", len(batch))
        return [leftover for leftover, _ in batch]

    def _delay_s(self, wait_s: float) -> int:
        return int(min(DELAY_LIMIT_S, with_jitter(wait_s, self._clock)))


def _batches(messages: Iterable[tuple[Leftover, str]]) -> Iterator[list[tuple[Leftover, str]]]:
    """Group messages into calls that SQS takes: ten at most, and no more bytes than one message may have."""
    batch: list[tuple[Leftover, str]] = []
    size = 0
    for leftover, text in messages:
        if batch and (len(batch) == BATCH_MESSAGES or size + len(text) > MESSAGE_LIMIT_BYTES):
            yield batch
            batch, size = [], 0
        batch.append((leftover, text))
        size += len(text)
    if batch:
        yield batch


def backoff_from(first_s: float = FIRST_WAIT_S) -> Backoff:
    """Return the waits that begin with `first_s` and double with each try, up to an hour."""
    return lambda tries: float(min(LONGEST_WAIT_S, first_s * 2 ** min(max(tries, 1) - 1, 16)))


def with_jitter(wait_s: float, clock: Clock) -> float:
    """Return a wait up to a fifth longer, never shorter: a destination's `Retry-After` is kept, crowds are spread."""
    return wait_s * (1 + clock.chance() / 5)


def encode_message(delivery: Delivery) -> str:
    """Write a delivery as a queue message (ASCII)."""
    body = base64.b64encode(gzip.compress(delivery.body, 6, mtime=0)).decode("ascii")
    return json.dumps(
        {
            "version": VERSION,
            "destination": delivery.destination,
            "route": delivery.route,
            "keys": delivery.keys,
            "lines": delivery.lines,
            "attempt": delivery.attempt,
            "body": body,
        }
        | ({"completed_by": delivery.completed_by} if delivery.completed_by else {}),
        separators=(",", ":"),
    )


def decode_message(text: str) -> Delivery | None:
    """Read a queue message; None when it is not one of ours or damaged."""
    try:
        message = json.loads(text)
        return _delivery(message) if _is_message(message) else None
    except (ValueError, RecursionError, EOFError, OSError, zlib.error, binascii.Error):
        return None


def received(event: Json) -> list[Message]:
    """Read the messages of an SQS event (Lambda event source mapping)."""
    return [
        Message(
            id=str(record.get("messageId", "")),
            receipt=str(record.get("receiptHandle", "")),
            delivery=decode_message(str(record.get("body", ""))),
            receives=_whole((record.get("attributes") or {}).get("ApproximateReceiveCount")),
        )
        for record in event["Records"]
    ]


def _whole(text: object) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else 1


def _is_message(message: Json) -> bool:
    return (
        isinstance(message, dict)
        and message.get("version") == VERSION
        and all(isinstance(message.get(name), str) for name in ("destination", "route", "body"))
        and isinstance(message.get("completed_by"), str | None)
        and type(message.get("attempt")) is int
        and _is_list_of(message.get("keys"), str)
        and _is_list_of(message.get("lines"), int)
        and len(message["keys"]) == len(message["lines"]) > 0
        and min(message["lines"]) >= 0
    )


def _is_list_of(value: Json, kind: type) -> bool:
    return isinstance(value, list) and all(type(item) is kind for item in value)


def _delivery(message: dict[str, Json]) -> Delivery:
    inflater = zlib.decompressobj(wbits=31)
    body = inflater.decompress(base64.b64decode(message["body"], validate=True), BODY_LIMIT_BYTES)
    if not inflater.eof or inflater.unused_data:
        raise ValueError
    return Delivery(
        destination=message["destination"],
        route=message["route"],
        keys=tuple(message["keys"]),
        lines=tuple(message["lines"]),
        body=body,
        attempt=message["attempt"],
        completed_by=message.get("completed_by"),
    )
