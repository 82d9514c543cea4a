"""zap, zerolog, logrus and slog: level, time and message under short names, `caller` or `source` beside them."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser

_PLACES = frozenset({"caller", "source", "func", "file", "stacktrace"})


def _recognises(document: Mapping[str, Json]) -> bool:
    if not isinstance(document.get("level"), str) or not ("msg" in document or "message" in document):
        return False
    return ("time" in document or "ts" in document) and not _PLACES.isdisjoint(document)


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields; slog's `source` names function, file and line."""
    fields = read_fields(document, at_ms)
    source = document.get("source")
    if isinstance(source, dict) and "component" not in fields and isinstance(source.get("function"), str):
        fields["component"] = source["function"]
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
    ),
)
