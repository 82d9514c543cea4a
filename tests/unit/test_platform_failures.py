"""Failures that only the Lambda platform tells of: one error each, with what is known of the invocation."""

import json

import pytest

from logrouter.model import DropReason, Issue, MaskedEvent, MaskedText, Origin
from logrouter.policy.load import default_policy
from logrouter.stages.classify import classify
from logrouter.stages.parse import parse
from logrouter.stages.select import could_be_error

AT_MS = 1_795_140_000_000
REQUEST = "52fdfc07-2182-454f-963f-5f0f9a621d72"
STREAM = "2026/11/20/[12]" + "0a1b2c3d" * 4
ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/lambda/orders", STREAM)
RULES = default_policy().section("errors")
SIZES = "Memory Size: 128 MB\tMax Memory Used: 128 MB\t"


def record_of(text: str, origin: Origin = ORIGIN):
    return parse(MaskedEvent(origin, "1", AT_MS, MaskedText(text)))


def event_of(kind: str, record: object) -> str:
    return json.dumps({"time": "2026-11-20T02:00:03.123Z", "type": f"platform.{kind}", "record": record})


def report(**facts: object) -> str:
    metrics = {"durationMs": 3000.0, "billedDurationMs": 3001, "memorySizeMB": 128, "maxMemoryUsedMB": 128}
    return event_of("report", {"requestId": REQUEST, "metrics": metrics, **facts})


FAILURES = [
    (f"2026-11-20T02:00:03.123Z {REQUEST} Task timed out after 3.00 seconds\n\n", "Lambda.Timeout", "fatal"),
    (f"REPORT RequestId: {REQUEST}\tDuration: 3016.78 ms\t{SIZES}Status: timeout\n", "Lambda.Timeout", "fatal"),
    (
        (
            f"REPORT RequestId: {REQUEST}\tDuration: 10.00 ms\t{SIZES}Status: error\tError Type: Runtime.OutOfMemory\n"
            "XRAY TraceId: 1-6ac7d556-032906e375c910cf42cb849e\tSegmentId: 90cbc97f4ee64a7f\tSampled: true\n"
        ),
        "Lambda.OutOfMemory",
        "fatal",
    ),
    (
        f"REPORT RequestId: {REQUEST}\tDuration: 10.00 ms\t{SIZES}Status: error\tError Type: Runtime.ExitError",
        "Lambda.RuntimeExited",
        "fatal",
    ),
    (
        f"REPORT RequestId: {REQUEST}\tDuration: 10.00 ms\t{SIZES}Status: error\tError Type: Runtime.Unknown",
        "Lambda.InvocationFailed",
        "error",
    ),
    (
        f"RequestId: {REQUEST} Error: Runtime exited with error: exit status 3\nRuntime.ExitError",
        "Lambda.RuntimeExited",
        "fatal",
    ),
    (
        f"RequestId: {REQUEST} Error: Runtime exited with error: signal: segmentation fault\nRuntime.ExitError",
        "Lambda.RuntimeExited",
        "fatal",
    ),
    (
        f"RequestId: {REQUEST} Error: Runtime exited with error: signal: killed\nRuntime.ExitError",
        "Lambda.OutOfMemory",
        "fatal",
    ),
    (
        f"RequestId: {REQUEST} Error: Runtime exited without providing a reason\nRuntime.ExitError",
        "Lambda.RuntimeExited",
        "fatal",
    ),
    (
        f"RequestId: {REQUEST} Error: Unknown application error occurred\nRuntime.Unknown",
        "Lambda.InvocationFailed",
        "error",
    ),
    (f"RequestId: {REQUEST} Process exited before completing request", "Lambda.RuntimeExited", "fatal"),
    (f"RequestId: {REQUEST} Error: Task timed out after 2.00 seconds", "Lambda.Timeout", "fatal"),
    ("INIT_REPORT Init Duration: 10337.01 ms\tPhase: init\tStatus: timeout", "Lambda.InitFailed", "fatal"),
    ("INIT_REPORT Init Duration: 1236.04 ms Phase: init Status: timeout", "Lambda.InitFailed", "fatal"),
    (
        "INIT_REPORT Init Duration: 229.22 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError",
        "Lambda.InitFailed",
        "fatal",
    ),
    ("IMAGE\tLaunch error: fork/exec /x: no such file\tEntrypoint: [/x]", "Lambda.InitFailed", "fatal"),
    ("RESTORE_REPORT Restore Duration: 1236.04 ms\tStatus: timeout", "Lambda.RestoreFailed", "fatal"),
    (
        "RESTORE_REPORT Restore Duration: 1236.04 ms Status: error Error Type: Runtime.ExitError",
        "Lambda.RestoreFailed",
        "fatal",
    ),
    (
        "EXTENSION\tName: agent\tState: LaunchError\tEvents: []\tError Type: PermissionDenied",
        "Lambda.ExtensionFailed",
        "fatal",
    ),
    (report(status="timeout"), "Lambda.Timeout", "fatal"),
    (report(status="error", errorType="Runtime.OutOfMemory"), "Lambda.OutOfMemory", "fatal"),
    (report(status="error", errorType="Runtime.ExitError"), "Lambda.RuntimeExited", "fatal"),
    (report(status="failure", errorType="Sandbox.Timedout"), "Lambda.Timeout", "fatal"),
    (report(status="failure"), "Lambda.InvocationFailed", "error"),
    (
        event_of("initReport", {"status": "timeout", "phase": "init", "metrics": {"durationMs": 9999.1}}),
        "Lambda.InitFailed",
        "fatal",
    ),
    (
        event_of("initReport", {"status": "error", "errorType": "Extension.Crash", "phase": "init", "metrics": {}}),
        "Lambda.InitFailed",
        "fatal",
    ),
    (event_of("restoreReport", {"status": "error", "errorType": "Runtime.ExitError"}), "Lambda.RestoreFailed", "fatal"),
    (event_of("extension", {"name": "agent", "errorType": "Extension.Crash"}), "Lambda.ExtensionFailed", "fatal"),
    (
        event_of("fault", f"RequestId: {REQUEST} Process exited before completing request"),
        "Lambda.RuntimeExited",
        "fatal",
    ),
    (event_of("fault", "the sandbox broke"), "Lambda.RuntimeExited", "fatal"),
]

