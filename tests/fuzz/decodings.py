"""Every reading of a text: what anyone gets out of it with the decoders of the field, applied in any order.

Written apart from the masker and sharing nothing with it, so that both would have to be wrong in the same place.
"""

import base64
import binascii
import gzip
import html
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator
from urllib.parse import unquote, unquote_plus

FORMS_LIMIT = 60
"""Readings of one text that are followed."""

_ESCAPE = re.compile(r"\\+(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|x([0-9a-fA-F]{2})|([nrtbf\"'/]))")
_SHORT = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_DASHES = re.compile("[\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d]")
_RUN = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")


def readings(text: str) -> list[str]:
    """Return the text and all that it decodes to, layer by layer."""
    found = [text]
    known = {text}
    for form in found:
        for decoded in _steps(form):
            if decoded not in known and len(found) < FORMS_LIMIT:
                known.add(decoded)
                found.append(decoded)
    return found


def shows(text: str, parts: list[str]) -> list[str]:
    """Return those of the planted parts that any reading of the text holds, also with its separators taken out."""
    forms = readings(text)
    bare = [_bare(form) for form in forms]
    return [
        part
        for part in parts
        if any(part in form for form in forms) or (len(_bare(part)) >= 7 and any(_bare(part) in form for form in bare))
    ]


def _bare(text: str) -> str:
    """Take out what separates; the star of a mask stays and keeps apart what it stands between."""
    return "".join(char for char in text if char.isalnum() or char == "*")


def _steps(text: str) -> Iterator[str]:
    yield _unescaped(text)
    if "%" in text:
        yield unquote(text)
        yield unquote_plus(text)
    if "&" in text:
        yield html.unescape(text)
    if not text.isascii():
        yield _folded(text)
    yield from _json_strings(text)
    for run in _RUN.findall(text):
        yield from _from_base64(run)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_char, text)


def _char(match: re.Match[str]) -> str:
    number = match[1] or match[2] or match[3]
    if number is None:
        return _SHORT.get(match[4], match[4])
    return chr(int(number, 16)) if int(number, 16) <= 0x10FFFF else match[0]


def _folded(text: str) -> str:
    folded = unicodedata.normalize("NFKC", _DASHES.sub("-", text))
    visible = (char for char in folded if unicodedata.category(char) not in {"Cf", "Mn"})
    return "".join(
        str(unicodedata.digit(char)) if unicodedata.digit(char, None) is not None else char for char in visible
    )


def _json_strings(text: str) -> Iterator[str]:
    if not text.lstrip().startswith(("{", "[", '"')):
        return
    try:
        todo = [json.loads(text)]
    except (ValueError, RecursionError):
        return
    strings: list[str] = []
    while todo:
        value = todo.pop()
        if isinstance(value, dict):
            todo += [*value, *value.values()]
        elif isinstance(value, list):
            todo += value
        else:
            strings.append(str(value) if not isinstance(value, int) or value.bit_length() < 4000 else "")
    yield "\n".join(strings)
    yield from (string for string in strings if len(string) > 40)


def _from_base64(run: str) -> Iterator[str]:
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    for start in range(min(4, len(body) - 8)):
        part = body[start:]
        part = part[: len(part) - (len(part) % 4 == 1)]
        try:
            octets = base64.b64decode(part + "=" * (-len(part) % 4))
        except binascii.Error:
            continue
        if octets[:2] == b"\x1f\x8b":
            try:
                octets = gzip.decompress(octets)
            except (OSError, EOFError, zlib.error):
                continue
        decoded = octets.decode("utf-8", "replace")
        if decoded.count("\ufffd") * 8 <= len(decoded):
            yield decoded
