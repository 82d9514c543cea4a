"""The canonical format that applications may write to get the most (docs/log-formats.md)."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    return "msg" in document and ("serviceId" in document or ("timestamp" in document and "level" in document))


JSON = JsonParser(
    name="canonical",
    recognises=_recognises,
    read=read_fields,
    examples=(
        (
            '{"timestamp":"2026-11-20T02:00:00.123Z","level":"ERROR","msg":"charge failed","serviceId":"payment",'
            '"requestId":"req-1","path":"/orders/17","method":"POST","status":500,'
            '"error":{"type":"PayError","message":"declined","stack":"PayError: declined\\n    at f (/app/a.js:1:2)"}}'
        ),
        '{"timestamp":1795140000123,"level":"info","msg":"order placed","env":"prod"}',
    ),
)
