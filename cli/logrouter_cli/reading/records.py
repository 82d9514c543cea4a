"""What is in a text: log lines, lines of the archive, payloads with log events inside. Read block by block.

Known are log lines, NDJSON of archived records, Lambda events (awslogs, Kinesis, decoded subscription documents) and
what the on-failure bucket keeps of them: alone in a file, one a line, or behind each other as Firehose writes them.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, Final, NamedTuple

from logrouter.errors import UnsupportedEventError
from logrouter.model import DropReason, Json, Origin
from logrouter.stages.decode import batches_of
from logrouter_cli.reading.text import TextSource
from logrouter_cli.reading.unpacking import UnreadableError

EVENT_LIMIT_CHARS: Final = 64 << 20
"""A file that is one event is taken whole; Lambda's largest is 6 MB."""
EVENT_KEYS: Final = frozenset({"awslogs", "Records", "messageType", "requestPayload"})
"""Top-level keys that tell a Lambda event (or a stored one) from a line of a log."""
MARKS: Final = f'"(?:{"|".join(sorted(EVENT_KEYS | {"logEvents", "timestamp_ms"}))})"'
"""One of these names is in every payload and archived record, and in its beginning: what has none needs no look."""
TEXTS: Final = ("id", "log_group", "message")
"""Keys of an archived record that hold text (`destinations.archive.records`)."""
BYTE_ORDER_MARK: Final = "\ufeff"
NOTHING_INSIDE: Final = frozenset({DropReason.CONTROL_MESSAGE, DropReason.EMPTY_BATCH})
"""Refusals of payloads that can be read and hold no log events."""


class Payload(NamedTuple):
    """A Lambda event, or what is stored of one, also as `text`; `number` is None when it is the whole file."""

    number: int | None
    event: dict[str, Json]
    text: str


class Part(NamedTuple):
    """The file, object or log group (`kind`) that a record stands in; its name may be shown."""

    kind: str
    name: str


class Head(NamedTuple):
    """What a log event says of itself; `inside` says where in its payload it stands."""

    origin: Origin
    id: str
    timestamp_ms: int
    inside: str = ""


class Record(NamedTuple):
    """A log event, or a line that stands for one (no `head`), and where it stands."""

    text: str
    part: Part
    line: int | None
    head: Head | None

    def __repr__(self) -> str:
        """Show where it stands: what shows an object in a trace must not show raw text."""
        return f"Record({self.where})"

    @property
    def where(self) -> str:
        """Where it stands, in words: names of files, numbers and event ids, never content."""
        line = "" if self.line is None else f":{self.line}"
        return f"{self.part.name}{line} {self.head.inside if self.head else ''}".rstrip()


def records_of(
    source: TextSource,
    part: Part,
    *,
    refused: Callable[[DropReason, int], None],
    whole: bool = False,
    is_strict: bool = False,
) -> Iterator[list[Record]]:
    """Yield the records of an opened input, as many at a time as were read together.

    Args:
        source: the input.
        part: what it is.
        refused: told of payloads and log events inside that cannot be read.
        whole: take the input as one record.
        is_strict: a file that is one event without logs is refused, instead of taken as text.

    Raises:
        UnreadableError: it cannot be read to its end.
    """
    if whole:
        yield [Record(source.read(EVENT_LIMIT_CHARS).removeprefix(BYTE_ORDER_MARK), part, 1, None)]
        return
    for found in items_of(source, part):
        if isinstance(found, Payload):
            yield from _inside(found, part, refused, is_strict=is_strict)
        else:
            yield found


def items_of(source: TextSource, part: Part) -> Iterator[list[Record] | Payload]:
    """Cut an opened input up into what stands in it, in its order: runs of lines and archived records, payloads."""
    if not _may_be_event(source.head):
        for block in source.blocks():
            lines = block.numbered() if "\r" not in block.text else _without_returns(block.numbered())
            if block.first == 1:
                lines = _without_mark(lines)
            if _has_marks(block.text):
                yield from _items(lines, part)
            else:
                yield [Record(text, part, number, None) for number, text in lines]
        return
    text = source.read(EVENT_LIMIT_CHARS).removeprefix(BYTE_ORDER_MARK)
    event = event_of(text)
    if event is not None:
        yield Payload(None, event, text)
    else:
        yield from _items(_numbered(text, 1), part)


