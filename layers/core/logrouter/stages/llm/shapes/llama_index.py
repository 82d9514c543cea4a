"""Recognise LlamaIndex: instrumentation events, callback payloads, counted tokens, and its answers with their raw body.

Only what has ended is a call. Usage stands in the raw body of the answer, which its events carry as printed text.
"""

import re
from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.charges import finish
from logrouter.stages.llm.reading.fields import Fields, opened
from logrouter.stages.llm.reading.printed import printed_object
from logrouter.stages.llm.reading.usage import Counts, exclusive, find_counts, odd_total, read_counts

EXAMPLES = (
    {
        "class_name": "LLMChatEndEvent",
        "span_id": "OpenAI.chat-0795a1aa",
        "messages": [{"role": "user", "content": "Hi"}],
        "response": {
            "message": {"role": "assistant", "content": "Hello."},
            "raw": "ChatCompletion(id='c-1', model='gpt-4o', usage=Usage(completion_tokens=1, prompt_tokens=9))",
        },
    },
    {"class_name": "RetrievalEndEvent", "str_or_query_bundle": "capital", "nodes": [{"score": 0.93}]},
    {"event_type": "retrieve", "event_id": "12f32bee", "payload": {"nodes": ["Node ID: atlas-1"]}},
    {
        "event_id": "d7f29af8",
        "prompt": "a",
        "completion": "b",
        "prompt_token_count": 9,
        "completion_token_count": 1,
        "total_token_count": 10,
    },
)
NO_EXAMPLES = (
    {"class_name": "LLMChatStartEvent", "span_id": "s", "messages": [], "model_dict": {"model": "gpt-4o"}},
    {
        "class_name": "LLMChatInProgressEvent",
        "span_id": "s",
        "response": {"delta": "He", "raw": "ChatCompletionChunk(id='1')"},
    },
    {"event_type": "retrieve", "payload": "s3"},
    {"class_name": "LLMPredictEndEvent", "span_id": "OpenAI.predict-1", "output": "hello"},
)

_EVENTS: Final = {
    "LLMChatEndEvent": "generation",
    "LLMCompletionEndEvent": "generation",
    "LLMPredictEndEvent": "generation",
    "LLMStructuredPredictEndEvent": "generation",
    "EmbeddingEndEvent": "embedding",
    "SparseEmbeddingEndEvent": "embedding",
    "RetrievalEndEvent": "retriever",
    "ReRankEndEvent": "retriever",
    "AgentToolCallEvent": "tool",
    "AgentChatWithStepEndEvent": "agent",
    "AgentRunStepEndEvent": "agent",
    "QueryEndEvent": "chain",
    "SynthesizeEndEvent": "chain",
    "GetResponseEndEvent": "chain",
}
"""`class_name` of the events of `llama_index.core.instrumentation` that end something, and ours."""

_CALLBACKS: Final = {
    "llm": "generation",
    "embedding": "embedding",
    "retrieve": "retriever",
    "reranking": "retriever",
    "function_call": "tool",
    "agent_step": "agent",
    "query": "chain",
    "synthesize": "chain",
}
"""Values of `CBEventType`, and ours."""

_LLM_METHOD: Final = re.compile(r"\w+\.(?:a?stream_)?a?(?:chat|complete|predict)\w*-")


def read(document: Mapping[str, Json], outer: Mapping[str, Json]) -> Finding | None:
    """Read one event, payload, count or answer."""
    found = Fields(document)
    name = document.get("class_name")
    if isinstance(name, str) and name.endswith("Event"):
        return _event(name, found)
    kind = _CALLBACKS.get(str(document.get("event_type")))
    if kind is not None and isinstance(document.get("payload"), dict) and "eventid" in found:
        return _payload(found, kind)
    if {"prompt_token_count", "completion_token_count", "event_id"} <= document.keys():
        return _counted(document, found)
    if "raw" in found and ("message" in found or "text" in found or "additionalkwargs" in found):
        return _answered(found, Fields(outer))
    return None


