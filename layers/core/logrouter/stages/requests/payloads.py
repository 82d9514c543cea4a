"""Keeps the payloads of one Lambda event as what breadcrumbs are taken from: raw, and masked one by one when asked."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from logrouter.model import OWN_MARKER, Batch, LogEvent, Origin, Record, Tally
from logrouter.stages.mask import MaskText, counted, mask_event, mask_names
from logrouter.stages.parse import parse

KEPT_CHARS: Final = 40_000_000
"""Characters of the latest payloads of a Kinesis event that are kept; 6 MB of it hold about 25 MB."""

MASKED_LIMIT: Final = 4_000
"""Log events masked for the breadcrumbs of one Lambda event; each costs as much as a record of its own."""

EVENT_LIMIT_CHARS: Final = 65_536
"""A longer log event is no breadcrumb: masking it would take longer than it tells."""

METRICS_MARKER: Final = '"CloudWatchMetrics"'
"""Stands in every line of embedded metrics: numbers for a machine, which tell nobody what happened."""


class Recent:
    """Hands payloads on and keeps the latest ones: at most `KEPT_CHARS` characters, and the last one in any case."""

    def __init__(self, batches: Iterable[Batch]) -> None:
        self._batches = batches
        self.kept: list[Batch] = []

    def __iter__(self) -> Iterator[Batch]:
        """Give each payload; called once."""
        chars = 0
        for batch in self._batches:
            if len(self.kept) == 1:  # most events have one payload: it need not be measured
                chars = _chars(self.kept[0])
            self.kept.append(batch)
            if len(self.kept) > 1:
                chars += _chars(batch)
            while chars > KEPT_CHARS and len(self.kept) > 1:
                chars -= _chars(self.kept.pop(0))
            yield batch


def _chars(batch: Batch) -> int:
    return sum(len(event.message) for event in batch.events)


@dataclass(slots=True)
class Source:
    """Log events that breadcrumbs can come from: a payload, or what a history brought.

    Args:
        events: raw.
        shown: the origin with masked names; None until one of the events is masked.
        read: the records of its places so far, None for those that are no breadcrumbs.
        places: id to the places that seem to name it.
    """

    origin: Origin
    events: Sequence[LogEvent]
    shown: Origin | None = None
    read: dict[int, Record | None] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)


class Reader:
    """Masks and parses log events, a bounded number of them.

    Args:
        tally: gets which masking rules hit, and where masking failed.

    `allowed` is how many the issue at hand may yet have masked.
    """

    def __init__(self, mask_text: MaskText, tally: Tally) -> None:
        self._mask_text = mask_text
        self._tally = tally
        self._left = MASKED_LIMIT
        self.allowed = 0

    def read(self, source: Source, place: int) -> Record | None:
        """Return the record of a log event, None when it is no breadcrumb or no more may be masked."""
        if place not in source.read:
            if not is_telling(source.events[place]):
                source.read[place] = None
            elif self.allowed and self._left:
                self.allowed -= 1
                self._left -= 1
                source.read[place] = self._masked(source, source.events[place])
        return source.read.get(place)

    def _masked(self, source: Source, event: LogEvent) -> Record | None:
        if source.shown is None:
            source.shown = mask_names(source.origin, counted(self._mask_text, self._tally))
        masked, failed = mask_event(event, source.origin, self._mask_text, shown=source.shown)
        self._tally.masked.update(masked.rules)
        self._tally.masking_failed += failed
        return None if failed else parse(masked)


def is_telling(event: LogEvent) -> bool:
    """Tell whether a log event may be a breadcrumb: neither blank, nor endless, nor metrics, nor our own."""
    text = event.message
    return 0 < len(text.strip()) <= EVENT_LIMIT_CHARS and OWN_MARKER not in text and METRICS_MARKER not in text
