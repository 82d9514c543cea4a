"""GELF 1.1: `short_message`, syslog numbers as `level`, additional fields with a leading underscore."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.levels import level_of_syslog
from logrouter.stages.reading.parser import Document, Fields, JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    return "short_message" in document and "host" in document


def _read(document: Document, at_ms: int) -> Fields:
    flat = {key[1:] if key[:1] == "_" and len(key) > 1 else key: value for key, value in document.items()}
    number = flat.pop("level", None)
    version = flat.pop("version", None)
    fields = read_fields(flat, at_ms)
    fields["attributes"]["gelf_version"] = version
    if isinstance(number, int | float):
        fields["level"] = level_of_syslog(number)
        fields["attributes"]["syslog_level"] = number
    return fields


JSON = JsonParser(
    name="gelf",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"version":"1.1","host":"ip-10-0-0-7","short_message":"charge failed",'
            '"timestamp":1795140000.123,"level":3,'
            '"full_message":"com.shop.PayException: declined\\n\\tat com.shop.Pay.charge(Pay.java:12)",'
            '"_requestId":"req-1"}'
        ),
    ),
)
