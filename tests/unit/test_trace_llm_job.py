"""The plan of trace_llm: one delivery a call, its route, and books that hold whatever one record does."""

import json

from logrouter.jobs import trace_llm as job
from logrouter.model import DropReason
from logrouter.policy.load import default_policy, load_policy


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


def planned(event, policy=None):
    return job.plan(
        event,
        policy=policy or default_policy(),
        mask_text=lambda text, service, log_group: (text, {}),
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

    def breaks_on_the_first(record, rules):
        if record.event_id == "0":
            raise ZeroDivisionError
        return recognise(record, rules)

    monkeypatch.setattr(job, "recognise", breaks_on_the_first)

    result = planned(document(call(), call(requestId="q")))

    assert (len(result.deliveries), dict(result.tally.dropped)) == (1, {DropReason.INVALID_LLM_CALL: 1})
