"""Identifiers made of digits: one scanner over digit groups, then classification in code.

Phones, resident numbers, cards, licences: found by the lengths of their groups, the separators between them, prefix,
date, check digit, and the label in front. Works on folded text (ASCII digits and dashes).
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import NamedTuple

from logrouter.masking.checks import is_birth_date, is_card_number, luhn_holds, resident_check_holds
from logrouter.masking.edits import Edit
from logrouter.masking.partial import mask_card, mask_foreign, mask_phone, mask_resident

LABEL_REACH = 40
"""A label may stand this many characters in front of a bare number."""

SHORTEST_NUMBER = 9
"""A bare number of fewer digits is no identifier, whatever its label."""

GAP_LIMIT_CHARS = 12
"""So much may stand between two groups of one identifier."""

SHAPE_GROUPS = 6
"""The longest shape has five groups; the one behind it says whether it goes on."""

REACH_GROUPS = 7
"""A number behind a country's code is looked for in so many groups, the code among them."""

_DIGITS = re.compile(r"([0-9]+)")
_GAP = re.compile(r"[ \t\r\n]{0,4}+(?:[-._/~:|,()\[\]+][ \t\r\n]{0,8}+){0,2}+")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_ALNUM = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
_RESIDENT_LABEL = re.compile(
    r"(?i)주민|외국인\s?등록|거소\s?신고|생년월일|resident|\brrn|\bfrn|jumin|\bssn|registration\s?n|social.?security|foreigner|alien"
)
_CARD_LABEL = re.compile(r"(?i)카드|card|\bpan\b|visa|mastercard|amex|결제\s?수단")
_AREA = re.compile(r"0(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4]|70|80|50[2-8])")
_MOBILE = frozenset({"010", "011", "016", "017", "018", "019"})
_ROUND = re.compile(r"(?:19|20)[0-9]{2}|[0-9]{1,2}00|0000|1024|2048|4096|8192")


class Group(NamedTuple):
    """A run of digits and what stands between it and the next one (None: too much)."""

    digits: str
    start: int
    end: int
    gap: str | None


_FAR_GROUP = Group("", 0, 0, None)


class Found(NamedTuple):
    """A classified identifier: how many groups it takes, its mask, its rule."""

    groups: int
    new: str
    rule: str
    lead: int = 0


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
        groups = _groups(parts, places) if places else []
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
            (thirds := _OUTLINES.get((size, second))) is not None
            and (not thirds or sizes[at + 2] in thirds)
            and (digits[at][0] == "0" or (size, second) not in _ZERO_LED)
        )
    ]
    if _DIAL_PREFIXES.isdisjoint(digits):
        return found
    dialled = (at for at, group in enumerate(digits) if group in _DIAL_PREFIXES and max(sizes[at + 1 : at + 6]) >= 4)
    return sorted({*found, *dialled})


