"""tslog 4 and 5: what was logged under its position or in fields, level, time and place under `_meta` or `_logMeta`."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import Document, Fields, JsonParser
from logrouter.stages.reading.times import put_time

_ERROR_KEYS = frozenset({"name", "message", "stack"})


def _meta_of(document: Mapping[str, Json]) -> Document | None:
    meta = document.get("_meta", document.get("_logMeta"))
    return meta if isinstance(meta, dict) and "logLevelId" in meta else None


def _recognises(document: Mapping[str, Json]) -> bool:
    return _meta_of(document) is not None


def _read(document: Document, at_ms: int) -> Fields:
    """Read the arguments of the call: texts are the message, an error is the error, fields of objects are fields."""
    texts: list[str] = []
    flat: Document = {}
    for key, value in document.items():
        if key.isdecimal() and isinstance(value, str):
            texts.append(value)
        elif key.isdecimal() and isinstance(value, dict) and value.keys() >= _ERROR_KEYS:
            flat["error"] = value
        elif key.isdecimal() and isinstance(value, dict):
            flat |= value
        else:
            flat[key] = value
    if document.keys() >= _ERROR_KEYS and isinstance(document["stack"], list):
        flat = {"error": {key: value for key, value in flat.items() if not key.startswith("_")}}
    meta = _meta_of(document) or {}
    flat |= {key: document[key] for key in ("_meta", "_logMeta") if key in document}
    fields = read_fields(flat, at_ms)
    fields["level"] = level_of(meta.get("logLevelName")) or fields.get("level")
    if texts:
        fields["message"] = " ".join(texts)
    if fields.get("component") is None and isinstance(name := meta.get("name"), str) and name:
        fields["component"] = name
    if "timestamp_ms" not in fields and isinstance(date := meta.get("date"), str):
        put_time(fields, date, at_ms)
    return fields


JSON = JsonParser(
    name="tslog",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"0":"charge failed","1":{"nativeError":{},"name":"TypeError","message":"boom","stack":[{"fullFilePath":'
            '"/app/a.js:1:2","fileName":"a.js","method":"charge"}]},"_meta":{"date":"2026-11-20T02:00:00.123Z",'
            '"logLevelId":5,"logLevelName":"ERROR","name":"shop"}}'
        ),
        (
            '{"message":"charge failed","level":"ERROR","levelId":5,"time":"2026-11-20T02:00:00.123Z",'
            '"_logMeta":{"v":5,"logLevelId":5,"logLevelName":"ERROR","name":"shop"}}'
        ),
    ),
)
