"""JSON of tracing-subscriber (Rust): the message and its fields stand under `fields`, the module under `target`."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    fields = document.get("fields")
    return "target" in document and "level" in document and isinstance(fields, dict)


def _read(document: Document, at_ms: int) -> Fields:
    flat = {**document["fields"], **{key: value for key, value in document.items() if key != "fields"}}
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
    ),
)
