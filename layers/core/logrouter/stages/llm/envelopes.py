"""Find the objects in a record that may be calls: the line itself, what loggers wrapped, and each one of a batch."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Final

from logrouter.model import Json, Record
from logrouter.stages.llm.reading.counts import CONTAINERS, counted_sides
from logrouter.stages.llm.reading.fields import Fields, opened, plain
from logrouter.stages.llm.reading.models import names_a_model
from logrouter.stages.llm.reading.printed import IN_PIECES, printed_object
from logrouter.stages.llm.reading.surroundings import OUTPUT_NAMES, TOOL_INPUT_NAMES, model_in
from logrouter.stages.llm.shapes.otel.activity_text import activities_in
from logrouter.stages.llm.shapes.otel.debug_text import export_in
from logrouter.stages.reading.printed import printed_object as printed_literal

type Parents = tuple[Mapping[str, Json], ...]
"""The objects between a line and one within it, outermost first."""

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

CONTENT: Final = frozenset(
    {
        *TOOL_INPUT_NAMES, *(name for name in OUTPUT_NAMES if name != "response"), *CONTAINERS, "content",
        "contents", "text", "parts",
        "tools", "toolcalls", "toolcall", "toolinput", "tooloutput", "functions", "functioncall", "candidates", "delta",
        "schema", "parameters", "document", "documents", "config", "configuration", "settings", "limits", "quota",
        "budget", "pricing", "example", "examples",
    }
)  # fmt: skip
"""Plain names of what was asked, answered, passed to a tool, counted or set: what stands there is no call itself."""

_OF_MANY: Final = ("nummodelrequests", "numrequests", "requestcount", "requests", "numcalls", "callcount", "calls")
"""What only sums over several calls count."""

_DEPTH: Final = 3
_DEEPEST: Final = 5
"""So many objects lie between a line and the innermost one that is looked at."""

_MOST_OBJECTS: Final = 200
_OF_TELEMETRY: Final = ("gen_ai.", "ai.", "traceloop.", "langfuse.", "openinference.")
"""How dotted names begin that have a shape of their own."""

_TOOL_NAMES: Final = frozenset({"tool_name", "toolName", "tool", "tool_call_id", "toolCallId"})
_OF_TOOLS: Final = frozenset({"result", "output", "response", "data", "body", "payload", "answer"})
"""What a tool gave back: that another program's answer stands there is no call of this one."""

_COUNTS: Final = ("usage", "usageMetadata", "usage_metadata")
_FORMS: Final = ("object", "choices", "candidates", "stop_reason", "output", "x_groq")
_BRACES: Final = 5
_DECODER: Final = json.JSONDecoder()
_LONGEST_BATCH: Final = 5_000


def documents_of(
    record: Record, mask_again: Callable[[str], str] = str
) -> Iterator[tuple[Mapping[str, Json], Mapping[str, Json]]]:
    """Yield each object of a record that may tell of calls, and the object around it (itself when there is none).

    A record is one object, or a batch: a JSON array, an object that holds a list, JSON objects line by line.
    `mask_again` masks what was printed in pieces (`'4111 1111 ' '1111 1111'`) once it is put together.
    """
    text = record.message
    whole: Json = record.document or export_in(text) or activities_in(text) or _from_text(text)
    if whole and not record.document and IN_PIECES.search(text):
        whole = opened(mask_again(json.dumps(whole, ensure_ascii=False)))
    if isinstance(whole, dict):
        batch = [] if _is_span(whole) else _batch_in(whole)
        if not batch:
            yield whole, whole
            return
        yield from ((item, whole) for item in batch)
    elif isinstance(whole, list):
        yield from ((item, item) for item in whole[:_LONGEST_BATCH] if isinstance(item, dict))
    elif (
        record.attributes
    ):  # `model=gpt-4o prompt_tokens=9`, JSON behind a text; or what a collector parsed of the line
        beside = record.attributes
        if _counts_a_model(beside, ()):
            yield beside, beside
        elif any(isinstance(value, dict) for value in beside.values()):
            yield from ((found, found) for found, _ in islice(_below(beside), 1))


