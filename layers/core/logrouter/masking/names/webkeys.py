"""JSON Web Keys printed as something else than JSON, which the walk reads: `{'kty': 'oct', 'k': 'c3lt...'}`."""

import re
from collections.abc import Iterator

from logrouter.masking.edits import SECRET, Edit
from logrouter.masking.trees.shapes import JWK_PRIVATE

_KTY = re.compile(r"\bkty[\\\"']*\s{0,4}[:=]")
_PART = re.compile(
    rf"(?<![\w$.-])(?:{'|'.join(sorted(JWK_PRIVATE, key=len, reverse=True))})\\*[\"']?\s{{0,4}}(?:=>|[:=])\s{{0,4}}"
    r"\\*[\"']?(?P<v>[A-Za-z0-9_-]{8,4000}+)(?![A-Za-z0-9_%.])"
)
REACH_CHARS = 8_000
"""The parts of a key stand so near its type: a key of RSA with 4,096 bits has 3,200 characters."""


def find_key_parts(text: str) -> Iterator[Edit]:
    """Yield an edit for every private part of a key around its `kty`."""
    done = 0
    for kty in _KTY.finditer(text):
        for part in _PART.finditer(text, max(done, kty.start() - REACH_CHARS), kty.end() + REACH_CHARS):
            done = part.end()
            yield Edit(*part.span("v"), SECRET, "key.jwk")
        done = max(done, min(kty.end() + REACH_CHARS, len(text)))
