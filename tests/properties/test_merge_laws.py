"""The laws of joining: no line is lost, the order stays, requests, streams and payloads have nothing to do with each other."""

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.model import Issue, MaskedEvent, MaskedText, Origin
from logrouter.policy.load import default_policy
from logrouter.stages.classify import classify
from logrouter.stages.merging.merge import merge
from logrouter.stages.parse import parse
from tests.unit.test_merge import (
    LAMBDA,
    RAISED,
    SERVICE,
    A,
    B,
    answered,
    exited,
    failed,
    logged,
    report,
    said,
    timed_out,
)

RULES = default_policy().section("errors")
OTHER = Origin("210987654321", SERVICE.region, SERVICE.log_group, SERVICE.log_stream)
NEIGHBOUR = Origin(SERVICE.account, SERVICE.region, SERVICE.log_group, "app/orders/2")

PLATFORM_LINES = [
    RAISED,
    "INIT_REPORT Init Duration: 3.12 ms\tPhase: init\tStatus: error\tError Type: Runtime.ExitError",
    "INIT_REPORT Init Duration: 3003.83 ms\tPhase: invoke\tStatus: timeout",
    "2026-11-20 02:00:00 [INFO] shop: placed",
    *[
        line
        for request in (A, B)
        for line in (
            timed_out(request),
            f"START RequestId: {request} Version: 3",
            f"END RequestId: {request}",
            report(request),
            report(request, end="\tStatus: timeout"),
            report(request, used=128, end="\tStatus: error\tError Type: Runtime.OutOfMemory"),
            exited("signal: killed", request),
            exited("exit status 1", request),
            logged("charge failed", request=request),
            logged("mail failed", kind="OSError", request=request, line=30),
            logged("try 2 failed", request=request, level="WARNING"),
        )
    ],
]
SERVICE_LINES = [
    line
    for request in ("r-1", "r-2", "r-3")
    for line in (
        failed(request=request),
        failed("mail failed", request, 7, "OSError"),
        failed("unhandled", request, logger="http"),
        failed(request=request, level="warn"),
        answered(request=request),
        answered(200, request=request),
        said(request=request),
        said("mail not sent", request),
        answered(503, request=request, component="proxy"),
    )
]


def line_of(lines):
    return st.integers(0, len(lines) - 1).map(lines.__getitem__)


def records_of(texts, origins):
    events = [MaskedEvent(origin, str(at), 1_795_140_000_000 + at, MaskedText(text), 1 + at % 3)
              for at, (text, origin) in enumerate(zip(texts, origins, strict=True))]  # fmt: skip
    return [parse(event) for event in events]


def joined(records):
    return merge(records, [isinstance(classify(record, RULES, None), Issue) for record in records])


def shown(left):
    return [(one.record.event_id, one.record.lines, one.record.level, one.record.request_id) for one in left]


@given(st.lists(line_of(PLATFORM_LINES), max_size=14))
@settings(max_examples=400, deadline=None)
def test_no_line_is_lost_and_the_order_stays(texts):
    """Lines are conserved; what is left stands at its own place, in order, and is never less severe than it was."""
    records = records_of(texts, [LAMBDA] * len(texts))

    left = joined(records)

    assert sum(one.record.lines for one in left) == sum(record.lines for record in records)
    assert [one.place for one in left] == sorted({one.place for one in left})
    assert [one.record.event_id for one in left] == [records[one.place].event_id for one in left]
    assert all(one.record.level.rank >= records[one.place].level.rank for one in left)


@given(st.lists(line_of(PLATFORM_LINES), max_size=14))
@settings(max_examples=300, deadline=None)
def test_every_failure_is_still_told(texts):
    """Joining takes no last issue away: where there was one, one is left, and each is still an issue afterwards."""
    records = records_of(texts, [LAMBDA] * len(texts))
    before = [isinstance(classify(record, RULES, None), Issue) for record in records]

    left = merge(records, before)

    after = [isinstance(classify(one.record, RULES, None), Issue) for one in left]
    assert (any(after), after) == (any(before), [before[one.place] for one in left])


@given(st.lists(line_of(SERVICE_LINES), max_size=14))
@settings(max_examples=300, deadline=None)
def test_requests_have_nothing_to_do_with_each_other(texts):
    """What is left of one request is the same whether the lines of other requests stand between its own or not."""
    records = records_of(texts, [SERVICE] * len(texts))

    left = joined(records)

    for request in {record.request_id for record in records}:
        alone = joined([record for record in records if record.request_id == request])
        assert shown(alone) == shown([one for one in left if one.record.request_id == request])


@given(st.lists(line_of(SERVICE_LINES), max_size=14))
@settings(max_examples=300, deadline=None)
def test_no_message_of_an_error_is_taken_in(texts):
    """Whatever is joined, everything that says in words what failed is still an issue."""
    records = records_of(texts, [SERVICE] * len(texts))
    told = [record.event_id for record in records if record.error is None and record.status is None]

    assert set(told) <= {one.record.event_id for one in joined(records)}


@given(st.lists(st.tuples(line_of(SERVICE_LINES), st.sampled_from([SERVICE, NEIGHBOUR, OTHER])), max_size=14))
@settings(max_examples=300, deadline=None)
def test_streams_have_nothing_to_do_with_each_other(lines):
    """What is left of one stream is the same whether the lines of others stand between its own or not."""
    texts, origins = zip(*lines, strict=True) if lines else ((), ())
    records = records_of(texts, origins)

    left = joined(records)

    for origin in set(origins):
        alone = joined([record for record in records if record.origin == origin])
        assert shown(alone) == shown([one for one in left if one.record.origin == origin])


@given(st.lists(line_of(PLATFORM_LINES + SERVICE_LINES), max_size=14))
@settings(max_examples=200, deadline=None)
def test_the_same_payload_gives_the_same_records(texts):
    """Joining is a function of the records alone, and changes none of those it was given."""
    first, second = (records_of(texts, [LAMBDA] * len(texts)) for _ in range(2))

    assert joined(first) == joined(second)
    assert first == second
