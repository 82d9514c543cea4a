"""What a delivery tells of its calls is what was encoded into it, also behind the retry queue and after a cut."""

from dataclasses import replace
from decimal import Decimal

from logrouter.adapters.retry_queue import decode_message, encode_message
from logrouter.destinations.langfuse import LANGFUSE, encode_calls
from logrouter.destinations.langfuse_account import calls_of
from logrouter.model import LlmCall, Origin, Record

CALL = LlmCall(
    record=Record(Origin("1", "ap-northeast-2", "/aws/ecs/chat/llm", "s"), "e1", 1_788_000_000_000, "", service="chat"),
    name="answer",
    trace_id="a" * 32,
    observation_id="b" * 16,
    start_ms=1_788_000_000_123,
    end_ms=1_788_000_000_999,
    model="gpt-4o",
    usage={"input": 7, "output": 3, "total": 10},
    cost={"input": 0.1, "output": 0.2, "total": 0.3},
    cost_source="record",
    user_id="u-7",
)


def delivered(*calls):
    (delivery,) = encode_calls(calls, "default", environment="dev")
    return delivery


def test_facts_are_those_of_the_call():
    """Ids, time, model, user, tokens and exact cost come back as they went in."""
    (facts,) = calls_of(delivered(CALL))

    assert (facts.key, facts.observation_id, facts.trace_id) == ("langfuse:" + "b" * 16, "b" * 16, "a" * 32)
    assert (facts.start_ms, facts.kind, facts.model, facts.user_id) == (
        1_788_000_000_123,
        "generation",
        "gpt-4o",
        "u-7",
    )
    assert (facts.service, facts.environment, facts.failed) == ("chat", "dev", False)
    assert (facts.tokens, facts.usage["input"]) == (10, 7)
    assert (facts.cost_usd, facts.cost["input"]) == (Decimal("0.3"), Decimal("0.1"))
    assert facts.metadata["log_group"] == "/aws/ecs/chat/llm"


def test_what_is_not_known_is_not_told():
    """A call without model, usage and cost has none in its facts: unknown is not zero."""
    bare = replace(CALL, model=None, usage={}, cost={}, user_id=None, error="throttled", kind="tool")

    (facts,) = calls_of(delivered(bare))

    assert (facts.model, facts.user_id, facts.tokens, facts.failed, facts.kind) == (None, None, 0, True, "tool")


def test_facts_survive_queue_and_cut():
    """Parts of a delivery that waited in the queue tell of their own calls, and together of all."""
    calls = [replace(CALL, observation_id=f"{number:016x}") for number in range(1, 4)]
    waited = decode_message(encode_message(delivered(*calls)))

    parts = LANGFUSE.split(waited)

    assert len(parts) == 2
    assert [facts.observation_id for part in parts for facts in calls_of(part)] == [
        call.observation_id for call in calls
    ]
