"""Recognise the answers among Pydantic AI's messages: `kind` `response`, with parts, and usage in one form for all."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import charge, finish
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.usage import exclusive, read_counts

EXAMPLES = (
    {
        "kind": "response",
        "model_name": "gpt-4o",
        "parts": [{"part_kind": "text", "content": "Hi."}],
        "usage": {"input_tokens": 9, "output_tokens": 1, "cache_read_tokens": 0},
    },
)
NO_EXAMPLES = ({"kind": "request", "parts": [{"part_kind": "user-prompt", "content": "Hi"}]}, {"kind": "response"})


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one answer; its input holds cached tokens, its output reasoning, whoever the provider is."""
    parts = document.get("parts")
    if document.get("kind") != "response" or not isinstance(parts, list) or "usage" not in document:
        return None
    found = Fields(document)
    usage = found.mapping("usage")
    finding = Finding(
        "pydantic_ai",
        model=found.text("modelname", "modelid"),
        provider=found.text("providername", "canonicalsystem"),
        call_id=found.text("providerresponseid", "vendorid"),
        trace_id=found.text("runid"),
        session_id=found.text("conversationid"),
        usage=exclusive(read_counts(usage), trust_total=False),
        output=_said(parts),
    )
    charge(finding, usage, document)
    finding.service_tier = Fields(found.mapping("providerdetails")).text("servicetier")
    finding.metadata = finish(document.get("finish_reason"))
    return finding


def _said(parts: list[Json]) -> Json:
    texts = [
        part.get("content") if isinstance(part, dict) and part.get("part_kind") == "text" else None for part in parts
    ]
    return "\n".join(map(str, texts)) if texts and all(text is not None for text in texts) else parts
