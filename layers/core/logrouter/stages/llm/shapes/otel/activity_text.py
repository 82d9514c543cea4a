"""What .NET's console exporter prints of spans, put back into the export that it prints.

    Activity.TraceId:            4bf92f3577b34da6a3ce929d0e0e4736
    Activity.DisplayName:        chat gpt-4o
    Activity.Tags:
        gen_ai.usage.input_tokens: 10
    Resource associated with Activity:
        service.name: shop

Written after examples of OpenTelemetry's documentation for .NET (checked 2026-11-20); no program was run.
"""

import re
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import time_ms

HEAD: Final = "Activity.TraceId:"
_FIELD: Final = re.compile(r"(Activity\.[A-Za-z]+|StatusCode|Status Description) *: +(\S.*)")
_SECTION: Final = re.compile(
    r"(Activity\.[A-Za-z]+|Instrumentation scope \(ActivitySource\)|Resource associated with Activity): *"
)
_TAG: Final = re.compile(r" {4}(\S[^:\n]{0,199}): (.*)")
_EVENT: Final = re.compile(r" {4}(\S.{0,199}?) \[[^\]\n]{1,60}\] *")
_TAG_OF_EVENT: Final = re.compile(r" {8}(\S[^:\n]{0,199}): (.*)")
_DURATION: Final = re.compile(r"(?:(\d{1,3})\.)?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,7}))?")
_NAMES: Final = {
    "Activity.TraceId": "traceId",
    "Activity.SpanId": "spanId",
    "Activity.ParentSpanId": "parentSpanId",
    "Activity.DisplayName": "name",
    "Activity.StartTime": "startTime",
}


def activities_in(text: str) -> dict[str, Json] | None:
    """Return the export that a text prints, as an object of OTLP's JSON; None when it prints none."""
    if HEAD not in text:
        return None
    exports = [_export(part) for part in f"\n{text}".split(f"\n{HEAD}")[1:]]
    return {"resourceSpans": exports} if exports else None


def _export(text: str) -> dict[str, Json]:
    """Read one span: what stands behind the name of its first field, and the lines below."""
    span: dict[str, Json] = {"attributes": {}, "events": [], "status": {}}
    resource: dict[str, Json] = {}
    scope: dict[str, Json] = {}
    sections = {"Activity.Tags": span["attributes"], "Resource associated with Activity": resource}
    into: dict[str, Json] | None = None
    for line in f"{HEAD} {text}".split("\n"):
        if section := _SECTION.fullmatch(line):
            into = sections.get(section[1], scope if section[1].startswith("Instr") else None)
        elif told := _FIELD.fullmatch(line):
            into = None
            _take(span, told[1], told[2].strip())
        elif (tag := _TAG.fullmatch(line)) and into is not None:
            into[tag[1]] = tag[2]
        elif event := _EVENT.fullmatch(line):
            span["events"].append({"name": event[1], "attributes": {}})
        elif (tag := _TAG_OF_EVENT.fullmatch(line)) and span["events"]:
            span["events"][-1]["attributes"][tag[1]] = tag[2]
    return {
        "resource": {"attributes": resource},
        "scopeSpans": [{"scope": {"name": scope.get("Name")}, "spans": [span]}],
    }


def _take(span: dict[str, Json], name: str, value: str) -> None:
    if name in _NAMES:
        span[_NAMES[name]] = value
    elif name == "StatusCode":
        span["status"]["code"] = value
    elif name == "Status Description":
        span["status"]["message"] = value
    elif name == "Activity.Duration" and (lasted := _DURATION.fullmatch(value)):
        days, hours, minutes, seconds = (int(part or 0) for part in lasted.groups()[:4])
        start = time_ms(span.get("startTime"))
        if start is not None:
            whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
            span["endTime"] = start + whole * 1000 + float(f"0.{lasted[5] or 0}") * 1000
