"""Lines of Ruby's Logger, Rails and the Lambda runtime of Ruby."""

import re

from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import Fields, TextParser
from logrouter.stages.reading.times import put_time

_LINE = re.compile(
    r"([DIWEFA]), \[(\d{4}-\d\d-\d\dT[\d:.]+) #(\d+)\] +(DEBUG|INFO|WARN|ERROR|FATAL|ANY) -- ([^:\n]*): (.*)",
    re.ASCII | re.DOTALL,
)


def _read(text: str, at_ms: int) -> Fields | None:
    found = _LINE.match(text)
    if not found:
        return None
    _, time, pid, level, program, message = found.groups()
    fields: Fields = {
        "level": level_of(level),
        "component": program.strip() or None,
        "message": message.rstrip(),
        "attributes": {"pid": pid},
    }
    put_time(fields, time, at_ms)
    return fields


TEXT = TextParser(
    name="ruby",
    starts="DIWEFA",
    read=_read,
    examples=("E, [2026-11-20T02:00:00.123456 #7] ERROR -- shop: charge failed",),
)
