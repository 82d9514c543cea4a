"""What is said about a secret, where the secret itself might stand: its state, its type, a sentence, a setting.

`password: This field is required.`, `token: expired`, `otp: string`, `token.clock-skew=30s`: none of them is a secret.
"""

import re
from collections.abc import Iterable

SENTENCE_LIMIT_CHARS = 300
"""Longer values are no messages of a validator."""

_REQUIREMENT = re.compile(
    r"\s*[\^~=<>!]{1,2}\s?v?\d[\w.*+-]{0,30}\s*|\s*v?\d{1,3}(?:\.\d{1,5}){2,3}(?:[-+.][a-z0-9.]{1,20})?\s*"
)

_SETTING = re.compile(
    r"(?i)[+-]?\d{1,6}(?:\.\d{1,6})?[ .]?"
    r"(?:ns|us|ms|s|m|h|d|w|y|secs?|seconds?|min(?:ute)?s?|h(?:ou)?rs?|days?|weeks?|months?|years?|%|x|[kmg]i?b?"
    r"|chars?|characters|bytes?|bits?|times?|rounds)"
    r"|(?:\d{1,4}(?:d|h|m|s|ms)){2,4}|p(?:\d{1,4}[ymwd]){0,3}(?:t(?:\d{1,4}[hms]){1,3})?"
    r"|\d{1,4}\.\.\.?\d{1,4}|\d{1,3}-\d{1,3}"
    r"|[\^~=<>!]{0,2}v?\d{1,3}(?:\.\d{1,5}){2,3}|v\d{1,4}|(?:19|20)\d\d-\d\d-\d\d[^\s]{0,30}"
    r"|lax|strict|none|always|never|auto|manual|allow(?:ed)?|deny|denied|access|refresh|id|read|write|local|global"
    r"|remote|static|dynamic|session|persistent|short|long|weak|strong|medium|low|high|default|custom|inherit"
    r"|bcrypt|scrypt|argon2(?:id?)?|pbkdf2|sha-?\d{1,3}|md5|[hrep]s\d{3}|aes[a-z0-9-]{0,16}|rsa[a-z0-9-]{0,16}"
    r"|utf-?8|base64|hex|plain|header|cookie|query|body|bearer|basic|opaque|jwt|oidc|oauth2?|saml|ldap|sms|email"
    r"|totp|app|web|ios|android"
)

_STATES = frozenset(
    """
    required invalid missing expired blank empty mismatch mismatched incorrect wrong changed unchanged updated
    verified unverified revoked rotated provided present absent set unset valid optional any unknown never
    string text number integer int boolean bool object varchar uuid secretstr
    notblank notnull notempty not_blank not_null too_short too_long too_weak min_length max_length not_found
    """.split()  # noqa: SIM905 - a word list reads best as words
)

_TYPE = re.compile(
    r"(?i)(?:optional|required|nullable)?[\[(<]?"
    r"(?:string|str|(?:tiny|medium|long)?text|number|integer|int|boolean|bool|bytes?|n?char|n?varchar2?|(?:var)?binary"
    r"|character varying|secretstr)"
    r"(?:\(\d{1,5}\))?[!?]?[\])>]?[!?]?(?:\s?\|\s?(?:null|undefined|none|string|number)){0,3}(?:\[\])?"
)

_JUDGING = frozenset(
    """
    required requires require invalid missing expired expires blank empty null must cannot can't may should mismatch
    mismatched incorrect wrong changed change updated least most characters character length short long match
    matches failed passed rejected denied allowed verified authenticated unauthorized forbidden provided entered
    supplied valid contain contains include expected unexpected supported unsupported reset already don't doesn't
    didn't isn't wasn't enter forgot forgotten
    """.split()  # noqa: SIM905 - a word list reads best as words
)
"""One of these stands in every sentence that judges a secret; a passphrase seldom holds one."""

