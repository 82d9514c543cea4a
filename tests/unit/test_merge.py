"""One failure is one issue: which records of a payload are joined, which stay two, and what the joined one knows."""

import json
from dataclasses import replace

import pytest

from logrouter.model import Issue, MaskedEvent, MaskedText, Origin
from logrouter.policy.load import default_policy
from logrouter.stages.classify import classify
from logrouter.stages.merging.merge import merge
from logrouter.stages.parse import parse

START_MS = 1_795_140_000_000
A, B = "52fdfc07-2182-454f-963f-5f0f9a621d72", "9566c74d-1003-4c4d-9bbb-0407d1e2c649"
LAMBDA = Origin("123456789012", "ap-northeast-2", "/aws/lambda/orders", "2026/11/20/[$LATEST]" + "0a1b2c3d" * 4)
SERVICE = Origin("123456789012", "ap-northeast-2", "/aws/ecs/orders/application", "app/orders/1")
RULES = default_policy().section("errors")
SIZES = "Memory Size: 128 MB\tMax Memory Used: {} MB"
TRACE = "\nXRAY TraceId: 1-6ac7d556-032906e375c910cf42cb849e\tSegmentId: 90cbc97f4ee64a7f\tSampled: true"
FRAMES = (
    '\rTraceback (most recent call last):\r\xa0\xa0File "/var/task/app.py", line 9, in handler\r\xa0\xa0\xa0\xa0pay()'
)
RAISED = f"[ERROR] ValueError: order 17 refused{FRAMES}"


def report(request=A, used=64, duration="3004.92", end="", trace=TRACE):
    times = f"Duration: {duration} ms\tBilled Duration: 3005 ms"
    return f"REPORT RequestId: {request}\t{times}\t{SIZES.format(used)}{end}{trace}\n"


def timed_out(request=A):
    return f"2026-11-20T02:00:00.000Z {request} Task timed out after 3.00 seconds\n\n"


def exited(how, request=A):
    return f"RequestId: {request} Error: Runtime exited with error: {how}\nRuntime.ExitError"


def logged(message, kind="KeyError", request=A, line=11, level="ERROR"):
    trace = (
        f'Traceback (most recent call last):\n  File "/var/task/app.py", line {line}, in handler\n    pay()\n{kind}: x'
    )
    return f"[{level}]\t2026-11-20T02:00:00.000Z\t{request}\t{message}\n{trace}"


def failed(message="charge failed", request="r-1", line=40, kind="KeyError", logger="pay", level="ERROR"):
    trace = (
        f"Traceback (most recent call last):\n  File \"/app/pay.py\", line {line}, in charge\n    f()\n{kind}: 'price'"
    )
    return json.dumps(
        {
            "level": level,
            "msg": message,
            "serviceId": "orders",
            "requestId": request,
            "component": logger,
            "stack": trace,
        }
    )


def said(message="cart locked", request="r-1", level="error", **more):
    return json.dumps({"level": level, "msg": message, "serviceId": "orders", "requestId": request} | more)


def answered(status=500, request="r-1", **more):
    line = {
        "level": "info",
        "msg": "request completed",
        "requestId": request,
        "serviceId": "orders",
        "component": "http",
    }
    return json.dumps(line | {"method": "POST", "path": "/orders/17", "status": status, "durationMs": 81.5} | more)


def merged(*texts, origin=LAMBDA, step_ms=1):
    """Read log events of one payload and join them."""
    events = [
        MaskedEvent(origin, str(place), START_MS + place * step_ms, MaskedText(text))
        for place, text in enumerate(texts)
    ]
    records = [parse(event) for event in events]
    return merge(records, [isinstance(classify(record, RULES, None), Issue) for record in records])


def issues(*texts, **more):
    """Return (kind of error, lines) of each issue that is left."""
    left = [one.record for one in merged(*texts, **more)]
    assert sum(record.lines for record in left) == len(texts)
    found = [record for record in left if isinstance(classify(record, RULES, None), Issue)]
    return [(record.error.type if record.error else None, record.lines) for record in found]


