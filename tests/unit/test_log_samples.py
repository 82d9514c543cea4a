"""Logs that real programs wrote, read line by line as CloudWatch would deliver them, against reviewed golden files.

A `.jsonl` sample holds one log event a line, as a JSON text. `versions.json` says what wrote a sample, and when.
"""

import json
import re
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
LOGS = sorted(path for path in (SAMPLES / "logs").iterdir() if path.suffix in {".txt", ".jsonl"})
TRACES = sorted((SAMPLES / "traces").glob("*/*.txt"))
VERSIONS = json.loads((SAMPLES / "versions.json").read_text("utf-8"))
AT_MS = 1_795_154_910_000
ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/shop/application", "app/shop/abc")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
OPEN_ENDED = {
    *(f"python-multi_line_message-{version}" for version in ("3.9", "3.11", "3.13")),
    *(f"python-notes-{version}" for version in ("3.11", "3.12", "3.13")),
    "ruby-multi_line",
    "ruby-no_method",
    "dotnet-mono-described",
}
"""A message or note of several lines ends these, and nothing tells its second line from the next line of the log."""

NO_HEAD = {"go-wrapped-new", "go-wrapped-wrapped", "dotnet-stack"}
"""Frames printed without a logger's line: nothing tells that the first line speaks of an error."""

SEVERAL = {
    *(f"python-{kind}-{version}" for kind in ("logged", "printed") for version in ("3.9", "3.11", "3.13")),
    *(f"dotnet-mono-{kind}" for kind in ("aggregate", "all", "async", "cause", "deep")),
    *(f"dotnet-mono-{kind}" for kind in ("initializer", "lambda", "thread", "uncaught")),
    *(f"go-{kind}{version}" for kind in ("deferred", "overflow", "server") for version in ("", "-1.27")),
    *("go-log_panic", "node-json", "php-include", "php-warning", "rust-twice"),
}
"""These hold a second record: something else was printed before or after, or the runtime prints it twice."""

RULES = default_policy().section("errors")


def text_of(path: Path) -> str:
    return path.read_bytes().decode()


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def lines_of(path: Path) -> list[str]:
    """The texts of the log events: the lines, or what the lines of a `.jsonl` hold."""
    lines = text_of(path).strip("\n").split("\n")
    return [json.loads(line) for line in lines] if path.suffix == ".jsonl" else lines


def events_of(path: Path) -> list[LogEvent]:
    texts = lines_of(path)
    at_ms = version_of(path)["at_ms"]
    return [LogEvent(str(number), at_ms + number, RawText(text)) for number, text in enumerate(texts)]


def version_of(path: Path):
    return VERSIONS[path.relative_to(SAMPLES).as_posix()]


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
    told = {"level": issue.level, "fingerprint": issue.fingerprint, "transaction": issue.transaction}
    return {"record": shown, "issue": bare(told)}


def test_each_sample_says_what_wrote_it():
    """Every sample, and nothing else, has the versions it comes from noted."""
    samples = {path.relative_to(SAMPLES).as_posix() for path in (*LOGS, *TRACES)}

    assert samples == VERSIONS.keys()
    assert all(version["written_by"] for version in VERSIONS.values())


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_a_log_reads_as_reviewed(path, golden):
    """The lines of a real logger become the records and issues that were reviewed."""
    golden(f"logs/{path.stem}", [outcome_of(event) for event in stitch(events_of(path))])


@pytest.mark.parametrize("path", TRACES, ids=name_of)
def test_a_trace_reads_as_reviewed(path, golden):
    """A stack trace that a real runtime printed becomes the frames and causes that were reviewed.

    What a runtime prints without frames is shown as the records that it becomes.
    """
    trace = read_trace(COLOUR.sub("", text_of(path)).rstrip("\n"))

    read = bare(asdict(trace)) if trace else [outcome_of(event) for event in stitch(events_of(path))]
    golden(f"traces/{path.parent.name}-{path.stem}", read)


@pytest.mark.parametrize("path", LOGS, ids=name_of)
def test_selection_loses_no_issue(path):
    """What `classify` would call an issue, `select` lets go on."""
    issues = [event for event in stitch(events_of(path)) if "issue" in outcome_of(event)]

    assert [refuse_error(event, None) for event in issues] == [None] * len(issues)


@pytest.mark.parametrize(
    "path", [path for path in TRACES if name_of(path) not in OPEN_ENDED | NO_HEAD | SEVERAL], ids=name_of
)
def test_a_trace_that_came_line_by_line_is_one_event(path):
    """A trace whose lines are log events of their own is joined to one that stands for all of them."""
    events = events_of(path)

    joined = stitch(events)

    assert [event.lines for event in joined] == [len(events)]
