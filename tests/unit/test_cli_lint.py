"""`logrouter lint` and the JSON Schema of the canonical format."""

import io
import json
from types import SimpleNamespace

import jsonschema
import pytest

from logrouter_cli.lint import examine
from logrouter_cli.log_format import FIELDS, schema, violations
from logrouter_cli.main import main
from logrouter_local import samples

GOOD = {
    "timestamp": "2026-11-20T01:00:00.000Z",
    "level": "error",
    "msg": "payment refused",
    "serviceId": "orders",
    "env": "production",
    "version": "1.2.3",
    "requestId": "7f3c9a52",
    "durationMs": 0,
    "status": 502,
    "error": {"type": "PaymentError", "message": "51", "stack": "PaymentError: 51\n    at pay (/app/pay.js:1:2)"},
}
CALL = {
    **GOOD,
    "type": "llm",
    "model": "gpt-4o-mini",
    "prompt": "hi",
    "response": "hello",
    "prompt_tokens": 3,
    "completion_tokens": 2,
    "latency_ms": 40,
}


def findings(line):
    text = line if isinstance(line, str) else json.dumps(line)
    return {(finding.field, finding.is_loss) for finding in examine(text)}


def without(name):
    return {key: value for key, value in GOOD.items() if key != name}


def test_a_canonical_line_has_no_findings():
    """A line that says everything gives nothing to say."""
    assert set() == findings(GOOD)
    assert set() == findings(CALL)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (without("level"), ("level", True)),
        (without("timestamp"), ("timestamp", True)),
        ({"timestamp": GOOD["timestamp"], "level": "error", "code": 7}, ("msg", True)),
        ({**GOOD, "timestamp": "yesterday"}, ("timestamp", True)),
        ({**GOOD, "level": "bad"}, ("level", True)),
        ({**GOOD, "status": "success"}, ("status", True)),
        ({**GOOD, "durationMs": "fast"}, ("durationMs", True)),
        ({**GOOD, "userId": {"id": 1}}, ("userId", True)),
        (without("serviceId"), ("serviceId", False)),
        (without("env"), ("env", False)),
        (without("requestId"), ("requestId", False)),
        (without("error"), ("error", False)),
        ({**GOOD, "timestamp": 1_795_136_400}, ("timestamp", False)),
        ({**GOOD, "level": "WARNING"}, ("level", False)),
        ({**GOOD, "status": "502"}, ("status", False)),
        (json.dumps(GOOD)[:-20], ("line", True)),
        ("something happened", ("level", True)),
        ({**GOOD, "note": "x" * 1_100_000}, ("line", True)),
        ({**CALL, "prompt_tokens": -1}, ("type", True)),
        (
            {key: value for key, value in CALL.items() if key != "latency_ms"} | {"durationMs": None},
            ("latency_ms", False),
        ),
    ],
)
def test_what_is_wrong_with_a_line_is_found(line, expected):
    """Each fault is named by its field; what does not arrive is a loss, what is understood or advised is a note."""
    assert expected in findings(line)


def test_masked_values_are_noted_without_quoting_them():
    """A line that holds personal data is noted by rule, and the value is not shown."""
    phone = "010-" + "0412-8837"

    texts = [finding.text for finding in examine(json.dumps({**GOOD, "phone": phone}))]

    assert any("masks 1 value" in text for text in texts)
    assert not any(phone in text for text in texts)


@pytest.mark.parametrize("logger", ["pino", "winston", "powertools", "python_json_logger"])
def test_other_loggers_lose_nothing(logger):
    """Lines of the usual loggers are understood: no level, message or time is lost."""
    messages = [event["message"] for event in samples.raw(f"forward_errors/{logger}")["logEvents"]]

    lost = {field for message in messages if message.startswith("{") for field, is_loss in findings(message) if is_loss}

    assert set() == lost


def stdin(monkeypatch, *lines):
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))


def test_exit_code_one_when_something_is_lost(monkeypatch, capsys):
    """Losses are shown with their line number and make the command fail."""
    stdin(monkeypatch, GOOD, "", without("level"))

    assert main(["lint"]) == 1
    shown = capsys.readouterr()
    assert "-:3: lost: level: is missing: no issue" in shown.out
    assert shown.err == "2 lines: 1 lose something, 0 have notes\n"


def test_notes_fail_only_when_strict(monkeypatch, capsys):
    """Notes are advice unless --strict is given; --quiet hides them."""
    codes = []
    for options in ([], ["--quiet"], ["--strict"]):
        stdin(monkeypatch, without("requestId"))
        codes.append(main(["lint", *options]))

    assert codes == [0, 0, 1]
    assert capsys.readouterr().out.count("note: requestId") == 2


def test_the_schema_is_valid_and_describes_every_field(capsys):
    """--schema writes a valid draft 7 schema in which every field has a description, and knows every linted field."""
    assert main(["lint", "--schema"]) == 0
    shown = json.loads(capsys.readouterr().out)

    jsonschema.Draft7Validator.check_schema(shown)
    assert shown == schema()
    assert set(FIELDS) <= set(shown["properties"])
    assert all(rule["description"] for rule in shown["properties"].values())


def canonical_lines():
    for name in (
        "forward_errors/gateway",
        "forward_errors/auth",
        "forward_errors/event_service",
        "trace_llm/canonical",
    ):
        for event in samples.render(name)["logEvents"]:
            yield json.loads(event["message"])


def test_canonical_samples_conform_to_the_schema():
    """Every line of the samples that claim the canonical format conforms to it."""
    validator = jsonschema.Draft7Validator(schema())

    faults = [error.json_path for line in canonical_lines() for error in validator.iter_errors(line)]

    assert faults == []


@pytest.mark.parametrize(
    "line",
    [
        GOOD,
        CALL,
        {},
        without("msg"),
        {**GOOD, "level": 50},
        {**GOOD, "level": 55},
        {**GOOD, "timestamp": "2026-11-20 01:00:00"},
        {**GOOD, "traceId": "abc"},
        {**GOOD, "error": "text"},
        {**GOOD, "error": {"type": "E"}},
        {**GOOD, "type": "llm"},
        {**GOOD, "type": "llm.embedding", "model": "m", "prompt_tokens": 1, "completion_tokens": 0},
        {**GOOD, "type": "order"},
        {**CALL, "total_cost": "free"},
    ],
)
def test_violations_agree_with_a_full_validator(line):
    """The field-by-field check finds a fault exactly when a JSON Schema validator does."""
    assert jsonschema.Draft7Validator(schema()).is_valid(line) == (violations(line) == [])
