"""Lines of Ruby's Logger, Rails and the Lambda runtime of Ruby, and of PHP's error log."""

import re

from logrouter.model import ErrorInfo, Json
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import Fields, TextParser
from logrouter.stages.reading.times import put_time

_RUBY = re.compile(
    r"([DIWEFA]), \[(\d{4}-\d\d-\d\dT[\d:.]+) #(\d+)\] +(DEBUG|INFO|WARN|ERROR|FATAL|ANY) -- ([^:\n]*): (.*)",
    re.ASCII | re.DOTALL,
)
_PHP = re.compile(
    r"(?:\[(\d\d-[A-Z][a-z]{2}-\d{4} [\d:]{8}[^\]\n]*)\] )?"
    r"PHP (Fatal error|Parse error|Recoverable fatal error|Warning|Notice|Deprecated|Catchable fatal error):  (.*)",
    re.ASCII | re.DOTALL,
)


def _read(text: str, at_ms: int) -> Fields | None:
    if found := _RUBY.match(text):
        _, time, pid, level, program, message = found.groups()
        fields: Fields = {
            "level": level_of(level),
            "component": program.strip() or None,
            "message": message.rstrip(),
            "attributes": {"pid": pid},
        }
        put_time(fields, time, at_ms)
        return fields
    if found := _PHP.match(text):
        return _php(*found.groups())
    return None


def _php(time: str | None, word: str, message: str) -> Fields:
    attributes: dict[str, Json] = {"local_time": time} if time else {}
    level = level_of("fatal" if "atal" in word or word == "Parse error" else word)
    fields: Fields = {"level": level, "message": message.rstrip(), "attributes": attributes}
    attributes["severity"] = word
    if level_of("fatal") is level and "\nStack trace:\n" not in message:
        fields["error"] = ErrorInfo(f"PHP {word}", message.rstrip(), language="php")
    return fields


TEXT = TextParser(
    name="ruby-php",
    starts="DIWEFA[P",
    read=_read,
    examples=(
        "E, [2026-11-20T02:00:00.123456 #7] ERROR -- shop: charge failed",
        "[20-Nov-2026 05:50:15 UTC] PHP Warning:  Undefined variable $order in /var/task/pay.php on line 21",
    ),
)
