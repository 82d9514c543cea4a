"""Takes a log line out of what a syslog daemon, Docker's syslog driver or Heroku put in front of it.

Shapes: RFC 3164, section 4.1; RFC 5424, section 6; Heroku's log drains. The line inside is read by the ordinary
parsers. The kernel's lines stay as they are, `process_end` reads them.
"""

import re
from typing import Final

from logrouter.model import Json, Level
from logrouter.stages.reading.levels import level_of_syslog
from logrouter.stages.reading.times import time_of
from logrouter.stages.unwrap import Wrapped

_HEAD_CHARS: Final = 200
_OLD: Final = re.compile(
    r"(?:<(\d{1,3})>)?([A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?=[^\s\[\]]{0,100}[a-z0-9])([^\s\[\]:]{1,255}) "
    r"([\w./()@-]{1,64})(?:\[(\d{1,10})\])?: ?(.*)",
    re.ASCII | re.DOTALL,
)
_NEW: Final = re.compile(
    r"<(\d{1,3})>1 (\S{1,40}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) "
    r"(-|(?:\[[^\s\]]{1,64}(?: [^\s=\]]{1,32}=\"(?:[^\"\\]|\\.){0,1000}\"){0,50}\]){1,10})(?: \ufeff?(.*))?",
    re.DOTALL,
)
_HEROKU: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)) (app|heroku)\[([\w.-]{1,64})\]: (.*)",
    re.ASCII | re.DOTALL,
)
_DATUM: Final = re.compile(r"([^\s=\]\[]{1,32})=\"((?:[^\"\\]|\\.)*)\"")
_DAEMON: Final = 3
"""The facility under which Docker's driver puts what containers write, with the severity of the stream."""


def unwrap_syslog(text: str, at_ms: int) -> Wrapped | None:
    """Return the line behind the head of syslog, None when there is none.

    A line without a priority has to name the process' id: other loggers begin with a time, a word and a colon too.
    """
    if text[:1] != "<" and "]: " not in text[:_HEAD_CHARS]:
        return None
    if found := _OLD.match(text):
        priority, time, host, program, pid, line = found.groups()
        if program == "kernel" or not (priority or pid):
            return None
        return _wrapped(line, priority, {"local_time": time, "hostname": host, "program": program, "pid": pid})
    if found := _NEW.match(text):
        priority, time, host, program, pid, kind, data, line = found.groups()
        facts = {**dict(_DATUM.findall(data)), "hostname": host, "program": program, "pid": pid, "message_id": kind}
        return _wrapped(line or "", priority, facts, time_of(time, at_ms))
    if found := _HEROKU.match(text):
        time, source, dyno, line = found.groups()
        return _wrapped(line, None, {"log_source": source, "dyno": dyno}, time_of(time, at_ms))
    return None


def _wrapped(line: str, priority: str | None, facts: dict[str, str | None], at_ms: int | None = None) -> Wrapped | None:
    if not line.strip():
        return None
    known: dict[str, Json] = {name: fact for name, fact in facts.items() if fact and fact != "-"}
    return Wrapped(line, known, at_ms, level=_level_of(priority))


def _level_of(priority: str | None) -> Level | None:
    """Return the severity in a priority; under the facility of Docker's driver it only says which stream it was."""
    facility, severity = divmod(int(priority), 8) if priority else (_DAEMON, 0)
    return None if facility == _DAEMON else level_of_syslog(severity)