HEALTHY = [
    f"START RequestId: {REQUEST} Version: $LATEST",
    f"END RequestId: {REQUEST}",
    f"REPORT RequestId: {REQUEST}\tDuration: 10.00 ms\tBilled Duration: 11 ms\t{SIZES}",
    "INIT_START Runtime Version: python:3.13.v9\tRuntime Version ARN: arn:aws:lambda:eu-west-1::runtime:0a1b",
    "INIT_REPORT Init Duration: 300.51 ms\tPhase: init",
    "INIT_REPORT Init Duration: 300.51 ms\tPhase: init\tStatus: success",
    "RESTORE_START",
    "RESTORE_REPORT Restore Duration: 300.51 ms",
    "EXTENSION\tName: error-agent\tState: Ready\tEvents: [INVOKE, SHUTDOWN]",
    "TELEMETRY\tName: failures\tState: Subscribed\tTypes: [Platform]",
    report(status="success"),
    report(),
    event_of("start", {"requestId": REQUEST, "version": "$LATEST"}),
    event_of("runtimeDone", {"requestId": REQUEST, "status": "success"}),
    event_of("runtimeDone", {"requestId": REQUEST, "status": "timeout"}),
    event_of("initRuntimeDone", {"status": "error", "errorType": "Runtime.ExitError"}),
    event_of("restoreRuntimeDone", {"status": "timeout"}),
    event_of("initReport", {"status": "success", "metrics": {"durationMs": 125.33}}),
    event_of("restoreReport", {"status": "success", "metrics": {"durationMs": 15.19}}),
    event_of("extension", {"name": "errors", "state": "Ready", "events": ["INVOKE"]}),
    event_of("logsDropped", {"droppedBytes": 1, "droppedRecords": 2, "reason": "the consumer is slower"}),
    event_of("end", {"requestId": REQUEST}),
]


