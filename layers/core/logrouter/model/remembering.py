"""Remembers what a pure function made of short texts: names, files and routes are the same from record to record."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final

REMEMBERED: Final = 1024
"""Texts a function remembers."""

REMEMBERED_CHARS: Final = 300
"""A longer text is worked on anew each time, so that no log fills the memory: a function keeps at most 1 MB or so."""


def remembered[T](function: Callable[[str], T]) -> Callable[[str], T]:
    """Return the function with a memory for the last short texts. What it returns must not be changed by anyone."""
    known = lru_cache(REMEMBERED)(function)

    @wraps(function)
    def remembering(text: str) -> T:
        return known(text) if len(text) <= REMEMBERED_CHARS else function(text)

    return remembering
