"""Google Cloud's structured logging, as its client for Python and Log4j2's `GcpLayout` write it to standard output."""

from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser

_PREFIX: Final = "logging.googleapis.com/"
_MARKS: Final = frozenset(f"{_PREFIX}{name}" for name in ("labels", "sourceLocation", "trace", "insertId"))
_REQUEST: Final = {
    "requestMethod": "method",
    "requestUrl": "url",
    "status": "status",
    "remoteIp": "remote_addr",
    "userAgent": "user_agent",
}


def _recognises(document: Mapping[str, Json]) -> bool:
    return not _MARKS.isdisjoint(document)


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields; labels and what is told of a request are lifted up, the place of the call becomes `location`."""
    labels, request = document.get(f"{_PREFIX}labels"), document.get("httpRequest")
    flat: Document = dict(labels) if isinstance(labels, dict) else {}
    if isinstance(request, dict):
        flat |= {_REQUEST.get(key, f"httpRequest.{key}"): value for key, value in request.items()}
    taken = {f"{_PREFIX}{name}" for name in ("labels", "trace", "spanId", "sourceLocation")} | {"httpRequest"}
    flat |= {key: value for key, value in document.items() if key not in taken}
    trace, span = document.get(f"{_PREFIX}trace"), document.get(f"{_PREFIX}spanId")
    if isinstance(trace, str) and trace:
        flat["trace_id"] = trace.rpartition("/")[2]
    if isinstance(span, str) and span:
        flat["span_id"] = span
    place = document.get(f"{_PREFIX}sourceLocation")
    if isinstance(place, dict):
        parts = (place.get(name) for name in ("file", "function", "line"))
        flat["location"] = ":".join(str(part) for part in parts if part not in (None, ""))
    return read_fields(flat, at_ms)


JSON = JsonParser(
    name="google",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"message":"charge failed","severity":"ERROR","logging.googleapis.com/labels":{"request_id":"req-1"},'
            '"logging.googleapis.com/trace":"projects/shop/traces/06796866738c859f2f19b7cfb3214824",'
            '"logging.googleapis.com/sourceLocation":{"line":22,"file":"/app/pay.py","function":"charge"}}'
        ),
    ),
)
