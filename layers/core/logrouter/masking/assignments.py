"""Secrets written as `name = value` in text, in any notation: `k=v`, `k: v`, JSON, XML, YAML, SQL, flags, prints.

A name is found by its stem, read to its full length, and judged by the key policy; then the value's span is read.
"""

import re
from collections.abc import Iterator

from logrouter.masking.containers import find_contained
from logrouter.masking.edits import Edit
from logrouter.masking.keyed import masked_value
from logrouter.masking.keys import KeyPolicy, Verdict
from logrouter.masking.notations import CODE, LETTERS, OPEN_QUOTE, PREFIX, end_of, read_until, read_value
from logrouter.masking.values import is_prose_word, looks_random

NAME_LIMIT_CHARS = 80
"""How far a name is read to the left of its stem."""

_NAME_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.$")
_NAME_REST = re.compile(r"[A-Za-z0-9_-]*+(?:\.[A-Za-z_][A-Za-z0-9_-]*+)*+")
_KOREAN_REST = re.compile(r"[_ ]?[\uac00-\ud7a3]{1,8}(?=\s{0,4}(?:[:=]|->)|\\?[\"'`\]])")
_PARTICLE = re.compile(r"(?:[_ ]?(?:확인|입력|값|정보))?(?:은|는|이|가|을|를|의|로|으로)?(?![\uac00-\ud7a3])")
_CLOSING = re.compile(r"(?:\[[\w-]{0,20}\]){0,3}(?:\\*[\"'`]|&quot;)?(?:[\])]|\[\])*")
_REMARK = re.compile(r"[ \t]*\([^()\n]{1,24}\)(?=[ \t]*[:=])")
_SEPARATOR = re.compile(r"\s{0,20}(?:=>|->|:=|={1,3}|:(?!:)|\u2192|~>)\s{0,20}")
_TABLE = re.compile(r"[ \t]{0,20}\|[ \t]{0,20}")
_TAG = re.compile(r"(?:\s[^<>]{0,120})?>(?:\s*<!\[CDATA\[)?")
_PAIR_VALUE = re.compile(
    r"(?i)\s{0,9}[,;]?\s{0,9}\\*[\"']?\b(?:[a-z]{0,10}[_-]?value|val|v|content|data)\\*[\"']?\s{0,9}(?:=>|[:=])\s{0,9}"
)
_COMMA = re.compile(r"\s{0,4},\s{0,4}")
_FORM_BODY = re.compile(r"(?:;[^\r\n]{0,200})?\r?\n(?:[A-Za-z-]{1,40}:[^\r\n]{0,200}\r?\n)?\r?\n")
_IS = re.compile(
    r"(?i)[ \t]{1,4}(?:=|equals|value|(?:(?:was|is|been)[ \t]{1,4})?changed[ \t]{1,4}from"
    r"|(?:(?:is|was|been|has|have|will|be|now)[ \t]{1,4}){1,3}"
    r"(?:(?:re)?set[ \t]{1,4}to|(?:changed|updated)[ \t]{1,4}to)?"
    r"|(?:(?:re)?set[ \t]{1,4}|changed[ \t]{1,4}|updated[ \t]{1,4})?(?:from[ \t]{1,4}[^\s]{1,40}[ \t]{1,4})?to)"
    r"[ \t]{0,4}[:=]?[ \t]{0,4}(?<=[ \t:=])"
)
_WORDS = re.compile(r"[a-z]+(?:[-_'][a-z]+)*")
_NAME_BESIDE = re.compile(
    r"(?i)\b(?:name|key|field|header|param|parameter|property|attribute|variable|var|option|k|n)"
    r"[\"']?\s{0,4}(?:=>|[:=])\s{0,4}$"
)
_QUOTED_WORDS = re.compile(r"[\"'`][A-Za-z0-9_.\uac00-\ud7a3-]{1,20}(?: [A-Za-z0-9_.\uac00-\ud7a3-]{1,20}){0,2} $")
_RESOURCE = re.compile(r"[a-z][a-z0-9]*(?:[-./][a-z0-9]+)*")
_GOES_ON = re.compile(r"\\*[\"'`][ ]?(?:not|is|was|in|of|for|does|has|already|could|cannot|from|to|by)\b")
_BLANK = re.compile(r"[ \t]{1,8}")
_LINE_START = re.compile(r"(?:^|\n)[ \t]*(?:-[ \t]+|export[ \t]+|set[ \t]+|SET[ \t]+|ENV[ \t]+)?[\"']?$")
_OPAQUE = re.compile(r"[A-Za-z0-9+_.=~-][A-Za-z0-9+/_.=~-]*")
_SUCCESSOR = re.compile(r"[ \t]{1,4}to[ \t]{1,4}[^\s,;]*[0-9][^\s,;]*")
_OPAQUE_CHECKS = frozenset({"auth", "secret", "token", "reference", "credential", "pass"})
_ALGORITHM = re.compile(
    r"(?i)sha[0-9-]|rsa|aes|hmac|md5|utf|base64|oauth|http|(?<![a-z])v[0-9]|[/(){}=<>$#]|\.(?:[a-z]{2,4})$"
)
_CALL = re.compile(
    r"(?:await )?(?:[A-Za-z_]+(?:\.[A-Za-z_]+)+|(?:get|read|load|fetch|find|parse|make|build|create|decode|encode|open)"
    r"[A-Za-z_]*)\("
    r"(?:[brfu]?([\"'])(?P<arg>[^\"'\n]{0,200})\1)?"
)
_SPACE = re.compile(r"\s")
_NEXT_FIELD = re.compile(r"(?<![;,\s])[ \t]+(?=[A-Za-z_][\w.-]{0,40}:(?!//))")
_CLOSING_OF = {"[": "]", "{": "}", "(": ")"}
_QUOTES = frozenset("\"'`\\")
_ALNUM = re.compile(r"[0-9A-Za-z]")
_PARSER = re.compile(r"(?i)(?:unexpected|illegal|stray|near)\s+$")
_PLACE = re.compile(r"[0-9]{1,6}(:[0-9]{1,6})?(?![0-9A-Za-z])")
_SOURCE_FILE = re.compile(
    r"\.(?:[cm]?[jt]sx?|py|java|kts?|scala|go|rb|php|cs|rs|swift|cc?|cpp|h|hpp|vue|svelte|ex|exs|clj|dart|groovy|sql|sh|ya?ml|json)$"
)
_YAML_BLOCK = re.compile(r"[|>][+-]?[ \t]*\r?\n([ \t]+)([^\n]+(?:\n\1[^\n]*)*)")
_OPENINGS = frozenset({'"', "'", "`", "[", "{", "|", ">", ""})
_FLAG = re.compile(r"--?[A-Za-z]")
_FILE = re.compile(r"\.[a-z]{1,5}$")
_COOKIE_END = re.compile(r"[\"'\n\r]|\\[\"nr]")
_ARN = re.compile(r"arn:aws[a-z-]*:[A-Za-z0-9:_/-]*$")


