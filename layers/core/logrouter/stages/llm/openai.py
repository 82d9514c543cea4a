"""Recognise OpenAI answers: Chat Completions, Responses, Completions, Embeddings, and compatible servers."""

from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.llm.fields import Fields, opened
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.surroundings import failure
from logrouter.stages.llm.usage import exclusive, odd_total, read_counts

_OBJECTS = ("chat.completion", "chat.completion.chunk", "text_completion", "response")
_UNFINISHED = ("in_progress", "queued")

EXAMPLES = (
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-4o",
        "usage": {"prompt_tokens": 9, "completion_tokens": 1},
    },
    {"id": "resp_1", "object": "response", "model": "gpt-5", "usage": {"input_tokens": 9, "output_tokens": 1}},
)
NO_EXAMPLES = (
    {"object": "response", "status": 200},
    {"id": "resp_1", "object": "response", "status": "in_progress", "model": "gpt-5", "usage": None},
)


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:  # noqa: ARG001 - every shape's form
    """Read one finished answer: `usage` with both cached and reasoning tokens inside their side."""
    usage = document.get("usage")
    if not isinstance(usage, dict) or document.get("status") in _UNFINISHED:
        return None
    is_embedding = document.get("object") == "list" and isinstance(document.get("data"), list)
    if document.get("object") not in _OBJECTS and not is_embedding:
        return None
    found = Fields(document)
    counts = read_counts(usage)
    if not counts:
        return None
    finding = Finding(
        "openai",
        kind="embedding" if is_embedding else "generation",
        model=found.text("model"),
        provider=found.text("provider", "systemprovider"),
        call_id=found.text("id"),
        usage=exclusive(counts),
        output=None if is_embedding else answer(document),
        error=_error(document, found),
    )
    finding.usage_total_reported = odd_total(counts, finding.usage)
    finding.metadata = {
        name: value
        for name, value in (("finish_reason", _finish_reason(document)), ("service_tier", found.text("servicetier")))
        if value
    }
    return finding


def answer(document: Mapping[str, Json]) -> Json:
    """Return what was answered: the one message of `choices` or `output`, or all of them."""
    choices = document.get("choices")
    if isinstance(choices, list) and choices:
        said = [
            choice.get("message") or choice.get("text") or choice.get("delta")
            for choice in choices
            if isinstance(choice, dict)
        ]
        return said[0] if len(said) == 1 else said
    output = opened(document.get("output"))
    if isinstance(output, list) and len(output) == 1:
        return output[0]
    return output or document.get("output_text")


def _finish_reason(document: Mapping[str, Json]) -> str | None:
    choices = document.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    reason = first.get("finish_reason") if isinstance(first, dict) else document.get("status")
    return reason if isinstance(reason, str) else None


def _error(document: Mapping[str, Json], found: Fields) -> str | None:
    if document.get("status") == "incomplete":
        return None
    return failure(found)
