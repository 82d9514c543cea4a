"""Where the value of a name stands in text: behind a sign, in a tag, a cell, a pair, a call, on a line, or said."""

import re

from logrouter.masking.names.headers import read_header
from logrouter.masking.names.notations import CODE, LDIF_SIGN, MARKUP, OPEN_QUOTE, TAGS, end_of, read_until, read_value
from logrouter.masking.names.pairs import (
    COMMA,
    GIVEN,
    NAME_BESIDE,
    PAIR_VALUE,
    read_cell,
    read_paired,
    read_session,
    read_value_before,
)
from logrouter.masking.names.spoken import is_strange, read_opaque, read_spoken
from logrouter.masking.names.spread import spread_value
from logrouter.masking.names.surroundings import is_called, is_name_in_list, is_type
from logrouter.masking.values.judgement import is_prose_word
from logrouter.masking.values.keyed import KEYED, masked_value
from logrouter.masking.values.keys import Verdict

CALL_LIMIT_CHARS = 160
"""A call's name ends here."""

LINE_START_CHARS = 40
"""A name that stands further from the start of its line does not begin it."""

_CLOSING_STARTS = frozenset("[]()\\\"'`&\x1b*")
_REMARK_STARTS = frozenset(" \t(")

_CLOSING = re.compile(r"(?:\x1b\[[0-9;]{0,12}m)?(?:\[[\w-]{0,20}\]){0,3}(?:\\*[\"'`]|&quot;)?(?:[\])]|\[\])*\*{0,3}")
_REMARK = re.compile(r"[ \t]*\([^()\n]{1,24}\)(?=[ \t]*[:=])")
_SEPARATOR = re.compile(
    rf"(?:\.{{2,60}})?\s{{0,20}}(?:={{1,3}}>|->|:=|={{1,3}}{TAGS}|:(?!:){MARKUP}|{LDIF_SIGN}|[\u2192\u21d2]|~>)"
    r"(?:\x1b\[[0-9;]{0,12}m)?\s{0,20}(?:\x1b\[[0-9;]{0,12}m)?"
)
_TABLE = re.compile(r"[ \t]{0,20}\|[ \t]{0,20}")
_TAG = re.compile(r"(?:\s[^<>]{0,120})?>(?:\s*<!\[CDATA\[)?")
_QUOTED_WORDS = re.compile(r"[\"'`][A-Za-z0-9_.\uac00-\ud7a3-]{1,20}(?: [A-Za-z0-9_.\uac00-\ud7a3-]{1,20}){0,2} $")
_LINE_START = re.compile(r"[ \t]*(?:-[ \t]+|export[ \t]+|set[ \t]+|SET[ \t]+|ENV[ \t]+)?[\"']?")
_CALL = re.compile(
    r"(?:await )?(?:[A-Za-z_]+(?:\.[A-Za-z_]+)+|(?:get|read|load|fetch|find|parse|make|build|create|decode|encode|open)"
    r"[A-Za-z_]*)\("
    r"(?:[brfu]?([\"'])(?P<arg>[^\"'\n]{0,200})\1)?"
)
_PATH = re.compile(r"[A-Za-z]+(?:[-_./:][A-Za-z]+)*")
"""What a call is asked for: `config.get("jwt.secret")`."""
_SPACE = re.compile(r"\s")
_NEXT_FIELD = re.compile(r"(?<![;,\s])[ \t]+(?=[A-Za-z_][\w.-]{0,40}:(?!//))")
_CLOSING_OF = {"[": "]", "{": "}", "(": ")"}
_END_TAG = re.compile(r"</[A-Za-z]{1,8}>(?=\s{0,4}[:=])")
"""The end of an element that makes a name stand out: `<b>password</b>: x`."""

