"""Finds the canonical fields in a JSON object under the names that the common loggers give them."""

from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import cast

from logrouter.model import Json, Level
from logrouter.stages.reading.errors import read_error, rest_of_error
from logrouter.stages.reading.levels import level_of, level_of_opentelemetry, level_of_python
from logrouter.stages.reading.parser import Document, Fields
from logrouter.stages.reading.times import time_of

NAMES: dict[str, str] = {
    "timestamp_ms": "timestamp @timestamp time ts datetime timeMillis epoch_ms asctime date eventTime @t Timestamp"
    " timestamp_ms unix_time created",
    "level": "level severity levelname level_name log_level loglevel logLevel lvl log.level severity_text severityText"
    " @l Level LogLevel levelno severity_number severityNumber"
    " at context.logLevel",
    "message": "msg message body event text @m @mt MESSAGE Message RenderedMessage short_message errorMessage log"
    " messageTemplate @message",
    "service": "serviceId service service_id serviceName service_name service.name app application appName app_name"
    " dd.service",
    "environment": "env environment stage deployment.environment deployment.environment.name service.environment dd.env"
    " node_env",
    "version": "version appVersion app_version service.version release dd.version",
    "request_id": "requestId request_id reqId req_id function_request_id awsRequestId AWSRequestId aws_request_id"
    " correlationId correlation_id x-request-id x_request_id req.id request.id http.request.id RequestId requestID"
    " RequestID context.requestId",
    "trace_id": "traceId trace_id traceID trace.id xray_trace_id xrayTraceId otelTraceID @tr TraceId dd.trace_id",
    "span_id": "spanId span_id spanID span.id otelSpanID @sp SpanId dd.span_id",
    "user_id": "userId user_id user.id usr.id uid userID UserId",
    "session_id": "sessionId session_id session.id sessionID",
    "path": "path url.path http.route route req.url request.path request.url url uri requestPath http.target http.url"
    " RequestPath request_uri resourcePath http.path http.uri request.uri req.path req.originalUrl",
    "method": "method http.method http.request.method req.method request.method httpMethod http_method requestMethod"
    " RequestMethod request_method",
    "client_ip": "clientIp client_ip clientIP client.ip client.address ip req.remoteAddress remoteAddress remote_addr"
    " sourceIp http.client_ip remote_ip source_ip",
    "user_agent": "userAgent user_agent user_agent.original http.user_agent req.headers.user-agent http_user_agent",
    "component": "component logger logger_name loggerName log.logger _logger context name SourceContext category"
    " channel module scope",
    "duration_ms": "durationMs duration_ms responseTime elapsedMs elapsed_ms latencyMs latency_ms duration elapsed"
    " took_ms responseLatency",
    "status": "status statusCode status_code res.statusCode response.status_code response.statusCode http.status_code"
    " http.status http.response.status_code httpStatus http_status responseStatus StatusCode response.status",
}
"""Canonical field to the names it goes by, the most telling first."""

_PLACES: dict[str, tuple[str, int]] = {
    name: (field, rank) for field, names in NAMES.items() for rank, name in enumerate(names.split())
}
_NESTED = frozenset(name.split(".", 1)[0] for name in _PLACES if "." in name)
_LOOSE_RANK = 50
_LOOSE_FIELDS = (
    *("level", "message", "service", "request_id", "trace_id", "span_id", "user_id", "session_id", "method", "path"),
    "status",
)
_SPELLED = frozenset(
    {"at", "event", "text", "log", "body", "name", "uid", "app", "application", "url", "uri", "route", "errorMessage"}
)
"""Names that mean a field only as they are spelled in `NAMES`."""

_PRIORITIES = frozenset({"priority", "prio"})
_URGENCIES = frozenset({"critical", "emergency", "alert", "fatal"})
"""What a priority may be without being a level."""

_CARRIERS = frozenset({
    "context", "ctx", "contextMap", "mdc", "meta", "metadata", "payload", "data", "extra", "fields", "labels",
    "attributes", "properties", "params",
})  # fmt: skip
"""Names of objects in which programs put the fields of a record."""

_IDS = frozenset({"request_id", "trace_id", "user_id", "session_id"})
_NO_SERVICE = frozenset({"service_undefined", "undefined", "null", "None"})
_LEVEL_NAMES = ("name", "levelStr", "text", "label")
"""Where the word stands when a level is an object."""

_LEVEL_READERS = {
    "levelno": level_of_python,
    "severity_number": level_of_opentelemetry,
    "severityNumber": level_of_opentelemetry,
}


def read_fields(document: Document, at_ms: int) -> Fields:
    """Sort the keys of a JSON object into canonical fields; every other key becomes an attribute, types kept.

    Where two names claim one field the more telling one gets it and the other becomes an attribute. A value of the
    wrong kind (an object as `service`) is left among the attributes too.
    """
    found: dict[str, tuple[int, str, Json]] = {}
    attributes: dict[str, Json] = {}
    error, used = read_error(document)
    for key, value in document.items():
        place = _PLACES.get(key) or (None if key in used else _loose_place(key, value))
        if place is not None and (read := _read(place[0], key, value, at_ms)) is not None:
            field, rank = place
            known = found.get(field)
            if known is None or rank < known[0]:
                if known is not None:
                    attributes[known[1]] = document[known[1]]
                found[field] = (rank, key, read)
                continue
        if isinstance(value, dict) and (key in _NESTED or key in _CARRIERS):
            _read_nested(key, value, found, at_ms)
        if key not in used:
            attributes[key] = value
        elif error is not None and (rest := rest_of_error(value, error)) is not None:
            attributes[key] = rest
    fields: dict[str, Json] = {field: read for field, (_, _, read) in found.items()}
    fields["attributes"] = attributes
    if error is not None:
        fields["error"] = error
        if error.type is not None and found.get("component", ())[1:] == ("name", error.type):
            del fields["component"]  # the properties of an error were logged: that is its class, not a logger
    return cast("Fields", fields)


