"""The platform events of Lambda's JSON log format: `{"time": ..., "type": "platform.report", "record": {...}}`.

Shapes: docs.aws.amazon.com, "Lambda Telemetry API Event schema reference"; `platform.fault` and `platform.end` from
"Lambda Logs API" (checked 2026-11-20). Every invocation, init and restore ends with a report, which is the one that
becomes an issue; the `...RuntimeDone` before it says the same and is a warning.
"""

from collections.abc import Mapping
from typing import Final

from logrouter.model import ErrorInfo, Json, Level
from logrouter.stages.parsers.lambda_failures import BROKEN, RUNTIME_EXITED, failure_of, put_failure
from logrouter.stages.parsers.lambda_platform import TEXT
from logrouter.stages.reading.fields import trace_id_of
from logrouter.stages.reading.parser import Document, Fields, JsonParser
from logrouter.stages.reading.times import time_of

_PHASES: Final = {
    "platform.report": "invoke",
    "platform.runtimeDone": "invoke",
    "platform.extension": "extension",
    "platform.initReport": "init",
    "platform.initRuntimeDone": "init",
    "platform.restoreReport": "restore",
    "platform.restoreRuntimeDone": "restore",
}
_METRICS: Final = {
    "durationMs": "duration_ms",
    "billedDurationMs": "billed_duration_ms",
    "initDurationMs": "init_duration_ms",
    "restoreDurationMs": "restore_duration_ms",
    "billedRestoreDurationMs": "billed_restore_duration_ms",
    "memorySizeMB": "memory_size_mb",
    "maxMemoryUsedMB": "max_memory_used_mb",
    "producedBytes": "produced_bytes",
}
_NAMES: Final = {
    "status": "platform_status",
    "errorType": "error_type",
    "version": "function_version",
    "functionVersion": "function_version",
    "functionName": "function_name",
    "runtimeVersion": "runtime_version",
    "runtimeVersionArn": "runtime_version_arn",
    "initializationType": "initialization_type",
}


def _recognises(document: Mapping[str, Json]) -> bool:
    kind = document.get("type")
    return isinstance(kind, str) and kind.startswith("platform.") and isinstance(document.get("record"), dict | str)


def _read(document: Document, at_ms: int) -> Fields:
    kind, record = str(document["type"]), document["record"]
    fields = _of_text(kind, record, at_ms) if isinstance(record, str) else _of_record(kind, record)
    if (moment := time_of(document.get("time"), at_ms)) is not None:
        fields["timestamp_ms"] = moment
    return fields


def _of_text(kind: str, record: str, at_ms: int) -> Fields:
    """Read an event whose record is the line of the text format (`platform.fault`)."""
    fields = TEXT.read(record, at_ms) if record else None
    if fields is not None:
        return fields
    fields = {"level": Level.INFO, "message": record or kind, "attributes": {}}
    if kind == "platform.fault":
        put_failure(fields, ErrorInfo(RUNTIME_EXITED, record or kind))
    return fields


def _of_record(kind: str, record: Mapping[str, Json]) -> Fields:
    attributes = _attributes(kind, record)
    status = str(record.get("status") or "")
    fields: Fields = {"level": Level.INFO, "message": f"{kind} {status}".strip(), "attributes": attributes}
    if isinstance(request_id := record.get("requestId"), str):
        fields["request_id"] = request_id
    if isinstance(duration := attributes.get(_duration_name(kind)), int | float):
        fields["duration_ms"] = float(duration)
    if isinstance(tracing := record.get("tracing"), dict):
        fields["trace_id"] = trace_id_of(tracing.get("value"))
        fields["span_id"] = span if isinstance(span := tracing.get("spanId"), str) else None
    phase = _PHASES.get(kind)
    if phase and (error := failure_of(phase, status, attributes)):
        put_failure(fields, error)
        if kind.endswith("RuntimeDone") or kind == "platform.runtimeDone":
            fields["level"] = Level.WARN
    elif kind == "platform.fault":
        put_failure(fields, ErrorInfo(RUNTIME_EXITED, fields["message"]))
    elif kind == "platform.logsDropped":
        fields["level"] = Level.WARN
        fields["message"] = f"{kind}: {record.get('reason') or ''}".rstrip(": ")
    return fields


def _attributes(kind: str, record: Mapping[str, Json]) -> dict[str, Json]:
    attributes = {_NAMES.get(key, key): value for key, value in record.items() if key not in {"requestId", "tracing"}}
    if isinstance(metrics := record.get("metrics"), dict):
        del attributes["metrics"]
        attributes |= {_METRICS.get(str(key), str(key)): value for key, value in metrics.items()}
        if (name := _duration_name(kind)) != "duration_ms" and "duration_ms" in attributes:
            attributes[name] = attributes.pop("duration_ms")
    if str(record.get("status")) not in BROKEN and not record.get("errorType"):
        attributes.pop("error_type", None)
    return attributes


def _duration_name(kind: str) -> str:
    phase = _PHASES.get(kind, "invoke")
    return f"{phase}_duration_ms" if phase in {"init", "restore"} else "duration_ms"


JSON = JsonParser(
    name="lambda-platform",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"time":"2026-11-20T02:00:03.123Z","type":"platform.report","record":{"requestId":"52fdfc07-2182",'
            '"metrics":{"durationMs":3000.0,"billedDurationMs":3000,"memorySizeMB":128,"maxMemoryUsedMB":40},'
            '"status":"timeout"}}'
        ),
        (
            '{"time":"2026-11-20T02:00:03.123Z","type":"platform.fault",'
            '"record":"RequestId: 52fdfc07-2182 Process exited before completing request"}'
        ),
        (
            '{"time":"2026-11-20T02:00:03.123Z","type":"platform.restoreReport","record":{"status":"error",'
            '"errorType":"Runtime.ExitError","metrics":{"durationMs":15.19}}}'
        ),
    ),
)
