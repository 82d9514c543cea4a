"""Puts the open end of a payload before the payload that follows it in the same Lambda event: nothing need wait there.

What each payload had of a record stays known, because the next event may begin with any of them: a shard is repeated
from the middle.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, pairwise

from logrouter.model import Batch, LogEvent
from logrouter.stages.stitching.stitch import beginning, open_ends, stitch_closely


def adjoined(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Give the payloads of one Lambda event, open ends moved to the payload of the same stream that follows at once.

    Of a Kinesis event two payloads are decoded at a time.
    """
    left = iter(batches)
    batch = next(left, None)
    while batch is not None:
        following = next(left, None)
        if following is not None and following.origin == batch.origin and beginning(following.events):
            batch, following = _moved(batch, following)
        yield batch
        batch = following


def parts_of(made_of: Sequence[int], events: Sequence[LogEvent], moved: Sequence[int]) -> list[str]:
    """Return the ids that a record had if each payload came by itself, the latest last.

    Args:
        made_of: positions of its log events.
        events: of its payload, those moved there included.
        moved: as `Batch.moved`.
    """
    edges = (0, *moved, len(events))
    parts = ([at for at in made_of if start <= at < end] for start, end in pairwise(edges))
    return [events[_first(part, events)].id for part in parts if part]


def _first(part: Sequence[int], events: Sequence[LogEvent]) -> int:
    """Return the first log event that says something: a blank one above it would be a record of its own."""
    return next((at for at in part if events[at].message.strip()), part[0])


def _moved(batch: Batch, following: Batch) -> tuple[Batch, Batch]:
    stitched = stitch_closely(batch.events)
    ends = chain.from_iterable(open_ends([one.event for one in stitched]))
    moved = {at for end in ends for at in stitched[end].made_of}
    if not moved:
        return batch, following
    stay = tuple(event for at, event in enumerate(batch.events) if at not in moved)
    go = tuple(event for at, event in enumerate(batch.events) if at in moved)
    edges = {sum(at < edge for at in moved) for edge in batch.moved} | {len(go)}
    kept = (sum(at not in moved for at in range(edge)) for edge in batch.moved)
    return (
        replace(batch, events=stay, moved=tuple(kept), is_continued=True),
        replace(following, events=(*go, *following.events), moved=tuple(sorted(edges - {0}))),
    )
