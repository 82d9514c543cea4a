"""Log records of OpenTelemetry as its console and file exporters write them."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser

_SEVERITIES = frozenset(
    {"severity_number", "severityNumber", "severity_text", "severityText", "SeverityNumber", "SeverityText"}
)
_NAMES = {
    "Timestamp": "timestamp",
    "ObservedTimestamp": "observed_timestamp",
    "SeverityNumber": "severity_number",
    "SeverityText": "severity_text",
    "Body": "body",
    "Resource": "resource",
    "Attributes": "attributes",
}
"""Fields as the data model of OpenTelemetry spells them, to those of its exporters."""


def _recognises(document: Mapping[str, Json]) -> bool:
    return ("body" in document or "Body" in document) and not _SEVERITIES.isdisjoint(document)


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields, attributes of record and resource lifted up; `{"stringValue": ...}` is unwrapped."""
    document = {_NAMES.get(key, key): value for key, value in document.items()}
    flat: Document = {}
    resource = document.get("resource")
    inner = resource.get("attributes", resource) if isinstance(resource, dict) else None
    for part in (inner, document.get("attributes")):
        flat.update(_attributes(part))
    flat.update({key: value for key, value in document.items() if key not in {"attributes", "resource"}})
    flat["body"] = _value(document["body"])
    nanoseconds = document.get("timeUnixNano", document.get("observedTimeUnixNano"))
    if isinstance(nanoseconds, str | int) and str(nanoseconds).isdecimal():
        flat["timestamp"] = int(nanoseconds) / 1e6
    return read_fields(flat, at_ms)


def _attributes(part: Json) -> Document:
    """Read attributes given as an object, or as OTLP's list of `{"key": ..., "value": {...}}`."""
    if isinstance(part, dict):
        return part
    if isinstance(part, list):
        return {
            str(item["key"]): _value(item.get("value")) for item in part if isinstance(item, dict) and "key" in item
        }
    return {}


def _value(value: Json) -> Json:
    if isinstance(value, dict) and len(value) == 1 and next(iter(value)).endswith("Value"):
        return next(iter(value.values()))
    return value


JSON = JsonParser(
    name="opentelemetry",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"body":"charge failed","severity_number":17,"severity_text":"ERROR",'
            '"attributes":{"exception.type":"PayError",'
            '"exception.message":"declined","code.function":"charge"},"timestamp":"2026-11-20T02:00:00.123456Z",'
            '"trace_id":"0x5b8aa5a2d2c872e8321cf37308d69df2","span_id":"0x051581bf3cb55c13",'
            '"resource":{"attributes":{"service.name":"shop"}}}'
        ),
        (
            '{"timeUnixNano":"1795140000123000000","severityNumber":17,"body":{"stringValue":"charge failed"},'
            '"attributes":[{"key":"order","value":{"intValue":"17"}}],"traceId":"5b8aa5a2d2c872e8321cf37308d69df2"}'
        ),
        '{"SeverityNumber":17,"Body":"charge failed","Resource":{"service.name":"shop"}}',
    ),
)
