"""AWS Lambda Powertools Logger (Python, TypeScript, Java, .NET): function keys beside level, message and service."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    return ("function_request_id" in document and "level" in document) or (
        "location" in document and "level" in document and "message" in document and "service" in document
    )


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields; a message may be any JSON value, and `stack_trace` repeats in part what `exception` says."""
    fields = read_fields(document, at_ms)
    if isinstance(document.get("exception"), str) and isinstance(document.get("stack_trace"), dict):
        fields["attributes"].pop("stack_trace", None)
    return fields


JSON = JsonParser(
    name="powertools",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"level":"ERROR","location":"write:26","message":"charge failed",'
            '"timestamp":"2026-11-20 05:58:11,098+0000",'
            '"service":"payment","cold_start":true,"function_name":"orders","function_request_id":"52fdfc07-2182",'
            '"exception":"Traceback (most recent call last):\\n  File \\"/var/task/a.py\\", line 24, in f\\n    g()\\n'
            'ValueError: boom","exception_name":"ValueError"}'
        ),
        '{"level":"INFO","location":"handler:9","message":{"order":17},"service":"payment","timestamp":"2026"}',
    ),
)
