"""Recognise results of the Vercel AI SDK, as `onFinish` and `generateText` give them; its spans are OpenTelemetry's.

`usage` is that of the last step, `totalUsage` that of all of them; the model stands in `response.modelId`.
"""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import finish
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.usage import exclusive, odd_total, read_counts

EXAMPLES = (
    {
        "text": "Hello there",
        "finishReason": "stop",
        "usage": {"inputTokens": 20, "outputTokens": 5, "totalTokens": 25},
        "response": {"id": "resp_1", "modelId": "gpt-4o-mini"},
    },
)
NO_EXAMPLES = (
    {"finishReason": "stop", "usage": {"cpu": 3}, "response": {"id": "1"}},
    {"usage": {"inputTokens": 20}, "response": {"modelId": "T-800"}},
)


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one result; its input holds cached tokens, its output reasoning, whoever the provider is."""
    response = document.get("response")
    if "finishReason" not in document or not isinstance(response, dict) or "modelId" not in response:
        return None
    found, answered = Fields(document), Fields(response)
    counts = read_counts(found.mapping("totalusage", "usage"))
    if not counts:
        return None
    calls = document.get("toolCalls")
    finding = Finding(
        "ai_sdk",
        model=answered.text("modelid"),
        provider=Fields(outer).text("provider"),
        call_id=answered.text("id"),
        usage=exclusive(counts),
        output=document.get("text") or document.get("object") or ({"tool_calls": calls} if calls else None),
        metadata=finish(document.get("finishReason")),
    )
    finding.usage_total_reported = odd_total(counts, finding.usage)
    return finding
