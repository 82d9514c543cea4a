"""Masks for personal data known by the name of its field: bare numbers, split fields, JSON numbers.

Each looks at what a value says, in whatever characters, encoding or layout it is written.
"""

import base64
import binascii
import re
from collections.abc import Callable

from logrouter.masking.decoding.views import decoded_view, fold
from logrouter.masking.edits import SECRET
from logrouter.masking.values.checks import is_birth_date
from logrouter.masking.values.judgement import CHECKS
from logrouter.masking.values.keys import KeyedMask, Verdict
from logrouter.masking.values.partial import mask_card, mask_local_part, mask_phone, mask_resident
from logrouter.masking.values.statements import is_setting

_NOT_DIGIT = re.compile(r"[^0-9]")
_NUMBER_SHAPE = re.compile(r"[0-9 .()/_+\t\r\n-]+")
_PASSPORT = re.compile(r"(?i)\s*[a-z]{1,2}[0-9]{7,8}\s*|\s*[a-z]?[0-9]{3}[a-z][0-9]{4}\s*|\s*[0-9]{9}\s*")
_PLATE = re.compile(r"\s*(?:[\uac00-\ud7a3]{2}\s?)?[0-9]{2,3}\s?[\uac00-\ud7a3]\s?[0-9]{4}\s*")
_CONNECTING = re.compile(r"\s*[A-Za-z0-9+/_-]{86}(?:==)?\s*")
_DUPLICATION = re.compile(r"\s*[A-Za-z0-9+/=_-]{60,66}\s*")
_DATED = re.compile(r"\s*(?:19|20)[0-9]{2}([-./ ])[0-9]{1,2}\1[0-9]{1,2}(?![0-9])")
_ADDRESS = re.compile(r"\s*([A-Za-z0-9._%+-]{1,64})@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4})\s*")
_ABROAD = re.compile(r"(82|0082)0?10(\d{4})(\d{4})")
_IBAN = re.compile(r"(?i)\s*[a-z]{2}[0-9]{2}(?:\s?[a-z0-9]){10,30}\s*")


_SSN_PIECES = {1: 3, 2: 2, 3: 4}
"""Digits in the parts of a US social security number, by their place."""

MAP_KEYS = frozenset(
    {
        "account",
        "grouped_account",
        "business",
        "corporate",
        "health",
        "licence",
        "passport",
        "plate",
        "iban",
        "resident",
        "card",
    }
)
"""Checks whose identifiers may be the keys of a map under such a name: `{"accountNo": {"110-123-456789": ...}}`."""


def _digits_of(value: str) -> str:
    return _NOT_DIGIT.sub("", value) if _NUMBER_SHAPE.fullmatch(value) else ""


def _resident(value: str, piece: int) -> str | None:
    digits = _digits_of(value)
    if len(digits) == 13:
        return mask_resident(digits)
    if len(digits) == 7 and piece != 1:
        return "*******"
    if len(digits) == 9 and not piece:
        return SECRET
    if piece and len(digits) == _SSN_PIECES.get(piece):
        return "*" * len(digits)
    return "*" * len(digits) if 7 < len(digits) < 13 or (len(digits) == 6 and not is_birth_date(digits)) else None


def _phone(value: str, piece: int) -> str | None:
    digits = _digits_of(value)
    if piece and len(digits) in {3, 4}:
        return "****"[: len(digits)] if piece == 2 else None
    if not 7 <= len(digits) <= 15:
        return None
    if len(digits) == 10 and digits[:2] in {"10", "11", "16", "17", "18", "19"} and value.strip() == digits:
        digits = f"0{digits}"
    abroad = _ABROAD.fullmatch(digits)
    if abroad:
        return f"{'+' * value.strip().startswith('+')}{abroad[1]}-{mask_phone('10', *abroad.groups()[1:])}"
    groups = [group for group in re.split(r"[^0-9]+", value.strip()) if group]
    if len(groups) >= 3 and len(groups[0]) <= 4:
        return ("+" if value.strip().startswith("+") else "") + mask_phone(*groups)
    head = 2 if digits.startswith("02") else 4 if digits.startswith("050") and len(digits) == 12 else 3
    return mask_phone(digits[:head], digits[head:-4], digits[-4:]) if len(digits) > 8 else f"***-{digits[-4:]}"


def _card(value: str, piece: int) -> str | None:
    digits = _digits_of(value)
    if piece and len(digits) == 4:
        return "****" if piece in {2, 3} else None
    return mask_card(digits) if 13 <= len(digits) <= 19 else None


def _account(value: str, piece: int) -> str | None:
    digits = _digits_of(value)
    return SECRET if 8 <= len(digits) <= 20 or (piece and len(digits) >= 3) else None


def _grouped_account(value: str, piece: int) -> str | None:
    return _account(value, piece) if _is_grouped(value) and not _DATED.match(value) else None


