"""Laws of LLM calls: any record is a call or has a reason, and any call is one that Langfuse reads right."""

import copy
import json
from dataclasses import replace

import genai_prices  # noqa: F401 - loaded before an example is held to its time
from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.destinations.langfuse import encode_calls
from logrouter.destinations.langfuse_span import SPAN_LIMIT_BYTES, span_bytes
from logrouter.stages.llm.traces import with_roots
from logrouter.stages.price import fill_cost
from logrouter.stages.recognise import recognise
from logrouter_local.otlp_rules import TYPES, complaints_of, faults_of, spans_of
from tests.unit.langfuse_calls import call_of
from tests.unit.langfuse_oracle import faults_of_export
from tests.unit.llm_samples import RULES, SAMPLES, record

CALL = call_of()
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(),
    st.text(alphabet=st.characters(), max_size=12),
    st.sampled_from(["", "1,000", "12s", "***MASKED***", "{", "[]", "{}", "2026-13-45", "0x1f", "1e400", "-0", "NaN"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=6), st.integers() | st.text(max_size=6), max_size=3),
)
"""Values that a field of a log may hold, whatever it should."""


def places(value, path=()):
    """Yield the path of every value inside a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


@st.composite
def spoiled(draw):
    """A sample with up to four of its values replaced."""
    document = copy.deepcopy(draw(st.sampled_from(sorted(SAMPLES)).map(SAMPLES.get)))
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(list(places(document)) or [("a",)]))
        holder = document
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = draw(ODD)
    return document


@given(document=spoiled())
def test_every_record_has_one_fate(document):
    """However spoiled, a record is a call or ends with a reason; a call is told to Langfuse without a fault."""
    found = recognise(record(document), RULES)

    assert bool(found.calls) == (found.refusal is None)
    for told in found.calls:
        call = fill_cost(told, RULES)
        (delivery,) = encode_calls([call], "default", environment="local")
        (span,) = spans_of(json.loads(delivery.body))
        assert (faults_of(span), complaints_of(span)) == ([], [])
        assert call.cost_source in {"record", "prices", "unknown"}
        assert call.start_ms <= call.end_ms


@given(
    document=st.dictionaries(
        st.text(max_size=10) | st.sampled_from(["type", "usage", "model", "llm", "response"]), ODD, max_size=6
    )
)
def test_any_object_is_survived(document):
    """Any JSON object has a fate."""
    found = recognise(record(document), RULES)

    assert bool(found.calls) == (found.refusal is None)


@given(document=spoiled())
def test_same_record_same_bytes(document):
    """The same record always gives the same delivery."""
    deliveries = [
        encode_calls([fill_cost(call, RULES) for call in found.calls], "default", environment="local")
        for found in (recognise(record(copy.deepcopy(document)), RULES) for _ in range(2))
    ]

    assert deliveries[:1] == deliveries[1:]


TEXT = st.text(alphabet=st.characters(), max_size=30) | st.sampled_from(
    ["", " ", "\0", "x" * 5_000, "\ud800", "a\r\nb"]
)
NAME = st.none() | TEXT
CONTENT = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.just("__proto__"), inner, max_size=3),
    max_leaves=6,
)
NESTED = st.integers(1, 5_000).map(lambda depth: json.loads("[" * min(depth, 900) + "]" * min(depth, 900)))
HUGE = st.sampled_from(["가" * 1_000_000, "\0" * 700_000, ["x" * 400_000] * 3, {"a": "\\" * 500_000}])
TOKENS = st.dictionaries(
    st.sampled_from(["input", "output", "input_cached_tokens", "output_reasoning_tokens", "input_audio_tokens"]),
    st.integers(0, 10**8),
    max_size=4,
)
AMOUNTS = st.dictionaries(st.sampled_from(["input", "output"]), st.integers(0, 10**9).map(lambda amount: amount / 1e12))
MOMENT = st.integers(946_684_800_000, 4_102_444_700_000)


@st.composite
def any_call(draw):
    """A call whose every field may hold what the field of a log may hold; its numbers are sound, as `recognise` makes them."""
    usage, cost, start = draw(TOKENS), draw(AMOUNTS), draw(MOMENT)
    return replace(
        call_of(),
        name=draw(TEXT),
        trace_id=f"{draw(st.integers(1, 2**128 - 1)):032x}",
        observation_id=f"{draw(st.integers(1, 2**64 - 1)):016x}",
        parent_id=draw(st.none() | st.just("53995c3f42cd8ad8")),
        is_app_root=draw(st.booleans()),
        start_ms=start,
        end_ms=start + draw(st.integers(0, 86_400_000)),
        first_token_ms=draw(st.none() | st.just(start)),
        kind=draw(st.sampled_from(sorted(TYPES - {"event"}))),
        model=draw(NAME),
        provider=draw(NAME),
        input=draw(CONTENT | NESTED | HUGE),
        output=draw(CONTENT),
        parameters=draw(st.dictionaries(TEXT, CONTENT | HUGE, max_size=3)),
        usage={**usage, "total": sum(usage.values())} if usage else {},
        cost={**cost, "total": sum(cost.values())} if cost else {},
        error=draw(NAME),
        user_id=draw(NAME),
        session_id=draw(NAME),
        trace_name=draw(NAME),
        tags=tuple(draw(st.lists(TEXT, max_size=60))),
        prompt_name=draw(NAME),
        prompt_version=draw(st.none() | st.integers(0, 10**9)),
        metadata=draw(st.dictionaries(TEXT | st.just("a.constructor"), CONTENT | HUGE, max_size=4)),
        release=draw(NAME),
        version=draw(NAME),
    )


@settings(max_examples=60, deadline=None)
@given(call=any_call())
def test_any_call_is_told_without_a_fault(call):
    """Whatever a call holds, its span is one that OpenTelemetry parses, the server reads right and a message carries."""
    (delivery,) = encode_calls([call], "default", environment="local")

    assert faults_of_export(delivery.body) == []
    assert len(delivery.body) <= SPAN_LIMIT_BYTES + 1_000


@settings(max_examples=40, deadline=None)
@given(calls=st.lists(any_call(), min_size=1, max_size=6, unique_by=lambda call: call.observation_id), data=st.data())
def test_a_span_is_the_same_in_any_company(calls, data):
    """However calls are batched and in whatever order, each has the bytes it has alone, and the same when sent again."""
    alone = {span_bytes(call, "local") for call in calls}
    cut = data.draw(st.integers(0, len(calls)))
    shuffled = data.draw(st.permutations(calls))
    batches = [
        *encode_calls(shuffled[:cut], "a", environment="local"),
        *encode_calls(shuffled[cut:], "a", environment="local"),
    ]

    assert all(any(span in batch.body for batch in batches) for span in alone)
    assert sum(len(spans_of(json.loads(batch.body))) for batch in batches) == len(calls)


@given(pairs=st.lists(st.tuples(st.integers(0, 6), st.none() | st.integers(0, 6), st.integers(0, 1)), max_size=12))
def test_nothing_is_hidden_under_nothing(pairs):
    """Whatever records say of parents, each call leads up to one that counts as a root, and keeps its place and parent."""
    named = {(place, trace): parent for place, parent, trace in pairs}
    calls = [
        replace(CALL, observation_id=str(place), trace_id=str(trace), parent_id=None if parent is None else str(parent))
        for (place, trace), parent in named.items()
    ]
    told = with_roots(calls)
    known = {(call.trace_id, call.observation_id): call for call in told}

    def is_shown(call):
        for _ in known:
            if call.parent_id is None or call.is_app_root:
                return True
            call = known[call.trace_id, call.parent_id]
        return call.parent_id is None or call.is_app_root

    assert all(map(is_shown, told))
    assert [replace(call, is_app_root=False) for call in told] == calls
    assert [call for call in told if call.is_app_root and call.parent_id is None] == []


@given(calls=st.permutations(["a", "b", "c", "d"]))
def test_roots_do_not_depend_on_order(calls):
    """The same payload in another order has the same roots."""
    parents = {"a": "b", "b": "a", "c": "x", "d": "c"}
    told = with_roots([replace(CALL, observation_id=name, parent_id=parents[name]) for name in calls])

    assert {call.observation_id for call in told if call.is_app_root} == {"a", "b", "c"}