_ATOM_STARTS = frozenset({"{:", "[:", "(:"})
_QUOTES = frozenset("\"'`\\\0")
_PLACE = re.compile(r"(?:line )?[0-9]{1,6}(:[0-9]{1,6})?(?![0-9A-Za-z])")
_SOURCE_FILE = re.compile(
    r"\.(?:[cm]?[jt]sx?|py|java|kts?|scala|go|rb|php|cs|rs|swift|cc?|cpp|h|hpp|vue|svelte|ex|exs|clj|dart|groovy|sql|sh|ya?ml|json)$"
)
_SIGNATURE_PARTS = re.compile(
    r"[a-zA-Z][\w-]{0,20}=[^\s,;\"'&]{1,400}(?:[,;] ?[a-zA-Z][\w-]{0,20}=[^\s,;\"'&]{1,400})+"
)
"""A signature of several parts: `t=1763600000,v1=54f55a90`."""
_YAML_BLOCK = re.compile(r"[|>][+-]?[ \t]*\r?\n([ \t]+)([^\n]+(?:\n\1[^\n]*)*)")
_OPENINGS = frozenset({'"', "'", "`", "[", "{", "|", ">", ""})
_SETTER = re.compile(r"(?:set|with|use)[A-Z_]")
_MORE_FIELDS = re.compile(r"[,;] [\w\uac00-\ud7a3]{1,30}:[ \t]")
_COOKIE_START = re.compile(r"[ \t]*(?:\[|\()?[\"']?[^\s=;,]{1,200}=")
_COOKIE_END = re.compile(r"[\"'\n\r]|\\[\"nr]")


def value_span(  # noqa: PLR0911 - one return for each way to assign
    text: str, start: int, end: int, verdict: Verdict
) -> tuple[int, int] | None:
    """Return where the value behind a name stands, None when nothing is assigned to it."""
    before = text[start - 1 : start] or ""
    after = end_of(_CLOSING, text, end) if text[end : end + 1] in _CLOSING_STARTS else end
    is_quoted = after > end and text[end] in "\"'`\\" and (before in _QUOTES or _follows_words(text, start))
    if text[after : after + 2] == "</":
        after = end_of(_END_TAG, text, after)
    remark_end = end_of(_REMARK, text, after) if text[after : after + 1] in _REMARK_STARTS else after
    separator = _SEPARATOR.match(text, remark_end)
    if separator:
        is_place = separator[0] == ":" and _is_source_place(text, start, end, separator.end())
        return None if is_place else _assigned(text, start, separator, verdict)
    if before in {"<", ":", "/"} and _is_tag(text, start):
        return _tagged(text, end)
    if is_quoted:
        return read_value_before(text, start, after) or read_paired(text, after)
    cell = read_cell(text, after)
    if cell:
        is_told = verdict.check in KEYED or cell.is_term or is_strange(text[cell.start : cell.end])
        return (cell.start, cell.end) if is_told else None
    session = read_session(text, after) or read_value_before(text, start, after) or _set_value(text, start, end)
    if session:
        return session
    is_first = before in {"[", "(", "{"} or text[max(0, start - 2) : start] in _ATOM_STARTS
    if is_first and text[after : after + 1] == ",":
        span = read_value(text, end_of(COMMA, text, after), is_loose=True)
        is_name = span is not None and (is_name_in_list(text[slice(*span)]) or is_called(text, start, span))
        return None if is_name else span
    value = PAIR_VALUE.match(text, after)
    if value and NAME_BESIDE.search(text, max(0, start - 40), start):
        return read_value(text, value.end())
    table = _TABLE.match(text, after)
    if table and "|" in text[max(0, start - 4) : start]:
        return None if is_type(text, table.end()) else read_value(text, table.end(), is_loose=True)
    return read_opaque(text, end, after) or read_spoken(
        text, start, after if text[end : end + 1] == "*" else end, verdict
    )


