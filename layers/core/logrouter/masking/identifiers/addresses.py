"""E-mail addresses, credentials inside URLs, and IBANs: found from their marks (`@`, `://`, country code) outwards."""

import re
from collections.abc import Iterator

from logrouter.masking.edits import SECRET, Edit
from logrouter.masking.values.judgement import is_placeholder
from logrouter.masking.values.partial import mask_local_part

_LOCAL_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-'!#$&/=?^{|}~")
_LOCAL_EDGE = ".'%/=?&#|{}!$^-+"
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9\uac00-\ud7a3](?:[A-Za-z0-9\uac00-\ud7a3-]{0,61}[A-Za-z0-9\uac00-\ud7a3])?\.){1,8}"
    r"(xn--[A-Za-z0-9-]{2,30}|[A-Za-z]{2,24}|\ud55c\uad6d|\ub2f7\ucef4|\ub2f7\ub137)(?![A-Za-z0-9_-]*[A-Za-z0-9_])"
)
_LITERAL = re.compile(r"\[((?:IPv6:)[0-9a-fA-F:.]{2,45}|[0-9]{1,3}(?:\.[0-9]{1,3}){3})\]")
"""An address in the place of a domain (RFC 5321 section 4.1.3)."""

_QUOTED_LOCAL = re.compile(r"[A-Za-z0-9._+-]{1,64}")
_FILE_SUFFIXES = frozenset(
    """
    png jpg jpeg gif svg webp ico bmp avif js mjs cjs tsx jsx css scss less html htm json xml yml yaml txt log
    tar gz tgz rar jar war whl dll exe bin pdf doc docx xls xlsx csv mp3 mp4 woff woff2 ttf lock service
    socket timer scope slice mount target
    """.split()  # noqa: SIM905 - a word list reads best as words
)
"""Endings that are no top-level domains."""

_ADDRESSED_FILE = re.compile(
    r"(?i)[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*\.(?:com|net|org|kr|jp|cn|io|dev|app|me|ai|us|uk|de|info|biz)\.[a-z]{2,5}"
)
"""A file named by an address: `kim@example.co.kr.csv`."""

_NUMBERED_SUFFIXES = frozenset(
    """
    ts md py rb go rs java kt cs php sh sql zip so mov class
    """.split()  # noqa: SIM905 - a word list reads best as words
)
"""Endings that may be a top-level domain or a file: a file when what stands behind the @ begins with a digit."""

_LOCAL_LIMIT = 64
"""RFC 5321 section 4.5.3.1.1."""

ESCAPES_LIMIT = 8
"""So many backslashes may stand in front of an `@`."""

_IN_USERINFO = re.compile(r"://[^\s/\"'@]*:[^\s/\"'@]*$")
_SCHEME_END = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}$")
_TOKEN_USER = re.compile(r"[0-9a-f]{24,}|(?=[A-Za-z_]*[0-9])(?=[^a-z]*[a-z])(?=[^A-Z]*[A-Z])[A-Za-z0-9_]{20,}")
"""A name in front of the password of a URL that is a secret too: the key of a Sentry DSN, a token without password."""

_AUTHORITY = re.compile(r"[^\s\"'<>`\\^{|}/?#]{1,2048}")
_URL_REST = re.compile(r"[^\s\"'<>`\\^{|}]{1,2048}")
_LATER_HOST = re.compile(r"@[^\s?#:\"'<>]{1,100}(?=@[A-Za-z0-9][A-Za-z0-9.-]*:[0-9]{2,5}(?:[/?#,;)]|$))")
"""The last `@` in front of a host with a port: of a password that holds an `@` and a slash (`u:p@ss/w0rd@db:5432`)."""

_HOST = re.compile(r"[A-Za-z0-9_.\[\]:-]*[A-Za-z0-9\]](?::[0-9]{1,5})?(?=[/?#,\s\"'<>;)]|$)")

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")
_IBAN_LENGTHS = {
    entry[:2]: int(entry[2:])
    for entry in """
        AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24
        FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32
        LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22
        SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20
    """.split()  # noqa: SIM905 - a word list reads best as words
}
"""Lengths by country, SWIFT IBAN registry (checked 2026-11-20)."""


