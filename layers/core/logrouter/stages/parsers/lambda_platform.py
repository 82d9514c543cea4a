"""What the Lambda platform itself writes: START, END, REPORT, timeouts, runtime exits, failed initialisations.

Text forms as the service writes them to CloudWatch Logs; JSON forms are the `platform.*` events of the JSON log format
(docs.aws.amazon.com, "Lambda Telemetry API Event schema reference", checked 2026-11-20).
"""

import re
from collections.abc import Mapping

from logrouter.model import ErrorInfo, Json, Level
from logrouter.stages.reading.parser import Document, Fields, JsonParser, TextParser
from logrouter.stages.reading.times import put_time, time_of

TIMEOUT = "Lambda.Timeout"
OUT_OF_MEMORY = "Lambda.OutOfMemory"
RUNTIME_EXITED = "Lambda.RuntimeExited"
INIT_FAILED = "Lambda.InitFailed"

_TIMED_OUT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) (Task timed out after [\d.]+ seconds)(.*)", re.ASCII | re.DOTALL
)
_EXITED = re.compile(
    r"RequestId: (\S+) (?:Error: (Runtime exited[^\n]*|[^\n]*)|(Process exited before completing request))(.*)",
    re.ASCII | re.DOTALL,
)
_REQUEST = re.compile(r"(START|END|REPORT) RequestId: (\S+)(.*)", re.ASCII | re.DOTALL)
_INIT = re.compile(
    r"(INIT_START|INIT_REPORT|IMAGE|RESTORE_START|RESTORE_REPORT|EXTENSION|LOGS|TELEMETRY)\b(.*)", re.ASCII | re.DOTALL
)
_FACT = re.compile(r"(?:^|[\t\n])([A-Z][A-Za-z ]{2,30}): ([^\t\n]*)", re.ASCII)
_NUMBERS = {
    "Duration": ("ms", "duration_ms"),
    "Billed Duration": ("ms", "billed_duration_ms"),
    "Init Duration": ("ms", "init_duration_ms"),
    "Restore Duration": ("ms", "restore_duration_ms"),
    "Memory Size": ("MB", "memory_size_mb"),
    "Max Memory Used": ("MB", "max_memory_used_mb"),
}
_BROKEN = frozenset({"error", "timeout", "failure"})


def _read_text(text: str, at_ms: int) -> Fields | None:
    first = text[0]
    if first == "R" and (found := _EXITED.match(text)):
        return _exit(*found.groups())
    if found := _REQUEST.match(text):
        return _request(*found.groups())
    if found := _INIT.match(text):
        return _init(found[1], found[2])
    if "Task timed out" in text and (found := _TIMED_OUT.match(text)):
        return _timeout(found, at_ms)
    return None


def _timeout(found: re.Match[str], at_ms: int) -> Fields:
    time, request_id, message, rest = found.groups()
    fields: Fields = {
        "level": Level.FATAL,
        "message": message + rest.rstrip(),
        "request_id": request_id,
        "error": ErrorInfo(TIMEOUT, message),
        "attributes": {},
    }
    put_time(fields, time, at_ms)
    return fields


def _exit(request_id: str, error: str | None, process: str | None, rest: str) -> Fields:
    message = error or process or ""
    kind = OUT_OF_MEMORY if "signal: killed" in message else RUNTIME_EXITED
    return {
        "level": Level.FATAL,
        "message": (message + rest).strip(),
        "request_id": request_id,
        "error": ErrorInfo(kind, message),
        "attributes": {"runtime_error": rest.strip()} if rest.strip() else {},
    }


def _request(word: str, request_id: str, rest: str) -> Fields:
    """Read START, END and REPORT; a REPORT is an error only where no other line tells of it (out of memory)."""
    attributes = _facts(rest)
    fields: Fields = {
        "level": Level.INFO,
        "message": f"{word} RequestId: {request_id}{rest}".rstrip(),
        "request_id": request_id,
        "attributes": attributes,
    }
    if isinstance(duration := attributes.get("duration_ms"), float):
        fields["duration_ms"] = duration
    if isinstance(trace := attributes.get("XRAY TraceId"), str):
        fields["trace_id"] = trace
    kind = str(attributes.get("Error Type", ""))
    if kind.endswith("OutOfMemory"):
        used, size = attributes.get("max_memory_used_mb"), attributes.get("memory_size_mb")
        _fail(fields, ErrorInfo(OUT_OF_MEMORY, f"Out of memory: {used} MB used of {size} MB"))
    return fields


def _init(word: str, rest: str) -> Fields:
    attributes = _facts(rest)
    status = str(attributes.get("Status", ""))
    fields: Fields = {"level": Level.INFO, "message": (word + rest).rstrip(), "attributes": attributes}
    if isinstance(duration := attributes.get("init_duration_ms"), float):
        fields["duration_ms"] = duration
    if status in _BROKEN or rest.startswith("\tLaunch error"):
        why = attributes.get("Error Type") or status or rest.strip()
        _fail(fields, ErrorInfo(INIT_FAILED, f"Initialisation failed: {why}"))
    return fields


