"""Says where in a text something stands: the path of keys inside JSON (`req.body.phone`), else the column. No values.

Reads JSON as far as it goes, in text around it and inside of strings; a name that might identify somebody is `*`.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final, NamedTuple

from logrouter.masking import Finding

HIDDEN: Final = "*"
DEPTH_LIMIT: Final = 64
"""Names of a path that are shown."""

_SHOWN: Final = re.compile(r"(?!.*[0-9]{5})[^\W_][\w $./:@-]{0,63}|[_$@#][\w $./:-]{0,63}")
"""A name that may be shown: short, of word characters, without a long number."""
_OPENING: Final = re.compile(r'\{\s*(?:\\*"|\})|\[\s*(?:\\*"|[{\[])')
_NAMED: Final = re.compile(r"[A-Za-z\uac00-\ud7a3_$][\w$-]*")
_ESCAPED: Final = tuple("\\" * (2**level - 1) + '"' for level in range(4))
"""A quote on each level of JSON in JSON."""
_TOKENS: Final = tuple(
    re.compile(
        r'"((?:[^"\\]++|\\.)*+)"?|([{}\[\],:])'
        if not level
        else rf"(?<!\\){re.escape(quote)}(.*?)(?:(?<!\\){re.escape(quote)}|$)|([{{}}\[\],:])",
        re.DOTALL,
    )
    for level, quote in enumerate(_ESCAPED)
)


class Spot(NamedTuple):
    """Where a finding stands: `line` and `column` count from 1 inside the text; `path` is None outside of JSON."""

    line: int
    column: int
    path: str | None


class _Name(NamedTuple):
    start: int
    end: int


def spots(text: str, findings: Sequence[Finding]) -> list[Spot]:
    """Return where each finding stands, in their order; they are sorted by their start. Linear in text and findings."""
    starts = [finding.start for finding in findings]
    reach = list(accumulate((finding.end for finding in findings), max))

    def is_hit(name: _Name) -> bool:
        before = bisect_left(starts, name.end)
        return before > 0 and reach[before - 1] > name.start

    found: list[Spot] = []
    line, line_at, at = 1, 0, 0
    for start, path in zip(starts, _paths(text, 0, len(text), starts), strict=True):
        if feeds := text.count("\n", at, start):
            line, line_at = line + feeds, text.rfind("\n", at, start) + 1
        at = start
        found.append(Spot(line, start - line_at + 1, _shown(text, path, is_hit) if path else None))
    return found


def _shown(text: str, path: "_Path", is_hit: Callable[[_Name], bool]) -> str:
    words = ""
    for name in path[:DEPTH_LIMIT]:
        if name is None:
            words += "[]"
            continue
        word = _word(text[name.start : name.end])
        if is_hit(name) or not _SHOWN.fullmatch(word):
            word = HIDDEN
        elif not _NAMED.fullmatch(word):
            word = f"'{word}'"
        words += f".{word}" if words else word
    return words + ("..." if len(path) > DEPTH_LIMIT else "")


def _word(written: str) -> str:
    if "\\" not in written:
        return written
    try:
        return str(json.loads(f'"{written}"'))
    except ValueError:
        return HIDDEN


type _Path = tuple[_Name | None, ...]
"""The names above a value; None for an array."""


def _paths(text: str, start: int, end: int, wanted: Sequence[int], level: int = 0) -> list[_Path | None]:
    """Return the names above each wanted position (ascending), None for one outside of JSON."""
    found: list[_Path | None] = []
    at = 0
    if not wanted:
        return found
    for last, frames, string in _stretches(text, start, end, level):
        if wanted[at] >= last:
            continue
        until = bisect_left(wanted, last, at)
        inside, path = wanted[at:until], _path_of(frames)
        if string and path is not None and level + 1 < len(_ESCAPED):
            found += [path + (inner or ()) for inner in _paths(text, *string, inside, level + 1)]
        else:
            found += [path] * len(inside)
        at = until
        if at == len(wanted):
            return found
    return found + [None] * (len(wanted) - at)


def _stretches(text: str, start: int, end: int, level: int) -> Iterator[tuple[int, "list[_Frame]", _Name | None]]:
    """Cut a text up left to right: (end of the stretch, what is open there, span of the string value that ends it)."""
    frames: list[_Frame] = []
    at = start
    while True:
        token = (_TOKENS[level] if frames else _OPENING).search(text, at, end)
        if token is None:
            yield end, frames, None
            return
        at = token.end() if frames else token.start() + 1
        mark = text[token.start()] if not frames else token[2]
        if mark is None:
            top, string = frames[-1], _Name(*token.span(1))
            if top.expects_name:
                top.name, top.expects_name = string, False
                yield at, frames, None
            else:
                yield at, frames, string
            continue
        yield at, frames, None
        if mark in "{[":
            frames.append(_Frame(is_object=mark == "{", expects_name=mark == "{"))
        elif mark in "}]":
            frames.pop()
        elif mark == ",":
            frames[-1].expects_name = frames[-1].is_object


@dataclass(slots=True)
class _Frame:
    """An object or array that is open."""

    is_object: bool
    expects_name: bool
    name: _Name | None = None


def _path_of(frames: Sequence[_Frame]) -> _Path | None:
    return tuple(frame.name if frame.is_object else None for frame in frames) if frames else None