def _set_value(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Read `user.setPassword("x")`."""
    if text[end : end + 1] != "(" or not OPEN_QUOTE.match(text, end + 1):
        return None
    return read_value(text, end + 1) if _SETTER.match(text[start:end].rpartition(".")[2]) else None


def _follows_words(text: str, start: int) -> bool:
    """Say whether the name is the last of several words in quotes (`"new password"`)."""
    return text[start - 1 : start] == " " and bool(_QUOTED_WORDS.search(text, max(0, start - 64), start))


def _tagged(text: str, end: int) -> tuple[int, int] | None:
    """Read `<password>x</password>`, CDATA too; where the element is not closed, one word (`<password>` is a hint)."""
    tag = _TAG.match(text, end)
    span = read_until(text, tag.end(), "<") if tag else None
    if span is None:
        return None
    close = text.find("]]>", *span)
    if close > span[0]:
        return (span[0], close)
    is_word = not _SPACE.search(text, *span) and not GIVEN.match(text, *span)
    return span if span[1] < len(text) or is_word else None


def _is_source_place(text: str, start: int, end: int, at: int) -> bool:
    """Tell a place in source code (`token.js:61:9`, `Token.cs:line 38`, `crypto/sig:128`) from a value."""
    place = _PLACE.match(text, at)
    if place is None:
        return False
    return bool(place[1]) or text[start - 1 : start] == "/" or bool(_SOURCE_FILE.search(text, start, end))


def _is_tag(text: str, start: int) -> bool:
    return "<" in text[max(0, start - 20) : start]


def _assigned(  # noqa: PLR0911 - one return for each notation
    text: str, start: int, separator: re.Match[str], verdict: Verdict
) -> tuple[int, int] | None:
    at = separator.end()
    name = text[start : separator.start()].lower()
    if "cookie" in name and "cookie" in verdict.rule and separator[0].rstrip(" \t")[-1:] == ":":
        begin = at + 1 if text[at : at + 1] in {'"', "'"} else at
        if not _COOKIE_START.match(text, begin):
            return read_value(text, at)
        stop = _COOKIE_END.search(text, begin)
        return (begin, _bracket_end(text, start, begin, stop.start() if stop else len(text)))
    header = read_header(text, start, separator) if verdict.rule == "key.authorization" else None
    if header:
        return header
    code = _CALL.match(text, at) if "(" in text[at : at + CALL_LIMIT_CHARS] else None
    if code:
        return (
            code.span("arg") if code["arg"] and is_strange(code["arg"]) and not _PATH.fullmatch(code["arg"]) else None
        )
    if (text[at : at + 1].isalpha() and CODE.match(text, at)) or _repeats(text, start, separator.start(), at):
        return None
    block = _YAML_BLOCK.match(text, at) if text[at : at + 1] in {"|", ">"} else None
    if block:
        return block.span(2)
    if verdict.check == "signature":
        parts = _SIGNATURE_PARTS.match(text, at)
        if parts:
            return parts.span()
    span = _line_value(text, start, at) if "\n" not in separator[0] else None
    span = span or read_value(
        text, at, is_loose=":" in separator[0] and separator[0] != ":", is_line_broken="\n" in separator[0]
    )
    if verdict.check in KEYED and (span is None or masked_value(text[slice(*span)], verdict) is None):
        spread = spread_value(text, at, verdict)
        return (at, spread[0]) if spread else span
    return span


def _repeats(text: str, start: int, end: int, at: int) -> bool:
    """Tell a line of code that hands a variable on (`client_token=client_token`)."""
    stop = at + end - start
    return (
        text[start:end].isidentifier() and text[start:end] == text[at:stop] and text[stop : stop + 1] in {",", ")", ""}
    )


def _bracket_end(text: str, start: int, begin: int, end: int) -> int:
    """Return where the cookies of `[cookie: a=b; c=d] done` and `map[cookie:a name:b]` end."""
    head = text[max(0, start - 200) : start]
    opening = max(head.rfind(mark) for mark in "[{(")
    if opening < 0 or any(mark in head[opening:] for mark in "]})\n"):
        return end
    close = text.find(_CLOSING_OF[head[opening]], begin, end)
    end = close if close > begin else end
    following = _NEXT_FIELD.search(text, begin, end)
    return following.start() if following else end


def _line_value(text: str, start: int, at: int) -> tuple[int, int] | None:
    """Read a bare value that has its line to itself (YAML, properties): to the end of the line, spaces included."""
    line_start = text.rfind("\n", max(0, start - LINE_START_CHARS), start)
    if line_start < 0 and start > LINE_START_CHARS:
        return None
    if text[at : at + 1] in _OPENINGS or not _LINE_START.fullmatch(text, line_start + 1, start):
        return None
    line_end = text.find("\n", at)
    if line_start < 0 and line_end < 0 and "\n" not in text:
        return None
    line = text[at : line_end if line_end >= 0 else len(text)].rstrip()
    comment = line.find(" #")
    line = line[:comment].rstrip() if comment > 0 else line
    if not line or "=" in line or is_prose_word(line.split()[0]) or _MORE_FIELDS.search(line):
        return None
    return at, at + len(line)
