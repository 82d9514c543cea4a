"""Turns one masked log event into the canonical record, whatever logger wrote it. Never raises, loses no text.

JSON objects, and objects as Node.js and Python print them, go to the JSON parsers; everything else to the text parsers
whose lines begin with its first character.
What none recognises is plain text: the message is the text. Stack traces in the message become `Record.error`.
"""

import json
import re
from dataclasses import replace

from logrouter.model import ErrorInfo, Json, Level, MaskedEvent, MaskedText, Record
from logrouter.policy.log_groups import service_of
from logrouter.stages.lambda_origin import lambda_origin
from logrouter.stages.parsers.registry import JSON_PARSERS, TEXT_PARSERS, by_first_character
from logrouter.stages.reading.json_text import json_object
from logrouter.stages.reading.parser import Document, Fields
from logrouter.stages.reading.printed import printed_object
from logrouter.stages.syslog import unwrap_syslog
from logrouter.stages.traces.registry import read_trace
from logrouter.stages.unwrap import Wrapped, facts_by_our_names, named_by_labels, unwrap_document, unwrap_text

PLAIN = "text"
"""`Record.format` of what no parser recognised."""

_BY_CHARACTER, _GENERAL = by_first_character(TEXT_PARSERS)
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]", re.ASCII)
_WRAPPERS_LIMIT = 4
"""A line stands in so many wrappers at most (containerd's prefix within Fluent Bit's object is two)."""

_COLLECTORS = frozenset({"firelens", "fluent-bit", "fluentbit", "fluentd"})
"""Parts of log-group names that name who collected the lines, not who wrote them."""

_TITLE_LIMIT_CHARS = 8192
"""Sentry keeps as many characters of a message (Relay's normaliser, measured 2026-11-20)."""


def parse(event: MaskedEvent) -> Record:
    """Read one masked log event.

    Every word of the text is found again in the record: in a field, in `message`, in `attributes`, in `error`, or in
    `document`. Only the furniture of stack traces (`at`, `File`, markers under the source) and terminal colours go. A
    record that names no service gets the one its log group is named for, else the container's name.
    """
    record = _read(event)
    _add_surroundings(record)
    if record.service is None:
        record.service = _service_of(record, service_of(event.origin.log_group))
    return record


def _service_of(record: Record, named: str | None) -> str | None:
    """Return the service the log group is named for; where that is a collector's or none, task family or container."""
    if named is not None and named not in _COLLECTORS:
        return named
    family, container = record.attributes.get("task_definition"), record.attributes.get("container")
    if isinstance(family, str) and family:
        return family.rpartition("/")[2].partition(":")[0]
    return container if isinstance(container, str) and container else named


def _add_surroundings(record: Record) -> None:
    """Add what the log stream, or a collector that parsed the line itself, tells of where the program ran."""
    attributes = record.attributes
    if "ecs_task_arn" in attributes or isinstance(attributes.get("kubernetes"), dict):
        record.attributes = attributes = facts_by_our_names(attributes)
        service, version = named_by_labels(attributes.get("labels"))
        record.service, record.version = record.service or service, record.version or version
    origin = lambda_origin(record.origin)
    if origin is not None:
        named = {"function_name": origin.function, "function_version": origin.version}
        record.attributes = {**{name: value for name, value in named.items() if value}, **attributes}


def _read(event: MaskedEvent) -> Record:
    try:
        return _parse(event)
    except Exception as fault:  # noqa: BLE001 - one odd line must not cost the batch; the text goes on as it is
        record = _record(event, {"message": event.message}, PLAIN, None)
        record.attributes["parser_fault"] = type(fault).__name__
        return record


def _parse(event: MaskedEvent, depth: int = 0) -> Record:
    text = event.message.strip()
    document = _object(text)
    wrapped = None
    if depth < _WRAPPERS_LIMIT:
        at_ms = event.timestamp_ms
        wrapped = (
            unwrap_document(document, at_ms) if document else unwrap_text(text, at_ms) or unwrap_syslog(text, at_ms)
        )
    if wrapped is not None:
        return _from_wrapped(event, wrapped, depth)
    if document is not None:
        return _from_document(event, document, text)
    return _from_text(event, text)


def _object(text: str) -> Document | None:
    document = json_object(text)
    return printed_object(text) if document is None else document


def _from_document(event: MaskedEvent, document: Document, text: str) -> Record:
    for parser in JSON_PARSERS:
        if parser.recognises(document):
            fields = parser.read(document, event.timestamp_ms)
            inner_document = json_object(fields.get("message", "").strip())
            if inner_document is not None:
                return _merge(_from_document(event, inner_document, text), fields, event.timestamp_ms)
            _complete_message(fields, text)
            if "\n" in fields["message"]:
                _lift_trace(fields)
            return _record(event, fields, parser.name, document)
    return _record(event, {"message": text}, PLAIN, document)


