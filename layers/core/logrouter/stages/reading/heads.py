"""Reads the head of a line whose pattern a team wrote itself: time, level, thread, logger, request, in any order."""

import re
from typing import TYPE_CHECKING, Final

from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import Fields
from logrouter.stages.reading.times import put_time

if TYPE_CHECKING:
    from logrouter.model import Json

LIMIT_CHARS: Final = 400
"""A head is no longer; so that reading it takes the same time for a text of any length."""

WORDS: Final = (
    "TRACE|DEBUG|INFO|INFORMATION|NOTICE|WARN|WARNING|ERROR|ERR|SEVERE|CRITICAL|CRIT|FATAL|PANIC|EMERGENCY|EMERG|ALERT"
)
_UUID: Final = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_ZONE: Final = r"(?: ?(?:Z\b|UTC|[+-]\d\d:?\d\d))?"
_NO_ERROR: Final = "(?<!Error)(?<!Exception)(?<!Warning)"
_ENDS: Final = r"(?=[\s\])|,;:>-]|$)"
_TOKENS: Final = tuple(
    (name, re.compile(pattern, re.ASCII))
    for name, pattern in (
        ("time", rf"\d{{4}}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?{_ZONE}{_ENDS}"),
        ("time", rf"\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?{_ENDS}"),
        ("level", rf"(?:{WORDS}){_ENDS}"),
        ("level", rf"(?<=\[)(?:(?i:{WORDS})|[EWIDF])(?= *\])|(?<=\|)(?:(?i:{WORDS})|[EWIDF])(?= *\|)"),
        ("request_id", rf"{_UUID}{_ENDS}|(?<=\[)req[-_:]?[0-9A-Za-z][\w-]{{0,60}}(?=\])"),
        ("thread", r"(?<=\[)(?:main|[\w.@# -]*(?:[Tt]hread|exec|worker|pool|executor)[\w.@# -]*)(?=\])"),
        ("pid", r"(?<=\[)\d{1,7}(?=\])"),
        ("place", r"[A-Za-z_][\w.$/-]{0,120}(?::[A-Za-z_<][\w$<>]{0,80})?:\d{1,6}(?=[\s\]|-]|: |$)"),
        ("name", rf"[a-z_][\w-]*(?:\.[a-z_][\w-]*)+(?:\.[A-Z][\w$]*)+(?=[\s\])|:-]|$){_NO_ERROR}"),
        ("name", rf"[A-Za-z_][\w-]*(?:\.[\w$-]+)+(?=\]| ?\||:? -|: ){_NO_ERROR}"),
        ("name", r"(?<=\] )[A-Za-z_][\w.$/-]*(?= - )"),
        ("name", r"(?<=\|)[A-Za-z_][\w.$/-]*(?= *\|)|(?<=\| )[A-Za-z_][\w.$/-]*(?= *\|)"),
    )
)
"""What may stand in a head. A name alone is one only where it looks like a class or its surroundings say so."""

_BETWEEN: Final = re.compile(r"[ \t|,;:\[\]()<>-]*")
_CLOSING: Final = re.compile(r"[ \t]*[\])>:,;]*[ \t]*(?:[->]+[ \t]+|\|[ \t]*)?")


def read_head(text: str, at_ms: int) -> tuple[Fields, str]:
    """Take known parts from the beginning of a text until something else comes.

    Returns:
        The fields, `level` and `attributes` always among them, and the text behind the head; the text as it is when it
        has no head.
    """
    line = text[:LIMIT_CHARS].partition("\n")[0]
    found: dict[str, str] = {}
    end = at = 0
    while (between := _BETWEEN.match(line, at)) and (token := _token(line, between.end(), found)):
        name, word, at = token
        found[name] = word
        end = at
    if not found:
        return {"level": None, "attributes": {}}, text
    closing = _CLOSING.match(line, end)
    rest = text[closing.end() if closing else end :]
    return _fields(found, at_ms), rest


def _token(line: str, at: int, known: dict[str, str]) -> tuple[str, str, int] | None:
    for name, pattern in _TOKENS:
        if name not in known and (found := pattern.match(line, at)):
            return name, found[0], found.end()
    return None


def _fields(found: dict[str, str], at_ms: int) -> Fields:
    attributes: dict[str, Json] = {name: found[name] for name in ("thread", "pid") if name in found}
    fields: Fields = {"level": level_of(found["level"]) if "level" in found else None, "attributes": attributes}
    if "request_id" in found:
        fields["request_id"] = found["request_id"]
    if place := found.get("place"):
        attributes["location"] = place
        fields["component"] = place.split(":", 1)[0]
    if name := found.get("name"):
        fields["component"] = name
    if "time" in found:
        put_time(fields, found["time"], at_ms)
    return fields
