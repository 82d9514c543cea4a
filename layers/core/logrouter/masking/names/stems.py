"""Where the names of key rules may stand in a text: found by RE2 where it is installed, read by `re`.

The stems of all names are one pattern of hundreds of alternatives. `re` tries them at every character, which is most of
what a line of text costs; RE2 jumps to where the next one begins. Both say the same.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from logrouter.masking.linear import re2_module, re2_options

NEAR_CHARS = 32
"""What is shorter than this is read faster than it is jumped over."""

NEAR_LIMIT = 3
"""So many jumps may be that short; then names stand close together, and `re` reads on from one to the next."""

type Jump = Callable[[bytes, int], Any]
"""(text, from where) -> the next match."""


class Stems:
    """The stems of the names of key rules.

    Args:
        source: their pattern for lower-case text.
        whole: names that count only as whole words, as a pattern that `re` alone can read; empty for none.
        engine: `re2` or `re`; by default RE2 where it is installed.
    """

    def __init__(self, source: str, whole: str = "", engine: str | None = None) -> None:
        self._source = source
        self._engine = "re" if whole or not source else engine
        self._pattern = re.compile("|".join(filter(None, [source, whole])) or r"(?!)")
        self._jump: Jump | None = None

    def find(self, text: str) -> Iterator[re.Match[str]]:
        """Yield the places where a name may stand, as matches in the text in lower case."""
        lowered = _lower(text)
        if len(text) > NEAR_CHARS and self._engine != "re":
            return self._find_by_jumps(lowered)
        return self._pattern.finditer(lowered)

    def _find_by_jumps(self, lowered: str) -> Iterator[re.Match[str]]:
        jump = self._jump
        if jump is None:
            jump = self._jump = _jump(self._source)
            if jump is None:
                self._engine = "re"
        try:
            encoded = lowered.encode()
        except UnicodeError:  # a lone surrogate
            jump = None
        if jump is None:
            yield from self._pattern.finditer(lowered)
            return
        is_ascii = len(encoded) == len(lowered)
        at = octet = 0
        near = 0
        while near < NEAR_LIMIT and len(lowered) - at > NEAR_CHARS:
            place = jump(encoded, octet)
            if place is None:
                return
            first = place.start()
            near += first - octet < NEAR_CHARS
            at += first - octet if is_ascii else len(encoded[octet:first].decode())
            stem = self._pattern.match(lowered, at)
            if stem is None:
                break
            yield stem
            octet = first + (stem.end() - at if is_ascii else len(stem[0].encode()))
            at = stem.end()
        yield from self._pattern.finditer(lowered, at)


@lru_cache(maxsize=8)
def _jump(source: str) -> Jump | None:
    """Return what finds the next place; rule sets with the same names share it (about 2 MB on ordinary text)."""
    re2 = re2_module()
    if re2 is None:
        return None
    # What is a blank to `re` is more than to RE2: where that stands, anything may.
    found: Jump = re2.compile(source.replace(r"\s", "[^0-9A-Za-z]").encode(), re2_options(re2)).search
    return found


def _lower(text: str) -> str:
    """Lower a text without moving its characters (a few Unicode letters become two)."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(char.lower() if char.isascii() else char for char in text)
