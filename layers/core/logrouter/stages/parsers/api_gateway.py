"""Access logs of API Gateway in JSON: the fields of `$context`, under the names that its own example format uses."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import level_from_status, read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    if "level" in document or "status" not in document or "requestId" not in document:
        return False
    return "routeKey" in document or "resourcePath" in document or "apiId" in document


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields; an access line has no level of its own, its status says how severe it is."""
    flat = dict(document)
    route = flat.get("routeKey")
    method, _, path = route.partition(" ") if isinstance(route, str) else ("", "", "")
    if path:
        flat.setdefault("httpMethod", method)
        flat.setdefault("resourcePath", path)
    fields = read_fields(flat, at_ms)
    fields["level"] = level_from_status(fields.get("status"))
    where = f"{fields.get('method') or ''} {fields.get('path') or ''}".strip()
    fields.setdefault("message", f"{where} {document['status']}".strip())
    return fields


JSON = JsonParser(
    name="api-gateway",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"requestId":"req-1","ip":"10.0.0.7","requestTime":"20/Nov/2026:02:00:00 +0000","httpMethod":"GET",'
            '"routeKey":"GET /orders/{id}","status":"502","protocol":"HTTP/1.1","responseLength":"36"}'
        ),
        '{"requestId":"req-1","ip":"10.0.0.7","httpMethod":"GET","resourcePath":"/orders/{id}","status":"504"}',
    ),
)
