"""Whole exports in one line: OTLP's JSON with `resourceSpans` or `resourceLogs`, and parts of one.

So write the file exporters of the SDKs and of the Collector, Java's OTLP logging exporters, and who prints a request.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import opened
from logrouter.stages.llm.shapes.otel.spans import Told, as_hex, told_by

LONGEST: Final = 10_000
"""So many spans of one line are read; CloudWatch takes lines of 1 MB, a span has some hundred bytes."""

_RESOURCES: Final = ("resourceSpans", "resource_spans", "ResourceSpans", "resourceLogs", "resource_logs")
_SCOPES: Final = (
    "scopeSpans", "scope_spans", "ScopeSpans", "instrumentationLibrarySpans", "scopeLogs", "scope_logs",
)  # fmt: skip
_OWN_ID: Final = ("spanId", "span_id")
_PARENT_ID: Final = ("parentSpanId", "parent_span_id")
_ITEMS: Final = ("spans", "Spans", "logRecords", "log_records")


@dataclass(frozen=True, slots=True)
class Export:
    """The objects of an export that hold a resource and its scopes, and the one that they stand in."""

    resources: tuple[Mapping[str, Json], ...]

    @classmethod
    def of(cls, document: Mapping[str, Json]) -> "Export | None":
        """Return the export that an object is, None when it is none."""
        found = [item for name in _RESOURCES for item in _objects(document.get(name))]
        if not found and any(isinstance(document.get(name), list) for name in (*_SCOPES, *_ITEMS)):
            found = [document]
        return cls(tuple(found)) if found else None


def spans_in(export: Export) -> Iterator[Told]:
    """Yield the spans and log records of an export that carry telemetry of models."""
    left = LONGEST
    for document, resource, scope in documents_in(export):
        left -= 1
        if left < 0:
            return
        told = told_by(document, resource, scope)
        if told is not None:
            yield told


def parents_in(export: Export) -> dict[str, str]:
    """Return span id to the id of its parent, of every span of an export, also of those that tell of no model."""
    parents: dict[str, str] = {}
    for document, _, _ in documents_in(export):
        own, parent = (_id_in(document, *names) for names in (_OWN_ID, _PARENT_ID))
        if own and parent and len(parents) < LONGEST:
            parents[own] = parent
    return parents


def documents_in(export: Export) -> Iterator[tuple[Mapping[str, Json], Json, Json]]:
    """Yield every span and log record of an export with its resource and its scope."""
    for holder in export.resources:
        resource = holder.get("resource", holder.get("Resource"))
        scopes = [item for name in _SCOPES for item in _objects(holder.get(name))] or [holder]
        for scoped in scopes:
            scope = scoped.get("scope", scoped.get("instrumentationLibrary"))
            for name in _ITEMS:
                for document in _objects(scoped.get(name)):
                    yield document, resource, scope


def _id_in(document: Mapping[str, Json], *names: str) -> str | None:
    identifier = next((document[name] for name in names if name in document), None)
    return as_hex(identifier) if isinstance(identifier, str) else None


def _objects(value: Json) -> list[Mapping[str, Json]]:
    found = opened(value)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
