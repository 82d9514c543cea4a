"""Compressed data: read as far as a text may go, gzip member by member; what goes on behind that is called unread."""

import zlib

DECODED_LIMIT_BYTES = 1_000_000
"""So much is read of all that is compressed in one record."""

INFLATION_LIMIT = 50
"""A run is read up to so many times its length and `INFLATION_FREE_BYTES`: logs hold less, a bomb a thousand times."""

INFLATION_FREE_BYTES = 20_000

MEMBERS_LIMIT = 1_000
"""gzip members of one run; shippers of logs write one for each batch."""

_GZIP = b"\x1f\x8b"
_ZLIB = frozenset({b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"})
_EITHER_WBITS = 47
"""zlib's way to say: a header of gzip or of its own, whichever there is."""


def is_compressed(octets: bytes) -> bool:
    """Say whether bytes begin as gzip or zlib do."""
    return octets[:2] == _GZIP or octets[:2] in _ZLIB


DECODED_LIMIT_CHARS = 8_000_000
"""So much decoded text of one record is looked at, all layers together: eight times the largest log event."""


class Opening:
    """What may be opened of one record: its encoded and compressed runs, those inside them too, share it.

    Without it a run that holds fifty runs that hold fifty more would cost more with each layer than the log is worth.
    """

    def __init__(self) -> None:
        self._room = DECODED_LIMIT_BYTES
        self._chars = DECODED_LIMIT_CHARS

    def spend(self, chars: int) -> bool:
        """Say whether so much more decoded text may be looked at."""
        self._chars -= chars
        return self._chars >= 0

    def inflate(self, octets: bytes) -> bytes | None:
        """Return what was compressed, as far as it is whole; None when there is more than is read."""
        room = min(self._room, INFLATION_LIMIT * len(octets) + INFLATION_FREE_BYTES)
        parts: list[bytes] = []
        for _ in range(MEMBERS_LIMIT):
            engine = zlib.decompressobj(_EITHER_WBITS)
            try:
                part = engine.decompress(octets, max(room, 1))
            except zlib.error:
                return b"".join(parts)
            parts.append(part)
            room -= len(part)
            self._room -= len(part)
            if room <= 0 or engine.unconsumed_tail:
                return None
            octets = engine.unused_data
            if octets[:2] != _GZIP:
                return b"".join(parts)
        return None
