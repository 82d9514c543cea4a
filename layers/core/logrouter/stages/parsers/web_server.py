"""Access lines of nginx, Apache, gunicorn and uvicorn, as text and as JSON, and the error lines of nginx and Apache.

Forms as nginx 1.22 and Apache 2.4 write them, each really run (2026-11-20); of an error line, what names the request
(client, server, request, upstream, host) is lifted out, so that equal failures group. An error that only says that
something is not there or not allowed ended in a 4xx and is a warning.
"""

import re
from collections.abc import Mapping
from typing import Final

from logrouter.model import Json, Level
from logrouter.stages.reading.fields import level_from_status, read_fields, status_of
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import DIGITS, LETTERS, Document, Fields, JsonParser, TextParser

_COMBINED = re.compile(
    r'(\S+) (\S+) (\S+) \[([^\]\n]{10,40})\] "([A-Z]{3,7}) ([^"\s]*)[^"]*" (\d{3}) (\d+|-)'
    r'(?: "([^"]*)" "([^"]*)")?(.*)',
    re.ASCII | re.DOTALL,
)
_UVICORN = re.compile(r'(INFO|WARNING|ERROR): +(\S+) - "([A-Z]{3,7}) ([^"\s]*)[^"]*" (\d{3})(.*)', re.ASCII | re.DOTALL)
_NGINX = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(debug|info|notice|warn|error|crit|alert|emerg)\] (\d+)#(\d+): "
    r"(?:\*(\d+) )?(.*)",
    re.ASCII | re.DOTALL,
)
_APACHE = re.compile(
    r"\[([A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:.]+ \d{4})\] \[(?:([\w-]*):)?(\w+)\] (?:\[pid (\d+)(?::tid (\d+))?\] )?"
    r"(?:\[client ([^\]\n]{1,80})\] )?(.*)",
    re.ASCII | re.DOTALL,
)
_APACHE_CODE = re.compile(r"\bAH\d{5}\b", re.ASCII)
_FACT = re.compile(r', (client|server|request|subrequest|upstream|host|referrer|login): ("[^"\n]*"|[^,"\n]*)', re.ASCII)
_REQUEST = re.compile(r"([A-Z]{3,10}) (\S+)(?: HTTP/[\d.]{1,4})?", re.ASCII)
_SECONDS = re.compile(r" (?:rt=)?(\d{1,6}\.\d{3})(?= |$)", re.ASCII)
_EXPECTED: Final = (
    "(2: No such file or directory)", "(13: Permission denied)", "(20: Not a directory)", "is forbidden",
    "access forbidden by rule", "client intended to send too large", "user not found", "password mismatch",
    "no user/password was provided", "client denied by server configuration", "AH00128", "AH01630", "AH01276",
)  # fmt: skip
"""What nginx and Apache call errors when they answer with 4xx."""

_BESIDE_REQUEST: Final = frozenset(
    {
        "remote_addr",
        "request_time",
        "time_local",
        "body_bytes_sent",
        "upstream_response_time",
        "upstream_addr",
        "bytes_sent",
    }
)


def _read_text(text: str, at_ms: int) -> Fields | None:  # noqa: ARG001 - these times are local; CloudWatch's own is surer
    if "/" in text[:5] and (found := _NGINX.match(text)):
        return _nginx_error(found)
    if text[0] == "[" and (found := _APACHE.match(text)):
        return _apache_error(found)
    if '"' not in text:
        return None
    if found := _UVICORN.match(text):
        level, client, method, path, status, rest = found.groups()
        facts = {"rest": rest.strip(), "logged_level": level}
        return _access(client.rpartition(":")[0] or client, method, path, status, facts)
    if found := _COMBINED.match(text):
        client, identity, user, time, method, path, status, size, referer, agent, rest = found.groups()
        facts = {"local_time": time, "size": size, "identity": identity, "user": user, "referer": referer}
        fields = _access(client, method, path, status, facts | {"rest": rest.strip()})
        fields["user_agent"] = agent
        if seconds := _SECONDS.match(rest):
            fields["duration_ms"] = round(float(seconds[1]) * 1000, 3)
        return fields
    return None


def _access(client: str, method: str, path: str, status: str, facts: dict[str, str]) -> Fields:
    attributes: dict[str, Json] = {name: value for name, value in facts.items() if value and value != "-"}
    return {
        "level": level_from_status(status_of(status)),
        "message": f"{method} {path} {status}",
        "client_ip": client,
        "method": method,
        "path": path,
        "status": status_of(status),
        "attributes": attributes,
    }


