"""Laws of LLM calls: any record is a call or has a reason, and any call is one that Langfuse reads right."""

import copy
import json

import genai_prices  # noqa: F401 - loaded before an example is held to its time
from hypothesis import given
from hypothesis import strategies as st

from logrouter.destinations.langfuse import encode_calls
from logrouter.stages.price import fill_cost
from logrouter.stages.recognise import recognise
from logrouter_local.otlp_rules import complaints_of, faults_of, spans_of
from tests.unit.llm_samples import RULES, SAMPLES, record

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
