"""Turn a Lambda event (CloudWatch Logs, Kinesis, or a readable document) into batches of log events.

What cannot be read is a batch with a counted refusal; nothing here raises for bad payloads, and nothing quotes them.
"""

import base64
import binascii
import json
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from logrouter.errors import UnsupportedEventError
from logrouter.model import Batch, DropReason, Json, LogEvent, Origin, RawText

try:
    import orjson
except ImportError:  # a pure-Python deployment stays possible, only slower
    orjson = None  # type: ignore[assignment]
try:
    from isal import isal_zlib
except ImportError:
    isal_zlib = None  # type: ignore[assignment]

DECODED_LIMIT_BYTES: Final = 100_000_000
"""Default cap of one decompressed payload. 1 MiB of payload holds 4 to 8 MB of ordinary logs; a bomb, a gigabyte."""

INFLATE: Final[Any] = isal_zlib or zlib
"""Two engines with one interface; isal inflates twice as fast."""

MEMBERS_LIMIT: Final = 1_000
"""gzip members of one payload; CloudWatch writes one."""

GZIP_WBITS: Final = 31
"""zlib's way to say: a gzip header and trailer, checksum verified."""

LATEST_MS: Final = 253_402_300_800_000
"""The year 10000 in epoch milliseconds: a later timestamp is no timestamp."""

NOWHERE: Final = Origin("", "", "", "")
"""The origin of a payload that could not be read."""


class _RefusedError(Exception):
    """A payload that ends here, with its reason; never leaves this module."""

    def __init__(self, reason: DropReason) -> None:
        self.reason = reason
        super().__init__(reason.value)


def decode(event: Json, *, region: str = "", limit_bytes: int = DECODED_LIMIT_BYTES) -> list[Batch]:
    """Return one batch a payload, in the order of the event: `batches_of`, all at once."""
    return list(batches_of(event, region=region, limit_bytes=limit_bytes))


def batches_of(event: Json, *, region: str = "", limit_bytes: int = DECODED_LIMIT_BYTES) -> Iterator[Batch]:
    """Give one batch a payload, in the order of the event, each decoded when it is asked for.

    A Kinesis event holds up to 6 MB of gzip: decoded all at once, a storm of like lines would not fit in memory.

    Args:
        event: `{"awslogs": {"data": ...}}`, `{"Records": [{"kinesis": {...}}]}`, or a decoded subscription document
            (`messageType` at the top), as `sam local invoke -e` passes it.
        region: where the function runs; subscription payloads do not say where they come from.
        limit_bytes: cap of one decompressed payload; beyond it the payload is refused as OVERSIZE_PAYLOAD.

    Raises:
        UnsupportedEventError: the event is of none of the three kinds.
    """
    if isinstance(event, dict):
        if "awslogs" in event:
            return iter([_payload(_member(event["awslogs"], "data"), region, limit_bytes)])
        if "messageType" in event:
            return iter([read_document(event, region=region)])
        if isinstance(event.get("Records"), list) and all(map(_is_kinesis, event["Records"])):
            return (_kinesis_record(record, region, limit_bytes) for record in event["Records"])
    keys = len(event) if isinstance(event, dict) else 0
    raise UnsupportedEventError(f"neither awslogs, Kinesis nor a subscription document: {keys} keys at the top")


def read_document(document: Json, *, region: str = "", sequence_number: str | None = None) -> Batch:
    """Return the batch of one decoded subscription document; each malformed log event is counted, the rest goes on.

    Shape: `messageType`, `owner`, `logGroup`, `logStream`, `logEvents[]{id, timestamp, message}` (CloudWatch Logs User
    Guide, "Log group-level subscription filters", checked 2026-11-20). Unknown keys are ignored. A CONTROL_MESSAGE is a
    reachability probe without log data.
    """
    if not isinstance(document, dict):
        return _refusal(DropReason.CORRUPT_JSON, sequence_number)
    origin = Origin(
        _text(document.get("owner")), region, _text(document.get("logGroup")), _text(document.get("logStream"))
    )
    kind, found = document.get("messageType"), document.get("logEvents")
    if kind == "CONTROL_MESSAGE":
        return _refusal(DropReason.CONTROL_MESSAGE, sequence_number, origin)
    if kind != "DATA_MESSAGE":
        return _refusal(DropReason.UNKNOWN_MESSAGE_TYPE, sequence_number, origin)
    if not found:
        return _refusal(DropReason.EMPTY_BATCH, sequence_number, origin)
    if not isinstance(found, list):
        return _refusal(DropReason.MALFORMED_EVENT, sequence_number, origin)
    events = tuple(event for item in found if (event := _log_event(item)) is not None)
    malformed = len(found) - len(events)
    return Batch(origin, events, {DropReason.MALFORMED_EVENT: malformed} if malformed else {}, sequence_number)


