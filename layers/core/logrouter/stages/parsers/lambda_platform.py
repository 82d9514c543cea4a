"""What the Lambda platform itself writes in text: START, END, REPORT, timeouts, exits, failed init and restore phases.

Forms as in docs.aws.amazon.com, "Understanding the Lambda execution environment lifecycle", in the old style (a line of
its own tells of a timeout or an exit) and the new one (only the REPORT line does), and "Monitoring for Lambda
SnapStart"; tabs between the facts as CloudWatch shows them (checked 2026-11-20). The JSON form is `lambda_telemetry`.
"""

import re
from typing import Final

from logrouter.model import ErrorInfo, Json, Level
from logrouter.stages.parsers.lambda_failures import (
    INIT_FAILED,
    INVOCATION_FAILED,
    OUT_OF_MEMORY,
    RUNTIME_EXITED,
    TIMEOUT,
    failure_of,
    put_failure,
)
from logrouter.stages.reading.parser import Fields, TextParser
from logrouter.stages.reading.times import put_time

_TIMED_OUT = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (\S+) (Task timed out after ([\d.]{1,12}) seconds)(.*)",
    re.ASCII | re.DOTALL,
)
_EXITED = re.compile(
    r"RequestId: (\S+) (?:Error: ([^\n]*)|(Process exited before completing request[^\n]*))(.*)", re.ASCII | re.DOTALL
)
_CAUSE = re.compile(
    r"(?:signal: ([a-z0-9 ]{1,40}))|(?:exit status (\d{1,4}))|(?:timed out after ([\d.]{1,12}) sec)", re.ASCII
)
_ERROR_TYPE = re.compile(r"\s*([A-Z]\w{0,60}\.[A-Z]\w{0,60})\s*", re.ASCII)
_REQUEST = re.compile(r"(START|END|REPORT) RequestId: (\S+)(.*)", re.ASCII | re.DOTALL)
_PHASE = re.compile(
    r"(INIT_START|INIT_REPORT|IMAGE|RESTORE_START|RESTORE_REPORT|EXTENSION|LOGS|TELEMETRY)\b(.*)", re.ASCII | re.DOTALL
)
_FACT = re.compile(r"(?:^|[\t\n ])([A-Z][A-Za-z ]{2,30}): ([^\t\n]*)", re.ASCII)
_SPACED_FACT = re.compile(
    r" (?=(?:Phase|Status|Error Type|Billed Duration|Memory Size|Max Memory Used|Init Duration): )"
)
_NUMBERS: Final = {
    "Duration": ("ms", "duration_ms"),
    "Billed Duration": ("ms", "billed_duration_ms"),
    "Init Duration": ("ms", "init_duration_ms"),
    "Restore Duration": ("ms", "restore_duration_ms"),
    "Billed Restore Duration": ("ms", "billed_restore_duration_ms"),
    "Memory Size": ("MB", "memory_size_mb"),
    "Max Memory Used": ("MB", "max_memory_used_mb"),
}
_NAMES: Final = {
    "Status": "platform_status",
    "Error Type": "error_type",
    "Phase": "phase",
    "Version": "function_version",
    "Sampled": "xray_sampled",
    "Runtime Version": "runtime_version",
    "Runtime Version ARN": "runtime_version_arn",
}


def _read(text: str, at_ms: int) -> Fields | None:
    first = text[0]
    if first == "R" and (found := _EXITED.match(text)):
        return _exit(*found.groups())
    if found := _REQUEST.match(text):
        return _request(*found.groups())
    if found := _PHASE.match(text):
        return _phase(found[1], found[2])
    if "Task timed out" in text and (found := _TIMED_OUT.match(text)):
        return _timeout(found, at_ms)
    return None


def _timeout(found: re.Match[str], at_ms: int) -> Fields:
    time, request_id, message, seconds, rest = found.groups()
    fields: Fields = {
        "level": Level.FATAL,
        "message": message + rest.rstrip(),
        "request_id": request_id,
        "error": ErrorInfo(TIMEOUT, message),
        "attributes": {"timeout_s": _number(seconds)},
    }
    put_time(fields, time, at_ms)
    return fields


