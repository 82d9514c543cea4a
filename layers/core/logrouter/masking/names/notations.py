"""How a value is written: quoted, bracketed, behind an authentication scheme, bare. Reads its span, judges nothing."""

import re

from logrouter.masking.values.judgement import is_placeholder, is_prose_word, looks_random

PREFIX = re.compile(
    r"(?:string\(\d+\)\s*|(?:Some|SecretStr|Optional|String|str|Secret|N)[(\[]|\[\]byte\("
    r"|\[\](?:string|byte|any|interface ?\{\})\{(?=[\"`])"
    r"|[bBuUrRfFN@$]{1,2}(?=[\"'])|[A-Za-z_][A-Za-z0-9_]{0,40}\((?=[\"'])|!!?[a-z]{1,20}[ \t]+"
    r"|(?:rejected|invalid|given|actual|current) value (?=\[))+"
)
_SCHEME = re.compile(
    r"(?i)[a-z0-9]{2,8}-hmac-sha(?:1|256|512)[ \t]+[^\n\"']*"
    r"|(?:digest|hawk|oauth|signature|mac|hmac)[ \t]+[a-z_]+=[^\n]*"
    r"|(?:bearer|basic|digest|negotiate|token|apikey|api-key|kakaoak|dpop|key|ntlm|hoba)[ \t:]+(?=[^\s])"
)
_PREFIX_STARTS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_[@$!")
_QUOTE_STARTS = frozenset("\\\"'`")
"""First characters of what the patterns find: other values need not be tried with them."""

TAGS = r"(?:[ \t]{0,4}</?(?:b|i|u|em|strong|code|span|tt|kbd|mark|small|font|pre|br)(?:\s[^<>]{0,120})?/?>){0,3}"
MARKUP = r"(?:\*{1,3}(?=[ \t]))?" + TAGS
"""What makes a name or its value stand out, behind the colon: `**Password:** x`, `<b>password</b>: <i>x</i>`."""

LDIF_SIGN = (
    r"::(?=[ \t]{1,4}(?=[A-Za-z]{0,400}[0-9+/=])(?:[A-Za-z0-9+/]{4}){1,100}[A-Za-z0-9+/=]{0,4}[ \t]{0,4}(?:\r?\n|\\|$))"
)
"""What says that a value in base64 follows (RFC 2849)."""

_BRACED_BARE = re.compile(r"\{[^\s{}:=\"',]*\}[^\s,;)}\]\"']")
_BRACED = re.compile(
    r"(?<==)\{(?P<v>(?=[A-Za-z_.]{0,200}[^A-Za-z_.{}])(?:[^{}\n\"'`]|\}\}){4,200})\}(?=\s{0,4}(?:;|\\*[\"']|$))"
)
"""A value in braces, as ODBC quotes one: `PWD={a;b}`."""

OPEN_QUOTE = re.compile(r"(\\*)(\"\"\"|'''|[\"'`])")
_WORD = re.compile(r"[^\s\"'`<>&,;|)}\]\\\x1b]+")
_HANGUL_WORD = re.compile(r"[\uac00-\ud7a3.,!?~()]+")
_HANGUL_TAIL = re.compile(r"[\uac00-\ud7a3]+$")
_COUNTED = re.compile(r"[0-9][0-9,.]{0,12}(?:\uac1c|\uac74|\ud68c|\uba85|\uc885|\ud1a0\ud070)[\uac00-\ud7a3]{0,6}[.,]?")
"""How many of something there are (`40267\uac1c`), with the ending of the word."""

_NEXT_FIELD = re.compile(r" [A-Za-z_][\w.-]{0,40}=[^=\s]")
_NEXT_NAME = re.compile(r"\s*[\"']?[A-Za-z_\uac00-\ud7a3][\w.%\[\]-]{0,60}[\"']?\s?(?:=|:(?!//))|\s|$")
LETTERS = re.compile(r"[A-Za-z][a-z'-]*[.,;!?]?")
CODE = re.compile(
    r"(?:self|this|cls|req|request|res|resp|response|args|kwargs|config|settings|process|os|ctx|context|event|params|options"
    r"|opts|env|props|session|credentials|creds)(?:\??\.[A-Za-z_]+)+(?=[\s,;)\]}]|$)"
    r"|[a-z_]{2,40}(?:\[[\"'][A-Za-z_]{2,60}[\"']\])+(?=[\s,;)\]}]|$)"
)
"""A value that is a line of code (a frame of a stack trace): `self.token`, `data["token"]`."""

_ONLY_QUOTED = re.compile(r"\s*(\\*[\"'])(?P<v>.+)\1\s*", re.DOTALL)
"""The inside of a list of strings; its outer quotes stay."""

_SHELL_APOSTROPHES = ("'\\''", "'\"'\"'")
"""An apostrophe in a quoted word of a shell."""

_BRACKETS = {"[": "]", "(": ")"}

SCHEMES_LIMIT = 3
"""So many schemes may stand in front of a value (`Token token: x`); each of a longer chain is read by itself."""


def end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Return where a pattern that begins at `at` ends; `at` itself when it does not match."""
    match = pattern.match(text, at)
    return match.end() if match else at


def read_until(text: str, at: int, stops: str) -> tuple[int, int] | None:
    """Return the span from `at` to the next of the marks, without blanks in front; None when it is empty."""
    end = at
    while end < len(text) and text[end] not in stops:
        end += 1
    while at < end and text[at].isspace():
        at += 1
    return (at, end) if end > at else None


def read_value(
    text: str, at: int, *, is_loose: bool = False, is_line_broken: bool = False, schemes: int = SCHEMES_LIMIT
) -> tuple[int, int] | None:
    """Return the span of the value that begins at `at`: quoted, bracketed, behind a scheme, or a bare run."""
    opening = text[at : at + 1]
    if opening in _PREFIX_STARTS:
        at = end_of(PREFIX, text, at)
        opening = text[at : at + 1]
    quote = OPEN_QUOTE.match(text, at) if opening in _QUOTE_STARTS else None
    if quote:
        return _quoted(text, quote)
    if opening in _BRACKETS:
        return _bracketed(text, at)
    if opening == "" or (opening == "{" and not _BRACED_BARE.match(text, at)):
        braced = _BRACED.match(text, at) if opening else None
        return braced.span("v") if braced else None
    scheme = _SCHEME.match(text, at) if opening.isalnum() else None
    if scheme:
        if "=" in scheme[0]:
            return scheme.span()
        behind = read_value(text, scheme.end(), schemes=schemes - 1) if schemes else None
        return behind if behind and not is_prose_word(text[behind[0] : behind[1]]) else None
    return _bare(text, at, is_loose=is_loose, is_line_broken=is_line_broken)


def _bracketed(text: str, at: int) -> tuple[int, int] | None:
    close = text.find(_BRACKETS[text[at]], at, at + 4000)
    inner = text[at + 1 : close] if close > 0 else ""
    if not inner or "{" in inner or is_placeholder(text[at : close + 1]):
        return None
    only = _ONLY_QUOTED.fullmatch(inner)
    return (at + 1 + only.start("v"), at + 1 + only.end("v")) if only else (at + 1, close)


def _quoted(text: str, quote: re.Match[str]) -> tuple[int, int] | None:
    mark = quote[0]
    start = quote.end()
    at = start
    while True:
        close = text.find(mark, at)
        if close < 0:
            line_end = text.find("\n", start)
            close = line_end if line_end > start else len(text)
            break
        slashes = 0
        while text[close - 1 - slashes] == "\\" and close - 1 - slashes >= start:
            slashes += 1
        if slashes % 2 and not quote[1]:
            at = close + 1
        elif slashes and quote[1]:
            at = close + len(mark)
        elif mark == "'" and text[close + 1 : close + 2] == "'":
            at = close + 2
        elif mark == "'" and text.startswith(_SHELL_APOSTROPHES, close):
            at = text.index("'", close + 3) + 1
        else:
            break
    return (start, close) if close > start else None


def _bare(text: str, at: int, *, is_loose: bool, is_line_broken: bool) -> tuple[int, int] | None:
    end = at
    while True:
        end = end_of(_WORD, text, end)
        if end >= len(text) or not _goes_on(text, end):
            break
        end += 1
    while end > at and text[end - 1] in ".:" and (end == len(text) or text[end].isspace()):
        end -= 1
    value = text[at:end]
    if not value.isascii() and _COUNTED.fullmatch(value):
        return None
    if not value.isascii() and value[:1].isascii():
        trimmed = _HANGUL_TAIL.sub("", value)
        value, end = (trimmed, at + len(trimmed)) if trimmed else (value, end)
    if not value or is_prose_word(value) or _HANGUL_WORD.fullmatch(value):
        return None
    if is_line_broken and not looks_random(value, 6):
        return None
    is_word = is_loose and LETTERS.fullmatch(value) and not _NEXT_FIELD.match(text, end)
    if is_word and LETTERS.match(text[end:].lstrip(" ")) and text[end : end + 1] == " ":
        return None
    return at, end


def _goes_on(text: str, at: int) -> bool:
    """Say whether a mark inside a bare value belongs to it (`pa&ss`, `a,b`) or ends it."""
    mark, after = text[at], text[at + 1 : at + 2]
    if mark.isspace() or not after or after.isspace():
        return False
    if mark in "&,;":
        return not _NEXT_NAME.match(text, at + 1) and after not in "\"'{[&;,"
    if mark in ")]}>\"'`":
        return after.isalnum()
    if mark == "\\":
        return after not in "\"'nrt\\"
    if mark == "<":
        return not (after == "/" or after.isalpha() or after == "!")
    return False
