"""Reads text of any size as lines, in bounded memory: plain or compressed, UTF-8, UTF-16 or a named encoding.

Bytes that are no text of the encoding survive a round trip, so that what was not masked is written back as it was.
Lines of one private key come as one text, because no rule can know them one by one.
"""

import codecs
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Self

from logrouter_cli.command import CommandError
from logrouter_cli.reading.unpacking import BUFFER_BYTES, Counted, UnreadableError, damage, peek, unpacked

STDIN: Final = "-"

BLOCK_BYTES: Final = 1 << 20
"""Read at once, after decompression."""

LINE_LIMIT_CHARS: Final = 64 << 20
"""A longer line is refused: CloudWatch Logs takes 1 MiB, and a value could stand where a line is cut."""

KEY_LINES: Final = 400
"""A private key has fewer lines (RSA with 16,384 bits: 200)."""

_KEY_BEGIN: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----\s*$|PuTTY-User-Key-File-\d")
_KEY_BODY: Final = re.compile(r"\s*(?:[A-Za-z0-9+/=]{1,128}|[A-Za-z-]{3,40}: .{0,200})?\s*")
_KEY_END: Final = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")


class BinaryError(UnreadableError):
    """This input is no text."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that were read together.

    Args:
        first: number of the first line, from 1.
        lines: without their line feed; a carriage return stays. A private key is one text with line feeds inside.
        is_closed: the last line ended with a line feed.
        size_bytes: read for it, before decompression.
        has_keys: a line may be more than one.
        text: the lines and what follows them in one, for a look at all of them at once.
    """

    first: int
    lines: list[str]
    is_closed: bool
    size_bytes: int
    has_keys: bool = False
    text: str = ""

    def numbered(self) -> Iterator[tuple[int, str]]:
        """Yield each line with its number; a private key has that of its first line."""
        if not self.has_keys:
            yield from enumerate(self.lines, self.first)
            return
        number = self.first
        for line in self.lines:
            yield number, line
            number += 1 + line.count("\n")


class TextSource:
    """One input, opened.

    Args:
        raw: binary stream, as stored.
        encoding: of the text; None finds UTF-16 by its mark or its zero bytes, and is UTF-8 otherwise.
        allow_binary: take what is no text as UTF-8 with foreign bytes.
        errors: what becomes of foreign bytes: kept so that they can be written back, or with `replace` U+FFFD, as
            CloudWatch Logs does.

    Raises:
        UnreadableError: packed in a way that is not unpacked here, or (`BinaryError`) no text.
    """

    def __init__(
        self,
        raw: IO[bytes],
        *,
        encoding: str | None = None,
        allow_binary: bool = False,
        errors: str = "surrogateescape",
    ) -> None:
        self._counted = Counted(raw)
        stored = io.BufferedReader(self._counted, BUFFER_BYTES)
        self._stream, self.is_packed = unpacked(stored, peek(stored))
        head = peek(self._stream) if self.is_packed else peek(stored)
        self.encoding = encoding or _encoding_of(head)
        is_wide = self.encoding.startswith("utf-16")
        if b"\0" in head and not is_wide and not allow_binary and encoding is None:
            raise BinaryError("is no text")
        self._errors = "replace" if is_wide else errors
        self._decoder = codecs.getincrementaldecoder(self.encoding)(self._errors)
        self.head = head.decode(self.encoding, "replace")
        """The first characters, to tell what the text is."""

    @property
    def size_bytes(self) -> int:
        """Bytes read so far, as stored."""
        return self._counted.size_bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._counted.close()

    def encode(self, text: str) -> bytes:
        """Write text as this source has it."""
        return text.encode(self.encoding, self._errors)

    def read(self, limit_chars: int | None = None) -> str:
        """Return all that is left; raise `UnreadableError` when it is more than `limit_chars`."""
        parts: list[str] = []
        size = 0
        for text in self._texts():
            parts.append(text)
            size += len(text)
            if limit_chars is not None and size > limit_chars:
                raise UnreadableError(f"is longer than {limit_chars >> 20} MiB, too long to be taken as one text")
        return "".join(parts)

    def blocks(self) -> Iterator[Block]:
        """Yield the lines.

        Raises:
            UnreadableError: a line is too long, the compressed data end too early or are damaged.
        """
        number, size = 1, 0
        held: list[str] = []
        for text in self._texts():
            held.append(text)
            if "\n" not in text:
                if sum(map(len, held)) > LINE_LIMIT_CHARS:
                    raise UnreadableError(f"line {number} is longer than {LINE_LIMIT_CHARS >> 20} MiB")
                continue
            joined = "".join(held)
            *lines, rest = joined.split("\n")
            has_keys = _may_hold_key(text, lines)
            if has_keys:
                lines, pending = join_keys(lines)
                rest = "\n".join([*pending, rest])
            held = [rest] if rest else []
            if lines:
                size_bytes = self.size_bytes - size
                block = Block(number, lines, is_closed=True, size_bytes=size_bytes, has_keys=has_keys, text=joined)
                size = self.size_bytes
                number += len(lines) + (sum(line.count("\n") for line in lines) if has_keys else 0)
                yield block
        if held:
            yield self._last("".join(held), number, self.size_bytes - size)

    def _last(self, rest: str, number: int, size_bytes: int) -> Block:
        """Return the block of what stands behind the last line feed, and of a key that was waited for."""
        lines, pending = join_keys(rest.split("\n"))
        lines += ["\n".join(pending)] if pending else []
        is_closed = lines[-1] == "" or lines[-1].endswith("\n")
        if is_closed:
            lines[-1:] = [lines[-1][:-1]] if lines[-1] else []
        return Block(number, lines, is_closed=is_closed, size_bytes=size_bytes, has_keys=True, text=rest)

    def _texts(self) -> Iterator[str]:
        with damage():
            while block := self._stream.read1(BLOCK_BYTES):
                yield self._decoder.decode(block)
        if last := self._decoder.decode(b"", final=True):
            yield last


