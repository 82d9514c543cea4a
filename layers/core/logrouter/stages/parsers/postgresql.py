"""PostgreSQL error logs as RDS and Aurora write them (prefix `%t:%r:%u@%d:[%p]:`), and slow statements."""

import re

from logrouter.model import ErrorInfo, Json, Level
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z]{2,5})(?::([^\s@]*):([^\s@:]*)@([^\s:]*):| )"
    r"\[(\d+)\]:?(?:\d*:?)?\s*(?:[\w-]+@[\w-]+ )?"
    r"(DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|STATEMENT|DETAIL|HINT|CONTEXT|QUERY): +(.*)",
    re.ASCII | re.DOTALL,
)
_SLOW = re.compile(r"duration: ([\d.]{1,20}) ms(.*)", re.ASCII | re.DOTALL)
_MORE = frozenset({"STATEMENT", "DETAIL", "HINT", "CONTEXT", "QUERY"})
_BROKEN = frozenset({"ERROR", "FATAL", "PANIC"})


def _read(text: str, at_ms: int) -> Fields | None:
    found = _LINE.match(text)
    if not found:
        return None
    time, host, user, database, pid, word, message = found.groups()
    facts = {"host": host, "database_user": user, "database": database, "pid": pid, "severity": word}
    attributes: dict[str, Json] = {name: value for name, value in facts.items() if value}
    fields: Fields = {
        "level": Level.INFO if word in _MORE else level_of(word),
        "message": message.rstrip() if word not in _MORE else f"{word}: {message.rstrip()}",
        "component": database or None,
        "attributes": attributes,
    }
    if word in _BROKEN:
        fields["error"] = ErrorInfo(f"PostgreSQL {word}", message.split("\n", 1)[0].rstrip())
    if slow := _SLOW.match(message):
        fields["duration_ms"] = float(slow[1]) if slow[1].count(".") < 2 and slow[1] != "." else None
        fields["level"] = Level.WARN
    put_time(fields, time, at_ms)
    return fields


TEXT = TextParser(
    name="postgresql",
    starts=DIGITS,
    read=_read,
    examples=(
        '2026-11-20 02:00:00 UTC:10.0.0.7(5432):app@orders:[123]:ERROR:  relation "x" does not exist at character 15',
        "2026-11-20 02:00:00 UTC:10.0.0.7(5432):app@orders:[123]:STATEMENT:  SELECT * FROM x",
        "2026-11-20 02:00:00 UTC::@:[441]:LOG:  checkpoint starting: time",
        "2026-11-20 02:00:00 UTC:10.0.0.7(5432):app@orders:[123]:LOG:  duration: 1234.567 ms  statement: SELECT 1",
        "2026-11-20 02:00:00.123 UTC [123] FATAL:  terminating connection due to administrator command",
    ),
)
