"""Lines of Python's logging in its usual formats, of gunicorn, Celery and structlog's console."""

import re
from typing import TYPE_CHECKING

from logrouter.model import Level
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.pairs import split_pairs
from logrouter.stages.reading.parser import CAPITALS, DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time

if TYPE_CHECKING:
    from logrouter.model import Json

_TIME = r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?(?: ?[+-]\d\d:?\d\d|Z)?)"
_LEVEL = r"(DEBUG|INFO|WARN|WARNING|ERROR|CRITICAL|FATAL|EXCEPTION)"
_LOGGER = r"(?P<name>[A-Za-z_][\w\-]*(?:\.[\w\-]+)+|root|__main__)"
_MESSAGE = "(?P<message>.*)"
_FORMS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        # 2026-11-20 10:00:00 [INFO] __main__: message, name and colon optional
        rf"(?P<time>{_TIME}) +\[(?P<level>{_LEVEL}) *\] +(?:(?P<name>[\w.\-]+): )?(?P<message>.*)",
        # 2026-11-20 10:00:00,123 - name - ERROR - message
        rf"(?P<time>{_TIME}) +- +(?P<name>[\w.\-]+) +- +(?P<level>{_LEVEL}) +- +(?P<message>.*)",
        # 2026-11-20 10:00:00,123 ERROR [name:12] message
        rf"(?P<time>{_TIME}) +(?P<level>{_LEVEL}) +\[(?P<name>[\w\-]*[.:][\w.:\-]*)\] +(?!\([^)\n]*\) )(?P<message>.*)",
        # 2026-11-20 10:00:00,123 ERROR [name] message, where no logger of Java's stands behind what is a thread then
        (rf"(?P<time>{_TIME}) +(?P<level>{_LEVEL}) +\[(?P<name>[A-Za-z_]\w*)\] +"
        r"(?![\w$]+(?:[.$/#][\w$]|:| -| \[)|[(\[])(?P<message>.*)"),
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
        # ERROR 2026-11-20 10:00:00,123 module 7 140299955624832 message (Django's verbose example)
        (rf"(?P<level>{_LEVEL}) +(?P<time>{_TIME}) +(?P<name>[\w.]+) +(?P<pid>\d{{1,9}}) +(?P<thread>\d{{4,20}}) +"
        rf"{_MESSAGE}"),
        # ERROR 2026-11-20 10:00:00,123 name message
        rf"(?P<level>{_LEVEL}) +(?P<time>{_TIME}) +{_LOGGER}[: -]+{_MESSAGE}",
        # 2026-11-20 10:00:00 host name[7] ERROR message (coloredlogs)
        (rf"(?P<time>{_TIME}) +(?P<host>[\w.\-]+) +(?P<name>[\w.\-]+)\[(?P<pid>\d+)\]:? +(?P<level>{_LEVEL}) +"
        rf"{_MESSAGE}"),
        # [E 261120 10:00:00 pay:12] message (Tornado)
        rf"\[(?P<level>[DIWEC]) (?P<time>\d{{6}} \d\d:\d\d:\d\d) (?P<place>[\w.\-]+:\d+)\] {_MESSAGE}",
        # [10:00:00] ERROR    message                  pay.py:12 (Rich), the time only where it changed
        (rf"(?:\[[\d/: ]{{5,20}}\] +)?(?P<level>{_LEVEL}) {{2,}}(?P<message>\S[^\n]*?)(?<=\S)(?> {{2,}})"
        r"(?P<place>[\w.]+\.py:\d+)(?P<rest> *\n.*| *$)"),
        # ERROR:    message (uvicorn)
        rf"(?P<level>{_LEVEL}): {{3,10}}(?P<message>.*)",
        # ERROR:name:message
        rf"(?P<level>{_LEVEL}):(?P<name>[\w.\-]+):(?P<message>.*)",
    )
)  # fmt: skip
_REQUEST = re.compile(
    r"Exception on (?P<path>/\S*) \[(?P<method>[A-Z]+)\]|Internal Server Error: (?P<django>/\S*)"
    r"|(?:Uncaught exception|(?P<status>[1-5]\d\d)) (?P<verb>[A-Z]{3,7}) (?P<uri>/\S*) \([\d.a-f:]+\)"
    r"(?P<ms> [\d.]+ms$)?"
)
_KEPT = (("pid", "pid"), ("thread", "thread"), ("host", "host"), ("place", "location"))
_TASK = re.compile(r"Task [\w.]{1,120}\[([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\] ")
_NAME = re.compile(r"(?<=\S) +\[([\w.\-]{1,120})\] *$")
_WARNING = re.compile(r"(/[^\s:]+\.py:\d+): \w+Warning: ")
_CONSOLE = re.compile(rf"{_TIME} \[(debug|info|warning|error|critical) *\] (.*)", re.DOTALL)


