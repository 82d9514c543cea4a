"""What a team's pattern would cost: judged from its form alone, so that a slow rule is refused before it meets a log.

Two traps: counted repeats of wide classes, which exhaust the automaton of the prefilter (it then falls back to an
engine thirty times slower), and a repeat inside a repeat with nothing between, where `re` tries every way to divide a
text.
"""

import re
from collections.abc import Iterable, Sequence
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

PROGRAM_LIMIT = 500
"""Instructions of a gate in RE2. `EMP-[0-9]{6}` has 14, the counted repeats `[\\w.-]{1,64}@[\\w.-]{1,190}` 1,300."""

MANY = 16
"""A repeat of so many or more counts as one without end."""

_REPEATS = frozenset({code.MAX_REPEAT, code.MIN_REPEAT})
_CATEGORIES: dict[Any, re.Pattern[str]] = {
    code.CATEGORY_DIGIT: re.compile(r"\d", re.ASCII),
    code.CATEGORY_NOT_DIGIT: re.compile(r"\D", re.ASCII),
    code.CATEGORY_SPACE: re.compile(r"\s", re.ASCII),
    code.CATEGORY_NOT_SPACE: re.compile(r"\S", re.ASCII),
    code.CATEGORY_WORD: re.compile(r"\w", re.ASCII),
    code.CATEGORY_NOT_WORD: re.compile(r"\W", re.ASCII),
}


def is_heavy_gate(gate: str) -> bool:
    """Say whether a gate needs a larger automaton than the prefilter of all rules can bear; False without RE2."""
    try:
        import re2  # noqa: PLC0415 - see Prefilter
    except ImportError:
        return False
    return bool(re2.compile(gate).programsize > PROGRAM_LIMIT)


def backtracks(source: str) -> bool:
    """Say whether a pattern repeats a repeat with nothing between that ends a round: `(a+)+`, `(.*,)*`."""
    return _explodes(_parser.parse(source, re.ASCII))


def _explodes(tree: Iterable[Any]) -> bool:
    for kind, argument in tree:
        if kind in _REPEATS and argument[1] >= MANY and _is_ambiguous(argument[2]):
            return True
        if any(_explodes(part) for part in _parts(kind, argument)):
            return True
    return False


def _parts(kind: Any, argument: Any) -> Sequence[Any]:
    """Return the patterns inside one element."""
    if kind in _REPEATS or kind is code.POSSESSIVE_REPEAT:
        return [argument[2]]
    if kind is code.SUBPATTERN:
        return [argument[3]]
    if kind is code.BRANCH:
        return list(argument[1])
    return [argument] if kind is code.ATOMIC_GROUP else []


def _flat(tree: Iterable[Any]) -> list[Any]:
    """Return the elements of a sequence, groups opened."""
    flat: list[Any] = []
    for kind, argument in tree:
        flat += _flat(argument[3]) if kind is code.SUBPATTERN else [(kind, argument)]
    return flat


def _is_ambiguous(body: Iterable[Any]) -> bool:
    elements = _flat(body)
    inner = [argument[2] for kind, argument in elements if kind in _REPEATS and argument[1] >= MANY]
    marks = [argument for kind, argument in elements if kind is code.LITERAL]
    return bool(inner) and not any(all(not _may_read(repeated, mark) for repeated in inner) for mark in marks)


def _may_read(tree: Iterable[Any], char: int) -> bool:
    """Say whether a repeated element may read a character (when in doubt: yes)."""
    return any(_reads(kind, argument, char) for kind, argument in _flat(tree))


def _reads(kind: Any, argument: Any, char: int) -> bool:
    if kind is code.LITERAL:
        return bool(argument == char)
    if kind is code.NOT_LITERAL:
        return bool(argument != char)
    if kind is code.RANGE:
        return bool(argument[0] <= char <= argument[1])
    if kind is code.CATEGORY:
        return bool(_CATEGORIES[argument].match(chr(char)))
    if kind is code.IN:
        negated = argument[0][0] is code.NEGATE
        return any(_reads(one, inner, char) for one, inner in argument[negated:]) is not negated
    return True
