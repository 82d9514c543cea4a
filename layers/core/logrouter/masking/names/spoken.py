"""Values that are said, not assigned: `--password x`, `password is x1`, `비밀번호 x1`, a random run behind a name."""

import re

from logrouter.masking.names.notations import OPEN_QUOTE, read_value
from logrouter.masking.names.pairs import GIVEN
from logrouter.masking.values.judgement import is_prose_word, looks_random
from logrouter.masking.values.keys import Verdict

_IS = re.compile(
    r"(?i)(?:[ \t]{1,4}(?:for|of)[ \t]{1,4}[^\s=:,;]{1,40}(?=[ \t]{1,4}(?:is|was|:)))?"
    r"[ \t]{1,4}(?:=|equals|value|(?:(?:was|is|been)[ \t]{1,4})?changed[ \t]{1,4}from"
    r"|(?:(?:is|was|been|has|have|will|be|now)(?:[ \t]{1,4}|(?=[:=]))){1,3}"
    r"(?:(?:re)?set[ \t]{1,4}to|(?:changed|updated)[ \t]{1,4}to)?"
    r"|(?:(?:re)?set[ \t]{1,4}|changed[ \t]{1,4}|updated[ \t]{1,4})?(?:from[ \t]{1,4}[^\s]{1,40}[ \t]{1,4})?to)"
    r"[ \t]{0,4}[:=]?[ \t]{0,4}(?<=[ \t:=])"
)
_WORDS = re.compile(r"[a-z]+(?:[-_'][a-z]+)*")
_RESOURCE = re.compile(r"[a-z][a-z0-9]*(?:[-./][a-z0-9]+)*")
_GOES_ON = re.compile(
    r"\\*[\"'`][ ]?(?:not|is|was|in|of|for|does|has|already|could|cannot|from|to|by|created|updated|deleted|configured"
    r"|mounted|synced|exists|rotated|found|missing|patched|unchanged|replicated|scheduled|restored|removed|added)\b"
)
_MARKED = re.compile(r"(?:[ \t]{1,4}\[?|\|)(?P<v>[!-Z^-z~]{4,200})(?=[\s|\]]|$)")
_ATTACHED = re.compile(r"[!-~]{8}")
_BLANK = re.compile(r"[ \t]{1,8}")
_OPAQUE = re.compile(r"[A-Za-z0-9+_.=~-][A-Za-z0-9+/_.=~-]*")
_SUCCESSOR = re.compile(r"[ \t]{1,4}to[ \t]{1,4}[^\s,;]*[0-9][^\s,;]*")
_OPAQUE_CHECKS = frozenset({"auth", "secret", "token", "reference", "credential", "pass"})
_NAMED_BY_UUID = frozenset({"pass", "credential"})
_UUID = re.compile(r"(?i)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Behind `PASS` and `client_credentials` a UUID is that of a request."""

_ALGORITHM = re.compile(
    r"(?i)sha[0-9-]|rsa|aes|hmac|md5|utf|base64|oauth|http|(?<![a-z])v[0-9]|[/(){}=<>$#]|\.(?:[a-z]{2,4})$"
)
_ALNUM = re.compile(r"[0-9A-Za-z]")
_PARSER = re.compile(r"(?i)(?:unexpected|illegal|stray|near)\s+$")
_SETTING_WORD = re.compile(r"(?:^|[\s;])(?:ENV|setx|setenv|SETX)[ \t]{1,4}$")
_FLAG = re.compile(r"--?[A-Za-z]")
_FUNCTION_WORD = re.compile(
    r"(?:via|the|an?|is|was|are|and|or|in|on|with|without|for|from|by|as|if|when|instead|option|flag|argument|must|should"
    r"|cannot|can|will|to|has|not|unless|because|but)(?=[ \t]+[A-Za-z])"
)
_FILE = re.compile(r"\.[a-z]{1,5}$")


def read_spoken(  # noqa: PLR0911 - one return for each way to say it
    text: str, start: int, end: int, verdict: Verdict
) -> tuple[int, int] | None:
    """Read `--password x`, `PASSWORD 'x'`, `password is x1`, `비밀번호 x1`, and a long random run behind a name."""
    spoken = _IS.match(text, end)
    blank = spoken or _BLANK.match(text, end)
    if blank is None and text[end - 1] >= "\uac00" and _ATTACHED.match(text, end):
        attached = read_value(text, end)
        value = text[slice(*attached)] if attached else ""
        return attached if _is_mixed(value) and sum(map(str.isdigit, value)) > 1 else None
    span = read_value(text, blank.end()) if blank else None
    if span is None or blank is None or _is_resource_to(text, start, end, blank[0]):
        return None
    value = text[span[0] : span[1]]
    if GIVEN.match(value):
        return None
    if OPEN_QUOTE.match(text, blank.end()):
        is_secret = (
            len(_ALNUM.findall(value)) > 2 and not is_prose_word(value) and not _is_named(text, start, end, span)
        )
        return span if is_secret and not _PARSER.search(text, max(0, start - 16), start) else None
    is_flag = _FLAG.match(text, start) and text[start - 1 : start].strip() == ""
    if is_flag and _FUNCTION_WORD.match(text, span[0]):
        return None
    if (is_flag and not value.startswith("-")) or _SETTING_WORD.search(text, max(0, start - 12), start):
        return span
    if spoken is not None or text[end - 1] >= "\uac00" or "\t" in blank[0]:
        successor = _SUCCESSOR.match(text, span[1]) if spoken is not None and "from" in spoken[0].lower() else None
        return (span[0], successor.end() if successor else span[1]) if is_strange(value) else None
    if _is_mixed(value) and verdict.check in _OPAQUE_CHECKS:
        return span
    if verdict.check in _NAMED_BY_UUID and _UUID.fullmatch(value):
        return None
    return span if looks_random(value, 20) and _OPAQUE.fullmatch(value) and not _FILE.search(text, start, end) else None


def read_opaque(text: str, end: int, after: int) -> tuple[int, int] | None:
    """Read `[token] [Xk29...]`, `[임시 비밀번호] x1!`, `token|Xk29...|`: what looks random behind a name in marks."""
    is_marked = (after > end and text[after - 1] == "]") or text[after : after + 1] == "|"
    value = _MARKED.match(text, after) if is_marked else None
    if value is None:
        return None
    is_korean = text[end - 1] >= "\uac00"
    said = value["v"]
    is_secret = _is_mixed(said) and (is_korean or looks_random(said, 20)) and _OPAQUE.fullmatch(said)
    return value.span("v") if is_secret or (is_korean and is_strange(said)) else None


def _is_resource_to(text: str, start: int, end: int, spoken: str) -> bool:
    """Tell the name of a resource that goes somewhere (`prod/auth-token-7f8b to ip-10-0-1`) from a changed secret."""
    return spoken.strip() == "to" and (text[start - 1 : start] == "/" or "-" in text[start:end])


def is_strange(value: str) -> bool:
    """Tell a secret (`x1`, `a!b`) from a word of the sentence."""
    bare = value.strip(".,!?")
    has_mark = bool(bare) and not bare.isalpha()
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
    is_resource = text[start:end].lower() in {"secret", "secrets", "token", "cookie"} and _RESOURCE.fullmatch(
        text, *span
    )
    return bool(is_resource and _GOES_ON.match(text, span[1]))
