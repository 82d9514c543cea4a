"""Through the whole plan: one failure is one delivery, a payload is a boundary, the policy can switch it off."""

import json

from logrouter.jobs.forward_errors import plan
from logrouter.masking import default_masker
from logrouter.policy.load import load_policy
from tests.unit.test_merge import A, answered, failed, report, timed_out

START = f"START RequestId: {A} Version: 7\n"
CAUGHT = "[ERROR] ValueError: order 17 refused\rTraceback (most recent call last):\n"


def payload(*texts, group="/aws/lambda/orders", stream="2026/11/20/[7]" + "0a1b2c3d" * 4, first=0):
    events = [
        {"id": str(10**55 + first + at), "timestamp": 1_795_140_000_000 + at, "message": text}
        for at, text in enumerate(texts)
    ]
    facts = {"messageType": "DATA_MESSAGE", "owner": "123456789012", "logGroup": group, "logStream": stream}
    return facts | {"subscriptionFilters": ["x"], "logEvents": events}


def planned(document, **errors):
    return plan(
        document,
        policy=load_policy(json.dumps({"errors": errors})),
        mask_text=default_masker().mask_text,
        region="ap-northeast-2",
        environment="production",
        limit_bytes=10_000_000,
    )


def events_of(made):
    return [json.loads(delivery.body.split(b"\n")[2]) for delivery in made.deliveries]


def books(made):
    return sum(delivery.records for delivery in made.deliveries) + made.tally.dropped.total()


def test_a_timeout_is_one_event_that_knows_its_report():
    """Three lines of one invocation become one delivery for three log events, with memory, trace and version."""
    made = planned(payload(START, timed_out(), f"END RequestId: {A}\n", report()))

    (event,) = events_of(made)

    assert (books(made), made.tally.received) == (4, 4)
    assert event["contexts"]["trace"]["trace_id"] == "6ac7d556032906e375c910cf42cb849e"
    assert event["tags"]["request_id"] == A
    known = json.dumps(event)
    assert all(
        word in known for word in ('"max_memory_used_mb": 64', '"timeout_s": 3.0', '"billed_duration_ms": 3005.0')
    )
    assert '"function_version": "7"' in known


def test_an_exception_learns_from_the_report_that_selection_refuses():
    """A healthy report beside an exception is read for what it knows; the books count it as a line of its own."""
    made = planned(payload(START, CAUGHT, report()))

    (event,) = events_of(made)

    assert (books(made), made.tally.received) == (3, 3)
    assert (event["tags"]["request_id"], '"max_memory_used_mb": 64' in json.dumps(event)) == (A, True)


def test_the_policy_switches_it_off():
    """With `merge` off each line that is an error is an issue of its own."""
    texts = [failed(), answered()]
    document = payload(*texts, group="/aws/ecs/orders/application", stream="app/orders/1")

    joined, apart = planned(document), planned(document, merge=False)

    assert (len(joined.deliveries), len(apart.deliveries)) == (1, 2)
    assert (books(joined), books(apart)) == (2, 2)


def test_a_repeat_of_the_payload_is_the_same_event():
    """Joining is a function of the payload: the same bytes come out again."""
    document = payload(START, timed_out(), report())

    assert [one.body for one in planned(document).deliveries] == [one.body for one in planned(document).deliveries]
