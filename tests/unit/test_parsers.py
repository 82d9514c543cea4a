"""Every parser and every trace reader recognises its own examples; the policy's rules hold on theirs."""

import json

import pytest

from logrouter.model import DropReason, Issue, Level, MaskedEvent, MaskedText, Origin
from logrouter.policy.load import check_section, default_policy
from logrouter.stages.classify import classify, facts_of
from logrouter.stages.matching import matches
from logrouter.stages.parse import parse
from logrouter.stages.parsers.registry import JSON_PARSERS, TEXT_PARSERS
from logrouter.stages.traces.registry import LANGUAGES, read_trace

AT_MS = 1_795_140_000_000
ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/lambda/orders", "2026/11/20/[$LATEST]abc")
RULES = default_policy().section("errors")


def record_of(text: str):
    return parse(MaskedEvent(ORIGIN, "1", AT_MS, MaskedText(text)))


def rule_examples(answer: str):
    return [
        pytest.param(rule, text, id=f"{rule['id']}-{number}")
        for group in ("severity", "ignore", "fingerprints")
        for rule in RULES[group]
        for number, text in enumerate(rule["examples"][answer])
    ]


@pytest.mark.parametrize(
    ("name", "text"), [(parser.name, text) for parser in JSON_PARSERS + TEXT_PARSERS for text in parser.examples]
)
def test_a_parser_takes_its_examples(name, text):
    """The example of a parser is recognised by it, not by one that is asked before it."""
    record = record_of(text)

    assert (record.format, "parser_fault" in record.attributes) == (name, False)


@pytest.mark.parametrize(("name", "text"), [(each.name, text) for each in LANGUAGES for text in each.examples])
def test_a_trace_reader_takes_its_examples(name, text):
    """The example of a language is read by its reader and has frames."""
    trace = read_trace(text)

    assert (trace.error.language, bool(trace.error.frames)) == (name, True)


@pytest.mark.parametrize(("rule", "text"), rule_examples("yes"))
def test_a_rule_matches_its_examples(rule, text):
    """A rule of the packaged policy matches the lines it says it does."""
    assert matches(rule["match"], facts_of(record_of(text)))


@pytest.mark.parametrize(("rule", "text"), rule_examples("no"))
def test_a_rule_leaves_its_counterexamples(rule, text):
    """A rule of the packaged policy does not match the lines it says it does not."""
    assert not matches(rule["match"], facts_of(record_of(text)))


def test_the_packaged_section_fits_its_schema():
    """The packaged section `errors` is valid against its own schema."""
    check_section("errors", RULES)


def test_a_timeout_is_a_fatal_issue_grouped_by_function():
    """A timeout that no SDK could report becomes one issue a function."""
    record = record_of(
        "2026-11-20T02:00:03.123Z 52fdfc07-2182-454f-963f-5f0f9a621d72 Task timed out after 3.00 seconds\n\n"
    )

    issue = classify(record, RULES, None)

    assert isinstance(issue, Issue)
    assert (issue.level.value, issue.fingerprint, issue.transaction) == (
        "fatal",
        ("lambda-timeout", "orders"),
        "orders",
    )


def test_a_line_below_the_minimum_level_is_dropped():
    """Information is no issue."""
    assert (
        classify(record_of("2024-12-16 10:00:00 [INFO] __main__: Peer abc-123 connected"), RULES, None)
        is DropReason.BELOW_LEVEL
    )


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ('{"level":"error","msg":"x","ratio":NaN}', {"ratio": "NaN"}),
        ('{"level":"error","msg":"x","ratio":-Infinity}', {"ratio": "-Infinity"}),
        ('{"level":"error","msg":"x","ratio":1e999}', {"ratio": "1e999"}),
        (
            '{"level":"error","msg":"x","bad":"\\ud800","big":123456789012345678901234567890}',
            {"bad": "?", "big": "123456789012345678901234567890"},
        ),
    ],
)
def test_odd_json_becomes_values_that_can_be_sent(text, attributes):
    """What strict JSON readers refuse is read into values that every JSON writer takes."""
    record = record_of(text)

    assert (record.message, record.attributes) == ("x", attributes)
    assert json.dumps(record.document, allow_nan=False).encode("ascii")


