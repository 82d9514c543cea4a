"""Reads the time that a log line states, in epoch milliseconds, and refuses what it cannot be sure of."""

import re
from datetime import UTC, datetime

from logrouter.model import Json
from logrouter.stages.reading.parser import Fields

_NAIVE_TOLERANCE_MS = 15 * 60 * 1000
"""A time without a zone is taken as UTC only when it lies this near to CloudWatch's own time of the event."""

_MONTHS = {
    "Jan": 1, "Feb": 2, "Mar": 3, "Apr": 4, "May": 5, "Jun": 6,
    "Jul": 7, "Aug": 8, "Sep": 9, "Oct": 10, "Nov": 11, "Dec": 12,
}  # fmt: skip
_MONTH_NAMED = re.compile(r"(\d\d)[-/]([A-Z][a-z]{2})[-/](\d{4})[ :](\d\d:\d\d:\d\d)((?: ?[+-]\d\d:?\d\d)?)", re.ASCII)
"""`20-Nov-2026 02:00:00` of PHP and `20/Nov/2026:02:00:00 +0000` of access logs."""

_EARLIEST_MS = 946_684_800_000
"""2000-01-01: an earlier time is a clock that was never set."""

_LATEST_MS = 4_102_444_800_000
"""2100-01-01."""


def time_of(value: Json, at_ms: int) -> int | None:
    """Read a time: epoch seconds, milliseconds, microseconds or nanoseconds by magnitude, or ISO 8601 and its kin.

    Args:
        value: a JSON value or text.
        at_ms: CloudWatch's time of the log event, which decides about times without a zone.

    Returns:
        Epoch milliseconds, None when `value` is no time or cannot be trusted.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return _of_number(value)
    if isinstance(value, str) and value:
        return _of_text(value.strip(), at_ms)
    return None


def put_time(fields: Fields, time: str, at_ms: int) -> None:
    """Put the time that a text line states into its fields; one that `time_of` refuses stays there as `local_time`."""
    moment = time_of(time, at_ms)
    if moment is not None:
        fields["timestamp_ms"] = moment
    elif time:
        fields["attributes"]["local_time"] = time


def _of_number(number: float) -> int | None:
    if not number > 0 or number > 1e20:
        return None
    while number > 1e14:
        number /= 1000
    return _plausible(int(number * 1000) if number < 1e11 else int(number))


def _of_text(text: str, at_ms: int) -> int | None:
    if len(text) > 40:
        return None
    if text[:1].isdecimal() and text.replace(".", "", 1).isdecimal() and text.isascii():
        return _of_number(float(text)) if len(text) >= 10 else None
    try:
        moment = datetime.fromisoformat(_iso(text))
    except ValueError:
        return None
    if moment.tzinfo is not None:
        return _plausible(round(moment.timestamp() * 1000))
    milliseconds = round(moment.replace(tzinfo=UTC).timestamp() * 1000)
    return milliseconds if abs(milliseconds - at_ms) <= _NAIVE_TOLERANCE_MS else None


def _iso(text: str) -> str:
    """Bring the common kin of ISO 8601 to its form: slashes, names of months, ` UTC`, a space before the zone."""
    text, zone = text.replace("/", "-", 2), ""
    for name in (" UTC", " GMT", "UTC"):
        if text.endswith(name):
            text, zone = text.removesuffix(name), "+00:00"
            break
    if (found := _MONTH_NAMED.fullmatch(text)) and found[2] in _MONTHS:
        text = f"{found[3]}-{_MONTHS[found[2]]:02d}-{found[1]} {found[4]}{found[5]}"
    date, _, own = text.rpartition(" ")
    return date + own if own[:1] in {"+", "-"} and ":" in date else text + zone


def _plausible(milliseconds: int) -> int | None:
    return milliseconds if _EARLIEST_MS <= milliseconds < _LATEST_MS else None
