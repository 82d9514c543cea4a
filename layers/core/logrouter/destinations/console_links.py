"""Addresses inside the CloudWatch console: a log stream at one moment, a Logs Insights query for one request, a trace.

The console encodes its fragment twice and writes `$` for `%`; all forms are as the console itself puts them into the
address bar (public examples compared, checked 2026-11-20). Pure text: nothing is called.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from logrouter.model import Origin

AROUND: Final = timedelta(minutes=15)
"""How far before and after the record the query looks."""

_QUERY_HEAD: Final = 'fields @timestamp, @logStream, @message\n| filter @message like "'
_QUERY_TAIL: Final = '"\n| sort @timestamp asc'
_SEARCHABLE: Final = re.compile(r"[A-Za-z0-9_.:=@-]{4,128}")
_MOMENT: Final = re.compile(r"\$3Fstart\$3D([0-9]{1,16})")
_SPECIAL: Final = re.compile(r"[^A-Za-z0-9.-]+")


def stream_link(origin: Origin, timestamp_ms: int, event_id: str) -> str | None:
    """Return the address of a log event in its stream; None when the region or the stream is not known."""
    if not (origin.region and origin.log_group and origin.log_stream):
        return None
    place = f"log-groups/log-group/{_twice(origin.log_group)}/log-events/{_twice(origin.log_stream)}"
    moment = f"$3Fstart$3D{timestamp_ms}"
    if shown := shown_id(event_id):
        moment += f"$26refEventId$3D{shown}"
    return f"{_console(origin.region)}#logsV2:{place}{moment}"


def moment_of(link: str) -> int | None:
    """Return the time of the log event that a `stream_link` leads to, epoch milliseconds; None without one."""
    found = _MOMENT.search(link)
    return int(found[1]) if found else None


def shown_id(event_id: str) -> str | None:
    """Return a CloudWatch event id, which is digits; None for what only claims to be one: nobody has masked it."""
    return event_id if event_id.isascii() and event_id.isdigit() else None


def request_link(origin: Origin, timestamp_ms: int, request_id: str | None) -> str | None:
    """Return the address of a Logs Insights query for one request id in the record's log group.

    None when there is no request id, or one with characters that have a meaning in a query.
    """
    if not (origin.region and origin.log_group and request_id and _SEARCHABLE.fullmatch(request_id)):
        return None
    span = _span(timestamp_ms // 1000)
    if span is None:
        return None
    query = f"{_star(_QUERY_HEAD)}{_star(request_id)}{_star(_QUERY_TAIL)}"
    detail = f"~({span}~editorString~'{query}~source~(~'{_star(origin.log_group)}))"
    return f"{_console(origin.region)}#logsV2:logs-insights$3FqueryDetail$3D{_tilde(detail)}"


def trace_link(origin: Origin, xray_id: str | None) -> str | None:
    """Return the address of an X-Ray trace (`1-<8 hex>-<24 hex>`); None without one, or without a region."""
    return f"{_console(origin.region)}#xray:traces/{xray_id}" if xray_id and origin.region else None


@lru_cache(maxsize=64)
def _console(region: str) -> str:
    domain = "aws.amazon.com"
    if region.startswith("cn-"):
        domain = "amazonaws.cn"
    elif region.startswith("us-gov-"):
        domain = "amazonaws-us-gov.com"
    return f"https://{quote(region)}.console.{domain}/cloudwatch/home?region={quote(region)}"


@lru_cache(maxsize=512)
def _span(second: int) -> str | None:
    """Return the time around a second as the console writes it; None where a calendar has no such time."""
    try:
        moment = datetime.fromtimestamp(second, UTC)
    except (OverflowError, ValueError, OSError):
        return None
    start, end = (f"{at:%Y-%m-%dT%H*3a%M*3a%S}.000Z" for at in (moment - AROUND, moment + AROUND))
    return f"end~'{end}~start~'{start}~timeType~'ABSOLUTE~tz~'UTC"


def _once(text: str) -> str:
    return quote(text, safe="").replace("%", "$")


@lru_cache(maxsize=512)
def _twice(text: str) -> str:
    return _once(quote(text, safe=""))


@lru_cache(maxsize=512)
def _star(text: str) -> str:
    """Encode a value inside `queryDetail`: every byte but letters, digits, `.` and `-` as `*` and two hex digits."""
    return _SPECIAL.sub(lambda found: "".join(f"*{byte:02x}" for byte in found[0].encode("utf-8", "replace")), text)


def _tilde(detail: str) -> str:
    return detail.replace("~", "$257E").replace("(", "$2528").replace(")", "$2529").replace("'", "$2527")
