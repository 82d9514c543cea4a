"""The bodies on Amazon Bedrock: each vendor's requests, answers and streams, held against its documentation."""

import json

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given
from hypothesis import strategies as st

from logrouter.stages.llm.shapes.bedrock_bodies.answers import read_output
from logrouter.stages.llm.shapes.bedrock_bodies.gluing import glued
from logrouter.stages.llm.shapes.bedrock_bodies.guardrails import guardrail_of
from logrouter.stages.llm.shapes.bedrock_bodies.requests import read_input
from logrouter.stages.llm.shapes.bedrock_bodies.streams import joined
from tests.unit.bedrock_samples import ANSWERS, ASSESSMENT, FOUND, METRICS, REQUESTS, STREAMS, delta

MASK = "***MASKED***"
RUNTIME = botocore.session.get_session().get_service_model("bedrock-runtime")
CONVERSE = RUNTIME.operation_model("Converse")


def example(shape, depth=0):  # noqa: PLR0911 - one line a type of the service model
    """Return a value that a shape of the service model allows, every member filled, one of each union."""
    match shape.type_name:
        case "structure":
            if getattr(shape, "is_document_type", False):
                return {"q": "capital"}
            if depth > 12:
                return {}
            members = list(shape.members.items())
            chosen = members[:1] if getattr(shape, "is_tagged_union", False) else members
            return {name: example(member, depth + 1) for name, member in chosen}
        case "list":
            return [example(shape.member, depth + 1)] if depth <= 12 else []
        case "map":
            return {"gr-1": example(shape.value, depth + 1)}
        case "integer" | "long":
            return 5
        case "float" | "double":
            return 0.5
        case "boolean":
            return True
        case "blob":
            return "c2hvcnQ="
        case _:
            return shape.enum[0] if getattr(shape, "enum", None) else f"a {shape.name}"


@pytest.mark.parametrize("name", REQUESTS)
def test_requests(name):
    """What was asked and with which parameters is read as the vendor defines them."""
    body, asked, parameters = REQUESTS[name]

    read = read_input(body)

    assert (read.content, read.parameters) == (asked, parameters)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers(name):
    """The answer, the vendor's counts and why it ended are read as the vendor defines them."""
    body, answer, usage, reason = ANSWERS[name]

    read = read_output(body)

    assert (read.content, read.usage, read.finish_reason) == (answer, usage, reason)


@pytest.mark.parametrize("name", STREAMS)
def test_streams(name):
    """The chunks of a stream become one answer; each count is the last word on it, and nothing is added up."""
    chunks, answer, usage, reason = STREAMS[name]

    read = read_output(chunks)

    assert (read.content, read.usage, read.finish_reason) == (answer, usage, reason)


@pytest.mark.parametrize("name", [name for name in (*ANSWERS, *STREAMS) if name != "absent"])
def test_bodies_written_as_text(name):
    """A body, or each chunk of one, that was logged as JSON text reads the same."""
    body = {**ANSWERS, **STREAMS}[name][0]
    text = [json.dumps(chunk) for chunk in body] if isinstance(body, list) else json.dumps(body)

    assert read_output(text) == read_output(body)


@pytest.mark.parametrize("name", STREAMS)
def test_joined_streams_read_as_bodies(name):
    """A joined stream is a body: it can be masked whole and read again, with nothing lost."""
    chunks = STREAMS[name][0]

    assert read_output(joined(chunks)) == read_output(chunks)


def test_metrics_of_a_stream():
    """Latency and time to the first byte are what Bedrock measured."""
    read = read_output([{"type": "message_stop", "amazon-bedrock-invocationMetrics": METRICS}])

    assert (read.latency_ms, read.first_byte_ms) == (900, 300)


@pytest.mark.parametrize(
    ("chunk", "error"),
    [
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            "overloaded_error: Overloaded",
        ),
        ({"modelStreamErrorException": {"message": "broken off"}}, "broken off"),
        ({"throttlingException": {"message": "slow down"}}, "slow down"),
    ],
)
def test_failures_in_a_stream(chunk, error):
    """A stream that breaks off says why, and keeps what was said before."""
    read = read_output([delta(0, type="text_delta", text="Half"), chunk])

    assert (read.content, read.error) == ("Half", error)


