"""Laws of following bodies: no planted value gets out, however it was cut; the books balance; order and bytes hold."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from logrouter.adapters.retry_queue import encode_message
from logrouter.jobs import trace_llm as job
from logrouter.masking import default_masker
from logrouter.policy.load import default_policy
from logrouter.stages.llm.offloaded import STREAM, Absence
from tests.unit.llm_samples import bedrock

EMAIL = "hong.gildong" + "@" + "customer.example.com"
KEY = "AKIA" + "IOSFODNN7" + "EXAMPLE"
CARD = "4111" + "1111" + "1111" + "1111"
PLANTED = (EMAIL, KEY, CARD)
TELLING = ("hong.gildong", KEY, CARD)
"""What may not be seen of each: masking leaves the domain of an address."""

FOLDER = "s3://large/AWSLogs/123456789012/BedrockModelInvocationLogs/us-east-1/2026/08/29/10/data/"
WORDS = st.lists(st.sampled_from([*PLANTED, "ask", "me", "later", "서울", "no. 7", "(a)"]), min_size=1, max_size=8)


class Given:
    """Bodies by request id and side; where there is none it is absent for the reason given."""

    def __init__(self, bodies, why):
        self.bodies = bodies
        self.why = why

    def fetch(self, references, within_s):
        return [self.bodies.get((one.request_id, one.side), self.why) for one in references]

    def told_without(self, why):
        pass


@st.composite
def streamed(draw):
    """Return the chunks of an answer, cut at any places."""
    text = " ".join(draw(WORDS))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pieces = [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    form = draw(st.sampled_from(["claude", "tool", "nova", "llama", "chat"]))
    shapes = {
        "claude": lambda piece: {"type": "content_block_delta", "index": 0, "delta": {"text": piece}},
        "tool": lambda piece: {"type": "content_block_delta", "index": 0, "delta": {"partial_json": piece}},
        "nova": lambda piece: {"contentBlockDelta": {"delta": {"text": piece}, "contentBlockIndex": 0}},
        "llama": lambda piece: {"generation": piece},
        "chat": lambda piece: {"choices": [{"index": 0, "delta": {"content": piece}}]},
    }
    return [shapes[form](piece) for piece in pieces]


@st.composite
def worlds(draw):
    """Return records, and what of their bodies lies in S3."""
    records, bodies = [], {}
    for number in range(draw(st.integers(1, 4))):
        id_ = f"7a1f0e52-0000-4000-8000-{number:012}"
        asked = {"messages": [{"role": "user", "content": " ".join(draw(WORDS))}]}
        answered = draw(streamed())
        sides = {}
        for side, body in (("input", asked), ("output", answered)):
            place = draw(st.sampled_from(["line", "s3", "nowhere"]))
            sides[side] = (
                {f"{side}BodyJson": body} if place == "line" else {f"{side}BodyS3Path": f"{FOLDER}{id_}_{side}.json.gz"}
            )
            if place == "s3":
                bodies[id_, side] = json.dumps(body).encode()
        model = "anthropic.claude-haiku-4-5-20251001-v1:0"
        records.append(bedrock("InvokeModelWithResponseStream", model, sides["input"], sides["output"], requestId=id_))
    return records, bodies


def planned(records, bodies):
    event = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/bedrock/invocations",
        "logStream": STREAM,
        "logEvents": [
            {"id": str(number), "timestamp": 1787999998000 + number, "message": json.dumps(record)}
            for number, record in enumerate(records)
        ],
    }
    return job.plan(
        event,
        policy=default_policy(),
        mask_text=default_masker().mask_text,
        region="us-east-1",
        environment="dev",
        limit_bytes=10**7,
        bodies=bodies,
    )


@settings(max_examples=60, deadline=None)
@given(worlds(), st.sampled_from(list(Absence)))
def test_laws(world, why):
    """Nothing planted leaves or waits; every record is told or waits; the same again gives the same bytes."""
    records, bodies = world
    plan = planned(records, Given(bodies, why))

    waiting = [one.delivery for one in plan.later]
    told = [
        job.retell(
            one,
            policy=default_policy(),
            mask_text=default_masker().mask_text,
            environment="dev",
            bodies=Given(bodies, Absence.NOT_FOUND),
        )
        for one in waiting
    ]
    leaving = [one.body.decode() for one in (*plan.deliveries, *told)]
    queued = [one.body.decode() + (one.completed_by or "") for one in waiting]
    assert not [secret for secret in TELLING for text in (*leaving, *queued) if secret in text]
    assert sum(one.records for one in (*plan.deliveries, *waiting)) == plan.tally.received == len(records)
    assert [one.keys for one in told] == [one.keys for one in waiting]
    assert (not waiting) or why.passes
    again = planned(records, Given(bodies, why))
    assert again.deliveries == plan.deliveries
    assert [encode_message(one.delivery) for one in again.later] == [encode_message(one) for one in waiting]
