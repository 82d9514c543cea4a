"""The law of usage: whatever any shape reads, buckets exclude each other, are counts, and add up to their total."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from logrouter.model import DropReason
from logrouter.stages.llm.finding import NonsenseError
from logrouter.stages.llm.reading.counts import Counts, read_counts
from logrouter.stages.llm.reading.fields import LARGEST_WHOLE, opened
from logrouter.stages.llm.reading.units import read_units
from logrouter.stages.llm.reading.usage import exclusive, odd_total
from logrouter.stages.recognise import recognise
from tests.unit.llm_samples import RULES, SAMPLES, record

TESTS = Path(__file__).parents[1]
CASES = (TESTS / "data" / "llm_costs.jsonl").read_text("utf-8").splitlines()


def printed():
    """Yield each line of JSON that a program really printed, by file and line."""
    for path in sorted((TESTS / "samples" / "llm").rglob("*")):
        lines = path.read_text("utf-8").splitlines() if path.suffix in {".txt", ".jsonl", ".log"} else []
        for number, line in enumerate(lines):
            document = opened(line.strip())
            if isinstance(document, dict) and "oken" in line:
                yield f"{path.parent.name}/{path.name}:{number}", document


DOCUMENTS = {
    **SAMPLES,
    **{case["case"]: case["document"] for case in map(json.loads, CASES)},
    **dict(printed()),
}
"""A document of every shape, those of the cost cases, and what programs printed."""

BUCKETS = frozenset(
    {
        "input",
        "input_cached_tokens",
        "input_cached_audio_tokens",
        "input_cached_image_tokens",
        "input_cache_creation",
        "input_cache_creation_5m",
        "input_cache_creation_1h",
        "input_audio_tokens",
        "input_image_tokens",
        "input_video_tokens",
        "output",
        "output_reasoning_tokens",
        "output_audio_tokens",
        "output_image_tokens",
        "output_video_tokens",
        "unsplit",
        "total",
    }
)
COUNT = st.none() | st.integers(0, 10**7)
NEAR = st.one_of(
    st.integers(0, 3000),
    st.integers(0, 3000).map(str),
    st.integers(0, 3000).map(lambda count: f"{count:,}"),
    st.integers(0, 3000).map(float),
    st.integers(0, 3000).map(lambda count: f"{count}.0"),
    st.sampled_from([None, "", "n/a", "***"]),
)
"""How loggers write counts that are meant well."""

IMPOSSIBLE = st.one_of(
    st.integers(-(10**18), -1),
    st.integers(-(10**6), -1).map(str),
    st.integers(LARGEST_WHOLE + 1, 10**30),
    st.floats(allow_nan=True, allow_infinity=True).filter(lambda number: number < 0 or number != number // 1),
    st.sampled_from(["NaN", "Infinity", "1e999", "12.5", "0x10", "twelve", True, False]),
)
"""What no count can be."""


def counts_in(value, path=()):
    """Yield the path of every number below a name that speaks of tokens or usage."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        here = (*path, key)
        speaks = any("oken" in str(part) or str(part).startswith(("usage", "gen_ai.usage")) for part in here)
        if speaks and isinstance(inner, int | float) and not isinstance(inner, bool):
            yield here
        yield from counts_in(inner, here)


def put(document, path, value):
    holder = document
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value


def assert_adds_up(calls):
    for call in calls:
        parts = {name: count for name, count in call.usage.items() if name != "total"}

        assert parts.keys() <= BUCKETS
        assert all(type(count) is int and 0 <= count <= 2**53 for count in call.usage.values())
        assert sum(parts.values()) == call.usage.get("total", 0)
        assert "unsplit" not in parts or len(parts) == 1


@st.composite
def near_misses(draw):
    """A document whose counts are replaced by others, in the spellings of loggers."""
    document = copy.deepcopy(DOCUMENTS[draw(st.sampled_from(sorted(DOCUMENTS)))])
    for path in list(counts_in(document)):
        if draw(st.booleans()):
            put(document, path, draw(NEAR))
    return document


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_buckets_of_every_sample_add_up(name):
    """What programs and providers write as it is."""
    assert_adds_up(recognise(record(DOCUMENTS[name]), RULES).calls)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])  # as fast as the machine is
@given(document=near_misses())
def test_buckets_of_every_shape_add_up(document):
    """Whatever counts a document of any shape states, each bucket is a known count and their sum is the total."""
    assert_adds_up(recognise(record(document), RULES).calls)