ONE_FAILURE = {
    "a timeout, old style": (timed_out(), f"END RequestId: {A}", report()),
    "a timeout, both styles": (timed_out(), f"END RequestId: {A}", report(end="\tStatus: timeout")),
    "memory": (exited("signal: killed"), report(used=128, end="\tStatus: error\tError Type: Runtime.OutOfMemory")),
    "an exit": (exited("exit status 1"), report(end="\tStatus: error\tError Type: Runtime.ExitError")),
    "an exception nobody caught, and the report": (
        RAISED,
        report(end="\tStatus: error\tError Type: Runtime.Unknown"),
    ),
    "an exception that ended the runtime": (
        (
            f'2026-11-20T02:00:00.000Z\t{A}\tERROR\tUncaught Exception \t{{"errorType":"Error","errorMessage":"boom",'
            '"stack":["Error: boom","    at f (/var/task/app.js:1:2)"]}'
        ),
        exited("exit status 129"),
        report(end="\tStatus: error\tError Type: Runtime.ExitError"),
    ),
    "an import error and the init it ended": (
        (
            "[ERROR] Runtime.ImportModuleError: Unable to import module 'app': No module named 'x'\rTraceback (most recent "
            "call last):"
        ),
        "INIT_REPORT Init Duration: 229.22 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError",
    ),
    "an init that failed within its invocation": (
        "INIT_REPORT Init Duration: 3003.83 ms\tPhase: invoke\tStatus: timeout",
        f"START RequestId: {A} Version: $LATEST",
        timed_out(),
        f"END RequestId: {A}",
        report(duration="3045.79"),
    ),
    "an extension and the init it ended": (
        "EXTENSION\tName: agent\tState: Started\tEvents: [INVOKE]\tError Type: Extension.Crash",
        "INIT_REPORT Init Duration: 229.22 ms\tPhase: init\tStatus: error\tError Type: Extension.Crash",
    ),
}


@pytest.mark.parametrize("texts", ONE_FAILURE.values(), ids=ONE_FAILURE)
def test_lines_about_one_failure_become_one_issue(texts):
    """What platform and runtime write about one failure is one record that stands for all its lines."""
    assert [lines for _, lines in issues(*texts)] == [len(texts)]


TWO_FAILURES = {
    "two requests": (timed_out(A), timed_out(B)),
    "an exception, then a timeout": (logged("charge failed"), timed_out(), report()),
    "an exception that was caught, then an exit": (logged("charge failed"), exited("exit status 1")),
    "an exception of another request": (
        RAISED,
        report(B, duration="0.00", end="\tStatus: error\tError Type: Runtime.X"),
    ),
    "two exceptions": (logged("charge failed"), logged("mail failed", kind="OSError", line=30)),
    "one exception logged by one place twice: a retry": (logged("try 1 failed"), logged("try 2 failed")),
    "two tries of one request": (timed_out(), timed_out()),
    "two tries, each with its report": (timed_out(), report(), timed_out(), report()),
    "two tries, told by their reports": (report(end="\tStatus: timeout"), report(end="\tStatus: timeout")),
    "two tries that raise": (
        RAISED,
        report(end="\tStatus: error\tError Type: Runtime.Unknown"),
        RAISED,
        report(end="\tStatus: error\tError Type: Runtime.Unknown"),
    ),
    "two inits": (
        "INIT_REPORT Init Duration: 9999.12 ms\tPhase: init\tStatus: timeout",
        "INIT_REPORT Init Duration: 9999.12 ms\tPhase: init\tStatus: timeout",
    ),
    "an init that failed before, and a timeout": (
        "INIT_REPORT Init Duration: 9999.12 ms\tPhase: init\tStatus: timeout",
        timed_out(),
    ),
}


@pytest.mark.parametrize("texts", TWO_FAILURES.values(), ids=TWO_FAILURES)
def test_two_failures_stay_two(texts):
    """What could as well be two failures is two issues."""
    assert len(issues(*texts)) == 2


def test_a_timeout_knows_what_the_report_says():
    """The issue of a timeout has memory, durations, timeout and trace, whichever line said so."""
    (one,) = merged(timed_out(), f"END RequestId: {A}", report())
    record = one.record

    assert (record.event_id, record.message, record.request_id) == ("0", "Task timed out after 3.00 seconds", A)
    assert (record.duration_ms, record.trace_id, record.span_id) == (
        3004.92,
        "1-6ac7d556-032906e375c910cf42cb849e",
        "90cbc97f4ee64a7f",
    )
    facts = {"timeout_s": 3.0, "billed_duration_ms": 3005.0, "memory_size_mb": 128, "max_memory_used_mb": 64}
    assert record.attributes.items() >= facts.items()
    assert [text.split("\t")[0] for text in record.attributes["same_failure"]] == [
        f"END RequestId: {A}",
        f"REPORT RequestId: {A}",
    ]


