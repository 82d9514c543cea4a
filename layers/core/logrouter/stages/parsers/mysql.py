"""MySQL and MariaDB error logs, and the slow-query log, as RDS and Aurora write them."""

import contextlib
import re

from logrouter.model import ErrorInfo, Json, Level
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time

_LINE = re.compile(
    r"(\d{4}-\d\d-\d\d[T ] ?\d\d?:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?) (\d+) "
    r"\[(ERROR|Warning|System|Note|Info|Error)\](?: \[(MY-\d+)\])?(?: \[([^\]\n]*)\])? (.*)",
    re.ASCII | re.DOTALL,
)
_SLOW_TIME = re.compile(r"# Query_time: ([\d.]{1,20})\s+Lock_time: ([\d.]{1,20})[^\n]*", re.ASCII)
_SLOW_HEAD = re.compile(r"# (?:Time: (\S+)|User@Host: )", re.ASCII)
_SLOW_USER = re.compile(r"# User@Host: ([^\n]*)", re.ASCII)


def _read(text: str, at_ms: int) -> Fields | None:
    if text[0] == "#":
        return _read_slow(text, at_ms)
    found = _LINE.match(text)
    if not found:
        return None
    time, thread, word, code, subsystem, message = found.groups()
    attributes: dict[str, Json] = {"thread": thread, "severity": word}
    if code:
        attributes["code"] = code
    fields: Fields = {
        "level": level_of(word),
        "message": message.rstrip(),
        "component": subsystem,
        "attributes": attributes,
    }
    if fields["level"] is Level.ERROR:
        fields["error"] = ErrorInfo(code or "MySQL ERROR", message.split("\n", 1)[0].rstrip())
    put_time(fields, time, at_ms)
    return fields


def _read_slow(text: str, at_ms: int) -> Fields | None:
    """Read one entry of the slow-query log: comment lines, then the statement."""
    head, times = _SLOW_HEAD.match(text), _SLOW_TIME.search(text)
    if not head or not times:
        return None
    lines = text.split("\n")
    statement = "\n".join(line for line in lines if not line.startswith("#")).strip()
    attributes: dict[str, Json] = {"slow_query": [line[2:].strip() for line in lines if line.startswith("#")]}
    if user := _SLOW_USER.search(text):
        attributes["database_user"] = user[1]
    fields: Fields = {"level": Level.WARN, "message": statement or lines[0], "attributes": attributes}
    with contextlib.suppress(ValueError):
        fields["duration_ms"] = float(times[1]) * 1000
    put_time(fields, head[1] or "", at_ms)
    return fields


TEXT = TextParser(
    name="mysql",
    starts=DIGITS + "#",
    read=_read,
    examples=(
        "2026-11-20T02:00:00.123456Z 12 [ERROR] [MY-012345] [InnoDB] Cannot allocate memory for the buffer pool",
        "2026-11-20 02:00:00 139 [Warning] Aborted connection 139 to db: 'orders' user: 'app' host: '10.0.0.7'",
        (
            "# Time: 2026-11-20T02:00:00.123456Z\n# User@Host: app[app] @  [10.0.0.7]  Id:    12\n"
            "# Query_time: 3.210000  Lock_time: 0.000010 Rows_sent: 1  Rows_examined: 100000\n"
            "SET timestamp=1795140000;\nSELECT * FROM orders WHERE memo LIKE '%x%';"
        ),
    ),
)
