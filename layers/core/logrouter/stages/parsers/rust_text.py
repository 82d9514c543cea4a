"""Lines of Rust programs: tracing-subscriber's text formats and env_logger."""

import re

from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.pairs import read_pairs, split_pairs
from logrouter.stages.reading.parser import DIGITS, Document, Fields, TextParser
from logrouter.stages.reading.times import put_time

_TIME = r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))"
_LEVEL = "(TRACE|DEBUG|INFO|WARN|ERROR)"
_TRACING = re.compile(
    rf"{_TIME} +{_LEVEL} (?:ThreadId\(\d+\) )?((?:(?>[\w-]+(?:\{{[^\n]*?\}})?:))+ )?([a-zA-Z_][\w:]*): (.*)",
    re.ASCII | re.DOTALL,
)
_ENV_LOGGER = re.compile(rf"\[{_TIME} {_LEVEL} +([\w:]+)\] (.*)", re.ASCII | re.DOTALL)
_SPAN = re.compile(r"([\w-]+)(?:\{([^\n]*?)\})?:")
_PRETTY_PLACE = re.compile(r"\n {4}at ([^\s:]+\.rs:\d+)(?=\n|$)")
_PRETTY_SPAN = re.compile(r"\n {4}in ([\w:]+)(?: with ([^\n]*))?(?=\n|$)")
_PRETTY_COMMA = re.compile(r", (?=\w+: )")


def _read(text: str, at_ms: int) -> Fields | None:
    if found := _ENV_LOGGER.match(text):
        time, level, target, message = found.groups()
        fields: Fields = {"message": message.rstrip(), "attributes": {}}
    elif found := _TRACING.match(text):
        time, level, spans, target, message = found.groups()
        fields = _traced(spans or "", message.rstrip(), at_ms)
    else:
        return None
    fields |= {"level": level_of(level), "component": target}
    put_time(fields, time, at_ms)
    return fields


def _traced(spans: str, message: str, at_ms: int) -> Fields:
    """Read the spans in front of the target, or below the message in the pretty format, and the fields behind it."""
    known: Document = {}
    names: list[str] = []
    for name, pairs in _SPAN.findall(spans):
        names.append(name)
        known.update(read_pairs(pairs) or ({name: pairs} if pairs else {}))
    for name, pairs in reversed(_PRETTY_SPAN.findall(message)):
        names.append(name)
        known.update(_pretty_pairs(pairs))
    place = _PRETTY_PLACE.search(message)
    text, own = split_pairs(_PRETTY_SPAN.sub("", _PRETTY_PLACE.sub("", message)))
    fields = read_fields({**known, **own}, at_ms)
    if names:
        fields["attributes"]["spans"] = ":".join(names)
    if place:
        fields["attributes"]["location"] = place[1]
    fields["message"] = text
    return fields


def _pretty_pairs(text: str) -> Document:
    parts = _PRETTY_COMMA.split(text) if text else []
    return {name: value.strip('"') for name, _, value in (part.partition(": ") for part in parts)}


TEXT = TextParser(
    name="rust",
    starts="[" + DIGITS,
    read=_read,
    examples=(
        '2026-11-20T02:00:00.123456Z ERROR request{request_id="req-1"}: shop::pay: charge failed order=17',
        "2026-11-20T02:00:00.123456Z ERROR shop::pay: charge failed",
        "[2026-11-20T02:00:00Z ERROR shop::pay] charge failed",
    ),
)
