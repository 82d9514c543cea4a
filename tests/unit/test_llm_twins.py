"""A call of a model that two spans tell of is one call, and nothing else is taken for one."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.jobs.trace_llm import plan
from logrouter.model import DropReason, LlmCall
from logrouter.policy.load import default_policy
from logrouter.stages.llm.twins import without_twins
from tests.unit.llm_samples import record
from tests.unit.telemetry_samples import FOLDER, calls_of

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
USAGE = {"input": 50, "input_cached_tokens": 2000, "input_cache_creation": 300, "output": 40, "total": 2390}
FINER = {
    "input": 50,
    "input_cached_tokens": 2000,
    "input_cache_creation_5m": 100,
    "input_cache_creation_1h": 200,
    "output": 40,
    "total": 2390,
}


def call(span, parent=None, *, client=False, call_id=None, start=0, end=100, usage=None, **more) -> LlmCall:
    metadata = {
        "shape": "otel",
        **({"client_span": True} if client else {}),
        **({"call_id": call_id} if call_id else {}),
    }
    facts = {
        "record": record(event_id=span),
        "name": span,
        "trace_id": TRACE,
        "observation_id": span,
        "parent_id": parent,
        "start_ms": start,
        "end_ms": end,
        "model": "m",
        "usage": USAGE if usage is None else usage,
        "metadata": metadata,
    }
    return LlmCall(**(facts | more))


def names(calls):
    return [one.name for one in calls]


def test_the_client_s_span_within_another_is_the_same_call():
    """The outer span is kept, with the finer division of the tokens and its cost, and the first token."""
    outer = call("outer", cost={"total": 2.0}, cost_source="prices", input="Hi")
    inner = call(
        "inner",
        "outer",
        client=True,
        usage=FINER,
        cost={"total": 1.0},
        cost_source="prices",
        first_token_ms=9,
        region="us",
    )

    (kept,), twins = without_twins([inner, outer])

    assert (kept.name, kept.usage, kept.cost, kept.input) == ("outer", FINER, {"total": 1.0}, "Hi")
    assert (kept.first_token_ms, kept.region, names(twins)) == (9, "us", ["inner"])
    assert "client_span" not in kept.metadata


def test_a_cost_that_the_record_states_stays():
    """What the outer span says it cost is not replaced by a price."""
    outer = call("outer", cost={"total": 2.0}, cost_source="record")
    inner = call("inner", "outer", usage=FINER, cost={"total": 1.0}, cost_source="prices")

    (kept,), _ = without_twins([outer, inner])

    assert (kept.usage, kept.cost, kept.cost_source) == (FINER, {"total": 2.0}, "record")


def test_spans_beside_each_other_with_one_id_of_the_provider():
    """OpenLLMetry's span stands beside that of Anthropic's client; the id of the answer tells that both are one."""
    own = call("own", "root", call_id="msg_1", usage=USAGE | {"output": 41, "total": 2391}, end=90)
    client = call("client", "root", call_id="msg_1", client=True, usage=FINER, end=80)

    kept, twins = without_twins([client, own])

    assert (names(kept), dict(kept[0].usage), names(twins)) == (["own"], FINER, ["client"])


@pytest.mark.parametrize(
    "calls",
    [
        [call("a", "root"), call("b", "root")],
        [call("a", "root", call_id="x"), call("b", "root", call_id="y")],
        [call("a", call_id="x"), call("b", "a", call_id="y")],
        [call("a", call_id="x"), call("b", call_id="x", start=500, end=600)],
        [call("a"), call("b", "a", usage={"input": 1, "output": 0, "total": 1})],
        [call("a"), call("b", "a", start=500, end=600)],
        [call("a", kind="agent", usage={}), call("b", "a")],
        [call("a", kind="embedding"), call("b", "a")],
        [call("a", usage={}), call("b", "a"), call("c", "a")],
        [call("a", usage={}, error="x"), call("b", "a")],
        [call("a", usage={}, error="x"), call("b", usage={}, error="x")],
        [call("a", call_id="x", trace_id="1" * 32), call("b", call_id="x")],
        [
            call("a", metadata={"shape": "openai", "call_id": "x"}),
            call("b", metadata={"shape": "openai", "call_id": "x"}),
        ],
    ],
    ids=[
        "side by side",
        "other ids side by side",
        "other ids",
        "one id at other times",
        "other usage",
        "at another time",
        "in an agent",
        "other kinds",
        "two uses in one without counts",
        "a retry that succeeded",
        "two failures",
        "other traces",
        "other shapes",
    ],
)
def test_other_calls_stay_apart(calls):
    """Two calls are two, however alike they look."""
    assert without_twins(calls) == (calls, [])


def test_a_wrapper_without_counts_takes_those_of_the_one_use_inside():
    """A span of a model that says nothing of its usage, around one that does, is that use."""
    (kept,), twins = without_twins([call("inner", "outer"), call("outer", usage={})])

    assert (kept.name, kept.usage, names(twins)) == ("outer", USAGE, ["inner"])


def test_failures_of_a_client_within_and_beside():
    """A failed request is one failure, though the client and its instrumentation both say so."""
    failed = {"usage": {}, "error": "429"}
    nested = [call("outer", **failed), call("inner", "outer", client=True, **failed)]
    beside = [call("own", "root", **failed), call("client", "root", client=True, start=5, end=95, **failed)]

    assert names(without_twins(nested)[0]) == ["outer"]
    assert names(without_twins(beside)[0]) == ["own"]


def test_an_event_and_its_span_are_one():
    """The span has the times, the event the content."""
    event = call("span", start=100, input="Hi", output="Hello")

    for calls in ([event, call("span")], [call("span"), event]):
        (kept,), twins = without_twins(calls)

        assert (kept.start_ms, kept.end_ms, kept.input, kept.output, len(twins)) == (0, 100, "Hi", "Hello", 1)


def test_what_stood_under_a_twin_stands_under_the_kept_span():
    """Children are taken along."""
    calls = [
        call("inner", "outer", call_id="x"),
        call("outer", call_id="x"),
        call("tool", "inner", kind="tool", usage={}),
    ]

    assert [(one.name, one.parent_id) for one in without_twins(calls)[0]] == [("outer", None), ("tool", "outer")]


def test_a_parent_is_known_where_every_call_is_a_root():
    """The policy may leave parents out; the metadata still name them."""
    inner = call("inner")
    inner = replace(inner, metadata={**inner.metadata, "parent_span_id": "outer"})

    assert names(without_twins([inner, call("outer")])[0]) == ["outer"]


def test_the_lines_of_a_record_are_counted_once():
    """Of two calls of one record the kept one stands for its lines."""
    shared = record(event_id="line")
    inner = call("inner", "outer", record=shared, position=0)
    outer = call("outer", record=shared, position=1)

    kept, twins = without_twins([inner, outer])

    assert ([one.lines for one in kept], [one.lines for one in twins]) == ([1], [0])


def test_spans_that_go_round_end():
    """Spans that name each other as parents are read in the end, and one is kept."""
    kept, twins = without_twins([call("a", "b"), call("b", "a")])

    assert (len(kept), len(twins)) == (1, 1)


IDS = st.sampled_from(["a", "b", "c", "d"])


@given(
    st.lists(
        st.builds(
            call,
            IDS,
            st.none() | IDS,
            client=st.booleans(),
            call_id=st.none() | st.sampled_from(["x", "y"]),
            start=st.integers(0, 50),
            end=st.integers(50, 100),
            usage=st.sampled_from([USAGE, FINER, {}]),
            kind=st.sampled_from(["generation", "embedding", "tool"]),
        ),
        max_size=8,
    )
)
def test_every_call_is_kept_or_told_by_one_that_is(calls):
    """Nothing is lost, nothing is invented, and no other order of lines counts more calls."""
    kept, twins = without_twins(calls)

    assert len(kept) + len(twins) == len(calls)
    assert {one.observation_id for one in kept} <= {one.observation_id for one in calls}
    assert bool(kept) == bool(calls)
    assert sum(one.lines for one in (*kept, *twins)) == len(calls)


def in_aws_spans(span, parent, scope, attributes):
    """Return a line of the log group aws/spans."""
    return json.dumps(
        {
            "resource": {"attributes": {"service.name": "agent"}},
            "scope": {"name": scope},
            "traceId": TRACE,
            "spanId": span,
            "parentSpanId": parent,
            "name": "chat",
            "startTimeUnixNano": 1_788_000_000_000_000_000,
            "endTimeUnixNano": 1_788_000_000_500_000_000,
            "attributes": {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", **attributes},
        }
    )


def test_strands_around_botocore_is_one_call():
    """Both pass the counts of Amazon Bedrock on, one with a total that holds the cache, one without any."""
    counts = {
        "gen_ai.usage.input_tokens": 5000,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.cache_read.input_tokens": 2000,
    }
    strands = {"gen_ai.system": "strands-agents", "gen_ai.usage.total_tokens": 7007, **counts}
    botocore = {"gen_ai.system": "aws.bedrock", **counts}
    outer = in_aws_spans("a" * 16, "c" * 16, "strands.telemetry.tracer", strands)
    inner = in_aws_spans("b" * 16, "a" * 16, "opentelemetry.instrumentation.botocore.bedrock-runtime", botocore)

    for lines in ([inner, outer], [outer, inner]):
        (kept,) = calls_of(lines)

        assert kept.usage == {"input": 5000, "input_cached_tokens": 2000, "output": 7, "total": 7007}
        assert (kept.observation_id, kept.provider) == ("a" * 16, "aws.bedrock")


def test_the_job_books_what_is_told_twice():
    """Of six spans of three calls three are delivered, and the books say that three lines were duplicates."""
    spans = (FOLDER / "opentelemetry-anthropic.txt").read_text("utf-8").split("\n}\n")
    events = [
        {"id": f"{number:056d}", "timestamp": 1_788_000_000_000, "message": text + "\n}"}
        for number, text in enumerate(spans)
        if text
    ]
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "a",
        "subscriptionFilters": ["f"],
        "logEvents": events,
    }

    planned = plan(
        document,
        policy=default_policy(),
        mask_text=lambda text, service, log_group: (text, {}),
        region="us-east-1",
        environment="prod",
        limit_bytes=10**7,
    )

    assert sum(len(delivery.keys) for delivery in planned.deliveries) == 3
    assert planned.tally.dropped == {DropReason.DUPLICATE: 3}