@pytest.mark.parametrize(("text", "kind", "level"), FAILURES)
def test_a_failure_is_an_error_of_its_kind(text, kind, level):
    """Each way the platform words a failure becomes an issue of that kind, and selection lets it go on."""
    issue = classify(record_of(text), RULES, None)

    assert isinstance(issue, Issue)
    assert (kind, level, True) == (issue.record.error.type, issue.level.value, could_be_error(text))


@pytest.mark.parametrize("text", HEALTHY)
def test_what_went_well_is_no_issue(text):
    """Neither success, nor memory that was used up but sufficed, nor what a report repeats becomes an issue."""
    assert classify(record_of(text), RULES, None) is DropReason.BELOW_LEVEL


def test_a_report_tells_all_it_knows():
    """A REPORT line with a failure fills ids, trace, durations and sizes; the line itself stays readable."""
    record = record_of(FAILURES[2][0])

    assert (record.request_id, record.duration_ms) == (REQUEST, 10.0)
    assert (record.trace_id, record.span_id) == ("1-6ac7d556-032906e375c910cf42cb849e", "90cbc97f4ee64a7f")
    assert record.message == "Out of memory: 128 MB used of 128 MB"
    assert record.attributes.pop("platform_line").startswith("REPORT RequestId")
    assert record.attributes == {
        "function_name": "orders",
        "function_version": "12",
        "duration_ms": 10.0,
        "memory_size_mb": 128,
        "max_memory_used_mb": 128,
        "platform_status": "error",
        "error_type": "Runtime.OutOfMemory",
        "xray_sampled": "true",
    }


def test_a_json_report_tells_the_same():
    """The report of the JSON format fills the same fields under the same names."""
    tracing = {
        "type": "X-Amzn-Trace-Id",
        "spanId": "54565fb41ac79632",
        "value": "Root=1-62e900b2-71;Parent=0e;Sampled=1",
    }

    record = record_of(report(status="timeout", tracing=tracing))

    assert (record.request_id, record.duration_ms, record.message) == (
        REQUEST,
        3000.0,
        "Task timed out after 3.00 seconds",
    )
    assert (record.trace_id, record.span_id) == ("1-62e900b2-71", "54565fb41ac79632")
    assert record.attributes == {
        "function_name": "orders",
        "function_version": "12",
        "duration_ms": 3000.0,
        "billed_duration_ms": 3001,
        "memory_size_mb": 128,
        "max_memory_used_mb": 128,
        "platform_status": "timeout",
        "platform_line": "platform.report timeout",
    }


@pytest.mark.parametrize(
    ("group", "stream", "expected"),
    [
        ("/aws/lambda/orders", "2026/11/20/[$LATEST]" + "0" * 32, ("orders", "$LATEST")),
        ("/team/functions", "2026/11/20/orders[7]" + "0" * 32, ("orders", "7")),
        ("/team/functions", "2026/11/20/[7]" + "0" * 32, (None, "7")),
        ("/aws/ecs/orders", "app/orders/1", (None, None)),
        ("/aws/lambda/orders", "[12] is a line", (None, None)),
    ],
)
def test_the_stream_names_function_and_version(group, stream, expected):
    """Function and version come from the names Lambda gives its streams; any other stream tells nothing."""
    record = record_of("ERROR charge failed", Origin("1", "r", group, stream))

    assert expected == tuple(record.attributes.get(name) for name in ("function_name", "function_version"))


def test_exit_status_and_signal_are_facts():
    """What ended the process can be asked about by rules."""
    exited = record_of(f"RequestId: {REQUEST} Error: Runtime exited with error: exit status 3\nRuntime.ExitError")
    killed = record_of(f"RequestId: {REQUEST} Error: Runtime exited with error: signal: killed\nRuntime.ExitError")

    assert (exited.attributes["exit_status"], exited.attributes["error_type"]) == ("3", "Runtime.ExitError")
    assert killed.attributes["signal"] == "killed"
