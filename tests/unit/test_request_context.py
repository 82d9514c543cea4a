"""request_context: which invocation a line of a Lambda function belongs to, and what it is given of it."""

import json

import pytest

from logrouter.model import Batch, LogEvent, Origin, Tally
from logrouter.stages.prepare import prepare
from logrouter.stages.requests.request_context import Invocation, Invocations, in_context, invocations_of, marks_of

X, Y, Z = (f"{number}1b2c3d4-0001-4000-8000-aaaaaaaaaaaa" for number in (1, 2, 3))
STREAM = "2026/11/20/[$LATEST]" + "9bf31c7ff062936a96d3c8bd1f8f2ff3"
ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/lambda/orders", STREAM)
TRACE = "1-691e5f0c-0b1c2d3e4f5061728394a5b6"
OPEN = 1 << 62


def start(id_, version="$LATEST"):
    return f"START RequestId: {id_} Version: {version}\n"


def end(id_):
    return f"END RequestId: {id_}\n"


def report(id_, more=""):
    return f"REPORT RequestId: {id_}\tDuration: 12.10 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t{more}\n"


def platform(kind, **record):
    return json.dumps(
        {"time": "2026-11-20T02:00:00.000Z", "type": f"platform.{kind}", "record": record}, separators=(",", ":")
    )


def events(*messages):
    return [LogEvent(str(number), 1795140000000 + number, message) for number, message in enumerate(messages)]


def found(*messages):
    return [tuple(each) for each in invocations_of(marks_of(events(*messages)))]


def completed(*messages, origin=ORIGIN, mask_text=lambda text, service, log_group: (text, {})):
    """The records of error lines, each with what its invocation gives it."""
    tally = Tally()
    batch = Batch(origin, tuple(events(*messages)))
    prepared = prepare(
        [batch],
        refuse=lambda events, kind: [None if "rror" in event.message else "not_selected" for event in events],
        kind_of=lambda name: None,
        mask_text=mask_text,
        tally=tally,
    )
    return [one.record for one in in_context(prepared, Invocations(mask_text, tally))]


BILLED = {"metrics": {"durationMs": 8.1, "billedDurationMs": 9, "memorySizeMB": 128, "maxMemoryUsedMB": 40}}
UNBILLED = {"metrics": {"durationMs": 8.1}}


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        ([start(X), "a", end(X), report(X), "b"], [(X, 0, 3, True)]),
        (["a", end(X), report(X), start(Y), "b"], [(X, 0, 2, False), (Y, 3, OPEN, True)]),
        ([start(X), "a", end(X), start(X), "b", end(X)], [(X, 0, 3, True), (X, 3, 6, True)]),
        ([start(X), "a", "INIT_START Runtime Version: python:3.13", "b", end(X)], [(X, 0, 2, True)]),
        ([start(X), "a", report(X), "b"], [(X, 0, 3, True)]),
        (["a", "b"], []),
        (["a", report(X), "b"], []),
        (["a", start(X)], [(X, 1, OPEN, True)]),
    ],
    ids=["whole", "begun earlier", "a second try", "a new environment", "no END", "no mark", "REPORT alone", "begins"],
)
def test_stretches_of_text(messages, expected):
    """What stands between START and END is the request's; before a first END too; nothing else is."""
    assert found(*messages) == expected


@pytest.mark.parametrize(
    "messages",
    [
        [start(X), "a", start(Y), "b", end(X)],
        [start(X), "a", end(Y), "b", end(X)],
        [f"  {start(X)}", "a"],
        ["START RequestId: an-id-of-ours Version: 7", "a", "END RequestId: an-id-of-ours"],
        [start(X, "the second"), "a"],
    ],
    ids=["two at once", "another's END", "indented", "no id of Lambda", "no version of Lambda"],
)
def test_contradictions_prove_nothing(messages):
    """Marks that contradict each other, and lines that only look like marks, say of no line whose it is."""
    assert found(*messages) == []


