"""Read objects that Python printed: `ChatCompletion(id='chatcmpl-1', usage=CompletionUsage(prompt_tokens=9, ...))`.

Models of pydantic and dataclasses print their fields by name; LlamaIndex puts such text into its own events. What does
not follow this form is None, never half an object. Nothing is evaluated.
"""

import re
from collections.abc import Iterator
from typing import Final

from logrouter.model import Json

LIMIT_CHARS: Final = 300_000
"""Of one printed object; longer ones are not read."""

IN_PIECES: Final = re.compile(r"""['"]\s+[bru]{0,2}['"]""")
"""Texts side by side, which are one text: masking saw each by itself."""

_DEPTH: Final = 40
_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<text>[bru]{0,2}'(?:[^'\\]|\\.)*'|[bru]{0,2}"(?:[^"\\]|\\.)*")
    |(?P<number>[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+))(?![\w.])
    |(?P<enum><[\w.]+:\s(?:'[^']*'|"[^"]*"|\d+)>)
    |(?P<name>[A-Za-z_][\w.]*)
    |(?P<mark>[()\[\]{},=:])
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS: Final[dict[str, Json]] = {"None": None, "True": True, "False": False, "nan": None, "inf": None}
_ENDS: Final = {"[": "]", "(": ")"}
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0"}
_ESCAPE: Final = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U000[0-9a-fA-F]{5}|.)", re.DOTALL)
_START: Final = re.compile(r"(?:^|[\s:=])([A-Z][\w.]*)\((?=[a-z_]\w*=)")


class _OtherFormError(ValueError):
    """The text is no printed object."""


def printed_object(text: str) -> dict[str, Json] | None:
    """Return the fields of the first object that a text prints, by name; nested objects as objects.

    Example: `2026-11-20 INFO CompletionUsage(prompt_tokens=9)` gives `{"prompt_tokens": 9}`.
    """
    if len(text) > LIMIT_CHARS:
        return None
    start = _START.search(text)
    if start is None:
        return None
    try:
        value = _Reader(text, start.start(1)).value(0)
    except _OtherFormError:
        return None
    return value if isinstance(value, dict) else None


class _Reader:
    def __init__(self, text: str, start: int) -> None:
        self._tokens = _tokens(text, start)
        self._next: tuple[str, str] | None = None

    def value(self, depth: int) -> Json:
        if depth > _DEPTH:
            raise _OtherFormError
        kind, mark = self._take()
        if kind == "text":
            return self._texts(mark)
        if kind == "number":
            return _number(mark)
        if kind == "enum":
            return _unquoted(mark[mark.index(":") + 2 : -1])
        if kind == "name":
            return self._named(mark, depth)
        if mark in _ENDS:
            return self._items(_ENDS[mark], depth)
        if mark == "{":
            return self._entries(depth)
        raise _OtherFormError

    def _take(self) -> tuple[str, str]:
        token, self._next = self._next or next(self._tokens, ("end", "")), None
        return token

    def _peek(self) -> str:
        self._next = self._next or next(self._tokens, ("end", ""))
        return self._next[1]

    def _texts(self, token: str) -> str:
        """Join texts that stand side by side, as long ones are printed."""
        said = _unquoted(token)
        while self._peek()[:1] in {"'", '"'}:
            said += _unquoted(self._take()[1])
        return said

    def _named(self, name: str, depth: int) -> Json:
        if self._peek() != "(":
            return _WORDS.get(name, name)
        self._take()
        fields: dict[str, Json] = {}
        while self._peek() != ")":
            first = self.value(depth + 1)
            if self._peek() == "=" and isinstance(first, str):
                self._take()
                fields[first] = self.value(depth + 1)
            else:
                fields.setdefault("value", first)
            self._separated(")")
        self._take()
        return fields

    def _items(self, end: str, depth: int) -> list[Json]:
        items: list[Json] = []
        while self._peek() != end:
            items.append(self.value(depth + 1))
            self._separated(end)
        self._take()
        return items

    def _entries(self, depth: int) -> dict[str, Json]:
        entries: dict[str, Json] = {}
        while self._peek() != "}":
            key = self.value(depth + 1)
            if self._take()[1] != ":":
                raise _OtherFormError
            entries[str(key)] = self.value(depth + 1)
            self._separated("}")
        self._take()
        return entries

    def _separated(self, end: str) -> None:
        mark = self._peek()
        if mark == ",":
            self._take()
        elif mark != end:
            raise _OtherFormError


def _tokens(text: str, start: int) -> Iterator[tuple[str, str]]:
    while start < len(text):
        match = _TOKEN.match(text, start)
        if match is None:
            yield "end", ""
            return
        yield str(match.lastgroup), match[match.lastgroup or 0]
        start = match.end()


def _number(token: str) -> Json:
    return float(token) if set(token) & {".", "e", "E"} else int(token) if len(token) < 30 else None


def _unquoted(token: str) -> str:
    if token[:1] not in "'\"bru" or token[-1:] not in {"'", '"'}:
        return token
    inner = token[min(place for quote in "'\"" if (place := token.find(quote)) >= 0) + 1 : -1]
    return _ESCAPE.sub(_escape, inner) if "\\" in inner else inner


def _escape(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)
