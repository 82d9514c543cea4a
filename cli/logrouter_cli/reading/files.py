"""Files, folders and stdin, opened and read: as records, as whole text, as single lines. Errors quote no content."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from logrouter_cli.command import CommandError
from logrouter_cli.reading.records import EVENT_LIMIT_CHARS, Part, Record, records_of
from logrouter_cli.reading.target import Target
from logrouter_cli.reading.text import STDIN, BinaryError, TextSource, open_source
from logrouter_cli.reading.unpacking import UnreadableError

UNNAMED: Final = frozenset({".git"})
"""Folders that are left out: history packed in a way of its own."""


class FileReader:
    """Reads records of files under one set of options.

    Args:
        shown: how a name may be shown.
        encoding: of the text, None to recognise it.
        whole: take each input as one record.
        is_strict: refuse a file that is one event without logs.
        show: told after every block, for the progress line.
    """

    def __init__(
        self,
        shown: Callable[[str], str],
        *,
        encoding: str | None = None,
        whole: bool = False,
        is_strict: bool = False,
        show: Callable[[], None] = lambda: None,
    ) -> None:
        self._shown = shown
        self._encoding = encoding
        self._whole = whole
        self._is_strict = is_strict
        self._show = show

    def read_path(self, target: Target, path: str) -> Iterator[list[Record]]:
        """Yield the records, some at a time, of a file, of stdin for `-`, or of every file below a directory."""
        if target.kind != "directory":
            yield from self._read_file(target, path, is_named=True)
            return
        for file in _files(path, target, self._shown):
            yield from self._read_file(target, file)

    def read_source(self, target: Target, source: TextSource, part: Part) -> Iterator[list[Record]]:
        """Yield the records of one opened input. What cannot be read of it is the target's trouble."""
        target.parts += 1
        try:
            for records in records_of(
                source,
                part,
                refused=lambda reason, count: target.refuse(part.name, reason.value, count),
                whole=self._whole,
                is_strict=self._is_strict,
            ):
                yield records
                self._show()
        except UnreadableError as error:
            target.trouble(part.name, str(error))
        finally:
            target.stored_bytes += source.size_bytes

    def _read_file(self, target: Target, path: str, *, is_named: bool = False) -> Iterator[list[Record]]:
        shown = "stdin" if path == STDIN else self._shown(path)
        try:
            with open_source(path, encoding=self._encoding, errors="replace") as source:
                yield from self.read_source(target, source, Part("file", shown))
        except BinaryError as error:
            if is_named:
                target.trouble(shown, str(error))
            else:
                target.skipped[str(error)] += 1
        except UnreadableError as error:
            target.trouble(shown, str(error))
        except OSError as error:
            target.trouble(shown, error.strerror or type(error).__name__)


def kind_of(path: str) -> str:
    """Return what a path is: `stdin`, `directory` or `file`."""
    if path == STDIN:
        return "stdin"
    return "directory" if Path(path).is_dir() else "file"


def read_text(path: str) -> str:
    """Return a file, or stdin for `-`, as text, unpacked; foreign bytes become U+FFFD, as in CloudWatch Logs.

    Raises:
        CommandError: it cannot be read to its end.
    """
    with opened(path) as source, told(path):
        return source.read(EVENT_LIMIT_CHARS)


def read_lines(path: str) -> Iterator[str]:
    r"""Return the lines of a file, or of stdin for `-`, one by one and without their `\n` or `\r\n`."""
    with opened(path) as source, told(path):
        for block in source.blocks():
            for text in block.lines:
                yield from (line.removesuffix("\r") for line in text.split("\n"))


def opened(path: str) -> TextSource:
    """Open a file, or stdin for `-`; what is no text is taken as UTF-8 with foreign bytes.

    Raises:
        CommandError: packed in a way that is not unpacked here.
    """
    with told(path):
        return open_source(path, allow_binary=True, errors="replace")


@contextmanager
def told(path: str) -> Iterator[None]:
    """Turn `UnreadableError` into a `CommandError` that names the file."""
    try:
        yield
    except UnreadableError as error:
        raise CommandError(f"{'stdin' if path == STDIN else path} {error}") from None


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
