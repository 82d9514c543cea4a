"""Scans files, directories and streams: lines, lines of the archive, subscription payloads. Reads block by block."""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from logrouter.errors import UnsupportedEventError
from logrouter.model import DropReason, Json, LogEvent, RawText
from logrouter.policy.log_groups import service_of
from logrouter.stages.decode import batches_of
from logrouter_cli.reading.inputs import event_of, moment_text
from logrouter_cli.reading.text import STDIN, BinaryError, TextSource, open_source
from logrouter_cli.reading.unpacking import HEAD_BYTES, UnreadableError
from logrouter_cli.scan.findings import Scanner, Target

EVENT_LIMIT_CHARS: Final = 64 << 20
"""A file that is one event is taken whole; Lambda's largest is 6 MB."""

ARCHIVE_LINE: Final = '{"timestamp_ms":'
"""How each line of an archived part begins."""
DOCUMENT_LINE: Final = (
    ARCHIVE_LINE,
    '{"messageType"',
    '{"awslogs"',
    '{"Records"',
    '{"requestPayload"',
    '{"requestContext"',
)
"""How a line of the archive, or one that holds payloads, begins."""
MARK: Final = "\ufeff"
"""A byte order mark, decoded."""
EVENT_MARKS: Final = ('"messageType"', '"awslogs"', '"Records"', '"requestPayload"')

UNNAMED: Final = frozenset({".git"})
"""Folders that are left out: history packed in a way of its own."""
NOTHING_INSIDE: Final = frozenset({DropReason.CONTROL_MESSAGE, DropReason.EMPTY_BATCH})


class TextScan:
    """Scans text under one set of options.

    Args:
        scanner: looks at the records.
        service, log_group: whose own rules hold for plain lines.
        encoding: of the text, None to recognise it.
        whole: take each input as one record.
        show: told after every block, for the progress line.
    """

    def __init__(
        self,
        scanner: Scanner,
        *,
        service: str | None = None,
        log_group: str | None = None,
        encoding: str | None = None,
        whole: bool = False,
        show: Callable[[], None] = lambda: None,
    ) -> None:
        self._scanner = scanner
        self._service = service or (service_of(log_group) if log_group else None)
        self._log_group = log_group
        self._encoding = encoding
        self._whole = whole
        self._show = show

    def scan_path(self, target: Target, path: str) -> None:
        """Scan a file, stdin for `-`, or every file below a directory."""
        if path != STDIN and Path(path).is_dir():
            target.kind = "directory"
            for file in _files(path, target, self._scanner.shown):
                self._scan_file(target, file)
        else:
            self._scan_file(target, path, is_named=True)

    def _scan_file(self, target: Target, path: str, *, is_named: bool = False) -> None:
        shown = "stdin" if path == STDIN else self._scanner.shown(path)
        try:
            source = open_source(path, encoding=self._encoding)
        except BinaryError as error:
            self._leave_out(target, shown, str(error), is_named=is_named)
        except UnreadableError as error:
            target.trouble(shown, str(error))
        except OSError as error:
            target.trouble(shown, error.strerror or type(error).__name__)
        else:
            with source:
                self.scan_source(target, source, {"file": shown})

    def _leave_out(self, target: Target, shown: str, why: str, *, is_named: bool) -> None:
        if is_named:
            target.trouble(shown, why)
        else:
            target.skipped[why] += 1

    def scan_source(self, target: Target, source: TextSource, place: Mapping[str, Json]) -> None:
        """Scan one opened input; `place` names it (`file` or `object`). What cannot be read is the target's trouble."""
        target.parts += 1
        try:
            if self._whole:
                self._examine_line(target, source.read(EVENT_LIMIT_CHARS).removeprefix(MARK), 1, place)
            elif _may_be_event(source.head):
                self._scan_event(target, source, place)
            else:
                self._scan_lines(target, source, place)
        except (UnreadableError, OSError) as error:
            why = str(error) if isinstance(error, UnreadableError) else error.strerror or type(error).__name__
            target.trouble(str(next(iter(place.values()))), why)
        finally:
            target.stored_bytes += source.size_bytes

    def _scan_lines(self, target: Target, source: TextSource, place: Mapping[str, Json]) -> None:
        for block in source.blocks():
            self._scan_all(target, block.numbered(), place)
            self._show()

    def _scan_event(self, target: Target, source: TextSource, place: Mapping[str, Json]) -> None:
        """Scan what may be one event over many lines; it is lines when it is none."""
        text = source.read(EVENT_LIMIT_CHARS).removeprefix(MARK)
        event = event_of(text)
        if event is None or not self._scan_payload(target, event, place, None):
            self._scan_all(target, enumerate(text.removesuffix("\n").split("\n"), 1), place)
        self._show()

    def _scan_all(self, target: Target, lines: Iterable[tuple[int, str]], place: Mapping[str, Json]) -> None:
        for number, line in lines:
            if line[:1] == "{" and (line.startswith(DOCUMENT_LINE) or (number == 1 and _has_marks(line[:HEAD_BYTES]))):
                self._scan_document(target, line, number, place)
            else:
                text = line.removesuffix("\r")
                self._examine_line(target, text.removeprefix(MARK) if number == 1 else text, number, place)

    def _scan_document(self, target: Target, line: str, number: int, place: Mapping[str, Json]) -> None:
        """Scan a line that may be of the archive, or hold payloads; it is a line like others when it is neither."""
        if line.startswith(ARCHIVE_LINE):
            record = _archived(line)
            if record is not None:
                self._examine_archived(target, record, number, place)
                return
        else:
            read = [self._scan_payload(target, event, place, number) for event in _events(line)]
            if read and all(read):
                return
        self._examine_line(target, line.removesuffix("\r"), number, place)

    def _examine_line(self, target: Target, line: str, number: int, place: Mapping[str, Json]) -> None:
        self._scanner.examine(target, line, place, line=number, service=self._service, log_group=self._log_group)

    def _examine_archived(
        self, target: Target, record: Mapping[str, Json], number: int, place: Mapping[str, Json]
    ) -> None:
        event = LogEvent(record["id"], record["timestamp_ms"], RawText(record["message"]))
        self._examine_event(target, event, record["log_group"], record["log_stream"], place, number)

    def _scan_payload(self, target: Target, event: Json, place: Mapping[str, Json], number: int | None) -> bool:
        """Scan the log events of a payload in a line of this number; False when it is none."""
        inner = event.get("requestPayload", event) if isinstance(event, dict) else event
        try:
            batches = batches_of(inner)
        except UnsupportedEventError:
            return False
        for batch in batches:
            for reason, count in batch.refused.items():
                if reason not in NOTHING_INSIDE:
                    target.trouble(str(next(iter(place.values()))), f"{count} log events or payloads: {reason.value}")
            for item in batch.events:
                self._examine_event(target, item, batch.origin.log_group, batch.origin.log_stream, place, number)
        return True

    def _examine_event(
        self,
        target: Target,
        event: LogEvent,
        log_group: str,
        log_stream: str,
        place: Mapping[str, Json],
        number: int | None,
    ) -> None:
        where = {**place, **event_place(self._scanner, log_group, log_stream, event.timestamp_ms, event.id)}
        self._scanner.examine_name(target, log_stream, where)
        service = service_of(log_group)
        self._scanner.examine(target, event.message, where, line=number, service=service, log_group=log_group)


