"""Logs that real programs wrote, read line by line as CloudWatch would deliver them, against reviewed golden files."""

from dataclasses import asdict
from pathlib import Path

import pytest

from logrouter.model import DropReason, LogEvent, MaskedEvent, MaskedText, Origin, RawText
from logrouter.policy.load import default_policy
from logrouter.stages.classify import classify
from logrouter.stages.parse import parse
from logrouter.stages.select import refuse_error
from logrouter.stages.stitching.stitch import stitch
from logrouter.stages.traces.registry import read_trace

SAMPLES = Path(__file__).parent.parent / "samples"
LOGS = sorted((SAMPLES / "logs").glob("*.txt"))
TRACES = sorted((SAMPLES / "traces").glob("*/*.txt"))
AT_MS = 1_795_154_910_000
ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/shop/application", "app/shop/abc")
FRAMED = {"lambda-python-uncaught"}
"""The runtime hands these to CloudWatch as one log event, whatever line ends they hold."""
OPEN_ENDED = {
    *(f"python-multi_line_message-{version}" for version in ("3.9", "3.11", "3.13")),
    *(f"python-notes-{version}" for version in ("3.11", "3.13")),
    "ruby-multi_line",
    "ruby-no_method",
}
"""A message or note of several lines ends these, and nothing tells its second line from the next line of the log."""
RULES = default_policy().section("errors")


def text_of(path: Path) -> str:
    return path.read_bytes().decode()


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def events_of(path: Path) -> list[LogEvent]:
    text = text_of(path)
    lines = [text] if path.stem in FRAMED else text.strip("\n").split("\n")
    return [LogEvent(str(number), AT_MS + number, RawText(line)) for number, line in enumerate(lines)]


def bare(value):
    """Drop empty fields, so that golden files show what was found."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if item not in (None, (), [], {}, "")}
    if isinstance(value, list | tuple):
        return [bare(item) for item in value]
    return value


def outcome_of(event: LogEvent):
    record = parse(MaskedEvent(ORIGIN, event.id, event.timestamp_ms, MaskedText(event.message), event.lines))
    shown = bare(asdict(record))
    for name in ("origin", "document", "rules"):
        shown.pop(name, None)
    issue = classify(record, RULES, None)
    if isinstance(issue, DropReason):
        return {"record": shown, "dropped": issue.value}
    told = {"level": issue.level, "fingerprint": issue.fingerprint, "template": issue.template, "params": issue.params}
    return {"record": shown, "issue": bare({**told, "transaction": issue.transaction})}


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_a_log_reads_as_reviewed(path, golden):
    """The lines of a real logger become the records and issues that were reviewed."""
    golden(f"logs/{path.stem}", [outcome_of(event) for event in stitch(events_of(path))])


@pytest.mark.parametrize("path", TRACES, ids=name_of)
def test_a_trace_reads_as_reviewed(path, golden):
    """A stack trace that a real runtime printed becomes the frames and causes that were reviewed."""
    trace = read_trace(text_of(path).rstrip("\n"))

    golden(f"traces/{path.parent.name}-{path.stem}", bare(asdict(trace)) if trace else None)


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_selection_loses_no_issue(path):
    """What `classify` would call an issue, `select` lets go on."""
    issues = [event for event in stitch(events_of(path)) if "issue" in outcome_of(event)]

    assert [refuse_error(event, None) for event in issues] == [None] * len(issues)


@pytest.mark.parametrize("path", [path for path in TRACES if name_of(path) not in OPEN_ENDED], ids=name_of)
def test_a_trace_that_came_line_by_line_is_one_event(path):
    """A trace whose lines are log events of their own is joined to one that stands for all of them."""
    events = events_of(path)

    joined = stitch(events)

    assert [event.lines for event in joined] == [len(events)]
