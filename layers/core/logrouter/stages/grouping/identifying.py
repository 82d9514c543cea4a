"""Tells the ids in a word from its words: `orders-api-7d9f8b6c5d-x2k4j` is `orders-api` and an id. Pure text."""

import re
from itertools import pairwise
from typing import Final

from logrouter.model.remembering import remembered

_HEX: Final = re.compile(r"[0-9a-fA-F]+", re.ASCII)
_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", re.ASCII)
_RANDOM_NAME: Final = re.compile(r"[bcdfghjklmnpqrstvwxz2456789]{5}", re.ASCII)
"""The last part of a pod's name (Kubernetes, `rand.SafeEncodeString`)."""

_POD_END: Final = re.compile(r"[a-z0-9]{5}", re.ASCII)
_KNOWN: Final = re.compile(
    r"(?:sha|md|int|uint|float|base|utf|latin|h|mp|x|arm|amd|win|iso|cp|rsa|aes|ed|curve|argon|ipv|oauth|http|es|log|ec|s"
    r"|java|node|python|py|go|v|p|neo|boto|psycopg|urllib|web|auth|k8s|i18n|l10n|log4j|x86)\d*[a-z]?\d*",
    re.IGNORECASE | re.ASCII,
)
"""Names that end in a number of their own."""

_NUMBERED: Final = re.compile(r"([a-z]{2,})(\d{3,})", re.ASCII)
"""`user4711`: a name and a number."""

_CODED: Final = re.compile(r"([A-Z]{1,5})(\d{6,})", re.ASCII)
"""`ORD20261120001`; with fewer digits it may be the code of an error (`E11000`)."""

_SHORT_HEX: Final = re.compile(r"(?=\d*[a-f])[0-9a-f]{6,7}", re.ASCII)
"""`req-8f2a1c`: behind a prefix fewer digits will do."""

_VERSION: Final = re.compile(r"v\d+(?:\.\d+)*", re.IGNORECASE | re.ASCII)
_LOWER_RUN: Final = re.compile(r"[a-z]{4}")
_PART: Final = re.compile(r"[^_-]+")
_WORD: Final = re.compile(r"[0-9A-Za-z_-]+")

SEGMENT_LIMIT_CHARS: Final = 40
"""A longer segment of a path is no name."""


def id_spans(word: str) -> list[tuple[int, int]]:
    """Return which parts of a word are ids or numbers, from start to end; neighbours are one.

    Args:
        word: ASCII letters, digits, `_` and `-`.
    """
    parts = [found.span() for found in _PART.finditer(word)]
    if len(parts) > 1 and (tail := _random_tail(word, parts)):
        return [tail]
    spans: list[tuple[int, int]] = []
    for number, (start, end) in enumerate(parts):
        behind_id = bool(spans) and spans[-1][1] == start - 1
        found = _span_in(
            word[start:end], is_later=number > 0, is_last=0 < number == len(parts) - 1, behind_id=behind_id
        )
        if found is None:
            continue
        first, last = start + found[0], start + found[1]
        if spans and first == start and spans[-1][1] == start - 1:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first, last))
    return spans


@remembered
def is_id_segment(segment: str) -> bool:
    """Tell whether a segment of a path is an id: a number, a hash, a masked or encoded value; no version, no word."""
    if not segment or segment[0] in "{:<[" or segment == "*" or _VERSION.fullmatch(segment):
        return False
    if len(segment) > SEGMENT_LIMIT_CHARS or any(mark in segment for mark in "*@%"):
        return True
    return any(id_spans(word) for word in _WORD.findall(segment) if not _VERSION.fullmatch(word))


def is_random(text: str) -> bool:
    """Tell whether a text of letters and digits was drawn, not written: a number, a hash, a ULID, a token."""
    digits = sum(character.isdecimal() for character in text)
    if not digits:
        return len(text) >= 20 and _turns(text) * 3 >= len(text)
    if _HEX.fullmatch(text):
        return digits == len(text) or len(text) >= 8 or (len(text) == 7 and digits > 1)
    return bool(_ULID.fullmatch(text)) or _is_token(text, digits)


def _is_token(text: str, digits: int) -> bool:
    """Tell whether letters and digits are mixed as nobody writes them: the shorter, the more mixed they have to be."""
    has_both_cases = text.lower() != text and text.upper() != text
    is_mixed = has_both_cases or digits * 3 >= len(text) or (text.isupper() and len(text) >= 16)
    if len(text) >= 12 and digits >= (2 if len(text) >= 16 else 3):
        return is_mixed
    return len(text) >= 8 and digits >= 2 and has_both_cases and _turns(text) >= 4 and not _LOWER_RUN.search(text)


def _random_tail(word: str, parts: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the span of an id that has `_` or `-` inside (base64url), behind a prefix of letters if it has one."""
    first = word[parts[0][0] : parts[0][1]]
    start = parts[1][0] if first.isalpha() and (first.islower() or first.isupper()) else parts[0][0]
    tail = word[start:]
    bare = tail.replace("-", "").replace("_", "")
    is_drawn = len(bare) >= 12 and bare.lower() != bare and bare.upper() != bare and not _LOWER_RUN.search(tail)
    return (start, len(word)) if is_drawn and is_random(bare) else None


def _span_in(part: str, *, is_later: bool, is_last: bool, behind_id: bool) -> tuple[int, int] | None:
    """Say what of one part of a word is an id or a number; None when it is a word."""
    if found := _CODED.fullmatch(part):
        return found.span(2)
    if is_random(part):
        return (0, len(part))
    if is_later and _SHORT_HEX.fullmatch(part) and sum(character.isdecimal() for character in part) > 1:
        return (0, len(part))
    has_digit = any(character.isdecimal() for character in part)
    if is_last and ((has_digit and _RANDOM_NAME.fullmatch(part)) or (behind_id and _POD_END.fullmatch(part))):
        return (0, len(part))
    if _KNOWN.fullmatch(part):
        return None
    found = _NUMBERED.fullmatch(part)
    return found.span(2) if found else None


def _turns(text: str) -> int:
    """Count how often a text turns between small letters, capitals and digits."""
    kinds = [0 if character.isdecimal() else 1 if character.islower() else 2 for character in text]
    return sum(left != right for left, right in pairwise(kinds))
