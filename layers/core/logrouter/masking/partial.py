"""Partial masks: what of an identifier stays readable. The four specified shapes are exact."""

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


MASKS = {
    "secret": mask_secret,
    "resident": mask_resident,
    "card": mask_card,
    "local_part": mask_local_part,
    "foreign": mask_foreign,
}
"""The masks that a rule may name."""
