"""What stands around a sensitive name and says that no secret follows: a parser's error, a logger, a declaration."""

import re

from logrouter.masking.values.judgement import is_prose_word, looks_random
from logrouter.masking.values.statements import is_sentence, is_statement, judges

MESSAGE_LIMIT_CHARS = 100
"""So much of a message is read to tell whether it is a sentence."""

MESSAGE_LIMIT_WORDS = 12
"""So many words tell a sentence; more only cost where names follow each other in a long text."""

_LEXED = re.compile(r"(?i)(?:unexpected|illegal|unrecogni[sz]ed|stray|near|expected|expecting|unterminated)\s+$")
_LEXED_VALUE = re.compile(r"[^\w]{0,4}([^\s'\"`]{0,200})")
_PROCESS = re.compile(r"\[[0-9]{2,7}\]:\s")
_SERVICE = re.compile(r":[a-z]{2,20}\)")
_DECLARING = re.compile(r"(?:string|bytes|[us]?int(?:32|64)|s?fixed(?:32|64)|bool|float|double|[A-Z]\w{1,60})[ \t]+$")
_FIELD_NUMBER = re.compile(r"[ \t]{0,20}=[ \t]{0,4}[0-9]{1,5}[ \t]{0,4}[;\[]")
_SCOPE = re.compile(
    r":(?:read|write|admin|create|delete|update|list|get|view|manage|revoke|issue|refresh|rotate|introspect|all|own|any"
    r"|use|verify|generate|exchange|reset|change|edit|export|import|\*)(?:[.:](?:own|any|all))?(?![^\s,;\"'`)\]}|&<\\])"
)
_TEST_RESULT = re.compile(r"--- $")
_COMMENT = re.compile(r"(?i)\bcomment[ \t]+on[ \t]+column[ \t]+[\w.`\"]{0,120}$")
_MESSAGE = re.compile(r"[^\n\"'{}|;=<>]{3,100}")
_SPOKEN = re.compile(r"[A-Za-z]+(?:['/-][A-Za-z]+)*[.,;:!?]*|/[a-z/_-]*")
_TYPE_NAME = re.compile(
    r"(?!ApiKey|AppKey|KakaoAK)([A-Z][a-z0-9]+(?:[A-Z][a-z0-9]+)+)[ ](?=[a-z]+(?:/[a-z-]+)?(?:[ ,.;]|:(?![^\s])|$))"
)
_KIND = re.compile(r"Secret|Token|Password|Credential|Cookie|Auth|Csrf|Session|Key|Sign|Cert")
_LABELLED = re.compile(
    r"(?i)<(?:label|th|dt|legend|button|a|option|h[1-6]|span|p|caption|small|em|strong|li)\b[^<>]{0,160}$"
)
_LABEL = re.compile(r"\s{0,20}[A-Za-z\uac00-\ud7a3][A-Za-z\uac00-\ud7a3 ()*:]{0,40}\s{0,20}")
_LISTED = re.compile(r"[a-z]+(?:_[a-z]+)*\)?")
_LISTING = re.compile(r"(?i)(?:[a-z_]\(|\binto[ \t]{1,4}[\w.`\"]{1,60}[ \t]{0,4}\()$")
_HIGHER = re.compile(r"[A-Za-z_]+(?:[.][A-Za-z_]+)+|[A-Za-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:_[a-z]+)+")


def is_mentioned(text: str, start: int, end: int) -> bool:
    """Say whether a name only occurs: `Unexpected token => (78:96)`, `passwd[9700]: ...`, `string password = 2;`."""
    if text[end - 5 : end].lower() in {"token", "okens"} and _LEXED.search(text, max(0, start - 16), start):
        value = _LEXED_VALUE.match(text, end)
        return value is None or not looks_random(value[1])
    mark = text[end : end + 1]
    if mark == "[":
        return _PROCESS.match(text, end) is not None
    if mark == ":":
        return _is_mentioned_before_colon(text, start, end)
    if mark in {" ", '"', "`"} and _COMMENT.search(text, max(0, start - 160), start):
        return True
    if mark in {" ", "="} and text[start - 1 : start] in {" ", "\t"}:
        is_field = _FIELD_NUMBER.match(text, end) is not None
        return is_field and _DECLARING.search(text, max(0, start - 64), start) is not None
    return False


def _is_mentioned_before_colon(text: str, start: int, end: int) -> bool:
    """Tell services (`pam_unix(passwd:chauthtok)`), results of tests and scopes from names of values."""
    if text[start - 1 : start] == "(" and _SERVICE.match(text, end):
        return True
    if _TEST_RESULT.search(text, max(0, start - 4), start):
        return True
    is_italic = text[end + 1 : end + 2] == "*" == text[start - 1 : start]
    return _SCOPE.match(text, end) is not None and not is_italic


def is_message(text: str, at: int) -> bool:
    """Tell what a logger or validator says behind `name: ` (`security.csrf: CSRF check passed`) from a value."""
    typed = _TYPE_NAME.match(text, at, at + MESSAGE_LIMIT_CHARS)
    if typed and _KIND.search(typed[1]):
        return True
    message = _MESSAGE.match(text, at)
    if message is None:
        return False
    said = message[0].split(maxsplit=MESSAGE_LIMIT_WORDS)[:MESSAGE_LIMIT_WORDS]
    if not judges(said):
        return False
    words: list[str] = []
    for word in said:
        if not _SPOKEN.fullmatch(word):
            break
        words.append(word)
    return len(words) > 2 and is_sentence(" ".join(words))


def is_label(text: str, start: int, span: tuple[int, int]) -> bool:
    """Tell the label of a form (`<label for="password">Password</label>`) from the element that holds the value."""
    is_plain = _LABEL.fullmatch(text, *span) is not None
    return is_plain and _LABELLED.search(text, max(0, start - 200), start) is not None


def is_called(text: str, start: int, span: tuple[int, int]) -> bool:
    """Tell names handed to a function or listed as columns (`hash(password, salt)`) from a name and its value."""
    is_listed = text[start - 1 : start] == "(" and _LISTED.fullmatch(text, *span) is not None
    return is_listed and _LISTING.search(text, max(0, start - 100), start) is not None


def is_type(text: str, at: int) -> bool:
    """Say whether the cell of a table that begins here tells a type (`| password | varchar(60) |`)."""
    end = text.find("|", at, at + 80)
    return end > 0 and is_statement(text[at:end])


def is_name_in_list(value: str) -> bool:
    """Tell a name that follows a name in a list (`[NotBlank.user.password, NotBlank.password]`) from its value."""
    return all(
        is_prose_word(name) or _HIGHER.fullmatch(name) or (name[:1].isupper() and name.isalpha())
        for name in value.split(",")
    )
