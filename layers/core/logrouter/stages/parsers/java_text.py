"""Lines of Logback, Log4j2, Spring Boot and java.util.logging in their usual patterns."""

import re

from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import CAPITALS, DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time

_TIME = r"((?:\d{4}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d[.,]\d{1,9}(?:Z|[+-]\d\d:?\d\d)?)"
_LEVEL = r"(TRACE|DEBUG|INFO|WARN|ERROR|FATAL|OFF)"
_NAME = r"([\w$.\[\]/]+(?:#[\w$]+)?(?::\d+)?)"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SPRING = re.compile(rf"{_TIME} +{_LEVEL} (?:\[([^\]\n]*)\] )?(\d+) --- ((?:\[[^\]\n]*\] ?)+)(\S+) *: (.*)", re.DOTALL)
_LOGBACK = re.compile(rf"{_TIME} +\[([^\]\n]*)\] +{_LEVEL} +{_NAME}(?: -)?(?: |- )(.*)", re.DOTALL)
_LEVEL_FIRST = re.compile(rf"{_TIME} +{_LEVEL} +\[([^\]\n]*)\] +{_NAME}(?: -)?(?: |- |: )(.*)", re.DOTALL)
_LAMBDA = re.compile(rf"{_TIME} ({_UUID}) +{_LEVEL} +{_NAME} - (.*)", re.DOTALL)
_JUL = re.compile(
    r"([A-Z][a-z]{2} \d\d?, \d{4},? [\d:]{7,8} [AP]M) ([\w$.]+)(?: ([\w$<>]+))?\n"
    r"(SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): (.*)",
    re.ASCII | re.DOTALL,
)


def _read(text: str, at_ms: int) -> Fields | None:
    if found := _SPRING.match(text):
        time, level, application, pid, threads, name, message = found.groups()
        return _fields(time, level, name, message, at_ms, application=application, pid=pid, thread=threads.strip())
    if found := _LOGBACK.match(text):
        time, thread, level, name, message = found.groups()
        return _fields(time, level, name, message, at_ms, thread=thread)
    if found := _LEVEL_FIRST.match(text):
        time, level, thread, name, message = found.groups()
        return _fields(time, level, name, message, at_ms, thread=thread)
    if found := _LAMBDA.match(text):
        time, request_id, level, name, message = found.groups()
        fields = _fields(time, level, name, message, at_ms)
        fields["request_id"] = request_id
        return fields
    if found := _JUL.match(text):
        time, name, method, level, message = found.groups()
        return _fields(time, level, name, message, at_ms, method=method)
    return None


def _fields(time: str, level: str, name: str, message: str, at_ms: int, **facts: str | None) -> Fields:
    fields: Fields = {
        "level": level_of(level),
        "component": name,
        "message": message.rstrip(),
        "attributes": {key: value for key, value in facts.items() if value},
    }
    put_time(fields, time, at_ms)
    return fields


TEXT = TextParser(
    name="java",
    starts=DIGITS + CAPITALS,
    read=_read,
    examples=(
        "2026-11-20T10:00:00.123+09:00 ERROR 7 --- [shop] [nio-8080-exec-1] c.s.PayController : charge failed",
        "2026-11-20 02:00:00.123 ERROR 7 --- [nio-8080-exec-1] c.s.PayController              : charge failed",
        (
            "10:00:00.123 [main] ERROR com.shop.Pay - charge failed\ncom.shop.PayException: declined\n"
            "\tat com.shop.Pay.charge(Pay.java:12)"
        ),
        "2026-11-20 02:00:00,123 ERROR [main] com.shop.Pay: charge failed",
        "2026-11-20 02:00:00.123 52fdfc07-2182-454f-963f-5f0f9a621d72 ERROR Handler:12 - charge failed",
        "Nov 20, 2026 10:00:00 AM com.shop.Pay charge\nSEVERE: charge failed",
    ),
)
