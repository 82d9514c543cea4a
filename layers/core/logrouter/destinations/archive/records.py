"""One archived log event as one NDJSON line, the same bytes whenever and wherever it is written."""

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from logrouter.model import MaskedEvent

_WRITER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, order=True)
class ArchiveRecord:
    """One line of a part; sorts by (timestamp, id).

    Args:
        line: the NDJSON line with its newline, UTF-8.
        bytes_source: UTF-8 bytes of the masked message alone.
    """

    timestamp_ms: int
    id: str
    line: bytes
    bytes_source: int
    ingestion_ms: int | None = None


def archive_record(event: MaskedEvent) -> ArchiveRecord:
    """Encode a masked log event.

    The line is `{"timestamp_ms","id","ingestion_ms","log_group","log_stream","message"}` in this order, and `"masked"`
    behind it (ids of masking rules) where the policy lists them and one hit. Account and
    region stand in the key of the part. A lone surrogate (half of a character, which JSON can carry and UTF-8 cannot)
    makes the line ASCII with escapes, so that nothing is replaced.
    """
    document = {
        "timestamp_ms": event.timestamp_ms,
        "id": event.id,
        "ingestion_ms": event.ingestion_ms,
        "log_group": event.origin.log_group,
        "log_stream": event.origin.log_stream,
        "message": event.message,
    }
    if event.masked:
        document["masked"] = event.masked
    try:
        line = _WRITER.encode(document).encode()
    except UnicodeEncodeError:
        line = json.dumps(document, separators=(",", ":")).encode()
    size = len(event.message.encode("utf-8", "surrogatepass"))
    return ArchiveRecord(event.timestamp_ms, event.id, line + b"\n", size, event.ingestion_ms)


def record_digest(line: bytes) -> int:
    """Return the digest of one record line as a number."""
    return int.from_bytes(hashlib.sha256(line).digest())


def id_digest(event_id: str) -> int:
    """Return the digest of one event id as a number."""
    return int.from_bytes(hashlib.sha256(event_id.encode("utf-8", "surrogatepass")).digest())
