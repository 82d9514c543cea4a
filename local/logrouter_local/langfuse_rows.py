"""Rows of Langfuse's events table, one a copy of a span, and the forms in which its pages and its API show them.

The form of an observation is that of `GET /api/public/v2/observations` (server 4.16.0 and the SDK's types, 2026-11-20).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from logrouter_local.otlp_rules import Span, attributes_of, parsed

PROJECT: Final = "local"
PREFIX: Final = "langfuse.observation."
METADATA_CHARS: Final = 200
"""What the API shows of a metadata value that is not asked for by name."""


@dataclass(slots=True)
class Stored:
    """A span and how many rows it has: Langfuse counts each copy until it merges them.

    Args:
        scope: name of the instrumentation scope it came in.
        visible_s: monotonic time from which reading finds it.
        copies: its rows; 0 when the server lost it after its 200.
    """

    span: Span
    scope: str = ""
    visible_s: float = 0.0
    copies: int = 1


def scopes_of(export: Any) -> list[str]:
    """Return the scope name of each span of an export that has the form of one, in order."""
    return [
        str((scope.get("scope") or {}).get("name", ""))
        for resource in export["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
        if isinstance(span, dict)
    ]


def observation_of(entry: Stored) -> dict[str, Any]:
    """Return all that is known of a span, under the API's names."""
    span, attributes = entry.span, attributes_of(entry.span)
    start, end = (int(span[name]) // 1_000_000 for name in ("startTimeUnixNano", "endTimeUnixNano"))
    metadata = {
        name.removeprefix(f"{PREFIX}metadata."): value
        for name, value in attributes.items()
        if name.startswith(f"{PREFIX}metadata.")
    }
    return {
        "id": span["spanId"],
        "traceId": span["traceId"],
        "parentObservationId": span.get("parentSpanId"),
        "isAppRoot": attributes.get("langfuse.internal.is_app_root") is True,
        "name": span.get("name"),
        "type": str(attributes.get(f"{PREFIX}type", "span")).upper(),
        "startTime": iso(start),
        "endTime": iso(end),
        "completionStartTime": attributes.get(f"{PREFIX}completion_start_time"),
        "latency": (end - start) / 1000,
        "model": attributes.get(f"{PREFIX}model.name"),
        "modelParameters": parsed(attributes.get(f"{PREFIX}model.parameters")) or {},
        "input": attributes.get(f"{PREFIX}input"),
        "output": attributes.get(f"{PREFIX}output"),
        "usageDetails": parsed(attributes.get(f"{PREFIX}usage_details")) or {},
        "costDetails": parsed(attributes.get(f"{PREFIX}cost_details")) or {},
        "level": attributes.get(f"{PREFIX}level", "DEFAULT"),
        "statusMessage": attributes.get(f"{PREFIX}status_message"),
        "metadata": metadata,
        "copies": entry.copies,
        "traceName": attributes.get("langfuse.trace.name"),
        "userId": attributes.get("user.id"),
        "sessionId": attributes.get("session.id"),
        "environment": attributes.get("langfuse.environment", "default"),
        "release": attributes.get("langfuse.release"),
        "version": attributes.get("langfuse.version"),
        "tags": attributes.get("langfuse.trace.tags") or [],
        "promptName": attributes.get(f"{PREFIX}prompt.name"),
        "promptVersion": attributes.get(f"{PREFIX}prompt.version"),
    }


def row_of(entry: Stored) -> dict[str, Any]:
    """Return one row as the v2 API selects from: every field of every group, and the scope in the metadata."""
    known = observation_of(entry)
    first, start = known["completionStartTime"], known["startTime"]
    return {
        **known,
        "projectId": PROJECT,
        "metadata": {**known["metadata"], "scope.name": entry.scope},
        "isRootObservation": known["parentObservationId"] is None or known["isAppRoot"],
        "bookmarked": False,
        "public": False,
        "createdAt": known["endTime"],
        "updatedAt": known["endTime"],
        "providedModelName": known["model"],
        "internalModelId": None,
        "modelParameters": json.dumps(known["modelParameters"]),
        "totalCost": known["costDetails"].get("total"),
        "usagePricingTierName": None,
        "promptId": None,
        "promptVersion": None if known["promptVersion"] is None else int(known["promptVersion"]),
        "timeToFirstToken": None if first is None else _seconds(first) - _seconds(start),
    }


FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "core": ("id", "traceId", "startTime", "endTime", "projectId", "parentObservationId", "type"),
    "basic": (
        *("name", "level", "statusMessage", "version", "environment", "bookmarked", "public"),
        *("userId", "sessionId", "isRootObservation"),
    ),
    "time": ("completionStartTime", "createdAt", "updatedAt"),
    "io": ("input", "output"),
    "metadata": ("metadata",),
    "model": ("providedModelName", "internalModelId", "modelParameters"),
    "usage": ("usageDetails", "costDetails", "totalCost", "usagePricingTierName"),
    "prompt": ("promptId", "promptName", "promptVersion"),
    "metrics": ("latency", "timeToFirstToken"),
    "trace_context": ("tags", "release", "traceName"),
}
"""The field groups of the v2 API; `core` is always there."""


def shown(row: Mapping[str, Any], groups: Iterable[str], expanded: Iterable[str]) -> dict[str, Any]:
    """Return the fields of some groups of a row; metadata values are cut unless they are asked for by name."""
    found = {name: row[name] for group in ("core", *groups) for name in FIELDS.get(group, ())}
    if "metadata" in found:
        whole = set(expanded)
        found["metadata"] = {
            name: value if name in whole else str(value)[:METADATA_CHARS] for name, value in row["metadata"].items()
        }
    if "model" in groups:
        found["model"] = row["model"]
    return {**found, "modelId": None, "inputPrice": None, "outputPrice": None, "totalPrice": None}


def traces_of(observations: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return traces, newest first, each with its observations in order of time."""
    by_trace: dict[str, list[dict[str, Any]]] = {}
    for observation in sorted(observations, key=lambda found: (found["startTime"], found["id"])):
        by_trace.setdefault(observation["traceId"], []).append(observation)
    traces = [_trace(trace_id, members) for trace_id, members in by_trace.items()]
    return sorted(traces, key=lambda trace: (trace["timestamp"], trace["id"]), reverse=True)


def iso(moment_ms: int) -> str:
    """Write epoch milliseconds as the API does."""
    return datetime.fromtimestamp(moment_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _trace(trace_id: str, members: list[dict[str, Any]]) -> dict[str, Any]:
    def first(name: str) -> Any:
        return next((member[name] for member in members if member[name]), None)

    return {
        "id": trace_id,
        "name": first("traceName"),
        "timestamp": members[0]["startTime"],
        "userId": first("userId"),
        "sessionId": first("sessionId"),
        "environment": first("environment"),
        "release": first("release"),
        "version": first("version"),
        "tags": sorted({tag for member in members for tag in member["tags"]}),
        "totalCost": round(sum(member["costDetails"].get("total", 0) * member["copies"] for member in members), 12),
        "totalTokens": sum(member["usageDetails"].get("total", 0) * member["copies"] for member in members),
        "observations": members,
    }


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