def _exit(request_id: str, error: str | None, process: str | None, rest: str) -> Fields:
    """Read `RequestId: ... Error: ...` and the error type in the line below it.

    A killed process is one that used up its memory: nothing else in the sandbox sends that signal.
    """
    message = (error or process or "").strip()
    attributes: dict[str, Json] = {}
    if cause := _CAUSE.search(message):
        attributes |= {
            name: value for name, value in zip(("signal", "exit_status"), cause.groups(), strict=False) if value
        }
        if cause[3]:
            attributes["timeout_s"] = _number(cause[3])
    if named := _ERROR_TYPE.match(rest):
        attributes["error_type"] = named[1]
        rest = rest[named.end() :]
    if rest.strip():
        attributes["runtime_error"] = rest.strip()
    kind = _kind_of_exit(message, attributes)
    return {
        "level": Level.ERROR if kind == INVOCATION_FAILED else Level.FATAL,
        "message": message,
        "request_id": request_id,
        "error": ErrorInfo(kind, message),
        "attributes": attributes,
    }


def _kind_of_exit(message: str, attributes: dict[str, Json]) -> str:
    if attributes.get("signal") == "killed":
        return OUT_OF_MEMORY
    if "timeout_s" in attributes:
        return TIMEOUT
    error_type = attributes.get("error_type", "Runtime.ExitError")
    return RUNTIME_EXITED if "exited" in message or error_type == "Runtime.ExitError" else INVOCATION_FAILED


def _request(word: str, request_id: str, rest: str) -> Fields:
    """Read START, END and REPORT. Memory that was used up is no error by itself: the invocation may have lived."""
    attributes = read_facts(rest)
    trace_id, span_id = attributes.pop("XRAY TraceId", None), attributes.pop("SegmentId", None)
    fields: Fields = {
        "level": Level.INFO,
        "message": f"{word} RequestId: {request_id}{rest}".rstrip(),
        "request_id": request_id,
        "attributes": attributes,
    }
    if isinstance(trace_id, str) and trace_id:
        fields["trace_id"] = trace_id
        fields["span_id"] = str(span_id) if span_id else None
    if isinstance(duration := attributes.get("duration_ms"), float):
        fields["duration_ms"] = duration
    if word == "REPORT" and (error := failure_of("invoke", str(attributes.get("platform_status", "")), attributes)):
        put_failure(fields, error)
    return fields


def _phase(word: str, rest: str) -> Fields:
    attributes = read_facts(rest)
    fields: Fields = {"level": Level.INFO, "message": (word + rest).rstrip(), "attributes": attributes}
    for name in ("init_duration_ms", "restore_duration_ms"):
        if isinstance(duration := attributes.get(name), float):
            fields["duration_ms"] = duration
    if rest.startswith("\tLaunch error"):
        put_failure(fields, ErrorInfo(INIT_FAILED, f"Initialisation failed: {rest.strip()}"))
    elif error := failure_of(_phase_of(word), str(attributes.get("platform_status", "")), attributes):
        put_failure(fields, error)
    return fields


def _phase_of(word: str) -> str:
    return {"INIT_REPORT": "init", "RESTORE_REPORT": "restore", "EXTENSION": "extension"}.get(word, "invoke")


def read_facts(text: str) -> dict[str, Json]:
    """Read `Name: value` pairs between tabs (or blanks, as the guides print them); units go into the names."""
    facts: dict[str, Json] = {}
    for name, value in _FACT.findall(_SPACED_FACT.sub("\t", text)):
        unit, key = _NUMBERS.get(name.strip(), ("", _NAMES.get(name.strip(), name.strip())))
        number, _, shown = value.strip().partition(" ")
        is_number = bool(unit) and shown == unit and number.replace(".", "", 1).isdecimal()
        facts[key] = float(number) if is_number and unit == "ms" else int(float(number)) if is_number else value.strip()
    return facts


def _number(text: str) -> float | str:
    return float(text) if text.replace(".", "", 1).isdecimal() else text


TEXT = TextParser(
    name="lambda-platform",
    starts="RSEIL2T",
    read=_read,
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
        (
            "REPORT RequestId: 52fdfc07-2182-454f-963f-5f0f9a621d72\tDuration: 3016.78 ms\tBilled Duration: 3101 ms\t"
            "Memory Size: 128 MB\tMax Memory Used: 31 MB\tInit Duration: 84.00 ms\tStatus: timeout\n"
        ),
        "START RequestId: 52fdfc07-2182-454f-963f-5f0f9a621d72 Version: $LATEST\n",
        "IMAGE\tLaunch error: fork/exec /entry.sh: exec format error\tEntrypoint: [/entry.sh]\tCmd: [app.handler]",
        "INIT_REPORT Init Duration: 9999.12 ms\tPhase: init\tStatus: timeout\n",
        "RESTORE_REPORT Restore Duration: 1236.04 ms\tStatus: error\tError Type: Runtime.ExitError\n",
        "EXTENSION\tName: agent\tState: Started\tEvents: [INVOKE, SHUTDOWN]\tError Type: Extension.Crash\n",
    ),
)