def find_assignments(text: str, policy: KeyPolicy, stems: re.Pattern[str]) -> Iterator[Edit]:
    """Yield an edit for every value whose name the key policy finds sensitive."""
    done = barren = 0
    for stem in stems.finditer(_lower(text)):
        if stem.start() < done:
            continue
        start = _name_start(text, stem.start(), done)
        end = _name_end(text, stem)
        verdict = policy.verdict(text[start:end].strip("$.-"))
        done = end
        if verdict is None or _is_in_address(text, start, end) or _is_base64_tail(text, start, end):
            continue
        contained, close = find_contained(text, end, verdict, policy, barren)
        if contained is not None:
            yield from contained
            done = close
            continue
        barren = close
        span = _value_span(text, start, end, verdict)
        if span is None:
            continue
        new = masked_value(text[span[0] : span[1]], verdict)
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


def _is_base64_tail(text: str, start: int, end: int) -> bool:
    """Tell the last characters of a base64 run (`...+pw== `) from a name."""
    if text[start - 1 : start] == "+":
        return True
    name = text[start:end]
    is_odd = end - start <= 3 and name.isascii() and not (name.islower() or name.isupper() or name.istitle())
    return is_odd or (text.startswith("==", end) and not text[end + 2 : end + 3].strip("= \t\r\n"))


def _name_end(text: str, stem: re.Match[str]) -> int:
    if text[stem.end() - 1] < "\uac00":
        return end_of(_NAME_REST, text, stem.end())
    particle = _KOREAN_REST.match(text, stem.end()) or _PARTICLE.match(text, stem.end())
    return particle.end() if particle else stem.end()


def _value_span(  # noqa: PLR0911 - one return for each way to assign
    text: str, start: int, end: int, verdict: Verdict
) -> tuple[int, int] | None:
    """Return where the value behind a name stands, None when nothing is assigned to it."""
    before = text[start - 1 : start] or ""
    closing = _CLOSING.match(text, end)
    after = closing.end() if closing else end
    is_quoted = after > end and text[end] in "\"'`\\" and (before in _QUOTES or _follows_words(text, start))
    remark = _REMARK.match(text, after)
    separator = _SEPARATOR.match(text, remark.end() if remark else after)
    if separator:
        is_place = separator[0] == ":" and _is_source_place(text, start, end, separator.end())
        return None if is_place else _assigned(text, start, separator, verdict)
    if before in {"<", ":", "/"} and _is_tag(text, start):
        return _tagged(text, end)
    if is_quoted:
        return _paired(text, after)
    if before in {"[", "(", "{"} and text[after : after + 1] == ",":
        return read_value(text, end_of(_COMMA, text, after), is_loose=True)
    value = _PAIR_VALUE.match(text, after)
    if value and _NAME_BESIDE.search(text, max(0, start - 40), start):
        return read_value(text, value.end())
    table = _TABLE.match(text, after)
    if table and "|" in text[max(0, start - 4) : start]:
        return read_value(text, table.end(), is_loose=True)
    return _spoken(text, start, end, verdict)


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
    return span if span[1] < len(text) or not _SPACE.search(text, *span) else None


