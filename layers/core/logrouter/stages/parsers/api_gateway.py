"""Access logs of API Gateway in the four formats that its console offers: JSON, CLF, CSV and XML.

Of REST APIs as in docs.aws.amazon.com, "Set up CloudWatch logging for REST APIs in API Gateway"; of HTTP and WebSocket
APIs as the console fills them in (checked 2026-11-20). Each has the request id, which the service asks of every format.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from logrouter.model import Json
from logrouter.stages.reading.fields import level_from_status, read_fields, status_of
from logrouter.stages.reading.parser import DIGITS, Document, Fields, JsonParser, TextParser

_ID: Final = r"[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{8,40}={0,2}"
_TIME: Final = r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}"
_CLF = re.compile(
    rf'(\S+) (\S+) (\S+) \[({_TIME})\] ?"([^"\n]{{1,2000}})" (\d{{3}})(?: (\d+|-))?  ?'
    rf"((?=[\d-]*[A-Za-z=])(?:{_ID}))(?: (\S{{1,80}}))?(.*)",
    re.ASCII | re.DOTALL,
)
_CSV = re.compile(rf"([^,\n]{{1,80}}),(?:([^,\n]*),([^,\n]*),)?({_TIME}),(.*)", re.ASCII)
_XML = re.compile(r"<request id=\"([^\"\n]{1,80})\">(.*)</request>\s*", re.ASCII | re.DOTALL)
_ELEMENT = re.compile(r"<(\w{1,40})>([^<]*)</(\w{1,40})>", re.ASCII)
_EVENTS: Final = frozenset({"CONNECT", "MESSAGE", "DISCONNECT"})


def _recognises(document: Mapping[str, Json]) -> bool:
    if "level" in document or "status" not in document or "requestId" not in document:
        return False
    return not document.keys().isdisjoint({"routeKey", "resourcePath", "apiId", "extendedRequestId", "eventType"})


def _read_json(document: Document, at_ms: int) -> Fields:
    """Read the fields; an access line has no level of its own, its status says how severe it is."""
    flat = dict(document)
    method, path = _route(flat.get("routeKey"))
    if path:
        flat.setdefault("httpMethod", method)
        flat.setdefault("resourcePath", path)
    fields = read_fields(flat, at_ms)
    fields["level"] = level_from_status(fields.get("status"))
    where = f"{fields.get('method') or flat.get('eventType') or ''} {fields.get('path') or ''}".strip()
    fields.setdefault("message", f"{where or flat.get('routeKey', '')} {document['status']}".strip())
    if isinstance(route := flat.get("routeKey"), str) and route.startswith("$"):
        fields["component"] = fields.get("component") or route
    return fields


def _read_text(text: str, at_ms: int) -> Fields | None:
    if text[0] == "<":
        return _read_xml(text, at_ms)
    if found := _CLF.match(text):
        ip, caller, user, time, request, status, length, request_id, extended, rest = found.groups()
        facts: dict[str, Json] = {"ip": ip, "caller": caller, "user": user, "requestTime": time, "status": status}
        facts |= {
            "responseLength": length,
            "requestId": request_id,
            "extendedRequestId": extended,
            "rest": rest.strip(),
        }
        return _of_facts(facts | _request(request), at_ms)
    if "," in text and (found := _CSV.match(text)):
        return _read_csv(found, at_ms)
    return None


def _read_csv(found: re.Match[str], at_ms: int) -> Fields | None:
    """Read by place: method, route, protocol, status, ...; of a WebSocket event, route, status, connection."""
    ip, caller, user, time, rest = found.groups()
    values = rest.strip().split(",")
    if len(values) < 4:
        return None
    names: Sequence[str]
    if values[0] in _EVENTS:
        names = ("eventType", "routeKey", "status", "connectionId", "requestId")
    else:
        names = ("httpMethod", "resourcePath", "protocol", "status", "responseLength", "requestId", "extendedRequestId")
    facts: dict[str, Json] = dict(zip(names, values, strict=False))
    if status_of(facts.get("status")) is None or not facts.get("requestId"):
        return None
    if " " in str(facts.get("resourcePath", "")):
        facts["routeKey"] = facts.pop("resourcePath")
    more = values[len(names) :]
    return _of_facts(facts | {"ip": ip, "caller": caller, "user": user, "requestTime": time, "more": more}, at_ms)


def _read_xml(text: str, at_ms: int) -> Fields | None:
    found = _XML.fullmatch(text)
    if not found:
        return None
    facts: dict[str, Json] = {name: value for name, value, end in _ELEMENT.findall(found[2]) if name == end}
    return _of_facts(facts | {"requestId": found[1]}, at_ms) if "status" in facts else None


def _request(request: str) -> dict[str, Json]:
    """Read what stands in quotes: `GET /pets HTTP/1.1`, `GET GET /pets/{id} HTTP/1.1`, `MESSAGE $default <id>`."""
    words = request.split(" ")
    if words[0] in _EVENTS:
        return dict(zip(("eventType", "routeKey", "connectionId"), words, strict=False))
    if len(words) >= 4:
        return {"httpMethod": words[0], "routeKey": " ".join(words[1:-1]), "protocol": words[-1]}
    return dict(zip(("httpMethod", "resourcePath", "protocol"), words, strict=False))


def _of_facts(facts: dict[str, Json], at_ms: int) -> Fields:
    return _read_json({name: value for name, value in facts.items() if value not in (None, "", "-", [])}, at_ms)


def _route(route: Json) -> tuple[str, str]:
    method, _, path = route.partition(" ") if isinstance(route, str) else ("", "", "")
    return method, path


JSON = JsonParser(
    name="api-gateway",
    recognises=_recognises,
    read=_read_json,
    examples=(
        (
            '{"requestId":"req-1","ip":"10.0.0.7","requestTime":"20/Nov/2026:02:00:00 +0000","httpMethod":"GET",'
            '"routeKey":"GET /orders/{id}","status":"502","protocol":"HTTP/1.1","responseLength":"36"}'
        ),
        '{"requestId":"req-1","ip":"10.0.0.7","httpMethod":"GET","resourcePath":"/orders/{id}","status":"504"}',
        '{"requestId":"req-1","ip":"10.0.0.7","eventType":"MESSAGE","routeKey":"$default","status":"500"}',
    ),
)
TEXT = TextParser(
    name="api-gateway",
    starts=DIGITS + "abcdef:<-",
    read=_read_text,
    examples=(
        (
            '10.0.0.7 - - [20/Nov/2026:02:00:00 +0000] "GET /orders/{id} HTTP/1.1" 502 36 '
            "52fdfc07-2182-454f-963f-5f0f9a621d72"
        ),
        '10.0.0.7 - - [20/Nov/2026:02:00:00 +0000] "GET GET /orders/{id} HTTP/1.1" 502 36 JKJaXmPLvHcESHA=',
        '10.0.0.7 - - [20/Nov/2026:02:00:00 +0000] "MESSAGE $default JKJaXmPLvHcESHA=" 502  JKJaXmPLvHcESHB=',
        "10.0.0.7,-,-,20/Nov/2026:02:00:00 +0000,GET,/orders/{id},HTTP/1.1,504,36,52fdfc07-2182-454f-963f-5f0f9a621d72",
        "10.0.0.7,20/Nov/2026:02:00:00 +0000,GET,GET /orders/{id},HTTP/1.1,504,36,JKJaXmPLvHcESHA=",
        (
            '<request id="52fdfc07-2182-454f-963f-5f0f9a621d72"> <ip>10.0.0.7</ip> <httpMethod>GET</httpMethod> '
            "<resourcePath>/orders/{id}</resourcePath> <status>503</status> </request>"
        ),
    ),
)
