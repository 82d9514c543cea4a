"""zap, zerolog, logrus and slog: level, time and message under short names, `caller` or `source` beside them."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser

_MESSAGES = frozenset({"msg", "message", "error", "err"})
_OTHERS = frozenset({"pid", "hostname", "logger_name", "levelname", "loggerName", "v", "serviceId"})


def _recognises(document: Mapping[str, Json]) -> bool:
    if not isinstance(document.get("level"), str) or _MESSAGES.isdisjoint(document):
        return False
    return ("time" in document or "ts" in document) and _OTHERS.isdisjoint(document)


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields; the function is told by slog's `source` or by logrus's `func`."""
    fields = read_fields(document, at_ms)
    source = document.get("source")
    function = source.get("function") if isinstance(source, dict) else document.get("func")
    if "component" not in fields and isinstance(function, str):
        fields["component"] = function
    return fields


JSON = JsonParser(
    name="go-json",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"level":"error","ts":1795140000.123,"caller":"shop/pay.go:12",'
            '"msg":"charge failed","error":"card declined",'
            '"stacktrace":"main.charge\\n\\t/app/pay.go:12\\nmain.main\\n\\t/app/main.go:5"}'
        ),
        (
            '{"time":"2026-11-20T02:00:00.123456789Z","level":"ERROR","source":{"function":"main.charge",'
            '"file":"/app/pay.go",'
            '"line":12},"msg":"charge failed","err":"card declined"}'
        ),
        (
            '{"level":"error","error":"card declined","time":"2026-11-20T02:00:00Z","caller":"/app/pay.go:12",'
            '"message":"charge failed"}'
        ),
        '{"level":"error","error":"card declined","time":"2026-11-20T02:00:00Z"}',
        (
            '{"level":"error","stack":[{"func":"charge","line":"22","source":"pay.go"}],"error":"card declined",'
            '"time":1795140000123,"message":"charge failed"}'
        ),
    ),
)
