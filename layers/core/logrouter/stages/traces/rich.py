"""Redraws the boxes in which Rich (and structlog's console with it) shows tracebacks as Python prints tracebacks."""

import re

MARK = "Traceback (most recent call last) \u2500"

_TOP = re.compile("^([ \\t]*)\u256d\u2500+ Traceback \\(most recent call last\\) \u2500+\u256e *$", re.MULTILINE)
_ROW = re.compile("[ \\t]*\u2502 (.*?) *\u2502 *")
_BOTTOM = re.compile("[ \\t]*\u2570\u2500+\u256f *")
_FRAME = re.compile(r"(\S.*):(\d{1,9}) in (.+)")
_SOURCE = re.compile("\u2771 *\\d{1,9} [ \u2502]*(.*)")
_CONTEXT = re.compile("(?:\u2771 *)?\\d{1,9}(?: .*)?|[\u2502\u256d\u2570].*")


def unbox(text: str) -> str:
    """Return `text` with every box redrawn; what stands in front of a box stays in front of all lines below it."""
    lines = text.split("\n")
    drawn: list[str] = []
    at, indent = 0, ""
    while at < len(lines):
        if top := _TOP.match(lines[at]):
            indent = top[1]
            drawn.append("Traceback (most recent call last):")
            at = _box(lines, at + 1, drawn)
        else:
            drawn.append(lines[at].removeprefix(indent).rstrip() if indent else lines[at])
            at += 1
    return "\n".join(drawn)


def _box(lines: list[str], at: int, drawn: list[str]) -> int:
    """Read the rows of one box: places, which may be wrapped, and the source that is marked; context is left out."""
    begun = ""
    while at < len(lines) and not _BOTTOM.fullmatch(lines[at]):
        row = _ROW.fullmatch(lines[at])
        if row is None:
            return at
        text = row[1].strip()
        if source := _SOURCE.fullmatch(text):
            drawn.append(f"    {source[1]}")
        elif text and not _CONTEXT.fullmatch(text):
            begun += text
            if frame := _FRAME.fullmatch(begun):
                drawn.append(f'  File "{frame[1]}", line {frame[2]}, in {frame[3]}')
                begun = ""
        at += 1
    return at + 1
