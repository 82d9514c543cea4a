"""The plan of trace_llm: one delivery a call, its route, and books that hold whatever one record does."""

import json

import pytest

from logrouter.jobs import trace_llm as job
from logrouter.masking import default_masker
from logrouter.model import DropReason
from logrouter.policy.load import default_policy, load_policy

EMAIL = "hong.gildong" + "@" + "customer.example.com"
PHONE = "010-" + "9876-" + "5432"
PASSWORD = "Tr0ub4dor" + "3xkcd"


def document(*messages):
    """Log events of one stream; a list of texts stands for one message that arrived line by line."""
    texts = [text for message in messages for text in (message if isinstance(message, list) else [json.dumps(message)])]
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "s",
        "logEvents": [
            {"id": str(number), "timestamp": 1795140000000 + number, "message": text}
            for number, text in enumerate(texts)
        ],
    }


def call(**fields):
    return {"type": "llm", "model": "gpt-4o", "requestId": "r", "total_cost": 0.1, **fields}


def planned(event, policy=None, mask_text=lambda text, service, log_group: (text, {})):
    return job.plan(
        event,
        policy=policy or default_policy(),
        mask_text=mask_text,
        region="ap-northeast-2",
        environment="dev",
        limit_bytes=10**7,
    )


def test_routes():
    """Service and environment of the record choose the project; the stack's environment stands in."""
    routes = [{"id": "dev", "route": "development", "environments": ["dev"]}]
    policy = load_policy(json.dumps({"routes": {"langfuse": routes}}))

    result = planned(document(call(), call(requestId="q", env="production")), policy)

    assert [delivery.route for delivery in result.deliveries] == ["development", "default"]


def test_a_repeated_call_counts_each_of_its_lines():
    """The books count log events: a call printed over three lines that is told twice drops three."""
    printed = ["{", ' "type":"llm","model":"gpt-4o","id":"chatcmpl-1","requestId":"r"', "}"]

    result = planned(document(printed, call(id="chatcmpl-1", prompt_tokens=5, completion_tokens=1)))

    assert dict(result.tally.dropped) == {DropReason.DUPLICATE: 3}
    assert result.tally.received == 4 == sum(delivery.records for delivery in result.deliveries) + 3


def test_one_record_that_breaks_us_takes_no_other_along(monkeypatch):
    """A fault of ours on one record is counted as an invalid call; the other calls go out."""
    recognise = job.recognise

    def breaks_on_the_first(record, rules, mask_again, **named):
        if record.event_id == "0":
            raise ZeroDivisionError
        return recognise(record, rules, mask_again, **named)

    monkeypatch.setattr(job, "recognise", breaks_on_the_first)

    result = planned(document(call(), call(requestId="q")))

    assert (len(result.deliveries), dict(result.tally.dropped)) == (1, {DropReason.INVALID_LLM_CALL: 1})


def streamed(answer, chars=4):
    """A Bedrock record of a streamed answer, a few characters a chunk, as models send them."""
    pieces = [answer[at : at + chars] for at in range(0, len(answer), chars)]
    chunks = [{"type": "content_block_delta", "delta": {"type": "text_delta", "text": piece}} for piece in pieces]
    return {
        "schemaType": "ModelInvocationLog",
        "operation": "InvokeModelWithResponseStream",
        "modelId": "anthropic.claude-3-haiku-20240307-v1:0",
        "requestId": "r",
        "input": {"inputTokenCount": 7},
        "output": {"outputTokenCount": 20, "outputBodyJson": chunks},
    }


@pytest.mark.parametrize("chars", [1, 2, 3, 4, 5, 7, 11])
@pytest.mark.parametrize("value", [EMAIL, PHONE, "900101-" + "1234568", "4111-1111-" + "1111-1111", PASSWORD])
def test_an_answer_put_together_from_chunks_is_masked(value, chars):
    """What no chunk of a streamed answer holds alone is masked once the chunks are joined, and counted."""
    policy = load_policy(json.dumps({"masking": {"list_rules": True}}))

    result = planned(
        document(streamed(f"Sure, password: {value} is it", chars)), policy, mask_text=default_masker().mask_text
    )

    body = result.deliveries[0].body.decode()
    assert "Sure, " in body
    assert value not in body
    assert result.tally.masked.total() > 0
    assert "key.password" in body