def _loose_place(key: str, value: Json) -> tuple[str, int] | None:
    """Return the field that a key means when case and punctuation do not count: `LEVEL`, `@level`, `Trace-Id`."""
    field = _loose_field(key)
    if field != "level":
        return (field, _LOOSE_RANK) if field else None
    if not isinstance(value, str) or value.isdecimal():
        return None
    is_urgency = key.lower() in _PRIORITIES and value.lower() in _URGENCIES
    return None if is_urgency else (field, _LOOSE_RANK)


@lru_cache(4096)
def _loose_field(key: str) -> str | None:
    return _loose_fields().get(_plain(key)) if len(key) < 40 else None


@cache
def _loose_fields() -> dict[str, str]:
    loose = {_plain(name): field for field in _LOOSE_FIELDS for name in NAMES[field].split() if name not in _SPELLED}
    more = ("priority", "prio", "logseverity", "severitylevel", "syslogseverity")
    return {name: field for name, field in loose.items() if len(name) > 2} | dict.fromkeys(more, "level")


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name)).lower()


def _read_nested(key: str, value: Mapping[str, Json], found: dict[str, tuple[int, str, Json]], at_ms: int) -> None:
    """Read the fields one or two levels down (`req.method`, `req.headers.user-agent`); the object stays as it is."""
    if key in _CARRIERS:
        _read_carried(key, value, found, at_ms)
    for inner, item in value.items():
        name = f"{key}.{inner}"
        if isinstance(item, dict) and inner in {"headers", "request", "response"}:
            for last, leaf in item.items():
                _offer(f"{name}.{last}", leaf, found, at_ms)
        else:
            _offer(name, item, found, at_ms)


def _read_carried(key: str, value: Mapping[str, Json], found: dict[str, tuple[int, str, Json]], at_ms: int) -> None:
    """Read the ids of request, trace, user and session out of an object of the team's own; it stays as it is."""
    for inner, item in value.items():
        field, _ = _PLACES.get(inner) or (_loose_field(inner), 0)
        if field in _IDS and field not in found and (read := _read(field, inner, item, at_ms)) is not None:
            found[field] = (100, f"{key}.{inner}", read)


def _offer(name: str, value: Json, found: dict[str, tuple[int, str, Json]], at_ms: int) -> None:
    place = _PLACES.get(name)
    if place is not None and place[0] not in found and (read := _read(place[0], name, value, at_ms)) is not None:
        found[place[0]] = (100, name, read)


def _read(field: str, key: str, value: Json, at_ms: int) -> Json:
    """Convert one value to the type of its field; None when it does not fit."""
    if value is None or value == "":
        return None
    if field == "timestamp_ms":
        return time_of(value, at_ms)
    if field == "level":
        by_number = _LEVEL_READERS.get(key)
        if isinstance(value, dict):
            value = next((value[name] for name in _LEVEL_NAMES if isinstance(value.get(name), str)), None)
        return by_number(value) if by_number and isinstance(value, int | float) else level_of(value)
    reader = _READERS.get(field)
    return reader(value) if reader else text_of(field, value)


def text_of(field: str, value: Json) -> str | None:
    """Take a text or a number as text; None for anything else and for what stands for nothing."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value)
    return None if field == "service" and text in _NO_SERVICE else text


def status_of(value: Json) -> int | None:
    """Take an HTTP status as number or text; None for words like `success`."""
    if isinstance(value, str) and len(value) == 3 and value.isdecimal() and value.isascii():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 100 <= value < 600 else None


def trace_id_of(value: Json) -> str | None:
    """Take a trace id; of an X-Ray header (`Root=1-...;Parent=...`) the root."""
    if not isinstance(value, str):
        return None
    if value.startswith("Root="):
        return value[5:].split(";", 1)[0]
    return value.removeprefix("0x") if value.strip("0x-") else None


def message_of(value: Json) -> str | None:
    """Take a message; objects and numbers stay attributes."""
    return value if isinstance(value, str) else None


def duration_of(value: Json) -> float | None:
    """Take a duration in milliseconds, as number or as text of one."""
    if isinstance(value, str) and len(value) < 16 and value.replace(".", "", 1).isdecimal() and value.isascii():
        return float(value)
    return value if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None


def level_from_status(status: int | None) -> Level:
    """Level of an access line that states none: 5xx error, 4xx warn, everything else info."""
    if status is None or status < 400:
        return Level.INFO
    return Level.ERROR if status >= 500 else Level.WARN


_READERS: dict[str, Callable[[Json], Json]] = {
    "message": message_of,
    "status": status_of,
    "duration_ms": duration_of,
    "trace_id": trace_id_of,
    "span_id": trace_id_of,
}
