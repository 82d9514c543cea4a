"""What platforms, containers and front doors log, against reviewed golden files: select, parse, classify, join.

Each sample in tests/samples/platform says where its lines come from: a page that shows the form, or a program really run.
"""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from logrouter.jobs.forward_errors import plan
from logrouter.masking import default_masker
from logrouter.model import DropReason, Issue, LogEvent, MaskedEvent, MaskedText, Origin, RawText
from logrouter.policy.load import default_policy
from logrouter.stages.classify import classify
from logrouter.stages.merging.companions import with_reports
from logrouter.stages.merging.merge import merge
from logrouter.stages.parse import parse
from logrouter.stages.select import refuse_errors
from logrouter.stages.stitching.stitch import stitch

SAMPLES = sorted((Path(__file__).parent.parent / "samples" / "platform").glob("*.json"))
START_MS = 1_795_140_000_000
RULES = default_policy().section("errors")


def sample_of(path: Path):
    return json.loads(path.read_text("utf-8"))


def events_of(sample) -> list[LogEvent]:
    times_ms = sample.get("times_ms") or range(len(sample["lines"]))
    lines = zip(times_ms, sample["lines"], strict=True)
    return [LogEvent(str(place), START_MS + at_ms, RawText(line)) for place, (at_ms, line) in enumerate(lines)]


def origin_of(sample) -> Origin:
    return Origin("123456789012", "ap-northeast-2", sample["log_group"], sample["log_stream"])


def masked(event: LogEvent, origin: Origin) -> MaskedEvent:
    return MaskedEvent(origin, event.id, event.timestamp_ms, MaskedText(event.message), event.lines)


def bare(value):
    """Drop empty fields, so that golden files show what was found."""
    if isinstance(value, dict):
        return {key: bare(item) for key, item in value.items() if item not in (None, (), [], {}, "")}
    if isinstance(value, list | tuple):
        return [bare(item) for item in value]
    return value


def shown(record, fate):
    facts = bare(asdict(record))
    for name in ("origin", "document", "rules"):
        facts.pop(name, None)
    if isinstance(fate, DropReason):
        return {"record": facts, "dropped": fate.value}
    told = {"level": fate.level, "fingerprint": fate.fingerprint, "transaction": fate.transaction}
    return {"record": facts, "issue": bare(told)}


def outcome_of(sample):
    """Return what becomes of the log events of one payload, in order."""
    origin, events = origin_of(sample), stitch(events_of(sample))
    reasons = with_reports(refuse_errors)(events, None)
    records = [parse(masked(event, origin)) for event, reason in zip(events, reasons, strict=True) if reason is None]
    fates = [classify(record, RULES, None) for record in records]
    left = merge(records, [isinstance(fate, Issue) for fate in fates])
    pairs = zip(events, reasons, strict=True)
    refused = [{"event_id": event.id, "dropped": reason.value} for event, reason in pairs if reason]
    return [shown(one.record, classify(one.record, RULES, None)) for one in left] + refused


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_reads_as_reviewed(path, golden):
    """The lines of one payload become the records and issues that were reviewed."""
    golden(f"platform/{path.stem}", outcome_of(sample_of(path)))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_no_line_of_a_sample_is_lost(path):
    """Every log event is in a record or was refused."""
    sample = sample_of(path)

    lines = sum(one["record"]["lines"] if "record" in one else 1 for one in outcome_of(sample))

    assert lines == len(sample["lines"])


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_selection_loses_no_issue(path):
    """What would be an issue, the cheap test lets go on."""
    sample = sample_of(path)
    events = stitch(events_of(sample))

    fates = [classify(parse(masked(event, origin_of(sample))), RULES, None) for event in events]
    refused = refuse_errors(events, None)

    assert [reason for fate, reason in zip(fates, refused, strict=True) if isinstance(fate, Issue) and reason] == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_issue_of_a_sample_says_where_it_happened(path):
    """An issue has a transaction: route, function, task family, workload or logger."""
    issues = [one["issue"] for one in outcome_of(sample_of(path)) if "issue" in one]

    assert [issue.get("transaction") for issue in issues if not issue.get("transaction")] == []


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_whole_way_sends_each_issue_once(path):
    """Masked and encoded, a payload gives one delivery an issue, and the books balance."""
    sample = sample_of(path)
    events = [
        {"id": event.id, "timestamp": event.timestamp_ms, "message": event.message} for event in events_of(sample)
    ]
    facts = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "subscriptionFilters": ["x"]}
    names = {"logGroup": sample["log_group"], "logStream": sample["log_stream"]}

    made = plan(
        facts | names | {"logEvents": events},
        policy=default_policy(),
        mask_text=default_masker().mask_text,
        region="ap-northeast-2",
        environment="production",
        limit_bytes=10_000_000,
    )

    assert len(made.deliveries) == sum("issue" in one for one in outcome_of(sample))
    assert sum(one.records for one in made.deliveries) + made.tally.dropped.total() == len(events)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_every_sample_says_where_it_comes_from(path):
    """A sample names a page, a source file, or the program that was run."""
    assert any(word in sample_of(path)["from"] for word in (".com", ".io", "really run", "Linux"))