def _is_grouped(value: str) -> bool:
    """Tell an account number in groups from an id (one group), an amount (groups of three) and an IP address."""
    if re.search(r"[0-9]\s?-\s?[0-9]", value):
        return True
    groups = re.split(r"[ ./\t\r\n]+", value.strip())
    return 3 <= len(groups) <= 5 and all(map(str.isdigit, groups)) and max(map(len, groups)) >= 4


def _of_digits(least: int, most: int) -> KeyedMask:
    def mask(value: str, piece: int) -> str | None:
        size = len(_digits_of(value))
        return SECRET if least <= size <= most or (piece and size >= 2) else None

    return mask


def _of_shape(shape: re.Pattern[str]) -> KeyedMask:
    return lambda value, _piece: SECRET if shape.fullmatch(value) else None


def _licence(value: str, piece: int) -> str | None:
    digits = _NOT_DIGIT.sub("", value)
    return SECRET if 10 <= len(digits) <= 12 or (piece and digits) else None


def _email(value: str, piece: int) -> str | None:
    if piece == 1 and "@" not in value and re.fullmatch(r"\s*[A-Za-z0-9._%+-]{1,64}\s*", value):
        return mask_local_part(value.strip())
    address = _ADDRESS.fullmatch(_LINE_BREAK.sub("", value)) if _LINE_BREAK.search(value) else None
    return f"{mask_local_part(address[1])}@{address[2]}" if address else None


def _of_people(kind: str) -> KeyedMask:
    """Return a mask of `people`, which only optional rules and a team's own need."""

    def mask(value: str, piece: int) -> str | None:
        from logrouter.masking.values.people import PEOPLE  # noqa: PLC0415 - a cold start of the default policy goes without

        return PEOPLE[kind](value, piece)

    return mask


KEYED: dict[str, KeyedMask] = {
    "resident": _resident,
    "phone": _phone,
    "card": _card,
    "account": _account,
    "grouped_account": _grouped_account,
    "business": _of_digits(10, 10),
    "corporate": _of_digits(13, 13),
    "health": _of_digits(11, 11),
    "licence": _licence,
    "passport": _of_shape(_PASSPORT),
    "plate": _of_shape(_PLATE),
    "ci": _of_shape(_CONNECTING),
    "di": _of_shape(_DUPLICATION),
    "iban": _of_shape(_IBAN),
    "email": _email,
    "name": _of_people("name"),
    "birth_date": _of_people("birth_date"),
    "street": _of_people("street"),
    "user": _of_people("user"),
}
"""The masks a key rule may name as its check: each returns the masked value, None for one that is no such thing."""


READ_LIMIT_CHARS = 4_000
"""A longer value is no identifier, however it is written."""

_DISGUISED = re.compile(r"[%&\\\t\r\n]|[^\x00-\x7f\uac00-\ud7a3]")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_LINE_BREAK = re.compile(r"\s*[\t\r\n]\s*")
_LAID_OUT = re.compile(r"\s*([-.])\s*")


def masked_value(value: str, verdict: Verdict) -> str | None:
    """Return the masked form of a value that a key or path rule has its word on; None when it stays."""
    if verdict.hide is not None:
        return verdict.hide(value, verdict.piece)
    keyed = KEYED.get(verdict.check)
    if keyed:
        return _identified(value, keyed, verdict.piece)[1]
    if verdict.setting_digits and is_setting(value, verdict.setting_digits):
        return None
    return SECRET if CHECKS[verdict.check](value) else None


def _identified(value: str, keyed: KeyedMask, piece: int) -> tuple[str, str | None]:
    """Return the spelling of a value in which it is such an identifier, and its mask; None when it is none in any."""
    new = keyed(value, piece)
    if new is not None or len(value) > READ_LIMIT_CHARS:
        return value, new
    if _DISGUISED.search(value):
        value = readable(value)
        for spelling in dict.fromkeys((value, _LINE_BREAK.sub("", value), _LAID_OUT.sub(r"\1", value), fold(value))):
            new = keyed(spelling, piece)
            if new is not None:
                return spelling, new
    decoded = "" if piece else _from_base64(value.strip())
    return (decoded, SECRET) if decoded and keyed(decoded, piece) is not None else (value, None)


def readable(value: str) -> str:
    """Return what a short value says, without the disguises of single characters and encodings."""
    view = decoded_view(value) if len(value) <= READ_LIMIT_CHARS and _DISGUISED.search(value) else None
    return view.text if view else value


def _from_base64(value: str) -> str:
    """Return the printable text that a value is base64 of; empty for none."""
    if not _BASE64.fullmatch(value):
        return ""
    body = value.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        text = base64.b64decode(body + "=" * (-len(body) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if text.isprintable() else ""


def with_mask(check: str, mask: Callable[[str], str]) -> KeyedMask:
    """Return what hides, by a mask of the rule's own, every value that a check finds to be such a thing."""
    keyed = KEYED.get(check)

    def hide(value: str, piece: int) -> str | None:
        if keyed is None:
            spelling, found = value, masked_value(value, Verdict("", check, piece))
        else:
            spelling, found = _identified(value, keyed, piece)
        new = mask(spelling.strip()) if found is not None else None
        return new if new != value else None

    return hide
