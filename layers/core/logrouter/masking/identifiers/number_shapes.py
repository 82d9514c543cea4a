"""Shapes of identifiers made of several groups of digits: phones, resident numbers, cards, licences."""

import re
from collections.abc import Callable

from logrouter.masking.identifiers.digit_groups import (
    ALNUM,
    DIAL_PREFIXES,
    MOBILE,
    NATIONAL,
    Found,
    Group,
    ends_clean,
    gaps_of,
    window_of,
)
from logrouter.masking.values.checks import is_birth_date, is_card_number, luhn_holds
from logrouter.masking.values.partial import mask_card, mask_phone, mask_resident

_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_AREA = re.compile(r"0(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|80|50[2-8])")
_ROUND = re.compile(r"(?:19|20)[0-9]{2}|[0-9]{1,2}00|0000|1024|2048|4096|8192")


def classify_grouped(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    """Return what identifier begins with the group at this position; `before` is the character in front of it."""
    first = groups[at].digits
    for shape in _SHAPES.get((len(first), len(groups[at + 1].digits)), ()):
        found = shape(text, groups, at, before)
        if found:
            return found
    return _dialled(text, groups, at, before) if first in DIAL_PREFIXES else None


def _is_mobile_tail(middle: str, last: str) -> bool:
    return len(last) == 4 and len(middle) in {3, 4}


def _mobile(text: str, groups: list[Group], at: int, _before: str) -> Found | None:
    first = groups[at].digits
    if first not in MOBILE:
        return None
    window = window_of(text, groups, at, 3)
    if window and _is_mobile_tail(window[1].digits, window[2].digits) and not _in_uuid(text, window):
        return Found(3, mask_phone(first, window[1].digits, window[2].digits), "phone.mobile")
    pair = window_of(text, groups, at, 2)
    if pair and len(pair[1].digits) == 8 and not _in_uuid(text, pair):
        return Found(2, mask_phone(first, pair[1].digits[:4], pair[1].digits[4:]), "phone.mobile")
    return None


def _mobile_head(text: str, groups: list[Group], at: int, _before: str) -> Found | None:
    """Read `0101234-5678`."""
    first = groups[at].digits
    pair = window_of(text, groups, at, 2) if first[:3] in MOBILE else None
    if pair and len(pair[1].digits) == 4 and gaps_of(pair) == ["-"]:
        return Found(2, mask_phone(first[:3], first[3:], pair[1].digits), "phone.mobile")
    return None


def _dialled_head(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    """Read `+82101234-5678`."""
    first = groups[at].digits
    pair = window_of(text, groups, at, 2) if first.startswith("8210") else None
    lead = _lead(text, groups[at], before)
    if pair is None or len(pair[1].digits) != 4 or lead < 0 or gaps_of(pair)[0] not in {"-", ".", ""}:
        return None
    return Found(2, f"{'+' * lead}82-{mask_phone('10', first[4:], pair[1].digits)}", "phone.mobile", lead)


def _dialled(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    """Read `82-10-1234-5678`, `+82 (0)2 123 4567`, `0082 10 12345678`."""
    first = groups[at].digits
    if before == ".":
        return None
    count, digits = 1, []
    for group in groups[at + 1 : at + 6]:
        if groups[at + count - 1].gap is None:
            break
        digits.append(group.digits)
        count += 1
        if len(group.digits) < 4 or not ends_clean(text, group.end):
            continue
        tail = "".join(digits).lstrip("0")
        if NATIONAL.fullmatch(tail):
            return _international(first, tail, count, _lead(text, groups[at], before))
    return None


def _lead(text: str, group: Group, before: str) -> int:
    """Return 1 for a `+` that belongs to the number, 0 for none, -1 for one that belongs to something else."""
    if before != "+":
        return 0
    return -1 if group.start >= 2 and text[group.start - 2] in ALNUM else 1


def _international(first: str, tail: str, count: int, lead: int) -> Found | None:
    head = 1 if tail[0] == "2" else 2
    mobile = tail[0] == "1"
    if lead < 0 or not (mobile or lead or first == "0082"):
        return None
    new = f"{'+' * lead}{first}-{mask_phone(tail[:head], tail[head:-4], tail[-4:])}"
    return Found(count, new, "phone.mobile" if mobile else "phone.landline", lead)


def _landline(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    first = groups[at].digits
    if not _AREA.fullmatch(first):
        return None
    window = window_of(text, groups, at, 3)
    if window is None or len(window[2].digits) != 4 or len(window[1].digits) not in {3, 4}:
        return _bracketed_landline(text, groups, at)
    gaps = gaps_of(window)
    if gaps[0] != gaps[1] and gaps[0] not in {")", "", ")-"}:
        return None
    is_path = gaps[1] == "/" and (first == "02" or before == "/")
    if gaps[1] in {":", ",", "|"} or is_path or _in_chain(groups, at, 3, before) or _in_uuid(text, window):
        return None
    return Found(3, mask_phone(*(group.digits for group in window)), "phone.landline")


def _bracketed_landline(text: str, groups: list[Group], at: int) -> Found | None:
    """Read `(02)12345678`."""
    pair = window_of(text, groups, at, 2)
    if pair is None or gaps_of(pair)[0] not in {")", ")-"} or len(pair[1].digits) not in {7, 8}:
        return None
    return Found(2, mask_phone(pair[0].digits, pair[1].digits[:-4], pair[1].digits[-4:]), "phone.landline")


def _resident(text: str, groups: list[Group], at: int, _before: str) -> Found | None:
    first = groups[at].digits
    window = window_of(text, groups, at, 2)
    if window is None or len(window[1].digits) != 7 or not is_birth_date(first):
        return None
    return None if gaps_of(window)[0] in {",", "+"} else Found(2, mask_resident(first), "kr.resident")


def _card(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    if [len(group.digits) for group in groups[at : at + 4]] != [4, 4, 4, 4]:
        return None
    window = window_of(text, groups, at, 4)
    if window is None or ((groups[at].gap or "").strip() and _in_chain(groups, at, 4, before)):
        return None
    digits = "".join(group.digits for group in window)
    gaps = [(group.gap or "").strip() for group in window[:-1] if not (group.gap or "").startswith(("\n", "\r"))]
    gaps = gaps or [""]
    likely = luhn_holds(digits) and digits[0] in "3456"
    if len(set(gaps)) > 1 and not likely:
        return None
    if gaps[0] in {",", ":", "|", "+"} and not likely:
        return None
    is_round = all([_ROUND.fullmatch(group.digits) for group in window])  # noqa: C419 - a list is faster here
    return None if is_round or _in_uuid(text, window) else Found(4, mask_card(digits), "card")


def _card_four_six(text: str, groups: list[Group], at: int, _before: str) -> Found | None:
    sizes = tuple([len(group.digits) for group in groups[at : at + 5]])
    for lengths in ((4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3)):
        count = len(lengths)
        window = window_of(text, groups, at, count) if sizes[:count] == lengths else None
        digits = "".join([group.digits for group in window]) if window else ""
        if is_card_number(digits):
            return Found(count, mask_card(digits), "card")
    return None


def _licence(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    if [len(group.digits) for group in groups[at : at + 4]] != [2, 2, 6, 2]:
        return None
    window = window_of(text, groups, at, 4)
    if window is None:
        return None
    area = int(window[0].digits)
    if not (11 <= area <= 26 or area == 28) or _in_chain(groups, at, 4, before):
        return None
    gaps = gaps_of(window)
    if len(set(gaps)) > 1 or gaps[0] in {",", ":", "|"}:
        return None
    return Found(4, f"{window[0].digits}-**-******-**", "kr.licence")


type Shape = Callable[[str, list[Group], int, str], Found | None]
"""(text, groups, position of the first, character in front of it) -> what the groups are."""

_SHAPES: dict[tuple[int, int], tuple[Shape, ...]] = {
    (2, 2): (_licence,),
    (2, 3): (_landline,),
    (2, 4): (_landline,),
    (2, 7): (_landline,),
    (2, 8): (_landline,),
    (3, 3): (_mobile, _landline),
    (3, 4): (_mobile, _landline),
    (3, 7): (_landline,),
    (3, 8): (_mobile, _landline),
    (4, 3): (_landline,),
    (4, 4): (_card, _card_four_six, _landline),
    (4, 6): (_card_four_six,),
    (6, 7): (_resident,),
    (7, 4): (_mobile_head,),
    (8, 4): (_dialled_head,),
}
"""Shapes by the lengths of their first two groups."""


_THIRDS: dict[tuple[int, int], frozenset[int]] = {(2, 2): frozenset({6}), (4, 6): frozenset({4, 5})}
_PAIRS = frozenset({(2, 7), (2, 8), (3, 7), (3, 8), (6, 7), (7, 4), (8, 4)})
"""Shapes of two groups; all others have a third one, of four digits unless `_THIRDS` says otherwise."""

OUTLINES: dict[tuple[int, int], frozenset[int]] = {
    pair: frozenset() if pair in _PAIRS else _THIRDS.get(pair, frozenset({4})) for pair in _SHAPES
}
"""Lengths that the third group may have, by those of the first two; none: any."""

ZERO_LED = frozenset(pair for pair, shapes in _SHAPES.items() if {_mobile, _landline, _mobile_head}.issuperset(shapes))
"""Shapes of numbers dialled inside the country alone: they begin with 0."""


def _in_chain(groups: list[Group], at: int, count: int, before: str) -> bool:
    """Say whether the shape is only part of a longer chain of groups with the same tight separator."""
    inner = groups[at].gap or ""
    if not inner.strip():
        return False
    mark = inner.strip()[:1]
    previous = groups[at - 1].gap if at else None
    follows = groups[at + count - 1].gap
    return (previous is not None and previous.strip() == mark and before == mark) or (
        follows is not None and follows == mark
    )


def _in_uuid(text: str, window: list[Group]) -> bool:
    start = max(0, window[0].start - 28)
    for match in _UUID.finditer(text, start, window[-1].end + 28):
        if match.start() < window[-1].end and match.end() > window[0].start:
            return True
    return False
