"""The laws of payloads that are joined: books balance, repeats change nothing, nothing is sent twice, none waits for ever."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.policy.load import load_policy
from tests.properties.test_stitching_laws import LINES, WRAPPED
from tests.unit.test_stitch_shapes import ONE
from tests.unit.test_tails import INFO, Stream, cut_at, numbered, told, whole

RECORDS = st.one_of(
    st.sampled_from(list(ONE.values())),
    st.lists(st.one_of(LINES, WRAPPED), min_size=1, max_size=3),
    st.just([INFO]),
)
LOGS = st.lists(RECORDS, min_size=1, max_size=6).map(lambda records: [line for record in records for line in record])
CUTS = st.lists(st.integers(1, 40), max_size=3)
EACH = load_policy('{"errors": {"merge": false}}')
"""Records of one payload that speak of one failure are one issue otherwise, and so are others of another payload."""

GROUPS = st.sampled_from(["/aws/ecs/shop/application", "/aws/ecs/shop/errors"])


def payloads_of(lines, cuts):
    edges = sorted({0, *(cut for cut in cuts if cut < len(lines)), len(lines)})
    return [numbered(lines)[start:end] for start, end in pairwise(edges)]


@given(LOGS, CUTS, GROUPS)
@settings(max_examples=200, deadline=None)
def test_the_books_of_each_payload_balance(lines, cuts, group):
    """What a payload received it delivers, hands over or drops with a reason (checked by the stream, payload by payload)."""
    stream = Stream(group=group)

    received = sum(stream.payload(payload).tally.received for payload in payloads_of(lines, cuts))

    assert received == len(lines)


@given(LOGS, CUTS, GROUPS, st.data())
@settings(max_examples=200, deadline=None)
def test_repeats_change_nothing(lines, cuts, group, data):
    """However often payloads come again after their first time, in any order: the same events, each id once."""
    payloads = payloads_of(lines, cuts)
    stream = Stream(group=group)
    for at, payload in enumerate(payloads):
        stream.payload(payload)
        for again in data.draw(st.lists(st.integers(0, at), max_size=2)):
            stream.payload(payloads[again])
    stream.drain()
    once = [event["event_id"] for event in stream.events]

    for payload in data.draw(st.permutations(payloads)):
        stream.payload(payload)
    stream.drain()

    assert len(set(once)) == len(once)
    assert [event["event_id"] for event in stream.events] == once


@given(st.lists(st.sampled_from(list(ONE.values())), min_size=1, max_size=4), st.integers(1, 60))
@settings(max_examples=300, deadline=None)
def test_a_cut_changes_nothing(records, at):
    """A log of records of several lines gives the same events wherever it is cut."""
    lines = [line for record in records for line in (INFO, *record, INFO)]

    cut = cut_at(lines, min(at, len(lines)), policy=EACH)

    assert told(cut.drain().events) == whole(lines, policy=EACH)
