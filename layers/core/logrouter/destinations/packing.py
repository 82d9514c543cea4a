"""Packs the body of a request: always the same bytes, and as fast as the installed engine allows."""

import gzip

try:
    from isal import igzip
except ImportError:  # functions that only split and hand over do without
    igzip = None  # type: ignore[assignment]


def gzipped(body: bytes) -> bytes:
    """Return a body as gzip. ISA-L's level 2 takes a third of the time of zlib's level 6, for 5 % more bytes."""
    return gzip.compress(body, 6, mtime=0) if igzip is None else bytes(igzip.compress(body, 2, mtime=0))
