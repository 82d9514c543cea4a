"""Find the objects in a record that may be calls: the line itself, what loggers wrapped, and each one of a batch."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from logrouter.model import Json, Record
from logrouter.stages.llm.fields import opened, plain
from logrouter.stages.llm.otel.activity_text import activities_in
from logrouter.stages.llm.otel.debug_text import export_in
from logrouter.stages.llm.printed import printed_object
from logrouter.stages.reading.printed import printed_object as printed_literal

ENVELOPES: Final = frozenset(
    {
        "additionalkwargs",
        "airesponse",
        "answer",
        "anthropic",
        "apiresponse",
        "attributes",
        "backendresponsebody",
        "body",
        "chatcompletion",
        "chatresponse",
        "chunk",
        "completion",
        "context",
        "data",
        "detail",
        "details",
        "event",
        "extra",
        "extras",
        "fields",
        "gemini",
        "genai",
        "generation",
        "kwargs",
        "llm",
        "llmcall",
        "llmoutput",
        "llmrequest",
        "llmresponse",
        "llmresult",
        "log",
        "message",
        "meta",
        "msg",
        "openai",
        "output",
        "payload",
        "properties",
        "raw",
        "rawresponse",
        "record",
        "reply",
        "res",
        "resp",
        "response",
        "responsebody",
        "result",
        "span",
        "standardloggingobject",
        "standardloggingpayload",
    }
)
"""Plain names of the fields in which loggers wrap the object that matters."""

TEXT_ENVELOPES: Final = frozenset(
    {
        "message", "msg", "log", "body", "payload", "data", "event", "standardloggingobject", "standardloggingpayload",
        "responsebody", "backendresponsebody", "rawresponse",
    }
)  # fmt: skip
"""Those whose object may be JSON text. Never the model's own answer: what it wrote must not count as a call."""

BATCHES: Final = frozenset(
    {"batch", "calls", "entries", "events", "items", "llmcalls", "llmevents", "records", "spans"}
)
"""Plain names of the fields in which loggers gather several objects, each of which may be a call."""

_DEPTH: Final = 3
_COUNTS: Final = ("usage", "usageMetadata", "usage_metadata")
_FORMS: Final = ("object", "choices", "candidates", "stop_reason", "output", "x_groq")
_BRACES: Final = 5
_DECODER: Final = json.JSONDecoder()
_LONGEST_BATCH: Final = 5_000


def documents_of(record: Record) -> Iterator[tuple[dict[str, Json], Mapping[str, Json]]]:
    """Yield each object of a record that may tell of calls, and the object around it (itself when there is none).

    A record is one object, or a batch: a JSON array, an object that holds a list, JSON objects line by line.
    """
    text = record.message
    whole: Json = record.document or export_in(text) or activities_in(text) or _from_text(text)
    if isinstance(whole, dict):
        batch = [] if _is_span(whole) else _batch_in(whole)
        if not batch:
            yield whole, whole
            return
        yield from ((item, whole) for item in batch)
    elif isinstance(whole, list):
        yield from ((item, item) for item in whole[:_LONGEST_BATCH] if isinstance(item, dict))


def candidates_in(document: Mapping[str, Json], depth: int = _DEPTH) -> Iterator[Mapping[str, Json]]:
    """Yield the object itself, then those that it wraps, outermost first."""
    yield document
    if depth:
        for name, value in document.items():
            key = plain(name)
            inner = _object_in(value) if key in TEXT_ENVELOPES else value
            if isinstance(inner, dict) and (key in ENVELOPES or _is_answer(inner)):
                yield from candidates_in(inner, depth - 1)


def _is_answer(value: Mapping[str, Json]) -> bool:
    """Whether an object under any name calls itself a provider's answer: it has a form and counts its tokens."""
    return any(name in value for name in _COUNTS) and any(name in value for name in _FORMS)


def _object_in(value: Json) -> Json:
    """Return the JSON object that a text is, or that stands in it (`LLM response: {...} took 812 ms`)."""
    if not isinstance(value, str) or (start := value.find("{")) < 0:
        return value
    return opened(value) if not start else _embedded(value, start)


def _objects_in(text: str, start: int) -> Json:
    """Return the JSON objects that stand in a text, one alone as itself; None where there is none."""
    found: list[Json] = []
    braces = 0
    while start >= 0 and braces < _BRACES:
        try:
            value, end = _DECODER.raw_decode(text, start)
            found.append(value)
        except (ValueError, RecursionError):
            braces, end = braces + 1, start + 1
        start = text.find("{", end)
    return found if len(found) > 1 else found[0] if found else None


def _embedded(text: str, start: int) -> Json:
    """Return the first JSON object in a text from its first brace on, the text where there is none."""
    for _ in range(_BRACES):
        try:
            return _DECODER.raw_decode(text, start)[0] if start >= 0 else text
        except (ValueError, RecursionError):
            start = text.find("{", start + 1)
    return text


def _is_span(document: Mapping[str, Json]) -> bool:
    """Whether it is a span or a run, whose events are its own and no batch of records."""
    names = {plain(name) for name in document}
    return "runtype" in names or ("name" in names and not names.isdisjoint({"context", "spancontext", "traceid"}))


def _batch_in(document: Mapping[str, Json]) -> list[dict[str, Json]]:
    for name, value in document.items():
        if isinstance(value, list) and plain(name) in BATCHES:
            items = [item for item in value[:_LONGEST_BATCH] if isinstance(item, dict)]
            if items and len(items) == len(value[:_LONGEST_BATCH]):
                return items
    return []


def _from_text(message: str) -> Json:
    """Return the JSON that a text ends in (`11:20 INFO {...}`), objects of its lines, or one that Python printed."""
    start = message.find("{")
    if start < 0:
        return printed_object(message)
    if start and message[start - 1] == "[":
        found = opened(message[start - 1 :].strip())
        if isinstance(found, list):
            return found
    found = opened(message[start:].strip())
    if isinstance(found, dict):
        return found
    lines = [opened(line.strip()) for line in message.splitlines() if line.strip()] if "\n{" in message else []
    if lines and all(isinstance(line, dict) for line in lines):
        return lines
    return printed_object(message) or _objects_in(message, start) or printed_literal(message[start:].strip())