def inflate_gzip(data: bytes, limit_bytes: int) -> bytes | DropReason:
    """Decompress gzip of one or several members, never holding more than `limit_bytes` of output.

    Returns the bytes, or CORRUPT_GZIP (bad header, checksum, cut short, garbage behind) or OVERSIZE_PAYLOAD.
    """
    try:
        return _inflate(data, limit_bytes)
    except _RefusedError as refusal:
        return refusal.reason


def _payload(data: Json, region: str, limit_bytes: int, sequence_number: str | None = None) -> Batch:
    try:
        document = _loads(_inflate(_unbase64(data), limit_bytes))
    except _RefusedError as refusal:
        return _refusal(refusal.reason, sequence_number)
    return read_document(document, region=region, sequence_number=sequence_number)


def _kinesis_record(record: Mapping[str, Json], region: str, limit_bytes: int) -> Batch:
    kinesis = record["kinesis"]
    number = _member(kinesis, "sequenceNumber")
    return _payload(_member(kinesis, "data"), region, limit_bytes, number if isinstance(number, str) else None)


def _is_kinesis(record: Json) -> bool:
    return isinstance(record, dict) and "kinesis" in record


def _unbase64(data: Json) -> bytes:
    if not isinstance(data, str):
        raise _RefusedError(DropReason.CORRUPT_BASE64)
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise _RefusedError(DropReason.CORRUPT_BASE64) from None


def _inflate(data: bytes, limit_bytes: int) -> bytes:
    parts: list[bytes] = []
    room = limit_bytes
    while data and len(parts) < MEMBERS_LIMIT:
        member, data = _inflate_member(data, room)
        parts.append(member)
        room -= len(member)
        data = data.lstrip(b"\0")  # padding behind a member is allowed (gzip manual, "padding")
    if data or not parts:
        raise _RefusedError(DropReason.CORRUPT_GZIP)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _inflate_member(data: bytes, room: int) -> tuple[bytes, bytes]:
    """Return one member's content and what stands behind it; output is bounded by `room` plus one byte."""
    engine = INFLATE.decompressobj(wbits=GZIP_WBITS)
    parts: list[bytes] = []
    try:
        while not engine.eof:
            parts.append(engine.decompress(data, room + 1))
            room -= len(parts[-1])
            if room < 0:
                raise _RefusedError(DropReason.OVERSIZE_PAYLOAD)
            if not engine.eof and not parts[-1] and not engine.unconsumed_tail:
                raise _RefusedError(DropReason.CORRUPT_GZIP)
            data = engine.unconsumed_tail
    except INFLATE.error:
        raise _RefusedError(DropReason.CORRUPT_GZIP) from None
    return b"".join(parts), engine.unused_data


def _loads(data: bytes) -> Json:
    """Parse strictly and fast; what fails (a lone surrogate, one wrong byte) gets a second, lenient reading."""
    if orjson is not None:
        try:
            return orjson.loads(data)
        except ValueError:
            pass
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise _RefusedError(DropReason.CORRUPT_JSON) from None


def _log_event(item: Json) -> LogEvent | None:
    """Read one log event; None when it is malformed. Runs once a record: the ordinary case comes first."""
    try:
        event_id, timestamp_ms, message = item["id"], item["timestamp"], item["message"]
    except (TypeError, KeyError, IndexError):
        return None
    if type(event_id) is int:
        event_id = str(event_id)
    if type(timestamp_ms) is float and timestamp_ms.is_integer():
        timestamp_ms = int(timestamp_ms)
    if not (type(event_id) is type(message) is str and event_id and type(timestamp_ms) is int):
        return None
    if not 0 <= timestamp_ms < LATEST_MS:
        return None
    if not (message.isascii() and event_id.isascii()):
        event_id, message = _text(event_id), _text(message)
    return LogEvent(event_id, timestamp_ms, RawText(message))


def _text(value: Json) -> str:
    """Return a text that can be written as UTF-8 (lone surrogates become `?`), "" for what is no text."""
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "replace").decode("utf-8")


def _refusal(reason: DropReason, sequence_number: str | None, origin: Origin = NOWHERE) -> Batch:
    return Batch(origin, (), Counter({reason: 1}), sequence_number)


def _member(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, dict) else None
