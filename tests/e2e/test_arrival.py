"""From put-log-events to Sentry, Langfuse, Slack and Glacier: everything arrives, the books balance, nothing leaks."""

import gzip
from collections import Counter

import pytest

from logrouter_local import samples
from logrouter_local.leaks import find_leaks
from logrouter_local.report import report

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]


def test_everything_arrives(outcome):
    """Nothing is missing anywhere: the demo's own judgement of the whole play is empty."""
    assert outcome.faults == []


def test_the_books_balance(outcome):
    """Of every function and source: received = delivered + dropped(reason) + handed over, and something came in."""
    balances = {f: {s: books.is_balanced for s, books in sources.items()} for f, sources in outcome.books.items()}

    assert all(all(each.values()) and each for each in balances.values()), balances


def test_governance_subscribed_the_groups(outcome):
    """The groups got their retention, tags and subscriptions from govern_log_groups, without an error."""
    assert outcome.governed["failed"] == 0
    assert outcome.governed["changes"]["put_filter"] > 10


def test_errors_are_issues_with_frames_and_a_way_back(stack, outcome):
    """Issues hold stack frames, and events name the log group and stream that they come from."""
    data = [stack.sentry.event_data(e["id"]) for issue in outcome.issues for e in stack.sentry.events(issue["id"])]
    frames = [
        frame
        for event in data
        for value in event.get("exception", {}).get("values", [])
        for frame in value.get("stacktrace", {}).get("frames", [])
    ]

    assert len(frames) > 30
    assert all(event["tags"]["log_group"].startswith("/aws/") for event in data)


def test_each_event_is_in_sentry_once(stack, outcome):
    """No event id was taken twice, and each is the one that was derived from the log event."""
    ids = Counter(e["event_id"] for issue in outcome.issues for e in stack.sentry.events(issue["id"]))

    assert ids.total() == outcome.sentry_events
    assert set(ids.values()) == {1}


def test_llm_calls_are_traces_with_tokens_and_cost(outcome):
    """Every call in the samples is an observation; tokens and cost are known for most."""
    assert outcome.traces.observations >= 10
    assert outcome.traces.tokens > 1000
    assert outcome.traces.cost > 0


def test_the_archive_is_proven_and_in_glacier(outcome):
    """Every written event is in the archive, chain, hashes and counts hold, and the objects are in a Glacier class."""
    expected = {group: outcome.fed.events_of(group) for group in outcome.fed.groups}

    assert dict(outcome.archived.events) == expected
    assert outcome.archived.faults == []
    assert outcome.archived.classes.keys() == {"GLACIER_IR"}


def test_bad_input_gets_an_answer(outcome):
    """Control messages, corrupt and empty payloads come back as counted outcomes with a reason, not as errors."""
    refused = {
        name.partition("/")[2]: set(answer["dropped"])
        for name, answer in outcome.strange.items()
        if name.startswith("forward_errors/") and "dropped" in answer
    }

    assert refused["control_message"] == {"control_message"}
    assert refused["corrupt_base64"] == {"corrupt_base64"}
    assert refused["corrupt_gzip"] == {"corrupt_gzip"}
    assert refused["corrupt_json"] == {"corrupt_json"}
    assert refused["empty_batch"] == {"empty_batch"}


def test_nothing_planted_is_found_in_any_stored_byte(outcome):
    """No personal datum and no secret of the samples is in what Sentry, Langfuse, Slack, S3, SQS or our logs hold."""
    assert outcome.leaks == {}
    assert outcome.searched_bytes > 1_000_000


def test_the_search_for_leaks_finds_one(stack, outcome):
    """A planted value in a compressed object is found, so that an empty finding means something."""
    bucket, value = stack.outputs["PolicyBucketName"], samples.planted()["card_1"]
    stack.aws("s3").put_object(Bucket=bucket, Key="leak.gz", Body=gzip.compress(f"card {value}".encode()))

    found, _ = find_leaks(stack)
    stack.aws("s3").delete_object(Bucket=bucket, Key="leak.gz")

    assert found == {**outcome.leaks, f"S3: {bucket}/leak.gz": ["card_1"]}


def test_the_report_names_what_to_look_at(stack, outcome):
    """The table ends with the addresses, the login and the judgement."""
    text = report(stack, outcome)

    for expected in (stack.sentry.url, "admin@example.org", "Langfuse traces", "balance", "All records are accounted"):
        assert expected in text