def event_place(scanner: Scanner, log_group: str, log_stream: str, at_ms: int, event_id: str) -> dict[str, Json]:
    """Return the place of a log event; names masked, an id that is no CloudWatch id left out."""
    try:
        time = moment_text(at_ms)
    except (OverflowError, ValueError, OSError):
        time = str(at_ms)
    is_id = event_id.isascii() and event_id.isdigit()
    return {
        "log_group": scanner.shown(log_group),
        "log_stream": scanner.shown(log_stream),
        "time": time,
        "event_id": event_id if is_id else "",
    }


def _files(folder: str, target: Target, shown: Callable[[str], str]) -> Iterator[str]:
    """Yield the regular files below a folder, sorted; folders that cannot be read are the target's trouble."""

    def refused(error: OSError) -> None:
        target.trouble(shown(str(error.filename)), error.strerror or type(error).__name__)

    for base, folders, files in os.walk(folder, onerror=refused):
        folders[:] = sorted(set(folders) - UNNAMED)
        for name in sorted(files):
            path = os.path.join(base, name)  # noqa: PTH118 - names of files need not be text that pathlib keeps
            if os.path.isfile(path):  # noqa: PTH113 - as above
                yield path
            else:
                target.skipped["no regular file"] += 1


def _may_be_event(head: str) -> bool:
    """Tell one event over many lines, as it is kept in files for reading, from lines of which each is a document."""
    return head.lstrip("\ufeff\r\n\t ").partition("\n")[0].strip() == "{" and _has_marks(head)


def _has_marks(text: str) -> bool:
    return any(mark in text for mark in EVENT_MARKS)


def _archived(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    texts = ("id", "log_group", "log_stream", "message")
    is_one = all(isinstance(record.get(name), str) for name in texts) and isinstance(record.get("timestamp_ms"), int)
    return record if is_one else None


def _events(line: str) -> list[Json]:
    """Return the documents of a line: Firehose writes payloads behind each other without a line feed."""
    found: list[Json] = []
    decoder = json.JSONDecoder()
    at = 0
    try:
        while at < len(line):
            document, at = decoder.raw_decode(line, at)
            found.append(document)
            while line[at : at + 1].isspace():
                at += 1
    except (ValueError, RecursionError):
        return []
    return found
