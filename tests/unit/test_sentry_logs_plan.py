"""What forward_errors plans where the policy asks for Sentry Logs: each record once, the books, and nothing otherwise."""

import base64
import gzip
import json

from hypothesis import given, settings

from logrouter.destinations.sentry import SENTRY
from logrouter.destinations.sentry_limits import EVENTS, LOGS
from logrouter.destinations.sentry_logs import holds_logs
from logrouter.jobs import forward_errors
from logrouter.masking import default_masker
from logrouter.model import OWN_MARKER, DropReason
from logrouter.policy.load import default_policy, load_policy
from tests.properties.test_forward_errors_books import documents
from tests.unit.sentry_oracle import event_of
from tests.unit.test_forward_errors_job import document, error, planned
from tests.unit.test_sentry_logs import bare, logs_of


def policy_of(**logs):
    return load_policy(json.dumps({"errors": {"sentry_logs": {"enabled": True, **logs}}}))


def note(message="shipped", level="info", **fields):
    return {"level": level, "msg": message, **fields}


def kinds(result):
    return [SENTRY.channel(delivery) for delivery in result.deliveries]


def logs_in(result):
    return [log for delivery in result.deliveries if holds_logs(delivery) for log in logs_of(delivery)]


def test_off_by_default():
    """Without a word of the policy nothing but errors is looked at."""
    result = planned(document(note(), error(), note(level="warn")))

    assert kinds(result) == [EVENTS]
    assert dict(result.tally.dropped) == {DropReason.NOT_SELECTED: 2}


def test_each_record_goes_once():
    """An error is an event and no log, any other record a log and no event; errors stand first, they are sent first."""
    result = planned(document(note("received"), error("order 17 failed"), note("slow", "warn")), policy_of())

    assert kinds(result) == [EVENTS, LOGS]
    assert event_of(result.deliveries[0])["logentry"]["formatted"] == "order 17 failed"
    assert [(log["body"], log["level"]) for log in logs_in(result)] == [("received", "info"), ("slow", "warn")]
    assert (result.tally.received, result.tally.dropped.total()) == (3, 0)
    assert sum(delivery.records for delivery in result.deliveries) == 3


def test_other_groups_are_as_ever():
    """Where the policy names groups, the records of others are refused by the cheap test as before."""
    policy = policy_of(log_groups=["/aws/ecs/orders/*"])

    ours = planned(document(note()), policy)
    theirs = planned(document(note(), error(), group="/aws/ecs/stock/application"), policy)

    assert kinds(ours) == [LOGS]
    assert kinds(theirs) == [EVENTS]
    assert dict(theirs.tally.dropped) == {DropReason.NOT_SELECTED: 1}


def test_levels_and_services():
    """What is too unimportant, or of a service that is not named, is dropped with its reason."""
    policy = policy_of(minimum_level="warn", services=["orders"])
    records = [note(serviceId="orders"), note(level="warn", serviceId="orders"), note(level="warn", serviceId="stock")]

    result = planned(document(*records), policy)

    assert len(logs_in(result)) == 1
    assert dict(result.tally.dropped) == {DropReason.BELOW_LEVEL: 2}


def test_own_records_never():
    """A record of logrouter itself must not go round in circles, nor one of its log groups."""
    marked = document(note())
    marked["logEvents"][0]["message"] = "{" + OWN_MARKER + ',"level":"info"}'

    assert planned(marked, policy_of()).deliveries == ()
    assert planned(document(note(), group="/logrouter/dev/forward-errors"), policy_of()).deliveries == ()


def test_routes():
    """Logs go to the project of their service, each project in containers of its own."""
    routes = [{"id": "pay", "route": "payments", "services": ["pay-*"]}]
    policy = load_policy(json.dumps({"errors": {"sentry_logs": {"enabled": True}}, "routes": {"sentry": routes}}))

    result = planned(document(note(serviceId="pay-api"), note(), note(serviceId="pay-api")), policy)

    assert [(delivery.route, len(delivery.keys)) for delivery in result.deliveries] == [("payments", 2), ("default", 1)]


def test_logs_and_the_error_share_a_trace():
    """In Sentry one gets from an issue to the log lines of its request."""
    result = planned(document(note(requestId="r-1"), error(requestId="r-1"), note(requestId="r-2")), policy_of())

    trace_id = event_of(result.deliveries[0])["contexts"]["trace"]["trace_id"]
    assert [log["trace_id"] == trace_id for log in logs_in(result)] == [True, False]


def test_masked():
    """Nothing that masking takes out of an issue stands in a log."""
    address = "hong" + "@" + "customer.example.com"
    secret = "hunter" + "2hunter2"
    line = note(f"sent to {address}", password=secret, contact={"email": address})

    result = planned(document(line), policy_of(), mask_text=default_masker().mask_text)

    sent = b"".join(delivery.body for delivery in result.deliveries)
    assert b"sent to" in sent
    assert address.encode() not in sent
    assert secret.encode() not in sent
    assert result.tally.masked.total() >= 3


def test_sampling_keeps_requests_whole():
    """One request in so many, with all its records; the rest is counted as sampled out."""
    lines = [note(requestId=f"request-{number // 4}") for number in range(400)]

    result = planned(document(*lines), policy_of(keep_one_in=5))

    kept = [bare(log)["request_id"] for log in logs_in(result)]
    assert len(kept) == 4 * len(set(kept))
    assert dict(result.tally.dropped) == {DropReason.SAMPLED_OUT: 400 - len(kept)}


def test_a_repeat_within_one_event_is_dropped():
    """CloudWatch may deliver a payload twice into one batch of a stream: each log event stands in one container once."""
    once = document(note("a"), note("b"))
    data = base64.b64encode(gzip.compress(json.dumps(once).encode())).decode()
    record = {"eventSource": "aws:kinesis", "kinesis": {"data": data, "sequenceNumber": "1"}}

    result = planned({"Records": [record, record]}, policy_of())

    assert [log["body"] for log in logs_in(result)] == ["a", "b"]
    assert (result.tally.received, dict(result.tally.dropped)) == (4, {DropReason.DUPLICATE: 2})


def test_a_log_that_cannot_be_encoded_is_counted(monkeypatch):
    """A fault of ours with one record costs that one; the others of its project go."""
    encode = forward_errors.encode_logs

    def choosy(items, route, *, environment):
        if any(item.record.message == "odd" for item in items):
            raise RuntimeError("odd")
        return encode(items, route, environment=environment)

    monkeypatch.setattr(forward_errors, "encode_logs", choosy)

    result = planned(document(*[note(name) for name in ("a", "b", "odd", "c", "d")]), policy_of())

    assert [log["body"] for log in logs_in(result)] == ["a", "b", "c", "d"]
    assert dict(result.tally.dropped) == {DropReason.UNPROCESSABLE: 1}


@settings(max_examples=100, deadline=None)
@given(documents)
def test_books_balance(event):
    """Received is what the deliveries stand for plus what was dropped, and a repeat gives the same bytes."""
    policy = policy_of(minimum_level="trace")

    result = planned(event, policy)

    in_deliveries = sum(delivery.records for delivery in result.deliveries)
    assert result.tally.received == in_deliveries + result.tally.dropped.total()
    assert planned(event, policy).deliveries == result.deliveries


@settings(max_examples=50, deadline=None)
@given(documents)
def test_the_errors_are_the_same_ones(event):
    """Logs change nothing about which errors are sent: at most they know more of what came before."""
    with_logs, without = planned(event, policy_of()), planned(event, default_policy())

    assert [d.keys for d in with_logs.deliveries if not holds_logs(d)] == [d.keys for d in without.deliveries]
