"""Values of names that are values themselves: `"name":"password","value":"x"`, `["password","x"]`, form parts."""

import re

from logrouter.masking.notations import LETTERS, OPEN_QUOTE, PREFIX, end_of, read_until, read_value
from logrouter.masking.surroundings import is_label

VALUE_REACH_CHARS = 256
"""A value may begin this far in front of the name behind it."""

PAIR_VALUE = re.compile(
    r"(?i)\s{0,9}[,;]?\s{0,9}\\*[\"']?\b(?:[a-z]{0,10}[_-]?value|val|v|content|data)\\*[\"']?\s{0,9}(?:=>|[:=])\s{0,9}"
)
_SERIALIZED = re.compile(r";s:[0-9]{1,6}:(?=\\*\")")
"""What stands between name and value where PHP serializes them: `s:7:"api_key";s:4:"abcd"`."""
COMMA = re.compile(r"\s{0,4},\s{0,4}")
_FORM_BODY = re.compile(r"(?:;[^\r\n]{0,200})?\r?\n(?:[A-Za-z-]{1,40}:[^\r\n]{0,200}\r?\n)?\r?\n")
NAME_BESIDE = re.compile(
    r"(?i)\b(?:name|key|field|header|param|parameter|property|attribute|variable|var|option|k|n)"
    r"[\"']?\s{0,4}(?:=>|[:=])\s{0,4}$"
)
_VALUE_BEFORE = re.compile(
    r"(?i)\b(?:[a-z]{0,10}[_-]?value|val|v)\\*[\"']?\s{0,4}(?:=>|[:=])\s{0,4}(?P<q>\\*[\"'])(?P<v>(?:(?!(?P=q))[^\n]){1,200})(?P=q)"
    r"\s{0,4},\s{0,4}\\*[\"']?(?:name|key|field|header|param|parameter|property|attribute|variable|k|n)\\*[\"']?\s{0,4}(?:=>|[:=])"
    r"\s{0,4}\\*[\"']$"
)


def read_paired(text: str, after: int) -> tuple[int, int] | None:  # noqa: PLR0911 - one return for each notation
    """Read the value of a name that is itself a quoted value: `"name":"password","value":"x"`, `["password","x"]`."""
    value = PAIR_VALUE.match(text, after)
    if value:
        return read_value(text, value.end())
    if text[after : after + 1] == ">":
        span = read_until(text, after + 1, "<")
        return None if span and is_label(text, after, span) else span
    serialized = _SERIALIZED.match(text, after)
    if serialized:
        return read_value(text, serialized.end())
    form = _FORM_BODY.match(text, after)
    if form:
        return read_until(text, form.end(), "\r\n")
    comma = COMMA.match(text, after)
    if comma:
        span = read_value(text, comma.end()) if OPEN_QUOTE.match(text, end_of(PREFIX, text, comma.end())) else None
        if span and LETTERS.fullmatch(text[span[0] : span[1]].replace("_", "a")):
            return None
        return span
    return None


def read_value_before(text: str, start: int) -> tuple[int, int] | None:
    """Read the value that stands in front of its name: `{'value': 'x', 'key': 'client_secret'}`."""
    first = max(0, start - VALUE_REACH_CHARS)
    pair = _VALUE_BEFORE.search(text, first, start) if NAME_BESIDE.search(text[first : start - 1]) else None
    return pair.span("v") if pair else None