@pytest.mark.parametrize("is_asked", [True, False])
def test_rules_of_record_and_joined_answer_are_listed_together(is_asked):
    """A trace names what hit in the record and what hit in its joined answer, and nothing where nobody asked for it."""
    record = streamed(f"Sure, password: {PASSWORD} is it", 3)
    record["input"]["inputBodyJson"] = {"messages": [{"role": "user", "content": f"mail {EMAIL}"}]}
    policy = load_policy(json.dumps({"masking": {"list_rules": is_asked}}))

    result = planned(document(record), policy, mask_text=default_masker().mask_text)

    body = result.deliveries[0].body.decode()
    listed = ['\\"email\\"' in body or '"email"' in body, "key.password" in body]
    assert listed == [is_asked, is_asked]
    assert {"email", "key.password"} <= result.tally.masked.keys()


@pytest.mark.parametrize(
    "pieces",
    [
        (f"the password: {PASSWORD[:5]}", PASSWORD[5:], " ok"),
        (f"the password: {PASSWORD[:5]}", PASSWORD[5:7], PASSWORD[7:] + " ok"),
        (f"password={PASSWORD[:4]}", PASSWORD[4:] + ", ok"),
        ("see ghp_", "aB3dE5gH7jK9mN1pQ" + "3sT5vW7yZ9bC1dE3fG5 ok"),
        ("AKIA" + "IOSFODNN7" + "EXAMPLE", PASSWORD + " ok"),
        ("contact hong.gil", "dong" + "@" + "customer.example.com ok ***MASKED***"),
        (PASSWORD, "AKIA" + "IOSFODNN7" + "EXAMPLE", " ok"),
    ],
)
def test_a_secret_torn_at_the_border_of_a_chunk_is_hidden_whole(pieces):
    """When the first half of a secret was masked in its chunk, the other half in the next ones goes too; what follows stays."""
    record = streamed("")
    record["output"]["outputBodyJson"] = [{"delta": {"text": piece}} for piece in pieces]

    result = planned(document(record), mask_text=default_masker().mask_text)

    body = result.deliveries[0].body.decode()
    assert [half for half in (PASSWORD[5:], PASSWORD[7:], "9bC1dE3fG5", "EXAMPLE", "hong") if half in body] == []
    assert "***MASKED***" in body
    assert " ok" in body


def test_an_answer_that_cannot_be_masked_again_does_not_go_out():
    """When masking fails on the joined answer, the placeholder goes out in its place and the failure is counted."""

    def fails_on_the_answer(text, service, log_group):
        if EMAIL in text:
            raise ZeroDivisionError
        return text, {}

    result = planned(document(streamed(f"Sure, {EMAIL}")), mask_text=fails_on_the_answer)

    body = result.deliveries[0].body.decode()
    assert (EMAIL in body, "masking failed" in body) == (False, True)
    assert result.tally.masking_failed == 1


def test_an_answer_in_one_piece_is_left_as_masking_left_it():
    """Masking an answer again changes nothing of one that was whole in the record."""
    document_ = document(call(response=f"mail {EMAIL}", prompt_tokens=3, completion_tokens=2))

    result = planned(document_, mask_text=default_masker().mask_text)

    assert "mail ho**@customer.example.com" in result.deliveries[0].body.decode()
    assert dict(result.tally.masked) == {"email": 1}


OWN_ID = "chatcmpl-" + "BZ8Qc0n3yq1mF4wTt7Rk2sLx"


def told_by_the_application(identifier=OWN_ID):
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    answer = {"id": identifier, "object": "chat.completion", "model": "gpt-4o", "usage": usage}
    return {"requestId": "req-of-the-application", "userId": "u-7", "response": answer}


def told_by_the_gateway(identifier=OWN_ID, **more):
    return {
        "id": identifier,
        "litellm_call_id": "d2c1",
        "trace_id": "trace-of-the-gateway",
        "call_type": "acompletion",
        "custom_llm_provider": "openai",
        "model": "gpt-4o",
        "prompt_tokens": 12,
        "completion_tokens": 3,
        "total_tokens": 15,
        **more,
    }


def test_application_and_gateway_tell_of_one_call():
    """A call that two programs log under the provider's own id counts once, though each has a trace of its own."""
    result = planned(document(told_by_the_application(), told_by_the_gateway()))

    assert sum(len(delivery.keys) for delivery in result.deliveries) == 1
    assert dict(result.tally.dropped) == {DropReason.DUPLICATE: 1}