def find_emails(text: str) -> Iterator[Edit]:
    """Yield an edit for the local part of every e-mail address (two characters of it stay)."""
    yield from find_spelled_emails(text)
    at = text.find("@")
    floor = 0
    while at >= 0:
        domain = _DOMAIN.match(text, at + 1) or _LITERAL.match(text, at + 1)
        if domain:
            end = at
            while text[end - 1 : end] == "\\" and at - end < ESCAPES_LIMIT:
                end -= 1
            start = _local_start(text, end, floor)
            if (
                start < end
                and not _is_masked(text, start)
                and not _is_file(domain)
                and not _is_remote(text, start, at, domain)
                and not _is_in_userinfo(text, start)
            ):
                yield Edit(start, end, mask_local_part(text[start:end].strip('"')), "email")
            floor = at + 1
        at = text.find("@", at + 1)


_SPELLED_AT = re.compile(r"(?i)[(\[{<]\s?(?:at|@|\uace8\ubc45\uc774)\s?[)\]}>]\s?")
_SPELLED_DOMAIN = re.compile(
    r"(?i)[a-z0-9][a-z0-9-]{0,62}(?:(?:\.|\s?[(\[{<]\s?(?:dot|\.|\uc810)\s?[)\]}>]\s?)[a-z0-9-]{2,63}){1,4}(?![a-z0-9-])"
)
_SPELLED_DOT = re.compile(r"(?i)\s?[(\[{<]\s?(?:dot|\.|\uc810)\s?[)\]}>]\s?")
_SPELLED_LOCAL = re.compile(r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}$")


def find_spelled_emails(text: str) -> Iterator[Edit]:
    """Yield an edit for the local part of addresses written `user (at) example.com`, `user [at] example [dot] com`."""
    for sign in _SPELLED_AT.finditer(text):
        end = sign.start() - text[max(0, sign.start() - 1) : sign.start()].isspace()
        local = _SPELLED_LOCAL.search(text, max(0, end - _LOCAL_LIMIT - 1), end)
        if local and _SPELLED_DOMAIN.match(text, sign.end()):
            yield Edit(*local.span(), mask_local_part(local[0]), "email")


