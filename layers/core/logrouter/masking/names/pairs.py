"""Values of names that are values themselves: `"name":"password","value":"x"`, `["password","x"]`, form parts."""

import re
from typing import NamedTuple

from logrouter.masking.names.notations import LETTERS, OPEN_QUOTE, PREFIX, end_of, read_until, read_value
from logrouter.masking.names.surroundings import is_label

VALUE_REACH_CHARS = 256
"""A value may begin this far in front of the name behind it."""

NAMED_REACH_CHARS = 32
"""What says that a name follows begins at most so far in front of it."""

COUNTED_LIMIT_BYTES = 4_000
"""Longer counted values are read to their closing quote."""

PAIR_VALUE = re.compile(
    r"(?i)(?:\s|\\+[nrt]){0,9}[,;]?(?:\s|\\+[nrt]){0,9}\\*[\"']?\b(?:[a-z]{0,10}[_-]?value|val|v|content|data)\\*[\"']?\s{0,9}(?:=>|[:=])\s{0,9}"
)
_COUNTED = r"(?:s:([0-9]{1,7}):(?=\\*\")|[id]:(?=-?[0-9]))"
_SERIALIZED = re.compile(rf";\s{{0,2}}{_COUNTED}")
"""What stands between name and value where PHP serializes them: `s:7:"api_key";s:4:"abcd"`, `s:3:"pin";i:1234`."""

_SESSION = re.compile(rf"\|{_COUNTED}")
"""The same in a session of PHP: `password|s:4:"abcd"`."""

_BINARY = re.compile(r">>\s{0,4}(?:,|=>)\s{0,4}<<(?=\\*\")")
"""What stands between the binaries of Erlang: `{<<"password">>,<<"x">>}`."""

_CELL = re.compile(
    r"(?i)\s{0,4}(?:</(?:b|strong|i|em|span|code|p)>\s{0,4})??</(td|th|dt|key|name|label|span|b|strong|li|div|p|param-name|entry-key)>\s{0,40}"
    r"(?:<(?:td|dd|string|value|span|b|strong|li|div|p|param-value|integer|real|code|em|i)(?:\s[^<>]{0,120})?>\s{0,40}){1,2}"
    r"(?:<!\[CDATA\[)?"
)
"""What stands between a name and its value in a table, a list of terms, a property list."""

_ASSIGNING = frozenset(":=>")
_CELL_ENDS = frozenset("< \t\r\n")
_TERMS = frozenset({"dt", "key", "name", "param-name", "entry-key"})
_DATE = re.compile(r"(?:19|20)[0-9]{2}[-./][0-9]{1,2}[-./]")

GIVEN = re.compile(r"[A-Za-z_][\w.-]{0,60}=(?![=\s]|$)")
"""The next field of a line (`password> trace=0af7`)."""
PROMPTED = re.compile(
    r"(?i)(?:trace|span|request|req|correlation|user|client|ip|host|status|level|thread)[_.-]?(?:id)?=\S"
)
"""A field that has nothing to do with the prompt in front of it: `Password: trace=0af7`."""

COMMA = re.compile(r"\s{0,4},\s{0,4}")
_OCTETS = ("b'", 'b"')
"""Headers as a server of Python prints them: `(b'authorization', b'x')`; lists of names are no octets."""

_FORM_BODY = re.compile(r"(?:;[^\r\n]{0,200})?\r?\n(?:[A-Za-z-]{1,40}:[^\r\n]{0,200}\r?\n)?\r?\n")
_FORM_NAME = re.compile(r"(?i)\bname=\\*[\"'][^\"'\r\n]{1,100}[\"']$")
"""The name of a part of a form; behind other quoted names (`KeyError: 'password'`) a blank line says nothing."""

NAME_BESIDE = re.compile(
    r"(?i)\b(?:name|key|field|header|param|parameter|property|attribute|variable|var|option|k|n)"
    r"[\"']?\s{0,4}(?:=>|[:=])\s{0,4}$"
)
_NAMED = r"(?:[a-z]{0,10}[_-]?(?:name|key)|field|header|param|parameter|property|attribute|variable|var|option|k|n)"
_IS = r"\\*[\"'\]]?\s{0,4}(?:=>|[:=])\s{0,4}"
_NAMED_BY = re.compile(rf"(?i)(?<![a-z0-9]){_NAMED}{_IS}\\*[\"']?$")
_ANY_VALUE = r"(?:[bu]?(?P<q>\\*[\"'])(?P<v>(?:(?!(?P=q))[\s\S]){1,200})(?P=q)|(?P<bare>[^\s\"',;{}\[\]]{1,200}))"
_MORE = rf"(?:\s{{0,4}}[,;]\s{{0,4}}\\*[\"']?\w{{1,20}}{_IS}[^,;{{}}\[\]]{{1,40}}){{0,2}}"
_VALUE_BEFORE = (
    re.compile(
        rf"(?i)\b(?:[a-z]{{0,10}}[_-]?value|val|v|content|data){_IS}{_ANY_VALUE}{_MORE}"
        rf"\s{{0,4}}[,;]\s{{0,4}}[:\\]*[\"']?{_NAMED}{_IS}\\*[\"']?$"
    ),
    re.compile(rf"(?i)\b(?:[a-z]{{0,10}}[_-]?value|val){_IS}{_ANY_VALUE}\s{{1,8}}[\[\"']?{_NAMED}{_IS}\\*[\"']?$"),
)
"""Between comma or semicolon any pair of words; between blanks only what names its value without doubt."""

_DUPLICATE = re.compile(r"(?i)duplicate entry \\*'(?P<v>[^'\n]{1,200}?)\\*' for key \\*'$")
"""What MySQL says in front of the name of a key: `Duplicate entry 'x' for key 'users.rrn'`."""

