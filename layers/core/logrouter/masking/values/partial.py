"""Partial masks: what of an identifier stays readable. The four specified shapes are exact."""

import re
from collections.abc import Callable

from logrouter.masking.edits import SECRET

DIAL_CODES_OF_ONE = frozenset("17")
DIAL_CODES_OF_TWO = frozenset(
    """
    20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82
    84 86 90 91 92 93 94 95 98
    """.split()  # noqa: SIM905 - a word list reads best as words
)
"""ITU-T E.164 country codes of one and two digits; every other code has three (checked 2026-11-20)."""


def mask_phone(*groups: str) -> str:
    """Keep the first and the last group: `010-****-5678`."""
    first, *middle, last = groups
    return "-".join([first, *("*" * len(group) for group in middle), last])


def mask_resident(digits: str) -> str:
    """Keep the birth date: `900101-*******`."""
    return f"{digits[:6]}-*******"


def mask_card(digits: str) -> str:
    """Keep four and four: `1234-****-****-3456`; other lengths keep theirs, in one group of stars."""
    if len(digits) == 16:
        return f"{digits[:4]}-****-****-{digits[-4:]}"
    return f"{digits[:4]}-{'*' * (len(digits) - 8)}-{digits[-4:]}"


def mask_local_part(local: str) -> str:
    """Keep two characters of an e-mail's local part, none of one that has two or fewer: `us**`, `**`."""
    return f"{local[:2]}**" if len(local) > 2 else "**"


def mask_foreign(digits: str) -> str:
    """Keep country code and the last four digits of an international number: `+1-******-4567`."""
    code = 1 if digits[0] in DIAL_CODES_OF_ONE else 2 if digits[:2] in DIAL_CODES_OF_TWO else 3
    return f"+{digits[:code]}-{'*' * (len(digits) - code - 4)}-{digits[-4:]}"


def mask_secret(_value: str) -> str:
    """Hide everything."""
    return SECRET


SHORTEST_KEPT = 8
"""Of a shorter value no character is kept: what stays must not be half of it."""

LONGEST_SHOWN = 200
"""A longer value is no identifier, and is hidden whole."""

_UNSAFE = re.compile(r"[^0-9A-Za-z\uac00-\ud7a3._+@:/ -]")
_ALNUM = re.compile(r"[^\W_]")


def _safe(kept: str) -> str:
    """Return what is kept of a value without anything that could end a string where it goes back into."""
    return _UNSAFE.sub("*", kept)


def mask_last4(value: str) -> str:
    """Keep four characters at the end: `****1234`."""
    if "***" in value:
        return value
    return f"****{_safe(value[-4:])}" if len(value) >= SHORTEST_KEPT else SECRET


def mask_first2(value: str) -> str:
    """Keep two characters in front: `ab****`."""
    if "***" in value:
        return value
    return f"{_safe(value[:2])}****" if len(value) >= SHORTEST_KEPT else SECRET


def mask_stars(value: str) -> str:
    """Put a star for each letter and digit; separators and length stay: `***-**-****`."""
    return _safe(_ALNUM.sub("*", value)) if len(value) <= LONGEST_SHOWN else SECRET


def _of_digits(mask: Callable[[str], str], least: int, most: int) -> Callable[[str], str]:
    """Let a mask of numbers have numbers of its length only; anything else is hidden whole."""

    def masked(value: str) -> str:
        digits = _NOT_DIGIT.sub("", value)
        fits = least <= len(digits) <= most and not _LETTER.search(value)
        return mask(digits) if fits else SECRET

    return masked


def _mask_address(value: str) -> str:
    """Mask an e-mail address, or a local part alone."""
    local, sign, domain = value.strip().partition("@")
    return f"{_safe(mask_local_part(local))}{sign}{_safe(domain)}"


def _mask_any_phone(value: str) -> str:
    groups = re.findall(r"[0-9]+", value)
    if len(groups) >= 3:
        return ("+" if value.strip().startswith("+") else "") + mask_phone(*groups)
    return _of_digits(lambda digits: mask_phone(digits[:3], digits[3:-4], digits[-4:]), 9, 15)(value)


_NOT_DIGIT = re.compile(r"[^0-9]")
_LETTER = re.compile(r"[^\W\d_]")

MASKS: dict[str, Callable[[str], str]] = {
    "secret": mask_secret,
    "quoted_secret": mask_secret,
    "resident": _of_digits(mask_resident, 13, 13),
    "card": _of_digits(mask_card, 13, 19),
    "phone": _mask_any_phone,
    "local_part": _mask_address,
    "foreign": _of_digits(mask_foreign, 9, 15),
    "last4": mask_last4,
    "first2": mask_first2,
    "stars": mask_stars,
}
"""The masks that a rule may name; those of `people` and `pseudonyms` come to them."""
