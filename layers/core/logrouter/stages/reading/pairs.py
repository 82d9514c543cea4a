"""Reads `key=value` pairs: a line that consists of nothing else, or those that stand behind a message."""

import re

from logrouter.model import Json
from logrouter.stages.reading.parser import Document

_PAIR = re.compile(r'([A-Za-z_@][\w.@/-]{0,80})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?:\s+|$)', re.DOTALL)
_START = re.compile(r"(?:^|(?<=\s))[A-Za-z_@][\w.@/-]{0,80}=")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}
_TRIES = 4
"""So many places are tried as the beginning of the pairs behind a message, so that time stays linear."""


def read_pairs(text: str) -> Document | None:
    """Read a text that consists of pairs from end to end, each key once; None when it does not."""
    return _pairs_from(text, 0)


def split_pairs(text: str) -> tuple[str, Document]:
    """Split `message key=value key="other value"` into the message and the pairs that go on to the end of the text."""
    if "=" not in text:
        return text, {}
    for tried, found in enumerate(_START.finditer(text)):
        if tried == _TRIES:
            break
        if (document := _pairs_from(text, found.start())) is not None:
            return text[: found.start()].rstrip(), document
    return text, {}


def _pairs_from(text: str, at: int) -> Document | None:
    document: Document = {}
    while at < len(text):
        found = _PAIR.match(text, at)
        if not found or found[1] in document:
            return None
        document[found[1]] = _value(found[2], found[3])
        at = found.end()
    return document or None


def _value(quoted: str | None, bare: str | None) -> Json:
    if quoted is not None:
        return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), quoted) if "\\" in quoted else quoted
    return bare
