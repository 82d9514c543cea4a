"""The contexts of a Sentry event: where the record came from, links into AWS, its trace, and all else that it says.

A context of type `otel` (facts of a log record and of where it came from, Relay's `OtelContext`) is left alone by
Sentry's default scrubbers; of any other they take every text away that holds a word such as `auth`, and so the links
and names of a group `auth-service` (measured with `sentry-relay` 0.10.1, 2026-11-20). Masking has run before.
"""

import re
from typing import Final

from logrouter.destinations.console_links import request_link, shown_id, stream_link, trace_link
from logrouter.destinations.sentry_fields import (
    context_of,
    cut,
    derived_hex,
    event_id_of,
    headers_of,
    one_line,
    trace_of,
    xray_of,
)
from logrouter.destinations.sentry_occurrences import storm_of
from logrouter.model import Issue, Json, Record
from logrouter.model.remembering import remembered

RUNTIME_FIELDS: Final = (
    "process.runtime.version",
    "runtime_version",
    "runtimeVersion",
    "python_version",
    "node_version",
    "nodeVersion",
    "java_version",
    "go_version",
    "goversion",
)
"""Attributes that say which version of the language's runtime ran, most telling first."""

XRAY_FIELDS: Final = re.compile(
    r"_?x[-_]?amzn[-_]?trace[-_]?id|(?:aws[-_.]?)?x[-_]?ray[-_ .]?(?:trace[-_]?)?id", re.IGNORECASE
)
"""Attributes that hold an X-Ray id beside the record's own trace id, as `_X_AMZN_TRACE_ID` and `xray_trace_id`."""

RUNTIME_FOLDER: Final = re.compile(r"/(?:python|ruby/)(\d\.\d{1,2})(?:\.\d{1,2})?/")
"""Where Python and Ruby keep their own files and installed packages: the folder says which version ran."""

RUNTIME_NAMES: Final = {"csharp": ".NET", "go": "go", "java": "java", "node": "node", "php": "php", "python": "python"}
OTEL_FIELDS: Final = frozenset({"type", "title", "attributes", "resource"})
"""Names that mean something in a context of type `otel`; an attribute so called gets `logged.` in front."""

STACK_CHARS: Final = 7_000


def contexts_of(issue: Issue) -> dict[str, Json]:
    """Return the contexts of an event; one without facts is left out."""
    record = issue.record
    contexts = {
        "trace": trace_context_of(record),
        "cloudwatch": _titled("CloudWatch", _cloudwatch(record)),
        "log_record": _titled("Log record", _log_record(record)),
        "attributes": _titled("Attributes", context_of(record.attributes)),
        "stack": _titled("Stack trace as logged", _stack(record)),
        "storm": _titled("Storm", storm_of(issue.occurrence)),
        "response": {"type": "response", "status_code": record.status} if _is_status(record.status) else None,
        "runtime": _runtime(record),
    }
    return {name: context for name, context in contexts.items() if context}


def xray_id_of(record: Record) -> str | None:
    """Return the X-Ray id (`1-<8 hex>-<24 hex>`) that a record states as its trace id or in an attribute, else None."""
    if own := xray_of(record.trace_id):
        return own
    facts = (*record.attributes.items(), *headers_of(record.attributes).items())
    named = (value for name, value in facts if _may_be_xray(name))
    return next((found for value in named if isinstance(value, str) and (found := xray_of(value))), None)


@remembered
def _may_be_xray(name: str) -> bool:
    return XRAY_FIELDS.fullmatch(name) is not None


def _titled(title: str, facts: dict[str, Json]) -> dict[str, Json] | None:
    """Return facts as a context that the default scrubbers leave alone; `title` is what Sentry shows above it."""
    shown = {f"logged.{name}" if name in OTEL_FIELDS else name: value for name, value in facts.items()}
    return {**shown, "type": "otel", "title": title} if facts else None


def trace_context_of(record: Record) -> dict[str, str] | None:
    """Return the record's own trace, else the one of its X-Ray id, else one that all records of its request share."""
    event_id = event_id_of(record)
    own = trace_of(record.trace_id, record.span_id, event_id) or trace_of(xray_id_of(record), record.span_id, event_id)
    if own or not record.request_id:
        return own
    return trace_of(derived_hex(record.origin.account, "request", record.request_id), record.span_id, event_id)


def _cloudwatch(record: Record) -> dict[str, Json]:
    """Names and links. A W3C trace id is shown in X-Ray's form too; only an id of X-Ray's own gets a link."""
    origin, xray = record.origin, xray_id_of(record)
    own = trace_of(record.trace_id, None, "")
    return context_of(
        {
            "open_stream": stream_link(origin, record.timestamp_ms, record.event_id),
            "open_request": request_link(origin, record.timestamp_ms, record.request_id),
            "open_trace": trace_link(origin, xray),
            "log_group": origin.log_group or None,
            "log_stream": origin.log_stream or None,
            "event_id": shown_id(record.event_id),
            "xray_trace_id": xray or (f"1-{own['trace_id'][:8]}-{own['trace_id'][8:]}" if own else None),
        }
    )


def _log_record(record: Record) -> dict[str, Json]:
    return context_of(
        {
            "lines": record.lines,
            "duration_ms": record.duration_ms,
            "masked_values": sum(record.rules.values()) or None,
            "masked": list(record.masked) or None,
        }
    )


def _stack(record: Record) -> dict[str, Json]:
    """The trace as text, when no frames could be read from it."""
    stack = record.error.stack if record.error else None
    return {"text": cut(stack, STACK_CHARS)} if stack else {}


def _runtime(record: Record) -> dict[str, Json] | None:
    """Name and version of what ran the program, as far as the record tells."""
    name = record.attributes.get("process.runtime.name") or (record.error and record.error.language)
    if not isinstance(name, str) or name in {"", "native"}:
        return None
    version = next((value for field in RUNTIME_FIELDS if (value := record.attributes.get(field))), _version_of(record))
    shown: dict[str, Json] = {"type": "runtime", "name": one_line(RUNTIME_NAMES.get(name, name), 100)}
    return shown | ({"version": one_line(version, 100)} if isinstance(version, str | int | float) else {})


def _version_of(record: Record) -> str | None:
    """Return the version that the innermost files of the runtime or of its packages lie under, None without any."""
    if record.error is None or record.error.language not in {"python", "ruby"}:
        return None
    found = (RUNTIME_FOLDER.search(frame.file) for frame in reversed(record.error.frames) if frame.file)
    return next((match[1] for match in found if match), None)


def _is_status(status: int | None) -> bool:
    return status is not None and 100 <= status <= 599
