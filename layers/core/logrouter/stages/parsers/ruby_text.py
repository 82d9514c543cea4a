"""Lines of Ruby's Logger, Rails, Sidekiq and the Lambda runtime of Ruby."""

import re
from typing import TYPE_CHECKING

from logrouter.model import ErrorInfo
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.pairs import read_pairs
from logrouter.stages.reading.parser import DIGITS, Fields, TextParser
from logrouter.stages.reading.times import put_time

if TYPE_CHECKING:
    from logrouter.model import Json

_LINE = re.compile(
    r"([DIWEFA]), \[(\d{4}-\d\d-\d\dT[\d:.]+) #(\d+)\] +(DEBUG|INFO|WARN|ERROR|FATAL|ANY) -- ([^:\n]*):(?: (.*)|$)",
    re.ASCII | re.DOTALL,
)
_TITLE = re.compile(r"([A-Z]\w*(?:::[A-Z]\w*)*(?:Error|Exception|Invalid|NotFound)) \((.*)\):", re.DOTALL)
"""An exception as Rails prints it, here one without a backtrace."""

_SIDEKIQ = re.compile(
    r"(\d{4}-\d\d-\d\dT[\d:.]+Z) ((?:[a-z]\w{0,30}=\S{1,200} ){1,20})(DEBUG|INFO|WARN|ERROR|FATAL): (.*)",
    re.ASCII | re.DOTALL,
)
_STARTED = re.compile(r"Started ([A-Z]{3,7}) \"([^\"\n]{1,2000})\" for ([0-9a-f.:]{3,45}) at ")
"""What Rails says as a request begins. That it ended with 500 is no issue of its own: the exception follows."""

_TAGS = re.compile(r"(?:\[[^\]\n]{1,120}\] ?){1,8}")
_TAG = re.compile(r"\[([^\]\n]{1,120})\]")
_REQUEST_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|req[\w-]{1,60}", re.ASCII)


def _read(text: str, at_ms: int) -> Fields | None:
    found = _LINE.match(text)
    if not found:
        return _read_sidekiq(text, at_ms)
    _, time, pid, level, program, message = found.groups()
    message, tags = _untagged((message or "").rstrip())
    attributes: dict[str, Json] = {"pid": pid, **({"tags": [*tags]} if tags else {})}
    fields: Fields = {
        "level": level_of(level),
        "component": program.strip() or None,
        "message": message,
        "attributes": attributes,
    }
    if titled := _TITLE.fullmatch(message):
        fields["error"] = ErrorInfo(titled[1], titled[2], language="ruby")
    if request_id := next((tag for tag in tags if _REQUEST_ID.fullmatch(tag)), None):
        fields["request_id"] = request_id
    if started := _STARTED.match(message):
        fields["method"], fields["path"], fields["client_ip"] = started.groups()
    put_time(fields, time, at_ms)
    return fields


def _read_sidekiq(text: str, at_ms: int) -> Fields | None:
    """Read a line of Sidekiq: `time pid=7 tid=abc class=PayJob jid=... ERROR: message`; the job is the request."""
    found = _SIDEKIQ.match(text)
    context = read_pairs(found[2].strip()) if found else None
    if found is None or context is None:
        return None
    fields: Fields = {"level": level_of(found[3]), "message": found[4].rstrip(), "attributes": context}
    if isinstance(job := context.get("jid"), str):
        fields["request_id"] = job
    if isinstance(name := context.get("class"), str):
        fields["component"] = name
    put_time(fields, found[1], at_ms)
    return fields


def _untagged(message: str) -> tuple[str, list[str]]:
    """Take the tags of Rails (`log_tags`) off the message, in front of each of whose lines they are repeated.

    Brackets are tags where a request's id is among them, or where they stand in front of a second line too.
    """
    found = _TAGS.match(message)
    if not found:
        return message, []
    lead, tags = found[0].rstrip(), _TAG.findall(found[0])
    is_repeated = f"\n{lead}" in message
    if not is_repeated and not any(map(_REQUEST_ID.fullmatch, tags)):
        return message, []
    lines = (line.removeprefix(lead) for line in message.split("\n"))
    return "\n".join(line.removeprefix(" ") for line in lines).strip(), tags


TEXT = TextParser(
    name="ruby",
    starts="DIWEFA" + DIGITS,
    read=_read,
    examples=(
        "2026-11-20T02:00:00.123Z pid=7 tid=iaf class=PayJob jid=b4a577edbccf1d805744efa9 ERROR: charge failed",
        'I, [2026-11-20T02:00:00.123456 #7]  INFO -- : Started GET "/orders/17" for 10.0.0.7 at 2026-11-20',
        "E, [2026-11-20T02:00:00.123456 #7] ERROR -- shop: charge failed",
        (
            "F, [2026-11-20T02:00:00.123456 #7] FATAL -- : [52fdfc07-2182-454f-963f-5f0f9a621d72]   \n"
            "[52fdfc07-2182-454f-963f-5f0f9a621d72] PayError (declined):"
        ),
    ),
)
