"""Lines of Go programs: the standard `log` package (which knows no level) and klog."""

import re
from typing import TYPE_CHECKING

from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time

if TYPE_CHECKING:
    from logrouter.model import Json

_STANDARD = re.compile(
    r"(\d{4}/\d\d/\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) (?:([^\s:]+\.go:\d+): )?"
    r"(?:\[?(TRACE|DEBUG|INFO|WARN|WARNING|ERROR|FATAL|PANIC|CRITICAL)\]?:? +)?(.*)",
    re.ASCII | re.DOTALL,
)
_KLOG = re.compile(r"([IWEF])(\d{4} \d\d:\d\d:\d\d\.\d{6}) +(\d+) ([\w.\-]+:\d+)\] (.*)", re.ASCII | re.DOTALL)


def _read(text: str, at_ms: int) -> Fields | None:
    if found := _STANDARD.match(text):
        time, place, level, message = found.groups()
        fields = _fields(level, place, message)
        put_time(fields, time, at_ms)
        return fields
    if found := _KLOG.match(text):
        level, time, thread, place, message = found.groups()
        fields = _fields(level, place, message)
        fields["attributes"] |= {"local_time": time, "thread": thread}  # klog says no year
        return fields
    return None


def _fields(level: str | None, place: str | None, message: str) -> Fields:
    attributes: dict[str, Json] = {"location": place} if place else {}
    return {"level": level_of(level), "message": message.rstrip(), "attributes": attributes}


TEXT = TextParser(
    name="go",
    starts=DIGITS + "IWEF",
    read=_read,
    examples=(
        "2026/11/20 02:00:00 main.go:12: charge failed",
        "2026/11/20 02:00:00 ERROR charge failed order=17",
        "E1120 02:00:00.123456       7 pay.go:12] charge failed",
    ),
)
