"""Lines of Logback, Log4j2, Spring Boot, Quarkus and java.util.logging in their usual patterns."""

import re

from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import CAPITALS, DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time

_TIME = r"(?P<time>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?|\d\d:\d\d:\d\d[.,]\d{1,9})"
_LEVEL = r"(?P<level>TRACE|DEBUG|INFO|WARN|ERROR|FATAL|OFF)"
_NAME = r"(?P<name>[\w$.\[\]/]+(?:#[\w$]+)?(?::\d+)?)"
_THREAD = r"\[(?P<thread>[^\]\n]*)\]"
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CONTEXT = rf"(?:(?: \[(?P<context>[^\]\n]*)\])? -|:| \[(?P<request>{_UUID}|req[\w\-]{{1,60}})\])?"
"""What a pattern takes from the diagnostic context (MDC), often in brackets behind the logger's name."""

_NAMED = (
    r"(?=[A-Za-z_$][\w$]*[.$/#][\w$]|\[|[\w$#]+(?::\d+)?(?: \[[^\]\n]*\])? -"
    r"|(?!\w*(?:Error|Exception|Timeout|Warning):)[\w$#]+:)"
)
"""What tells a logger from the first word of a message: a package, or a dash or colon behind it."""

_MESSAGE = r"(?P<message>.*)"
_SPRING = re.compile(
    rf"{_TIME} +{_LEVEL} (?:\[(?P<application>[^\]\n]*)\] )?(?P<pid>\d+) --- "
    rf"(?P<thread>(?:\[[^\]\n]*\] ?)+)(?P<name>\S+) *: {_MESSAGE}",
    re.DOTALL,
)
_FORMS = tuple(
    re.compile(form, re.DOTALL)
    for form in (
        # 2026-11-20 10:00:00.123 [main] ERROR com.shop.Pay [context] - message (Logback)
        rf"{_TIME} +{_THREAD} +{_LEVEL} +{_NAMED}{_NAME}{_CONTEXT}(?: |- ){_MESSAGE}",
        # 2026-11-20 10:00:00,123 ERROR [main] com.shop.Pay: message
        rf"{_TIME} +{_LEVEL} +{_THREAD} +{_NAMED}{_NAME}{_CONTEXT}(?: |- ){_MESSAGE}",
        # 2026-11-20 10:00:00,123 ERROR [com.shop.Pay] (executor-thread-1) message (Quarkus, WildFly)
        rf"{_TIME} +{_LEVEL} +\[(?P<name>[\w$.\-]+)\] +\((?P<thread>[^)\n]*)\) +{_MESSAGE}",
        # 2026-11-20 10:00:00 <request id> ERROR Handler:12 - message (Lambda)
        rf"{_TIME} (?P<request_id>{_UUID}) +{_LEVEL} +{_NAME} - {_MESSAGE}",
        # Nov 20, 2026 10:00:00 AM com.shop.Pay charge, and SEVERE: message in the next line (java.util.logging)
        (
            r"(?P<time>[A-Z][a-z]{2} \d\d?, \d{4},? [\d:]{7,8} [AP]M) (?P<name>[\w$.]+)(?: (?P<method>[\w$<>]+))?\n"
            rf"(?P<level>SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): {_MESSAGE}"
        ),
    )
)
_BRACKETED = re.compile(r"\[([^\]\n]*)\]")
_CORRELATION = re.compile(r"([0-9a-f]{16,32})[-,]([0-9a-f]{16})", re.ASCII)
_IDENTIFIER = re.compile(rf"{_UUID}|req[\w\-]{{1,60}}|[0-9a-f]{{32}}", re.ASCII)
_PLACE = re.compile(r"([\w$.]*?[A-Z][\w$]*|[\w$.]+?)(?:\.[a-z_$<][\w$<>]*)?:\d+", re.ASCII)
"""Logger or class with method and line behind it (`%c.%M:%L`)."""


def _read(text: str, at_ms: int) -> Fields | None:
    if found := _SPRING.match(text):
        return _spring(found.groupdict(), at_ms)
    for form in _FORMS:
        if found := form.match(text):
            return _fields(found.groupdict(), at_ms)
    return None


def _spring(found: dict[str, str | None], at_ms: int) -> Fields:
    """Read Spring Boot's line; in brackets stand application, thread and the ids of trace and span, in all orders."""
    application = found.pop("application") or ""
    groups = [group.strip() for group in _BRACKETED.findall(found["thread"] or "")]
    if ids := next((ids for group in (*groups, application) if (ids := _CORRELATION.search(group))), None):
        groups = [group for group in groups if group != ids[0]]
    service = application.partition(",")[0].strip() or None
    if service is None and len(groups) > 1 and groups[0]:
        service = groups.pop(0)
    fields = _fields({**found, "thread": " ".join(filter(None, groups))}, at_ms)
    fields["service"] = service
    if ids:
        fields["trace_id"], fields["span_id"] = ids.groups()
    return fields


def _fields(found: dict[str, str | None], at_ms: int) -> Fields:
    name = found["name"] or ""
    fields: Fields = {
        "level": level_of(found["level"]),
        "component": name,
        "message": (found["message"] or "").rstrip(),
        "attributes": {key: found[key] for key in ("pid", "thread", "method", "context") if found.get(key)},
    }
    if request_id := found.get("request_id") or found.get("request"):
        fields["request_id"] = request_id
    if context := found.get("context"):
        _add_context(fields, context)
    if place := _PLACE.fullmatch(name):
        fields["component"] = place[1]
        fields["attributes"]["location"] = name
    put_time(fields, found["time"] or "", at_ms)
    return fields


def _add_context(fields: Fields, context: str) -> None:
    """Read `a=b, c=d` of the diagnostic context; a lone value that looks like an identifier is the request's."""
    pairs = [pair.partition("=") for pair in context.strip("{}").split(", ")]
    if all(equals and name.strip() for name, equals, _ in pairs):
        read = read_fields({name.strip(): value for name, _, value in pairs}, 0)
        fields["attributes"] |= read.pop("attributes")
        for name in ("request_id", "trace_id", "span_id", "user_id", "session_id"):
            if name in read:
                fields[name] = read[name]
    elif _IDENTIFIER.fullmatch(context):
        fields["request_id"] = context


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
        "2026-11-20 02:00:00,123 ERROR [com.shop.Pay] (executor-thread-1) charge failed",
        "2026-11-20 02:00:00.123 [main] ERROR com.shop.Pay [req-1] - charge failed",
        "2026-11-20 02:00:00.123 52fdfc07-2182-454f-963f-5f0f9a621d72 ERROR Handler:12 - charge failed",
        "Nov 20, 2026 10:00:00 AM com.shop.Pay charge\nSEVERE: charge failed",
    ),
)