def open_source(
    path: str, *, encoding: str | None = None, allow_binary: bool = False, errors: str = "surrogateescape"
) -> TextSource:
    """Open a file, or stdin for `-`.

    Raises:
        OSError: it is not there, or must not be read.
        UnreadableError: as `TextSource`.
    """
    raw = sys.stdin.buffer if path == STDIN else Path(path).open("rb")  # noqa: SIM115 - the source keeps it open
    try:
        return TextSource(raw, encoding=encoding, allow_binary=allow_binary, errors=errors)
    except BaseException:
        if path != STDIN:
            raw.close()
        raise


def check_encoding(name: str) -> None:
    """Raise `CommandError` when there is no text encoding of this name."""
    try:
        codecs.getincrementaldecoder(name)("surrogateescape").decode(b"a").encode(name)
    except (LookupError, AttributeError, ValueError):
        raise CommandError(f"{name!r} is no encoding of text") from None


def join_keys(lines: list[str]) -> tuple[list[str], list[str]]:
    """Join the lines of each private key; return the lines, and those of a key that may go on behind the last."""
    joined: list[str] = []
    at = 0
    while at < len(lines):
        end = at + 1
        if _KEY_BEGIN.search(lines[at]):
            end = _end_of_key(lines, at)
            if end == len(lines) and end - at < KEY_LINES and not _KEY_END.search(lines[end - 1]):
                return joined, lines[at:]
        joined.append("\n".join(lines[at:end]) if end > at + 1 else lines[at])
        at = end
    return joined, []


def _end_of_key(lines: list[str], start: int) -> int:
    for at in range(start + 1, min(len(lines), start + KEY_LINES)):
        if _KEY_END.search(lines[at]):
            return at + 1
        if not _KEY_BODY.fullmatch(lines[at]):
            return at
    return min(len(lines), start + KEY_LINES)


def _may_hold_key(text: str, lines: list[str]) -> bool:
    return "PRIVATE KEY" in text or "PuTTY-User-Key" in text or "PRIVATE KEY" in lines[0] or "PuTTY-User" in lines[0]


def _encoding_of(head: bytes) -> str:
    """Tell UTF-16 by its byte order mark, or by the zero bytes of its ASCII characters."""
    if head.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if head.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    odd, even = head[1::2], head[::2]
    if len(odd) > 3 and odd.count(0) > 0.4 * len(odd) and not even.count(0):
        return "utf-16-le"
    if len(odd) > 3 and even.count(0) > 0.4 * len(even) and not odd.count(0):
        return "utf-16-be"
    return "utf-8"
