"""Access-log lines of the Application Load Balancer.

Fields in the order of docs.aws.amazon.com, "Access logs for your Application Load Balancer" (checked 2026-11-20).
"""

import re
from typing import TYPE_CHECKING

from logrouter.stages.reading.fields import level_from_status, status_of
from logrouter.stages.reading.parser import Fields, TextParser
from logrouter.stages.reading.times import put_time

if TYPE_CHECKING:
    from logrouter.model import Json

_HEAD = re.compile(r"(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT[\d:.]+Z ", re.ASCII)
_FIELD = re.compile(r'"([^"]*)"|(\S+)')
_NAMES = (
    "type", "time", "elb", "client", "target", "request_processing_s", "target_processing_s", "response_processing_s",
    "elb_status", "target_status", "received_bytes",
    "sent_bytes", "request", "user_agent", "ssl_cipher", "ssl_protocol",
    "target_group", "trace_id", "domain_name", "certificate", "matched_rule", "request_creation_time", "actions",
    "redirect_url", "error_reason", "targets", "target_statuses", "classification", "classification_reason",
    "connection_trace_id",
)  # fmt: skip


def _read(text: str, at_ms: int) -> Fields | None:
    if not _HEAD.match(text):
        return None
    values = [quoted or bare for quoted, bare in _FIELD.findall(text)]
    if len(values) < 13:
        return None
    line = dict(zip(_NAMES, values, strict=False))
    status = status_of(line["elb_status"])
    method, _, rest = line["request"].partition(" ")
    url = rest.rpartition(" ")[0] or rest
    attributes: dict[str, Json] = {name: value for name, value in line.items() if value != "-"}
    if len(values) > len(_NAMES):
        attributes["more"] = values[len(_NAMES) :]
    fields: Fields = {
        "level": level_from_status(status),
        "message": f"{method} {url} {line['elb_status']}",
        "status": status,
        "method": method,
        "path": _path(url),
        "component": line["elb"],
        "client_ip": line["client"].rpartition(":")[0] or line["client"],
        "user_agent": line.get("user_agent"),
        "trace_id": (line.get("trace_id") or "").removeprefix("Root=") or None,
        "duration_ms": _duration_ms(line),
        "attributes": attributes,
    }
    put_time(fields, line["time"], at_ms)
    return fields


def _path(url: str) -> str:
    """Cut scheme, host and port off; the query stays, `classify` lifts it out."""
    _, scheme, rest = url.partition("://")
    return "/" + rest.partition("/")[2] if scheme else url


def _duration_ms(line: dict[str, str]) -> float | None:
    """Add up the three processing times; -1 stands for a step that was not reached."""
    total = 0.0
    for name in ("request_processing_s", "target_processing_s", "response_processing_s"):
        try:
            total += max(0.0, float(line[name]))
        except ValueError:
            return None
    return round(total * 1000, 3) if total < 1e9 else None


TEXT = TextParser(
    name="alb",
    starts="hgw",
    read=_read,
    examples=(
        (
            "https 2026-11-20T02:00:00.186641Z app/shop/50dc6c495c0c9188 10.0.0.7:2817 10.0.1.9:80 0.086 0.048 0.037 "
            "502 502 0 57 "
            '"GET https://shop.example.com:443/orders/17?x=1 HTTP/1.1" "curl/8.5.0" '
            "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 "
            "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/shop/73e2d6bc24d8a067 "
            '"Root=1-6553a0f0-36223f9c1c3d4b8e9f0a1b2c" "shop.example.com" "-" 1 2026-11-20T02:00:00.052000Z '
            '"forward" "-" "-" '
            '"10.0.1.9:80" "502" "-" "-" TID_1234abcd5678ef90'
        ),
    ),
)
