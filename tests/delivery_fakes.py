"""Stand-ins for the neighbours of the courier: a destination of text lines, a clock, a ledger and a queue in memory."""

import itertools
import json
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from logrouter.adapters.ledger import Claim
from logrouter.adapters.retry_queue import Leftover, Message, decode_message, encode_message
from logrouter.destinations.contract import Answer, Request, Target, interpret_status
from logrouter.model import Delivery, Verdict


def delivery(*keys: str, route: str = "default", lines: int = 1, attempt: int = 0) -> Delivery:
    """One delivery of `lines` log events a key; its body is its keys, one a line."""
    return Delivery("lines", route, keys, (lines,) * len(keys), "\n".join(keys).encode(), attempt)


class LineDestination:
    """A destination whose body is one line a key. Cannot take records out without cutting (see CuttingDestination)."""

    name = "lines"

    def targets(self, secret: Mapping[str, object]) -> Mapping[str, Target]:
        return {name: Target(str(url), {"x-key": "k"}) for name, url in secret.items()}

    def request(self, delivery: Delivery, target: Target, now_s: float) -> Request:
        return Request(target.url, target.headers, delivery.body)

    def interpret(self, answer: Answer) -> Verdict:
        return interpret_status(answer)

    def split(self, delivery: Delivery) -> tuple[Delivery, ...]:
        half = len(delivery.keys) // 2
        return (self.part(delivery, 0, half), self.part(delivery, half, None)) if half else ()

    @staticmethod
    def part(delivery: Delivery, start: int, end: int | None) -> Delivery:
        keys = delivery.keys[start:end]
        return replace(delivery, keys=keys, lines=delivery.lines[start:end], body="\n".join(keys).encode())


class CuttingDestination(LineDestination):
    """Takes records out of a delivery without cutting it."""

    def without(self, delivery: Delivery, keys: Collection[str]) -> Delivery | None:
        kept = [(key, lines) for key, lines in zip(delivery.keys, delivery.lines, strict=True) if key not in keys]
        if not kept:
            return None
        names, lines = zip(*kept, strict=True)
        return replace(delivery, keys=names, lines=lines, body="\n".join(names).encode())


class ChannelledDestination(LineDestination):
    """Limits kinds of telemetry one by one: a key `log-1` is of channel `log`; the header `x-limits` is JSON."""

    def channel(self, delivery: Delivery) -> str:
        return delivery.keys[0].partition("-")[0]

    def interpret(self, answer: Answer) -> Verdict:
        verdict = interpret_status(answer)
        limits = json.loads(answer.headers.get("x-limits", "{}"))
        return replace(verdict, limits=limits, closes_route=verdict.closes_route and not limits)


@dataclass
class FakeClock:
    """Time that stands still until told; chance and tokens are known."""

    at_s: float = 1_795_000_000.0
    luck: float = 0.0
    tokens: Iterable[int] = field(default_factory=itertools.count)

    def now_s(self) -> float:
        return self.at_s

    def monotonic_s(self) -> float:
        return self.at_s

    def chance(self) -> float:
        return self.luck

    def token(self) -> str:
        return f"{next(iter(self.tokens)):016x}"


@dataclass
class MemoryLedger:
    """The ledger's promises, in memory."""

    delivered: set[str] = field(default_factory=set)
    busy: dict[str, float] = field(default_factory=dict)
    released: list[str] = field(default_factory=list)
    handed_over: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

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
        with self.lock:
            return Claim(
                free=tuple(key for key in keys if key not in self.delivered and key not in self.busy),
                delivered=tuple(key for key in keys if key in self.delivered),
                busy={key: self.busy[key] for key in keys if key in self.busy},
                again=frozenset(self.handed_over.intersection(keys)) if recall else frozenset(),
            )

    def mark_delivered(self, scope: str, keys: Sequence[str]) -> None:
        with self.lock:
            self.delivered.update(keys)

    def mark_handed_over(self, scope: str, keys: Sequence[str]) -> bool:
        with self.lock:
            self.handed_over.update(keys)
            return True

    def mark_told(self, scope: str, keys: Sequence[str]) -> bool:
        return self.mark_handed_over(scope, keys)

    def release(self, scope: str, keys: Sequence[str]) -> None:
        with self.lock:
            self.released.extend(keys)


@dataclass
class MemoryQueue:
    """An endless queue that keeps message texts, as SQS would; `broken` takes nothing."""

    broken: bool = False
    texts: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    postponed: list[tuple[str, float]] = field(default_factory=list)

    def hand_over(self, leftovers: Sequence[Leftover], split: object) -> tuple[Leftover, ...]:
        if self.broken:
            return tuple(leftovers)
        for leftover in leftovers:
            again = replace(leftover.delivery, attempt=leftover.delivery.attempt + 1)
            self.texts.append(encode_message(again))
            self.waits.append(leftover.wait_s)
        return ()

    def postpone(self, waits: Sequence[tuple[Message, float]]) -> None:
        self.postponed += [(message.id, wait_s) for message, wait_s in waits]

    @property
    def deliveries(self) -> list[Delivery]:
        return [found for text in self.texts if (found := decode_message(text)) is not None]

    @property
    def keys(self) -> list[str]:
        return [key for found in self.deliveries for key in found.keys]


@dataclass
class ScriptedTransport:
    """Answers in order, the last answer for ever; remembers what was sent."""

    answers: Sequence[Answer]
    sent: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: Request, timeout_s: float) -> Answer:
        with self.lock:
            self.sent.append(request)
            return self.answers[min(len(self.sent), len(self.answers)) - 1]

    @property
    def bodies(self) -> list[list[str]]:
        return [request.body.decode().split("\n") for request in self.sent]
