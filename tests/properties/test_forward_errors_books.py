"""The laws of forward_errors: the books balance for any event list, and the same event gives the same deliveries."""

import base64
import gzip
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.jobs.forward_errors import plan
from logrouter.policy import default_policy
from logrouter.stages.decode import decode
from tests.unit.sentry_oracle import event_of, normalized

GROUPS = ["/aws/ecs/orders/errors", "/aws/ecs/orders/application", "/aws/lambda/orders", "/logrouter/x", "", "other"]
lines = st.sampled_from(
    [
        "plain line",
        "ERROR something failed",
        "Traceback (most recent call last):",
        '  File "/var/task/app.py", line 3, in handler',
        "    raise ValueError(1)",
        "ValueError: 1",
        '{"level":"error","msg":"failed","requestId":"r-1"}',
        '{"level":50,"msg":"pino"}',
        '{"level":"info","msg":"fine"}',
        '{"level":"error","msg":',
        "2026-11-20T01:00:00.000Z\tabc\tERROR\tInvoke Error\t{}",
        "",
        "오류: 주문 실패 ERROR",
    ]
)
messages = lines | st.text(max_size=30) | st.text(max_size=20).map(lambda text: f"ERROR {text}")
events = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.integers(0, 10**6).map(str),
            "timestamp": st.integers(1795140000000, 1795140900000),
            "message": messages,
        }
    )
    | st.just({"malformed": True}),
    max_size=25,
)
documents = st.builds(
    lambda group, found: {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": group,
        "logStream": "s",
        "logEvents": found,
    },
    st.sampled_from(GROUPS),
    events,
)


def planned(event):
    return plan(
        event,
        policy=default_policy(),
        mask_text=lambda text, service, log_group: (text, {}),
        region="ap-northeast-2",
        environment="test",
        limit_bytes=10**6,
    )


def packed(document):
    return base64.b64encode(gzip.compress(json.dumps(document).encode())).decode()


@settings(max_examples=150, deadline=None)
@given(documents)
def test_books_balance(document):
    """Received is what the deliveries stand for plus what was dropped with a reason, for any event list."""
    result = planned(document)

    in_deliveries = sum(delivery.records for delivery in result.deliveries)
    assert result.tally.received == in_deliveries + result.tally.dropped.total()
    assert result.tally.received == sum(batch.received for batch in decode(document))


@settings(max_examples=50, deadline=None)
@given(documents)
def test_same_event_same_deliveries(document):
    """Decoded, packed or twice: the same log events give the same bytes, keys and routes."""
    first = planned(document)

    assert first.deliveries == planned(document).deliveries
    assert first.deliveries == planned({"awslogs": {"data": packed(document)}}).deliveries


@settings(max_examples=30, deadline=None)
@given(st.lists(documents, max_size=4))
def test_kinesis_is_the_sum_of_its_records(found):
    """A Kinesis event of several streams gives the deliveries of its records one by one, and their books together."""
    found = [{**document, "logStream": f"s{number}"} for number, document in enumerate(found)]
    records = [
        {"eventSource": "aws:kinesis", "kinesis": {"data": packed(document), "sequenceNumber": str(number)}}
        for number, document in enumerate(found)
    ]

    together = planned({"Records": records})

    alone = [planned(document) for document in found]
    assert [delivery.keys for delivery in together.deliveries] == [
        delivery.keys for result in alone for delivery in result.deliveries
    ]
    assert together.tally.received == sum(result.tally.received for result in alone)
    assert together.tally.source == "kinesis"


@settings(max_examples=50, deadline=None)
@given(documents)
def test_every_event_is_valid(document):
    """Whatever the lines are, what is sent is valid for Sentry and dated by the record."""
    for delivery in planned(document).deliveries:
        normalized(event_of(delivery))
