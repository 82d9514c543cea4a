"""Log4j2's JsonLayout and Logback's encoders (logstash, native JSON, ECS): MDC lifted up, `thrown` and `throwable`."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser


def _recognises_log4j2(document: Mapping[str, Json]) -> bool:
    return "loggerName" in document and ("instant" in document or "timeMillis" in document or "loggerFqcn" in document)


def _recognises_logback(document: Mapping[str, Json]) -> bool:
    if "@timestamp" in document and (
        "logger_name" in document or "log.logger" in document or "level_value" in document
    ):
        return True
    return "loggerName" in document and "level" in document and ("threadName" in document or "nanoseconds" in document)


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields, those of the diagnostic context (MDC) included."""
    flat = dict(document)
    for name in ("contextMap", "mdc"):
        context = flat.pop(name, None)
        if isinstance(context, dict):
            flat = {**context, **flat}
        elif context is not None:
            flat[name] = context
    instant = flat.pop("instant", None)
    if isinstance(instant, dict) and isinstance(seconds := instant.get("epochSecond"), int):
        nanoseconds = instant.get("nanoOfSecond", 0)
        flat["timestamp"] = seconds * 1000 + (nanoseconds // 1_000_000 if isinstance(nanoseconds, int) else 0)
    elif instant is not None:
        flat["instant"] = instant
    return read_fields(flat, at_ms)


LOG4J2 = JsonParser(
    name="log4j2",
    recognises=_recognises_log4j2,
    read=_read,
    examples=(
        (
            '{"instant":{"epochSecond":1795140000,"nanoOfSecond":123000000},"thread":"main","level":"ERROR",'
            '"loggerName":"com.shop.Pay","message":"charge failed","contextMap":{"requestId":"req-1"},'
            '"thrown":{"name":"com.shop.PayException","message":"declined","extendedStackTrace":[{"class":"com.shop.Pay",'
            '"method":"charge","file":"Pay.java","line":12}]}}'
        ),
    ),
)
LOGBACK = JsonParser(
    name="logback",
    recognises=_recognises_logback,
    read=_read,
    examples=(
        (
            '{"@timestamp":"2026-11-20T02:00:00.123Z","@version":"1",'
            '"message":"charge failed","logger_name":"com.shop.Pay",'
            '"thread_name":"main","level":"ERROR","level_value":40000,'
            '"stack_trace":"com.shop.PayException: declined\\n\\tat com.shop.Pay.charge(Pay.java:12)\\n"}'
        ),
        (
            '{"sequenceNumber":0,"timestamp":1795140000123,"nanoseconds":123000000,"level":"ERROR","threadName":"main",'
            '"loggerName":"com.shop.Pay","mdc":{},'
            '"message":"charge failed","throwable":{"className":"com.shop.PayException",'
            '"message":"declined","stepArray":[{"className":"com.shop.Pay","methodName":"charge","fileName":"Pay.java",'
            '"lineNumber":12}]}}'
        ),
    ),
)
