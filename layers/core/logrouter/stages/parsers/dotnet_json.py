"""Serilog (compact and full JSON) and the JSON console of Microsoft.Extensions.Logging."""

import re
from collections.abc import Mapping

from logrouter.model import Json, Level
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser

_HOLE = re.compile(r"\{[@$]?(\w{1,80})(?:[,:][^{}]{0,40})?\}")


def _recognises(document: Mapping[str, Json]) -> bool:
    if "@t" in document and ("@m" in document or "@mt" in document):
        return True
    if "MessageTemplate" in document and "Level" in document:
        return True
    return "LogLevel" in document and "Category" in document and "Message" in document


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields; the properties of an event stand beside it or under `Properties` and `State`."""
    properties = document.get("Properties", document.get("State"))
    flat = dict(properties) if isinstance(properties, dict) else {}
    flat.update({key: value for key, value in document.items() if value is not properties})
    template = flat.get("@mt", flat.get("MessageTemplate"))
    if isinstance(template, str) and "@m" not in flat and "RenderedMessage" not in flat:
        flat["@m"] = _HOLE.sub(lambda hole: str(flat.get(hole[1], hole[0])), template)
    if "Category" in flat:
        flat["logger"] = flat.pop("Category")
    fields = read_fields(flat, at_ms)
    if fields.get("level") is None and "@t" in document and "@l" not in document:
        fields["level"] = Level.INFO
    return fields


JSON = JsonParser(
    name="dotnet-json",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"@t":"2026-11-20T02:00:00.1234567Z","@mt":"charge {Order} failed","@l":"Error","Order":17,'
            '"SourceContext":"Shop.Pay","@x":"System.InvalidOperationException: declined\\n'
            '   at Shop.Pay.Charge(Int32 order) in /app/Pay.cs:line 12"}'
        ),
        (
            '{"Timestamp":"2026-11-20T02:00:00Z","EventId":0,"LogLevel":"Error","Category":"Shop.Pay",'
            '"Message":"charge failed","State":{"Order":17}}'
        ),
        (
            '{"Timestamp":"2026-11-20T02:00:00Z","Level":"Error","MessageTemplate":"charge {Order} failed",'
            '"Properties":{"Order":17,"SourceContext":"Shop.Pay"}}'
        ),
    ),
)
