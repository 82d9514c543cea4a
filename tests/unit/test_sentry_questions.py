"""What, where, why, who, in which transaction: each event answers what its log lines tell, and no golden hides a gap."""

import re

import pytest

from logrouter.jobs.forward_errors import plan
from logrouter.masking import default_masker
from logrouter.policy.load import default_policy
from logrouter.stages.stitching.stitch import stitch
from logrouter_local import samples
from tests.unit.sentry_oracle import event_of
from tests.unit.test_log_samples import LOGS, ORIGIN, events_of, outcome_of, text_of

DOCUMENTS = list(samples.documents("forward_errors"))

TOLD = {
    "who": re.compile(r"user_?id|\buid\b|session_?id|client_?ip|remote_addr", re.IGNORECASE),
    "which": re.compile(
        r"request_?id|trace_?id|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.IGNORECASE
    ),
}
"""Words with which a log line tells who it was for, and which request."""

NO_ANSWER = {
    ("who", "node-winston_exceptions"): "the user that the process runs as",
    ("who", "postgresql-json"): "a connection to the database",
    ("which", "python-loguru_coloured"): "a variable in a frame",
    ("which", "python-loguru_diagnose"): "a variable in a frame",
    ("which", "ruby-rails_plain"): "files of Rails",
    ("which", "lambda-python-import-json"): "empty, before the first request",
}
"""Where such a word means something else."""


def sent(document):
    """Return the events of a subscription document, by their log event ids."""
    planned = plan(
        document,
        policy=default_policy(),
        mask_text=default_masker().mask_text,
        region="ap-northeast-2",
        environment="production",
        limit_bytes=10**8,
    )
    return [event_of(delivery) for delivery in planned.deliveries]


def of_log(path):
    events = [{"id": one.id, "timestamp": one.timestamp_ms, "message": one.message} for one in events_of(path)]
    origin = {"owner": ORIGIN.account, "logGroup": ORIGIN.log_group, "logStream": ORIGIN.log_stream}
    return sent({"messageType": "DATA_MESSAGE", **origin, "logEvents": events})


def answers_of(event):
    """Say which of the five questions an event answers."""
    tags, contexts = event["tags"], event["contexts"]
    exceptions = event.get("exception", {}).get("values", [])
    frames = [frame for one in exceptions for frame in one.get("stacktrace", {}).get("frames", [])]
    return {
        "what": bool(exceptions) or event["logentry"]["formatted"] != "(no message)",
        "where": any(frame["in_app"] and "lineno" in frame for frame in frames)
        or not {"location", "function_name", "component"}.isdisjoint(tags),
        "why": any("value" in one for one in exceptions) or "attributes" in contexts or "http.status" in tags,
        "who": bool(event.get("user")) or "session_id" in tags,
        "which": "request_id" in tags or "trace" in contexts,
    }


def unanswered(event):
    return [question for question, answered in answers_of(event).items() if not answered]


def test_what_no_event_answers_is_reviewed(golden):
    """Which questions the events of real programs and samples leave open is written down; a new gap shows as a diff."""
    logs = {f"logs/{path.stem}": of_log(path) for path in LOGS}
    documents = {name: sent(samples.render(name)) for name in DOCUMENTS}

    golden(
        "sentry_questions",
        {
            name: sorted({", ".join(unanswered(event)) or "all are answered" for event in events})
            for name, events in (logs | documents).items()
            if events
        },
    )


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
def test_every_event_of_a_program_says_what_and_in_which_part(path):
    """What and in which part of the system is always there: a title, a transaction or own frames, a service, a link."""
    for event in of_log(path):
        assert answers_of(event)["what"]
        exceptions = event.get("exception", {}).get("values", [{}])
        frames = exceptions[-1].get("stacktrace", {}).get("frames", [])
        assert event.get("transaction") or any(frame["in_app"] for frame in frames)
        assert event["tags"]["service"] == "shop" or event["tags"]["service"] in text_of(path)
        assert "open_stream" in event["contexts"]["cloudwatch"]


@pytest.mark.parametrize("path", LOGS, ids=lambda path: path.stem)
@pytest.mark.parametrize("question", TOLD)
def test_what_the_log_tells_is_answered(path, question):
    """A question stays open in all events of a log only where none of its issues says anything about it."""
    events = of_log(path)
    issues = [event.message for event in stitch(events_of(path)) if "issue" in outcome_of(event)]

    is_open = bool(events) and all(question in unanswered(event) for event in events)

    assert not (is_open and TOLD[question].search("\n".join(issues))) or (question, path.stem) in NO_ANSWER
