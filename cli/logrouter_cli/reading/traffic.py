"""Captured traffic: log events out of files of any kind, or read from a log group, each with the place it stands at.

Known are: log lines, NDJSON of subscription documents or of archived records, Lambda events (awslogs, Kinesis,
decoded), what the on-failure bucket keeps of an invocation, and any of them gzipped. Places name files and lines, never
content.
"""

import argparse
import gzip
import io
import json
import re
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final, cast

from logrouter.errors import ArchiveError, UnsupportedEventError
from logrouter.model import Batch, DropReason, Json, LogEvent, Origin, RawText
from logrouter.stages.decode import batches_of
from logrouter_cli.cloud import client, said_clearly
from logrouter_cli.command import CommandError
from logrouter_cli.reading.inputs import CHUNK_BYTES, CHUNK_EVENTS, EVENT_KEYS, STDIN

GZIP_MAGIC: Final = b"\x1f\x8b"
STREAM: Final = "captured"
"""Log stream that plain lines are said to come from."""
LINES_AT_MS: Final = 1_700_000_000_000
"""Time of the first plain line of a file: always the same, so that the same file gives the same ids."""
READ_RATE_PER_S: Final = 5.0
"""Half of what FilterLogEvents allows in an account and Region; the archive may be reading too."""
RECORD_KEYS: Final = frozenset({"timestamp_ms", "id", "log_group", "message"})
"""Keys of an archived record (`destinations.archive.records`)."""
UNITS_S: Final[Mapping[str, int]] = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Traffic:
    """The log events of one log stream that stand together, and where each stands.

    Args:
        batch: the events; `batch.refused` counts what could not be read.
        places: of each event, such as `orders.log:12`.
    """

    batch: Batch
    places: tuple[str, ...] = field(default=())

    def document(self) -> dict[str, Json]:
        """Return it as the subscription document that CloudWatch Logs would send."""
        origin = self.batch.origin
        return {
            "messageType": "DATA_MESSAGE",
            "owner": origin.account,
            "logGroup": origin.log_group,
            "logStream": origin.log_stream,
            "logEvents": [
                {"id": event.id, "timestamp": event.timestamp_ms, "message": event.message}
                for event in self.batch.events
            ],
        }


def read_files(paths: Sequence[str], *, group: str = "", account: str = "123456789012") -> Iterator[Traffic]:
    """Yield what files hold, `-` being stdin.

    Args:
        paths: files, read in this order.
        group: log group that plain lines are said to come from.
        account: their account.

    Raises:
        CommandError: a Lambda event that holds no logs.
        OSError: a file cannot be read.
    """
    lines = Origin(account, "", group, STREAM)
    for path in paths:
        with _opened(path) as file:
            yield from _read_file(Path(path).name if path != STDIN else "stdin", file, lines)


def read_group(group: str, start_ms: int, end_ms: int, *, account: str = "") -> Iterator[Traffic]:
    """Yield the log events of a log group, `start_ms <= timestamp < end_ms`, page by page, with FilterLogEvents.

    Raises:
        CommandError: no such group, no permission, no credentials.
    """
    from logrouter.adapters.clock import SystemClock
    from logrouter.adapters.deadline import Deadline
    from logrouter.adapters.log_reader import LogReader
    from logrouter.adapters.pace import Pace

    logs = client("logs")
    with said_clearly(group):  # the reader below tries again for minutes, which is right for a function only
        logs.filter_log_events(logGroupName=group, startTime=start_ms, endTime=end_ms, limit=1)
    reader = LogReader(logs, clock=SystemClock(), wait=Pace(READ_RATE_PER_S).wait, sleep=time.sleep)
    endless = Deadline(lambda: 86_400_000, 0)
    try:
        for page in reader.read(group, start_ms, end_ms, endless):
            yield from _streams_of(page, group, account)
    except ArchiveError as refusal:
        raise CommandError(str(refusal)) from None


def span(text: str) -> int:
    """Read `30m`, `1h`, `2d` as seconds (an argparse type)."""
    read = re.fullmatch(r"([1-9][0-9]{0,5})([smhd])", text)
    if not read:
        raise argparse.ArgumentTypeError("a number with s, m, h or d behind it, such as 1h")
    return int(read[1]) * UNITS_S[read[2]]