_ELEMENT_BEFORE = re.compile(
    r"(?i)<(?:[a-z:-]{0,12}value|val|string)>\s{0,4}(?P<v>[^<]{1,200})</[a-z:-]{1,20}>\s{0,20}<(?:[a-z:-]{0,12}name|key)>\s{0,4}$"
)
_INPUT_TYPE = re.compile(r"(?i)<input\s[^<>]{0,200}\btype=\\*[\"']?$")
_INPUT_VALUE = re.compile(r"(?i)\bvalue=(?P<q>\\*[\"'])(?P<v>[^\"'<>\\]{1,200})(?P=q)")
_SERIALIZED_VALUE = re.compile(r"(?i);\s{0,2}s:[0-9]{1,2}:\\*\"(?:[a-z]{0,10}_?value|val|content|data)\\*\"(?=;)")


def read_paired(text: str, after: int) -> tuple[int, int] | None:  # noqa: PLR0911 - one return for each notation
    """Read the value of a name that is itself a quoted value: `"name":"password","value":"x"`, `["password","x"]`."""
    value = PAIR_VALUE.match(text, after) or _BINARY.match(text, after)
    if value:
        return read_value(text, value.end())
    if text[after : after + 1] == ">":
        span = read_until(text, after + 1, "<")
        if span is None or is_label(text, after, span) or (span[1] == len(text) and GIVEN.match(text, *span)):
            return None
        return span
    serialized = _SERIALIZED.match(text, end_of(_SERIALIZED_VALUE, text, after))
    if serialized:
        return _counted(text, serialized)
    form = _FORM_BODY.match(text, after)
    if form and _FORM_NAME.search(text, max(0, after - 120), after):
        return read_until(text, form.end(), "\r\n")
    comma = COMMA.match(text, after)
    if comma:
        span = read_value(text, comma.end()) if OPEN_QUOTE.match(text, end_of(PREFIX, text, comma.end())) else None
        is_word = span is not None and LETTERS.fullmatch(text[slice(*span)].replace("_", "a"))
        if is_word and not text.startswith(_OCTETS, comma.end()):
            return None
        return span
    return None


def read_value_before(text: str, start: int, after: int) -> tuple[int, int] | None:
    """Read a value that stands in front of its name, and none behind: `{'value': 'x', 'key': 'client_secret'}`."""
    first = max(0, start - VALUE_REACH_CHARS)
    if text[start - 1 : start] == ">":
        element = _ELEMENT_BEFORE.search(text, first, start)
        return element.span("v") if element else None
    if text[start - 1 : start] == "'" and " key " in text[max(0, start - 8) : start]:
        duplicate = _DUPLICATE.search(text, first, start)
        return duplicate.span("v") if duplicate else None
    if not _is_named(text, start) or PAIR_VALUE.match(text, after):
        return _read_input(text, start, after)
    pair = _VALUE_BEFORE[0].search(text, first, start) or _VALUE_BEFORE[1].search(text, first, start)
    return pair.span("v" if pair["v"] else "bare") if pair else None


def _is_named(text: str, start: int) -> bool:
    """Say whether `key=`, `"name": "` or the like stands in front of a name."""
    first = max(0, start - NAMED_REACH_CHARS)
    signs = text[first:start].rstrip("\"'").rstrip("\\").rstrip()
    return signs[-1:] in _ASSIGNING and _NAMED_BY.search(text, first, start) is not None


def _read_input(text: str, start: int, after: int) -> tuple[int, int] | None:
    """Read the value of `<input type="password" value="x">`, whatever the order of its attributes."""
    is_type = text[max(0, start - 6) : start].strip("\\\"'").endswith("type=")
    tag = _INPUT_TYPE.search(text, max(0, start - VALUE_REACH_CHARS), start) if is_type else None
    close = text.find(">", after, after + VALUE_REACH_CHARS) if tag else -1
    value = _INPUT_VALUE.search(text, tag.start(), close if close >= 0 else after) if tag else None
    return value.span("v") if value else None


def read_session(text: str, after: int) -> tuple[int, int] | None:
    """Read `password|s:4:"abcd"`."""
    head = _SESSION.match(text, after) if text[after : after + 1] == "|" else None
    return _counted(text, head) if head else None


def _counted(text: str, head: re.Match[str]) -> tuple[int, int] | None:
    """Read a value that PHP serialized: its length in bytes says where it ends, as long as that is true."""
    size = int(head[1] or 0)
    quote = OPEN_QUOTE.match(text, head.end()) if 0 < size <= COUNTED_LIMIT_BYTES else None
    if quote is None:
        return read_value(text, head.end())
    octets = text[quote.end() : quote.end() + size].encode("utf-8", "surrogatepass")[:size]
    end = quote.end() + len(octets.decode("utf-8", "ignore"))
    return (quote.end(), end) if text.startswith(quote[0], end) else read_value(text, head.end())


class Cell(NamedTuple):
    """A value that stands in the element behind its name's; `is_term`: elements that hold nothing but names do."""

    start: int
    end: int
    is_term: bool


def read_cell(text: str, after: int) -> Cell | None:
    """Read the cell beside a name: `<td>password</td><td>x1</td>`, `<key>password</key><string>x</string>`."""
    head = _CELL.match(text, after) if text[after : after + 1] in _CELL_ENDS else None
    span = read_until(text, head.end(), "<") if head else None
    if head is None or span is None:
        return None
    value = text[slice(*span)].removesuffix("]]>").rstrip()
    if _DATE.match(value) or not value:
        return None
    return Cell(span[0], span[0] + len(value), head[1].lower() in _TERMS and not value.isalpha())
