"""PHP's error log, as the command line, the Apache module and FPM write it."""

import re

from logrouter.model import ErrorInfo, Frame, Json
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import Fields, TextParser
from logrouter.stages.reading.times import put_time
from logrouter.stages.traces.php import is_own_code

_TIME = r"\[(\d\d-[A-Z][a-z]{2}-\d{4} \d\d:\d\d:\d\d(?: [\w/+\-:]{1,40})?)\] "
_ERROR = re.compile(
    rf"(?:{_TIME})?(?:PHP message: )?PHP (Fatal error|Parse error|Recoverable fatal error|Catchable fatal error|"
    r"Core error|Compile error|Warning|Notice|Deprecated|Strict Standards):  (.*)",
    re.ASCII | re.DOTALL,
)
_FPM = re.compile(rf"{_TIME}(DEBUG|NOTICE|WARNING|ERROR|ALERT): (.*)", re.ASCII | re.DOTALL)
_LOGGED = re.compile(rf"{_TIME}(.*)", re.ASCII | re.DOTALL)
_PLACE = re.compile(r" in (\S[^\n]*?)(?:\((\d{1,9})\) : eval\(\)'d code)? on line (\d{1,9})$", re.ASCII)
_BROKEN = frozenset(
    {"Fatal error", "Parse error", "Recoverable fatal error", "Catchable fatal error", "Core error", "Compile error"}
)


def _read(text: str, at_ms: int) -> Fields | None:
    if found := _ERROR.match(text):
        time, word, message = found.groups()
        fields = _error(word, message.rstrip())
    elif found := _FPM.match(text):
        time, word, message = found.groups()
        fields = {"level": level_of(word), "message": message.rstrip(), "component": "php-fpm", "attributes": {}}
    elif found := _LOGGED.match(text):
        time, message = found.groups()
        fields = {"message": message.rstrip(), "attributes": {}}
    else:
        return None
    put_time(fields, time or "", at_ms)
    return fields


def _error(word: str, message: str) -> Fields:
    """Read what PHP itself reports, with the place it happened at; all but warnings and notices end the request."""
    is_broken = word in _BROKEN
    attributes: dict[str, Json] = {"severity": word}
    fields: Fields = {"level": level_of("fatal" if is_broken else word), "message": message, "attributes": attributes}
    if "\nStack trace:\n" in message:
        return fields
    place = _PLACE.search(message)
    if place:
        attributes["location"] = f"{place[1]}:{place[2] or place[3]}"
    if is_broken:
        frames = (Frame(None, place[1], int(place[2] or place[3]), in_app=is_own_code(place[1])),) if place else ()
        fields["error"] = ErrorInfo(
            f"PHP {word}", message[: place.start()] if place else message, frames, language="php"
        )
    return fields


TEXT = TextParser(
    name="php",
    starts="[P",
    read=_read,
    examples=(
        "[20-Nov-2026 05:50:15 UTC] PHP Warning:  Undefined variable $order in /var/task/pay.php on line 21",
        "PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted in /var/task/pay.php on line 21",
        "[20-Nov-2026 05:50:15] WARNING: [pool www] child 7 exited on signal 11 (SIGSEGV) after 3.1 seconds from start",
        "[20-Nov-2026 05:50:15 UTC] charge failed",
    ),
)
