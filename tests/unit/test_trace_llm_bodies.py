"""The plan of trace_llm with bodies that lie in S3: told whole, told without, or told a little later, and once."""

import json

import pytest

from logrouter.adapters.retry_queue import decode_message, encode_message
from logrouter.jobs import trace_llm as job
from logrouter.masking import default_masker
from logrouter.policy.load import default_policy, load_policy
from logrouter.stages.llm import placing
from logrouter.stages.llm.offloaded import STREAM, Absence
from tests.unit.bedrock_samples import STREAMS
from tests.unit.llm_samples import bedrock

EMAIL = "hong.gildong" + "@" + "customer.example.com"
GROUP = "/aws/bedrock/invocations"
FOLDER = "s3://large/AWSLogs/123456789012/BedrockModelInvocationLogs/us-east-1/2026/08/29/10/data/"
ASKED = json.dumps({"messages": [{"role": "user", "content": [{"text": f"I am {EMAIL}"}]}]}).encode()
ANSWERED = json.dumps(
    {
        "output": {"message": {"role": "assistant", "content": [{"text": "Hello"}]}},
        "stopReason": "end_turn",
        "metrics": {"latencyMs": 900},
        "usage": {"inputTokens": 40_000, "outputTokens": 900, "totalTokens": 40_900},
    }
).encode()


class FakeBodies:
    """Answers by side, and notes what was asked and what was told without."""

    def __init__(self, **answers):
        self.answers = {"input": ASKED, "output": ANSWERED, **answers}
        self.asked = []
        self.without = []

    def fetch(self, references, within_s):
        self.asked.append((len(references), within_s))
        return [self.answers[reference.side] for reference in references]

    def told_without(self, why):
        self.without.append(why)


def offloaded(number=1, **more):
    id_ = f"7a1f0e52-0000-4000-8000-{number:012}"
    return bedrock(
        "Converse",
        "amazon.nova-pro-v1:0",
        {"inputBodyS3Path": f"{FOLDER}{id_}_input.json.gz", "inputTokenCount": 40_000},
        {"outputBodyS3Path": f"{FOLDER}{id_}_output.json.gz", "outputTokenCount": 900},
        **{"requestId": id_, **more},
    )


def event(*documents):
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": GROUP,
        "logStream": STREAM,
        "logEvents": [
            {"id": str(number), "timestamp": 1787999998000 + number, "message": json.dumps(document)}
            for number, document in enumerate(documents)
        ],
    }


def planned(bodies, *documents, policy=None, left_s=60.0):
    return job.plan(
        event(*(documents or [offloaded()])),
        policy=policy or default_policy(),
        mask_text=default_masker().mask_text,
        region="us-east-1",
        environment="dev",
        limit_bytes=10**7,
        left_s=lambda: left_s,
        bodies=bodies,
    )


def retold(delivery, bodies):
    return job.retell(
        delivery,
        policy=default_policy(),
        mask_text=default_masker().mask_text,
        environment="dev",
        bodies=bodies,
    )