@pytest.mark.parametrize(
    ("messages", "expected"),
    [
        (
            [platform("start", requestId=X), "a", platform("report", requestId=X, **BILLED)],
            [(X, 0, 3, True)],
        ),
        (
            [platform("initStart", initializationType="on-demand"), platform("start", requestId=X), "a"],
            [(X, 1, OPEN, True)],
        ),
        ([platform("start", requestId=X), "a", platform("report", requestId=X, **UNBILLED)], []),
        ([platform("initStart", initializationType="lambda-managed-instances"), platform("start", requestId=X)], []),
        ([platform("start", requestId=X), "a"], []),
        (
            [
                *(platform("start", requestId=id_) for id_ in (X, Y)),
                "a",
                *(platform("report", requestId=id_, **BILLED) for id_ in (X, Y)),
            ],
            [],
        ),
        (['{"type":"platform.start"', platform("start", requestId=""), platform("start")], []),
    ],
    ids=["billed", "on demand", "not billed", "managed instances", "unproven", "two at once", "broken"],
)
def test_stretches_of_json(messages, expected):
    """JSON marks count only where the payload proves that the environment works on one request at a time."""
    assert found(*messages) == expected


def test_a_line_gets_its_request():
    """An uncaught exception, which names no request, gets the id of its invocation and the trace its REPORT tells."""
    (record,) = completed(start(X, "12"), "[ERROR] ValueError: boom", end(X), report(X, f"XRAY TraceId: {TRACE}"))

    assert (record.request_id, record.trace_id) == (X, TRACE)
    assert record.attributes["function_version"]


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ({"requestId": "ours-1", "traceId": "t-1"}, ("ours-1", "t-1")),
        ({"requestId": "ours-1"}, ("ours-1", TRACE)),
        ({"traceId": "t-1"}, (X, "t-1")),
    ],
    ids=["both", "its request", "its trace"],
)
def test_what_a_record_says_holds(own, expected):
    """A request id and a trace id that a record states are never overridden."""
    line = json.dumps({"level": "error", "msg": "Error", **own})

    (record,) = completed(start(X), line, end(X), report(X, f"XRAY TraceId: {TRACE}"))

    assert (record.request_id, record.trace_id) == expected


def test_trace_of_a_record_that_names_its_request():
    """Platform events tell the trace of a request also where several run at once: they name it."""
    error = json.dumps({"timestamp": "2026-11-20T02:00:00Z", "level": "ERROR", "message": "no", "requestId": X})
    tracing = {"type": "X-Amzn-Trace-Id", "value": f"Root={TRACE};Parent=6b1c;Sampled=1"}

    (record,) = completed(
        platform("start", requestId=X, tracing=tracing), platform("start", requestId=Y), error.replace("no", "error")
    )

    assert (record.request_id, record.trace_id) == (X, TRACE)


def test_lines_outside_get_nothing():
    """What is logged between two invocations, while a function starts, is nobody's."""
    first, second = completed("[ERROR] A: error", start(X), end(X), "INIT_START Runtime", "[ERROR] B: error", start(Y))

    assert (first.request_id, second.request_id) == (None, None)


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        (Origin("1", "r", "/aws/lambda/orders", "a stream"), X),
        (Origin("1", "r", "/shop/functions", STREAM.replace("[", "orders[", 1)), X),
        (Origin("1", "r", "/shop/functions", "collected-from-many"), None),
    ],
    ids=["Lambda's group", "a shared group", "a stream of several environments"],
)
def test_only_streams_of_lambda(origin, expected):
    """Only the names that Lambda gives prove that a stream is written by one environment."""
    (record,) = completed(start(X), "[ERROR] A: error", end(X), origin=origin)

    assert record.request_id == expected


def test_the_id_is_masked():
    """Where a policy masks request ids, a record gets the masked one."""

    def mask_ids(text, service, log_group):
        return text.replace(X, "p_1234"), {"ids": text.count(X)}

    (record,) = completed(start(X), "[ERROR] A: error", end(X), mask_text=mask_ids)

    assert record.request_id == "p_1234"


def test_masking_that_fails_gives_nothing():
    """A line of the platform that cannot be masked tells nothing."""

    def broken(text, service, log_group):
        if X in text:
            raise RuntimeError(text)
        return text, {}

    (record,) = completed(start(X), "[ERROR] A: error", end(X), mask_text=broken)

    assert record.request_id is None


def test_last_invocation_of_a_request():
    """A request that Lambda tries again has several invocations; the last one that began before a record is its."""
    tally = Tally()
    batch = Batch(ORIGIN, tuple(events(start(X), end(X), start(X), "error", end(X), start(X))))
    (one,) = prepare(
        [batch],
        refuse=lambda events, kind: [None if "error" in event.message else "not_selected" for event in events],
        kind_of=lambda name: None,
        mask_text=lambda *text: (text[0], {}),
        tally=tally,
    )

    assert Invocations(lambda *text: (text[0], {}), tally).of(one, X) == Invocation(X, 2, 5)
