"""The laws of the Sentry destination: any record becomes a valid event, the same one each time, within its limit."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.destinations.sentry import EVENT_LIMIT_BYTES, encode_issue
from logrouter.destinations.sentry_envelope import event_bytes
from logrouter.destinations.sentry_fields import environment_of, release_of, tags_of
from logrouter.model import ErrorInfo, Frame, Issue, Level, Origin, Record
from tests.unit.sentry_oracle import event_of, normalized

words = st.text(max_size=60)
maybe = st.none() | words
whole = st.none() | st.integers(-(2**40), 2**40)
frames = st.builds(Frame, maybe, maybe, whole, whole, maybe, st.booleans(), maybe)
languages = st.sampled_from([None, "python", "node", "java", "go", "csharp", "ruby", "php", "cobol"])
errors = st.recursive(
    st.builds(ErrorInfo, maybe, maybe, st.lists(frames, max_size=3).map(tuple), language=languages, stack=maybe),
    lambda inner: st.builds(
        ErrorInfo,
        maybe,
        maybe,
        cause=st.none() | inner,
        language=languages,
        relation=st.sampled_from(["cause", "context", "suppressed"]),
        members=st.lists(inner, max_size=3).map(tuple),
    ),
    max_leaves=6,
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
TEXTS = ["service", "environment", "version", "request_id", "trace_id", "span_id", "user_id", "session_id"]
TEXTS += ["path", "method", "client_ip", "user_agent", "component"]
records = st.builds(
    Record,
    origin=st.builds(Origin, words, words, words, words),
    event_id=words,
    timestamp_ms=st.integers(1_700_000_000_000, 1_800_000_000_000),
    message=words,
    level=st.none() | st.sampled_from(Level),
    **dict.fromkeys(TEXTS, maybe),
    duration_ms=st.none() | st.floats(),
    status=whole,
    error=st.none() | errors,
    attributes=st.dictionaries(words, values, max_size=5),
    lines=st.integers(1, 5),
)
issues = st.builds(
    Issue,
    record=records,
    level=st.sampled_from(Level),
    fingerprint=st.lists(words, max_size=3).map(tuple),
    template=words,
    params=st.lists(words, max_size=3).map(tuple),
    breadcrumbs=st.lists(records, max_size=2).map(tuple),
    transaction=maybe,
)


@settings(max_examples=150, deadline=None)
@given(issues)
def test_any_issue_is_a_valid_event(issue):
    """Sentry's normaliser finds nothing wrong with the event of any issue, and it fits the limit."""
    delivery = encode_issue(issue, "default", environment="dev")

    assert len(delivery.body) < EVENT_LIMIT_BYTES
    assert delivery.records == issue.record.lines
    normalized(event_of(delivery))


BARE = {"event_id": "0" * 31 + "1", "timestamp": 1795140000.0, "level": "error", "platform": "other"}
names = st.text(alphabet=st.characters() | st.sampled_from("/\\.@ \n\tn-+"), max_size=8) | st.text(min_size=60)


@settings(max_examples=400, deadline=None)
@given(names, names, names)
def test_names_are_valid(environment, service, version):
    """Whatever an application calls its environment, service and version, Sentry accepts what is sent."""
    names = {"environment": environment_of(environment), "release": release_of(version, service)}
    tags = tags_of({service: version, version: environment})

    named = {key: value for key, value in names.items() if value}
    event = json.loads(event_bytes({**BARE, **named, "tags": tags}))
    stored = normalized(event)

    assert event.get("release") == stored.get("release")
    assert event.get("environment") == stored.get("environment")


@settings(max_examples=50, deadline=None)
@given(issues)
def test_same_event_same_bytes(issue):
    """Encoding twice gives the same bytes, and encoding changes nothing in the record."""
    before = repr(issue)

    first, second = (encode_issue(issue, "default", environment="dev") for _ in range(2))

    assert first == second
    assert before == repr(issue)


@given(issues)
@settings(max_examples=50, deadline=None)
def test_body_is_text(issue):
    """Whatever characters a record holds, the body is valid UTF-8 JSON behind a JSON header."""
    lines = encode_issue(issue, "default", environment="dev").body.decode("utf-8").split("\n")

    assert [type(json.loads(line)) for line in lines[:3]] == [dict, dict, dict]
    assert lines[3:] == [""]
