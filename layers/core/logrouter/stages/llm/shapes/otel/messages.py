"""What was asked and answered, from the attributes and events of a span."""

from collections.abc import Sequence
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import opened
from logrouter.stages.llm.shapes.otel.attributes import Attributes, as_list
from logrouter.stages.llm.shapes.otel.spans import SpanEvent

_ASKED: Final = ("langfuse.observation.input", "gen_ai.input.messages")
_ANSWERED: Final = ("langfuse.observation.output", "gen_ai.output.messages")
_ASKED_ELSE: Final = (
    "gen_ai.prompt", "gen_ai.content.prompt", "ai.prompt.messages", "ai.prompt", "ai.toolCall.args", "ai.values",
    "ai.value", "llm.prompts", "gen_ai.guardrail.input", "gen_ai.tool.call.arguments", "gen_ai.tool.input",
    "gen_ai.retrieval.query.text", "reranker.query", "traceloop.entity.input", "gen_ai.task.input", "tool.parameters",
    "input.value",
)  # fmt: skip
_ANSWERED_ELSE: Final = (
    "gen_ai.completion", "gen_ai.content.completion", "ai.response.object", "ai.toolCall.result", "llm.completions",
    "gen_ai.guardrail.output", "gen_ai.tool.call.result", "gen_ai.tool.output", "gen_ai.retrieval.documents",
    "traceloop.entity.output", "gen_ai.task.output", "output.value",
)  # fmt: skip
_LISTS: Final = {
    "asked": (
        "gen_ai.prompt.", "llm.prompts.", "llm.input_messages.", "reranker.input_documents.", "embedding.embeddings.",
    ),
    "answered": (
        "gen_ai.completion.", "llm.completions.", "llm.output_messages.", "retrieval.documents.",
        "reranker.output_documents.",
    ),
}  # fmt: skip
"""Prefixes of numbered attributes."""

_WRAPPERS: Final = frozenset({"message", "message_content", "tool_call", "document", "embedding"})
"""Objects of one key that OpenInference puts around each item of a list."""

_ROLES: Final = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
_CHOICE: Final = "gen_ai.choice"
_PARTS: Final = frozenset({"role", "content", "finish_reason", "id"})


def asked(attributes: Attributes, events: Sequence[SpanEvent]) -> Json:
    """Return what the model was given, system instructions first; None when the span does not say."""
    value = opened(attributes.first(*_ASKED))
    if value is None:
        value = _numbered(attributes, "asked")
    if value is None:
        value = _told(events)
    if value is None:
        value = _all_opened(attributes.first(*_ASKED_ELSE))
    system = opened(attributes.first("gen_ai.system_instructions"))
    if system is not None and isinstance(value, list) and not _begins_with_system(value):
        return [{"role": "system", "content": system}, *value]
    query = attributes.text("reranker.query")
    return {"query": query, "documents": value} if query and isinstance(value, list) else value


def _begins_with_system(messages: list[Json]) -> bool:
    first = messages[0] if messages else None
    return isinstance(first, dict) and first.get("role") == "system"


def answered(attributes: Attributes, events: Sequence[SpanEvent]) -> Json:
    """Return what came back; vectors of embeddings are left out."""
    value = opened(attributes.first(*_ANSWERED))
    if value is None:
        value = _vercel_answer(attributes)
    if value is None:
        value = _numbered(attributes, "answered")
    if value is None:
        value = _choices(events)
    return _all_opened(attributes.first(*_ANSWERED_ELSE)) if value is None else value


def _vercel_answer(attributes: Attributes) -> Json:
    text, calls = attributes.first("ai.response.text"), opened(attributes.first("ai.response.toolCalls"))
    if calls and text:
        return {"role": "assistant", "content": text, "tool_calls": calls}
    return {"role": "assistant", "tool_calls": calls} if calls else text


def _numbered(attributes: Attributes, side: str) -> Json:
    """Collect `gen_ai.prompt.0.role`, `llm.input_messages.0.message.content`, ... in order of their numbers."""
    for prefix in _LISTS[side]:
        found = attributes.nested(prefix)
        if isinstance(found, list) and found:
            bare = [_bare(item) for item in found]
            is_texts = prefix == "embedding.embeddings."
            return [item.get("text") for item in bare if isinstance(item, dict)] if is_texts else bare
    return None


def _bare(item: Json) -> Json:
    """Take the wrappers of OpenInference away, and vectors out."""
    if isinstance(item, list):
        return [_bare(inner) for inner in item]
    if not isinstance(item, dict):
        return item
    if len(item) == 1:
        name, inner = next(iter(item.items()))
        if name in _WRAPPERS:
            return _bare(inner)
    kept = {name: _bare(value) for name, value in item.items() if name != "vector"}
    contents = kept.pop("contents", None)
    return kept if contents is None else {**kept, "content": contents}


def _told(events: Sequence[SpanEvent]) -> Json:
    """Return the messages that a span tells as events."""
    return [
        {"role": role, **_content(Attributes(event.attributes, roots=None).under(""))}
        for event in events
        if (role := _ROLES.get(event.name)) is not None
    ] or None


def _choices(events: Sequence[SpanEvent]) -> Json:
    said = [
        {"role": "assistant", **_content(Attributes(event.attributes, roots=None).under(""))}
        for event in events
        if event.name == _CHOICE
    ]
    return said[0] if len(said) == 1 else said or None


def _content(attributes: dict[str, Json]) -> dict[str, Json]:
    said = {name: opened(value) for name, value in attributes.items() if name in _PARTS}
    message = opened(attributes.get("message"))
    return {**said, "content": message} if message is not None else said


def _all_opened(value: Json) -> Json:
    """Open JSON text, also that of each item of a list, as the Vercel AI SDK writes them."""
    found = opened(value)
    if isinstance(found, list) and found and all(isinstance(item, str) for item in as_list(found)):
        return [_unquoted(item) for item in found]
    return _unquoted(found)


def _unquoted(value: Json) -> Json:
    """Return what a JSON text stands for, a quoted string among them."""
    found = opened(value)
    if isinstance(found, str) and len(found) >= 2 and found[0] == found[-1] == '"':
        inner = opened(f"[{found}]")
        return inner[0] if isinstance(inner, list) else found
    return found