def candidates_in(document: Mapping[str, Json]) -> Iterator[tuple[Mapping[str, Json], Parents]]:
    """Yield the object itself, then those within that may be a call, outermost first, each with what stands around it.

    Below a name of `ENVELOPES` every object may be one; below any other, what holds a model's counts by itself.
    """
    flat = _unflattened(document)
    if flat:
        yield from _below(flat)
    yield document, ()
    yield from _within((document,), _DEPTH, [_MOST_OBJECTS])


def _below(document: Mapping[str, Json]) -> Iterator[tuple[Mapping[str, Json], Parents]]:
    """Yield what counts tokens below an object that is no envelope itself."""
    return _within((document,), 0, [_MOST_OBJECTS])


def _within(around: Parents, depth: int, left: list[int]) -> Iterator[tuple[Mapping[str, Json], Parents]]:
    """Yield what may be a call below an object: `depth` levels of envelopes, deeper and elsewhere what counts tokens.

    Args:
        around: the objects from the whole line to the one whose fields are looked at.
        depth: of envelopes by name.
        left: how many objects may still be looked at, in one place for all levels.
    """
    is_tool = not _TOOL_NAMES.isdisjoint(around[-1])
    for name, value in around[-1].items():
        if not _may_hold(value):
            continue
        key = plain(name)
        is_envelope = depth > 0 and key in ENVELOPES
        inner = _object_in(value) if key in TEXT_ENVELOPES and (depth or _may_count(value)) else value
        if isinstance(inner, list) and len(inner) == 1 and key not in BATCHES:
            inner = inner[0]
        if not isinstance(inner, dict) or (key in CONTENT and not is_envelope) or (is_tool and key in _OF_TOOLS):
            continue
        if "limit" in key or "quota" in key or "budget" in key:  # what may be used, not what was
            continue
        left[0] -= 1
        if left[0] < 0:
            return
        is_call = is_envelope or (depth > 0 and _is_answer(inner)) or _counts_a_model(inner, around)
        if is_call:
            yield inner, around[1:]
        if len(around) <= _DEEPEST and key not in CONTENT:
            yield from _within((*around, inner), depth - 1 if is_call and depth else 0, left)


def _may_hold(value: Json) -> bool:
    """Whether a value is an object, a list of one, or a text in which an object may stand."""
    if isinstance(value, dict):
        return bool(value)
    if isinstance(value, str):
        return "{" in value
    return isinstance(value, list) and len(value) == 1


def _counts_a_model(value: Mapping[str, Json], around: Parents) -> bool:
    """Whether an object counts what only a call has: tokens of both sides under a model's name, or some beside one."""
    if not _may_count(" ".join(value)):
        return False
    found = Fields(value)
    sides, model = counted_sides(found), model_in(found)
    if any(name in found for name in _OF_MANY):
        return False
    if model and names_a_model(model):
        return bool(sides or counted_sides(found, in_words=False))
    if model or "modelversion" in found:
        return bool(sides)
    return len(sides) > 1 and any(model_in(Fields(parent)) for parent in around)


def _may_count(text: Json) -> bool:
    """Whether a name, or a text, could be of counts: `promptTokens`, `usage`, `usageMetadata`."""
    return isinstance(text, str) and ("oken" in text or "sage" in text or "OKEN" in text)


def _unflattened(document: Mapping[str, Json]) -> dict[str, Json]:
    """Return what dotted names stand for (`llm.model`, `llm.usage.prompt_tokens`); empty where none counts tokens."""
    names = " ".join(document)
    if "." not in names or not _may_count(names):
        return {}
    if not any("." in name and _may_count(name) and not name.startswith(_OF_TELEMETRY) for name in document):
        return {}
    nested: dict[str, Json] = {}
    for name, value in document.items():
        if name.startswith(_OF_TELEMETRY):
            continue
        *holders, last = name.split(".")
        place: Json = nested
        for holder in holders[:_DEEPEST]:
            place = place.setdefault(holder, {}) if isinstance(place, dict) else None
        if holders and isinstance(place, dict):
            place.setdefault(last, value)
    return nested


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
