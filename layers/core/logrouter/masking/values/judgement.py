"""Value checks: is the value under a sensitive key a secret, or a placeholder, a count, a fact, a word of prose?"""

import base64
import binascii
import re
from collections.abc import Callable

from logrouter.masking.edits import FAILED, SECRET
from logrouter.masking.values.statements import is_requirement, is_setting, is_statement

_PLACEHOLDER = re.compile(
    r"""(?xi: \s* (?:
      \*+ | [^\s*]{0,4}\*{3,}[^\s*]{0,4} | x{3,} | \#{3,} | \.{2,} | \u2022{2,} | -+ | \?+
    | <[a-z _./-]{0,40}> | \[[a-z _.:/-]{0,40}\] | \{[a-z_. ]{0,40}\} | \{\d{0,2}\}
    | \((?:null|none|empty|hidden|redacted|masked|omitted|sensitive|secret|[a-z]{2,20}(?:[ ][a-z]{2,20}){1,4})\)
    | \$\d{1,3} | \$\{\{?[^{}]{0,80}\}? | \#\{[^{}\s]{0,80}\}?
    | __[a-z_]{1,60}__ | @@[a-z_]{1,60}@@ | your[_ -][a-z_ -]{1,40} | [a-z_-]{2,40}[_-]here
    | (?:insert|replace|enter|paste|put)[_-][a-z_-]{1,40}
    | !(?:ref|sub|getatt|vault|env|secret|include|file|var|importvalue)\b.*
    | \$\([^()]{0,80}\)? | \$\{\{.{0,80}\}\} | \{\{.{0,80}\}\}?
    | %[a-z0-9_]{0,40}% | %\(?[a-z_]{0,40}\)?[sdvq]
    | :[a-z_]{1,40} | [:?@]p?\d{1,2}
    | [$@][a-z_.]{0,40}(?:passw|token|secret|cookie|cred|csrf|apikey)[a-z_.]{0,40}
    | [$@](?:[a-z_.]{0,40}[_.])?(?:pass|pwd|pw|key|auth|pin|otp|cvc|sig)(?:[_.][a-z_.]{0,40})?
    | \$?(?:var|local|module|data|each|secrets|vars|inputs|matrix|github|steps|needs|settings|config|conf|params|self
      |this|req|request|dto|props|opts|args|kwargs|app\.config|import\.meta\.env|\.values)(?:\??\.[a-z_]{2,60}){1,6}
    | \$?(?:_?env|_post|_get|_request|_server|_session|_cookie)\[[^\]\n]{0,80}\]?
    | op://[^\s]{1,200} | (?:vault|ssm|secretsmanager|ref\+[a-z]{2,20}):/{0,2}[a-z][a-z0-9_./#@:-]{1,200}
    | /(?:run|var|etc|opt|home|usr|mnt|app|tmp|secrets?)/[a-z_./-]{1,200}
    | null | none | nil | undefined | true | false | yes | no | on | off | n/?a | nan | empty | unset | blank
    | redacted | masked | hidden | filtered | removed | omitted | scrubbed | protected
    | process\.env\.\w+ | os\.environ\b.* | env\.\w+ | system\.getenv.* | arn:aws[a-z-]*:.+
    )? \s* )"""
)
_MASKED = re.compile(r"[0-9]-\*{2,}|\*{3}MASKED\*{3}")
_SHELL_VARIABLE = re.compile(r"\s*\$[A-Z_][A-Z0-9_]*\s*")
_PROSE = frozenset(
    """
    a an the is are was were be been not no must should shall may can cannot could will would has have had
    does did do and or of for from to in on at by with without than too but if as it its this that these those
    expired expires invalid missing required unexpected wrong incorrect mismatch mismatched changed updated
    reset failed failure success successful succeeded ok okay error valid verified unverified revoked rejected
    refused denied unauthorized forbidden created deleted rotated refreshed issued generated received sent
    accepted found unknown unsupported malformed unavailable authentication authorization authenticated
    validation verification token tokens password passwords secret secrets key keys cookie cookies bearer
    basic digest negotiate jwt oauth oauth2 saml sso session login logout user username credentials enabled
    disabled optional default string number integer boolean object array text char varchar bytes int bool str
    entered provided supplied given set unset used reused already only just see please check request response
    header headers field fields value values parameter type policy reset-request service server client api
    signature otp pin code length minimum maximum least characters digits
    """.split()  # noqa: SIM905 - a word list reads best as words
)
_SCHEME = re.compile(
    r"(?i)\s*(?:bearer|basic|digest|negotiate|token|apikey|api-key|kakaoak|dpop|key|ntlm|aws4-hmac-sha256|hoba|mutual|signature)\s+"
)
_COUNT = re.compile(r"\s*[+-]?[0-9][0-9,._]{0,14}(?:\s?[a-zA-Z%/]{0,8})?\s*")
_LETTERS = re.compile(r"[A-Za-z][A-Za-z'-]*[.,;:!?]?")
_SPACE = re.compile(r"\s")
_DIGIT = re.compile(r"[0-9]")

