"""Shows the spans of an export for Langfuse to people: attributes by name, JSON in texts opened, times readable."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from logrouter.model import Json


def readable(export: bytes) -> Iterator[dict[str, Json]]:
    """Yield the spans of an export in its order, each as one flat object; every byte of text that leaves is in it."""
    for resource in json.loads(export)["resourceSpans"]:
        for scope in resource["scopeSpans"]:
            yield from map(_shown, scope["spans"])


def _shown(span: Mapping[str, Json]) -> dict[str, Json]:
    times = {name: _time(span[f"{name}TimeUnixNano"]) for name in ("start", "end")}
    head = {"trace_id": span["traceId"], "span_id": span["spanId"], "parent_span_id": span.get("parentSpanId")}
    said = {item["key"]: _opened(item["value"]) for item in span["attributes"]}
    return {"name": span["name"], **head, **times, "status": span["status"] or None, **said}


def _time(nanos: str) -> str:
    moment = datetime.fromtimestamp(int(nanos) // 10**9, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{int(nanos) % 10**9 // 10**6:03}Z"


def _opened(value: Mapping[str, Json]) -> Json:
    (inner,) = value.values()
    if "arrayValue" in value:
        return [_opened(item) for item in inner["values"]]
    if "stringValue" not in value or inner[:1] not in {"{", "["}:
        return inner
    try:
        return json.loads(inner)
    except ValueError:
        return inner