def _is_source_place(text: str, start: int, end: int, at: int) -> bool:
    """Tell a place in source code (`token.js:61:9`, `crypto/sig:128`) from a value."""
    place = _PLACE.match(text, at)
    if place is None:
        return False
    return bool(place[1]) or text[start - 1 : start] == "/" or bool(_SOURCE_FILE.search(text, start, end))


def _is_tag(text: str, start: int) -> bool:
    return "<" in text[max(0, start - 20) : start]


def _assigned(text: str, start: int, separator: re.Match[str], verdict: Verdict) -> tuple[int, int] | None:
    at = separator.end()
    name = text[start : separator.start()].lower()
    if "cookie" in name and "cookie" in verdict.rule and ":" in separator[0]:
        begin = at + 1 if text[at : at + 1] in {'"', "'"} else at
        stop = _COOKIE_END.search(text, begin)
        return (begin, _bracket_end(text, start, begin, stop.start() if stop else len(text)))
    code = _CALL.match(text, at)
    if code:
        return code.span("arg") if code["arg"] and _is_strange(code["arg"]) else None
    if CODE.match(text, at) or _repeats(text, start, separator.start(), at):
        return None
    block = _YAML_BLOCK.match(text, at)
    if block:
        return block.span(2)
    line = _line_value(text, start, at) if "\n" in text and "\n" not in separator[0] else None
    if line:
        return line
    return read_value(
        text, at, is_loose=":" in separator[0] and separator[0] != ":", is_line_broken="\n" in separator[0]
    )


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
    if text[at : at + 1] in _OPENINGS or not _LINE_START.search(text, max(0, start - 40), start):
        return None
    line_end = text.find("\n", at)
    line = text[at : line_end if line_end >= 0 else len(text)].rstrip()
    comment = line.find(" #")
    line = line[:comment].rstrip() if comment > 0 else line
    return (at, at + len(line)) if line and "=" not in line and not is_prose_word(line.split()[0]) else None


def _paired(text: str, after: int) -> tuple[int, int] | None:
    """Read the value of a name that is itself a quoted value: `"name":"password","value":"x"`, `["password","x"]`."""
    value = _PAIR_VALUE.match(text, after)
    if value:
        return read_value(text, value.end())
    if text[after : after + 1] == ">":
        return read_until(text, after + 1, "<")
    form = _FORM_BODY.match(text, after)
    if form:
        return read_until(text, form.end(), "\r\n")
    comma = _COMMA.match(text, after)
    if comma:
        span = read_value(text, comma.end()) if OPEN_QUOTE.match(text, end_of(PREFIX, text, comma.end())) else None
        if span and LETTERS.fullmatch(text[span[0] : span[1]].replace("_", "a")):
            return None
        return span
    return None


def _spoken(text: str, start: int, end: int, verdict: Verdict) -> tuple[int, int] | None:
    """Read `--password x`, `PASSWORD 'x'`, `password is x1`, `비밀번호 x1`, and a long random run behind a name."""
    spoken = _IS.match(text, end)
    blank = spoken or _BLANK.match(text, end)
    span = read_value(text, blank.end()) if blank else None
    if span is None or blank is None:
        return None
    value = text[span[0] : span[1]]
    if OPEN_QUOTE.match(text, blank.end()):
        is_secret = (
            len(_ALNUM.findall(value)) > 2 and not is_prose_word(value) and not _is_named(text, start, end, span)
        )
        return span if is_secret and not _PARSER.search(text, max(0, start - 16), start) else None
    if _FLAG.match(text, start) and text[start - 1 : start].strip() == "" and not value.startswith("-"):
        return span
    if spoken is not None or text[end - 1] >= "\uac00" or "\t" in blank[0]:
        successor = _SUCCESSOR.match(text, span[1]) if spoken is not None and "from" in spoken[0].lower() else None
        return (span[0], successor.end() if successor else span[1]) if _is_strange(value) else None
    if _is_mixed(value) and verdict.check in _OPAQUE_CHECKS:
        return span
    return span if looks_random(value, 20) and _OPAQUE.fullmatch(value) and not _FILE.search(text, start, end) else None


def _is_strange(value: str) -> bool:
    """Tell a secret (`x1`, `a!b`) from a word of the sentence."""
    bare = value.strip(".,!?")
    has_mark = any(not char.isalpha() for char in bare)
    return has_mark and len(value) >= 4 and value.isascii() and not is_prose_word(value) and not _WORDS.fullmatch(bare)


def _is_mixed(value: str) -> bool:
    """Tell a secret that follows its bare name (`password Xk29vbQ1`) from a word, a version or an algorithm."""
    return (
        looks_random(value, 8)
        and any(char.isupper() for char in value)
        and any(char.islower() for char in value)
        and not _ALGORITHM.search(value)
    )


def _is_named(text: str, start: int, end: int, span: tuple[int, int]) -> bool:
    """Tell the name of a resource (`secret "app-secret" not found`) from a secret."""
    is_resource = text[start:end] in {"secret", "secrets"} and _RESOURCE.fullmatch(text, *span)
    return bool(is_resource and _GOES_ON.match(text, span[1]))
