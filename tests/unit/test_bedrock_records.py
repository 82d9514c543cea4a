"""Records of model invocation logging, and answers that applications log: whose they are, which model, what failed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.stages.llm.shapes.bedrock import read
from logrouter.stages.recognise import recognise
from tests.unit.bedrock_samples import ASSESSMENT, FOUND
from tests.unit.llm_samples import RULES, SAMPLES, bedrock, record

PROFILE = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3d4e5f6"
ROUTER = "arn:aws:bedrock:us-east-1:123456789012:default-prompt-router/anthropic.claude:1"
SONNET = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
CLAUDE = {"id": "msg_bdrk_1", "model": "claude-sonnet-4-5-20250929", "content": [{"type": "text", "text": "Hi"}]}
ANSWER = {
    "output": {"message": {"role": "assistant", "content": [{"text": "Hi"}]}},
    "stopReason": "end_turn",
    "metrics": {"latencyMs": 500},
    "usage": {
        "inputTokens": 5,
        "outputTokens": 6,
        "totalTokens": 161,
        "cacheReadInputTokens": 70,
        "cacheWriteInputTokens": 80,
        "cacheDetails": [{"inputTokens": 80, "ttl": "1h"}],
    },
}


def told(document):
    (call,) = recognise(record(document), RULES).calls
    return call


def invoked(model, body=None, **more):
    return bedrock(
        "InvokeModel", model, {"inputTokenCount": 5}, {"outputBodyJson": body, "outputTokenCount": 6}, **more
    )


def test_whose_call_it_is():
    """Request metadata names user, session, request, trace, prompt, tags; every spelling counts."""
    metadata = {
        "user_id": "user-7",
        "conversationId": "chat-3",
        "requestId": "req-1",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "traceName": "checkout",
        "promptName": "greet",
        "promptVersion": "3",
        "tags": "beta, checkout",
        "service": "basket",
        "environment": "staging",
        "release": "r42",
        "team": "shop",
    }

    call = told(invoked(SONNET, requestMetadata=metadata))

    assert (call.user_id, call.session_id, call.trace_name) == ("user-7", "chat-3", "checkout")
    assert (call.trace_id, call.parent_id) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")
    assert (call.prompt_name, call.prompt_version, call.tags) == ("greet", 3, ("beta", "checkout"))
    assert (call.record.service, call.record.environment, call.release) == ("basket", "staging", "r42")
    assert call.metadata["request_metadata"] == metadata


@pytest.mark.parametrize(
    ("arn", "user"),
    [
        ("arn:aws:sts::123456789012:assumed-role/chat/session-7", "session-7"),
        ("arn:aws:iam::123456789012:user/alice", "alice"),
        ("arn:aws:sts::123456789012:assumed-role/ec2/i-0abc12345678def90", None),
        ("arn:aws:sts::123456789012:assumed-role/ecs/" + "0f1e2d3c" * 4, None),
        ("arn:aws:sts::123456789012:assumed-role/ci/botocore-session-1700000000", None),
        ("arn:aws:sts::123456789012:assumed-role/ci/1700000000123456789", None),
        ("arn:aws:iam::123456789012:root", None),
    ],
)
def test_who_called_where_nobody_is_named(arn, user):
    """The session is the user, unless a machine gave it its name; the caller is told in any case."""
    call = told(invoked(SONNET, identity={"arn": arn}))

    assert (call.user_id, call.metadata["caller"]) == (user, arn)


@pytest.mark.parametrize(
    ("named", "body", "model"),
    [
        (SONNET, None, SONNET),
        (f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/{SONNET}", None, SONNET),
        ("arn:aws-us-gov:bedrock:us-gov-west-1::foundation-model/amazon.nova-pro-v1:0", None, "amazon.nova-pro-v1:0"),
        (PROFILE, CLAUDE, "anthropic.claude-sonnet-4-5-20250929"),
        (PROFILE, None, PROFILE),
        (ROUTER, {**ANSWER, "trace": {"promptRouter": {"invokedModelId": SONNET}}}, SONNET),
        (PROFILE, [{"type": "message_start", "message": CLAUDE}], "anthropic.claude-sonnet-4-5-20250929"),
    ],
)
def test_which_model(named, body, model):
    """Where the name is the account's own, the model that is told to have answered counts."""
    call = told(invoked(named, body))

    assert call.model == model
    assert call.metadata.get("bedrock_model_id") == (named if named != model else None)


