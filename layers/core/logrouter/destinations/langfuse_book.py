"""The delivered book: what each acknowledged export brought to Langfuse, to hold a day against what Langfuse shows.

An entry is one export and one day (UTC, by the calls' starts). A call takes 32 bytes of it: id, start, tokens, cost in
units of 10^-12 US dollars, where and when it was logged. The same calls give the same key, so that an entry written
twice is one entry. No input or output, and nothing of what was said.
"""

import json
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from hashlib import sha256
from typing import Final

from logrouter.destinations.console_links import moment_of
from logrouter.destinations.langfuse_account import CallFacts
from logrouter.model import Json

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
COST_PLACES: Final = Decimal(1).scaleb(-12)
"""Langfuse keeps twelve decimals of a cost (measured, 2026-11-20)."""

NAMES_BYTES: Final = 200_000
"""Of the models and log streams that an entry names: an item of DynamoDB holds 400 KB (quotas, checked 2026-11-20)."""

_CALL: Final = struct.Struct("<8sIIqiHH")
_UNPRICED: Final = -1
_MOST_TOKENS: Final = 2**32 - 1
_MOST_COST: Final = 2**62
_FARTHEST_MS: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where the log events of some calls stand."""

    account: str
    region: str
    log_group: str
    log_stream: str

    @property
    def path(self) -> tuple[str, str, str, str]:
        """All of it, from the account down to the log stream."""
        return self.account, self.region, self.log_group, self.log_stream


@dataclass(frozen=True, slots=True)
class Booked:
    """A call that Langfuse acknowledged.

    Args:
        observation_id: 16 hex digits.
        cost: US dollars, twelve decimals; None when none was sent, so that Langfuse may put in one of its own.
        place, logged_ms: of its log event; the start of the call where the delivery does not say.
        delivered_ms: when it was acknowledged, epoch milliseconds.
    """

    observation_id: str
    start_ms: int
    tokens: int
    cost: Decimal | None
    environment: str
    model: str
    place: Place
    logged_ms: int
    delivered_ms: int
    route: str = "default"


@dataclass(frozen=True, slots=True)
class Entry:
    """The calls of one export that began on one day."""

    route: str
    day: str
    calls: tuple[Booked, ...]

    @property
    def name(self) -> str:
        """Key of the entry within its day, a function of its calls and their route."""
        ids = "\n".join(sorted(call.observation_id for call in self.calls))
        return sha256(f"{self.route}\n{ids}".encode()).hexdigest()[:32]

    @property
    def delivered_ms(self) -> int:
        """When the export was acknowledged."""
        return max((call.delivered_ms for call in self.calls), default=0)


def day_of(start_ms: int) -> str:
    """Return the UTC day of a moment, `2026-11-20`; moments that no calendar has go to the nearest day of one."""
    bounded = min(max(start_ms, 0), 253_402_300_799_999)
    return datetime.fromtimestamp(bounded // 1000, UTC).strftime("%Y-%m-%d")


def start_of(day: str) -> int:
    """Return the first millisecond of a day. Raises ValueError for what is no day."""
    return int(datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1000


def entries_of(facts: Iterable[CallFacts], route: str, delivered_ms: int) -> tuple[Entry, ...]:
    """Return the entries of the calls of one acknowledged export, one a day; more where names fill `NAMES_BYTES`."""
    days: dict[str, list[Booked]] = {}
    for call in facts:
        days.setdefault(day_of(call.start_ms), []).append(_booked(call, route, delivered_ms))
    return tuple(Entry(route, day, part) for day, calls in sorted(days.items()) for part in _parts(calls))


def _parts(calls: Iterable[Booked]) -> Iterator[tuple[Booked, ...]]:
    """Yield calls in their order, so many together that their names have room in one item."""
    part: list[Booked] = []
    named: set[tuple[str, ...]] = set()
    left = NAMES_BYTES
    for call in calls:
        names = {(call.environment, call.model), call.place.path}
        if part and _size(names - named) > left:
            yield tuple(part)
            part, named, left = [], set(), NAMES_BYTES
        part.append(call)
        left -= _size(names - named)
        named |= names
    if part:
        yield tuple(part)


def _size(names: Iterable[tuple[str, ...]]) -> int:
    return sum(len(json.dumps(each, ensure_ascii=False).encode("utf-8", "replace")) + len(", ") for each in names)


def packed(entry: Entry) -> dict[str, Json]:
    """Return an entry as `{"calls": bytes, "groups": JSON, "places": JSON, "route", "at"}`."""
    groups = _Positions()
    places = _Positions()
    start = start_of(entry.day)
    calls = b"".join(
        _CALL.pack(
            bytes.fromhex(call.observation_id),
            min(max(call.start_ms - start, 0), DAY_MS - 1),
            min(call.tokens, _MOST_TOKENS),
            _UNPRICED if call.cost is None else min(int(call.cost / COST_PLACES), _MOST_COST),
            min(max(call.logged_ms - call.start_ms, -_FARTHEST_MS), _FARTHEST_MS),
            groups.of((call.environment, call.model)),
            places.of(call.place.path),
        )
        for call in entry.calls
    )
    return {
        "route": entry.route,
        "at": entry.delivered_ms,
        "calls": calls,
        "groups": json.dumps(groups.values, ensure_ascii=False),
        "places": json.dumps(places.values, ensure_ascii=False),
    }


def unpacked(day: str, route: str, at: int, calls: bytes, groups: str, places: str) -> Entry:
    """Return the entry that `packed` gave. Raises ValueError, IndexError or struct.error for what it never gives."""
    start = start_of(day)
    groups_read = [(str(environment), str(model)) for environment, model in json.loads(groups)]
    places_read = [Place(*(str(part) for part in place)) for place in json.loads(places)]
    found = []
    for id_, offset, tokens, cost, logged_after, group, place in _CALL.iter_unpack(calls):
        environment, model = groups_read[group]
        found.append(
            Booked(
                observation_id=id_.hex(),
                start_ms=start + offset,
                tokens=tokens,
                cost=None if cost == _UNPRICED else cost * COST_PLACES,
                environment=environment,
                model=model,
                place=places_read[place],
                logged_ms=start + offset + logged_after,
                delivered_ms=at,
                route=route,
            )
        )
    return Entry(route, day, tuple(found))


class _Positions:
    """Gives each value a number, the same value the same."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, ...], int] = {}

    def of(self, value: tuple[str, ...]) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> Sequence[tuple[str, ...]]:
        return tuple(self._numbers)


def _booked(call: CallFacts, route: str, delivered_ms: int) -> Booked:
    metadata = call.metadata
    logged_ms = moment_of(metadata.get("log_link", ""))
    cost = call.cost_usd
    return Booked(
        observation_id=call.observation_id,
        start_ms=call.start_ms,
        tokens=call.tokens,
        cost=None if cost is None else cost.quantize(COST_PLACES, ROUND_HALF_EVEN),
        environment=call.environment,
        model=call.model or "",
        place=Place(
            metadata.get("aws_account", ""),
            metadata.get("aws_region", ""),
            metadata.get("log_group", ""),
            metadata.get("log_stream", ""),
        ),
        logged_ms=call.start_ms if logged_ms is None else logged_ms,
        delivered_ms=delivered_ms,
        route=route,
    )
