"""Recognise Anthropic Messages answers and the end of their streams; their `input_tokens` never hold cached ones."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import charge, finish
from logrouter.stages.llm.reading.fields import Fields
from logrouter.stages.llm.reading.surroundings import parameters_of
from logrouter.stages.llm.reading.usage import exclusive, read_counts

EXAMPLES = (
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
        "usage": {"input_tokens": 9, "output_tokens": 1},
    },
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"input_tokens": 9, "output_tokens": 15}},
)
NO_EXAMPLES = (
    {"type": "message", "role": "user", "content": "hello"},
    {
        "type": "message_start",
        "message": {"id": "msg_1", "type": "message", "usage": {"input_tokens": 9, "output_tokens": 1}},
    },
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hello"}},
)


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one answer of the Messages API; what opens a stream is none yet, its counts are those of one token."""
    usage, identifier = document.get("usage"), document.get("id")
    is_message = str(document.get("type")) in {"message", "message_delta"} or (
        isinstance(identifier, str) and identifier.startswith("msg_")
    )
    if not is_message or not isinstance(usage, dict) or "output_tokens" not in usage or _opens_stream(document, outer):
        return None
    found = Fields(document)
    delta = document.get("delta")
    finding = Finding(
        "anthropic",
        model=found.text("model") or (Fields(outer).text("model", "modelid") if document is not outer else None),
        provider=Fields(outer).text("provider") or found.text("provider") or "anthropic",
        call_id=found.text("id"),
        usage=exclusive(read_counts(usage), cache_inside=False, trust_total=False),
        output=content(document.get("content")),
        parameters=parameters_of(found) if document is not outer else {},
    )
    charge(finding, usage, document)
    stopped = delta.get("stop_reason") if isinstance(delta, dict) else document.get("stop_reason")
    finding.metadata = finish(stopped)
    return finding


def content(blocks: Json) -> Json:
    """Return content blocks as text when they are text alone, else as they are."""
    if isinstance(blocks, list) and blocks and all(_is_text(block) for block in blocks):
        return "\n".join(block["text"] for block in blocks)
    return blocks


def _opens_stream(document: Mapping[str, Json], outer: Mapping[str, Json]) -> bool:
    if document.get("type") == "message_delta":
        stopped = document.get("delta")
        return not isinstance(stopped, dict) or not stopped.get("stop_reason")
    holder = next((each for each in (outer, document) if each.get("type") == "message_start"), None)
    return holder is not None or (
        "stop_reason" in document and document["stop_reason"] is None and document.get("content") == []
    )


def _is_text(block: Json) -> bool:
    return (
        isinstance(block, dict) and isinstance(block.get("text"), str) and set(block) <= {"type", "text", "citations"}
    )
