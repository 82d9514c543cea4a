"""Ids of calls: functions of the record, shared by what belongs together, and never made of a mask."""

import pytest

from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.identity import ids_of, observation_id_of, trace_id_of
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, record

TRACE, SPAN, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "53995c3f42cd8ad8"
RUN, PARENT_RUN = "0192f1c0-0000-7000-8000-00000000000a", "0192f1c0-0000-7000-8000-00000000000b"
HIDDEN = "***MASKED***"


def ids(record_facts=None, position=0, **found):
    """Return the ids of trace, observation and parent of a finding in a record."""
    made = ids_of(Finding("test", **found), record({}, **(record_facts or {})), position)
    return made.trace, made.observation, made.parent


def told(document, rules=RULES, **facts):
    (call,) = recognise(record(document, **facts), rules).calls
    return call


def llm(**fields):
    return {"type": "llm", "model": "gpt-4o", "prompt_tokens": 1, "completion_tokens": 1, **fields}


def test_w3c_ids_are_used_as_they_are():
    """A record with ids of a W3C trace keeps them, for trace, observation and parent."""
    assert ids(trace_id=TRACE, span_id=SPAN, parent_id=PARENT) == (TRACE, SPAN, PARENT)


@pytest.mark.parametrize("header", ["1-{}-{}", "Root=1-{}-{};Parent=53995c3f42cd8ad8;Sampled=1"])
def test_a_trace_of_x_ray_is_one_trace_with_its_spans(header):
    """Where no request id says more, a line with X-Ray's id belongs to the spans that have the same id in W3C's form."""
    named = header.format(TRACE[:8], TRACE[8:])

    assert ids({"trace_id": named}, call_id="c")[0] == TRACE
    assert ids({"trace_id": named, "request_id": "req-1"})[0] == trace_id_of("req-1")


def test_a_span_of_no_w3c_trace_is_a_seed():
    """Where the trace id is made of the request, span ids are made of it too, the parent's as the parent's own."""
    trace_id, observation_id, parent_id = ids(request_id="req-1", span_id=SPAN, parent_id=PARENT)

    assert (trace_id, observation_id) == (trace_id_of("req-1"), observation_id_of(trace_id, SPAN))
    assert parent_id == ids(request_id="req-1", span_id=PARENT)[1]


@pytest.mark.parametrize("trace", [{"trace_id": TRACE}, {"request_id": "req-1"}])
def test_runs_of_a_framework_find_their_parent(trace):
    """A parent that is named by the id of a run is the observation that is known by that run."""
    _, parent, _ = ids(call_id=PARENT_RUN, **trace)
    _, child, named = ids(call_id=RUN, parent_id=PARENT_RUN, **trace)

    assert named == parent != child


def test_no_call_is_its_own_parent():
    """A call that names itself as its parent has none."""
    assert ids(trace_id=TRACE, call_id=RUN, parent_id=RUN)[2] is None
    assert ids(trace_id=TRACE, span_id=SPAN, parent_id=SPAN)[2] is None


@pytest.mark.parametrize("field", ["request_id", "trace_id", "call_id", "span_id"])
def test_a_mask_is_no_key(field):
    """Two calls whose ids masking hid are two calls: the log events tell them apart."""
    one, other = (ids({"event_id": event}, **{field: HIDDEN}) for event in ("1", "2"))

    assert one[0] != other[0]
    assert one[1] != other[1]


def test_a_masked_id_gives_way_to_the_next():
    """With a hidden request id the record's own one names the trace, and a hidden parent is none."""
    assert ids({"request_id": "req-9"}, request_id="00***99", parent_id=HIDDEN)[0] == trace_id_of("req-9")
    assert ids({"request_id": "req-9"}, parent_id=HIDDEN)[2] is None


def test_calls_of_one_record_are_told_apart_by_position():
    """Without ids of their own the calls of one log event are numbered."""
    assert len({ids(position=position)[1] for position in range(3)}) == 3


@pytest.mark.parametrize(
    ("document", "user", "session"),
    [
        ({"userId": "u-7", "sessionId": "s-3"}, "u-7", "s-3"),
        ({"userId": "user-k3-abcdefghijklmnopqrst", "sessionId": "s"}, "user-k3-abcdefghijklmnopqrst", "s"),
        ({"userId": "ki**" + "@example.com", "sessionId": "010-****-5678"}, "ki**" + "@example.com", None),
        ({"userId": HIDDEN, "sessionId": HIDDEN}, None, None),
    ],
)
def test_masked_people_are_not_joined(document, user, session):
    """A pseudonym follows a user; half a mask still tells whom to ask, a whole one joins nobody; sessions are exact."""
    call = told(llm(**document))

    assert (call.user_id, call.session_id) == (user, session)


@pytest.mark.parametrize(
    ("document", "version", "expected"),
    [
        ({}, "1.4.0", ("1.4.0", "1.4.0")),
        ({"gitSha": "9f1c2d3"}, "1.4.0", ("9f1c2d3", "1.4.0")),
        ({"release": "chat@7"}, "1.4.0", ("chat@7", "1.4.0")),
        ({"git.commit.sha": "9f1c2d3"}, None, ("9f1c2d3", None)),
        ({"image_tag": "v12"}, None, ("v12", None)),
        ({}, None, (None, None)),
    ],
)
def test_release_is_what_is_deployed_and_version_the_application_s(document, version, expected):
    """A commit, image or release names the release; without one the version does. The version is never made of it."""
    call = told(llm(**document), version=version)

    assert (call.release, call.version) == expected


def test_a_traceparent_names_the_trace():
    """The trace of a W3C `traceparent` is the call's; one that is none leaves the request to name it."""
    assert told(llm(traceparent=f"00-{TRACE}-{SPAN}-01", requestId="req-1")).trace_id == TRACE
    assert told(llm(traceparent="none", requestId="req-1"), request_id="req-1").trace_id == trace_id_of("req-1")


def test_a_call_finds_the_call_that_it_names_as_its_parent():
    """`parentCallId` is the `callId` of another call of the request."""
    agent = told(llm(callId="agent-1", requestId="req-1"), request_id="req-1")
    child = told(llm(callId="call-2", parentCallId="agent-1", requestId="req-1"), request_id="req-1")

    assert child.parent_id == agent.observation_id


def test_tags_are_a_list_or_separated_by_commas():
    """Both ways of writing tags say the same."""
    assert told(llm(tags="vip, 한국")).tags == told(llm(tags=["vip", "한국"])).tags == ("vip", "한국")
