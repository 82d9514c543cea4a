"""What the Collector's `debug` exporter prints with `verbosity: detailed`, put back into the export that it prints.

    2026-11-20T02:00:00.123Z	info	ResourceSpans #0
    Resource attributes:
         -> service.name: Str(shop)
    ScopeSpans #0
    Span #0
        Trace ID       : 4bf92f3577b34da6a3ce929d0e0e4736
    Attributes:
         -> gen_ai.usage.input_tokens: Int(10)

Written after the exporter's own test data (opentelemetry-collector, exporter/debugexporter, checked 2026-11-20).
"""

import re
from collections.abc import Iterator
from typing import Final

from logrouter.model import Json

_BEGINNING: Final = re.compile(r"(?:^|[\t\n])Resource(?:Spans|Logs) #\d+\s*$", re.MULTILINE)
_NUMBERED: Final = re.compile(
    r"(?:[^\n]*\t)?(ResourceSpans|ResourceLogs|ScopeSpans|ScopeLogs|Span|LogRecord|SpanEvent|SpanLink) #\d+\s*"
)
_ATTRIBUTE: Final = re.compile(r" {5,10}-> (.{1,200}?): (Str|Int|Double|Bool|Slice|Map|Bytes)\((.*)\)", re.DOTALL)
_CUT: Final = re.compile(r" {5,10}-> .{1,200}?: Str\(|Body: Str\(")
_FIELD: Final = re.compile(r" {4}([A-Z][A-Za-z ]{1,20}?) *: (.*)")
_OF_EVENT: Final = re.compile(r" {5}-> (Name|Timestamp): (.*)")
_OF_LOG: Final = re.compile(r"(ObservedTimestamp|Timestamp|EventName|Body|Trace ID|Span ID): (.*)", re.DOTALL)
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d{1,6})?\d* \+0000 UTC")
_LONGEST_VALUE: Final = 2_000
"""So many lines of one value are put together."""

_SPAN_FIELDS: Final = {
    "Trace ID": "traceId",
    "Parent ID": "parentSpanId",
    "ID": "spanId",
    "Name": "name",
    "Start time": "startTime",
    "End time": "endTime",
}
_LOG_FIELDS: Final = {
    "ObservedTimestamp": "observedTimestamp",
    "Timestamp": "timestamp",
    "EventName": "eventName",
    "Body": "body",
    "Trace ID": "traceId",
    "Span ID": "spanId",
}


def export_in(text: str) -> dict[str, Json] | None:
    """Return the export that a text prints, as an object of OTLP's JSON; None when it prints none."""
    if "Resource" not in text or not _BEGINNING.search(text):
        return None
    reading = _Reading()
    for line in _whole_lines(text):
        reading.take(line)
    return reading.export


class _Reading:
    """The place in an export up to which a text was read."""

    def __init__(self) -> None:
        self.export: dict[str, Json] = {"resourceSpans": [], "resourceLogs": []}
        self._scopes: list[Json] = []
        self._items: list[Json] = []
        self._resource: dict[str, Json] = {}
        self._scope: dict[str, Json] = {}
        self._item: dict[str, Json] = {}
        self._event: dict[str, Json] | None = None
        self._into: dict[str, Json] | None = None

    def take(self, line: str) -> None:
        """Read one line."""
        numbered = _NUMBERED.fullmatch(line)
        if numbered:
            self._begin(numbered[1])
        elif line.rstrip() == "Resource attributes:":
            self._into = self._resource
        elif line.rstrip() in {"Attributes:", "     -> Attributes::"}:
            holder = self._item if line[0] == "A" or self._event is None else self._event
            self._into = holder.setdefault("attributes", {})
        elif line.startswith("InstrumentationScope "):
            self._scope["name"], self._into = line.split(" ")[1], None
        elif self._into is not None and line.endswith(")") and (attribute := _ATTRIBUTE.fullmatch(line)):
            self._into[attribute[1]] = _value(attribute[2], attribute[3])
        else:
            self._take_field(line)

    def _begin(self, what: str) -> None:
        self._into = None
        if what.startswith("Resource"):
            kind = what.removeprefix("Resource")
            self._resource, self._scopes, self._item, self._event = {}, [], {}, None
            self.export[f"resource{kind}"].append(
                {"resource": {"attributes": self._resource}, f"scope{kind}": self._scopes}
            )
        elif what.startswith("Scope"):
            self._scope, self._items = {}, []
            name = "spans" if what == "ScopeSpans" else "logRecords"
            self._scopes.append({"scope": self._scope, name: self._items})
        elif what == "SpanEvent":
            self._event = {}
            self._item.setdefault("events", []).append(self._event)
        elif what == "SpanLink":
            self._event = {}
        else:
            self._item, self._event = {}, None
            self._items.append(self._item)

    def _take_field(self, line: str) -> None:
        if self._event is not None and (told := _OF_EVENT.fullmatch(line)):
            self._event[told[1].lower()] = _moment(told[2])
        elif told := _FIELD.fullmatch(line):
            if told[1] in {"Status code", "Status message"}:
                self._item.setdefault("status", {})[told[1].removeprefix("Status ")] = told[2]
            elif told[1] in _SPAN_FIELDS and self._event is None:
                self._item[_SPAN_FIELDS[told[1]]] = _moment(told[2])
        elif told := _OF_LOG.fullmatch(line):
            body = told[2].removeprefix("Str(").removesuffix(")") if told[1] == "Body" else _moment(told[2])
            self._item[_LOG_FIELDS[told[1]]] = body


def _whole_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text, those of one value as one."""
    begun: list[str] = []
    for line in text.split("\n"):
        if begun:
            begun.append(line)
            if line.endswith(")") or len(begun) > _LONGEST_VALUE:
                yield "\n".join(begun)
                begun = []
        elif _CUT.match(line) and not line.endswith(")"):
            begun = [line]
        else:
            yield line
    yield from begun


def _value(kind: str, text: str) -> Json:
    """Return a value as what it is; lists and objects are JSON text, which their readers open."""
    try:
        return {"Int": int, "Double": float}[kind](text) if kind in {"Int", "Double"} else text
    except ValueError:
        return text


def _moment(text: str) -> str | None:
    """Return a point in time as ISO 8601, other text as it is; None for what is empty."""
    found = _TIME.fullmatch(text.strip())
    return f"{found[1]}T{found[2]}{found[3] or ''}Z" if found else text.strip() or None
