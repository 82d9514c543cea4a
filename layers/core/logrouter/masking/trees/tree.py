"""Records as trees: JSON text scanned with the place of every value (Python values: `objects`).

The scanner is iterative, takes time linear in the text, and reads cut-off JSON as far as it goes. It keeps duplicate
keys, number spellings and white space, because nothing is ever written out again: values are replaced in place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from logrouter.masking.edits import Edit

_BLANK = r"[ \t\r\n]*+"
_STRING = r'"((?:[^"\\]++|\\.)*+)'
_NUMBER = r"(-?[0-9][0-9.eE+-]*+)"
_WORD = r"(true|false|null|NaN|-?Infinity)\b"
_TOKEN = re.compile(rf'{_BLANK}(?:{_STRING}(")?|([{{}}\[\],:])|{_NUMBER}|{_WORD})', re.DOTALL)
_MEMBER = re.compile(
    rf'{_BLANK}{_STRING}"{_BLANK}:{_BLANK}(?:(?:{_STRING}"|{_NUMBER}|{_WORD})(?:{_BLANK},)?+|([{{\[]))', re.DOTALL
)
"""A whole member whose value is a scalar, with the comma behind it, or a container opens: four tokens at once."""

_STRING_VALUE = 2
_OPENS = 5
"""Groups of `_MEMBER`."""

_KINDS = ("", "", "string", "number", "other")
"""Kinds of leaves by the group of `_MEMBER` that read them."""

_TAIL = re.compile(r"\s*+\Z")
_OPENINGS = frozenset("{[")
_EXPECTING = frozenset("{,")
"""Marks behind which an object goes on with a key."""
_OPENING = re.compile(r'\{[ \t\r\n]*+["}]|\[[ \t\r\n]*+[{"\[]')


_NO_EDITS: list[Edit] = []
"""Shared by all leaves without edits; never added to."""


class Leaf:
    """A scalar. `kind` is `string`, `number` or `other`; `value` is the text as written, escapes included."""

    __slots__ = ("edits", "end", "kind", "source", "start", "value")

    def __init__(self, kind: str, value: str, start: int = 0, end: int = 0, source: Any = None) -> None:
        self.kind = kind
        self.value = value
        self.start = start
        self.end = end
        self.edits: list[Edit] = _NO_EDITS
        self.source = source


@dataclass(slots=True, eq=False)
class Branch:
    """An object or array.

    Args:
        is_object: an object; its `keys`, as written, run parallel to `children`; empty for one that is no text.
        children: the values, in order.
        starts: where each key begins in the text, for trees of text.
        key_edits: what is to be masked in keys, by their position.
        source: the Python value, for trees of values.
    """

    is_object: bool
    children: "list[Leaf | Branch]" = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    key_edits: dict[int, list[Edit]] = field(default_factory=dict)
    source: Any = None

    def add(self, key: str | None, start: int, child: "Leaf | Branch") -> None:
        """Add a value as it was read; `key` None for a value without one."""
        self.children.append(child)
        if self.is_object:
            self.keys.append(key or "")
            self.starts.append(start)


@dataclass(frozen=True, slots=True)
class Scan:
    """What the scanner read: the tree, its span, how many keys it saw, whether it ended too early."""

    root: Branch
    start: int
    end: int
    keys: int
    is_cut: bool


def find_json(text: str) -> list[Scan]:
    """Return the JSON objects and arrays that stand in a text, left to right, with `root` spans relative to it."""
    if text.startswith("["):  # a list of nothing but numbers, too, when it is the whole text
        whole = scan_json(text, 0)
        if whole is not None and whole.end == len(text) and not whole.is_cut:
            return [whole]
    scans: list[Scan] = []
    dead: set[int] = set()
    at = 0
    while True:
        opening = _OPENING.search(text, at)
        if opening is None:
            return scans
        start = opening.start()
        at = start + 1
        scan = scan_json(text, start) if start not in dead else None
        if scan is None:
            continue
        is_json = not scan.is_cut or scan.end == len(text)
        if scan.keys or (is_json and start == 0 and scan.end == len(text)):
            scans.append(scan)
        if scan.keys or is_json:
            at = max(scan.end, at)
        else:
            dead.update(_openings(text, start, scan.end))


def _openings(text: str, start: int, end: int) -> Iterator[int]:
    """Yield where objects and arrays open in what was no JSON: read from there, it is none either."""
    while start < end and (match := _TOKEN.match(text, start)) is not None:
        if match[3] in _OPENINGS:
            yield match.start(3)
        start = match.end()


def scan_json(text: str, start: int) -> Scan | None:  # noqa: C901, PLR0912, PLR0915 - one flat loop, for speed
    """Read one JSON object or array that begins at `start`; None when none does.

    A text that stops being JSON after at least one value with a key counts up to that value; one without any is a scan
    without keys, cut where it stopped. A string that is not closed reaches to the end of the text.
    """
    opening = _TOKEN.match(text, start)
    if opening is None or opening[3] not in _OPENINGS:
        return None
    root = top = Branch(opening[3] == "{")
    stack = [root]
    key: str | None = None
    keys = nested = key_start = name_end = 0
    at = complete = opening.end()
    expects_key = root.is_object
    while stack:
        if expects_key:
            members = len(top.children)
            at, complete, expects_key, child = _read_members(text, at, complete, top)
            keys += len(top.children) - members
            if child is not None:
                keys -= 1
                nested += 1
                stack.append(child)
                top = child
                continue
        match = _TOKEN.match(text, at)
        if match is None or (match[3] in _OPENINGS and top.is_object and key is None):
            if _TAIL.match(text, at):
                return Scan(root, start, len(text), keys, is_cut=True)
            return Scan(root, start, complete if keys else at, keys, is_cut=True)
        kind = match.lastindex
        at = match.end()
        if kind == 3:
            mark = match[3]
            if mark in _OPENINGS:
                child = Branch(mark == "{")
                nested += key is not None
                top.add(key, key_start, child)
                stack.append(child)
            elif key is not None and top.is_object and ":" not in text[name_end:at]:
                return Scan(root, start, complete if keys else name_end, keys, is_cut=True)  # `{"a", "b"}` of Elixir
            elif mark in "}]":
                stack.pop()
                complete = at
                if stack and text[at : at + 1] == ",":
                    at += 1
                    mark = ","
            elif mark == ":":
                continue
            top = stack[-1] if stack else root
            key, expects_key = None, mark in _EXPECTING and top.is_object
            continue
        leaf = _leaf(match)
        if top.is_object and key is None and expects_key and leaf.kind == "string":
            key, key_start, name_end, expects_key = leaf.value, leaf.start, at, False
            if kind == 1:
                top.add(key, key_start, Leaf("other", "", leaf.end, leaf.end))
            continue
        if key is not None and ":" not in text[name_end : match.end()]:
            return Scan(root, start, complete if keys else name_end, keys, is_cut=True)
        top.add(key, key_start, leaf)
        keys += key is not None
        key = None
        complete = at
    return Scan(root, start, at, keys + nested, is_cut=False)


def _read_members(text: str, at: int, complete: int, branch: Branch) -> tuple[int, int, bool, Branch | None]:
    """Read members with scalar values as long as one follows the other, and the opening of a container behind them.

    Returns where they end, where the last value ends (`complete` when there is none), whether a key has to follow, and
    the container.
    """
    match_member = _MEMBER.match
    keys, starts, children = branch.keys, branch.starts, branch.children
    while True:
        member = match_member(text, at)
        if member is None:
            return at, complete, True, None
        kind = member.lastindex or 0
        spans = member.regs
        at = spans[0][1]
        begin, end = spans[1]
        keys.append(text[begin:end])
        starts.append(begin)
        if kind == _OPENS:
            child = Branch(text[at - 1] == "{")
            children.append(child)
            return at, complete, child.is_object, child
        first, last = spans[kind]
        children.append(Leaf(_KINDS[kind], text[first:last], first, last))
        complete = last + (kind == _STRING_VALUE)
        if text[at - 1] != ",":
            return at, complete, False, None


def _leaf(match: re.Match[str]) -> Leaf:
    group = match.lastindex or 0
    if group <= 2:
        return Leaf("string", match[1], match.start(1), match.end(1))
    return Leaf("number" if group == 4 else "other", match[group], match.start(group), match.end(group))
