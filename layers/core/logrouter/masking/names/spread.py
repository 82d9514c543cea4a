"""Identifiers that are spread over blanks and lines behind a name: `businessNo=123 - 45 - 67890`, a CI cut in two.

A bare value ends at the first blank. Here it goes on, part by part, until it is what its name promises.
"""

import re

from logrouter.masking.values.keyed import masked_value
from logrouter.masking.values.keys import Verdict

PARTS_LIMIT = 8
"""An identifier of more parts is none; a CI in lines of 20 characters has five."""

_DIGITS = re.compile(r"[0-9]{1,14}")
_LETTERED = re.compile(r"[0-9A-Z]{1,14}")
_PLATED = re.compile(r"[0-9]{1,4}[\uac00-\ud7a3]?|[\uac00-\ud7a3]{1,2}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{4,88}={0,2}|={1,2}")
_LOCAL = re.compile(r"@?[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@?|@")
_DIALLED = re.compile(r"\+?\(?[0-9]{1,12}\)?")

_PARTS = {
    "business": _DIGITS,
    "corporate": _DIGITS,
    "health": _DIGITS,
    "licence": _DIGITS,
    "resident": _DIGITS,
    "account": _DIGITS,
    "grouped_account": _DIGITS,
    "iban": _LETTERED,
    "passport": _LETTERED,
    "plate": _PLATED,
    "ci": _BASE64,
    "di": _BASE64,
    "email": _LOCAL,
    "phone": _DIALLED,
}
"""What the parts of an identifier look like, by the check of its rule."""

_LINE = r"[ \t]{0,8}\r?\n(?!(?:19|20)[0-9]{2}[-/.]?[0-9]{2}[-/.]?[0-9]{2}(?![0-9]))[ \t]{0,16}"
"""A line break, unless the next line begins with a date: then it is the next line of the log."""

_MARKED = re.compile(rf"[ \t]{{0,4}}[-./][ \t]{{0,4}}(?:{_LINE})?|{_LINE}[-./][ \t]{{0,4}}|{_LINE}|[ \t]{{1,4}}")
_BROKEN = re.compile(_LINE)
_WHOLE = frozenset({"ci", "di", "email"})
"""Checks of values that hold no marks between parts: only a line break may cut them."""

_WORD_GOES_ON = re.compile(r"[0-9A-Za-z]")
_DATED = re.compile(r"(?:19|20)[0-9]{2}\s?[-/.]\s?[0-9]{1,2}\s?[-/.]\s?[0-9]{1,2}(?![0-9])")


def spread_value(text: str, at: int, verdict: Verdict) -> tuple[int, str] | None:
    """Return where the identifier that begins at `at` ends, and its mask; None when no such one is spread there."""
    shape = _PARTS.get(verdict.check)
    part = shape.match(text, at) if shape else None
    if shape is None or part is None or _DATED.match(text, at):
        return None
    if verdict.check == "phone" and part[0][0] != "+":
        return None  # any other phone is known by its shape alone
    gaps = _BROKEN if verdict.check in _WHOLE else _MARKED
    found: tuple[int, str] | None = None
    mark = ""
    for _ in range(PARTS_LIMIT):
        gap = gaps.match(text, part.end())
        after = shape.match(text, gap.end()) if gap else None
        goes_on = found is None or verdict.check == "phone" or (mark and gap is not None and gap[0].strip() == mark)
        if gap is None or after is None or not goes_on:
            break
        part, mark = after, gap[0].strip()
        if _WORD_GOES_ON.match(text, part.end()):
            break
        new = masked_value(text[at : part.end()], verdict)
        if new is not None:
            found = part.end(), new
    return found
