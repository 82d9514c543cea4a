"""Access lines of Envoy and Istio in their default formats, text and JSON, and Envoy's own application log.

Formats: envoyproxy.io, "Access logging" (default format string, response flags) and "Command line options"
(`--log-format`); istio.io, "Envoy Access Logs" (checked 2026-11-20). The flags say why a proxy answered by itself.
"""

import re
from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.reading.fields import level_from_status, read_fields, status_of
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import Document, Fields, JsonParser, TextParser
from logrouter.stages.reading.times import put_time

_ACCESS = re.compile(
    r'\[(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z)\] "(\S{1,16}) (\S*) ?([^"\n]{0,16})" (\d{1,3}) (\S{1,40}) (.*)',
    re.ASCII | re.DOTALL,
)
_FIELD = re.compile(r'"([^"]*)"|(\S+)')
_ENVOY: Final = (
    "bytes_received", "bytes_sent", "duration", "upstream_service_time", "x_forwarded_for", "user_agent", "request_id",
    "authority", "upstream_host",
)  # fmt: skip
_ISTIO: Final = (
    "response_code_details", "connection_termination_details", "upstream_transport_failure_reason", *_ENVOY,
    "upstream_cluster", "upstream_local_address", "downstream_local_address", "downstream_remote_address",
    "requested_server_name", "route_name",
)  # fmt: skip
_LIFTED: Final = frozenset({"duration", "user_agent", "request_id", "x_forwarded_for"})
_OWN = re.compile(
    r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3})\]\[(\d+)\]\[(trace|debug|info|warning|error|critical)\]"
    r"\[([\w.-]{1,40})\] (?:\[([^\]\n]{1,200})\] )?(.*)",
    re.ASCII | re.DOTALL,
)


def _read_text(text: str, at_ms: int) -> Fields | None:
    if found := _ACCESS.match(text):
        return _access(found, at_ms)
    found = _OWN.match(text)
    if not found:
        return None
    time, thread, level, component, place, message = found.groups()
    attributes: dict[str, Json] = {"thread": thread} | ({"place": place} if place else {})
    fields: Fields = {
        "level": level_of(level),
        "message": message.rstrip(),
        "component": component,
        "attributes": attributes,
    }
    put_time(fields, f"{time}Z", at_ms)
    return fields


def _access(found: re.Match[str], at_ms: int) -> Fields:
    time, method, path, protocol, status, flags, rest = found.groups()
    values = [quoted or bare for quoted, bare in _FIELD.findall(rest)]
    names = _ENVOY if values and values[0].isdecimal() else _ISTIO
    line = {name: value for name, value in zip(names, values, strict=False) if value != "-"}
    attributes: dict[str, Json] = {name: value for name, value in line.items() if name not in _LIFTED and value}
    attributes |= {
        name: value for name, value in (("protocol", protocol), ("response_flags", flags)) if value not in ("", "-")
    }
    if len(values) > len(names):
        attributes["more"] = values[len(names) :]
    duration = line.get("duration", "")
    fields: Fields = {
        "level": level_from_status(status_of(status)),
        "message": f"{method} {path} {status}" + (f" {flags}" if flags != "-" else ""),
        "status": status_of(status),
        "method": method if method != "-" else None,
        "path": path if path != "-" else None,
        "user_agent": line.get("user_agent"),
        "request_id": line.get("request_id"),
        "client_ip": line.get("x_forwarded_for", "").partition(",")[0] or None,
        "duration_ms": float(duration) if duration.isdecimal() else None,
        "attributes": attributes,
    }
    if "," in line.get("x_forwarded_for", ""):
        attributes["x_forwarded_for"] = line["x_forwarded_for"]
    put_time(fields, time, at_ms)
    return fields


def _recognises(document: Mapping[str, Json]) -> bool:
    return "response_code" in document and "response_flags" in document


def _read_json(document: Document, at_ms: int) -> Fields:
    """Read the fields of Istio's JSON encoding; `-` and null stand for what there is not."""
    line = {name: value for name, value in document.items() if value not in (None, "-", "")}
    code, flags = line.pop("response_code", None), line.get("response_flags")
    line |= {"status": code} if code is not None else {}
    for name, ours in (("start_time", "timestamp"), ("x_request_id", "request_id")):
        if name in line and ours not in line:
            line[ours] = line.pop(name)
    fields = read_fields(line, at_ms)
    fields["level"] = level_from_status(fields.get("status"))
    where = f"{fields.get('method') or ''} {fields.get('path') or ''} {code or ''}".strip()
    fields["message"] = f"{where} {flags}" if flags else where
    return fields


TEXT = TextParser(
    name="envoy",
    starts="[",
    read=_read_text,
    examples=(
        (
            '[2026-11-20T02:00:00.123Z] "POST /orders/17 HTTP/2" 503 UF,URX 154 91 226 - "10.0.35.28" "curl/8" '
            '"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "orders" "10.0.2.1:80"'
        ),
        (
            '[2026-11-20T02:00:00.123Z] "GET /orders/17 HTTP/1.1" 503 UH no_healthy_upstream - "-" 0 19 0 - "-" '
            '"curl/8" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "orders" "-" outbound|80||orders - 10.0.0.1:80 '
            "10.0.0.7:4711 - default"
        ),
        "[2026-11-20 02:00:00.123][1][critical][main] [source/server/server.cc:117] error initializing configuration",
    ),
)
JSON = JsonParser(
    name="envoy",
    recognises=_recognises,
    read=_read_json,
    examples=(
        (
            '{"start_time":"2026-11-20T02:00:00.123Z","method":"GET","path":"/orders/17","protocol":"HTTP/1.1",'
            '"response_code":503,"response_flags":"UH","response_code_details":"no_healthy_upstream","duration":4,'
            '"request_id":"cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2","upstream_host":null}'
        ),
    ),
)
