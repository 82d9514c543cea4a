"""The way from batches to masked records: stitch, select, mask, parse. Keeps the books in the tally it is given."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from logrouter.model import Batch, DropReason, Json, LogEvent, Record, Tally
from logrouter.policy.log_groups import OWN_KIND
from logrouter.stages.mask import MaskText, mask_event
from logrouter.stages.parse import parse
from logrouter.stages.stitch import stitch

type Refuse = Callable[[Sequence[LogEvent], str | None], list[DropReason | None]]
"""(log events, kind of their log group) to the reason why each ends here; None for those that go on."""

type KindOf = Callable[[str], Mapping[str, Json] | None]
"""Log group name to its kind in the policy."""


def prepare(
    batches: Iterable[Batch], *, refuse: Refuse, kind_of: KindOf, mask_text: MaskText, tally: Tally
) -> Iterator[tuple[Record, str | None]]:
    """Yield every record that `refuse` lets go on, with the kind of its log group, in the order of the batches.

    Args:
        batches: what `decode` returned.
        refuse: the cheap test on raw text.
        kind_of: the policy's view of a log group; asked once a batch.
        mask_text: the masking engine.
        tally: gets what was received, what was dropped and which masking rules hit. The caller settles what is yielded.
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
        for record in _records(batch, kind_id, refuse, mask_text, tally):
            yield record, kind_id


def _records(batch: Batch, kind_id: str | None, refuse: Refuse, mask_text: MaskText, tally: Tally) -> Iterator[Record]:
    events = stitch(batch.events)
    for event, reason in zip(events, refuse(events, kind_id), strict=True):
        if reason is not None:
            tally.drop(reason, event.lines)
            continue
        masked, failed = mask_event(event, batch.origin, mask_text)
        tally.masked.update(masked.rules)
        tally.masking_failed += failed
        yield parse(masked)
