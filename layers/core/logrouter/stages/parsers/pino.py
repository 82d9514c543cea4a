"""Pino (and Bunyan, which shares its numbers): numeric levels, epoch milliseconds, `err` objects, pino-http's `req`."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    if "time" not in document or "level" not in document:
        return False
    if isinstance(document["level"], int) or ("pid" in document and "hostname" in document):
        return True
    return isinstance(document["time"], int) and "msg" in document


JSON = JsonParser(
    name="pino",
    recognises=_recognises,
    read=read_fields,
    examples=(
        (
            '{"level":50,"time":1795140000123,"pid":7,"hostname":"ip-10-0-0-7","reqId":"req-1","msg":"charge failed",'
            '"err":{"type":"TypeError","message":"boom","stack":"TypeError: boom\\n    at f (/app/a.js:1:2)"}}'
        ),
        '{"level":"error","time":"2026-11-20T02:00:00.123Z","pid":7,"hostname":"h","message":"named levels"}',
    ),
)
