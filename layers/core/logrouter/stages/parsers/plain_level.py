"""Text of no known logger that says its level near the beginning: `[error] ...`, `10:00 | FATAL | ...`."""

import re
from typing import TYPE_CHECKING

from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import ANY, Fields, TextParser
from logrouter.stages.reading.times import time_of

if TYPE_CHECKING:
    from logrouter.model import Json

_HEAD_CHARS = 160
_WORDS = "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|SEVERE|CRITICAL|FATAL|PANIC|EMERGENCY|ALERT"
_LEVEL = re.compile(
    rf"(?:^|[\s\[(<|:\-/])(?:({_WORDS}|ERR|CRIT|EMERG|심각|경고|오류|정보)(?=[\s\])>|:,/]|$))",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"\[?(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)\]?[\s:|,-]*", re.ASCII
)
_NAMES = {"심각": "ERROR", "경고": "WARN", "오류": "ERROR", "정보": "INFO"}


def _read(text: str, at_ms: int) -> Fields | None:
    """Find a level in capitals or in brackets before the message begins; the message stays whole but for the time."""
    head = text[:_HEAD_CHARS].split("\n", 1)[0]
    word = _level_word(head)
    if word is None:
        return None
    attributes: dict[str, Json] = {}
    fields: Fields = {"level": level_of(_NAMES.get(word, word)), "message": text.rstrip(), "attributes": attributes}
    if found := _TIME.match(text):
        moment = time_of(found[1], at_ms)
        if moment is not None:
            fields["timestamp_ms"] = moment
            fields["message"] = text[found.end() :].rstrip()
    return fields


def _level_word(head: str) -> str | None:
    for found in _LEVEL.finditer(head):
        word, end = found[1], found.end()
        is_bracketed = head[found.start(1) - 1 : found.start(1)] == "[" and head[end : end + 1] == "]"
        is_leading = found.start(1) == 0 and head[end : end + 1] == ":"
        if word.isupper() or word in _NAMES or is_bracketed or is_leading:
            return word
    return None


TEXT = TextParser(
    name="plain-level",
    starts=ANY,
    read=_read,
    examples=(
        "ERROR: charge failed",
        "[error] charge failed",
        "2026-11-20 02:00:00 | payment | FATAL | cannot go on",
        "심각: charge failed",
    ),
)