@given(
    counts=st.builds(Counts, **dict.fromkeys(Counts.__dataclass_fields__, COUNT)),
    cache_inside=st.booleans(),
    reasoning_inside=st.booleans(),
    trust_total=st.booleans(),
)
@example(
    counts=Counts(input=10, total=2060, cache_read=2000), cache_inside=False, reasoning_inside=True, trust_total=False
)
def test_buckets_add_up(counts, cache_inside, reasoning_inside, trust_total):
    """Whatever a provider states, no bucket is negative and the total is their sum."""
    usage = exclusive(counts, cache_inside=cache_inside, reasoning_inside=reasoning_inside, trust_total=trust_total)
    parts = {name: count for name, count in usage.items() if name != "total"}

    assert all(count >= 0 for count in parts.values())
    assert sum(parts.values()) == usage.get("total", 0)
    assert odd_total(counts, usage) in {None, counts.total}


@given(fresh=st.integers(0, 9999), read=st.integers(0, 9999), written=st.integers(0, 9999), out=st.integers(0, 9999))
def test_a_missing_output_is_what_the_total_leaves(fresh, read, written, out):
    """Where a format counts the cache outside, a missing side is the total without the cache as well."""
    counts = Counts(input=fresh, cache_read=read, cache_write=written, total=fresh + read + written + out)
    usage = exclusive(counts, cache_inside=False, trust_total=False)

    assert (usage["output"], usage["total"]) == (out, counts.total)


@given(
    text=st.integers(0, 9999),
    audio=st.integers(0, 9999),
    cached_text=st.integers(0, 9999),
    cached_audio=st.integers(0, 9999),
)
def test_cached_audio_is_told_from_fresh(text, audio, cached_text, cached_audio):
    """OpenAI counts cached audio in the cached, in the audio and in the input tokens: each token ends in one bucket."""
    usage = exclusive(
        read_counts(
            {
                "input_tokens": text + audio + cached_text + cached_audio,
                "output_tokens": 0,
                "input_token_details": {
                    "cached_tokens": cached_text + cached_audio,
                    "audio_tokens": audio + cached_audio,
                    "text_tokens": text + cached_text,
                    "cached_tokens_details": {"text_tokens": cached_text, "audio_tokens": cached_audio},
                },
            }
        )
    )

    assert (
        usage.get("input", 0),
        usage.get("input_audio_tokens", 0),
        usage.get("input_cached_tokens", 0),
        usage.get("input_cached_audio_tokens", 0),
    ) == (text, audio, cached_text, cached_audio)


@given(value=IMPOSSIBLE, name=st.sampled_from(["prompt_tokens", "completion_tokens", "total_tokens", "cached_tokens"]))
def test_impossible_counts_are_refused(value, name):
    """Negative, fractional, not a number, or beyond what JSON keeps exact: no count, and so no call."""
    document = {"type": "llm", "model": "gpt-4o", "prompt_tokens": 10, "completion_tokens": 5, name: value}

    found = recognise(record(document), RULES)

    assert (found.calls, found.refusal) == ((), DropReason.INVALID_LLM_CALL)


@pytest.mark.parametrize("count", [RULES["limits"]["tokens"] + 1, 10**15])
def test_more_than_the_policy_allows_is_refused(count):
    """A count that is exact but beyond the policy's bound is refused all the same."""
    found = recognise(record({"type": "llm", "model": "m", "prompt_tokens": count, "completion_tokens": 0}), RULES)

    assert found.refusal is DropReason.INVALID_LLM_CALL


@pytest.mark.parametrize(
    ("usage", "units"),
    [
        ({"server_tool_use": {"web_search_requests": 3}}, {"web_searches": 3}),
        ({"server_tool_use": {"web_search_requests": 0}}, {}),
        ({"billed_units": {"search_units": 1}}, {"rerank_searches": 1}),
        ({"type": "duration", "seconds": 12.5}, {"audio_seconds": 12.5}),
        ({"prompt_audio_seconds": 7}, {"audio_seconds": 7}),
        ({"pages_processed": 4}, {"pages": 4}),
        ({"num_search_queries": 2}, {"web_searches": 2}),
        ({"seconds": 12.5}, {}),
        ({}, {}),
    ],
)
def test_units_beside_tokens_are_counted(usage, units):
    """What is charged beside tokens is read where its provider states it."""
    assert read_units(usage) == units


@pytest.mark.parametrize("amount", [-1, 1e10, float("nan")])
def test_impossible_units_are_refused(amount):
    """Units are held to what can be, as tokens are."""
    with pytest.raises(NonsenseError):
        read_units({"pages_processed": amount})
