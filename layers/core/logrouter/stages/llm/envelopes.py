"""Find the objects in a record that may be calls: the line itself, what loggers wrapped, and each one of a batch."""

from collections.abc import Iterator, Mapping
from typing import Final

from logrouter.model import Json, Record
from logrouter.stages.llm.fields import opened, plain
from logrouter.stages.llm.printed import printed_object

ENVELOPES: Final = frozenset(
    {
        "attributes",
        "body",
        "chatcompletion",
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
        "genai",
        "generation",
        "kwargs",
        "llm",
        "llmcall",
        "llmoutput",
        "llmrequest",
        "llmresponse",
        "log",
        "message",
        "meta",
        "msg",
        "output",
        "payload",
        "properties",
        "raw",
        "rawresponse",
        "record",
        "response",
        "result",
        "span",
        "standardloggingobject",
        "standardloggingpayload",
    }
)
"""Plain names of the fields in which loggers wrap the object that matters."""

TEXT_ENVELOPES: Final = frozenset(
    {"message", "msg", "log", "body", "payload", "data", "event", "standardloggingobject", "standardloggingpayload"}
)
"""Those whose object may be JSON text. Never the model's own answer: what it wrote must not count as a call."""

BATCHES: Final = frozenset(
    {"batch", "calls", "entries", "events", "items", "llmcalls", "llmevents", "records", "spans"}
)
"""Plain names of the fields in which loggers gather several objects, each of which may be a call."""

_DEPTH: Final = 3
_LONGEST_BATCH: Final = 5_000


def documents_of(record: Record) -> Iterator[tuple[dict[str, Json], Mapping[str, Json]]]:
    """Yield each object of a record that may tell of calls, and the object around it (itself when there is none).

    A record is one object, or a batch: a JSON array, an object that holds a list, JSON objects line by line.
    """
    whole: Json = record.document or _from_text(record.message)
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
            inner = opened(value) if key in TEXT_ENVELOPES else value
            if key in ENVELOPES and isinstance(inner, dict):
                yield from candidates_in(inner, depth - 1)


def _is_span(document: Mapping[str, Json]) -> bool:
    """Whether it is a span, whose events are its own and no batch of records."""
    names = {plain(name) for name in document}
    return "name" in names and not names.isdisjoint({"context", "spancontext", "traceid"})


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
    return lines if lines and all(isinstance(line, dict) for line in lines) else printed_object(message)