def _fail(fields: Fields, error: ErrorInfo) -> None:
    """Make an issue of a line; what it said becomes an attribute, so that the message can say what is wrong."""
    fields["level"] = Level.FATAL
    fields["attributes"]["platform_line"] = fields["message"]
    fields["error"] = error
    fields["message"] = error.message or fields["message"]


def _facts(text: str) -> dict[str, Json]:
    """Read `Name: value` pairs between tabs; durations and sizes as numbers under names with their unit."""
    facts: dict[str, Json] = {}
    for name, value in _FACT.findall(text):
        unit, key = _NUMBERS.get(name, ("", name))
        number, _, shown = value.strip().partition(" ")
        is_number = bool(unit) and shown == unit and number.replace(".", "", 1).isdecimal()
        facts[key] = float(number) if is_number and unit == "ms" else int(float(number)) if is_number else value.strip()
    return facts


def _recognises(document: Mapping[str, Json]) -> bool:
    kind = document.get("type")
    return isinstance(kind, str) and kind.startswith("platform.") and isinstance(document.get("record"), dict)


def _read_json(document: Document, at_ms: int) -> Fields:
    record = document["record"]
    kind, status = document["type"], record.get("status")
    metrics = record.get("metrics")
    attributes = {key: value for key, value in record.items() if key not in {"requestId", "tracing"}}
    fields: Fields = {"level": Level.INFO, "message": f"{kind} {status or ''}".strip(), "attributes": attributes}
    if isinstance(request_id := record.get("requestId"), str):
        fields["request_id"] = request_id
    if isinstance(duration := isinstance(metrics, dict) and metrics.get("durationMs"), int | float) and duration:
        fields["duration_ms"] = float(duration)
    if isinstance(tracing := record.get("tracing"), dict) and isinstance(value := tracing.get("value"), str):
        fields["trace_id"] = value.removeprefix("Root=").split(";", 1)[0]
    if (moment := time_of(document.get("time"), at_ms)) is not None:
        fields["timestamp_ms"] = moment
    if error := _json_error(str(kind), str(status), str(record.get("errorType") or "")):
        fields["level"] = Level.FATAL
        fields["error"] = error
        fields["message"] = error.message or fields["message"]
    return fields


def _json_error(kind: str, status: str, error_type: str) -> ErrorInfo | None:
    """Decide which platform events are errors: once a failure, and not where the runtime reports it itself."""
    if kind == "platform.report" and status == "timeout":
        return ErrorInfo(TIMEOUT, "Task timed out")
    if kind == "platform.report" and error_type.endswith("OutOfMemory"):
        return ErrorInfo(OUT_OF_MEMORY, "Out of memory")
    if kind == "platform.report" and error_type == "Runtime.ExitError":
        return ErrorInfo(RUNTIME_EXITED, "Runtime exited with an error")
    if kind == "platform.initReport" and status in _BROKEN:
        return ErrorInfo(INIT_FAILED, f"Initialisation failed: {error_type or status}")
    return None


TEXT = TextParser(
    name="lambda-platform",
    starts="RSEIL2T",
    read=_read_text,
    examples=(
        "2026-11-20T02:00:03.123Z 52fdfc07-2182-454f-963f-5f0f9a621d72 Task timed out after 3.00 seconds\n\n",
        (
            "RequestId: 52fdfc07-2182-454f-963f-5f0f9a621d72 Error: "
            "Runtime exited with error: signal: killed\nRuntime.ExitError"
        ),
        "RequestId: 52fdfc07-2182-454f-963f-5f0f9a621d72 Process exited before completing request",
        (
            "REPORT RequestId: 52fdfc07-2182-454f-963f-5f0f9a621d72\tDuration: 812.10 ms\tBilled Duration: 813 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 128 MB\tStatus: error\tError Type: Runtime.OutOfMemory\n"
        ),
        "START RequestId: 52fdfc07-2182-454f-963f-5f0f9a621d72 Version: $LATEST\n",
        "IMAGE\tLaunch error: fork/exec /entry.sh: exec format error\tEntrypoint: [/entry.sh]\tCmd: [app.handler]",
        "INIT_REPORT Init Duration: 9999.12 ms\tPhase: init\tStatus: timeout\n",
    ),
)
JSON = JsonParser(
    name="lambda-platform",
    recognises=_recognises,
    read=_read_json,
    examples=(
        (
            '{"time":"2026-11-20T02:00:03.123Z","type":"platform.report","record":{"requestId":"52fdfc07-2182",'
            '"metrics":{"durationMs":3000.0,"billedDurationMs":3000,"memorySizeMB":128,"maxMemoryUsedMB":40},'
            '"status":"timeout"}}'
        ),
    ),
)
