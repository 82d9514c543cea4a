"""Recognise Anthropic Messages answers; their `input_tokens` never hold cached ones."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.fields import Fields
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.usage import exclusive, read_counts

EXAMPLES = (
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-sonnet-4-5",
        "content": [],
        "usage": {"input_tokens": 9, "output_tokens": 1},
    },
)
NO_EXAMPLES = ({"type": "message", "role": "user", "content": "hello"},)


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one answer of the Messages API."""
    usage, identifier = document.get("usage"), document.get("id")
    is_message = document.get("type") == "message" or (isinstance(identifier, str) and identifier.startswith("msg_"))
    if not is_message or not isinstance(usage, dict) or "output_tokens" not in usage:
        return None
    found = Fields(document)
    finding = Finding(
        "anthropic",
        model=found.text("model"),
        provider=found.text("provider") or "anthropic",
        call_id=found.text("id"),
        usage=exclusive(read_counts(usage), cache_inside=False, trust_total=False),
        output=content(document.get("content")),
    )
    extras = (("finish_reason", found.text("stopreason")), ("service_tier", Fields(usage).text("servicetier")))
    finding.metadata = {name: value for name, value in extras if value}
    return finding


def content(blocks: Json) -> Json:
    """Return content blocks as text when they are text alone, else as they are."""
    if isinstance(blocks, list) and blocks and all(_is_text(block) for block in blocks):
        return "\n".join(block["text"] for block in blocks)
    return blocks


def _is_text(block: Json) -> bool:
    return (
        isinstance(block, dict) and isinstance(block.get("text"), str) and set(block) <= {"type", "text", "citations"}
    )