def spans(*deliveries):
    found = [
        span
        for delivery in deliveries
        for span in json.loads(delivery.body)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    ]
    return [
        {
            item["key"].removeprefix("langfuse.observation."): item["value"].get("stringValue")
            for item in span["attributes"]
        }
        | {"ms": (int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"])) // 1_000_000}
        for span in found
    ]


def test_told_whole():
    """Prompt, answer, latency and why it ended come out of the bodies, masked."""
    bodies = FakeBodies()

    result = planned(bodies)

    (span,) = spans(*result.deliveries)
    assert (span["output"], span["ms"], span["metadata.finish_reason"]) == ("Hello", 900, "end_turn")
    assert json.loads(span["input"])[0]["role"] == "user"
    assert EMAIL not in result.deliveries[0].body.decode()
    assert (result.later, bodies.without, result.tally.masked["email"]) == ((), [], 1)
    assert "metadata.content_absent" not in span


@pytest.mark.parametrize("why", [why for why in Absence if not why.passes])
def test_told_without(why):
    """A call whose body is absent for good is told at once with all the record says, and says why."""
    bodies = FakeBodies(input=why)

    result = planned(bodies)

    (span,) = spans(*result.deliveries)
    assert json.loads(span["usage_details"]) == {"input": 40_000, "output": 900, "total": 40_900}
    assert (span["output"], "input" in span) == ("Hello", False)
    assert json.loads(span["metadata.content_absent"]) == {"input": why.value}
    assert (result.later, bodies.without) == ((), [why])


@pytest.mark.parametrize("why", [why for why in Absence if why.passes])
def test_told_later(why):
    """A call whose body may yet come waits once, masked, and is then told whole: same id, same start."""
    result = planned(FakeBodies(input=why), offloaded(1), offloaded(2))
    assert (result.deliveries, [one.code for one in result.later]) == ((), ["late_body"] * 2)
    assert [one.wait_s for one in result.later] == [job.WAITS_S[why]] * 2
    waiting = decode_message(encode_message(result.later[0].delivery))
    assert EMAIL not in encode_message(waiting)

    told = retold(waiting, FakeBodies())

    at_once = planned(FakeBodies(), offloaded(1)).deliveries[0]
    assert told == at_once.__class__(**{**vars_of(at_once), "attempt": waiting.attempt})


def test_told_later_as_its_payload_told_it():
    """What the other calls of its trace gave it when it was read first, it has when it is told later."""
    trace = {"traceId": "4bf92f3577b34da6a3ce929d0e0e4736"}
    nobody = {"arn": "arn:aws:sts::123456789012:assumed-role/ecs/" + "0f1e2d3c" * 4}
    waits = offloaded(1, requestMetadata=trace, identity=nobody)
    neighbour = bedrock(
        "Converse",
        "amazon.nova-pro-v1:0",
        {"inputTokenCount": 1},
        {"outputTokenCount": 1},
        requestId="7a1f0e52-0000-4000-8000-000000000002",
        requestMetadata={**trace, "userId": "user-9", "sessionId": "chat-9"},
        identity=nobody,
    )

    result = planned(FakeBodies(output=Absence.NOT_YET), waits, neighbour)
    told = retold(result.later[0].delivery, FakeBodies())

    (span,) = spans(told)
    assert (span["user.id"], span["session.id"], span["output"]) == ("user-9", "chat-9", "Hello")


def test_logged_by_bedrock_and_by_the_application():
    """The invocation log and the application's line of one call are one, whatever request each of them names."""
    id_ = "7a1f0e52-0000-4000-8000-000000000001"
    response = {**json.loads(ANSWERED), "ResponseMetadata": {"RequestId": id_}}
    own = {"requestId": "lambda-1", "modelId": "amazon.nova-pro-v1:0", "response": response}

    result = planned(FakeBodies(), offloaded(1), own)

    assert sum(len(one.keys) for one in result.deliveries) == 1
    assert dict(result.tally.dropped) == {"duplicate": 1}


def test_waits_once():
    """A body that still is not there is not waited for again: the call is told without it."""
    waiting = planned(FakeBodies(input=Absence.NOT_YET)).later[0].delivery
    bodies = FakeBodies(input=Absence.NOT_YET)

    told = retold(waiting, bodies)

    (span,) = spans(told)
    assert (told.completed_by, told.keys, bodies.without) == (None, waiting.keys, [Absence.NOT_YET])
    assert (span["output"], json.loads(span["metadata.content_absent"])) == ("Hello", {"input": "not_yet"})


def test_only_what_is_missing_is_asked_for_again():
    """The side that was there at first waits masked with the line."""
    waiting = planned(FakeBodies(output=Absence.NOT_YET)).later[0].delivery
    bodies = FakeBodies()

    retold(waiting, bodies)

    assert [count for count, _ in bodies.asked] == [1]


@pytest.mark.parametrize("line", ["", "{}", "no line", '{"line": "{}"}', None])
def test_a_line_that_cannot_be_read_again(line):
    """The call goes as it waited, and is counted as told without."""
    waiting = planned(FakeBodies(input=Absence.NOT_YET)).later[0].delivery
    bodies = FakeBodies()

    told = retold(waiting.__class__(**{**vars_of(waiting), "completed_by": line}), bodies)

    assert (told.body, told.completed_by, bodies.without) == (waiting.body, None, [Absence.CORRUPT])


def test_a_line_too_long_to_wait(monkeypatch):
    """A call that does not fit the queue with its line is told at once."""
    monkeypatch.setattr(placing, "LINE_LIMIT_CHARS", 100)
    bodies = FakeBodies(input=Absence.NOT_YET)

    result = planned(bodies)

    assert (len(result.deliveries), result.later, bodies.without) == (1, (), [Absence.NOT_YET])


def test_the_same_event_gives_the_same_bytes():
    """With the same bodies a resend is byte for byte the same."""
    first, again = (planned(FakeBodies(), offloaded(1), offloaded(2)) for _ in range(2))

    assert first.deliveries == again.deliveries


def test_bodies_come_a_few_at_a_time():
    """However many records an event has, only a few bodies are asked for together, and the books balance."""
    bodies = FakeBodies()

    result = planned(bodies, *(offloaded(number) for number in range(1, 8)))

    assert [count for count, _ in bodies.asked] == [4, 4, 4, 2]
    assert sum(delivery.records for delivery in result.deliveries) == result.tally.received == 7


def test_bodies_of_an_event_are_bounded(monkeypatch):
    """Beyond so many bytes the calls wait, and are read one by one."""
    monkeypatch.setattr(placing, "BODIES_BYTES", 100)

    result = planned(FakeBodies(), *(offloaded(number) for number in range(1, 6)))

    assert (sum(one.records for one in result.deliveries), len(result.later)) == (2, 3)


def test_time_left_for_sending():
    """Bodies get the time that sending does not need."""
    bodies = FakeBodies()

    planned(bodies, left_s=17.0)

    assert [within_s for _, within_s in bodies.asked] == [17.0 - placing.LEFT_FOR_SENDING_S]


def test_without_a_bucket():
    """Where bodies are not followed, the call says so."""
    result = job.plan(
        event(offloaded()),
        policy=default_policy(),
        mask_text=default_masker().mask_text,
        region="",
        environment="dev",
        limit_bytes=10**7,
    )

    (span,) = spans(*result.deliveries)
    assert json.loads(span["metadata.content_absent"]) == {"input": "not_followed", "output": "not_followed"}


def test_a_stream_whose_chunks_hide_what_they_say():
    """An address that was streamed in pieces is masked in the answer that goes out."""
    chunks = [
        *(
            {"type": "content_block_delta", "index": 0, "delta": {"text": EMAIL[at : at + 4]}}
            for at in range(0, len(EMAIL), 4)
        ),
        *STREAMS["claude"][0][-2:],
    ]
    stream = bedrock(
        "InvokeModelWithResponseStream", "anthropic.claude-haiku-4-5-20251001-v1:0", {}, {"outputBodyJson": chunks}
    )

    result = planned(FakeBodies(), stream)

    (span,) = spans(*result.deliveries)
    assert "gildong" not in span["output"]
    assert span["ms"] == 900


def test_rules_that_hit_in_a_body_are_listed():
    """Where the policy asks for it, the call says what was masked in its bodies too."""
    policy = load_policy(json.dumps({"masking": {"list_rules": True}}))

    result = planned(FakeBodies(), policy=policy)

    (span,) = spans(*result.deliveries)
    assert json.loads(span["metadata.masked"]) == ["email"]


def vars_of(delivery):
    return {name: getattr(delivery, name) for name in delivery.__dataclass_fields__}