@pytest.mark.parametrize(
    ("facts", "body", "error"),
    [
        ({"errorCode": "ThrottlingException"}, None, "ThrottlingException"),
        ({"errorCode": "ValidationException"}, {"message": "too long"}, "ValidationException: too long"),
        ({"errorCode": "ModelErrorException", "errorMessage": "broken"}, None, "ModelErrorException: broken"),
        ({"status": 503}, None, "status 503"),
        ({"status": "Failed"}, None, "status Failed"),
        ({"errorCode": None, "status": 200}, {"generation": "Hi"}, None),
        ({}, [{"internalServerException": {"message": "gone"}}], "gone"),
        ({}, {"images": [], "error": "blocked by the content filter"}, "blocked by the content filter"),
    ],
)
def test_failures(facts, body, error):
    """A failed call says what failed; what it answered is its status, not an output."""
    call = told(invoked(SONNET, body, **facts))

    assert call.error == error
    assert call.output is None or error is None


@pytest.mark.parametrize(
    ("operation", "model", "kind"),
    [
        ("Converse", SONNET, "generation"),
        ("InvokeModel", "amazon.titan-embed-text-v2:0", "embedding"),
        ("InvokeModel", "cohere.embed-v4:0", "embedding"),
        ("InvokeModel", "amazon.nova-2-multimodal-embeddings-v1:0", "embedding"),
        ("InvokeModel", "twelvelabs.marengo-embed-2-7-v1:0", "embedding"),
        ("InvokeModel", "amazon.rerank-v1:0", "retriever"),
        ("Rerank", "cohere.rerank-v3-5:0", "retriever"),
        ("ApplyGuardrail", None, "guardrail"),
        ("StartAsyncInvoke", "amazon.nova-reel-v1:1", "generation"),
    ],
)
def test_kinds(operation, model, kind):
    """Embeddings, rerankings and guardrails get the type of observation they are."""
    assert told(bedrock(operation, model, {"inputTokenCount": 1}, {})).kind == kind


def test_how_long_the_cache_lives():
    """The record counts what was written to the cache, its body says for how long; the sum stays the record's."""
    asked = {"inputTokenCount": 5, "cacheReadInputTokenCount": 70, "cacheWriteInputTokenCount": 80}
    call = told(bedrock("Converse", SONNET, asked, {"outputBodyJson": ANSWER, "outputTokenCount": 6}))

    assert call.usage == {
        "input": 5,
        "output": 6,
        "input_cached_tokens": 70,
        "input_cache_creation_1h": 80,
        "total": 161,
    }


@pytest.mark.parametrize(
    ("counted", "usage"),
    [
        ({"inputTokenCount": 100}, {"input": 40, "output": 6, "input_cached_tokens": 60, "total": 106}),
        ({}, {"input": 40, "output": 6, "input_cached_tokens": 60, "total": 106}),
        (
            {"inputTokenCount": 40, "cacheReadInputTokenCount": 60},
            {"input": 40, "output": 6, "input_cached_tokens": 60, "total": 106},
        ),
    ],
)
def test_cached_tokens_by_openais_custom(counted, usage):
    """OpenAI's answers count cached tokens inside the prompt; Bedrock's own counts keep them apart."""
    body = {
        "choices": [],
        "usage": {"prompt_tokens": 100, "completion_tokens": 6, "prompt_tokens_details": {"cached_tokens": 60}},
    }

    assert told(bedrock("InvokeModel", "openai.gpt-oss-120b-1:0", counted, {"outputBodyJson": body})).usage == usage


def test_what_is_charged_beside_tokens():
    """Pictures, seconds of video and rerankings are counted."""
    canvas = told(invoked("amazon.nova-canvas-v1:0", {"images": ["a", "b"]}))
    rerank = bedrock(
        "InvokeModel", "cohere.rerank-v3-5:0", {"inputBodyJson": {"query": "q", "documents": ["d"] * 101}}, {}
    )
    video = {
        "outputVideoS3Path": "s3://b/k.mp4",
        "outputVideoDurationSeconds": 6,
        "outputVideoWidth": 1280,
        "outputVideoHeight": 720,
    }
    reel = told(bedrock("StartAsyncInvoke", "amazon.nova-reel-v1:1", {}, video))

    assert (canvas.units, told(rerank).units, reel.units) == (
        {"images": 2},
        {"rerank_searches": 2},
        {"video_seconds": 6},
    )
    assert reel.output == "[video, 6 s, 1280x720, s3://b/k.mp4]"