def test_the_json_format_tells_it_once_too():
    """`platform.runtimeDone` and `platform.report` of one invocation are one issue, the report's."""
    done = {"requestId": A, "status": "timeout", "metrics": {"durationMs": 3001.18, "producedBytes": 0}}
    metrics = {"durationMs": 3000.0, "billedDurationMs": 3000, "memorySizeMB": 128, "maxMemoryUsedMB": 94}
    time = "2026-11-20T02:00:03.562Z"

    assert issues(
        json.dumps({"time": time, "type": "platform.runtimeDone", "record": done}),
        json.dumps({"time": time, "type": "platform.report", "record": {**done, "metrics": metrics}}),
    ) == [("Lambda.Timeout", 2)]


def test_an_uncaught_exception_tells_and_knows_the_report():
    """The exception stays the issue, frames and all; the report adds request id, memory and trace."""
    (one,) = merged(RAISED, report(used=70, end="\tStatus: error\tError Type: Runtime.Unknown"))

    assert (one.record.error.type, len(one.record.error.frames), one.record.request_id) == ("ValueError", 1, A)
    assert (one.record.attributes["max_memory_used_mb"], one.record.level.value) == (70, "error")


def test_an_exception_learns_from_a_healthy_report():
    """An exception that was caught learns duration and memory of its invocation; the report stays a line of its own."""
    first, second = merged(logged("charge failed"), report())

    assert (first.record.lines, second.record.lines) == (1, 1)
    assert (first.record.trace_id, first.record.attributes["max_memory_used_mb"]) == (second.record.trace_id, 64)
    assert "same_failure" not in first.record.attributes


def test_one_exception_logged_by_handler_and_runtime_is_one():
    """The runtime prints again what the handler logged and raised: one issue, the one that was logged first."""
    again = "[ERROR] KeyError: x" + FRAMES.replace("line 9", "line 11")
    texts = logged("charge failed"), again, report(end="\tStatus: error\tError Type: Runtime.Unknown")

    assert issues(*texts) == [("KeyError", 3)]


def test_a_killed_process_with_free_memory_did_not_run_out_of_it():
    """`signal: killed` means memory unless the report shows that a tenth of it was free."""
    (full,) = issues(exited("signal: killed"), report(used=127))
    (free,) = issues(exited("signal: killed"), report(used=40))

    assert (full[0], free[0]) == ("Lambda.OutOfMemory", "Lambda.RuntimeExited")


def test_a_memory_error_and_the_platform_s_word_of_it_are_one():
    """The program's own word of the memory it lacked has frames, so it speaks."""
    texts = logged("cannot load", kind="MemoryError"), exited("signal: killed"), report(used=128)

    assert issues(*texts) == [("MemoryError", 3)]


def test_an_exception_and_the_answer_it_led_to_are_one():
    """The answer with 5xx fills in route, status and duration; the exception stays the issue."""
    (one,) = merged(failed(), answered(), origin=SERVICE)
    record = one.record

    assert (record.error.type, record.lines, record.message) == ("KeyError", 2, "charge failed")
    assert (record.method, record.path, record.status, record.duration_ms) == ("POST", "/orders/17", 500, 81.5)
    assert classify(record, RULES, None).transaction == "POST /orders/{id}"


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((failed(), answered(request="r-2")), [("KeyError", 1), (None, 1)]),
        ((answered(), failed()), [(None, 1), ("KeyError", 1)]),
        ((failed(), answered(200)), [("KeyError", 1)]),
        ((failed(level="warn"), answered()), [(None, 1)]),
        ((failed(), answered(), failed(), answered()), [("KeyError", 2), ("KeyError", 2)]),
        ((failed(), failed("mail failed", kind="OSError", line=7), answered()), [("KeyError", 1), ("OSError", 2)]),
        ((failed(), failed("unhandled", logger="http"), answered()), [("KeyError", 3)]),
        ((failed("item pear failed"), failed("item plum failed")), [("KeyError", 1), ("KeyError", 1)]),
        ((failed(), failed(logger="http", request="r-2")), [("KeyError", 1), ("KeyError", 1)]),
        ((answered(), answered()), [(None, 1), (None, 1)]),
    ],
)
def test_answers_and_exceptions_of_a_service(texts, expected):
    """An answer belongs to the exception before it, ends the try it answers, and joins nothing by itself."""
    assert issues(*texts, origin=SERVICE) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ((said(), answered()), [2]),
        ((said(), answered(level="error", msg="Internal Server Error")), [2]),
        ((said(), answered(level="error", msg="the bank is closed")), [1, 1]),
        ((said(), answered(request="r-2")), [1, 1]),
        ((said(), answered(200)), [1]),
        ((said(level="warn"), answered()), [1]),
        ((said(status=409), answered()), [1, 1]),
        ((answered(), said()), [1, 1]),
        ((said(), said("mail not sent")), [1, 1]),
        ((said(), said("mail not sent"), answered()), [1, 2]),
        ((failed(), said(), answered()), [2, 1]),
        ((said(), answered(), said(), answered()), [2, 2]),
    ],
)
def test_answers_and_messages_of_a_service(texts, expected):
    """A message of an error takes in the bare answer behind it, where no exception did; two messages stay two."""
    assert [lines for _, lines in issues(*texts, origin=SERVICE)] == expected


