"""Traces of a payload: calls share whose they are and what they are called, and no call is hidden under nothing."""

import json
from dataclasses import replace

from logrouter.destinations.langfuse import encode_calls
from logrouter.stages.llm.traces import with_roots, with_shared
from logrouter.stages.recognise import recognise
from tests.unit.langfuse_calls import call_of
from tests.unit.langfuse_oracle import faults_of_export
from tests.unit.llm_samples import RULES, record

CALL = call_of()
MARKS = ("langfuse.internal.is_app_root", "langfuse.internal.as_root")


def family(**parents):
    """Return calls of one trace by name, each with the parent that is named for it."""
    return [replace(CALL, observation_id=name, parent_id=parent) for name, parent in parents.items()]


def marked(calls):
    return [call.observation_id for call in with_roots(calls) if call.is_app_root]


def test_a_parent_that_is_sent_needs_no_mark():
    """Of a tree that is whole nothing is marked."""
    assert marked(family(a=None, b="a", c="b", d="a")) == []


def test_a_parent_that_is_not_sent_makes_a_root():
    """A call whose parent is elsewhere is marked; its own children are not."""
    assert marked(family(b="a", c="b")) == ["b"]


def test_parents_that_go_round_make_roots():
    """Of calls that are each other's ancestors each counts; what hangs on them does not."""
    assert marked(family(a="b", b="c", c="a", d="a", e="d")) == ["a", "b", "c"]


def test_parents_are_looked_for_in_the_own_trace():
    """The same id in another trace is another observation."""
    other = replace(CALL, trace_id="b" * 32, observation_id="a")

    assert marked([other, *family(b="a")]) == ["b"]


def test_a_long_chain_is_walked_once():
    """Ten thousand calls in one line take no time to speak of."""
    names = [f"{number:016x}" for number in range(10_000)]
    chain = family(**dict(zip(names, [None, *names], strict=False)))

    assert marked(chain) == []
    assert marked(chain[1:]) == [names[1]]


def test_the_mark_is_the_sdk_s():
    """Both marks are booleans under the SDK's names, and stand on marked calls only."""
    from langfuse._client.attributes import LangfuseOtelSpanAttributes as Names

    calls = with_roots(
        [replace(CALL, observation_id="b" * 16, parent_id="a" * 16), replace(CALL, observation_id="c" * 16)]
    )
    (delivery,) = encode_calls(calls, "default", environment="dev")
    child, root = json.loads(delivery.body)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    values = [{item["key"]: item["value"] for item in span["attributes"]} for span in (child, root)]

    assert (Names.IS_APP_ROOT, Names.AS_ROOT) == MARKS
    assert [values[0][mark] for mark in MARKS] == [{"boolValue": True}] * 2
    assert not set(MARKS) & values[1].keys()
    assert (child["parentSpanId"], "parentSpanId" in root) == ("a" * 16, False)
    assert faults_of_export(delivery.body) == []


def shared(*calls):
    """Return user, session and trace name of calls of one trace, each given as the fields it differs in."""
    told = with_shared([replace(CALL, **{"user_id": None, "session_id": None, **fields}) for fields in calls])
    return [(call.user_id, call.session_id, call.trace_name) for call in told]


def test_calls_of_a_trace_share_whose_they_are():
    """What one call says of user and session holds for those that say nothing."""
    assert shared({"user_id": "u", "session_id": "s"}, {}) == [("u", "s", "chat")] * 2


def test_a_trace_of_two_users_shares_none():
    """Nobody is given somebody else's calls."""
    assert [user for user, *_ in shared({"user_id": "u"}, {"user_id": "v"}, {})] == ["u", "v", None]


def test_a_trace_is_of_one_environment():
    """A call that names none is where the others of its request are, and so takes the same route."""
    said = [replace(CALL.record, environment=environment) for environment in ("prod", None)]
    odd = replace(CALL.record, environment="dev")

    told = with_shared([replace(CALL, record=record) for record in said])
    split = with_shared([replace(CALL, record=record) for record in [*said, odd]])

    assert [call.record.environment for call in told] == ["prod", "prod"]
    assert [call.record.environment for call in split] == ["prod", None, "dev"]


def test_other_traces_learn_nothing():
    """A call of another trace keeps what its record says."""
    assert shared({"user_id": "u"}, {"trace_id": "b" * 32}) == [("u", None, "chat"), (None, None, "chat")]


def test_a_trace_has_the_name_of_its_first_call_that_has_one():
    """The name of the service gives way to the request's; of several names the first call's holds, in any order."""
    later, first = {"trace_name": "/b", "start_ms": 9}, {"trace_name": "POST /a", "start_ms": 5}

    assert {name for *_, name in shared({"start_ms": 1}, later, first)} == {"POST /a"}
    assert {name for *_, name in shared(first, later, {"start_ms": 1})} == {"POST /a"}


def test_a_trace_is_named_by_the_route_and_not_by_the_ids_in_it():
    """Two users' requests have one name."""
    document = {"type": "llm", "model": "m", "prompt_tokens": 1}
    names = {
        recognise(record(document, path=f"/users/{number}/chat", method="POST"), RULES).calls[0].trace_name
        for number in (1, 4711)
    }

    assert names == {"POST /users/{id}/chat"}