def test_every_block_that_converse_may_answer():
    """Each kind of content block of the service's own model is kept, and reading it raises nothing."""
    block = CONVERSE.output_shape.members["output"].members["message"].members["content"].member
    kinds = {name: example(member) for name, member in block.members.items()}
    assert len(kinds) >= 12

    for name, value in kinds.items():
        read = read_output({"output": {"message": {"role": "assistant", "content": [{name: value}]}}})
        assert (read.content == value) if name == "text" else (name in read.content[0])


def test_the_whole_answer_of_converse():
    """An answer with every member of the service's model gives counts, latency, tier, guardrail and router."""
    body = example(CONVERSE.output_shape)

    read = read_output(body)

    assert read.usage == {
        **dict.fromkeys(CONVERSE.output_shape.members["usage"].members, 5),
        "cacheDetails": [{"ttl": "5m", "inputTokens": 5}],
    }
    assert (read.latency_ms, read.finish_reason, read.tier) == (5, "end_turn", "priority")
    assert read.guardrail["ids"] == ["a GuardrailId", "gr-1"]


@pytest.mark.parametrize("name", ["converse with a tool"])
def test_samples_are_what_the_service_answers(name):
    """The samples of Converse are valid by the service's own model."""
    report = ParamValidator().validate(ANSWERS[name][0], CONVERSE.output_shape)

    assert report.generate_report() == ""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {
                "stopReason": "guardrail_intervened",
                "trace": {"guardrail": {"inputAssessment": {"gr-1": ASSESSMENT}, "actionReason": "blocked"}},
            },
            {"action": "INTERVENED", "reason": "blocked", "found": FOUND, "ids": ["gr-1"]},
        ),
        (
            {"trace": {"guardrail": {"outputAssessments": {"gr-1": [ASSESSMENT]}, "modelOutput": ["raw words"]}}},
            {"found": FOUND, "ids": ["gr-1"]},
        ),
        (
            {
                "amazon-bedrock-guardrailAction": "INTERVENED",
                "amazon-bedrock-trace": {"guardrail": {"outputs": [{"gr-1": ASSESSMENT}]}},
            },
            {"action": "INTERVENED", "found": FOUND, "ids": ["gr-1"]},
        ),
        (
            {"action": "GUARDRAIL_INTERVENED", "actionReason": "blocked", "assessments": [ASSESSMENT]},
            {"action": "GUARDRAIL_INTERVENED", "reason": "blocked", "found": FOUND},
        ),
        ({"action": "buy", "stopReason": "end_turn"}, {}),
        ({"trace": "a-1", "assessments": "none"}, {}),
    ],
    ids=["converse input", "converse output", "invoke", "apply", "no guardrail", "other things of that name"],
)
def test_guardrails(body, expected):
    """What a guardrail found is told by kind and action, never in the words it found it in."""
    assert guardrail_of(body) == expected
    assert not {"Hong Gildong", "competitor", "B-77", "raw words"} & set(json.dumps(expected).split('"'))


@given(st.lists(st.text(alphabet="ab @.\n", max_size=6), max_size=8))
def test_texts_without_a_mask_are_joined_as_they_are(pieces):
    """Gluing is joining where nothing was masked."""
    assert glued(pieces) == "".join(pieces)


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["key is " + MASK, "rest of it", " and more"], "key is " + MASK + " of it and more"),
        (["mail to hong", MASK + " please"], "mail to " + MASK + " please"),
        (["mail ho", "ng", MASK], "mail " + MASK),
        ([MASK, "tail", MASK, " end"], MASK + " end"),
        (["a", "", MASK, "", "b c"], MASK + " c"),
    ],
)
def test_a_word_masked_at_the_border_of_a_chunk(pieces, expected):
    """Of a word that was masked in one chunk nothing of the chunks beside it stays."""
    assert glued(pieces) == expected


NOISE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["choices", "delta", "message", "content", "output", "usage", "index", "event", "outputs", "trace",
             "content_block", "type", "contentBlockDelta", "contentBlockStart", "start", "toolUse", "error", "results",
             "tool_calls", "function", "embeddings", "metrics", "amazon-bedrock-invocationMetrics", "guardrail",
             "assessments", "messages", "system", "chat_history", "inferenceConfig", "images", "text", "serviceTier"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@given(NOISE)
def test_no_body_breaks_the_reading(body):
    """Whatever stands under the vendors' names, reading it raises nothing, and what is read can be written as JSON."""
    asked, answered = read_input(body), read_output(body)

    assert json.dumps([asked.content, asked.parameters, answered.content, answered.usage, answered.guardrail])