def test_a_message_with_its_answer_says_and_groups_as_it_did():
    """The message stays what the issue is known by, and learns route, status and duration."""
    (one,) = merged(said("cart 17 locked"), answered(), origin=SERVICE)
    (alone,) = merged(said("cart 17 locked"), origin=SERVICE)
    issue, before = (classify(left.record, RULES, None) for left in (one, alone))

    assert (issue.record.message, issue.record.status, issue.record.duration_ms) == ("cart 17 locked", 500, 81.5)
    assert (issue.transaction, issue.fingerprint) == ("POST /orders/{id}", before.fingerprint)


def test_the_facts_of_an_answer_reach_every_exception_before_it():
    """Two exceptions of one request stay two; both learn what was asked for."""
    first, second = merged(failed(), failed("mail failed", kind="OSError", line=7), answered(), origin=SERVICE)

    assert (first.record.path, second.record.path, first.record.lines, second.record.lines) == (
        "/orders/17",
        "/orders/17",
        1,
        2,
    )


def test_a_cause_that_was_logged_before_is_told_by_what_it_led_to():
    """Logged where it was caught, and again as the cause of what was raised instead: one failure, told by the latter."""
    chain = (
        "Traceback (most recent call last):\n  File \"/app/pay.py\", line 40, in charge\n    f()\nKeyError: 'price'\n\n"
        "The above exception was the direct cause of the following exception:\n\nTraceback (most recent call last):\n"
        '  File "/app/api.py", line 9, in post\n    charge()\nPaymentError: refused'
    )
    outer = json.dumps(
        {"level": "ERROR", "msg": "unhandled", "serviceId": "orders", "requestId": "r-1", "stack": chain}
    )

    assert issues(failed(), outer, answered(), origin=SERVICE) == [("PaymentError", 3)]


def test_one_logger_that_catches_an_exception_twice_tells_it_once():
    """The stack of the second record holds that of the first and its callers: it was caught again further out."""
    inner = '  File "/app/pay.py", line 40, in charge\n    f()\n'
    outer = '  File "/app/api.py", line 9, in post\n    charge()\n'
    texts = [
        f"2026-11-20 02:00:00 ERROR shop failed requestId=r-1\nTraceback (most recent call last):\n{frames}KeyError: 'x'"
        for frames in (inner, outer + inner)
    ]
    records = [replace(one.record, request_id="r-1") for text in texts for one in merged(text, origin=SERVICE)]

    (left,) = merge(records, [True, True])

    assert (len(left.record.error.frames), left.record.lines, left.place) == (2, 2, 1)


def test_what_stays_only_tells_what_it_knows():
    """A record that is wanted for itself is not taken in; the failure learns from it all the same."""
    texts = timed_out(), report()
    records = [one.record for text in texts for one in merged(text)]

    first, second = merge(records, [True, False], stays=[False, True])

    assert (first.record.lines, second.record) == (1, records[1])
    assert first.record.attributes["max_memory_used_mb"] == 64


def test_nothing_is_joined_across_streams():
    """Equal request ids of two streams, or of two accounts, join nothing."""
    records, origins = [], [LAMBDA, Origin("210987654321", *list(vars_of(LAMBDA))[1:])]
    for place, origin in enumerate(origins):
        records.append(parse(MaskedEvent(origin, str(place), START_MS, MaskedText(timed_out()))))

    assert len(merge(records, [True, True])) == 2


def vars_of(origin: Origin):
    return origin.account, origin.region, origin.log_group, origin.log_stream
