"""Access-log lines of the Application Load Balancer, as text and as JSON objects of the same fields.

Fields in the order of docs.aws.amazon.com, "Access logs for your Application Load Balancer", with the three of request
transforms; a field after these, the address of the load balancer's node, is in lines of 2026 (checked 2026-11-20).
"""

import re
from collections.abc import Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.reading.fields import level_from_status, status_of
from logrouter.stages.reading.parser import Document, Fields, JsonParser, TextParser
from logrouter.stages.reading.times import time_of

_HEAD = re.compile(r"(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT[\d:.]+Z ", re.ASCII)
_FIELD = re.compile(r'"([^"]*)"|(\S+)')
_NAMES: Final = (
    "type", "time", "elb", "client", "target", "request_processing_time", "target_processing_time",
    "response_processing_time", "elb_status_code", "target_status_code", "received_bytes", "sent_bytes", "request",
    "user_agent", "ssl_cipher", "ssl_protocol", "target_group_arn", "trace_id", "domain_name", "chosen_cert_arn",
    "matched_rule_priority", "request_creation_time", "actions_executed", "redirect_url", "error_reason",
    "target_port_list", "target_status_code_list", "classification", "classification_reason", "conn_trace_id",
    "transformed_host", "transformed_uri", "request_transform_status", "node_ip",
)  # fmt: skip
_STEPS: Final = ("request_processing_time", "target_processing_time", "response_processing_time")
_LIFTED: Final = frozenset({"time", "trace_id", "user_agent"})


def _read_text(text: str, at_ms: int) -> Fields | None:
    if not _HEAD.match(text):
        return None
    values = [quoted or bare for quoted, bare in _FIELD.findall(text)]
    if len(values) < 13:
        return None
    fields = _fields(dict(zip(_NAMES, values, strict=False)), at_ms)
    if len(values) > len(_NAMES):
        fields["attributes"]["more"] = values[len(_NAMES) :]
    return fields


def _recognises(document: Mapping[str, Json]) -> bool:
    return "elb_status_code" in document and "target_status_code" in document and "request" in document


def _read_json(document: Document, at_ms: int) -> Fields:
    line = {name: str(value) for name, value in document.items() if isinstance(value, str | int | float)}
    fields = _fields(line, at_ms)
    fields["attributes"] |= {name: value for name, value in document.items() if name not in line and value is not None}
    return fields


def _fields(line: Mapping[str, str], at_ms: int) -> Fields:
    """Read one line; a status from 500 on is the target's own, or the load balancer's that got none from it."""
    status = status_of(line.get("elb_status_code"))
    method, _, rest = line.get("request", "").partition(" ")
    url = rest.rpartition(" ")[0].strip() or rest
    attributes: dict[str, Json] = {
        name: value for name, value in line.items() if value not in ("", "-") and name not in _LIFTED
    }
    message = f"{method} {url} {line.get('elb_status_code', '')}".strip()
    if status is not None and status >= 500:
        attributes["answered_by"] = "target" if status_of(line.get("target_status_code")) == status else "load balancer"
        if why := attributes.get("error_reason"):
            message += f" {why}"
    fields: Fields = {
        "level": level_from_status(status),
        "message": message,
        "status": status,
        "method": None if method == "-" else method,
        "path": _path(url),
        "component": line.get("elb"),
        "client_ip": _address(line.get("client", line.get("client_ip", ""))),
        "user_agent": agent if (agent := line.get("user_agent", "-")) != "-" else None,
        "trace_id": line.get("trace_id", "-").removeprefix("Root=").partition(";")[0].strip("-") or None,
        "duration_ms": _duration_ms(line),
        "attributes": attributes,
    }
    moment = time_of(line.get("time"), at_ms)
    if moment is not None:
        fields["timestamp_ms"] = moment
    elif line.get("time"):
        attributes["local_time"] = line["time"]
    return fields


def _address(client: str) -> str | None:
    """Cut the port off, and the brackets of an IPv6 address."""
    if client in {"", "-"}:
        return None
    host, _, port = client.rpartition(":")
    return (host if host and port.isdecimal() else client).strip("[]")


def _path(url: str) -> str:
    """Cut scheme, host and port off; the query stays, `classify` lifts it out."""
    _, scheme, rest = url.partition("://")
    return "/" + rest.partition("/")[2] if scheme else url


def _duration_ms(line: Mapping[str, str]) -> float | None:
    """Add up the three processing times; -1 stands for a step that was not reached."""
    total = 0.0
    for name in _STEPS:
        try:
            total += max(0.0, float(line[name]))
        except (KeyError, ValueError):
            return None
    return round(total * 1000, 3) if total < 1e9 else None


TEXT = TextParser(
    name="alb",
    starts="hgw",
    read=_read_text,
    examples=(
        (
            "https 2026-11-20T02:00:00.186641Z app/shop/50dc6c495c0c9188 10.0.0.7:2817 10.0.1.9:80 0.086 0.048 0.037 "
            "502 502 0 57 "
            '"GET https://shop.example.com:443/orders/17?x=1 HTTP/1.1" "curl/8.5.0" '
            "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 "
            "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/shop/73e2d6bc24d8a067 "
            '"Root=1-6553a0f0-36223f9c1c3d4b8e9f0a1b2c" "shop.example.com" "-" 1 2026-11-20T02:00:00.052000Z '
            '"forward" "-" "-" '
            '"10.0.1.9:80" "502" "-" "-" TID_1234abcd5678ef90 "-" "-" "-"'
        ),
    ),
)
JSON = JsonParser(
    name="alb",
    recognises=_recognises,
    read=_read_json,
    examples=(
        (
            '{"type":"https","time":"2026-11-20T02:00:00.186641Z","elb":"app/shop/50dc6c495c0c9188","client":'
            '"10.0.0.7:2817","target":"-","request_processing_time":"-1","target_processing_time":"-1",'
            '"response_processing_time":"-1","elb_status_code":"503","target_status_code":"-",'
            '"request":"GET https://shop.example.com:443/orders/17 HTTP/1.1"}'
        ),
    ),
)
