"""A masker that fails, in whole invocations: placeholder, counted, alarmed, and never one raw value."""

import json
from datetime import UTC, datetime
from functools import cache
from itertools import cycle
from pathlib import Path

import pytest

import logrouter.masking
from logrouter.masking import FAILED, Masker, default_masker, edits
from logrouter_local.translated import read_template
from tests.archive_fakes import DAY_MS, SourceEvent, archive_world
from tests.conftest import ROOT
from tests.contract_world import PLAIN, PLANTED, awslogs, document, llm_line, planted_line, settled, world_of
from tests.fuzz.sabotage import failing, lines_reached

PACKAGE = str(Path(logrouter.masking.__file__).parent)
LINES = {"forward_errors": planted_line, "trace_llm": llm_line}
ERRORS = [MemoryError(), RecursionError(), KeyError(json.dumps(PLANTED)), RuntimeError(PLAIN), ZeroDivisionError()]
GROUP = "/aws/ecs/orders/llm"
EVERY = 3
"""Every so many functions fail in whole invocations; each single line does in tests/unit."""


@cache
def functions_reached(line):
    """Return the code of every function of the masker that this line reaches, each once."""
    places = lines_reached(lambda: default_masker().mask_text(line), PACKAGE)
    return list(dict.fromkeys(code for code, _ in places))


@pytest.fixture
def world(monkeypatch, capsys, function):
    with world_of(monkeypatch, capsys, function) as made:
        yield made


def metrics(world, name):
    """Add up a metric over every line of the embedded metric format that was printed."""
    lines = [json.loads(line) for line in world.output().splitlines() if line.startswith("{")]
    return sum(sum(line[name]) for line in lines if "_aws" in line and name in line)


@pytest.mark.parametrize("name", LINES)
def test_no_function_of_the_masker_fails_into_the_open(world, name):
    """Whichever function of the masker fails, in whichever way: no planted value is sent, stored or printed."""
    line, errors, failed, at = LINES[name](1), cycle(ERRORS), 0, 0

    for at, code in enumerate(functions_reached(line)[::EVERY]):
        event = awslogs(document(line, first=10 * at, logGroup=GROUP))
        with failing(code, None, next(errors)):
            result = world.handle(name, event, fresh=False)
        assert settled(result)
        failed += result.get("masking_failed", 0) if isinstance(result, dict) else 0

    assert at > 20
    assert failed > 20
    assert world.leaks() == []
    assert metrics(world, "MaskingFailures") == failed


@pytest.mark.parametrize("name", LINES)
def test_a_record_that_cannot_be_masked_goes_on_as_the_placeholder(world, name):
    """One record fails, the next one does not: the first is a placeholder, the second is masked, both are counted."""
    with failing(Masker.mask_text.__code__, None, MemoryError()):
        first = world.handle(name, awslogs(document(LINES[name](1), logGroup="/aws/lambda/orders")))
    second = world.handle(name, awslogs(document(LINES[name](2), first=9, logGroup="/aws/lambda/orders")))

    assert first["masking_failed"] >= 1
    assert second["masking_failed"] == 0
    assert metrics(world, "MaskingFailures") == first["masking_failed"]
    assert second["delivered"] == 1
    assert world.leaks() == []


def test_forward_errors_sends_the_placeholder(world):
    """What reaches Sentry of a record that could not be masked is the placeholder, as an error of its own."""
    with failing(Masker.mask_text.__code__, None, MemoryError()):
        tally = world.handle("forward_errors", awslogs(document(planted_line(), logGroup="/aws/lambda/orders")))

    assert tally["delivered"] == 1
    assert tally["masking_failed"] >= 1
    assert FAILED.encode() in world.sink.bytes
    assert PLAIN.encode() not in world.sink.bytes


def test_a_masker_that_cannot_be_made_stops_the_invocation(world, monkeypatch):
    """Without a masker nothing is read at all: the invocation fails, and AWS gives the records again."""
    default_masker.cache_clear()
    code = Masker.__init__.__code__

    with failing(code, None, MemoryError()) as times:
        result = world.handle("forward_errors", awslogs(document(planted_line())))

    assert times
    assert not isinstance(result, dict)
    assert world.sink.requests == []
    assert world.leaks() == []


@pytest.mark.parametrize("failing_function", [Masker.mask_text, edits.settle, edits.apply])
def test_archive_window_stores_the_placeholder(monkeypatch, capsys, failing_function):
    """What cannot be masked is archived as the placeholder, in its place, counted in tally, manifest and metric."""
    day = 1794268800000 // DAY_MS * DAY_MS
    group = "/aws/pay/api/application"
    lines = [planted_line(1), "nothing in here", planted_line(2)]

    with archive_world(monkeypatch, day / 1000 + 10 * 86_400) as world:
        world.logs.add(group, *[SourceEvent(f"id-{each}", day + each, line) for each, line in enumerate(lines)])
        window = world.plan(**{"groups": [group], "from": iso(day), "until": iso(day + DAY_MS)})["windows"][0]
        with failing(failing_function.__code__, None, MemoryError()):
            result = world.window(window)
        world.verify(window)
        stored = [json.dumps(record) for record in world.records(group)]

    failed = sum(FAILED in text for text in stored)
    assert len(stored) == 3
    assert failed >= 2
    assert [value for value in PLANTED.values() for text in stored if value in text] == []
    assert result["tally"]["masking_failed"] >= failed


def iso(timestamp_ms):
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC).isoformat()


@pytest.mark.parametrize("service", ["forward_errors", "trace_llm", "archive_window"])
def test_masking_failures_are_alarmed(service):
    """One failure is enough for an alarm on each function that masks, and it goes to the alert topic."""
    resources = read_template(ROOT / "template.yaml")["Resources"].values()
    alarms = [
        resource["Properties"]
        for resource in resources
        if resource["Type"] == "AWS::CloudWatch::Alarm"
        and resource["Properties"].get("MetricName") == "MaskingFailures"
        and resource["Properties"]["Dimensions"] == [{"Name": "service", "Value": service}]
    ]

    assert [(alarm["Threshold"], alarm["ComparisonOperator"], alarm["Statistic"]) for alarm in alarms] == [
        (0, "GreaterThanThreshold", "Sum")
    ]
    assert alarms[0]["AlarmActions"]
