"""Winston's `format.json()`: `level` and `message`, the stack beside them."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.levels import LEVELS
from logrouter.stages.reading.parser import JsonParser

_OTHERS = frozenset({"logger", "logger_name", "loggerName", "levelname", "name", "event", "context"})


def _recognises(document: Mapping[str, Json]) -> bool:
    level = document.get("level")
    return isinstance(level, str) and level in LEVELS and "message" in document and document.keys().isdisjoint(_OTHERS)


JSON = JsonParser(
    name="winston",
    recognises=_recognises,
    read=read_fields,
    examples=(
        (
            '{"level":"error","message":"charge refused","service":"shop","timestamp":"2026-11-20T02:00:00.123Z",'
            '"stack":"Error: charge refused\\n    at f (/app/a.js:1:2)"}'
        ),
    ),
)