def _read(text: str, at_ms: int) -> Fields | None:
    for form in _FORMS:
        if found := form.match(text):
            return _fields(found.groupdict(), at_ms)
    if found := _CONSOLE.match(text):
        return _console(found[1], found[2], found[3], at_ms)
    if found := _WARNING.match(text):
        return {"level": Level.WARN, "message": text.rstrip(), "attributes": {"location": found[1]}}
    return None


def _console(time: str, level: str, message: str, at_ms: int) -> Fields:
    """Read a line of structlog's console: the fields stand behind the message, the logger's name in brackets."""
    line, end, rest = message.partition("\n")
    text, document = split_pairs(line.rstrip())
    name = _NAME.search(text)
    if name:
        text = text[: name.start()]
    fields = read_fields(document, at_ms)
    fields["attributes"] |= {key: document[key] for key in ("message", "level") if key in document}
    fields |= _fields({"time": time, "level": level, "message": f"{text.rstrip()}{end}{rest}"}, at_ms) | {
        "attributes": fields["attributes"],
        "component": name[1] if name else fields.get("component"),
    }
    return fields


def _fields(found: dict[str, str | None], at_ms: int) -> Fields:
    attributes: dict[str, Json] = {name: found[key] for key, name in _KEPT if found.get(key)}
    fields: Fields = {
        "level": Level.FATAL if found["level"] == "C" else level_of(found["level"]),
        "message": f"{found['message'] or ''}{found.get('rest') or ''}".rstrip(),
        "component": found.get("name"),
        "attributes": attributes,
    }
    _add_request(fields)
    if time := found.get("time"):
        put_time(fields, time, at_ms)
    return fields


def _add_request(fields: Fields) -> None:
    """Read what Flask, Django and Tornado say of the request in their messages, and which task Celery speaks of."""
    if request := _REQUEST.match(fields["message"]):
        fields["path"] = request["path"] or request["django"] or request["uri"]
        fields["method"] = request["method"] or request["verb"]
        if request["status"] and request["ms"]:
            fields["status"], fields["duration_ms"] = int(request["status"]), float(request["ms"][1:-2])
    elif task := _TASK.match(fields["message"]):
        fields["request_id"] = task[1]


TEXT = TextParser(
    name="python",
    starts=DIGITS + "[/" + CAPITALS,
    read=_read,
    examples=(
        "2024-12-16 10:00:00 [INFO] __main__: Peer abc-123 connected",
        "2024-12-16 10:00:00,123 ERROR shop.payment charge failed",
        "2024-12-16 10:00:00,123 - shop.payment - ERROR - charge failed",
        "2024-12-16 10:00:00,586 ERROR    [shop.payment:26] charge failed",
        "2024-12-16 10:00:00,586 ERROR [payment] Charge 17 failed",
        "ERROR:shop.payment:charge failed",
        "ERROR:    Exception in ASGI application",
        "[2024-12-16 10:00:00 +0000] [7] [ERROR] Exception in worker process",
        "[2024-12-16 10:00:00,123: ERROR/MainProcess] Task shop.tasks.pay raised unexpected",
        "[2024-12-16 10:00:00,123] ERROR in app: Exception on /orders [POST]",
        "2024-12-16 10:00:00 [error    ] charge failed                  amount=1000 request_id=req-1",
        "ERROR    2024-12-16 10:00:00,123 shop.payment charge failed",
        "ERROR 2024-12-16 10:00:00,123 log 7 140299955624832 Internal Server Error: /orders/17",
        "[E 241216 10:00:00 web:2591] 500 GET /orders/17 (127.0.0.1) 2.19ms",
        (
            "[2024-12-16 10:00:00,123: ERROR/MainProcess] Task shop.pay[52fdfc07-2182-454f-963f-5f0f9a621d72] "
            "raised unexpected: ValueError('no')"
        ),
        "2024-12-16 10:00:00 shop-1 shop.payment[7] ERROR charge failed",
        "[10:00:00] ERROR    charge failed                                   pay.py:12",
        "/var/task/pay.py:12: DeprecationWarning: use charge_all\n  warnings.warn(...)",
    ),
)