def _groups(parts: list[str], places: list[int]) -> list[Group]:
    """Read the groups around these places; the others are only counted.

    Args:
        parts: what stands in front of the first group, the group, what stands behind it, the next group ...
        places: groups that an identifier may begin with.
    """
    ends = list(accumulate(map(len, parts)))
    groups = [_FAR_GROUP] * (len(parts) // 2)
    count = len(groups)
    done = 0
    for at in places:
        reach = REACH_GROUPS if parts[2 * at + 1] in _DIAL_PREFIXES else SHAPE_GROUPS
        for number in range(max(done, at - 1), min(at + reach, count)):
            before = 2 * number
            gap = parts[before + 2] if number + 1 < count else None
            if gap is not None and (len(gap) > GAP_LIMIT_CHARS or not _is_gap(gap)):
                gap = None
            groups[number] = Group(parts[before + 1], ends[before], ends[before + 1], gap)
            done = number + 1
    return groups


@lru_cache(maxsize=1024)
def _is_gap(between: str) -> bool:
    return _GAP.fullmatch(between) is not None


def _classify(text: str, groups: list[Group], at: int, label: str, *, is_number: bool) -> Found | None:
    group = groups[at]
    before = text[group.start - 1] if group.start else ""
    if before in _ALNUM and before:
        return None
    if before and before in "*- " and text[max(0, group.start - 4) : group.start].endswith(("***", "**-", "*** ")):
        return None
    size = len(group.digits)
    if size > 19:
        return None
    if not is_number and group.gap is not None:
        found = _classify_grouped(text, groups, at, before)
        if found:
            return found
    if size < SHORTEST_NUMBER or not _ends_clean(text, group.end) or (not is_number and _is_decimal(text, group)):
        return None
    return _classify_bare(text, group, label, before)


def _ends_clean(text: str, end: int) -> bool:
    after = text[end : end + 3]
    return not after or not (after[0] in _ALNUM or after in {"***", "-**"})


def _is_decimal(text: str, group: Group) -> bool:
    start, end = group.start, group.end
    leads = start >= 2 and text[start - 1] == "." and text[start - 2].isdigit()
    return leads or (text[end : end + 1] == "." and text[end + 1 : end + 2].isdigit())


def _window(text: str, groups: list[Group], at: int, count: int) -> list[Group] | None:
    window = groups[at : at + count]
    if len(window) < count or any([group.gap is None for group in window[:-1]]):  # noqa: C419 - a list is faster here
        return None
    return window if _ends_clean(text, window[-1].end) else None


def _classify_grouped(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    first = groups[at].digits
    for shape in _SHAPES.get((len(first), len(groups[at + 1].digits)), ()):
        found = shape(text, groups, at, before)
        if found:
            return found
    return _dialled(text, groups, at, before) if first in _DIAL_PREFIXES else None


def _gaps(window: list[Group]) -> list[str]:
    return [(group.gap or "").strip() for group in window[:-1]]


def _is_mobile_tail(middle: str, last: str) -> bool:
    return len(last) == 4 and len(middle) in {3, 4}


def _mobile(text: str, groups: list[Group], at: int, _before: str) -> Found | None:
    first = groups[at].digits
    if first not in _MOBILE:
        return None
    window = _window(text, groups, at, 3)
    if window and _is_mobile_tail(window[1].digits, window[2].digits) and not _in_uuid(text, window):
        return Found(3, mask_phone(first, window[1].digits, window[2].digits), "phone.mobile")
    pair = _window(text, groups, at, 2)
    if pair and len(pair[1].digits) == 8 and not _in_uuid(text, pair):
        return Found(2, mask_phone(first, pair[1].digits[:4], pair[1].digits[4:]), "phone.mobile")
    return None


def _mobile_head(text: str, groups: list[Group], at: int, _before: str) -> Found | None:
    """Read `0101234-5678`."""
    first = groups[at].digits
    pair = _window(text, groups, at, 2) if first[:3] in _MOBILE else None
    if pair and len(pair[1].digits) == 4 and _gaps(pair) == ["-"]:
        return Found(2, mask_phone(first[:3], first[3:], pair[1].digits), "phone.mobile")
    return None


def _dialled_head(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    """Read `+82101234-5678`."""
    first = groups[at].digits
    pair = _window(text, groups, at, 2) if first.startswith("8210") else None
    lead = _lead(text, groups[at], before)
    if pair is None or len(pair[1].digits) != 4 or lead < 0 or _gaps(pair)[0] not in {"-", ".", ""}:
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
        if len(group.digits) < 4 or not _ends_clean(text, group.end):
            continue
        tail = "".join(digits).lstrip("0")
        if _NATIONAL.fullmatch(tail):
            return _international(first, tail, count, _lead(text, groups[at], before))
    return None


_DIAL_PREFIXES = frozenset({"82", "082", "0082"})
_NATIONAL = re.compile(r"1[016-9]\d{7,8}|2\d{7,8}|(?:3[1-3]|4[1-4]|5[1-5]|6[1-4])\d{7,8}|70\d{8}|50\d{8,9}")


def _lead(text: str, group: Group, before: str) -> int:
    """Return 1 for a `+` that belongs to the number, 0 for none, -1 for one that belongs to something else."""
    if before != "+":
        return 0
    return -1 if group.start >= 2 and text[group.start - 2] in _ALNUM else 1


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
    window = _window(text, groups, at, 3)
    if window is None or len(window[2].digits) != 4 or len(window[1].digits) not in {3, 4}:
        return _bracketed_landline(text, groups, at)
    gaps = _gaps(window)
    if gaps[0] != gaps[1] and gaps[0] not in {")", "", ")-"}:
        return None
    is_path = gaps[1] == "/" and (first == "02" or before == "/")
    if gaps[1] in {":", ",", "|"} or is_path or _in_chain(groups, at, 3, before) or _in_uuid(text, window):
        return None
    return Found(3, mask_phone(*(group.digits for group in window)), "phone.landline")


def _bracketed_landline(text: str, groups: list[Group], at: int) -> Found | None:
    """Read `(02)12345678`."""
    pair = _window(text, groups, at, 2)
    if pair is None or _gaps(pair)[0] not in {")", ")-"} or len(pair[1].digits) not in {7, 8}:
        return None
    return Found(2, mask_phone(pair[0].digits, pair[1].digits[:-4], pair[1].digits[-4:]), "phone.landline")


def _resident(text: str, groups: list[Group], at: int, _before: str) -> Found | None:
    first = groups[at].digits
    window = _window(text, groups, at, 2)
    if window is None or len(window[1].digits) != 7 or not is_birth_date(first):
        return None
    return None if _gaps(window)[0] in {",", "+"} else Found(2, mask_resident(first), "kr.resident")


def _card(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    if [len(group.digits) for group in groups[at : at + 4]] != [4, 4, 4, 4]:
        return None
    window = _window(text, groups, at, 4)
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
        window = _window(text, groups, at, count) if sizes[:count] == lengths else None
        digits = "".join([group.digits for group in window]) if window else ""
        if is_card_number(digits):
            return Found(count, mask_card(digits), "card")
    return None


def _licence(text: str, groups: list[Group], at: int, before: str) -> Found | None:
    if [len(group.digits) for group in groups[at : at + 4]] != [2, 2, 6, 2]:
        return None
    window = _window(text, groups, at, 4)
    if window is None:
        return None
    area = int(window[0].digits)
    if not (11 <= area <= 26 or area == 28) or _in_chain(groups, at, 4, before):
        return None
    gaps = _gaps(window)
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

_OUTLINES: dict[tuple[int, int], frozenset[int]] = {
    pair: frozenset() if pair in _PAIRS else _THIRDS.get(pair, frozenset({4})) for pair in _SHAPES
}
"""Lengths that the third group may have, by those of the first two; none: any."""

_ZERO_LED = frozenset(pair for pair, shapes in _SHAPES.items() if {_mobile, _landline, _mobile_head}.issuperset(shapes))
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
    if digits[:3] in _MOBILE and (size == 11 or (size == 10 and digits[2] != "0")):
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
    if group.start >= 2 and text[group.start - 2] in _ALNUM:
        return None
    if digits.startswith("82") and _NATIONAL.fullmatch(digits[2:].lstrip("0")):
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


_FOREIGN = re.compile(r"(?<![0-9A-Za-z+])(?<!\*\*\*)\+[1-9](?:[ .\-/()]{0,3}[0-9]){8,14}(?![0-9A-Za-z]|\*\*)")


def find_foreign(text: str) -> Iterator[Edit]:
    """Yield an edit for every international number written with `+` and separators."""
    for match in _FOREIGN.finditer(text):
        digits = "".join(char for char in match[0] if char.isdigit())
        if not digits.startswith("82"):
            yield Edit(match.start(), match.end(), mask_foreign(digits), "phone.foreign")
