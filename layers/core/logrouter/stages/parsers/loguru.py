"""Loguru: `serialize=True` (everything under `record`) and its default text format."""

import re
from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import DIGITS, Document, Fields, JsonParser, TextParser
from logrouter.stages.reading.times import put_time
from logrouter.stages.traces.registry import read_trace

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}) \| ([A-Z]{3,10}) *\| ([^\s|]+) - (.*)",
    re.ASCII | re.DOTALL,
)


def _recognises(document: Mapping[str, Json]) -> bool:
    record = document.get("record")
    return isinstance(record, dict) and "text" in document and "message" in record and "level" in record


def _read_json(document: Document, at_ms: int) -> Fields:
    record = document["record"]
    level, time, extra, exception = (record.get(key) for key in ("level", "time", "extra", "exception"))
    flat: Document = dict(extra) if isinstance(extra, dict) else {"extra": extra}
    flat["message"] = record["message"]
    flat["level"] = level.get("name") if isinstance(level, dict) else level
    flat["timestamp"] = time.get("timestamp") if isinstance(time, dict) else time
    flat["logger"] = record.get("name")
    flat["location"] = f"{record.get('name')}:{record.get('function')}:{record.get('line')}"
    fields = read_fields(flat, at_ms)
    if isinstance(exception, dict) and isinstance(document["text"], str):
        trace = read_trace(document["text"])
        stated = read_fields({"error": exception}, at_ms).get("error")
        fields["error"] = trace.error if trace else stated
    return fields


def _read_text(text: str, at_ms: int) -> Fields | None:
    found = _LINE.match(text)
    if not found:
        return None
    time, level, location, message = found.groups()
    fields: Fields = {
        "level": level_of(level),
        "component": location.partition(":")[0],
        "message": message,
        "attributes": {"location": location, "logged_level": level},
    }
    put_time(fields, time, at_ms)
    return fields


JSON = JsonParser(
    name="loguru",
    recognises=_recognises,
    read=_read_json,
    examples=(
        (
            '{"text":"2026-11-20 05:58:10.973 | ERROR    | __main__:write:26 - charge failed\\n","record":{'
            '"exception":null,"extra":{"request_id":"req-1"},"function":"write","level":{"name":"ERROR","no":40},"line":26,'
            '"message":"charge failed","name":"__main__","time":{"timestamp":1795154290.973}}}'
        ),
    ),
)
TEXT = TextParser(
    name="loguru",
    starts=DIGITS,
    read=_read_text,
    examples=("2026-11-20 05:58:11.041 | ERROR    | __main__:write:26 - charge failed",),
)
