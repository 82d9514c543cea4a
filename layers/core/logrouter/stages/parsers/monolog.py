"""Monolog (PHP), which Laravel and Symfony log with: its lines, its JSON and its Logstash format."""

import json
import re
from collections.abc import Mapping

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.levels import level_of
from logrouter.stages.reading.parser import Document, Fields, JsonParser, TextParser
from logrouter.stages.reading.times import put_time
from logrouter.stages.traces.php import read

_LINE = re.compile(
    r"\[(\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?)\] ([\w.\-]{1,80})\."
    r"(DEBUG|INFO|NOTICE|WARNING|ERROR|CRITICAL|ALERT|EMERGENCY): (.*)",
    re.ASCII | re.DOTALL,
)
_VALUE = re.compile(r" (?=[\[{])")
_DECODER = json.JSONDecoder(strict=False)
_ENVIRONMENTS = frozenset({"production", "staging", "testing", "development", "local"})
"""Laravel names its channel for the environment."""

_PARTS = 2
"""Context and extra."""

_TRIES = 8
"""So many places are tried as the beginning of the context behind a message, so that time stays linear."""


def _recognises(document: Mapping[str, Json]) -> bool:
    return "channel" in document and "message" in document and ("level_name" in document or "monolog_level" in document)


def _read_text(text: str, at_ms: int) -> Fields | None:
    """Read `[time] channel.LEVEL: message {context} {extra}`; what is empty may be left out, as Laravel does."""
    found = _LINE.match(text)
    if not found:
        return None
    time, channel, level, rest = found.groups()
    message, parts = _split(rest.rstrip())
    flat: Document = {}
    for part in parts[::-1]:
        flat.update(part if isinstance(part, dict) else {"context": part} if part else {})
    exception = flat.get("exception")
    trace = read(exception) if isinstance(exception, str) else None
    if trace is not None:
        del flat["exception"]
    fields = read_fields(flat, at_ms)
    if trace is not None:
        fields["error"] = trace.error
        fields["attributes"] |= {"trace_details": trace.after.strip()} if trace.after.strip() else {}
    if channel in _ENVIRONMENTS:
        fields.setdefault("environment", channel)
    for name in ("message", "level", "component"):
        if name in fields:
            fields["attributes"][f"context.{name}"] = fields[name]
    fields |= {"message": message, "level": level_of(level), "component": channel}
    put_time(fields, time, at_ms)
    return fields


def _split(text: str) -> tuple[str, list[Json]]:
    """Cut context and extra off the end of a message; strings in them may hold line ends as they are."""
    for tried, start in enumerate(_VALUE.finditer(text)):
        if tried == _TRIES:
            break
        try:
            values: list[Json] = []
            at = start.end()
            while at < len(text) and len(values) <= _PARTS:
                value, at = _DECODER.raw_decode(text, at)
                values.append(value)
                at += len(text[at:]) - len(text[at:].lstrip())
        except (ValueError, RecursionError):
            continue
        if len(values) <= _PARTS:
            return text[: start.start()].rstrip(), values
    return text, []


def _read(document: Document, at_ms: int) -> Fields:
    """Read the fields, those of `context` and `extra` lifted up; the number of the level repeats its name."""
    flat: Document = {}
    for name in ("extra", "context"):
        part = document.get(name)
        if isinstance(part, dict):
            flat.update(part)
    flat.update(
        {key: value for key, value in document.items() if key not in {"level_name", "level", "extra", "context"}}
    )
    flat["level"] = document.get("level_name", document.get("level"))
    exception = flat.get("exception")
    if isinstance(exception, dict):
        flat["exception"] = _with_frames(exception, 0)
    return read_fields(flat, at_ms)


def _with_frames(exception: Document, depth: int) -> Document:
    """Give an exception and those before it frames; their place may be all that is told of them."""
    previous = exception.get("previous")
    if isinstance(previous, dict) and depth < _TRIES:
        exception = {**exception, "previous": _with_frames(previous, depth + 1)}
    return {
        **{key: value for key, value in exception.items() if key not in {"trace", "file"}},
        "frames": _frames(exception),
    }


def _frames(exception: Mapping[str, Json]) -> list[Json]:
    """Turn Monolog's `file:line` texts, newest first, into frames, oldest first."""
    trace = exception.get("trace")
    places = [exception.get("file"), *(trace if isinstance(trace, list) else ())]
    frames: list[Json] = []
    for place in reversed([place for place in places if isinstance(place, str)]):
        file, _, line = place.rpartition(":")
        frames.append({"file": file or place, "line": int(line[:9]) if line.isdecimal() and line.isascii() else None})
    return frames


JSON = JsonParser(
    name="monolog",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"message":"charge failed","context":{"order":17,"exception":{"class":"PayException","message":"declined",'
            '"code":7,"file":"/app/Pay.php:12","trace":["/app/index.php:18"]}},"level":400,"level_name":"ERROR",'
            '"channel":"shop","datetime":"2026-11-20T02:00:00.123456+00:00","extra":{}}'
        ),
    ),
)
TEXT = TextParser(
    name="monolog",
    starts="[",
    read=_read_text,
    examples=(
        '[2026-11-20T02:00:00.123456+00:00] shop.ERROR: charge failed {"order":17} []',
        (
            "[2026-11-20 02:00:00] production.ERROR: declined "
            '{"userId":4,"exception":"[object] (PayException(code: 0): declined at /app/Pay.php:12)\n[stacktrace]\n'
            '#0 /app/index.php(18): charge()\n#1 {main}\n"} '
        ),
    ),
)