def event_of(text: str) -> dict[str, Json] | None:
    """Return the Lambda event that a text is as a whole, None when it is something else (log lines)."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return event if EVENT_KEYS & event.keys() else None


def _may_be_event(head: str) -> bool:
    """Tell one event over many lines, as it is kept in files for reading, from lines of which each is a document."""
    first = head.lstrip("\ufeff\r\n\t ").partition("\n")[0].rstrip()
    return first.startswith("{") and first.endswith(("{", "[", ",")) and _has_marks(head)


def _items(lines: Iterable[tuple[int, str]], part: Part) -> Iterator[list[Record] | Payload]:
    """Cut lines up of which some may be documents."""
    run: list[Record] = []
    for number, text in lines:
        found = _documents(number, text, part) if _has_marks(text) else ()
        for document in found:
            if isinstance(document, Payload):
                yield run
                yield document
                run = []
            else:
                run.append(document)
        if not found:
            run.append(Record(text, part, number, None))
    yield run


def _numbered(text: str, first: int) -> Iterator[tuple[int, str]]:
    return _without_returns(enumerate(text.removesuffix("\n").split("\n"), first))


def _without_returns(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    return ((number, line.removesuffix("\r")) for number, line in lines)


def _without_mark(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Take the byte order mark off the first line."""
    for number, line in lines:
        yield number, line.removeprefix(BYTE_ORDER_MARK)
        break
    yield from lines


def _documents(number: int, text: str, part: Part) -> list[Record | Payload]:
    """Return what a line holds that may be of the archive, or payloads; nothing when it is a line like others."""
    found: list[Record | Payload] = []
    for document, written in _parsed(text):
        archived = _archived(number, document, part)
        if archived is not None:
            found.append(archived)
        elif isinstance(document, dict) and EVENT_KEYS & document.keys():
            found.append(Payload(number, document, written))
        else:
            return []
    return found


def _parsed(text: str) -> list[tuple[Json, str]]:
    """Return the documents of a line with their text; none when anything of it is no JSON."""
    if not text.lstrip().startswith("{"):
        return []
    found: list[tuple[Json, str]] = []
    decoder = json.JSONDecoder()
    at = len(text) - len(text.lstrip())
    try:
        while at < len(text):
            document, end = decoder.raw_decode(text, at)
            found.append((document, text[at:end]))
            at = end
            while text[at : at + 1].isspace():
                at += 1
    except (ValueError, RecursionError):
        return []
    return found


def _archived(number: int, document: Json, part: Part) -> Record | None:
    if not isinstance(document, dict) or not isinstance(document.get("timestamp_ms"), int):
        return None
    if not all(isinstance(document.get(name), str) for name in TEXTS):
        return None
    stream = document.get("log_stream")
    origin = Origin("", "", document["log_group"], stream if isinstance(stream, str) else "")
    return Record(document["message"], part, number, Head(origin, document["id"], document["timestamp_ms"]))


def _inside(
    item: Payload, part: Part, refused: Callable[[DropReason, int], None], *, is_strict: bool
) -> Iterator[list[Record]]:
    """Yield the log events of a payload; one without logs is text, like any other."""
    event: Any = item.event.get("requestPayload", item.event)
    try:
        batches = batches_of(event)
    except UnsupportedEventError:
        if is_strict and item.number is None:
            raise UnreadableError("is an event that holds no logs of a subscription") from None
        yield [
            Record(text.removesuffix("\r"), part, number, None)
            for number, text in _numbered(item.text, item.number or 1)
        ]
        return
    is_one = "Records" not in event
    for record, batch in enumerate(batches, 1):
        for reason, count in batch.refused.items():
            if reason not in NOTHING_INSIDE:
                refused(reason, count)
        before = "" if is_one else f"record {record} "
        yield [
            Record(
                each.message, part, item.number, Head(batch.origin, each.id, each.timestamp_ms, f"{before}event {at}")
            )
            for at, each in enumerate(batch.events, 1)
        ]


def _has_marks(text: str) -> bool:
    return _marks().search(text) is not None


@cache
def _marks() -> Any:
    try:
        import re2
    except ImportError:  # `re` answers alike, three times slower
        return re.compile(MARKS)
    return re2.compile(MARKS)
