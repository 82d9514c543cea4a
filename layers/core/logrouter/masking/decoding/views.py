"""Decoded views: the text as a reader would understand it, with a map back to where every character stands.

Rules look at the view; what they find is mapped back, so that the rest of the text stays as it was written.
"""

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache

PASSES = 4
"""Layers of encoding that are undone (percent twice, entities inside escapes, ...)."""

_INVISIBLE = "\u034f\u115f\u1160\u3164\uffa0\u20e3"
_DASHES = frozenset(
    "\u00ad\u058a\u05be\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u207b\u208b\u2212\u2e3a\u2e3b\u30fc\u3161\u2500\ufe58\ufe63\uff0d\uff70"
)
_DOTS = frozenset("\u00b7\u2022\u2024\u2027\u2219\u22c5\u3002\u30fb\u318d\uff61\uff65")

_PARTING = frozenset("\x00\x0b\x1c\x1d\x1e\x1f\x85")
"""Control characters that part fields and lines; `re` takes some of them for blanks and RE2 none."""

_LAYOUT = frozenset("\t\n\f\r\x1b")

_ESCAPES = r"(?:\\u(?:[0-9a-cefA-CEF][0-9a-fA-F]|[dD][0-7])[0-9a-fA-F]{2}){4,}+"
_RUN = _ESCAPES + (
    r"|(?:\\x[0-7][0-9a-fA-F]){4,}+|(?:%[0-7][0-9a-fA-F]){4,}+|(?:&\#(?:3[2-9]|[4-9][0-9]);){4,}+|(?:&\#[xX][2-7][0-9a-eA-E];){4,}+"
    r"|[\uff01-\uff5e]{4,}+|[\u200b-\u200d\ufeff]{4,}+|(?:[ -~]\x00){4,}+"
)
"""Characters all written in one way, one after the other: decoded together, or a megabyte of them takes its time."""

_CODED = re.compile(
    rf"(?P<run>{_RUN})"
    r"|(?:\x1b|\\+(?:033|e)|\#033|\^\[)\[[0-9;?]{0,24}[A-Za-z]"
    r"|(?:\\+x[89a-fA-F][0-9a-fA-F]){2,}|(?:(?:\\+|\#)[23][0-7]{2}){2,}"
    r"|\\+u[dD][89abAB][0-9a-fA-F]{2}\\+u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\+(?:U[0-9a-fA-F]{8}|u(?:[0-9a-fA-F]{4}|\{[0-9a-fA-F]{1,6}\})|x[0-9a-fA-F]{2}|[nrt]|[bf](?![a-zA-Z]))"
    r"|%[0-7][0-9a-fA-F]|(?:%[89a-fA-F][0-9a-fA-F])+"
    r"|&(?:\#[0-9]{1,7};?|\#[xX][0-9a-fA-F]{1,6};?|[a-zA-Z]{2,8};)"
    r"|[\u1100-\u11ff]{2,}"
    r"|[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]"
    r"|[^\x00-\x7f\uac00-\ud7a3\u4e00-\u9fff\u3041-\u3096]"
)
_ESCAPE = re.compile(
    rf"(?P<run>{_ESCAPES})"
    r"|\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|[^u]|u)",
    re.DOTALL,
)
_OCTETS = re.compile(r"(?:\\+x[0-9a-fA-F]{2}){2,}$|(?:\\+|#)[23]")
_OCTET = re.compile(r"[0-9a-fA-F]{2,3}")
_ESCAPE_STARTS = frozenset("\\\x1b^#")
_SHORT = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}

type Decode = Callable[[str, re.Match[str]], str]
"""(coded, its match) -> what it stands for."""


