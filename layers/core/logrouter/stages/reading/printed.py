"""Decodes objects as Node's console and Python's `print` show them: `{ order: 17, [cause]: ... }`, `{'order': 17}`."""

import re
from typing import Final

from logrouter.model import Json
from logrouter.stages.reading.parser import Document

_KEY: Final = re.compile(
    r"""(?:([A-Za-z_$][\w$]*)|'((?:[^'\\\n]|\\.)*)'|\[(Symbol\([^)\n]*\)|[a-z]+)\]):\ """, re.VERBOSE
)
_TEXT: Final = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`""", re.DOTALL)
_MORE: Final = re.compile(r" \+\n *(?=['\"`])")
_PLAIN: Final = re.compile(r"[^,\n{}\[\]()'\"`]+")
_NUMBER: Final = re.compile(r"-?\d{1,15}(?:\.\d{1,17})?", re.ASCII)
_CONSTANTS: Final[dict[str, Json]] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
    "undefined": None,
}
_ESCAPE: Final = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "0": "\0"}
_CLOSING: Final = {"{": "}", "[": "]", "(": ")"}
_QUOTES: Final = "'\"`"
_NO_BRACKET: Final = re.compile(r"[^{}\[\]()'\"`]+")
_DEPTH_LIMIT: Final = 20

LIMIT_CHARS: Final = 100_000
"""A longer text is not looked at: nobody prints so much on purpose, and a level of nesting takes a pass of its own."""


def printed_object(text: str, depth: int = 0) -> Document | None:
    """Return the object that a text prints, None when it is none; values of no JSON type and lists stay as printed."""
    text = text.strip()
    if depth > _DEPTH_LIMIT or not 2 < len(text) <= LIMIT_CHARS or text[0] != "{" or text[-1] != "}":
        return None
    if "\n" in text and text[1:].lstrip(" ").startswith("\n"):
        return _of_lines(text, depth)
    return _of_one_line(text, depth)


def _of_lines(text: str, depth: int) -> Document | None:
    """Read an object that has a line for each of its entries, longer values indented under it."""
    lines = text.split("\n")[1:-1]
    indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
    entries: list[list[str]] = []
    for line in lines:
        if _KEY.match(line, indent) and not line[:indent].strip():
            entries.append([line[indent:]])
        elif entries:
            entries[-1].append(line[indent:] if not line[:indent].strip() else line)
        else:
            return None
    document: Document = {}
    for entry in entries:
        whole = "\n".join(entry).removesuffix(",")
        key = _KEY.match(whole)
        if key is None:
            return None
        document[_name(key)] = _value_of(whole[key.end() :], depth)
    return document or None


def _value_of(text: str, depth: int) -> Json:
    value = _value(text, 0, depth)
    return value[0] if value is not None and value[1] == len(text) else text


def _of_one_line(text: str, depth: int) -> Document | None:
    document: Document = {}
    at = _blanks(text, 1)
    while at < len(text) - 1:
        key = _KEY.match(text, at)
        value = _value(text, key.end(), depth) if key else None
        if key is None or value is None:
            return None
        document[_name(key)], at = value
        at = _blanks(text, at)
        if text[at : at + 1] == ",":
            at = _blanks(text, at + 1)
        elif at != len(text) - 1:
            return None
    return document or None


def _value(text: str, at: int, depth: int) -> tuple[Json, int] | None:
    """Read one value; return it with the index behind it."""
    if found := _TEXT.match(text, at):
        return _joined(text, found)
    if text[at : at + 1] == "{" and (end := _balanced(text, at)):
        inner = printed_object(text[at:end], depth + 1)
        return (text[at:end] if inner is None else inner), end
    end = at
    while end < len(text):
        if text[end] in _CLOSING:
            further = _balanced(text, end)
        else:
            found = (_TEXT if text[end] in _QUOTES else _PLAIN).match(text, end)
            further = found.end() if found else None
        if further is None:
            break
        end = further
    return (_plain(text[at:end].strip()), end) if end > at else None


def _joined(text: str, found: re.Match[str]) -> tuple[str, int]:
    """Read a string, with the parts of it that Node prints in lines of their own, joined by plus signs."""
    parts = []
    while True:
        body = found[1] if found[1] is not None else found[2] if found[2] is not None else found[3]
        parts.append(_ESCAPE.sub(_unescaped, body) if "\\" in body else body)
        more = _MORE.match(text, found.end())
        following = _TEXT.match(text, more.end()) if more else None
        if following is None:
            return "".join(parts), found.end()
        found = following


def _unescaped(found: re.Match[str]) -> str:
    code = found[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPED.get(code, code)


def _balanced(text: str, at: int) -> int | None:
    """Return the index behind the bracket that closes the one at `at`, strings left out of account."""
    opened: list[str] = []
    while at < len(text):
        character = text[at]
        if found := (_TEXT if character in _QUOTES else _NO_BRACKET).match(text, at):
            at = found.end()
            continue
        if character in _CLOSING:
            opened.append(_CLOSING[character])
        elif opened and character == opened[-1]:
            opened.pop()
            if not opened:
                return at + 1
        at += 1
    return None


def _plain(text: str) -> Json:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return text


def _name(key: re.Match[str]) -> str:
    return key[1] or key[3] or _ESCAPE.sub(_unescaped, key[2])


def _blanks(text: str, at: int) -> int:
    while text[at : at + 1] == " ":
        at += 1
    return at
