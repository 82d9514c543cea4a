"""Turns the log events of one window into masked, sorted, deduplicated parts. Pure: reads and stores nothing.

A slice is a stretch of the window that is held in memory whole: masked as it arrives, sorted and deduplicated when it
is complete, then compressed. Slices follow each other in time, so the window is sorted without ever being held.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from logrouter.destinations.archive.parts import Part, PartWriter
from logrouter.destinations.archive.records import ArchiveRecord, archive_record, id_digest, record_digest
from logrouter.destinations.archive.window import PartFacts, Window, WindowFacts, add_digests
from logrouter.model import DropReason, LogEvent, Origin, Tally
from logrouter.stages.mask import MaskText, counted, mask_event, mask_names

SLICE_LIMIT_BYTES: Final = 64_000_000
"""NDJSON bytes of one slice; with Python's own needs about 100 MB, so a window of any size fits in a 1 GB function."""

RAW_TO_STORED: Final = 5
"""Logs shrink to about a fifth: a slice that gives more than one part would make the part too large."""


class Compactor:
    """The work on one window in one invocation. `commit` and `close` change `facts`; nothing before them does.

    Args:
        facts: what is known so far; its cursor says where reading goes on.
        tally: gets the books of the committed slices.
        part_bytes: a part is closed at the end of the slice that brings it over this compressed size.
        limit_bytes: a slice with more NDJSON bytes is too large (`overfull`).
        list_rules: lines carry the ids of the masking rules that hit.
    """

    def __init__(
        self,
        window: Window,
        facts: WindowFacts,
        tally: Tally,
        *,
        mask_text: MaskText,
        part_bytes: int,
        gzip_level: int,
        limit_bytes: int,
        list_rules: bool = False,
    ) -> None:
        self.window = window
        self.facts = facts
        self._tally = tally
        self._mask_text = mask_text
        self._part_bytes = part_bytes
        self._limit_bytes = limit_bytes
        self._list_rules = list_rules
        self._writer = PartWriter(gzip_level)
        self._origins: dict[str, Origin] = {}
        self.begin()

    def begin(self) -> None:
        """Start a slice, forgetting an unfinished one."""
        self._slice: list[ArchiveRecord] = []
        self._slice_bytes = 0
        self._masked: Counter[str] = Counter()
        self._masking_failed = 0

    def take(self, events: Iterable[tuple[str, LogEvent]]) -> None:
        """Mask and encode log events, each with the name of its stream, in any order."""
        group = self.window.group
        for stream, event in events:
            origin = Origin(group.account, group.region, group.log_group, stream)
            shown = self._shown(origin)
            masked, failed = mask_event(event, origin, self._mask_text, shown=shown, list_rules=self._list_rules)
            self._masked.update(masked.rules)
            self._masking_failed += failed
            record = archive_record(masked)
            self._slice.append(record)
            self._slice_bytes += len(record.line)

    def _shown(self, origin: Origin) -> Origin:
        """Return the origin with its stream's name masked; the log group is what the archive is asked by."""
        known = self._origins.get(origin.log_stream)
        if known is None:
            masked = mask_names(origin, counted(self._mask_text, self._tally))
            known = replace(origin, log_stream=masked.log_stream)
            self._origins[origin.log_stream] = known
        return known

    @property
    def overfull(self) -> bool:
        """True when the slice holds more than it should, and must be read again in two."""
        return self._slice_bytes > self._limit_bytes

    @property
    def roomy(self) -> bool:
        """True when a slice twice as long would have fitted easily."""
        return self._slice_bytes * 4 < self._limit_bytes

    def commit(self, until_ms: int) -> Part | None:
        """Close the slice that ends at `until_ms`: sort, drop duplicates, compress, keep the books.

        Returns:
            A finished part, which must be stored and then handed to `stored`; None while the part is still growing.
        """
        self._slice.sort()
        records = _without_doubles(self._slice)
        self._settle(len(self._slice), records)
        self._writer.write(records)
        self.facts.cursor_ms = until_ms
        self.begin()
        full = self._writer.bytes_stored >= self._part_bytes or until_ms >= self.window.end_ms
        return self._writer.close() if full else None

    def close(self) -> Part | None:
        """Close the growing part before its size: time is up. None when there is none."""
        return self._writer.close()

    def stored(self, part: PartFacts) -> None:
        """Note that a part is stored."""
        self.facts.parts.append(part)

    def _settle(self, received: int, records: list[ArchiveRecord]) -> None:
        duplicates = received - len(records)
        facts, tally = self.facts, self._tally
        facts.events += len(records)
        facts.duplicates += duplicates
        facts.bytes_source += sum(record.bytes_source for record in records)
        facts.records_digest = add_digests(facts.records_digest, sum(record_digest(record.line) for record in records))
        facts.ids_digest = add_digests(facts.ids_digest, sum(id_digest(record.id) for record in records))
        arrivals = [record.ingestion_ms for record in records if record.ingestion_ms is not None]
        if arrivals:
            known = [facts.first_ingestion_ms, facts.last_ingestion_ms]
            seen = [*arrivals, *(instant for instant in known if instant is not None)]
            facts.first_ingestion_ms, facts.last_ingestion_ms = min(seen), max(seen)
        facts.masked.update(self._masked)
        facts.masking_failed += self._masking_failed
        tally.received += received
        tally.delivered += len(records)
        if duplicates:
            tally.drop(DropReason.DUPLICATE, duplicates)
        tally.masked.update(self._masked)
        tally.masking_failed += self._masking_failed


def _without_doubles(records: list[ArchiveRecord]) -> list[ArchiveRecord]:
    """Drop records whose event id came before; `records` is sorted, the first stays."""
    seen: set[str] = set()
    kept = []
    for record in records:
        if record.id not in seen:
            seen.add(record.id)
            kept.append(record)
    return kept
