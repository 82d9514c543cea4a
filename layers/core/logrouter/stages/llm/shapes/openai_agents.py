"""Recognise spans of the OpenAI Agents SDK, as its trace processors export them: `"object": "trace.span"`.

Turns and tasks repeat the usage of the answers inside them and carry none here. Spans of the Responses API name no
model; log the response where its price matters.
"""

from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.surroundings import parameters_of
from logrouter.stages.llm.reading.usage import exclusive, odd_total, read_counts

EXAMPLES = (
    {
        "object": "trace.span",
        "id": "span_28e3ff82",
        "trace_id": "trace_b9400f9e",
        "parent_id": "span_221804dc",
        "started_at": "2026-11-20T15:37:08.776873+00:00",
        "ended_at": "2026-11-20T15:37:09.077239+00:00",
        "span_data": {"type": "generation", "model": "gpt-4o", "usage": {"input_tokens": 9, "output_tokens": 1}},
        "error": None,
    },
    {
        "object": "trace.span",
        "id": "span_25261ac7",
        "trace_id": "trace_8a4bcf24",
        "ended_at": "2026-11-20T15:37:09.613186+00:00",
        "span_data": {"type": "function", "name": "weather", "input": "{}", "output": "sunny"},
    },
)
NO_EXAMPLES = (
    {"object": "trace", "id": "trace_b9400f9e", "workflow_name": "Agent workflow"},
    {"object": "trace.span", "id": "span_1", "span_data": {"type": "generation", "model": "gpt-4o"}, "ended_at": None},
)

_KINDS: Final = {
    "generation": "generation",
    "response": "generation",
    "speech": "generation",
    "transcription": "generation",
    "function": "tool",
    "mcp_tools": "tool",
    "agent": "agent",
    "guardrail": "guardrail",
    "handoff": "span",
}
"""`span_data.type` and ours; anything else is a step."""


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one span that has ended."""
    found = Fields(document)
    data = found.mapping("spandata")
    if document.get("object") != "trace.span" or not data or "endedat" not in found:
        return None
    about = Fields(data)
    kind = _KINDS.get(str(data.get("type")), "chain")
    is_call = kind == "generation"
    counts = read_counts(about.mapping("usage") if is_call else {})
    finding = Finding(
        "openai_agents",
        kind=kind,
        name=about.text("name"),
        model=about.text("model") if is_call else None,
        provider="openai" if data.get("type") == "response" else None,
        call_id=found.text("id"),
        trace_id=found.text("traceid"),
        parent_id=found.text("parentid"),
        usage=exclusive(counts),
        input=data.get("input"),
        output=_output(data),
        parameters=parameters_of(Fields(about.mapping("modelconfig"))),
        start_ms=found.time_ms("startedat"),
        end_ms=found.time_ms("endedat"),
        error=_error(Fields(found.mapping("error"))),
    )
    finding.usage_total_reported = odd_total(counts, finding.usage) if counts.total is not None else None
    answered = about.text("responseid")
    finding.metadata = {"response_id": answered} if answered else {}
    return finding


def _output(data: Mapping[str, Json]) -> Json:
    """Return the answer, its one message without the list; of a guardrail whether it was triggered."""
    output = data.get("output")
    if data.get("type") == "guardrail":
        return {"triggered": data.get("triggered") is True}
    return output[0] if isinstance(output, list) and len(output) == 1 else output


def _error(error: Fields) -> str | None:
    """Return the message, and behind it the cause where the data names one."""
    message, cause = error.text("message"), Fields(error.mapping("data")).text("error")
    return ": ".join(part for part in (message, cause) if part) or None
