"""Sorted records into one gzip part: deterministic bytes, hashed, with the facts that go into the manifest."""

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from logrouter.destinations.archive.layout import Partition
from logrouter.destinations.archive.records import ArchiveRecord
from logrouter.destinations.archive.window import PartFacts

GZIP_WINDOW_BITS = 31
"""zlib's number for a gzip member with a 32 KiB window; its header has no name and time 0, so same text, same bytes."""


@dataclass(frozen=True, slots=True)
class Part:
    """A finished part: the bytes to store and their facts (the storage class is chosen by who stores it)."""

    body: bytes
    sha256: str
    events: int
    bytes_raw: int
    first_ms: int
    last_ms: int

    def facts(self, partition: Partition, storage_class: str) -> PartFacts:
        """Return what the manifest says about this part."""
        return PartFacts(
            key=partition.part_key(self.sha256),
            sha256=self.sha256,
            events=self.events,
            bytes_raw=self.bytes_raw,
            bytes_stored=len(self.body),
            first_ms=self.first_ms,
            last_ms=self.last_ms,
            storage_class=storage_class,
        )


class PartWriter:
    """Compresses records as they come; holds compressed bytes only.

    Args:
        level: gzip level 1 to 9.
    """

    def __init__(self, level: int = 6) -> None:
        self._level = level
        self._start()

    def _start(self) -> None:
        self._gzip = zlib.compressobj(self._level, zlib.DEFLATED, GZIP_WINDOW_BITS)
        self._chunks: list[bytes] = []
        self._hash = hashlib.sha256()
        self.bytes_stored = 0
        self._events = 0
        self._bytes_raw = 0
        self._first_ms = 0
        self._last_ms = 0

    def write(self, records: Iterable[ArchiveRecord]) -> None:
        """Append records, which the caller has sorted."""
        for record in records:
            if not self._events:
                self._first_ms = record.timestamp_ms
            self._last_ms = record.timestamp_ms
            self._events += 1
            self._bytes_raw += len(record.line)
            self._keep(self._gzip.compress(record.line))

    def close(self) -> Part | None:
        """Finish the part and start the next; None when nothing was written."""
        if not self._events:
            return None
        self._keep(self._gzip.flush())
        part = Part(
            body=b"".join(self._chunks),
            sha256=self._hash.hexdigest(),
            events=self._events,
            bytes_raw=self._bytes_raw,
            first_ms=self._first_ms,
            last_ms=self._last_ms,
        )
        self._start()
        return part

    def _keep(self, chunk: bytes) -> None:
        if chunk:
            self._chunks.append(chunk)
            self._hash.update(chunk)
            self.bytes_stored += len(chunk)
