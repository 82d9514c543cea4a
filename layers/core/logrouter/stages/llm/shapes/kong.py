"""Recognise calls in the log lines of Kong's AI Gateway: `ai.proxy` with `meta` and `usage` in an access log entry.

Format: Kong, AI Gateway audit log reference (checked 2026-11-20). A cost of 0 says that nobody configured prices.
"""

from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import Fields, opened
from logrouter.stages.llm.reading.surroundings import INPUT_NAMES, parameters_of
from logrouter.stages.llm.reading.usage import exclusive, odd_total, read_counts

EXAMPLES = (
    {
        "started_at": 1787113201719,
        "request": {"id": "9ec9264afbbbad5fe5c64877d92eeb04", "uri": "/v1/chat/completions"},
        "response": {"status": 200},
        "ai": {
            "proxy": {
                "meta": {"request_model": "gpt-4o", "response_model": "gpt-4o-2024-08-06", "provider_name": "openai"},
                "usage": {"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10, "cost": 0},
            }
        },
    },
)
NO_EXAMPLES = (
    {"request": {"id": "1"}, "ai": {"proxy": "10.0.0.1"}},
    {"request": {"id": "1"}, "ai": {"proxy": {"meta": {"plugin_id": "p"}, "usage": {}}}},
)

_PLUGINS: Final = ("proxy", "aiproxy", "aiproxyadvanced")
_FIRST_ERROR: Final = 400


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one request that went to a model, and what came back."""
    ai = document.get("ai")
    proxy = Fields(Fields(ai).mapping(*_PLUGINS)) if isinstance(ai, dict) else Fields({})
    meta, usage = Fields(proxy.mapping("meta")), proxy.mapping("usage")
    model = meta.text("responsemodel", "requestmodel")
    if model is None:
        return None
    found, payload = Fields(document), Fields(proxy.mapping("payload"))
    asked = Fields(payload.mapping("request"))
    counts = read_counts(usage)
    cost = Fields(usage).money("cost")
    status = Fields(found.mapping("response")).whole("status")
    finding = Finding(
        "kong",
        complete=True,
        model=model,
        provider=meta.text("providername"),
        request_id=Fields(found.mapping("request")).text("id"),
        usage=exclusive(counts) if counts.input or counts.output else {},
        cost={"total": cost} if cost else {},
        input=asked.get(*INPUT_NAMES),
        output=opened(payload.get("response")),
        parameters=parameters_of(asked),
        start_ms=found.time_ms("startedat"),
        latency_ms=meta.duration_ms("llmlatency"),
        first_token_after_ms=Fields(usage).duration_ms("timetofirsttoken")
        if meta.get("requestmode") == "stream"
        else None,
        error=f"HTTP {status}" if status is not None and status >= _FIRST_ERROR else None,
        metadata={"request_model": meta.text("requestmodel")},
    )
    if finding.usage:
        finding.usage_total_reported = odd_total(counts, finding.usage)
    return finding
