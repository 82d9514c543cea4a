"""Joins the end of one payload of a log stream and the beginning of the next: a trace that was cut becomes one record.

The end of a payload that may go on is kept, masked; what begins a payload in the middle is joined to it where `stitch`
joins them, and nowhere else. Whether a log event continues another is never guessed: docs/log-formats.md says what that
leaves apart. Who keeps the ends is a collaborator.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final, NamedTuple, Protocol

from logrouter.model import Batch, LogEvent, MaskedText, Origin, RawText, Record
from logrouter.stages.mask import PLACEHOLDER
from logrouter.stages.stitching.adjoining import parts_of
from logrouter.stages.stitching.line_shapes import Beginning
from logrouter.stages.stitching.stitch import beginning, open_ends, stitch, stitch_closely
from logrouter.stages.stitching.wrapping import rewrap, unwrap

SEAM_LIMIT_MS: Final = 2_000
"""A longer pause than this between two payloads means two texts. Shorter than within a payload, because nobody knows
whether a third payload belongs between them."""

TEXT_LIMIT_CHARS: Final = 100_000
"""What is kept of one payload; a longer end is sent as it is."""

_KEY_BEGINS: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z0-9 ]{0,10}-----")
_KEY_ENDS: Final = "-----END "


class Held(NamedTuple):
    """A delivery that waits in the retry queue for the rest of its record.

    Args:
        key: its ledger key.
    """

    route: str
    key: str


@dataclass(frozen=True, slots=True)
class End:
    """A log event at the end of a payload that may go on, after stitching and masking.

    Args:
        id: CloudWatch id of the first log event of the record; where that was sent alone, of the first one after it.
        ended_ms: time of its last log event.
        rules: how often each masking rule hit.
        held: its delivery; None when it was no issue so far.
        open_key: the line that begins a private key, when the text ends within one: the rest is still to be masked.
        continues: event id of the beginning that was sent alone.
    """

    id: str
    timestamp_ms: int
    ended_ms: int
    text: MaskedText
    rules: Mapping[str, int] = field(default_factory=dict)
    held: Held | None = None
    open_key: str = ""
    continues: str = ""


@dataclass(frozen=True, slots=True)
class Tail:
    """What one payload of a log stream ended with.

    Args:
        ends: what may go on: a record, and lines of which it is not known whether they belong to it.
        place: where in its stream the payload ended; texts that sort as the log events do.
        ended_ms: when it ended.
    """

    ends: tuple[End, ...]
    place: str
    ended_ms: int


class Tails(Protocol):
    """Keeps the ends of payloads. Nothing here raises."""

    def find(
        self, origin: Origin, first: LogEvent, fits: Callable[[Tail], bool], left_s: float, *, is_patient: bool
    ) -> Tail | None:
        """Return the latest end of an earlier payload of this log stream that fits, None when there is none.

        The same again for a repeat of the payload that begins with `first`. Two payloads may be worked on at once, so
        who is patient looks again a moment later; once for each payload, and only with `left_s` seconds to spare.
        """
        ...

    def keep(self, origin: Origin, tail: Tail) -> bool:
        """Keep the end of a payload beside those before it; True when the next payload can find it."""
        ...

    def take_over(self, held: Held, by: str, left_s: float) -> bool:
        """Keep a waiting delivery from being made, for as long as `by` may take; False when it may have been made."""
        ...

    def settle(self, held: Sequence[Held]) -> None:
        """Let deliveries that were taken over never be made."""
        ...


def joint_key(first: str, last: str) -> str:
    """Return the ledger key of a record that is whole from one part to another."""
    return f"{first}+{last}"


@dataclass(frozen=True, slots=True)
class Joint:
    """What a record continues that began in an earlier payload.

    Args:
        ends: what was kept of it.
        parts: ids that its log events have, payload by payload, where these came in the same Lambda event.
    """

    ends: tuple[End, ...]
    parts: tuple[str, ...] = ()

    @property
    def began_as(self) -> str:
        """CloudWatch id of the log event that the record began with."""
        return self.ends[0].id if self.ends else self.parts[0]

    @property
    def beginning(self) -> End | None:
        """What was kept of the beginning; None where it came in the same Lambda event."""
        return self.ends[0] if self.ends else None

    def key(self, key_of: Callable[[Record], str], record: Record) -> str:
        """Return the ledger key of the whole: another than that of its rest alone, which says less."""
        return joint_key(key_of(replace(record, event_id=self.began_as)), key_of(record))

    @property
    def held(self) -> tuple[Held, ...]:
        """The deliveries that the record makes needless."""
        return tuple(end.held for end in self.ends if end.held)

    @property
    def rules(self) -> Counter[str]:
        """How often each masking rule hit in what came before."""
        return sum((Counter(end.rules) for end in self.ends), Counter())


@dataclass(frozen=True, slots=True)
class Seam:
    """One payload between the one before and the one after it.

    Args:
        events: its log events after stitching. One that continues an earlier payload has the time of its beginning
            there, and stands for the log events of this payload only.
        joints: what they continue, by position.
        ends: positions of what may go on in the next payload.
        place: where the payload ends.
    """

    events: Sequence[LogEvent]
    joints: Mapping[int, Joint] = field(default_factory=dict)
    ends: Sequence[int] = ()
    place: str = ""


class Masked(NamedTuple):
    """A log event at the end of a payload, masked; `record` is None when it was not selected."""

    text: MaskedText
    rules: Mapping[str, int]
    record: Record | None


class Seams:
    """Joins and keeps for the payloads of one Lambda event.

    Args:
        held_by: record and kind of its log group to the delivery it will be; None when it will be none.
        key_of: record to its event id, which is its ledger key.
        left_s: seconds that may yet be spent on looking.
    """

    def __init__(
        self,
        tails: Tails,
        held_by: Callable[[Record, str | None], Held | None],
        key_of: Callable[[Record], str],
        left_s: Callable[[], float],
    ) -> None:
        self._tails = tails
        self._held_by = held_by
        self._key_of = key_of
        self._left_s = left_s

    def open(self, batch: Batch, shown: Callable[[], Origin]) -> Seam:
        """Return a payload joined to the end of the one before it.

        Args:
            batch: the payload.
            shown: its origin with masked names. A stream whose names masking changes is left alone: nothing unmasked
                may be kept, and two of them may look alike.
        """
        tail, begins = None, beginning(batch.events)
        if begins and shown() == batch.origin:
            tail = self._tails.find(
                batch.origin,
                batch.events[0],
                lambda found: bool(_near(found, batch.events)),
                self._left_s(),
                is_patient=begins is Beginning.INSIDE,
            )
        seam = joined(batch, tail)
        if batch.is_continued:
            return seam
        ends = [end for end in open_ends(seam.events) if _is_last(seam.events, end)]
        if not ends or shown() != batch.origin:
            return seam
        return replace(seam, ends=tuple(chain.from_iterable(ends)), place=place_of(batch.events))

    def keep(self, seam: Seam, origin: Origin, kind: str | None, masked: Mapping[int, Masked]) -> frozenset[int]:
        """Keep what may go on; return the positions of those whose deliveries may wait for their rest."""
        ends = {at: self._end(seam, at, kind, masked[at]) for at in seam.ends if at in masked}
        if len(ends) < len(seam.ends) or not ends or sum(len(end.text) for end in ends.values()) > TEXT_LIMIT_CHARS:
            return frozenset()
        if any(end.text == PLACEHOLDER for end in ends.values()):
            return frozenset()
        ended_ms = max(end.ended_ms for end in ends.values())
        if not self._tails.keep(origin, Tail(tuple(ends.values()), seam.place, ended_ms)):
            return frozenset()
        return frozenset(at for at, end in ends.items() if end.held)

    def _end(self, seam: Seam, at: int, kind: str | None, masked: Masked) -> End:
        event, joint = seam.events[at], seam.joints.get(at)
        held = self._held_by(masked.record, kind) if masked.record else None
        id_, continues = joint.began_as if joint else event.id, ""
        if joint and masked.record:
            id_, continues = self._told_as(masked.record, joint)
            held = held and held._replace(key=joint.key(self._key_of, masked.record))
        return End(
            id=id_,
            timestamp_ms=event.timestamp_ms,
            ended_ms=_ended_ms(event),
            text=masked.text if event.ended_ms is not None else _without_line_end(masked.text),
            rules=masked.rules,
            held=held,
            open_key=_open_key(event.message),
            continues=continues,
        )

    def _told_as(self, record: Record, joint: Joint) -> tuple[str, str]:
        """Say under which id a record will be told, and what it continues: `Beginnings.make_whole` finds the same."""
        beginning = joint.beginning
        if beginning is None or beginning.held is None:
            return joint.began_as, beginning.continues if beginning else ""
        if self._tails.take_over(beginning.held, self._key_of(record), self._left_s()):
            return joint.began_as, beginning.continues
        return record.event_id, beginning.continues or self._key_of(replace(record, event_id=joint.began_as))


def joined(batch: Batch, tail: Tail | None = None) -> Seam:
    """Stitch the log events of a payload to the end of an earlier one, as if they had come together."""
    ends = _near(tail, batch.events) if tail else ()
    if not ends and not batch.moved:
        return Seam(stitch(batch.events))
    together = [*map(_recalled, ends), *batch.events]
    stitched: list[LogEvent] = []
    joints: dict[int, Joint] = {}
    for event, made_of in stitch_closely(together):
        news = [at - len(ends) for at in made_of if at >= len(ends)]
        if not news:
            continue
        *parts, own = parts_of(news, batch.events, batch.moved)
        if parts or len(news) < len(made_of):
            joints[len(stitched)] = Joint(tuple(ends[at] for at in made_of if at < len(ends)), tuple(parts))
            event = event._replace(id=own)  # noqa: PLW2901 - the id that it had without its beginning
        stitched.append(event)
    return Seam(stitched, joints)


def place_of(events: Sequence[LogEvent]) -> str:
    """Return where in its stream the last of some log events stands, as a text that sorts by time and then by id."""
    latest_ms = max(event.timestamp_ms for event in events)
    return f"{latest_ms:015d}/{max(event.id.zfill(64) for event in events if event.timestamp_ms == latest_ms)}"


def _near(tail: Tail, events: Sequence[LogEvent]) -> tuple[End, ...]:
    """Return the ends that the first log event may follow: from before it, and not long before."""
    if tail.place >= place_of(events[:1]):
        return ()
    return tuple(end for end in tail.ends if 0 <= events[0].timestamp_ms - end.ended_ms <= SEAM_LIMIT_MS)


def _is_last(events: Sequence[LogEvent], end: Sequence[int]) -> bool:
    """Whether a record was written shortly before the payload ended; else the next one comes too late for it."""
    return max(map(_ended_ms, events)) - max(_ended_ms(events[at]) for at in end) <= SEAM_LIMIT_MS


def _ended_ms(event: LogEvent) -> int:
    return event.timestamp_ms if event.ended_ms is None else event.ended_ms


def _without_line_end(text: MaskedText) -> MaskedText:
    """Return a line as `stitch` joins it to others."""
    wrapping = unwrap(text)
    if wrapping is None:
        return MaskedText(text.rstrip("\r\n"))
    line = wrapping.line.rstrip("\r\n")
    return text if line == wrapping.line else MaskedText(rewrap(text, line, is_cut=wrapping.is_cut))


def _recalled(end: End) -> LogEvent:
    """Return an end as a log event that was counted before."""
    text = f"{end.text}\n{end.open_key}" if end.open_key and end.text[:1] != "{" else end.text
    return LogEvent(end.id, end.timestamp_ms, RawText(text), 0, None, end.ended_ms)


def _open_key(text: str) -> str:
    """Return the line that begins a private key whose end is not in the text, an empty text when there is none."""
    if "PRIVATE KEY" not in text:
        return ""
    begun = list(_KEY_BEGINS.finditer(text))
    return begun[-1][0] if begun and text.find(_KEY_ENDS, begun[-1].end()) < 0 else ""