def test_the_ledger_knows_one_call_by_one_key():
    """In payloads of their own both have the same key, so that the second is not sent."""
    keys = [planned(document(told)).deliveries[0].keys for told in (told_by_the_application(), told_by_the_gateway())]

    assert keys[0] == keys[1]


@pytest.mark.parametrize("identifier", ["chatcmpl-647", "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f9", "run-7"])
def test_ids_that_may_be_of_several_calls_keep_nothing_out(identifier):
    """Servers that count to a thousand, and ids of runs and jobs, do not make one call of two."""
    told = (told_by_the_application(identifier), told_by_the_gateway(identifier))

    assert len({planned(document(each)).deliveries[0].keys for each in told}) == 2


def test_bedrock_and_the_application_tell_of_one_call():
    """A line that names Bedrock's request id as its call is the call that Bedrock's own log tells of."""
    request = "7a1f0e52-1111-4000-8000-0123456789ab"
    own = {**streamed("It is on its way."), "requestId": request}
    line = call(callId=request, model="anthropic.claude-3-haiku-20240307-v1:0", requestId="of-the-application")

    assert len({planned(document(each)).deliveries[0].keys for each in (own, line)}) == 1


def test_a_tool_is_not_the_call_that_asked_for_it():
    """What repeats the id of a call without being one is kept beside it."""
    told = (told_by_the_application(), {"type": "llm", "observationType": "tool", "name": "search", "callId": OWN_ID})

    assert len({planned(document(each)).deliveries[0].keys for each in told}) == 2


def test_a_call_whose_parent_is_told_by_another_line_is_a_root():
    """A parent that is left out, as another line tells more of it, is not there to hang a call below."""
    application = {**told_by_the_application(), "traceId": "ab" * 16}
    tool = {"type": "llm", "observationType": "tool", "name": "search", "parentId": OWN_ID, "traceId": "ab" * 16}

    result = planned(
        document(application, tool, told_by_the_gateway(response="On its way.", completion_tokens=9, total_tokens=21))
    )

    spans = json.loads(result.deliveries[0].body)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    found = next(span for span in spans if span["name"] == "search")
    names = {item["key"] for item in found["attributes"]}
    assert dict(result.tally.dropped) == {DropReason.DUPLICATE: 1}
    assert "langfuse.internal.is_app_root" in names


WHOLE = call(callId="c-1", prompt_tokens=12, completion_tokens=3)
FAILED = {"type": "llm", "model": "gpt-4o", "requestId": "r", "callId": "c-1", "level": "error", "error": "throttled"}
BEGUN = {"type": "llm", "model": "gpt-4o", "requestId": "r", "callId": "c-1", "prompt": "where is my order"}


def observation_ids(*messages):
    """Each payload by itself, as its own invocation plans it."""
    return [planned(document(message)).deliveries[0].keys for message in messages]


@pytest.mark.parametrize("first", [FAILED, BEGUN], ids=["failed", "begun"])
def test_an_attempt_or_a_beginning_does_not_keep_the_call_out(first):
    """A line that used no tokens under the id of a call leaves that id to the line that did, in one trace with it."""
    (before,), (whole,) = observation_ids(first, WHOLE)

    assert before != whole
    assert len({call["traceId"] for call in spans_of(planned(document(first, WHOLE)))}) == 1


def spans_of(plan):
    exports = [json.loads(delivery.body) for delivery in plan.deliveries]
    return [span for export in exports for span in export["resourceSpans"][0]["scopeSpans"][0]["spans"]]


def test_of_a_beginning_and_its_end_one_is_told():
    """In one payload the line that tells the call whole stands for both; a failed attempt stays beside it."""
    begun, failed = planned(document(BEGUN, WHOLE)), planned(document(FAILED, WHOLE))

    assert (len(spans_of(begun)), dict(begun.tally.dropped)) == (1, {DropReason.DUPLICATE: 1})
    assert (len(spans_of(failed)), dict(failed.tally.dropped)) == (2, {})


def test_two_attempts_that_failed_are_two():
    """Each failed attempt is told, whatever id they share."""
    assert len(spans_of(planned(document(FAILED, FAILED)))) == 2
