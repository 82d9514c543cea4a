"""Lines of Python's logging in its usual formats, of gunicorn, Celery and structlog's console."""

import re
from typing import TYPE_CHECKING

from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import CAPITALS, DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time

if TYPE_CHECKING:
    from logrouter.model import Json

_TIME = r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?: ?[+-]\d\d:?\d\d|Z)?)"
_LEVEL = r"(DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL|EXCEPTION)"
_FORMS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        # 2026-11-20 10:00:00 [INFO] __main__: message, name and colon optional
        rf"(?P<time>{_TIME}) +\[(?P<level>{_LEVEL}) *\] +(?:(?P<name>[\w.\-]+): )?(?P<message>.*)",
        # 2026-11-20 10:00:00,123 - name - ERROR - message
        rf"(?P<time>{_TIME}) +- +(?P<name>[\w.\-]+) +- +(?P<level>{_LEVEL}) +- +(?P<message>.*)",
        # 2026-11-20 10:00:00,123 ERROR [name:12] message
        rf"(?P<time>{_TIME}) +(?P<level>{_LEVEL}) +\[(?P<name>[\w\-]*[.:][\w.:\-]*)\] +(?!\([^)\n]*\) )(?P<message>.*)",
        # 2026-11-20 10:00:00,123 ERROR name message; name: message
        (rf"(?P<time>{_TIME}) +(?P<level>{_LEVEL})[ :]+"
        r"(?P<name>[A-Za-z_][\w\-]*(?:\.[\w\-]+)+|root|__main__):? +(?P<message>.*)"),
        # 2026-11-20 10:00:00,123 name ERROR message
        rf"(?P<time>{_TIME}) +(?P<name>[A-Za-z_][\w.\-]*) +(?P<level>{_LEVEL}):? +(?P<message>.*)",
        # [2026-11-20 10:00:00 +0000] [7] [ERROR] message (gunicorn)
        rf"\[(?P<time>{_TIME})\] \[(?P<pid>\d+)\] \[(?P<level>{_LEVEL})\] (?P<message>.*)",
        # [2026-11-20 10:00:00,123: ERROR/MainProcess] message (Celery)
        rf"\[(?P<time>{_TIME}): (?P<level>{_LEVEL})/(?P<name>[\w\-]+)\] (?P<message>.*)",
        # [2026-11-20 10:00:00,123] ERROR in app: message (Flask), {file.py:12} ERROR - message (Airflow)
        rf"\[(?P<time>{_TIME})\] (?:\{{[^}}\n]*\}} )?(?P<level>{_LEVEL}) (?:in (?P<name>[\w.]+): |- )?(?P<message>.*)",
        # ERROR:    message (uvicorn)
        rf"(?P<level>{_LEVEL}): {{3,10}}(?P<message>.*)",
        # ERROR:name:message
        rf"(?P<level>{_LEVEL}):(?P<name>[\w.\-]+):(?P<message>.*)",
    )
)  # fmt: skip
_REQUEST = re.compile(r"Exception on (/\S*) \[([A-Z]+)\]|Internal Server Error: (/\S*)")
_CONSOLE = re.compile(rf"{_TIME} \[(debug|info|warning|error|critical) *\] (.*)", re.DOTALL)


def _read(text: str, at_ms: int) -> Fields | None:
    for form in _FORMS:
        if found := form.match(text):
            return _fields(found.groupdict(), at_ms)
    if found := _CONSOLE.match(text):
        return _fields({"time": found[1], "level": found[2], "message": found[3]}, at_ms)
    return None


def _fields(found: dict[str, str | None], at_ms: int) -> Fields:
    attributes: dict[str, Json] = {}
    if pid := found.get("pid"):
        attributes["pid"] = pid
    fields: Fields = {
        "level": level_of(found["level"]),
        "message": (found["message"] or "").rstrip(),
        "component": found.get("name"),
        "attributes": attributes,
    }
    if request := _REQUEST.match(fields["message"]):
        fields["path"], fields["method"] = request[1] or request[3], request[2]
    if time := found.get("time"):
        put_time(fields, time, at_ms)
    return fields


TEXT = TextParser(
    name="python",
    starts=DIGITS + "[" + CAPITALS,
    read=_read,
    examples=(
        "2024-12-16 10:00:00 [INFO] __main__: Peer abc-123 connected",
        "2024-12-16 10:00:00,123 ERROR shop.payment charge failed",
        "2024-12-16 10:00:00,123 - shop.payment - ERROR - charge failed",
        "2024-12-16 10:00:00,586 ERROR    [shop.payment:26] charge failed",
        "ERROR:shop.payment:charge failed",
        "ERROR:    Exception in ASGI application",
        "[2024-12-16 10:00:00 +0000] [7] [ERROR] Exception in worker process",
        "[2024-12-16 10:00:00,123: ERROR/MainProcess] Task shop.tasks.pay raised unexpected",
        "[2024-12-16 10:00:00,123] ERROR in app: Exception on /orders [POST]",
        "2024-12-16 10:00:00 [error    ] charge failed                  amount=1000 request_id=req-1",
    ),
)
