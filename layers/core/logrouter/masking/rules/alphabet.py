"""Classes of characters as bit sets over an alphabet of samples, so that two of them can be compared at once."""

import re
from functools import cache
from re import _constants as code  # type: ignore[attr-defined]
from typing import Any

SAMPLES = "".join(map(chr, range(128))) + "\u00a0\u00e9\u0130\u3042\uac00\ud7a3\uff10\uff21\U0001f600"
"""ASCII, and one of each kind of other letter, digit, blank and mark that patterns for logs tell apart."""

ALL = (1 << len(SAMPLES)) - 1
_CATEGORIES: dict[Any, str] = {
    code.CATEGORY_DIGIT: r"\d",
    code.CATEGORY_NOT_DIGIT: r"\D",
    code.CATEGORY_SPACE: r"\s",
    code.CATEGORY_NOT_SPACE: r"\S",
    code.CATEGORY_WORD: r"\w",
    code.CATEGORY_NOT_WORD: r"\W",
}
_OTHERS = SAMPLES[128:]


def chars_of(kind: Any, argument: Any, *, ignores_case: bool) -> int | None:
    """Return the samples that one element of a parsed pattern reads; None for one that reads no character.

    A character beyond ASCII counts as all of them: whether two such classes overlap is a question of taste.
    """
    if kind in {code.AT, code.ASSERT, code.ASSERT_NOT}:
        return None
    if kind is code.NOT_LITERAL:
        return ALL & ~_char(argument, ignores_case=ignores_case) | _bits(_OTHERS)
    if kind is code.IN:
        negated = argument[0][0] is code.NEGATE
        found = 0
        for one, inner in argument[negated:]:
            found |= _member(one, inner, ignores_case=ignores_case)
        return ALL & ~found | _bits(_OTHERS) if negated else found
    return _member(kind, argument, ignores_case=ignores_case)


def _member(kind: Any, argument: Any, *, ignores_case: bool) -> int:
    if kind is code.LITERAL:
        return _char(argument, ignores_case=ignores_case)
    if kind is code.RANGE:
        low, high = argument
        found = 0
        for number in range(low, min(high, 127) + 1):
            found |= _char(number, ignores_case=ignores_case)
        return found | (_bits(_OTHERS) if high > 127 else 0)
    return _category(_CATEGORIES[argument]) if kind is code.CATEGORY else ALL


def _char(number: int, *, ignores_case: bool) -> int:
    if number > 127:
        return _bits(_OTHERS)
    char = chr(number)
    return _bits(char.lower() + char.upper()) if ignores_case else 1 << number


@cache
def _category(source: str) -> int:
    return _bits(re.findall(source, SAMPLES, re.ASCII))


def _bits(chars: "str | list[str]") -> int:
    found = 0
    for char in chars:
        at = SAMPLES.find(char)
        found |= 1 << at if at >= 0 else 0
    return found


BLANKS = _bits(" \t\r\n\f\v")
"""White space of ASCII."""
