"""Headers whose value is more than a word: `Authorization: AWS id:signature`, `Authorization: Custom a=b; c`."""

import re

from logrouter.masking.names.notations import read_value
from logrouter.masking.values.judgement import is_prose_word

LINE_REACH_CHARS = 60
"""A header's name begins at most so far behind the start of its line."""

VALUE_LIMIT_CHARS = 8_192
"""No server takes a longer header line."""

_LINE_START = re.compile(r"(?:^|(?<=[\n\r]))[ \t]*(?:[<>*|][ \t]?)?$")
_REST = {quote: re.compile(rf"[^{quote}\r\n]*") for quote in ('"', "'", "`")}
_LINE = re.compile(r"(?:(?!\\+[rn])[^\r\n])*")
_WORDS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z-]{1,30}[0-9]?)[ \t]{1,4}(?P<value>[^\s\"'<>;\\{}]{2,2000})")
_SIGNED = re.compile(r"(?=[^0-9]*[0-9])[^=]{8,}={0,2}$")
_KNOWN = re.compile(
    r"(?i)(?:bearer|basic|digest|negotiate|token|apikey|api-key|kakaoak|dpop|key|ntlm|hoba|hawk|oauth|signature|mac|hmac"
    r"|[a-z0-9]{2,8}-hmac-sha(?:1|256|512))$"
)


def read_header(text: str, start: int, separator: re.Match[str]) -> tuple[int, int] | None:
    """Return where the value behind an unknown scheme and all that goes with it stand; None for any other value.

    Args:
        text: holds the header.
        start: where its name begins.
        separator: what stands between name and value.
    """
    at = separator.end()
    words = _WORDS.match(text, at)
    if words is None or "\n" in separator[0] or _KNOWN.match(words["scheme"]) or is_prose_word(words["scheme"]):
        return None
    if separator[0].strip() == ":":
        quote = text[start - 1 : start]
        if quote in _REST:
            return _to(_REST[quote], text, at)
        if _LINE_START.search(text, max(0, start - LINE_REACH_CHARS), start):
            return _to(_LINE, text, at)
    span = read_value(text, words.start("value")) if _SIGNED.match(words["value"]) else None
    return (at, span[1]) if span else None


def _to(rest: re.Pattern[str], text: str, at: int) -> tuple[int, int] | None:
    line = rest.match(text, at, at + VALUE_LIMIT_CHARS)
    return (at, at + len(line[0].rstrip())) if line else None
