"""Follow the records of one event: fetch their bodies a few at a time, put them in place, and note what came too late.

A body may be written to S3 after the log line that points to it. A call whose body is not there yet is told a little
later, once, through the retry queue; what waits there is the masked line, from which the call is read again.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from logrouter.model import Json, LlmCall, MaskedEvent, MaskedText, Origin, RawText, Record
from logrouter.policy.log_groups import service_of
from logrouter.stages.llm.offloaded import (
    ABSENT,
    Absence,
    Bodies,
    MaskBody,
    Reference,
    references_of,
    with_bodies,
    with_joined_stream,
)
from logrouter.stages.mask import MaskText, mask_closed
from logrouter.stages.parse import parse
from logrouter.stages.prepare import Prepared

BODIES_AT_ONCE: Final = 4
RECORDS_AT_ONCE: Final = 64
BODIES_S: Final = 20.0
"""Seconds for all the bodies of one event together."""

BODIES_BYTES: Final = 64_000_000
"""Bytes of bodies of one event together; the calls beyond them wait, and are read one by one."""

LEFT_FOR_SENDING_S: Final = 12.0
"""No body is asked for when sending would be left less time than this."""

_GIVEN: Final = ("user_id", "session_id", "trace_name", "parent_id", "is_app_root")
"""What the calls of a payload give each other."""

LINE_LIMIT_CHARS: Final = 200_000
"""Of a masked line that waits for its body: a queue message holds 1 MiB, and the call itself stands in it too."""


class Placed(NamedTuple):
    """A record with its bodies in place.

    Args:
        absent: why each body that is not there is absent.
    """

    prepared: Prepared
    record: Record
    absent: Mapping[Reference, Absence]


class Placing:
    """The bodies of the records of one event.

    Args:
        bodies: fetches them.
        mask_text: the masking engine.
        left_s: how many seconds the invocation may yet spend before it has to end.
        list_rules: records carry the ids of the masking rules that hit.
    """

    def __init__(self, bodies: Bodies, mask_text: MaskText, left_s: Callable[[], float], *, list_rules: bool) -> None:
        self._bodies = bodies
        self._mask_text = mask_text
        self._left_s = left_s
        self._list_rules = list_rules
        self._spent_s = 0.0
        self._bytes = 0

    def each(self, prepared: Iterable[Prepared]) -> Iterator[Placed]:
        """Yield the records in their order, never holding more than a few bodies at a time."""
        waiting: list[tuple[Prepared, tuple[Reference, ...]]] = []
        for one in prepared:
            waiting.append((one, references_of(one.record, one.events[one.place].message)))
            asked = sum(len(references) for _, references in waiting)
            if not asked or asked >= BODIES_AT_ONCE or len(waiting) >= RECORDS_AT_ONCE:
                yield from self._placed(waiting)
                waiting = []
        yield from self._placed(waiting)

    def again(self, record: Record) -> tuple[Record, Mapping[Reference, Absence]]:
        """Return a record that waited, with its bodies in place."""
        return self._with_bodies(record, self._fetched(references_of(record)), record.origin)

    def _placed(self, waiting: list[tuple[Prepared, tuple[Reference, ...]]]) -> Iterator[Placed]:
        fetched = self._fetched([reference for _, references in waiting for reference in references])
        for one, references in waiting:
            answers = {reference: fetched.pop(reference, Absence.UNAVAILABLE) for reference in references}
            try:
                record, absent = self._with_bodies(one.record, answers, one.origin)
            except Exception:  # noqa: BLE001 - a fault of ours on one record must not take the others with it
                record, absent = one.record, {}
            yield Placed(one, record, absent)

    def _fetched(self, references: Iterable[Reference]) -> dict[Reference, bytes | Absence]:
        asked = list(dict.fromkeys(references))
        if not asked or self._bytes > BODIES_BYTES:
            return dict.fromkeys(asked, Absence.NO_TIME)
        left_s = self._left_s()
        within_s = min(BODIES_S - self._spent_s, left_s - LEFT_FOR_SENDING_S)
        answers = self._bodies.fetch(asked, within_s)
        self._spent_s += max(0.0, left_s - self._left_s())
        self._bytes += sum(len(answer) for answer in answers if isinstance(answer, bytes))
        return dict(zip(asked, answers, strict=True))

    def _with_bodies(
        self, record: Record, answers: Mapping[Reference, bytes | Absence], origin: Origin
    ) -> tuple[Record, Mapping[Reference, Absence]]:
        hits: Counter[str] = Counter()
        mask = self._masking(origin, hits)
        placed, absent = with_bodies(record, answers, mask) if answers else (record, {})
        placed = with_joined_stream(placed, mask)
        if hits:
            rules = Counter(record.rules) + hits
            placed = replace(placed, rules=rules, masked=tuple(sorted(rules)) if self._list_rules else ())
        return placed, absent

    def _masking(self, origin: Origin, hits: Counter[str]) -> MaskBody:
        def mask(body: str) -> str | None:
            masked, rules, failed = mask_closed(
                RawText(body), service_of(origin.log_group), origin.log_group, self._mask_text
            )
            hits.update(rules)
            return None if failed else masked

        return mask


def late_line(placed: Placed, call: LlmCall) -> str | None:
    """Write down a record whose body may come later; None when there is none, or the line is too long to wait.

    Args:
        placed: the record, some of whose bodies may be in place already, masked.
        call: what it told, with what the other calls of its payload gave it.
    """
    late = [reference for reference, why in placed.absent.items() if why.passes]
    record = placed.record
    if not late or record.document is None:
        return None
    document = dict(record.document)
    for reference in late:
        part = document[reference.side]
        document[reference.side] = {name: value for name, value in part.items() if name != ABSENT}
    origin = record.origin
    line = json.dumps(
        {
            "line": json.dumps(document, ensure_ascii=False, separators=(",", ":")),
            "id": record.event_id,
            "at_ms": record.timestamp_ms,
            "origin": [origin.account, origin.region, origin.log_group, origin.log_stream],
            "lines": record.lines,
            "rules": dict(record.rules),
            "masked": record.masked,
            "given": {name: getattr(call, name) for name in _GIVEN},
            "environment": call.record.environment,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return line if len(line) <= LINE_LIMIT_CHARS else None


def record_of(line: str) -> Record:
    """Read again the record of a call that waited.

    Raises:
        ValueError, LookupError, TypeError: it is none.
    """
    known: dict[str, Json] = json.loads(line)
    event = MaskedEvent(
        origin=Origin(*known["origin"]),
        id=known["id"],
        timestamp_ms=known["at_ms"],
        message=MaskedText(known["line"]),
        lines=known["lines"],
        rules=Counter(known["rules"]),
        masked=tuple(known["masked"]),
    )
    return parse(event)


def given_again(call: LlmCall, line: str) -> LlmCall:
    """Return a call that was read again with what its payload gave it when it was read first.

    Raises:
        ValueError, LookupError, TypeError: the line is none that waited.
    """
    known: dict[str, Json] = json.loads(line)
    given = {name: known["given"][name] for name in _GIVEN}
    return replace(call, record=replace(call.record, environment=known["environment"]), **given)
