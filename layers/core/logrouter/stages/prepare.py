"""The way from batches to masked records: stitch, select, mask, parse. Keeps the books in the tally it is given."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from logrouter.model import (
    OWN_MARKER,
    Batch,
    DropReason,
    Json,
    LogEvent,
    MaskedEvent,
    MaskedText,
    Origin,
    Record,
    Tally,
)
from logrouter.policy.log_groups import OWN_KIND
from logrouter.stages.mask import MaskText, counted, mask_event, mask_names
from logrouter.stages.parse import parse
from logrouter.stages.stitching.tails import Joint, Masked, Seam, Seams, joined

type Refuse = Callable[[Sequence[LogEvent], str | None], list[DropReason | None]]
"""(log events, kind of their log group) to the reason why each ends here; None for those that go on."""

type KindOf = Callable[[str], Mapping[str, Json] | None]
"""Log group name to its kind in the policy."""


class Prepared(NamedTuple):
    """A masked record, and where in its payload it stood.

    Args:
        kind: kind of its log group in the policy.
        text: the masked text of its log event, which the record was read from.
        place: its position among `events`.
        payload: the payload it came in; `events` are its log events after stitching, raw.
        joint: what it continues that began in an earlier payload; there the record's lines above are counted.
        may_wait: it may go on in the next payload, which then finds it.
    """

    record: Record
    kind: str | None
    text: MaskedText
    place: int
    events: Sequence[LogEvent]
    payload: Batch
    joint: Joint | None = None
    may_wait: bool = False

    @property
    def origin(self) -> Origin:
        """Where it comes from, with the names as they are; those of the record are masked."""
        return self.payload.origin

    @property
    def is_alone(self) -> bool:
        """Whether the record speaks of its own log events only."""
        return self.record.lines == self.events[self.place].lines


def prepare(
    batches: Iterable[Batch],
    *,
    refuse: Refuse,
    kind_of: KindOf,
    mask_text: MaskText,
    tally: Tally,
    list_rules: bool = False,
    keep_all: Callable[[str], bool] = lambda _: False,
    seams: Seams | None = None,
) -> Iterator[Prepared]:
    """Yield every record that `refuse` lets go on, in the order of the batches.

    Args:
        batches: what `decode` returned.
        refuse: the cheap test on raw text.
        kind_of: the policy's view of a log group; asked once a batch.
        mask_text: the masking engine.
        tally: gets what was received, what was dropped and which masking rules hit. The caller settles what is yielded.
        list_rules: records carry the ids of the masking rules that hit.
        keep_all: tells log groups of which every record is wanted; `refuse` is not asked there. Asked once a batch.
        seams: joins a payload to the one before it in its log stream; None judges each by itself.
    """
    for batch in batches:
        tally.received += batch.received
        for reason, count in batch.refused.items():
            tally.drop(reason, count)
        kind = kind_of(batch.origin.log_group)
        if kind is OWN_KIND:
            tally.drop(DropReason.OWN_RECORD, sum(event.lines for event in batch.events))
            continue
        kind_id = None if kind is None else str(kind["id"])
        chosen = _refuse_own if keep_all(batch.origin.log_group) else refuse
        yield from _records(batch, kind_id, chosen, _Reader(batch, mask_text, tally, list_rules), seams)


class _Reader:
    """Masks and parses the log events of one payload.

    Args:
        list_rules: records carry the ids of the masking rules that hit.
    """

    def __init__(self, batch: Batch, mask_text: MaskText, tally: Tally, list_rules: bool) -> None:  # noqa: FBT001 - see above
        self._batch = batch
        self._mask_text = mask_text
        self.tally = tally
        self._list_rules = list_rules

    @cached_property
    def shown(self) -> Origin:
        """The origin with masked names."""
        return mask_names(self._batch.origin, counted(self._mask_text, self.tally))

    def read(self, event: LogEvent, joint: Joint | None) -> MaskedEvent:
        """Mask one log event, and count; what was masked of it in an earlier payload was counted there."""
        origin, shown = self._batch.origin, self.shown
        masked, failed = mask_event(event, origin, self._mask_text, shown=shown, list_rules=self._list_rules)
        self.tally.masked.update(masked.rules)
        self.tally.masking_failed += failed
        if joint is None:
            return masked
        rules = joint.rules + Counter(masked.rules)
        return replace(masked, rules=rules, masked=tuple(sorted(rules)) if self._list_rules else ())


def _records(
    batch: Batch, kind_id: str | None, refuse: Refuse, reader: _Reader, seams: Seams | None
) -> Iterator[Prepared]:
    seam = _seam(batch, reader, seams)
    events, reasons = seam.events, _refused(seam.events, kind_id, refuse)
    ends: dict[int, Prepared] = {}

    def read(place: int) -> Prepared:
        joint = seam.joints.get(place)
        masked = reader.read(events[place], joint)
        return Prepared(parse(masked), kind_id, masked.message, place, events, batch, joint)

    if seams and seam.ends:  # first of all: the next payload may be waiting for it
        ends = {place: read(place) for place in seam.ends if reasons[place] is not DropReason.OWN_RECORD}
        ends = _kept(seam, ends, reasons, seams)
    for place, (event, reason) in enumerate(zip(events, reasons, strict=True)):
        if reason is None:
            yield ends.get(place) or read(place)
        else:
            reader.tally.drop(reason, event.lines)


def _seam(batch: Batch, reader: _Reader, seams: Seams | None) -> Seam:
    if seams is not None:
        with suppress(Exception):  # a fault of ours must not cost the batch: the payload goes on by itself
            return seams.open(batch, lambda: reader.shown)
    try:
        return joined(batch)
    except Exception:  # noqa: BLE001 - and so does each line
        return Seam(batch.events)


def _kept(
    seam: Seam, ends: dict[int, Prepared], reasons: Sequence[DropReason | None], seams: Seams
) -> dict[int, Prepared]:
    """Keep what may go on in the next payload, and note whose delivery may wait for its rest."""
    try:
        masked = {
            place: Masked(one.text, one.record.rules, None if reasons[place] else one.record)
            for place, one in ends.items()
        }
        first = next(iter(ends.values()))
        waiting = seams.keep(seam, first.origin, first.kind, masked)
    except Exception:  # noqa: BLE001 - a fault of ours must not cost the batch: each goes as it is
        return ends
    return {place: one._replace(may_wait=place in waiting) for place, one in ends.items()}


def _refused(events: Sequence[LogEvent], kind_id: str | None, refuse: Refuse) -> list[DropReason | None]:
    try:
        return refuse(events, kind_id)
    except Exception:  # noqa: BLE001 - what cannot be tested goes on, and is judged after masking and parsing
        return _refuse_own(events, kind_id)


def _refuse_own(events: Sequence[LogEvent], kind_id: str | None) -> list[DropReason | None]:  # noqa: ARG001 - a `Refuse`
    return [DropReason.OWN_RECORD if OWN_MARKER in event.message else None for event in events]
