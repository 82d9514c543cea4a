"""NestJS: its console logger as JSON (version 11) and as the coloured text of every version."""

import re
from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import Fields, JsonParser, TextParser

_LINE = re.compile(
    r"\[([^\]\n]{1,40})\] (\d+) +- (\d[^A-Z\n]{5,30}[AP]M|\d[^A-Z\n]{5,30}) +"
    r"(LOG|ERROR|WARN|DEBUG|VERBOSE|FATAL) +(?:\[([^\]\n]*)\] )?(.*)",
    re.ASCII | re.DOTALL,
)


def _recognises(document: Mapping[str, Json]) -> bool:
    return (
        "context" in document and "pid" in document and "message" in document and isinstance(document.get("level"), str)
    )


def _read(text: str, at_ms: int) -> Fields | None:  # noqa: ARG001 - the line's time is local and without a zone
    found = _LINE.match(text)
    if not found:
        return None
    application, pid, time, level, context, message = found.groups()
    attributes: dict[str, Json] = {"application": application, "pid": pid, "local_time": time.strip()}
    return {"level": level_of(level), "component": context, "message": message, "attributes": attributes}


JSON = JsonParser(
    name="nestjs",
    recognises=_recognises,
    read=read_fields,
    examples=(
        (
            '{"level":"error","pid":7,"timestamp":1795140000123,"message":"charge failed","context":"PaymentService",'
            '"stack":"Error: charge refused\\n    at f (/app/a.js:1:2)"}'
        ),
    ),
)
TEXT = TextParser(
    name="nestjs",
    starts="[",
    read=_read,
    examples=(
        (
            "[Nest] 22286  - 11/20/2026, 5:58:11 AM   ERROR [PaymentService] charge failed\n"
            "Error: charge refused\n    at failure (/app/a.js:9:46)"
        ),
        "[Nest] 7  - 2026. 11. 20. 14:58:11     LOG [NestFactory] Starting Nest application...",
    ),
)
