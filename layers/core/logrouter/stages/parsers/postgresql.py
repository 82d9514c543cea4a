"""PostgreSQL error logs: as RDS and Aurora write them (`%t:%r:%u@%d:[%p]:`), in the usual prefixes, as `jsonlog`.

What belongs to an error (DETAIL, HINT, CONTEXT, STATEMENT) comes in lines of its own with the same prefix.
"""

import re
from collections.abc import Mapping

from logrouter.model import ErrorInfo, Json, Level
from logrouter.stages.reading.fields import duration_of
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import DIGITS, Document, Fields, JsonParser, TextParser
from logrouter.stages.reading.times import put_time

_PREFIX = (
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z]{2,5})(?::([^\s@]*):([^\s@:]*)@([^\s:]*):| )"
    r"\[(\d+)[\d-]*\]:?(?:\d*:?)?\s*(?:([\w-]+)@([\w-]+)(?:/(\S*))? )?"
)
_LINE = re.compile(
    rf"{_PREFIX}(DEBUG\d?|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|STATEMENT|DETAIL|HINT|CONTEXT|QUERY|LOCATION): +"
    r"(.*)",
    re.ASCII | re.DOTALL,
)
_MORE_LINE = re.compile(rf"\n{_PREFIX}(STATEMENT|DETAIL|HINT|CONTEXT|QUERY|LOCATION): +", re.ASCII)
_CODE = re.compile(r"([0-9A-Z]{5}): ", re.ASCII)
_SLOW = re.compile(r"duration: ([\d.]{1,20}) ms(.*)", re.ASCII | re.DOTALL)
_MORE = frozenset({"STATEMENT", "DETAIL", "HINT", "CONTEXT", "QUERY", "LOCATION"})
_BROKEN = frozenset({"ERROR", "FATAL", "PANIC"})
_JSON_NAMES = {"remote_host": "host", "user": "database_user", "dbname": "database", "application_name": "application"}


def _read(text: str, at_ms: int) -> Fields | None:
    found = _LINE.match(text)
    if not found:
        return None
    time, host, user, database, pid, other_user, other_database, application, word, _ = found.groups()
    message, more = _split(text, found.start(10))
    facts = {
        "host": host,
        "database_user": user or other_user,
        "database": database or other_database,
        "application": application,
        "pid": pid,
        "severity": word,
    }
    attributes: dict[str, Json] = {name: value for name, value in facts.items() if value}
    if word not in _MORE and (code := _CODE.match(message)):
        attributes["sqlstate"] = code[1]
        message = message[code.end() :]
    fields = _fields(word, message, {**attributes, **more})
    put_time(fields, time, at_ms)
    return fields


def _split(text: str, start: int) -> tuple[str, dict[str, Json]]:
    """Cut the lines that explain an error off its message; return both, the lines by their words."""
    cuts = list(_MORE_LINE.finditer(text, start))
    ends = [cut.start() for cut in cuts[1:]] + [len(text)]
    more: dict[str, Json] = {}
    for cut, end in zip(cuts, ends, strict=False):
        name, part = cut[9].lower(), text[cut.end() : end].rstrip()
        more[name] = f"{more[name]}\n{part}" if name in more else part
    return text[start : cuts[0].start() if cuts else len(text)].rstrip(), more


def _fields(word: str, message: str, attributes: dict[str, Json]) -> Fields:
    database = attributes.get("database")
    fields: Fields = {
        "level": Level.INFO if word in _MORE else level_of(word),
        "message": message if word not in _MORE else f"{word}: {message}",
        "component": database if isinstance(database, str) else None,
        "attributes": attributes,
    }
    if word in _BROKEN:
        fields["error"] = ErrorInfo(f"PostgreSQL {word}", message.split("\n", 1)[0].rstrip())
    if slow := _SLOW.match(message):
        fields["duration_ms"] = duration_of(slow[1])
        fields["level"] = Level.WARN
    return fields


def _read_json(document: Document, at_ms: int) -> Fields:
    """Read a line of `jsonlog` (PostgreSQL 15 and later)."""
    attributes = {
        _JSON_NAMES.get(key, key): value
        for key, value in document.items()
        if key not in {"timestamp", "message", "error_severity"}
    }
    word, message, time = (str(document.get(key) or "") for key in ("error_severity", "message", "timestamp"))
    fields = _fields(word, message, {**attributes, "severity": word})
    if not isinstance(document.get("message"), str):
        fields["attributes"]["message"] = document.get("message")
    put_time(fields, time, at_ms)
    return fields


def _recognises(document: Mapping[str, Json]) -> bool:
    return isinstance(document.get("error_severity"), str) and "message" in document


TEXT = TextParser(
    name="postgresql",
    starts=DIGITS,
    read=_read,
    examples=(
        '2026-11-20 02:00:00 UTC:10.0.0.7(5432):app@orders:[123]:ERROR:  relation "x" does not exist at character 15',
        (
            "2026-11-20 02:00:00 UTC:10.0.0.7(5432):app@orders:[123]:ERROR:  division by zero\n"
            "2026-11-20 02:00:00 UTC:10.0.0.7(5432):app@orders:[123]:STATEMENT:  select 1\n\t/ 0"
        ),
        "2026-11-20 02:00:00 UTC:10.0.0.7(5432):app@orders:[123]:STATEMENT:  SELECT * FROM x",
        "2026-11-20 02:00:00 UTC::@:[441]:LOG:  checkpoint starting: time",
        "2026-11-20 02:00:00 UTC:10.0.0.7(5432):app@orders:[123]:LOG:  duration: 1234.567 ms  statement: SELECT 1",
        "2026-11-20 02:00:00.123 UTC [123] FATAL:  terminating connection due to administrator command",
        "2026-11-20 02:00:00.123 UTC [123] app@orders/psql ERROR:  42P01: relation does not exist",
    ),
)
JSON = JsonParser(
    name="postgresql",
    recognises=_recognises,
    read=_read_json,
    examples=(
        (
            '{"timestamp":"2026-11-20 02:00:00.123 UTC","user":"app","dbname":"orders","pid":123,'
            '"error_severity":"ERROR","state_code":"22012","message":"division by zero","statement":"select 1/0"}'
        ),
    ),
)
