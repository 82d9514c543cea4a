"""Groups of digits in a text and what stands between them: what the shapes of identifiers are read from."""

import re
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

GAP_LIMIT_CHARS = 12
"""So much may stand between two groups of one identifier."""

SHAPE_GROUPS = 6
"""The longest shape has five groups; the one behind it says whether it goes on."""

REACH_GROUPS = 7
"""A number behind a country's code is looked for in so many groups, the code among them."""

_GAP = re.compile(r"[ \t\r\n]{0,4}+(?:[-._/~:|,()\[\]+][ \t\r\n]{0,8}+){0,2}+")
ALNUM = frozenset("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
MOBILE = frozenset({"010", "011", "016", "017", "018", "019"})
DIAL_PREFIXES = frozenset({"82", "082", "0082"})
NATIONAL = re.compile(r"1[016-9]\d{7,8}|2\d{7,8}|(?:3[1-3]|4[1-4]|5[1-5]|6[1-4])\d{7,8}|70\d{8}|50\d{8,9}")


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


def read_groups(parts: list[str], places: list[int]) -> list[Group]:
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
        reach = REACH_GROUPS if parts[2 * at + 1] in DIAL_PREFIXES else SHAPE_GROUPS
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


def ends_clean(text: str, end: int) -> bool:
    """Say whether neither a word nor a mask goes on where an identifier ends."""
    after = text[end : end + 3]
    return not after or not (after[0] in ALNUM or after in {"***", "-**"})


def window_of(text: str, groups: list[Group], at: int, count: int) -> list[Group] | None:
    """Return so many groups that may belong together; None when too much stands between them, or a word goes on."""
    window = groups[at : at + count]
    if len(window) < count or any([group.gap is None for group in window[:-1]]):  # noqa: C419 - a list is faster here
        return None
    return window if ends_clean(text, window[-1].end) else None


def gaps_of(window: list[Group]) -> list[str]:
    """Return what stands between groups, without blanks."""
    return [(group.gap or "").strip() for group in window[:-1]]
