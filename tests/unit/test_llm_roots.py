"""Roots of traces: a call whose parent is not sent with it counts as one, and no call is hidden under nothing."""

import json
from dataclasses import replace

from logrouter.destinations.langfuse import encode_calls
from logrouter.stages.llm.roots import with_roots
from tests.unit.langfuse_calls import call_of
from tests.unit.langfuse_oracle import faults_of_export

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
