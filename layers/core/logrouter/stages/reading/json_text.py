"""Decodes a text that is one JSON object, whatever JSON dialect the logger wrote."""

import json

from logrouter.stages.reading.parser import Document

try:
    from orjson import loads as _loads
except ImportError:  # a process without the function's packages: slower, the same result
    _loads = json.loads  # type: ignore[assignment]


def json_object(text: str) -> Document | None:
    """Return the JSON object that `text` is, None when it is none.

    orjson refuses NaN, Infinity, lone surrogates and integers beyond 64 bits; the standard library takes them.
    """
    if not text or text[0] != "{" or text[-1] != "}":
        return None
    try:
        value = _loads(text)
    except (ValueError, RecursionError):
        value = _lenient(text)
    return value if isinstance(value, dict) else None


def _lenient(text: str) -> object:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
