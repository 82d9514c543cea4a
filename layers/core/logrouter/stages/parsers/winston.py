"""Winston: `json()` with the stack beside the message, `logstash()`, `simple()` with the fields as JSON behind it."""

import re
from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.json_text import json_object
from logrouter.stages.reading.levels import LEVELS, level_of
from logrouter.stages.reading.parser import DIGITS, Document, Fields, JsonParser, TextParser
from logrouter.stages.reading.times import put_time

_LINE = re.compile(
    r"(?:\[?(\d{4}-\d\d-\d\d[T ][\d:.,]{8,15}(?:Z|[+-]\d\d:?\d\d)?)\]?:? )?(?:\[([^\]\n]{1,80})\] )?"
    r"(error|warn|info|http|verbose|debug|silly): +(.*)",
    re.ASCII | re.DOTALL,
)

_OTHERS = frozenset({"logger", "logger_name", "loggerName", "levelname", "name", "event"})


def _recognises(document: Mapping[str, Json]) -> bool:
    level = document.get("level")
    return isinstance(level, str) and level in LEVELS and "message" in document and document.keys().isdisjoint(_OTHERS)


def _is_logstash(document: Mapping[str, Json]) -> bool:
    return "@message" in document and isinstance(document.get("@fields"), dict)


def _read_logstash(document: Document, at_ms: int) -> Fields:
    """Read the first form of Logstash's events: the fields apart, the others with an `@` before their names."""
    inner = document["@fields"]
    own = {key.removeprefix("@"): value for key, value in document.items() if key != "@fields"}
    return read_fields({**(inner if isinstance(inner, dict) else {}), **own}, at_ms)


def _read_text(text: str, at_ms: int) -> Fields | None:
    found = _LINE.match(text)
    if not found:
        return None
    time, label, level, message = found.groups()
    meta = message.find(" {")
    document = json_object(message[meta + 1 :].rstrip()) if meta >= 0 else None
    fields: Fields = read_fields(document, at_ms) if document else {"attributes": {}}
    fields["level"] = level_of(level)
    fields["message"] = message[:meta] if document else message.rstrip()
    if label:
        fields["component"] = label
    put_time(fields, time or "", at_ms)
    return fields


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
LOGSTASH = JsonParser(
    name="winston",
    recognises=_is_logstash,
    read=_read_logstash,
    examples=(
        (
            '{"@fields":{"level":"error","requestId":"req-1"},"@message":"charge refused",'
            '"@timestamp":"2026-11-20T02:00:00.123Z"}'
        ),
    ),
)
TEXT = TextParser(
    name="winston",
    starts="ewihvds[" + DIGITS,
    read=_read_text,
    examples=(
        'error: charge failed {"requestId":"req-1"}',
        "2026-11-20T02:00:00.123Z [payment] error: charge failed",
    ),
)