def test_json_in_json_is_read_through():
    """A JSON line that Lambda wrapped into its own keeps the fields of both; the inner ones win."""
    inner = {"level": "error", "msg": "charge failed", "requestId": "req-1", "serviceId": "shop"}
    outer = {
        "timestamp": "2026-11-20T02:00:00.123Z",
        "level": "INFO",
        "requestId": "lambda-1",
        "message": json.dumps(inner),
    }

    record = record_of(json.dumps(outer))

    assert (record.level.value, record.message, record.service, record.request_id) == (
        "error",
        "charge failed",
        "shop",
        "req-1",
    )
    assert (record.timestamp_ms, record.attributes, record.document) == (
        AT_MS + 123,
        {"outer_request_id": "lambda-1"},
        inner,
    )


def test_a_container_s_wrapper_is_unwrapped():
    """A line that FireLens put into `log` is read as the line it is."""
    line = "2026-11-20T02:00:00.123Z ERROR 7 --- [main] c.s.Pay : charge failed"

    record = record_of(json.dumps({"log": line, "container_name": "shop", "source": "stdout"}))

    assert (record.format, record.level.value, record.message) == ("java", "error", "charge failed")
    assert record.attributes.items() >= {"container": "shop", "stream": "stdout"}.items()


@pytest.mark.parametrize(
    ("text", "type_", "level"),
    [
        (
            "RequestId: 5-1 Error: Runtime exited with error: exit status 1\nRuntime.ExitError",
            "Lambda.RuntimeExited",
            "fatal",
        ),
        (
            "RequestId: 5-1 Error: Runtime exited with error: signal: killed\nRuntime.ExitError",
            "Lambda.OutOfMemory",
            "fatal",
        ),
        ("INIT_REPORT Init Duration: 10000.51 ms\tPhase: init\tStatus: timeout", "Lambda.InitFailed", "fatal"),
        ("INIT_REPORT Init Duration: 100.51 ms\tPhase: init\tStatus: success", None, "info"),
        ("REPORT RequestId: 5-1\tDuration: 3.10 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB", None, "info"),
        (
            "REPORT RequestId: 5-1\tDuration: 3000.00 ms\tMemory Size: 128 MB\tStatus: timeout",
            "Lambda.Timeout",
            "fatal",
        ),
    ],
)
def test_the_platform_s_failures(text, type_, level):
    """A failure that no SDK can report is an error once; what only repeats it is information."""
    record = record_of(text)

    assert (record.error.type if record.error else None, record.level.value) == (type_, level)


def test_a_report_tells_numbers_with_their_units():
    """Durations and sizes of a REPORT line are numbers under names that carry the unit."""
    record = record_of(
        "REPORT RequestId: 5-1\tDuration: 3.10 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 40 MB"
    )

    facts = {"duration_ms": 3.1, "billed_duration_ms": 4.0, "memory_size_mb": 128, "max_memory_used_mb": 40}
    assert (record.request_id, record.duration_ms, record.attributes) == ("5-1", 3.1, facts)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d", Level.FATAL),
        (
            "2026/11/20 02:00:00 http: panic serving x: y\ngoroutine 7 [running]:\nmain.f()\n\t/app/main.go:5 +0x1d",
            Level.FATAL,
        ),
        ("main.charge\n\t/app/main.go:12\nmain.main\n\t/app/main.go:5", Level.ERROR),
        ('Traceback (most recent call last):\n  File "/var/task/app.py", line 3, in f\nValueError: x', Level.ERROR),
        ('Traceback (most recent call last):\n  File "/var/task/app.py", line 3, in f\nUserWarning: x', Level.WARN),
    ],
)
def test_a_trace_without_a_level_has_the_level_of_its_kind(text, level):
    """A panic ends its program and is fatal, a stack that is only printed is an error, a warning is a warning."""
    assert record_of(text).level is level
