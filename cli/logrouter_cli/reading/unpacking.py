"""Streams of stored bytes: counted as they are read, unpacked where they are packed with gzip, bzip2 or xz."""

import bz2
import io
import lzma
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

BUFFER_BYTES: Final = 1 << 20
"""Kept of a stream."""

HEAD_BYTES: Final = 8192
"""Looked at to tell what a file is."""

GZIP_WBITS: Final = 31
"""zlib's way to say: a gzip header and trailer, checksum verified."""

_PACKED: Final = {
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
    b"\x1f\x9d": "compress",
    b"\x04\x22\x4d\x18": "lz4",
}
"""Magic numbers of what is not unpacked here."""


class UnreadableError(Exception):
    """This input cannot be read, or not to its end; the message says why and quotes nothing of it."""


def unpacked(stored: Any, head: bytes) -> tuple[Any, bool]:
    """Return the stream of what is packed in a stream, and whether it was packed at all.

    Raises:
        UnreadableError: packed in a way that is not unpacked here.
    """
    packed = next((name for magic, name in _PACKED.items() if head.startswith(magic)), None)
    if packed:
        raise UnreadableError(f"is packed with {packed}; unpack it first")
    if head.startswith(b"\x1f\x8b"):
        return io.BufferedReader(_Gunzip(stored), BUFFER_BYTES), True
    if head.startswith(b"BZh"):
        return io.BufferedReader(bz2.BZ2File(stored), BUFFER_BYTES), True
    if head.startswith(b"\xfd7zXZ\0"):
        return io.BufferedReader(lzma.LZMAFile(stored), BUFFER_BYTES), True
    return stored, False


def peek(stream: Any) -> bytes:
    """Return the first bytes of a stream without taking them."""
    with damage():
        head: bytes = stream.peek(HEAD_BYTES)[:HEAD_BYTES]
        return head


@contextmanager
def damage() -> Iterator[None]:
    """Turn what the unpackers raise into `UnreadableError`."""
    try:
        yield
    except EOFError:
        raise UnreadableError("the compressed data end too early") from None
    except (zlib.error, lzma.LZMAError):
        raise UnreadableError("the compressed data are damaged") from None
    except OSError as error:
        if type(error) is not OSError or error.errno is not None:  # a disk, or a connection that ended
            raise
        raise UnreadableError("the compressed data are damaged") from None  # as bz2 says it


class Counted(io.RawIOBase):
    """A binary stream that counts what is read, and gives what is there instead of waiting for a full block."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._read = getattr(raw, "read1", raw.read)
        self.size_bytes = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, into: Any) -> int:
        """Fill a buffer with what is there; return how much that is."""
        block: bytes = self._read(len(into))
        into[: len(block)] = block
        self.size_bytes += len(block)
        return len(block)

    def close(self) -> None:
        """Close the stream below, unless it is stdin."""
        if not self.closed and self._raw is not sys.stdin.buffer:
            self._raw.close()
        super().close()


class _Gunzip(io.RawIOBase):
    """Unpacks gzip, of one member or several; unlike `gzip` it gives what there is before it says that it is cut."""

    def __init__(self, stored: io.BufferedReader) -> None:
        self._stored = stored
        self._inflate = zlib.decompressobj(GZIP_WBITS)
        self._rest = b""
        self._is_open = False

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        while True:
            packed = self._rest or self._stored.read1(BUFFER_BYTES)
            if not packed:
                if self._is_open:
                    raise EOFError
                return 0
            if not self._is_open and not packed.strip(b"\0"):
                self._rest = b""  # padding behind the last member
                continue
            self._is_open = True
            text = self._inflate.decompress(packed, len(into))
            self._rest = self._inflate.unconsumed_tail
            if self._inflate.eof:
                self._rest = self._inflate.unused_data
                self._inflate, self._is_open = zlib.decompressobj(GZIP_WBITS), False
            if text:
                into[: len(text)] = text
                return len(text)