_NAMING = re.compile(
    r"[a-z0-9_.-]+(?:[/:|#][a-z0-9_.=-]*)+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[a-z]+(?:[-_.][a-z]+)*[-_.]?[0-9]{1,8}"
)
"""Values that name something: `user:1:profile`, `uploads/2026/a.png`, a UUID, `node-12`."""

type Check = Callable[[str], bool]


def is_placeholder(value: str) -> bool:
    """Tell a value that stands for a secret (`?`, `${VAR}`, `<redacted>`, null, a mask) from the secret itself."""
    head = value.lstrip()[:16]
    if head.startswith((SECRET, FAILED)):
        return True
    return bool(_PLACEHOLDER.fullmatch(value) or _SHELL_VARIABLE.fullmatch(value) or _MASKED.search(value))


def is_prose_word(word: str) -> bool:
    """Tell a word of a sentence about secrets (`expired`, `must`, `invalid`) from a value."""
    return word.strip(".,;:!?()[]'\"`").lower() in _PROSE


def looks_random(value: str, least: int = 16) -> bool:
    """Tell a token-like run (letters and digits, no space, `least` characters or more) from words and counts."""
    return (
        len(value) >= least
        and not _SPACE.search(value)
        and (_DIGIT.search(value) is not None if value.isascii() else any(map(str.isdigit, value)))
        and any(map(str.isalpha, value))
    )


def is_basic_credentials(value: str) -> bool:
    """Say whether a value is base64 of `user:password` (RFC 7617)."""
    try:
        decoded = base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return b":" in decoded and decoded.isascii()


def _any_value(value: str) -> bool:
    return not is_placeholder(value) and not is_statement(value)


def _token(value: str) -> bool:
    return _any_value(value) and not is_requirement(value)


def _count(value: str) -> bool:
    return not is_placeholder(value) and not _COUNT.fullmatch(value) and looks_random(value)


def _strings(value: str) -> bool:
    return _any_value(value) and not _COUNT.fullmatch(value)


def _auth(value: str) -> bool:
    if is_placeholder(value) or is_prose_word(value.strip()):
        return False
    if _SCHEME.match(value):
        return not all(is_prose_word(word) for word in value.split())
    if any(char.isspace() for char in value.strip()) or value.startswith(("/", "http")) or _is_small_number(value):
        return False
    return any(char.isdigit() for char in value) or len(value) >= 20 or is_basic_credentials(value)


def _signature(value: str) -> bool:
    return not is_placeholder(value) and "(" not in value and " " not in value.strip() and len(value.strip()) >= 6


def _pin(value: str) -> bool:
    stripped = value.strip()
    if looks_random(stripped, 8):
        return not is_placeholder(value)
    return stripped.isalnum() and 3 <= len(stripped) <= 12 and sum(map(str.isdigit, stripped)) * 2 >= len(stripped)


def _countable(value: str) -> bool:
    """`cookies: 3` counts cookies, `"@types/cookie": "^0.6.0"` asks for a package."""
    return _token(value) and not _is_small_number(value)


def _is_small_number(value: str) -> bool:
    stripped = value.strip()
    return len(stripped) < 4 and stripped.isdigit()


def _credential(value: str) -> bool:
    return _countable(value) and value.strip().lower() not in {
        "include",
        "omit",
        "same-origin",
        "env",
        "default",
    }


def _pass(value: str) -> bool:
    stripped = value.strip()
    return not is_placeholder(value) and not is_prose_word(stripped) and not (stripped.isdigit() and len(stripped) < 5)


def _directory(value: str) -> bool:
    return not is_placeholder(value) and not value.lstrip().startswith(("/", "C:\\", "~/"))


def _repeated(value: str) -> bool:
    """`pwCheck: x1!` says the password again, `passwordCheck: ok` says how it was."""
    stripped = value.strip()
    has_mark = any(not char.isalpha() for char in stripped)
    return (
        _any_value(value)
        and 4 <= len(stripped) <= 64
        and has_mark
        and not is_setting(stripped, 0)
        and (not any(char.isspace() for char in stripped))
    )


def _material(value: str) -> bool:
    """A key of a kind that may as well name something: hidden when it looks like one that opens something."""
    return _any_value(value) and looks_random(value.strip(), 12) and not _NAMING.fullmatch(value.strip())


def _buried(value: str) -> bool:
    """A value in a fact about a secret (`"password": {"meta": {"x": ...}}`): hidden when it looks like the secret."""
    return _material(value) and "@" not in value


def _reference(value: str) -> bool:
    if is_requirement(value):
        return False
    return _countable(value) and not value.lstrip().lower().startswith(("arn:", "projects/", "https://"))


CHECKS: dict[str, Check] = {
    "secret": _any_value,
    "token": _token,
    "count": _count,
    "strings": _strings,
    "auth": _auth,
    "signature": _signature,
    "pin": _pin,
    "countable": _countable,
    "credential": _credential,
    "pass": _pass,
    "directory": _directory,
    "reference": _reference,
    "repeated": _repeated,
    "material": _material,
    "buried": _buried,
}
"""The value checks that a key rule may name: each says whether a value is to be masked."""