def _complete_message(fields: Fields, text: str) -> None:
    """Give a record without a message the title of its error, or what was logged instead of a text, or its own text."""
    if not fields.get("message"):
        error, said = fields.get("error"), fields.get("attributes", {}).get("message")
        title = title_of(error) if error else ""
        if not title and isinstance(said, dict | list):
            title = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
        fields["message"] = (title or text)[:_TITLE_LIMIT_CHARS]


def _from_wrapped(event: MaskedEvent, wrapped: Wrapped, depth: int) -> Record:
    """Read the line that a collector wrapped; what the line says itself wins over what the collector knows."""
    record = _parse(replace(event, message=MaskedText(wrapped.line)), depth + 1)
    said = record.attributes
    taken = {f"collector.{name}": fact for name, fact in wrapped.facts.items() if said.get(name, fact) != fact}
    record.attributes = {**wrapped.facts, **taken, **record.attributes}
    if wrapped.timestamp_ms is not None and record.timestamp_ms == event.timestamp_ms:
        record.timestamp_ms = wrapped.timestamp_ms
    record.level = record.level or wrapped.level
    record.service = record.service or wrapped.service
    record.version = record.version or wrapped.version
    return record


def _from_text(event: MaskedEvent, text: str) -> Record:
    if "\x1b" in text:
        text = _COLOURS.sub("", text).strip()
    for parser in _BY_CHARACTER.get(text[:1], _GENERAL) if text else ():
        fields = parser.read(text, event.timestamp_ms)
        if fields is not None:
            return _from_fields(event, fields, parser.name)
    return _from_fields(event, {"message": text}, PLAIN)


def _from_fields(event: MaskedEvent, fields: Fields, name: str) -> Record:
    """Finish what a text parser read: a JSON message is read in turn, a stack trace is lifted out."""
    message = fields.get("message", "").strip()
    document = _object(message)
    if document is not None:
        inner = _from_document(event, document, message)
        return _merge(inner, fields, event.timestamp_ms)
    fields["message"] = message
    if "error" not in fields or not fields["error"]:
        _lift_trace(fields)
    _complete_message(fields, event.message.strip())
    return _record(event, fields, name, None)


def _merge(record: Record, outer: Fields, at_ms: int) -> Record:
    """Lay a JSON message over the fields of the line around it (`ts<TAB>request<TAB>INFO<TAB>{...}`)."""
    attributes = {**outer.get("attributes", {}), **record.attributes}
    if (request_id := outer.get("request_id")) and record.request_id not in {None, request_id}:
        attributes["outer_request_id"] = request_id
    if record.timestamp_ms == at_ms:
        record.timestamp_ms = outer.get("timestamp_ms", at_ms)
    for name, value in outer.items():
        if name not in {"message", "attributes", "timestamp_ms"} and getattr(record, name) is None:
            setattr(record, name, value)
    record.attributes = attributes
    return record


def _lift_trace(fields: Fields) -> None:
    """Move a stack trace out of the message into `error`; the text around it stays the message."""
    message, known = fields["message"], fields.get("error")
    trace = read_trace(message) if len(message) > 20 else None
    if trace is None:
        return
    is_richer = known is None or trace.error.cause or trace.error.members or not known.frames
    fields["error"] = trace.error if is_richer else known
    fields["message"] = trace.before.strip() or title_of(trace.error) or message
    if trace.after:
        fields["attributes"] = {**fields.get("attributes", {}), "trace_details": trace.after}
    if fields.get("level") is None:
        fields["level"] = _level_of_trace(trace.error)


def _level_of_trace(error: ErrorInfo) -> Level:
    """Severity of a trace that stands without a level: a panic of Go or Rust ends the program, a warning is none.

    `Trace` is what Node's `console.trace` calls where the program passed by.
    """
    if error.language == "node" and error.type == "Trace":
        return Level.TRACE
    if error.language in {"go", "native"} and error.type:
        return Level.FATAL
    return Level.WARN if error.type and error.type.endswith("Warning") else Level.ERROR


def title_of(error: ErrorInfo) -> str:
    """Return `Type: message`, or as much of it as there is."""
    return ": ".join(part for part in (error.type, error.message) if part)


def _record(event: MaskedEvent, fields: Fields, name: str, document: dict[str, Json] | None) -> Record:
    values: dict[str, Json] = {"timestamp_ms": event.timestamp_ms, **fields}
    return Record(
        origin=event.origin,
        event_id=event.id,
        format=name,
        document=document,
        lines=event.lines,
        rules=event.rules,
        masked=event.masked,
        **values,
    )
