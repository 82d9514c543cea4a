"""Log events as subscription documents, as CloudWatch Logs would send them; plain lines get stream, time and id."""

import argparse
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from logrouter.model import Batch, Json, LogEvent, Origin, RawText
from logrouter_cli.command import CommandError
from logrouter_cli.moments import moment
from logrouter_cli.reading.files import opened, told
from logrouter_cli.reading.records import Part, Payload, Record, items_of
from logrouter_cli.reading.text import STDIN

CHUNK_EVENTS: Final = 1_000
"""Log events of one payload made from lines."""
CHUNK_BYTES: Final = 1_000_000
"""Bytes of messages of one payload made from lines: about what CloudWatch Logs puts into one."""
ACCOUNT: Final = "123456789012"
STREAM: Final = "logrouter-cli"


def add_group_option(parser: Any, help_text: str) -> None:
    """Declare whose log group plain lines are said to be, for a command that reads no log groups itself."""
    parser.add_argument("--of-group", "--group", dest="of_group", metavar="NAME", help=help_text)


def add_line_options(parser: argparse.ArgumentParser) -> None:
    """Declare where plain lines are said to come from."""
    group = parser.add_argument_group("plain lines", "where lines that are no event are said to come from")
    add_group_option(group, "log group, such as /aws/ecs/orders/application")
    group.add_argument("--stream", metavar="NAME", default=STREAM, help="log stream (default: %(default)s)")
    group.add_argument("--account", metavar="ID", default=ACCOUNT, help="account id (default: %(default)s)")
    group.add_argument(
        "--at",
        type=moment,
        metavar="WHEN",
        help="time of the first line, ISO 8601 or epoch milliseconds; each next one is 1 ms later",
    )


class Stamp:
    """Makes log events of plain lines: the same lines of the same place and time give the same ids.

    Args:
        log_group, stream, account: where the lines are said to come from.
        at_ms: time of the first line, epoch milliseconds; None for now.
    """

    def __init__(
        self, log_group: str, *, stream: str = STREAM, account: str = ACCOUNT, at_ms: int | None = None
    ) -> None:
        self.origin = Origin(account, "", log_group, stream)
        self._at_ms = at_ms if at_ms is not None else int(datetime.now(UTC).timestamp() * 1000)
        self._index = 0

    def event(self, line: str) -> LogEvent:
        """Return the next line as a log event."""
        origin, index = self.origin, self._index
        self._index += 1
        identity = event_id(origin.account, origin.log_group, origin.log_stream, str(self._at_ms), str(index), line)
        return LogEvent(identity, self._at_ms + index, RawText(line))


@dataclass(frozen=True, slots=True)
class Chunk:
    """The log events of one log stream that stand together, and where each stands, such as `orders.log:12`."""

    batch: Batch
    places: tuple[str, ...]

    def document(self) -> dict[str, Json]:
        """Return it as the subscription document that CloudWatch Logs would send."""
        return document_of(self.batch)


def document_of(batch: Batch) -> dict[str, Json]:
    """Return a batch as the subscription document that CloudWatch Logs would send."""
    origin = batch.origin
    return {
        "messageType": "DATA_MESSAGE",
        "owner": origin.account,
        "logGroup": origin.log_group,
        "logStream": origin.log_stream,
        "subscriptionFilters": ["logrouter-cli"],
        "logEvents": [
            {"id": each.id, "timestamp": each.timestamp_ms, "message": each.message} for each in batch.events
        ],
    }


def event_id(*parts: str) -> str:
    """Return an id in CloudWatch's form (56 digits) that depends on nothing but the parts."""
    return f"39{int(hashlib.sha256('\n'.join(parts).encode('utf-8', 'replace')).hexdigest(), 16):078d}"[:56]


def chunks(records: Iterable[Record], stamp: Stamp) -> Iterator[Chunk]:
    """Put records together by log stream, as many as one payload holds; empty plain lines are no log events."""
    pile = _Pile()
    for record in records:
        yield from pile.add(record, stamp)
    yield from pile.emptied()


def events_of(path: str, options: argparse.Namespace) -> Iterator[Json]:
    """Yield the Lambda events that a file holds, or makes: payloads as they are, lines as subscription documents.

    Args:
        path: file, also packed; `-` for stdin.
        options: of `add_line_options`.

    Raises:
        CommandError: it is empty, cannot be read to its end, or holds lines and no log group is named for them.
    """
    stamp = Stamp(options.of_group or "", stream=options.stream, account=options.account, at_ms=options.at)
    pile = _Pile()
    is_empty = True
    with opened(path) as source, told(path):
        for item in items_of(source, Part("file", path)):
            if isinstance(item, Payload):
                is_empty = False
                yield from (chunk.document() for chunk in pile.emptied())
                yield item.event
                continue
            for record in item:
                if record.head is None and record.text.strip() and not options.of_group:
                    raise CommandError(f"{path} holds log lines, so --of-group must say of which log group they are")
                yield from (chunk.document() for chunk in pile.add(record, stamp))
            is_empty = is_empty and pile.is_empty
    yield from (chunk.document() for chunk in pile.emptied())
    if is_empty:
        raise CommandError(f"{'stdin' if path == STDIN else path} is empty")


class _Pile:
    """Log events of one origin, as many as CloudWatch Logs would put into one payload."""

    def __init__(self) -> None:
        self._origin: Origin | None = None
        self._events: list[LogEvent] = []
        self._places: list[str] = []
        self._bytes = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing is on it."""
        return not self._events

    def add(self, record: Record, stamp: Stamp) -> Iterator[Chunk]:
        """Put a record on the pile; yield what was there when it has to go first."""
        head = record.head
        if head is None and not record.text.strip():
            return
        origin = head.origin if head else stamp.origin
        size = len(record.text.encode("utf-8", "replace"))
        if len(self._events) == CHUNK_EVENTS or self._bytes + size > CHUNK_BYTES or origin != self._origin:
            yield from self.emptied()
        self._origin = origin
        self._events.append(
            LogEvent(head.id, head.timestamp_ms, RawText(record.text)) if head else stamp.event(record.text)
        )
        self._places.append(record.where)
        self._bytes += size

    def emptied(self) -> Iterator[Chunk]:
        """Yield what is on the pile."""
        if self._events and self._origin:
            yield Chunk(Batch(self._origin, tuple(self._events)), tuple(self._places))
        self._events, self._places, self._bytes = [], [], 0