def _event(name: str, found: Fields) -> Finding | None:
    if name in {"SpanDropEvent", "ExceptionEvent"}:
        return _dropped(found)
    kind = _EVENTS.get(name)
    if kind is None:
        return None
    answered = Fields(found.mapping("response", "output"))
    raw = _raw(answered)
    finding = _finding(kind, raw, found.text("spanid", "id"))
    finding.name = _tool(found) if kind == "tool" else None
    finding.input = found.get("messages", "prompt", "strorquerybundle", "query", "chunks", "arguments")
    finding.output = (
        found.get("nodes") if kind == "retriever" else _said(answered) or opened(found.get("response", "output"))
    )
    if kind == "embedding":
        finding.output = None
        finding.model = finding.model or found.text("modelname") or Fields(found.mapping("modeldict")).text("modelname")
    is_empty = kind in {"generation", "embedding"} and finding.model is None and not finding.usage
    return None if is_empty else finding  # such an event only repeats what another one tells


def _dropped(found: Fields) -> Finding | None:
    """Read the end of a span in an error: of a model's method a failed call, of anything else a failed step."""
    span = found.text("spanid") or ""
    message = found.text("errstr", "exception")
    if not span or message is None:
        return None
    kind = "generation" if _LLM_METHOD.match(span) else "chain"
    return Finding(
        "llama_index", kind=kind, name=span.split("-", 1)[0], model=found.text("model"), call_id=span, error=message
    )


def _payload(found: Fields, kind: str) -> Finding:
    payload = Fields(found.mapping("payload"))
    failed = payload.text("exception")
    serialized = Fields(payload.mapping("serialized"))
    answered = Fields(payload.mapping("response"))
    finding = _finding(kind, _raw(answered), found.text("eventid"))
    finding.parent_id = found.text("parentid")
    finding.model = finding.model or next(
        (named for part in (payload, serialized, found) if (named := part.text("modelname", "model"))), None
    )
    if not finding.usage:
        finding.usage = exclusive(find_counts(found.mapping("payload")))
    finding.input = payload.get("messages", "formattedprompt", "querystr", "chunks", "functioncall")
    finding.output = (
        None if kind == "embedding" else payload.get("nodes", "response", "completion", "functioncallresponse")
    )
    finding.name = _tool(payload) if kind == "tool" else None
    finding.error = failed
    return finding


def _counted(document: Mapping[str, Json], found: Fields) -> Finding | None:
    """Read what `TokenCountingHandler` counted of one event; it repeats neither model nor usage of the provider."""
    counts = read_counts(document)
    if not (counts.input or counts.output):
        return None
    return Finding(
        "llama_index",
        kind="generation" if counts.output else "embedding",
        model=found.text("model", "modelname"),
        call_id=found.text("eventid"),
        usage=exclusive(counts),
        input=document.get("prompt"),
        output=document.get("completion"),
    )


def _answered(found: Fields, around: Fields) -> Finding | None:
    finding = _finding("generation", _raw(found), None)
    if not finding.usage:
        finding.usage = exclusive(read_counts(found.mapping("additionalkwargs")))
    finding.model = finding.model or around.text("model", "modelname")
    finding.output = _said(found)
    return finding if finding.usage else None


def _finding(kind: str, raw: Fields, place: str | None) -> Finding:
    usage = raw.mapping("usage", "usagemetadata")
    counts = read_counts(usage) if usage else Counts(input=raw.whole("promptevalcount"), output=raw.whole("evalcount"))
    is_anthropic = raw.get("type") == "message"
    choices = raw.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    finding = Finding(
        "llama_index",
        kind=kind,
        model=raw.text("model", "modelversion"),
        call_id=raw.text("id", "responseid") or place,
        usage=exclusive(
            counts, cache_inside=not is_anthropic, reasoning_inside="candidatestokencount" not in Fields(usage)
        ),
        service_tier=raw.text("servicetier"),
        metadata=finish(first.get("finish_reason") if isinstance(first, dict) else raw.get("stop_reason")),
    )
    finding.usage_total_reported = odd_total(counts, finding.usage) if counts.total is not None else None
    return finding


def _raw(answered: Fields) -> Fields:
    """Return the provider's own body: an object, JSON text, or an object printed as Python does."""
    raw = opened(answered.get("raw"))
    if isinstance(raw, str):
        raw = printed_object(raw)
    return Fields(raw if isinstance(raw, dict) else {})


def _said(answered: Fields) -> Json:
    message = answered.mapping("message")
    if not message:
        return answered.get("text")
    blocks = message.get("blocks")
    text = message.get("content")
    if text is None and isinstance(blocks, list):
        text = "".join(str(block.get("text", "")) for block in blocks if isinstance(block, dict))
    return text or message


def _tool(found: Fields) -> str | None:
    return found.text("toolname") or Fields(found.mapping("tool")).text("name") or found.text("tool")
