"""Join texts that were masked piece by piece: what is masked at the border of one goes on in the next. Pure."""

import re
from collections.abc import Iterable
from typing import Final

_MASK: Final = "***MASKED***"
_MASKED_HEAD: Final = re.compile(r"\*\*\*MASKED\*\*\*|[^\s@*]{0,4}\*\*+@")
"""How a piece begins whose first word is masked: what the piece before ends with may be the beginning of that word."""

_WORD_ENDS: Final = frozenset(" \t\r\n\"'`<>()[]{}=:,;")
"""What ends a word of an answer; a secret holds none of these more often than not."""


def glued(pieces: Iterable[str]) -> str:
    """Join the texts of chunks. A word masked up to the border of its chunk goes on in the next one: hide it all."""
    parts: list[str] = []
    is_torn = False
    for piece in pieces:
        rest = piece[_word_chars(piece) :] if is_torn else piece
        if _MASKED_HEAD.match(rest):
            _drop_last_word(parts)
        if rest:
            parts.append(rest)
        is_torn = rest.endswith(_MASK) or (is_torn and not rest)
    return "".join(parts)


def _word_chars(text: str) -> int:
    """Return how many characters of a word a text begins with."""
    return next((at for at, char in enumerate(text) if char in _WORD_ENDS), len(text))


def _drop_last_word(parts: list[str]) -> None:
    while parts and not parts[-1].endswith(_MASK):
        kept = parts[-1][: len(parts[-1]) - _word_chars(parts[-1][::-1])]
        if kept:
            parts[-1] = kept
            return
        parts.pop()
