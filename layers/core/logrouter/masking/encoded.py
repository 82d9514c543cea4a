"""Base64 runs in text: decoded apart, and masked whole where they hide something."""

import base64
import binascii
import re
import zlib
from collections.abc import Callable, Iterator

from logrouter.masking.edits import SECRET, Edit

_ASCII = "[I-Za-f][C-HS-Xi-ny-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
_HANGUL = "[67][I-LY-bo-r4-7][CGKOSWaeimquy26+-][A-Za-z0-9+/_-]"

TEXT_RUN = f"(?:{_ASCII}|{_HANGUL})(?:{_ASCII}|{_HANGUL})(?:{_ASCII}|{_HANGUL})"
"""Three groups of four that decode to printable ASCII or Hangul: a random run matches once in 2,000 positions."""

GZIP_RUN = "H4sI[A-Za-z0-9+/_-]{12}"

DECODED_LIMIT_BYTES = 1_000_000
"""A compressed run is read this far."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_RUN = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_STARTS = re.compile(f"{TEXT_RUN}|{GZIP_RUN}")


def find_encoded(text: str, hides_something: Callable[[str], bool]) -> Iterator[Edit]:
    """Yield an edit for every base64 run whose decoded text `hides_something`."""
    for run in _RUN.finditer(text):
        start = _STARTS.search(text, run.start(), run.end())
        if start is None:
            continue
        begin = start.start() - (start.start() - run.start()) // 4 * 4
        if _hides(text[begin : run.end()], hides_something):
            yield Edit(begin, run.end(), SECRET, "encoded")
        elif begin != start.start() and _hides(text[start.start() : run.end()], hides_something):
            yield Edit(start.start(), run.end(), SECRET, "encoded")


def _hides(run: str, hides_something: Callable[[str], bool]) -> bool:
    decoded = _decoded(run)
    return bool(decoded) and hides_something(decoded)


def _decoded(run: str) -> str:
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    body = body[: len(body) - (len(body) % 4 == 1)]
    try:
        octets = base64.b64decode(body + "=" * (-len(body) % 4))
    except binascii.Error:
        return ""
    if octets[:2] == b"\x1f\x8b":
        octets = _inflated(octets)
    text = octets.decode("utf-8", "replace")
    strange = text.count("\ufffd") + len(_CONTROL.findall(text))
    return text if strange * 16 <= len(text) + 16 else ""


def _inflated(octets: bytes) -> bytes:
    try:
        return zlib.decompressobj(31).decompress(octets, DECODED_LIMIT_BYTES)
    except zlib.error:
        return b""
