"""Text of no known logger that says its level near the beginning: `[error] ...`, `10:00 | FATAL | ...`."""

import re

from logrouter.stages.reading.heads import WORDS, read_head
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import ANY, Fields, TextParser

_HEAD_CHARS = 160
_LEVEL = re.compile(rf"(?:^|[\s\[(<|:\-/])(?:({WORDS}|심각|경고|오류|정보)(?=[\s\])>|:,/]|$))", re.IGNORECASE)
_SIGN = re.compile(r"(?:^|\s)[✖✗✘⨯❌]\s+(error|fatal|critical)\b")
"""How consoles for people mark a line (signale)."""

_NAMES = {"심각": "ERROR", "경고": "WARN", "오류": "ERROR", "정보": "INFO"}


def _read(text: str, at_ms: int) -> Fields | None:
    """Read the head; a level behind other words is found in capitals or brackets, and those words stay."""
    fields, rest = read_head(text, at_ms)
    if fields["level"] is None:
        word = _level_word(rest[:_HEAD_CHARS].split("\n", 1)[0])
        if word is None and not (rest.startswith("{") and rest.endswith("}") and len(rest) < len(text)):
            return None
        fields["level"] = level_of(_NAMES.get(word, word)) if word else None
    fields["message"] = rest.rstrip()
    return fields


def _level_word(head: str) -> str | None:
    for found in _LEVEL.finditer(head):
        word, start, end = found[1], found.start(1), found.end()
        is_bracketed = head[start - 1 : start] == "[" and head[end : end + 1] == "]"
        is_leading = start == 0 and head[end : end + 1] == ":"
        if (word in _NAMES and (is_bracketed or is_leading)) or word.isupper() or is_bracketed or is_leading:
            return word
    sign = _SIGN.search(head)
    return sign[1] if sign else None


TEXT = TextParser(
    name="plain-level",
    starts=ANY,
    read=_read,
    examples=(
        "ERROR: charge failed",
        "[error] charge failed",
        "2026-11-20 02:00:00 | payment | FATAL | cannot go on",
        "ERROR|2026-11-20 02:00:00,123|com.shop.Pay|charge failed",
        "2026-11-20 02:00:00 worker 7 says: ERROR no stock",
        "심각: charge failed",
        "[payment] › ✖  fatal     charge failed",
    ),
)
