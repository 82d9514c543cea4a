"""python-json-logger and its kin: the attribute names of Python's LogRecord as keys."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import JsonParser

_NAMES = frozenset({"levelname", "levelno", "asctime", "exc_info", "exc_text", "funcName", "lineno", "pathname"})


def _recognises(document: Mapping[str, Json]) -> bool:
    return not _NAMES.isdisjoint(document) and "message" in document


JSON = JsonParser(
    name="python-json",
    recognises=_recognises,
    read=read_fields,
    examples=(
        (
            '{"created":1795154290.62,"levelname":"ERROR","name":"shop.payment","message":"charge failed",'
            '"exc_info":"Traceback (most recent call last):\\n  File \\"/app/a.py\\", line 9, in f\\nValueError: x"}'
        ),
        '{"asctime":"2026-11-20 05:58:10,624","levelname":"WARNING","name":"shop","message":"low stock"}',
    ),
)
