"""Monolog's JsonFormatter (PHP): numeric `level` from 100 to 600, exceptions under `context`."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    return "level_name" in document and "channel" in document and "message" in document


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields, those of `context` and `extra` lifted up; the number of the level repeats its name."""
    flat: Document = {}
    for name in ("extra", "context"):
        part = document.get(name)
        if isinstance(part, dict):
            flat.update(part)
    flat.update({key: value for key, value in document.items() if key not in {"level", "extra", "context"}})
    exception = flat.get("exception")
    if isinstance(exception, dict) and isinstance(exception.get("trace"), list):
        flat["exception"] = {**exception, "frames": _frames(exception)}
    return read_fields(flat, at_ms)


def _frames(exception: Mapping[str, Json]) -> list[Json]:
    """Turn Monolog's `file:line` texts, newest first, into frames, oldest first."""
    places = [exception.get("file"), *exception["trace"]]
    frames: list[Json] = []
    for place in reversed([place for place in places if isinstance(place, str)]):
        file, _, line = place.rpartition(":")
        frames.append({"file": file or place, "line": int(line[:9]) if line.isdecimal() and line.isascii() else None})
    return frames


JSON = JsonParser(
    name="monolog",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"message":"charge failed","context":{"order":17,"exception":{"class":"PayException","message":"declined",'
            '"code":7,"file":"/app/Pay.php:12","trace":["/app/index.php:18"]}},"level":400,"level_name":"ERROR",'
            '"channel":"shop","datetime":"2026-11-20T02:00:00.123456+00:00","extra":{}}'
        ),
    ),
)
