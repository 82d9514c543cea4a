"""The JSON log format of Lambda's managed runtimes: `requestId`, `errorType`, `stackTrace` as a list."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser


def _recognises(document: Mapping[str, Json]) -> bool:
    if "timestamp" not in document or not ("level" in document or "log_level" in document):
        return False
    if "requestId" not in document and "AWSRequestId" not in document:
        return False
    return ("message" in document or "errorMessage" in document) and document.keys().isdisjoint(
        {"serviceId", "service"}
    )


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields; Node puts an object under `message` when a program logs one, and the error's fields into it.

    An error without a message is one that nobody caught: the runtimes of Python and Java print it so.
    """
    fields = read_fields(document, at_ms)
    message = document.get("message")
    if "message" not in document and "errorType" in document:
        fields["attributes"]["uncaught"] = True
    if isinstance(message, dict) and "error" not in fields:
        inner = read_fields(message, at_ms)
        if "error" in inner:
            fields["error"] = inner["error"]
            del fields["attributes"]["message"]
            fields["attributes"].update(inner["attributes"])
        if "message" in inner:
            fields["message"] = inner["message"]
    return fields


JSON = JsonParser(
    name="lambda-json",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"timestamp":"2026-11-20T02:00:00Z","log_level":"ERROR","errorMessage":"boom","errorType":"ValueError",'
            '"requestId":"52fdfc07-2182","stackTrace"'
            ':["  File \\"/var/task/app.py\\", line 3, in handler\\n    f()\\n"]}'
        ),
        (
            '{"timestamp":"2026-11-20T02:00:00.123Z","level":"ERROR","requestId":"52fdfc07-2182",'
            '"message":"charge failed"}'
        ),
    ),
)
