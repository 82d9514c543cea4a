"""The way from batches to masked records: stitch, select, mask, parse. Keeps the books in the tally it is given."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from logrouter.model import OWN_MARKER, Batch, DropReason, Json, LogEvent, MaskedText, Origin, Record, Tally
from logrouter.policy.log_groups import OWN_KIND
from logrouter.stages.mask import MaskText, counted, mask_event, mask_names
from logrouter.stages.parse import parse
from logrouter.stages.stitch import stitch

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
    """

    record: Record
    kind: str | None
    text: MaskedText
    place: int
    events: Sequence[LogEvent]
    payload: Batch

    @property
    def origin(self) -> Origin:
        """Where it comes from, with the names as they are; those of the record are masked."""
        return self.payload.origin


def prepare(
    batches: Iterable[Batch],
    *,
    refuse: Refuse,
    kind_of: KindOf,
    mask_text: MaskText,
    tally: Tally,
    list_rules: bool = False,
    keep_all: Callable[[str], bool] = lambda _: False,
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
        yield from _records(batch, kind_id, chosen, mask_text, tally, list_rules=list_rules)


def _records(
    batch: Batch, kind_id: str | None, refuse: Refuse, mask_text: MaskText, tally: Tally, *, list_rules: bool
) -> Iterator[Prepared]:
    events, shown = _stitched(batch.events), None
    for place, (event, reason) in enumerate(zip(events, _refused(events, kind_id, refuse), strict=True)):
        if reason is not None:
            tally.drop(reason, event.lines)
            continue
        shown = shown or mask_names(batch.origin, counted(mask_text, tally))
        masked, failed = mask_event(event, batch.origin, mask_text, shown=shown, list_rules=list_rules)
        tally.masked.update(masked.rules)
        tally.masking_failed += failed
        yield Prepared(parse(masked), kind_id, masked.message, place, events, batch)


def _stitched(events: Sequence[LogEvent]) -> Sequence[LogEvent]:
    try:
        return stitch(events)
    except Exception:  # noqa: BLE001 - a fault of ours must not cost the batch: each line goes on by itself
        return events


def _refused(events: Sequence[LogEvent], kind_id: str | None, refuse: Refuse) -> list[DropReason | None]:
    try:
        return refuse(events, kind_id)
    except Exception:  # noqa: BLE001 - what cannot be tested goes on, and is judged after masking and parsing
        return _refuse_own(events, kind_id)


def _refuse_own(events: Sequence[LogEvent], kind_id: str | None) -> list[DropReason | None]:  # noqa: ARG001 - a `Refuse`
    return [DropReason.OWN_RECORD if OWN_MARKER in event.message else None for event in events]
