"""Decodes a text that is one JSON object, whatever JSON dialect the logger wrote."""

import json
from math import isfinite

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
    """Read what orjson refuses, into values that every JSON writer takes: odd numbers become text."""
    try:
        value = json.loads(text, strict=False, parse_constant=str, parse_int=_integer, parse_float=_number)
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None


def _number(digits: str) -> float | str:
    number = float(digits)
    return number if isfinite(number) else digits


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < 19 else digits
