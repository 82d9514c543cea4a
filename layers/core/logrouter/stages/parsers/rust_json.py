"""JSON of tracing-subscriber (Rust): the message and its fields stand under `fields`, the module under `target`."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    if "target" not in document or "level" not in document or "timestamp" not in document:
        return False
    return isinstance(document.get("fields"), dict) or "message" in document


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields, those of the spans around the event lifted up; the innermost span wins."""
    flat: Document = {}
    spans, own = document.get("spans"), document.get("fields")
    for span in (*(spans if isinstance(spans, list) else ()), document.get("span")):
        if isinstance(span, dict):
            flat.update({key: value for key, value in span.items() if key != "name"})
    flat.update(own if isinstance(own, dict) else {})
    flat.update({key: value for key, value in document.items() if key != "fields"})
    flat["logger"] = flat.pop("target")
    return read_fields(flat, at_ms)


JSON = JsonParser(
    name="rust-json",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"timestamp":"2026-11-20T02:00:00.123456Z","level":"ERROR","fields":{"message":"charge failed"},'
            '"target":"shop::pay"}'
        ),
        (
            '{"timestamp":"2026-11-20T02:00:00.123456Z","level":"ERROR","message":"charge failed","target":"shop::pay",'
            '"filename":"src/pay.rs","line_number":12,"spans":[{"request_id":"req-1","name":"request"}]}'
        ),
    ),
)
