"""Serilog (compact and full JSON) and the JSON console of Microsoft.Extensions.Logging."""

import json
import re
from collections.abc import Mapping

from logrouter.model import Json, Level
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser

_HOLE = re.compile(r"\{\{|\}\}|\{[@$]?(\w{1,80})(?:,-?\d{1,4})?(:[^{}]{0,40})?\}")


def _recognises(document: Mapping[str, Json]) -> bool:
    if "@t" in document and ("@m" in document or "@mt" in document):
        return True
    if "MessageTemplate" in document and "Level" in document:
        return True
    return "LogLevel" in document and "Category" in document and "Message" in document


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields; properties of an event stand beside it, or under `Properties`, `State` and in `Scopes`."""
    flat: Document = {}
    scopes = document.get("Scopes")
    for part in (*(scopes if isinstance(scopes, list) else ()), document.get("Properties", document.get("State"))):
        if isinstance(part, dict):
            flat.update({key: value for key, value in part.items() if key != "Message"})
    flat.update({key: value for key, value in document.items() if key not in {"Properties", "State"}})
    for name in ("Properties", "State"):
        if name in document and not isinstance(document[name], dict):
            flat[name] = document[name]
    template = flat.get("@mt", flat.get("MessageTemplate"))
    if isinstance(template, str) and "@m" not in flat and "RenderedMessage" not in flat:
        flat["@m"] = _render(template, flat)
    if "Category" in flat:
        flat["logger"] = flat.pop("Category")
    fields = read_fields(flat, at_ms)
    if fields.get("level") is None and "@t" in document and "@l" not in document:
        fields["level"] = Level.INFO
    return fields


def _render(template: str, values: Mapping[str, Json]) -> str:
    """Fill the holes of a message template; `@r` holds, in order, those that were written in a format of their own."""
    renderings = values.get("@r")
    formatted = iter(renderings if isinstance(renderings, list) else ())

    def fill(hole: re.Match[str]) -> str:
        if hole[1] is None:
            return hole[0][0]
        value = next(formatted, None) if hole[2] else None
        value = values.get(hole[1], hole[0]) if value is None else value
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

    return _HOLE.sub(fill, template)


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
            '{"EventId":7,"LogLevel":"Error","Category":"Shop.Pay","Message":"charge failed","Exception":'
            '"System.TimeoutException: slow    at Shop.Pay.Charge() in /app/Pay.cs:line 12","State":{"Order":17},'
            '"Scopes":[{"Message":"RequestPath:/orders","RequestPath":"/orders","RequestId":"0HN:1"}]}'
        ),
        (
            '{"Timestamp":"2026-11-20T02:00:00Z","Level":"Error","MessageTemplate":"charge {Order} failed",'
            '"Properties":{"Order":17,"SourceContext":"Shop.Pay"}}'
        ),
    ),
)
