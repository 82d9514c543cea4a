"""Identifiers made of digits: one scanner over digit groups, then classification in code.

Phones, resident numbers, cards, licences: found by the lengths of their groups, the separators between them, prefix,
date, check digit, and the label in front. Works on folded text (ASCII digits and dashes).
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from logrouter.masking.edits import Edit
from logrouter.masking.identifiers.digit_groups import (
    ALNUM,
    DIAL_PREFIXES,
    MOBILE,
    NATIONAL,
    Found,
    Group,
    ends_clean,
    read_groups,
)
from logrouter.masking.identifiers.number_shapes import OUTLINES, ZERO_LED, classify_grouped
from logrouter.masking.values.checks import is_birth_date, is_card_number, resident_check_holds
from logrouter.masking.values.partial import mask_card, mask_foreign, mask_phone, mask_resident

LABEL_REACH = 40
"""A label may stand this many characters in front of a bare number."""

SHORTEST_NUMBER = 9
"""A bare number of fewer digits is no identifier, whatever its label."""

_DIGITS = re.compile(r"([0-9]+)")
_RESIDENT_LABEL = re.compile(
    r"(?i)주민|외국인\s?등록|거소\s?신고|생년월일|resident|\brrn|\bfrn|jumin|\bssn|registration\s?n|social.?security|foreigner|alien"
)
_CARD_LABEL = re.compile(r"(?i)카드|card|\bpan\b|visa|mastercard|amex|결제\s?수단")


def find_numbers(text: str, label: str = "", *, is_number: bool = False) -> Iterator[Edit]:
    """Yield an edit for every identifier made of digits.

    Args:
        text: folded text.
        label: the key above the text; it counts as a label in front of it.
        is_number: the text is a JSON number: separators mean nothing in it.
    """
    if is_number:
        text = text.removesuffix(".0")
        groups = [Group(text, 0, len(text), None)] if len(text) >= SHORTEST_NUMBER and text.isdigit() else []
        places = [0] if groups else []
    else:
        parts = _DIGITS.split(text)
        places = _candidates(parts[1::2])
        groups = read_groups(parts, places) if places else []
    floor = 0
    for at in places:
        found = _classify(text, groups, at, label, is_number=is_number) if at >= floor else None
        if found is None:
            continue
        last = groups[at + found.groups - 1]
        # An area code in brackets goes with both of them.
        is_bracketed = found.groups > 1 and (groups[at].gap or "").startswith(")")
        lead = found.lead or int(is_bracketed and text[groups[at].start - 1 : groups[at].start] == "(")
        yield Edit(groups[at].start - lead, last.end, found.new, found.rule)
        floor = at + found.groups


def _candidates(digits: list[str]) -> list[int]:
    """Return which groups an identifier may begin with, by their lengths: a few of the many in a line of a log."""
    sizes = [*map(len, digits), 0, 0]
    found = [
        at
        for at, (size, second) in enumerate(pairwise(sizes[:-1]))
        if size >= SHORTEST_NUMBER
        or (
            (thirds := OUTLINES.get((size, second))) is not None
            and (not thirds or sizes[at + 2] in thirds)
            and (digits[at][0] == "0" or (size, second) not in ZERO_LED)
        )
    ]
    if DIAL_PREFIXES.isdisjoint(digits):
        return found
    dialled = (at for at, group in enumerate(digits) if group in DIAL_PREFIXES and max(sizes[at + 1 : at + 6]) >= 4)
    return sorted({*found, *dialled})


def _classify(text: str, groups: list[Group], at: int, label: str, *, is_number: bool) -> Found | None:
    group = groups[at]
    before = text[group.start - 1] if group.start else ""
    if before in ALNUM and before:
        return None
    if before and before in "*- " and text[max(0, group.start - 4) : group.start].endswith(("***", "**-", "*** ")):
        return None
    size = len(group.digits)
    if size > 19:
        return None
    if not is_number and group.gap is not None:
        found = classify_grouped(text, groups, at, before)
        if found:
            return found
    if size < SHORTEST_NUMBER or not ends_clean(text, group.end) or (not is_number and _is_decimal(text, group)):
        return None
    return _classify_bare(text, group, label, before)


def _is_decimal(text: str, group: Group) -> bool:
    start, end = group.start, group.end
    leads = start >= 2 and text[start - 1] == "." and text[start - 2].isdigit()
    return leads or (text[end : end + 1] == "." and text[end + 1 : end + 2].isdigit())


def _near(text: str, start: int, label: str, pattern: re.Pattern[str]) -> bool:
    return bool(pattern.search(text, max(0, start - LABEL_REACH), start) or (label and pattern.search(label)))


def _classify_bare(text: str, group: Group, label: str, before: str) -> Found | None:
    digits, size = group.digits, len(group.digits)
    if before == "+":
        return _plus(text, group)
    found = _bare_mobile(digits, size)
    if found:
        is_in_arn = before == ":" and text[group.end : group.end + 1] == ":"
        return None if is_in_arn and digits.startswith("82") else found
    if size == 13 and _is_bare_resident(text, group, label):
        return Found(1, mask_resident(digits), "kr.resident")
    is_card = size >= 13 and is_card_number(digits)
    if is_card or (size == 16 and _near(text, group.start, label, _CARD_LABEL)):
        return Found(1, mask_card(digits), "card")
    return None


def _bare_mobile(digits: str, size: int) -> Found | None:
    """Read `01012345678`, `821012345678`, `00821012345678`, `8201012345678`."""
    if digits[:3] in MOBILE and (size == 11 or (size == 10 and digits[2] != "0")):
        return Found(1, mask_phone(digits[:3], digits[3:-4], digits[-4:]), "phone.mobile")
    match = _DIALLED.fullmatch(digits)
    if match:
        return Found(1, f"{match[1]}-{mask_phone(*match.groups()[1:])}", "phone.mobile")
    return None


_DIALLED = re.compile(r"(82|0082)(0?10)(\d{4})(\d{4})")


def _is_bare_resident(text: str, group: Group, label: str) -> bool:
    digits = group.digits
    if not is_birth_date(digits) or digits[6] not in "123456789":
        return False
    if _near(text, group.start, label, _RESIDENT_LABEL):
        return True
    epoch_ms = "1400000000000" <= digits <= "1999999999999"
    return resident_check_holds(digits) and not (epoch_ms or digits.startswith("880") or digits[6] == "9")


def _plus(text: str, group: Group) -> Found | None:
    digits = group.digits
    if group.start >= 2 and text[group.start - 2] in ALNUM:
        return None
    if digits.startswith("82") and NATIONAL.fullmatch(digits[2:].lstrip("0")):
        tail = digits[2:].lstrip("0")
        head = 1 if tail[0] == "2" else 2
        rule = "phone.mobile" if tail[0] == "1" else "phone.landline"
        return Found(1, f"+82-{mask_phone(tail[:head], tail[head:-4], tail[-4:])}", rule, 1)
    if digits[0] != "0" and 10 <= len(digits) <= 15:
        return Found(1, mask_foreign(digits), "phone.foreign", 1)
    return None


_SPELLED = re.compile(
    r"[0-9](?=[ \u00a0])(?<![0-9A-Za-z][0-9])(?<!^[0-9][ \u00a0][0-9])(?<![^0-9A-Za-z][0-9][ \u00a0][0-9])"
    r"(?:[ \u00a0](?:[-.][ \u00a0])?[0-9]){9,18}(?![0-9A-Za-z]|[ \u00a0][0-9](?![0-9]))"
)


def find_spelled(text: str) -> Iterator[Edit]:
    """Yield an edit for every identifier written digit by digit: `0 1 0 - 1 2 3 4 - 5 6 7 8`."""
    for match in _SPELLED.finditer(text):
        digits = "".join(char for char in match[0] if char.isdigit())
        found = _bare_mobile(digits, len(digits)) if len(set(digits)) > 3 else None
        is_resident = len(digits) == 13 and is_birth_date(digits) and digits[6] in "12345678"
        if found is None and is_resident and ("-" in match[0] or resident_check_holds(digits)):
            found = Found(1, mask_resident(digits), "kr.resident")
        if found is None and (is_card_number(digits) or (len(digits) == 16 and match[0].count("-") == 3)):
            found = Found(1, mask_card(digits), "card")
        if found is not None:
            yield Edit(*match.span(), found.new, found.rule)


_FOREIGN = re.compile(
    r"(?<![0-9A-Za-z+])(?<!\*\*\*)\+[1-9](?:(?:[ .\-/()]{0,3}|- ?\r?\n {0,8})[0-9]){8,14}(?![0-9A-Za-z]|\*\*)"
)


def find_foreign(text: str) -> Iterator[Edit]:
    """Yield an edit for every international number written with `+` and separators."""
    for match in _FOREIGN.finditer(text):
        digits = "".join(char for char in match[0] if char.isdigit())
        if not digits.startswith("82"):
            yield Edit(match.start(), match.end(), mask_foreign(digits), "phone.foreign")
