"""Recognise answers of OpenAI and compatible servers: chat, Responses, Realtime, embeddings, audio, images."""

import re
from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import charge, finish
from logrouter.stages.llm.reading.fields import Fields, opened
from logrouter.stages.llm.reading.latency import latency_of
from logrouter.stages.llm.reading.surroundings import failure, parameters_of
from logrouter.stages.llm.reading.usage import Counts, exclusive, odd_total, read_counts, with_hidden_thoughts

EXAMPLES = (
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "model": "gpt-4o",
        "usage": {"prompt_tokens": 9, "completion_tokens": 1},
    },
    {"id": "resp_1", "object": "response", "model": "gpt-5", "usage": {"input_tokens": 9, "output_tokens": 1}},
    {
        "id": "chatcmpl-2",
        "object": "chat.completion.chunk",
        "model": "llama-3.3-70b-versatile",
        "usage": None,
        "x_groq": {"id": "req_1", "usage": {"prompt_tokens": 9, "completion_tokens": 1}},
    },
    {"id": "resp_2", "object": "response", "status": "failed", "model": "gpt-5", "error": {"code": "server_error"}},
    {"text": "Hello.", "usage": {"type": "tokens", "input_tokens": 9, "output_tokens": 1, "total_tokens": 10}},
)
NO_EXAMPLES: tuple[dict[str, Json], ...] = (
    {"object": "response", "status": 200},
    {"id": "resp_1", "object": "response", "status": "in_progress", "model": "gpt-5", "usage": None},
    {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o", "choices": [], "usage": None},
    {"text": "usage", "usage": {"type": "disk", "total": 9}},
    {"object": "list", "data": [{"object": "model", "id": "gpt-4o"}]},
)

_OBJECTS: Final = frozenset({"response", "realtime.response", "thread.run"})
_COMPLETIONS: Final = ("chat.completion", "text_completion", "text.completion")
"""How the `object` of a completion begins; Perplexity's ends in `.done`, the chunks of a stream in `.chunk`."""

_UNFINISHED: Final = frozenset({"in_progress", "queued", "requires_action"})
_DRAWN: Final = re.compile(r"(?:chat)?cmpl-\d{1,3}")
_KINDS: Final = {"embedding": "embedding", "ranking": "retriever"}
_UNCOUNTED: Final = frozenset({"embedding", "pages"})
"""Answers that are known also where they count no tokens."""


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one finished answer: `usage` with both cached and reasoning tokens inside their side."""
    usage = _usage(document)
    form = _form(document, usage)
    if form is None or str(document.get("status")) in _UNFINISHED:
        return None
    found, around = Fields(document), Fields(outer)
    model = found.text("model") or around.text("model", "modelid", "modelname", "deployment")
    counts = with_hidden_thoughts(read_counts(usage), model)
    error = _error(document, found)
    if not counts and usage.get("type") != "duration" and form not in _UNCOUNTED and not (error and "model" in found):
        return None
    if form == "image" and counts.image_output is None:  # what an image model puts out are image tokens
        counts = Counts(image_output=counts.output).over(counts)
    finding = Finding(
        "openai",
        kind=_KINDS.get(form, "generation"),
        model=model,
        provider=_provider(document, found, around),
        call_id=_unique(found.text("id")),
        usage=exclusive(counts),
        output=_output(document, form),
        parameters=parameters_of(found) if document is not outer else {},
        error=error,
    )
    finding.usage_total_reported = odd_total(counts, finding.usage)
    charge(finding, usage, document)
    if found.text("customid", "batchid") or str(around.text("id")).startswith("batch_req_"):
        finding.service_tier = "batch"
    finding.metadata = finish(_finish_reason(document))
    if "completedat" in found:  # of the Responses API, which tells both ends
        finding.start_ms, finding.end_ms = found.time_ms("createdat"), found.time_ms("completedat")
    if latency_of(around) is None:
        finding.latency_ms, finding.first_token_after_ms = _groq_times(Fields(usage))
    return finding


def answer(document: Mapping[str, Json]) -> Json:
    """Return what was answered: the one message of `choices` or `output`, or all of them."""
    choices = document.get("choices")
    if isinstance(choices, list) and choices:
        said = [_said(choice) for choice in choices if isinstance(choice, dict)]
        return said[0] if len(said) == 1 else said
    output = opened(document.get("output"))
    if isinstance(output, list) and len(output) == 1:
        return output[0]
    return output or document.get("output_text")


def _said(choice: Mapping[str, Json]) -> Json:
    """Return a message, a text, or what the last piece of a stream adds; a piece that adds nothing is none."""
    delta = choice.get("delta")
    if isinstance(delta, dict) and not (delta.get("content") or delta.get("tool_calls")):
        delta = None
    return choice.get("message") or choice.get("text") or delta


def _unique(identifier: str | None) -> str | None:
    """Return an id that tells calls apart: Ollama's OpenAI endpoint draws `chatcmpl-0` to `-998`, and two soon meet."""
    return None if identifier is None or _DRAWN.fullmatch(identifier) else identifier


def _usage(document: Mapping[str, Json]) -> dict[str, Json]:
    """Return the usage object; Groq's streams have it beside, in `x_groq`."""
    usage = opened(document.get("usage"))
    if not isinstance(usage, dict) and isinstance(document.get("x_groq"), dict):
        usage = document["x_groq"].get("usage")
    if not isinstance(usage, dict):
        usage = document.get("usage_info")  # Mistral OCR
    return usage if isinstance(usage, dict) else {}


def _form(document: Mapping[str, Json], usage: Mapping[str, Json]) -> str | None:
    """Name what kind of answer it is; None when it is none of OpenAI's."""
    form = str(document.get("object"))
    if form in _OBJECTS or form.startswith(_COMPLETIONS):
        return "answer"
    data = document.get("data")
    if document.get("object") == "list" and isinstance(data, list):
        first = data[0] if data and isinstance(data[0], dict) else {}
        if "relevance_score" in first:
            return "ranking"
        return "embedding" if usage or first.get("object") == "embedding" else None
    if "pages_processed" in usage and isinstance(document.get("pages"), list):
        return "pages"
    if isinstance(document.get("text"), str) and str(usage.get("type")) in {"tokens", "duration"}:
        return "transcription"
    return "image" if "input_tokens" in usage and {"created", "quality"} <= document.keys() else None


def _groq_times(usage: Fields) -> tuple[float | None, float | None]:
    """Return how long an answer of Groq took, and how long to its first token: it says so in its usage, in seconds."""
    waited, asked = usage.duration_ms("queuetime", unit="s"), usage.duration_ms("prompttime", unit="s")
    took = usage.duration_ms("totaltime", unit="s")
    if waited is None or asked is None or took is None:
        return None, None
    return waited + took, waited + asked


def _provider(document: Mapping[str, Json], found: Fields, around: Fields) -> str | None:
    """Return who answered: of OpenRouter's two providers the one that charges, which the line names beside."""
    named = around.text("provider", "systemprovider", "customllmprovider") or found.text("provider", "systemprovider")
    return named or ("azure" if "prompt_filter_results" in document else None)


def _output(document: Mapping[str, Json], form: str) -> Json:
    if form == "ranking":
        return document.get("data")
    others = {"embedding": None, "transcription": document.get("text"), "pages": document.get("pages")}
    return others[form] if form in others else answer(document)


def _finish_reason(document: Mapping[str, Json]) -> Json:
    choices, details = document.get("choices"), document.get("incomplete_details")
    if isinstance(details, dict) and details.get("reason"):
        return details["reason"]
    first = choices[0] if isinstance(choices, list) and choices else None
    return first.get("finish_reason") if isinstance(first, dict) else document.get("status")


def _error(document: Mapping[str, Json], found: Fields) -> str | None:
    if document.get("status") == "incomplete":
        return None
    details = Fields(found.mapping("statusdetails")).mapping("error")  # Realtime
    return failure(Fields({"error": details})) if details else failure(found)