def find_whole_emails(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield start and end of every e-mail address, and the address as it is meant (`user (at) example.com` too)."""
    for edit in find_emails(text):
        local = text[edit.start : edit.end].strip('"')
        domain = _DOMAIN.match(text, edit.end + 1) if text[edit.end] == "@" else None
        if domain is not None:
            yield edit.start, domain.end(), f"{local}@{domain[0]}"
            continue
        sign = _SPELLED_AT.match(text, edit.end + text[edit.end].isspace())
        spelled = _SPELLED_DOMAIN.match(text, sign.end()) if sign else None
        if spelled is not None:
            yield edit.start, spelled.end(), f"{local}@{_SPELLED_DOT.sub('.', spelled[0])}"


def _local_start(text: str, at: int, floor: int) -> int:
    if text[at - 1 : at] == '"':
        return _quoted_start(text, at, floor)
    start = at
    low = max(floor, at - _LOCAL_LIMIT)
    while start > low and text[start - 1] in _LOCAL_CHARS:
        start -= 1
    if not text[start:at].isalnum():
        for mark in "=&?/|{}#!$^":
            cut = text.rfind(mark, start, at)
            if cut >= 0:
                start = cut + 1
    if start == at:
        while start > low and not text[start - 1].isascii() and text[start - 1].isalpha():
            start -= 1
    if start < at and text[start - 1 : start] == "\\" and text[start] in "nrt":
        start += 1
    while start < at and text[start] in _LOCAL_EDGE:
        start += 1
    return start


def _quoted_start(text: str, at: int, floor: int) -> int:
    """Return where a local part in quotes begins; `at` itself for a quote that belongs to something else."""
    opening = text.rfind('"', max(floor, at - _LOCAL_LIMIT), at - 1)
    local = text[opening + 1 : at - 1] if opening >= 0 else ""
    if not local or "," in local or ":" in local:
        return at
    is_alone = opening == 0 or text[opening - 1] in " \t\n<;=("
    return opening if " " in local or "@" in local or (is_alone and _QUOTED_LOCAL.fullmatch(local)) else at


def _is_in_userinfo(text: str, start: int) -> bool:
    """Tell the end of a password in a URL, which another rule hides, from a local part."""
    first = max(0, start - 256)
    return text.find("://", first, start) >= 0 and _IN_USERINFO.search(text, first, start) is not None


def _is_masked(text: str, start: int) -> bool:
    """Tell the end of a partial mask (`4111-****-****-1111@...`) from a local part."""
    return text[max(0, start - 2) : start].rstrip("-.").endswith("*")


def _is_file(domain: re.Match[str]) -> bool:
    top = domain[1].lower()
    if top in _FILE_SUFFIXES and _ADDRESSED_FILE.fullmatch(domain[0]):
        return False
    return top in _FILE_SUFFIXES or (top in _NUMBERED_SUFFIXES and domain[0][:1].isdigit())


def _is_remote(text: str, start: int, at: int, domain: re.Match[str]) -> bool:
    """Tell the address of a repository (`git@host:org/repo`) from one of a person."""
    return text[start:at] == "git" and text[domain.end() : domain.end() + 1] in {":", "/"}


def find_userinfo(text: str) -> Iterator[Edit]:
    """Yield an edit for the password (or the only, token-like part) in front of the host of a URL."""
    at = text.find("://")
    while at >= 0:
        authority = _AUTHORITY.match(text, at + 3)
        scheme = _SCHEME_END.search(text, max(0, at - 32), at)
        if authority and scheme:
            span = _secret_of(text, authority)
            if span:
                yield from _of_user(authority[0], at + 3, span[0])
                yield Edit(at + 3 + span[0], at + 3 + span[1], SECRET, "url.userinfo")
        at = text.find("://", at + 3)


def _of_user(rest: str, at: int, secret: int) -> Iterator[Edit]:
    """Yield an edit for a name that is a secret as well (`https://KEY:KEY@o1.ingest.sentry.io/1`)."""
    user = rest[: secret - 1] if secret else ""
    if _TOKEN_USER.fullmatch(user):
        yield Edit(at, at + len(user), SECRET, "url.userinfo")


def _secret_of(text: str, authority: re.Match[str]) -> tuple[int, int] | None:
    rest = authority[0]
    sign = rest.rfind("@")
    if sign < 0 < rest.find(":") and "." not in rest[: rest.find(":")]:
        whole = _URL_REST.match(text, authority.start())
        rest = whole[0] if whole else rest
        sign = _late_sign(rest)
    if sign <= 0:
        return None
    if "." not in rest[sign:] and ":" not in rest[sign:] and text[authority.end() : authority.end() + 1] == "/":
        later = _LATER_HOST.match(text, authority.start() + sign)
        rest = text[authority.start() : later.end()] if later else rest
        sign = len(rest) if later else sign
    colon = rest.find(":", 0, sign)
    if colon < 0:
        user = rest[:sign]
        is_token = len(user) >= 20 and any(char.isdigit() for char in user) and "@" not in user
        return (0, sign) if is_token else None
    secret = rest[colon + 1 : sign]
    if secret in {"", "x-oauth-basic"}:
        return (0, colon) if _TOKEN_USER.fullmatch(rest, 0, colon) else None
    return (colon + 1, sign) if secret and not is_placeholder(secret) else None


def _late_sign(rest: str) -> int:
    """Find the `@` in front of the host when the password holds a slash: only if what follows it is a host."""
    colon = rest.find(":")
    if colon <= 0 or any(mark in rest[:colon] for mark in "/?#."):
        return -1
    sign = rest.find("@", colon)
    while sign >= 0:
        if _HOST.match(rest, sign + 1) and "." not in rest[:colon]:
            return sign
        sign = rest.find("@", sign + 1)
    return -1


def find_ibans(text: str) -> Iterator[Edit]:
    """Yield an edit for every IBAN: the country's length, and the check of ISO 13616 (modulo 97)."""
    for match in _IBAN.finditer(text):
        compact = match[0].replace(" ", "").replace("-", "")
        length = _IBAN_LENGTHS.get(compact[:2])
        if length and length <= len(compact) and iban_check_holds(compact[:length]):
            yield Edit(match.start(), _end_of_iban(match, length), SECRET, "iban")


def _end_of_iban(match: re.Match[str], length: int) -> int:
    """Return where so many letters and digits end; what follows are other words (`... 3201 BIC`)."""
    at = match.start()
    for char in match[0]:
        at += 1
        length -= char not in " -"
        if not length:
            break
    return at


def iban_check_holds(compact: str) -> bool:
    """Say whether letters and digits satisfy the modulo-97 check of ISO 13616."""
    return int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4])) % 97 == 1