_SPEAKING = frozenset(
    """
    a an the this that these those your my our his her its it you we they he she i is are was were be been being am
    do does did not no and or but if of for from to in on at by with without than then too very more most least all
    any both each only just already again please check use used using has have had will would can could may might
    must should field value password passwords passcode token tokens secret secrets key keys csrf cookie session
    user request characters letters digits number numbers one time when while before after same different new old
    """.split()  # noqa: SIM905 - a word list reads best as words
)

_SPOKEN = re.compile(
    r"\(?[A-Za-z]+(?:['\u2019/-][A-Za-z]+)*\)?[.,;:!?]*|\(?[0-9]{1,4}[.,;:)]?|/[a-z/_-]*"
    r"|['\"`(][A-Za-z_ ]+['\"`)][.,;:]?"
)

_MARKS = ".,;:!?'\"`()"
"""What may stand around a word of a sentence."""

_KOREAN_MEASURE = re.compile(
    r"[0-9]{1,6} ?(?:일|회|분|초|시간|개월|주|년|자|개|자리|건|명|차|번)"
    r"(?: ?(?:이상|이하|이내|초과|남음|경과|전|후|간))?"
)

_VALIDATION = re.compile(
    r"(?:required|nullable|sometimes|present|filled|string|bail|confirmed|(?:min|max|between|size|regex|in|same):[^|\s]{1,60})"
    r"(?:\|[a-z_]{2,30}(?::[^|\s]{1,60})?)+"
)
"""The rules of a validator for a field: `required|min:8`."""

_HEADER_NAME = re.compile(r"X(?:-[A-Z][A-Za-z]+){1,5}")
"""The name of a header: `TOKEN_HEADER = "X-Auth-Token"`."""

_KOREAN_SENTENCE = re.compile(
    r"[^\n]{0,80}(?:입력|필수|짧|길|일치|만료|변경|확인|잘못|틀|올바|유효|없|필요|이상|이하|최소|최대|허용|사용|설정|선택|초과"
    r"|실패|성공|발급|갱신|다시|포함|형식|주세요)[^\n]{0,80}"
    r"(?:다|요|오|까|음|함|됨|력|가능|불가|필수|필요|실패|성공|만료|완료|이상|이하|이내|포함)[.!?]{0,2}"
)


def is_statement(value: str) -> bool:
    """Tell what is said about a secret (`This field is required.`, `expired`, its type) from the secret."""
    said = value.strip().strip("*")
    if not said or len(said) > SENTENCE_LIMIT_CHARS:
        return False
    if said.lower().rstrip(".!?") in _STATES or _TYPE.fullmatch(said) or _KOREAN_MEASURE.fullmatch(said):
        return True
    if _VALIDATION.fullmatch(said) or _HEADER_NAME.fullmatch(said):
        return True
    return is_sentence(said)


def is_sentence(said: str) -> bool:
    """Tell a sentence that judges a secret, English or Korean, from a passphrase: by words that judge."""
    if " " not in said:
        return False
    if not said.isascii() and _KOREAN_SENTENCE.fullmatch(said):
        return True
    words = said.split()
    if not 2 <= len(words) <= 40 or not judges(words) or not all(map(_SPOKEN.fullmatch, words)):
        return False
    plain = [word.strip(_MARKS).lower() for word in words]
    speaking = sum(word in _SPEAKING or word in _JUDGING for word in plain)
    return speaking >= 2 and 2 * speaking >= len(words)


def judges(words: Iterable[str]) -> bool:
    """Say whether one of these words judges, as one of every sentence about a secret does."""
    return not _JUDGING.isdisjoint([word.strip(_MARKS).lower() for word in words])


def is_setting(value: str, digits: int) -> bool:
    """Tell what a name sets up (`token.clock-skew=30s`, `passwordHistory: 5`) from a secret.

    Args:
        value: what stands under the name.
        digits: a number of so many digits at most sets something up.
    """
    stripped = value.strip()
    return (len(stripped) <= digits and stripped.isdigit()) or _SETTING.fullmatch(stripped) is not None


def is_requirement(value: str) -> bool:
    """Tell what a package manager asks for (`"jsonwebtoken": "^9.0.2"`, `tiktoken==0.4.0`) from a token."""
    return _REQUIREMENT.fullmatch(value) is not None
