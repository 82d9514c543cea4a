"""logfmt: `key=value` pairs, as logrus, slog's TextHandler, structlog and Heroku-style programs write them."""

import re

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import LETTERS, Document, Fields, TextParser

_PAIR = re.compile(r'([A-Za-z_@][\w.@/-]{0,80})=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*))(?:\s+|$)', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_TELLING = frozenset({"level", "lvl", "severity", "msg", "message", "err", "error", "event"})
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r"}


def _read(text: str, at_ms: int) -> Fields | None:
    """Read a line that consists of pairs from end to end and has a level, a message or an error among them."""
    if "=" not in text[:100]:
        return None
    document: Document = {}
    at = 0
    while at < len(text):
        found = _PAIR.match(text, at)
        if not found or found[1] in document:
            return None
        document[found[1]] = _value(found[2], found[3])
        at = found.end()
    if len(document) < 2 or _TELLING.isdisjoint(document):
        return None
    return read_fields(document, at_ms)


def _value(quoted: str | None, bare: str | None) -> Json:
    if quoted is not None:
        return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), quoted) if "\\" in quoted else quoted
    return bare


TEXT = TextParser(
    name="logfmt",
    starts=LETTERS + "_@",
    read=_read,
    examples=(
        'time=2026-11-20T02:00:00.123Z level=ERROR msg="charge failed" order=17 err="card declined"',
        'request_id=req-1 amount=1000 event="charge failed" level=error timestamp=2026-11-20T05:58:10.905539Z',
    ),
)
