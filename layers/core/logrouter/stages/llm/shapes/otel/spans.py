"""One span or log record as its exporter wrote it: ids, times, status, events, attributes, and whose it is.

Forms: OTLP's JSON, the console exporters of Python, JavaScript and Go, the log group `aws/spans` of CloudWatch.
"""

import re
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import Fields, opened, text, time_ms
from logrouter.stages.llm.shapes.otel.attributes import Attributes, plain_value
from logrouter.stages.llm.shapes.otel.coding_agents import event_named

_FAILED: Final = frozenset({"error", "statuscodeerror", "2"})
_EVENTS: Final = 2_000
_BASE64: Final = re.compile(r"[A-Za-z0-9+/]{22}==|[A-Za-z0-9+/]{11}=")
"""16 and 8 bytes."""

_OF_A_LOGGER: Final = (
    "body", "message", "msg", "level", "severity", "severitytext", "severitynumber", "timestamp", "timeunixnano",
    "eventname", "logger",
)  # fmt: skip
_NANOSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """Something that happened within a span: name, epoch milliseconds, attributes as written."""

    name: str
    at_ms: float | None
    attributes: Json


@dataclass(slots=True)
class Told:
    """A span or a log record.

    Args:
        attributes: its own, then those of its events that carry content.
        resource: attributes of what wrote it: service, version, environment.
        scope: name of the instrumentation, where the form has it.
        is_span: it has a beginning; a log record has one time, `at_ms`, and the id of the span around it.
        is_metric: it is a line of a metric (EMF, as ADOT writes it), which has models and tokens as dimensions.
        failed: its status is an error; `message` is the description.
        event: name of a log record's event.
    """

    attributes: Attributes
    name: str | None = None
    resource: Attributes = field(default_factory=Attributes)
    scope: str | None = None
    is_span: bool = False
    is_metric: bool = False
    trace_id: str | None = None
    span_id: str | None = None
    parent_id: str | None = None
    start_ms: float | None = None
    end_ms: float | None = None
    at_ms: float | None = None
    failed: bool = False
    message: str | None = None
    events: tuple[SpanEvent, ...] = ()
    event: str | None = None


def told_by(document: Mapping[str, Json], resource: Json = None, scope: Json = None) -> Told | None:
    """Read one object as a span or log record; None when it carries no telemetry of models.

    Args:
        document: the object.
        resource: of the export around it; a form of its own carries it itself.
        scope: likewise, the name of the instrumentation.
    """
    own = opened(document.get("attributes", document.get("Attributes")))
    body = plain_value(document.get("body", document.get("Body")))
    attributes = Attributes(own, document, body)
    if own is None and not attributes:
        return None
    found = Fields(document)
    event = found.text("eventname") or attributes.text("event.name")
    by_agent = event_named(event, body)
    if by_agent:
        event, attributes = by_agent, Attributes(own, roots=None)
    events = _events(found)
    for happened in events:
        if happened.name.startswith("gen_ai."):
            attributes.add(happened.attributes)
    if not attributes and not by_agent and not (event or "").startswith("gen_ai."):
        return None
    context = Fields(found.mapping("context", "spancontext"))
    parent = Fields(found.mapping("parentspancontext", "parent"))
    told = Told(
        attributes,
        name=found.text("name", "spanname"),
        resource=_resource(resource if resource is not None else found.get("resource")),
        scope=_scope_name(scope if scope is not None else found.get("scope", "instrumentationscope")),
        trace_id=as_hex(found.text("traceid") or context.text("traceid")),
        span_id=as_hex(found.text("spanid") or context.text("spanid")),
        events=events,
        event=event,
    )
    told.is_metric = "_aws" in document or attributes.first("gen_ai.token.type") is not None
    _time(told, found)
    if told.is_span:
        told.span_id = told.span_id or as_hex(found.text("id"))
        told.parent_id = as_hex(found.text("parentspanid", "parentid") or parent.text("spanid"))
    told.failed, told.message = _status(found.get("status"))
    return told


def _time(told: Told, found: Fields) -> None:
    """Read the times; JavaScript writes microseconds, or pairs of seconds and nanoseconds."""
    told.start_ms = found.time_ms("starttimeunixnano", "starttime", "start", "starttimestamp")
    if told.start_ms is None:
        told.start_ms = _pair_ms(found.get("starttime"))
    told.end_ms = found.time_ms("endtimeunixnano", "endtime", "end", "endtimestamp")
    if told.end_ms is None:
        told.end_ms = _pair_ms(found.get("endtime"))
    lasted = found.get("durationnano")
    if told.start_ms is not None and told.end_ms is None and isinstance(lasted, int):
        told.end_ms = told.start_ms + lasted / _NANOSECONDS
    if told.start_ms is None and "id" in found and "duration" in found and "traceid" in found:
        lasted = found.get("duration")
        told.start_ms = found.time_ms("timestamp")
        if told.start_ms is not None and isinstance(lasted, (int, float)) and lasted >= 0:
            told.end_ms = told.start_ms + lasted / 1000
    told.is_span = told.start_ms is not None or _is_untimed_span(found)
    if not told.is_span:
        told.at_ms = found.time_ms("timeunixnano", "timestamp", "observedtimeunixnano", "observedtimestamp")


def _is_untimed_span(found: Fields) -> bool:
    """Whether it is a span without times: a name, an id and attributes, and nothing of a logger's line."""
    has_id = "spanid" in found or "context" in found or "spancontext" in found
    is_of_a_logger = any(name in found for name in _OF_A_LOGGER)
    return has_id and "name" in found and "attributes" in found and not is_of_a_logger


def _pair_ms(value: Json) -> float | None:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(part, int) for part in value):
        return None
    return time_ms(value[0] * 1000 + value[1] // _NANOSECONDS)


def _events(found: Fields) -> tuple[SpanEvent, ...]:
    written = found.get("events")
    if not isinstance(written, list):
        return ()
    return tuple(
        SpanEvent(
            inner.text("name") or "",
            inner.time_ms("timeunixnano", "timestamp", "time"),
            inner.get("attributes"),
        )
        for inner in (Fields(item) for item in written[:_EVENTS] if isinstance(item, dict))
    )


def _resource(written: Json) -> Attributes:
    inner = written.get("attributes", written.get("Attributes", written)) if isinstance(written, dict) else written
    return Attributes(inner, roots=None)


def _scope_name(written: Json) -> str | None:
    return text(written.get("name", written.get("Name"))) if isinstance(written, dict) else None


def _status(status: Json) -> tuple[bool, str | None]:
    if not isinstance(status, dict):
        return isinstance(status, str) and status.upper() == "ERROR", None
    found = Fields(status)
    code = found.get("code", "statuscode")
    is_failure = not isinstance(code, bool) and "".join(filter(str.isalnum, str(code).lower())) in _FAILED
    return is_failure, found.text("message", "description")


def as_hex(identifier: str | None) -> str | None:
    """Return an id in lower-case hex digits; protobuf's own JSON writes base64, Python's console a prefix."""
    if not identifier:
        return None
    if _BASE64.fullmatch(identifier):
        return b64decode(identifier).hex()
    return identifier.removeprefix("0x").lower()
