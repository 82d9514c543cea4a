"""Addresses inside the CloudWatch console: a log stream at one moment, a Logs Insights query for one request.

The console encodes its fragment twice and writes `$` for `%`; both forms are as the console itself puts them into the
address bar (public examples compared, checked 2026-11-20). Pure text: nothing is called.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

from logrouter.model import Origin

AROUND: Final = timedelta(minutes=15)
"""How far before and after the record the query looks."""

_SEARCHABLE: Final = re.compile(r"[A-Za-z0-9_.:=@-]{4,128}")
_SPECIAL: Final = re.compile(r"[^A-Za-z0-9.-]+")


def stream_link(origin: Origin, timestamp_ms: int, event_id: str) -> str | None:
    """Return the address of a log event in its stream; None when the region or the stream is not known."""
    if not (origin.region and origin.log_group and origin.log_stream):
        return None
    place = f"log-groups/log-group/{_twice(origin.log_group)}/log-events/{_twice(origin.log_stream)}"
    query = _once(f"?start={timestamp_ms}&refEventId={event_id}")
    return f"{_console(origin.region)}#logsV2:{place}{query}"


def request_link(origin: Origin, timestamp_ms: int, request_id: str | None) -> str | None:
    """Return the address of a Logs Insights query for one request id in the record's log group.

    None when there is no request id, or one with characters that have a meaning in a query.
    """
    if not (origin.region and origin.log_group and request_id and _SEARCHABLE.fullmatch(request_id)):
        return None
    moment = _moment(timestamp_ms)
    if moment is None:
        return None
    query = f'fields @timestamp, @logStream, @message\n| filter @message like "{request_id}"\n| sort @timestamp asc'
    facts = {
        "end": _iso(moment + AROUND),
        "start": _iso(moment - AROUND),
        "timeType": "ABSOLUTE",
        "tz": "UTC",
        "editorString": query,
    }
    detail = "~".join(f"{name}~'{_star(value)}" for name, value in facts.items())
    detail = f"~({detail}~source~(~'{_star(origin.log_group)}))"
    return f"{_console(origin.region)}#logsV2:logs-insights{_once('?queryDetail=')}{_tilde(detail)}"


def _console(region: str) -> str:
    domain = "aws.amazon.com"
    if region.startswith("cn-"):
        domain = "amazonaws.cn"
    elif region.startswith("us-gov-"):
        domain = "amazonaws-us-gov.com"
    return f"https://{quote(region)}.console.{domain}/cloudwatch/home?region={quote(region)}"


def _moment(timestamp_ms: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(timestamp_ms / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _iso(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _once(text: str) -> str:
    return quote(text, safe="").replace("%", "$")


def _twice(text: str) -> str:
    return _once(quote(text, safe=""))


def _star(text: str) -> str:
    """Encode a value inside `queryDetail`: every byte but letters, digits, `.` and `-` as `*` and two hex digits."""
    return _SPECIAL.sub(lambda found: "".join(f"*{byte:02x}" for byte in found[0].encode("utf-8", "replace")), text)


def _tilde(detail: str) -> str:
    return detail.replace("~", "$257E").replace("(", "$2528").replace(")", "$2529").replace("'", "$2527")