def _streams_of(page: Sequence[tuple[str, LogEvent]], group: str, account: str) -> Iterator[Traffic]:
    """Cut a page by log stream; places name event ids, because applications put anything into names of streams."""
    by_stream: dict[str, list[LogEvent]] = {}
    for stream, event in page:
        by_stream.setdefault(stream, []).append(event)
    for stream, events in by_stream.items():
        batch = Batch(Origin(account, "", group, stream), tuple(events))
        yield Traffic(batch, tuple(f"{group} event {event.id}" for event in events))


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    with ExitStack() as closing:
        file = sys.stdin.buffer if path == STDIN else closing.enter_context(Path(path).open("rb"))
        start = file.peek(2)[:2] if isinstance(file, io.BufferedReader) else b""
        yield cast("IO[bytes]", closing.enter_context(gzip.open(file))) if start == GZIP_MAGIC else file


def _read_file(name: str, file: IO[bytes], origin: Origin) -> Iterator[Traffic]:
    """Take the file as one Lambda event if its beginning can be one and its whole is; else line by line."""
    try:
        first = file.readline()
        if first.lstrip().startswith(b"{") and not _is_json(first):
            rest = file.read()
            event = _json(first + rest)
            if isinstance(event, dict) and EVENT_KEYS & event.keys():
                yield from _read_event(event, name)
                return
            yield from _read_lines(name, [first, *rest.splitlines(keepends=True)], origin)
            return
        yield from _read_lines(name, _chain(first, file), origin)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise CommandError(f"{name} is broken gzip") from None


def _read_lines(name: str, lines: Iterable[bytes], origin: Origin) -> Iterator[Traffic]:
    """Yield runs of lines of one log stream; a line that is a document of its own stands for itself."""
    chunk = _Chunk()
    for number, raw in enumerate(lines, 1):
        place = f"{name}:{number}"
        text = raw.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
        if not text.strip():
            continue
        document = _json(raw) if text.lstrip().startswith("{") else None
        if isinstance(document, dict) and EVENT_KEYS & document.keys():
            yield from chunk.emptied()
            yield from _read_event(document, place)
            continue
        if isinstance(document, dict) and document.keys() >= RECORD_KEYS and isinstance(document["message"], str):
            event, of = _archived(document, origin)
        else:
            event, of = LogEvent(f"{number:056d}", LINES_AT_MS + number, RawText(text)), origin
        if not chunk.has_room(of, len(raw)):
            yield from chunk.emptied()
        chunk.add(of, event, place, len(raw))
    yield from chunk.emptied()


def _read_event(event: Json, place: str) -> Iterator[Traffic]:
    """Yield what a Lambda event, or the on-failure bucket's copy of one, holds."""
    event = event.get("requestPayload", event)
    try:
        for number, batch in enumerate(batches_of(event), 1):
            where = place if "Records" not in event else f"{place} record {number}"
            yield Traffic(batch, tuple(f"{where} event {at}" for at in range(1, len(batch.events) + 1)))
    except UnsupportedEventError:
        raise CommandError(f"{place} is an event that holds no logs of a subscription") from None


def _archived(record: Mapping[str, Json], origin: Origin) -> tuple[LogEvent, Origin]:
    at = record["timestamp_ms"]
    event = LogEvent(str(record["id"]), at if isinstance(at, int) else 0, RawText(record["message"]))
    return event, Origin(origin.account, "", str(record["log_group"]), str(record.get("log_stream", STREAM)))


class _Chunk:
    """Log events of one origin, as many as CloudWatch Logs would put into one payload."""

    def __init__(self) -> None:
        self._origin: Origin | None = None
        self._events: list[LogEvent] = []
        self._places: list[str] = []
        self._bytes = 0

    def has_room(self, origin: Origin, size: int) -> bool:
        fits = len(self._events) < CHUNK_EVENTS and self._bytes + size <= CHUNK_BYTES
        return not self._events or (fits and origin == self._origin)

    def add(self, origin: Origin, event: LogEvent, place: str, size: int) -> None:
        self._origin = origin
        self._events.append(event)
        self._places.append(place)
        self._bytes += size

    def emptied(self) -> Iterator[Traffic]:
        if self._events and self._origin:
            yield Traffic(Batch(self._origin, tuple(self._events)), tuple(self._places))
        self._events, self._places, self._bytes = [], [], 0


def refusals(traffic: Iterable[Traffic]) -> Counter[DropReason]:
    """Add up what could not be read."""
    total: Counter[DropReason] = Counter()
    for part in traffic:
        total.update(part.batch.refused)
    return total


def _chain(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _is_json(line: bytes) -> bool:
    return _json(line) is not None


def _json(text: bytes) -> Json:
    """Parse JSON; None for what is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
