"""What is known of people beside their numbers: names, birth dates, street addresses, user ids. All optional.

Each function says of a value under a telling name whether it is such a thing, and returns it masked.
"""

import re
from collections.abc import Callable

from logrouter.masking.edits import SECRET
from logrouter.masking.values.checks import is_birth_date
from logrouter.masking.values.judgement import is_placeholder, is_prose_word
from logrouter.masking.values.pseudonyms import is_pseudonym

NAME_LIMIT_CHARS = 80
ADDRESS_LIMIT_CHARS = 300
SENTENCE_BLANKS = 3
"""A value with more blanks is a sentence, no user."""

_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[.'\u2019\u00b7-](?=[^\W\d_]|\s|$)|\s(?=[^\W\d_])){0,79}", re.UNICODE)
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_NOBODY = frozenset(
    """
    unknown anonymous nobody guest system none null undefined test admin root
    익명 미상 비회원 알수없음 없음 미입력 관리자 시스템
    """.split()  # noqa: SIM905 - a word list reads best as words
)
"""Names and ids that are nobody's."""


def mask_name(value: str) -> str:
    """Keep the first syllable of a Korean name (`홍**`); hide any other."""
    name = value.strip()
    return f"{name[0]}**" if len(name) > 1 and _HANGUL.match(name) else SECRET


def is_name(value: str) -> bool:
    """Say whether words behind a label are a name, not the beginning of a sentence (`is required`)."""
    return name_mask(value, 0) is not None and not any(is_prose_word(word) for word in value.split())


def name_mask(value: str, _piece: int) -> str | None:
    """Mask the name of a person; None for what is no name."""
    name = value.strip()
    if len(name) > NAME_LIMIT_CHARS or not _NAME.fullmatch(name) or name.lower().replace(" ", "") in _NOBODY:
        return None
    return None if is_placeholder(name) or is_prose_word(name) else mask_name(name)


_YEAR_FIRST = re.compile(
    r"((?:18|19|20)[0-9]{2})([-./\s]{0,2}|년\s?)([01]?[0-9])([-./\s]{0,2}|월\s?)([0-3]?[0-9])(\s?일)?"
)
_YEAR_LAST = re.compile(r"([0-3]?[0-9])([-./])([0-3]?[0-9])([-./])((?:18|19|20)[0-9]{2})")
_CLOCK = re.compile(r"[T ][0-9]{2}:?[0-9]{2}\S{0,24}(?: [+-]?[A-Z0-9:]{2,6})?")
_SPELLED = re.compile(r"(?i)[0-9, .]*(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}[0-9, .]+")
_EPOCH = re.compile(r"-?[0-9]{8,13}(?:\.0)?")


def mask_birth_date(value: str) -> str:
    """Keep the year: `1990-**-**`, `1990****`, `**/**/1990`, of two figures `90****`; hide any other."""
    date = _CLOCK.sub("", value.strip())
    first = _YEAR_FIRST.fullmatch(date)
    if first:
        year, gap, month, mark, day, end = first.groups()
        is_bare = len(month) + len(day) == len(date) - 4
        return f"{year}****" if is_bare else f"{year}{gap}{'*' * len(month)}{mark}{'*' * len(day)}{end or ''}"
    last = _YEAR_LAST.fullmatch(date)
    if last:
        return f"{'*' * len(last[1])}{last[2]}{'*' * len(last[3])}{last[4]}{last[5]}"
    if len(date) == 6 and date.isdigit() and is_birth_date(date):
        return f"{date[:2]}****"
    return SECRET


def birth_mask(value: str, _piece: int) -> str | None:
    """Mask a birth date; None for what is no date, and for a resident number, which has its own mask."""
    date = value.strip()
    shapes = (_YEAR_FIRST, _YEAR_LAST, _SPELLED, _EPOCH)
    bare = _CLOCK.sub("", date)
    is_short = len(bare) == 6 and bare.isdigit() and is_birth_date(bare)
    is_resident = len(date) == 13 and date.isdigit() and is_birth_date(date)
    is_date = is_short or any(shape.fullmatch(bare) for shape in shapes)
    return mask_birth_date(date) if is_date and not is_resident else None


REGION = (
    r"(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충청[남북]|충[남북]|전라[남북]|전[남북]"
    r"|경상[남북]|경[남북]|제주)(?:특별자치[시도]|특별시|광역시|[시도])?"
)
"""The seventeen provinces and cities of their rank, short and long."""

_REGION = re.compile(f"\\s*(?:{REGION}\\s+)?(?:[\uac00-\ud7a3]{{1,5}}[시군구]\\s+){{0,2}}")
_SUFFIX = re.compile(
    r"(?i)\b(?:street|st|avenue|ave|road|rd|boulevard|blvd|drive|dr|lane|ln|way|court|ct|place|pl|terrace|parkway|pkwy"
    r"|square|sq|highway|hwy|apt|suite|ste|unit|floor|po box|p\.o\. box)\b"
)
_PLACE = re.compile(
    r"[\uac00-\ud7a3](?:로|길|동|리|읍|면|\uac00|층|호|번지|아파트|빌라|빌딩|타워|오피스텔)|[0-9]\s?(?:동|층|호|번지)"
)
_NO_PLACE = re.compile(r"@|://|^\s*(?:0x|/|\\)|^\s*[0-9a-fA-F:.]+(?:%\w+)?(?::[0-9]+)?\s*$")
_WORDS = re.compile(r"[^\W\d_]{2,}")


def mask_street(value: str) -> str:
    """Keep province, city and district of a Korean address (`서울특별시 강남구 ***MASKED***`); hide any other whole."""
    region = _REGION.match(value)
    kept = region[0].strip() if region else ""
    return f"{kept} {SECRET}" if kept else SECRET


def street_mask(value: str, _piece: int) -> str | None:
    """Mask a street address; None for an address of another kind (IP, e-mail, memory) and for a region alone."""
    text = value.strip()
    if not 4 <= len(text) <= ADDRESS_LIMIT_CHARS or "***" in text or _NO_PLACE.search(text) or is_placeholder(text):
        return None
    has_number = any(char.isdigit() for char in text)
    if _HANGUL.search(text):
        rest = text[_REGION.match(text).end() :] if _REGION.match(text) else text  # type: ignore[union-attr]
        return mask_street(text) if has_number or _PLACE.search(rest) else None
    words = len(_WORDS.findall(text))
    return SECRET if words >= 2 and " " in text and (has_number or _SUFFIX.search(text)) else None


_NO_USER = re.compile(r"[(){}<>\[\]\"',;]")
"""What no id has in it: `0(root)` of `uid=0(root)` is the user of a process."""


def user_mask(value: str, _piece: int) -> str | None:
    """Hide a user id; None for a placeholder, a pseudonym, and for nobody (`anonymous`, `system`)."""
    user = value.strip()
    if not user or user.count(" ") > SENTENCE_BLANKS or _NO_USER.search(user):
        return None
    is_nobody = user.lower() in _NOBODY or set(user) <= set("0-")
    return None if is_nobody or "***" in user or is_pseudonym(user) or is_placeholder(user) else SECRET


PEOPLE: dict[str, Callable[[str, int], str | None]] = {
    "name": name_mask,
    "birth_date": birth_mask,
    "street": street_mask,
    "user": user_mask,
}
"""The checks of this module, by the name that a rule calls them."""

SHOWN: dict[str, Callable[[str], str]] = {"name": mask_name, "birth_date": mask_birth_date, "street": mask_street}
"""The masks of this module, by the name that a rule calls them."""