def _nginx_error(found: re.Match[str]) -> Fields | None:
    time, level, pid, tid, connection, text = found.groups()
    text = text.rstrip()
    facts = {name: value.strip('"') for name, value in _FACT.findall(text) if value.strip('" ')}
    first = _FACT.search(text)
    fields = _server_error(level, text[: first.start()] if first else text, time)
    fields["attributes"] |= {"pid": int(pid), "tid": int(tid)} | ({"connection": int(connection)} if connection else {})
    fields["client_ip"] = facts.pop("client", None)
    if request := _REQUEST.fullmatch(facts.get("request", "")):
        fields["method"], fields["path"] = request.groups()
    fields["attributes"] |= facts
    rest = _FACT.sub("", text[first.start() :]).strip(", ") if first else ""
    return fields | {"attributes": fields["attributes"] | ({"rest": rest} if rest else {})}


def _apache_error(found: re.Match[str]) -> Fields | None:
    time, module, level, pid, tid, client, text = found.groups()
    if level_of(level.lower()) is None and not level.startswith("trace"):
        return None
    text = text.rstrip()
    if text.startswith("PHP "):
        text = text.replace("\\n", "\n")  # Apache writes line ends as two characters
    fields = _server_error(level, text, time)
    fields["component"] = module or None
    if client:
        fields["client_ip"] = client.rpartition(":")[0] or client
        fields["attributes"]["client"] = client
    fields["attributes"] |= {name: int(value) for name, value in (("pid", pid), ("tid", tid)) if value}
    if code := _APACHE_CODE.search(text):
        fields["attributes"]["code"] = code[0]
    return fields


def _server_error(level: str, message: str, time: str) -> Fields:
    severity = level_of(level.lower()) or Level.TRACE
    if severity is Level.ERROR and "upstream" not in message and any(map(message.__contains__, _EXPECTED)):
        severity = Level.WARN
    return {"level": severity, "message": message, "attributes": {"local_time": time, "logged_level": level}}


def _recognises(document: Mapping[str, Json]) -> bool:
    request = document.get("request")
    if not isinstance(request, str) or "status" not in document or _BESIDE_REQUEST.isdisjoint(document):
        return False
    return _REQUEST.fullmatch(request) is not None


def _read_json(document: Document, at_ms: int) -> Fields:
    """Read a JSON `log_format` of nginx, whose fields bear the names of its variables; durations are in seconds."""
    flat = dict(document)
    request = _REQUEST.fullmatch(str(flat.pop("request")))
    method, path = request.groups() if request else ("", "")
    fields = read_fields({**flat, "request_method": method, "request_uri": path}, at_ms)
    fields["level"] = level_from_status(fields.get("status"))
    fields.setdefault("message", f"{method} {path} {document['status']}")
    fields["attributes"]["request"] = document["request"]
    seconds = flat.get("request_time")
    if isinstance(seconds, str) and seconds.replace(".", "", 1).isdecimal() and len(seconds) < 16:
        seconds = float(seconds)
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        fields["duration_ms"] = round(seconds * 1000, 3)
    return fields


TEXT = TextParser(
    name="web-server",
    starts=DIGITS + "[-" + LETTERS + ":",
    read=_read_text,
    examples=(
        '10.0.0.7 - - [20/Nov/2026:02:00:00 +0000] "GET /orders/17 HTTP/1.1" 502 157 "-" "curl/8.5.0"',
        'INFO:     10.0.0.7:51234 - "POST /orders HTTP/1.1" 500 Internal Server Error',
        "2026/11/20 02:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream",
        "[Fri Nov 20 02:00:00.123456 2026] [core:error] [pid 7] AH00124: Request exceeded the limit",
        (
            "[Fri Nov 20 02:00:00.123456 2026] [php:error] [pid 7] PHP Fatal error:  Uncaught PayError: declined in "
            "/app/pay.php:3\\nStack trace:\\n#0 {main}\\n  thrown in /app/pay.php on line 3"
        ),
    ),
)
JSON = JsonParser(
    name="web-server",
    recognises=_recognises,
    read=_read_json,
    examples=(
        (
            '{"time":"2026-11-20T12:03:03+00:00","remote_addr":"127.0.0.1","request":"GET /slow HTTP/1.1",'
            '"status":504,"request_time":1.001,"upstream_addr":"127.0.0.1:8932"}'
        ),
    ),
)
