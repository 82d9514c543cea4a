"""Secrets written as `name = value` in text, in any notation: `k=v`, `k: v`, JSON, XML, YAML, SQL, flags, prints.

A name is found by its stem, read to its full length, and judged by the key policy; then the value's span is read.
"""

import re
from collections.abc import Iterator

from logrouter.masking.edits import SECRET, Edit
from logrouter.masking.keyed import KEYED
from logrouter.masking.keys import KeyPolicy, Verdict
from logrouter.masking.values import CHECKS, is_placeholder, is_prose_word, looks_random

NAME_LIMIT_CHARS = 80
"""How far a name is read to the left of its stem."""

_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$")
_NAME_REST = re.compile(r"[A-Za-z0-9_-]*+(?:\.[A-Za-z_][A-Za-z0-9_-]*+)*+")
_KOREAN_REST = re.compile(r"[_ ]?[\uac00-\ud7a3]{1,8}(?=\s{0,4}(?:[:=]|->)|\\?[\"'`\]])")
_PARTICLE = re.compile(r"(?:[_ ]?(?:확인|입력|값|정보))?(?:은|는|이|가|을|를|의|로|으로)?(?![\uac00-\ud7a3])")
_CLOSING = re.compile(r"(?:\\*[\"'`]|&quot;)?[\])]*")
_REMARK = re.compile(r"[ \t]*\([^()\n]{1,24}\)(?=[ \t]*[:=])")
_SEPARATOR = re.compile(r"\s{0,20}(?:=>|->|:=|={1,3}|:(?!:)|\u2192|~>)\s{0,20}")
_TABLE = re.compile(r"[ \t]{0,20}\|[ \t]{0,20}")
_TAG = re.compile(r"(?:\s[^<>]{0,120})?>(?:\s*<!\[CDATA\[)?")
_PAIR_VALUE = re.compile(
    r"(?i)\s{0,9}[,;]?\s{0,9}\\*[\"']?\b(?:[a-z]{0,10}[_-]?value|val|v|content|data)\\*[\"']?\s{0,9}(?:=>|[:=])\s{0,9}"
)
_COMMA = re.compile(r"\s{0,4},\s{0,4}")
_FORM_BODY = re.compile(r"(?:;[^\r\n]{0,200})?\r?\n(?:[A-Za-z-]{1,40}:[^\r\n]{0,200}\r?\n)?\r?\n")
_IS = re.compile(r"(?i)[ \t]{1,4}(?:is|was|equals|value|=)[ \t]{1,4}[:=]?[ \t]{0,4}")
_BLANK = re.compile(r"[ \t]{1,8}")
_PREFIX = re.compile(
    r"(?:string\(\d+\)\s*|(?:Some|SecretStr|Optional|String|str|Secret|N)[(\[]|\[\]byte\("
    r"|[bBuUrRfFN@$]{1,2}(?=[\"']))+"
)
_SCHEME = re.compile(
    r"(?i)aws4-hmac-sha256[ \t]+[^\n\"']*|digest[ \t]+[a-z]+=[^\n]*"
    r"|(?:bearer|basic|digest|negotiate|token|apikey|api-key|kakaoak|dpop|key|ntlm|hoba)[ \t:]+(?=[^\s])"
)
_BRACED_BARE = re.compile(r"\{[^\s{}:=\"',]*\}[^\s,;)}\]\"']")
_OPEN_QUOTE = re.compile(r"(\\*)([\"'`])")
_WORD = re.compile(r"[^\s\"'`<>&,;|)}\]\\]+")
_HANGUL_WORD = re.compile(r"[\uac00-\ud7a3.,!?~()]+")
_HANGUL_TAIL = re.compile(r"[\uac00-\ud7a3]+$")
_NEXT_NAME = re.compile(r"\s*[\"']?[A-Za-z_\uac00-\ud7a3][\w.%\[\]-]{0,60}[\"']?\s?(?:=|:(?!//))|\s|$")
_LETTERS = re.compile(r"[A-Za-z][a-z'-]*[.,;!?]?")
_LINE_START = re.compile(r"(?:^|\n)[ \t]*(?:-[ \t]+|export[ \t]+|set[ \t]+|SET[ \t]+|ENV[ \t]+)?[\"']?$")
_OPAQUE = re.compile(r"[A-Za-z0-9+_.=~-][A-Za-z0-9+/_.=~-]*")
_ALNUM = re.compile(r"[0-9A-Za-z]")
_PARSER = re.compile(r"(?i)(?:unexpected|illegal|stray|near)\s+$")
_FLAG = re.compile(r"--?[A-Za-z]")
_FILE = re.compile(r"\.[a-z]{1,5}$")
_COOKIE_END = re.compile(r"[\"'\n\r]|\\[\"nr]")
_ARN = re.compile(r"arn:aws[a-z-]*:[A-Za-z0-9:_/-]*$")
_BRACKETS = {"[": "]", "(": ")"}