def test_tiers():
    """The service tier that answered is told, for prices go by it."""
    call = told(bedrock("Converse", SONNET, {}, {"outputBodyJson": {**ANSWER, "serviceTier": {"type": "priority"}}}))

    assert call.service_tier == "priority"


class TestLoggedByApplications:
    @pytest.mark.parametrize(
        "line",
        [
            {"msg": "answered", "modelId": SONNET, "response": ANSWER},
            {"model": SONNET, **ANSWER},
            {"msg": "x", "request": {"modelId": SONNET, "messages": []}, "response": ANSWER},
        ],
    )
    def test_converse(self, line):
        """What the SDK returned for Converse is a call, whoever logged it; the model stands beside it."""
        call = told(line)

        assert (call.model, call.output, call.provider, call.end_ms - call.start_ms) == (
            SONNET,
            "Hi",
            "aws.bedrock",
            500,
        )
        assert call.usage["input_cache_creation_1h"] == 80

    def test_what_was_asked(self):
        """A request that was logged with it is the input; the SDK's request id is the call's."""
        asked = {"modelId": SONNET, "messages": [{"role": "user", "content": [{"text": "Hello"}]}]}
        line = {"request": asked, "response": {**ANSWER, "ResponseMetadata": {"RequestId": "r-1"}}}

        assert told(line).input == asked["messages"]
        assert read(line["response"], line).call_id == "r-1"

    def test_apply_guardrail(self):
        """An assessment is a guardrail, told by what it found; its units are no tokens."""
        line = {
            "usage": {"topicPolicyUnits": 1, "contentPolicyUnits": 1},
            "action": "GUARDRAIL_INTERVENED",
            "outputs": [{"text": "No advice."}],
            "assessments": [ASSESSMENT],
        }

        call = told({"msg": "assessed", "response": line})

        assert (call.kind, call.output, call.usage) == ("guardrail", "No advice.", {})
        assert call.metadata["guardrail"]["found"] == FOUND


def test_no_secret_of_a_guardrail_goes_on():
    """The words that a guardrail found stand nowhere in the call but where they were said."""
    body = {**ANSWER, "trace": {"guardrail": {"inputAssessment": {"gr-1": ASSESSMENT}, "modelOutput": ["raw words"]}}}

    call = told(bedrock("Converse", SONNET, {}, {"outputBodyJson": body}))

    assert call.metadata["guardrail"]["ids"] == ["gr-1"]
    assert not [word for word in ("Hong Gildong", "competitor", "raw words") if word in json.dumps(dict(call.metadata))]


def test_the_record_alone_is_a_call():
    """Without any body the counts of the record make a call."""
    call = told(SAMPLES["bedrock_bodies_absent"])

    assert (call.usage["total"], call.input, call.output) == (40_900, None, None)


NOISE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["inputBodyJson", "outputBodyJson", "inputTokenCount", "outputTokenCount", "usage", "output", "message",
             "content", "metrics", "latencyMs", "trace", "promptRouter", "invokedModelId", "documents", "images",
             "query", "arn", "traceparent", "tags", "promptVersion", "inputBodyS3Path", "outputVideoS3Path",
             "bodyAbsent", "performanceConfig", "ResponseMetadata", "HTTPHeaders", "x-amzn-bedrock-input-token-count",
             "body", "inputTokens", "outputTokens", "assessments", "action", "metadata", "modelId"]
        ),
        inner,
        max_size=5,
    ),
    max_leaves=20,
)  # fmt: skip
FIELDS = st.sampled_from(
    ["timestamp", "region", "requestId", "operation", "modelId", "identity", "requestMetadata", "input", "output",
     "errorCode", "status", "inferenceRegion", "serviceTier", "usage", "action", "metadata", "ResponseMetadata"]
)  # fmt: skip


@given(st.dictionaries(FIELDS, NOISE, max_size=8), st.booleans())
def test_no_record_breaks_the_reading(fields, is_record):
    """Whatever stands in a record, it becomes calls or a refusal; what becomes of it can be written as JSON."""
    document = {**fields, "schemaType": "ModelInvocationLog"} if is_record else fields

    found = recognise(record(document), RULES)

    assert (found.refusal is None) == bool(found.calls)
    for call in found.calls:
        assert json.dumps([call.input, call.output, dict(call.parameters), dict(call.metadata), dict(call.usage)])
