"""Access lines in the combined format (nginx, Apache, gunicorn, uvicorn) and the error lines of nginx and Apache."""

import re

from logrouter.model import Json, Level
from logrouter.stages.reading.fields import level_from_status, status_of
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import DIGITS, LETTERS, Fields, TextParser

_COMBINED = re.compile(
    r'(\S+) (\S+) (\S+) \[([^\]\n]{10,40})\] "([A-Z]{3,7}) ([^"\s]*)[^"]*" (\d{3}) (\d+|-)'
    r'(?: "([^"]*)" "([^"]*)")?(.*)',
    re.ASCII | re.DOTALL,
)
_UVICORN = re.compile(r'(INFO|WARNING|ERROR): +(\S+) - "([A-Z]{3,7}) ([^"\s]*)[^"]*" (\d{3})(.*)', re.ASCII | re.DOTALL)
_NGINX = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(debug|info|notice|warn|error|crit|alert|emerg)\] (\d+#\d+: .*)",
    re.ASCII | re.DOTALL,
)
_APACHE = re.compile(
    r"\[([A-Z][a-z]{2} [A-Z][a-z]{2} \d\d [\d:.]+ \d{4})\] \[(?:([\w-]*):)?(\w+)\] (.*)", re.ASCII | re.DOTALL
)


def _read(text: str, at_ms: int) -> Fields | None:  # noqa: ARG001 - these times are local; CloudWatch's own is surer
    if "/" in text[:5] and (found := _NGINX.match(text)):
        return _server_error(found[2], found[3], found[1], None)
    if text[0] == "[" and (found := _APACHE.match(text)):
        return _server_error(found[3], found[4], found[1], found[2])
    if '"' not in text:
        return None
    if found := _UVICORN.match(text):
        level, client, method, path, status, rest = found.groups()
        return _access(
            client.rpartition(":")[0] or client, method, path, status, {"rest": rest.strip(), "logged_level": level}
        )
    if found := _COMBINED.match(text):
        client, identity, user, time, method, path, status, size, referer, agent, rest = found.groups()
        facts = {
            "local_time": time,
            "size": size,
            "identity": identity,
            "user": user,
            "referer": referer,
            "rest": rest.strip(),
        }
        fields = _access(client, method, path, status, facts)
        fields["user_agent"] = agent
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


def _server_error(level: str, message: str, time: str, component: str | None) -> Fields | None:
    severity = level_of(level.lower())
    if severity is None and level != "trace1":
        return None
    return {
        "level": severity or Level.TRACE,
        "message": message.rstrip(),
        "component": component or None,
        "attributes": {"local_time": time, "logged_level": level},
    }


TEXT = TextParser(
    name="web-server",
    starts=DIGITS + "[-" + LETTERS + ":",
    read=_read,
    examples=(
        '10.0.0.7 - - [20/Nov/2026:02:00:00 +0000] "GET /orders/17 HTTP/1.1" 502 157 "-" "curl/8.5.0"',
        'INFO:     10.0.0.7:51234 - "POST /orders HTTP/1.1" 500 Internal Server Error',
        "2026/11/20 02:00:00 [error] 7#7: *1 connect() failed (111: Connection refused) while connecting to upstream",
        "[Fri Nov 20 02:00:00.123456 2026] [core:error] [pid 7] AH00124: Request exceeded the limit",
    ),
)