def find_assignments(text: str, policy: KeyPolicy, stems: re.Pattern[str]) -> Iterator[Edit]:
    """Yield an edit for every value whose name the key policy finds sensitive."""
    done = 0
    for stem in stems.finditer(_lower(text)):
        if stem.start() < done:
            continue
        start = _name_start(text, stem.start(), done)
        end = _name_end(text, stem)
        verdict = policy.verdict(text[start:end].strip("$.-"))
        done = end
        if verdict is None or _is_in_address(text, start, end):
            continue
        span = _value_span(text, start, end, verdict)
        if span is None:
            continue
        new = _masked(text[span[0] : span[1]], verdict)
        if new is not None:
            yield Edit(*span, new, verdict.rule)
            done = span[1]


def _lower(text: str) -> str:
    """Lower a text without moving its characters (a few Unicode letters become two)."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(char.lower() if char.isascii() else char for char in text)


def _name_start(text: str, at: int, floor: int) -> int:
    low = max(floor, at - NAME_LIMIT_CHARS)
    first = at
    is_korean = text[at] >= "\uac00"
    while at > low and (text[at - 1] in _NAME_CHARS or (is_korean and "\uac00" <= text[at - 1] <= "\ud7a3")):
        at -= 1
    return at + 1 if text[at - 1 : at] == "\\" and text[at] in "nrt" and at < first else at


def _is_in_address(text: str, start: int, end: int) -> bool:
    """Tell `arn:aws:secretsmanager:...:secret:name` and `https://x-token:...@host` (another rule's) from a name."""
    if text[end : end + 1] == ":" and text[max(0, start - 3) : start] == "://":
        return True
    return text[start - 1 : start] == ":" and bool(_ARN.search(text, max(0, start - 120), start))


def _name_end(text: str, stem: re.Match[str]) -> int:
    if text[stem.end() - 1] < "\uac00":
        return _end(_NAME_REST, text, stem.end())
    particle = _KOREAN_REST.match(text, stem.end()) or _PARTICLE.match(text, stem.end())
    return particle.end() if particle else stem.end()


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _masked(value: str, verdict: Verdict) -> str | None:
    keyed = KEYED.get(verdict.check)
    if keyed:
        return keyed(value, verdict.piece)
    return SECRET if CHECKS[verdict.check](value) else None


def _value_span(text: str, start: int, end: int, verdict: Verdict) -> tuple[int, int] | None:
    """Return where the value behind a name stands, None when nothing is assigned to it."""
    before = text[start - 1 : start] or ""
    closing = _CLOSING.match(text, end)
    after = closing.end() if closing else end
    is_quoted = after > end and text[end] in "\"'`\\" and before in {'"', "'", "`", "\\"}
    remark = _REMARK.match(text, after)
    separator = _SEPARATOR.match(text, remark.end() if remark else after)
    if separator:
        return _assigned(text, start, separator, verdict)
    if before in {"<", ":", "/"} and _is_tag(text, start):
        tag = _TAG.match(text, end)
        return _until(text, tag.end(), "<]") if tag else None
    if is_quoted:
        return _paired(text, after)
    if before in {"[", "("} and text[after : after + 1] == ",":
        return _read(text, _end(_COMMA, text, after), is_loose=True)
    table = _TABLE.match(text, after)
    if table and "|" in text[max(0, start - 4) : start]:
        return _read(text, table.end(), is_loose=True)
    return _spoken(text, start, end)


def _is_tag(text: str, start: int) -> bool:
    return "<" in text[max(0, start - 20) : start]


def _assigned(text: str, start: int, separator: re.Match[str], verdict: Verdict) -> tuple[int, int] | None:
    at = separator.end()
    name = text[start : separator.start()].lower()
    if "cookie" in name and "cookie" in verdict.rule and ":" in separator[0]:
        stop = _COOKIE_END.search(text, at + 1 if text[at : at + 1] in {'"', "'"} else at)
        begin = at + 1 if text[at : at + 1] in {'"', "'"} else at
        return (begin, stop.start() if stop else len(text))
    if (
        "\n" in text
        and text[at : at + 1] not in {'"', "'", "`", "[", "{", "|", ">", ""}
        and _LINE_START.search(text, max(0, start - 40), start)
    ):
        if "\n" in separator[0].rstrip(" \t"):
            return None
        line_end = text.find("\n", at)
        line = text[at : line_end if line_end >= 0 else len(text)].rstrip()
        comment = line.find(" #")
        line = line[:comment].rstrip() if comment > 0 else line
        if line and "=" not in line and not is_prose_word(line.split()[0]):
            return at, at + len(line)
    return _read(text, at, is_loose=":" in separator[0] and separator[0] != ":", is_line_broken="\n" in separator[0])


def _paired(text: str, after: int) -> tuple[int, int] | None:
    """Read the value of a name that is itself a quoted value: `"name":"password","value":"x"`, `["password","x"]`."""
    value = _PAIR_VALUE.match(text, after)
    if value:
        return _read(text, value.end())
    if text[after : after + 1] == ">":
        return _until(text, after + 1, "<")
    form = _FORM_BODY.match(text, after)
    if form:
        return _until(text, form.end(), "\r\n")
    comma = _COMMA.match(text, after)
    if comma:
        span = _read(text, comma.end()) if _OPEN_QUOTE.match(text, _end(_PREFIX, text, comma.end())) else None
        if span and _LETTERS.fullmatch(text[span[0] : span[1]].replace("_", "a")):
            return None
        return span
    return None


def _spoken(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Read `--password x`, `PASSWORD 'x'`, `password is x1`, `비밀번호 x1`, and a long random run behind a name."""
    spoken = _IS.match(text, end)
    blank = spoken or _BLANK.match(text, end)
    span = _read(text, blank.end()) if blank else None
    if span is None or blank is None:
        return None
    value = text[span[0] : span[1]]
    if _OPEN_QUOTE.match(text, blank.end()):
        is_secret = len(_ALNUM.findall(value)) > 2 and not is_prose_word(value)
        return span if is_secret and not _PARSER.search(text, max(0, start - 16), start) else None
    if _FLAG.match(text, start) and text[start - 1 : start].strip() == "" and not value.startswith("-"):
        return span
    if spoken is not None or text[end - 1] >= "\uac00":
        return span if _is_strange(value) else None
    return span if looks_random(value, 20) and _OPAQUE.fullmatch(value) and not _FILE.search(text, start, end) else None


def _is_strange(value: str) -> bool:
    """Tell a secret (`x1`, `a!b`) from a word of the sentence."""
    has_mark = any(not char.isalpha() for char in value.strip(".,!?"))
    return has_mark and len(value) >= 4 and value.isascii() and not is_prose_word(value)


def _until(text: str, at: int, stops: str) -> tuple[int, int] | None:
    end = at
    while end < len(text) and text[end] not in stops:
        end += 1
    while at < end and text[at].isspace():
        at += 1
    return (at, end) if end > at else None


def _read(text: str, at: int, *, is_loose: bool = False, is_line_broken: bool = False) -> tuple[int, int] | None:
    """Return the span of the value that begins at `at`: quoted, bracketed, behind a scheme, or a bare run."""
    at = _end(_PREFIX, text, at)
    quote = _OPEN_QUOTE.match(text, at)
    if quote:
        return _quoted(text, quote)
    opening = text[at : at + 1]
    if opening in _BRACKETS:
        return _bracketed(text, at)
    if opening == "" or (opening == "{" and not _BRACED_BARE.match(text, at)):
        return None
    scheme = _SCHEME.match(text, at)
    if scheme:
        if "=" in scheme[0]:
            return scheme.span()
        behind = _read(text, scheme.end())
        return behind if behind and not is_prose_word(text[behind[0] : behind[1]]) else None
    return _bare(text, at, is_loose=is_loose, is_line_broken=is_line_broken)


def _bracketed(text: str, at: int) -> tuple[int, int] | None:
    close = text.find(_BRACKETS[text[at]], at, at + 4000)
    inner = text[at + 1 : close] if close > 0 else ""
    return (at + 1, close) if inner and "{" not in inner and not is_placeholder(text[at : close + 1]) else None


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
        else:
            break
    return (start, close) if close > start else None


def _bare(text: str, at: int, *, is_loose: bool, is_line_broken: bool) -> tuple[int, int] | None:
    end = at
    while True:
        end = _end(_WORD, text, end)
        if end >= len(text) or not _goes_on(text, end):
            break
        end += 1
    while end > at and text[end - 1] in ".:" and (end == len(text) or text[end].isspace()):
        end -= 1
    value = text[at:end]
    if value[:1].isascii():
        trimmed = _HANGUL_TAIL.sub("", value)
        value, end = (trimmed, at + len(trimmed)) if trimmed else (value, end)
    if not value or is_prose_word(value) or _HANGUL_WORD.fullmatch(value):
        return None
    if is_line_broken and not looks_random(value, 6):
        return None
    if is_loose and _LETTERS.fullmatch(value) and _LETTERS.match(text[end:].lstrip(" ")) and text[end : end + 1] == " ":
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