class View:
    """A decoded text and where each of its characters comes from.

    Args:
        text: the decoded text.
        starts: where each segment begins in `text`, ascending.
        sources: for each segment, its start and end in the source, and how many characters of it each of the view's
            stands for: 1 where it was copied literally, 0 where all stand for all.
    """

    __slots__ = ("_sources", "_starts", "inner", "text")

    def __init__(self, text: str, starts: list[int], sources: list[tuple[int, int, int]], inner: "View | None") -> None:
        self.text = text
        self._starts = starts
        self._sources = sources
        self.inner = inner

    def source(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original text that the span of the view was decoded from."""
        at = bisect_right(self._starts, start) - 1
        begin, _, width = self._sources[at]
        raw_start = begin + (start - self._starts[at]) * width
        at = bisect_right(self._starts, end - 1) - 1
        begin, stop, width = self._sources[at]
        raw_end = begin + (end - self._starts[at]) * width if width else stop
        return self.inner.source(raw_start, raw_end) if self.inner else (raw_start, raw_end)


def decoded_view(text: str) -> View | None:
    """Undo odd digits, invisible characters, dashes, escapes, percent, entities, a terminal's colours; None: none."""
    view: View | None = None
    for _ in range(PASSES):
        step = _decode(view.text if view else text, _CODED, _plain, view)
        if step is None:
            break
        view = step
    return view


def unescaped_view(text: str) -> View | None:
    """Undo the escapes of a JSON string's inside; None when there are none."""
    return _decode(text, _ESCAPE, _unescaped, None)


def _decode(text: str, pattern: re.Pattern[str], decode: Decode, inner: View | None) -> View | None:
    parts: list[str] = []
    starts: list[int] = []
    sources: list[tuple[int, int, int]] = []
    length = at = 0
    changed = False
    for match in pattern.finditer(text):
        coded = match[0]
        plain = decode(coded, match)
        if plain == coded:
            continue
        changed = True
        start, end = match.span()
        if start > at:
            starts.append(length)
            sources.append((at, start, 1))
            parts.append(text[at:start])
            length += start - at
        if plain:
            starts.append(length)
            sources.append((start, end, len(coded) // len(plain) if match.lastgroup else 0))
            parts.append(plain)
            length += len(plain)
        at = end
    if not changed:
        return None
    if at < len(text):
        starts.append(length)
        sources.append((at, len(text), 1))
        parts.append(text[at:])
    return View("".join(parts), starts, sources, inner)


def _plain(coded: str, match: re.Match[str]) -> str:
    first = coded[0]
    if match.lastgroup:
        return _run(coded, first) if coded[1] != "\x00" else coded[::2]
    if first in _ESCAPE_STARTS:
        return "" if "[" in coded else _backslashed(coded)
    if first == "%":
        return _percent(coded)
    if first == "&":
        return _entity(coded)
    if len(coded) > 1:
        return unicodedata.normalize("NFC", coded)
    return fold_char(coded) if not _is_lone_number_sign(coded, match) else coded


def _run(coded: str, first: str) -> str:
    """Decode characters that are all written in one way."""
    if first == "\\" and coded[1] == "u":
        return bytes.fromhex(coded.replace("\\u", "")).decode("utf-16-be")
    if first == "\\":
        return bytes.fromhex(coded.replace("\\x", "")).decode("ascii")
    if first == "%":
        return bytes.fromhex(coded.replace("%", "")).decode("ascii")
    if first == "&" and coded[2].isdigit():
        return bytes(map(int, coded[2:-1].split(";&#"))).decode("ascii")
    if first == "&":
        return bytes.fromhex(coded.lower().replace("&#x", "").replace(";", "")).decode("ascii")
    return coded.translate(_FULLWIDTH) if "\uff01" <= first <= "\uff5e" else ""


_FULLWIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}


def _backslashed(coded: str) -> str:
    if _OCTETS.match(coded):
        return _octets(coded)
    body = coded.lstrip("\\")
    if body[0] in _SHORT:
        return _SHORT[body[0]]
    if body[0] == "u" and "\\" in body:
        high, low = int(body[1:5], 16), int(body[-4:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    number = int(body.strip("uUx{}"), 16)
    return chr(number) if number <= 0x10FFFF else coded


def _octets(coded: str) -> str:
    r"""Decode bytes in hexadecimal (`\xeb\xb9\x84`) or octal (`\353\271\204`, `#353#271#204`)."""
    base = 16 if "x" in coded else 8
    octets = bytes(int(one, base) for one in _OCTET.findall(coded))
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1") if base == 16 else coded


def _percent(coded: str) -> str:
    if len(coded) == 3 and coded[1] < "8":
        return chr(int(coded[1:], 16))
    octets = bytes.fromhex(coded.replace("%", ""))
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return coded


@lru_cache(maxsize=1024)
def _entity(coded: str) -> str:
    plain = html.unescape(coded)
    return plain if len(plain) == 1 else coded


def _is_lone_number_sign(char: str, match: re.Match[str]) -> bool:
    """Tell a circled or raised digit that stands alone (a list mark, a footnote) from one of several (a disguise)."""
    if unicodedata.category(char) != "No":
        return False
    text, at = match.string, match.start()
    around = text[max(0, at - 2) : at] + text[at + 1 : at + 3]
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if before.isascii() and before.isalnum() and after.isascii() and after.isalnum():
        return False  # inside a word it is no footnote
    return not any(unicodedata.category(other) == "No" for other in around)


@lru_cache(maxsize=4096)
def fold_char(char: str) -> str:  # noqa: PLR0911 - one return for each kind of character
    """Return the ASCII a character stands for; empty for an invisible one; itself when it has no ASCII meaning."""
    if char in _DASHES:
        return "" if char == "\u00ad" else "-"
    if char in _DOTS:
        return "."
    if char in _PARTING:
        return " "
    category = unicodedata.category(char)
    if category == "Cc":
        return char if char in _LAYOUT else ""
    if category == "Cf" or char in _INVISIBLE or "\ufe00" <= char <= "\ufe0f":
        return ""
    if category == "Zs":
        return " "
    if category in {"Zl", "Zp"}:
        return "\n"
    digit = unicodedata.digit(char, None)
    if digit is not None:
        return str(digit)
    folded = unicodedata.normalize("NFKC", char)
    return folded if folded.isascii() and len(folded) == 1 else char


def fold(text: str) -> str:
    """Fold a short text (a key name) character by character."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(fold_char, unicodedata.normalize("NFC", text)))


def _unescaped(coded: str, match: re.Match[str]) -> str:
    if match.lastgroup:
        return _run(coded, "\\")
    kind = coded[1]
    if kind != "u":
        return _SHORT.get(kind, kind)
    if len(coded) == 12:
        high, low = int(coded[2:6], 16), int(coded[8:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    return chr(int(coded[2:6], 16)) if len(coded) == 6 else coded
