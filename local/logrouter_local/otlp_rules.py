"""What Langfuse does with an OTLP export in JSON: refuse it as a whole, or misread it. Both as lists of findings.

Measured against a Langfuse server 4.16.0, and read in its source (2026-11-20). `faults` are answered with 400 by the
real server too; `complaints` are what it would take and show wrongly, so that our receiver refuses them.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

TRACE_ID, SPAN_ID, NANOS = re.compile(r"[0-9a-f]{32}"), re.compile(r"[0-9a-f]{16}"), re.compile(r"[0-9]{1,19}")
SAFE_INTEGER = 2**53 - 1
EARLIEST_MS, LATEST_MS = 946_684_800_000, 4_102_444_800_000
TYPES = frozenset(
    {
        "generation",
        "span",
        "embedding",
        "agent",
        "tool",
        "chain",
        "retriever",
        "guardrail",
        "evaluator",
        "event",
    }
)

ID_CHARS, CONTROLS = 200, re.compile(r"[\x00-\x1f\x7f]")
LEVELS = frozenset({"DEBUG", "DEFAULT", "WARNING", "ERROR"})
UNSAFE_SEGMENTS = frozenset({"__proto__", "constructor", "prototype"})
SUMMED = (
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "langfuse.observation.model.name",
)
"""Attributes that are summed, or that are summed by; two copies that say different things give a sum of neither."""
ROOT_MARKS = ("langfuse.internal.is_app_root", "langfuse.internal.as_root")

type Span = dict[str, Any]


def spans_of(export: Any) -> list[Span] | None:
    """Return the spans of an export, None when it has not the form of one."""
    try:
        return [
            span
            for resource in export["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
            if isinstance(span, dict)
        ]
    except (KeyError, TypeError):
        return None


def faults_of(span: Span) -> list[str]:
    """Return why the real server answers 400 for the whole export that holds this span."""
    faults = []
    if not TRACE_ID.fullmatch(str(span.get("traceId", ""))) or not SPAN_ID.fullmatch(str(span.get("spanId", ""))):
        faults.append("ids must be 32 and 16 lower-case hex digits")
    if "parentSpanId" in span and not SPAN_ID.fullmatch(str(span["parentSpanId"])):
        faults.append("the parent's id must be 16 lower-case hex digits")
    if not isinstance(span.get("attributes", []), list):
        faults.append("attributes must be a list of key and value")
    times = {name: span.get(name) for name in ("startTimeUnixNano", "endTimeUnixNano")}
    odd = [name for name, nanos in times.items() if not isinstance(nanos, str) or not NANOS.fullmatch(nanos)]
    return faults + [f"{name} must be a decimal string" for name in odd]


def attributes_of(span: Span) -> dict[str, Any]:
    """Return attributes by name, strings, numbers, booleans and lists as themselves."""
    return {item["key"]: _plain(item["value"]) for item in span.get("attributes", []) if isinstance(item, dict)}


def complaints_of(span: Span) -> list[str]:
    """Return what the real server would take but show wrongly."""
    attributes = attributes_of(span)
    return [
        *_attribute_complaints(span),
        *_usage_complaints(attributes),
        *_cost_complaints(attributes),
        *_time_complaints(span),
        *_first_token_complaints(span, attributes),
        *_form_complaints(attributes),
    ]


def resend_complaints(span: Span, stored: Span) -> list[str]:
    """Return what a second copy of a span would spoil: another start is another row, a missing field wipes the old."""
    now, before = attributes_of(span), attributes_of(stored)
    complaints = [f"partial resend: {name} is gone" for name in before.keys() - now.keys()]
    if _ms(span["startTimeUnixNano"]) != _ms(stored["startTimeUnixNano"]):
        complaints.append("start time differs from the first copy: the call would count twice for ever")
    changed = [name for name in SUMMED if name in now and name in before and now[name] != before[name]]
    return complaints + [f"{name} differs from the first copy: until a merge both are summed" for name in changed]


def parsed(text: Any) -> Any:
    """Return the value of a JSON text, None when it is none."""
    try:
        return json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    if not isinstance(value, dict) or len(value) != 1:
        return None
    name, inner = next(iter(value.items()))
    return [_plain(item) for item in inner.get("values", [])] if name == "arrayValue" else inner


def _attribute_complaints(span: Span) -> list[str]:
    items = [item if isinstance(item, dict) else {} for item in span.get("attributes", [])]
    names = Counter(str(item.get("key", "")) for item in items)
    complaints = [
        f"{name}: said {count} times, only the last one is read" for name, count in names.items() if count > 1
    ]
    for item in items:
        name, value = str(item.get("key", "")), item.get("value")
        if not name or not isinstance(value, dict) or len(value) != 1:
            complaints.append(f"{name or 'an attribute'}: without a name, or without exactly one value")
        elif "intValue" in value:
            complaints.append(f"{name}: servers before 3.179 misread integer attributes")
        if UNSAFE_SEGMENTS.intersection(name.split(".")):
            complaints.append(f"{name}: dropped without a word, as would pollute a prototype")
    return complaints


def _usage_complaints(attributes: Mapping[str, Any]) -> list[str]:
    text = attributes.get("langfuse.observation.usage_details")
    if text is None:
        raw = [name for name in attributes if name.startswith("gen_ai.usage.")]
        complaints = ["raw gen_ai.usage attributes are mis-summed"] if raw else []
        if "langfuse.observation.model.name" in attributes:
            complaints.append("a model without usage: the server would count tokens and invent a cost")
        return complaints
    usage = parsed(text)
    if not isinstance(usage, dict):
        return ["usage_details is not a JSON object"]
    if not all(type(count) is int and 0 <= count <= SAFE_INTEGER for count in usage.values()):
        return ["usage_details holds what is no safe whole number: it would be dropped"]
    parts = sum(count for name, count in usage.items() if name != "total")
    return ["usage buckets do not add up to the total"] if usage.get("total", parts) != parts else []


def _cost_complaints(attributes: Mapping[str, Any]) -> list[str]:
    text = attributes.get("langfuse.observation.cost_details")
    if text is None:
        return []
    cost = parsed(text)
    if not isinstance(cost, dict):
        return ["cost_details is not a JSON object"]
    if "total" not in cost:
        return ["cost without total: the server would show 0"]
    if not all(type(amount) in {int, float} and 0 <= amount < 1e9 for amount in cost.values()):
        return ["cost_details holds what is no amount"]
    parts = [amount for name, amount in cost.items() if name != "total"]
    return ["cost does not add up to its total"] if parts and abs(sum(parts) - cost["total"]) > 1e-9 else []


def _time_complaints(span: Span) -> list[str]:
    start, end = _ms(span["startTimeUnixNano"]), _ms(span["endTimeUnixNano"])
    complaints = ["ends before it starts"] if end < start else []
    return complaints if EARLIEST_MS <= start <= LATEST_MS else [*complaints, "starts in another century"]


def _first_token_complaints(span: Span, attributes: Mapping[str, Any]) -> list[str]:
    text = attributes.get("langfuse.observation.completion_start_time")
    if text is None:
        return []
    try:
        moment_ms = round(datetime.fromisoformat(text).timestamp() * 1000)
    except (ValueError, TypeError):
        return ["the time of the first token is no ISO 8601 text"]
    is_before = moment_ms < _ms(span["startTimeUnixNano"])
    return ["the first token came before the call: a negative time to it"] if is_before else []


def _form_complaints(attributes: Mapping[str, Any]) -> list[str]:
    complaints = []
    if attributes.get("langfuse.observation.type") not in TYPES:
        complaints.append("observation type is missing or unknown")
    if attributes.get("langfuse.observation.level", "DEFAULT") not in LEVELS:
        complaints.append("level is unknown: it would be shown as DEFAULT")
    tags = attributes.get("langfuse.trace.tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        complaints.append("tags are not a list of texts")
    if "langfuse.observation.metadata" in attributes:
        complaints.append("metadata as one attribute: a text would be dropped without a word")
    if not attributes.get("langfuse.trace.name"):
        complaints.append("trace name is missing: it must stand on every span")
    environment = attributes.get("langfuse.environment")
    if environment is not None and not re.fullmatch(r"(?!langfuse)[a-z0-9_-]{1,40}", environment):
        complaints.append("environment would be shown as `default`")
    return [*complaints, *_linking_complaints(attributes)]


def _linking_complaints(attributes: Mapping[str, Any]) -> list[str]:
    """Look at what ties a call to others: user, session, prompt, and whether it is a root."""
    complaints = []
    for name in ("user.id", "session.id"):
        identifier = attributes.get(name, "-")
        if not isinstance(identifier, str) or not 1 <= len(identifier) <= ID_CHARS or CONTROLS.search(identifier):
            complaints.append(f"{name} is empty, too long for an index, or holds what PostgreSQL refuses")
    prompt = [attributes.get(f"langfuse.observation.prompt.{part}") or None for part in ("name", "version")]
    if (prompt[0] is None) != (prompt[1] is None):
        complaints.append("a prompt's name without its version, or the other way round: servers before 4 lose the call")
    if any(attributes.get(mark, True) is not True for mark in ROOT_MARKS):
        complaints.append("a mark of a root that is not `true` would be no mark")
    return complaints


def _ms(nanos: str) -> int:
    return int(nanos) // 1_000_000
