"""Read the sample events of `events/`: fill in the planted values, move the times, and find planted values again.

The files hold placeholders (`{{plant:card_1}}`) instead of personal data and secrets; `events/planted.json` holds the
values, cut into parts. A sample with its placeholders unfilled is still a valid event.
"""

import base64
import gzip
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import quote

from logrouter.model import Json

EVENTS: Final = Path(__file__).resolve().parents[2] / "events"
"""The folder of the samples: `events/<function>/<case>.json`."""

BASE_MS: Final = 1_795_136_400_000
"""The moment that all samples start from, 2026-11-20T01:00:00Z in epoch milliseconds; they span about an hour."""

DAY_MS: Final = 86_400_000

PLACEHOLDER: Final = re.compile(r"\{\{plant:(\w+)(?:\|(\w+))?\}\}")
"""`{{plant:<name>}}`, or `{{plant:<name>|<spelling>}}` with a spelling of `SPELLINGS`."""

SPELLINGS: Final[Mapping[str, Callable[[str], str]]] = {
    "percent": lambda value: quote(value, safe=""),
    "base64": lambda value: base64.b64encode(value.encode()).decode(),
}
"""Other ways in which a value stands in a log."""

ISO_LIKE: Final = re.compile(r"(?<!\d)(\d{4}-\d\d-\d\d)([T ])(\d\d:\d\d:\d\d)")
NEST_LIKE: Final = re.compile(r"(?<!\d)\d\d/\d\d/\d{4}, \d{1,2}:\d\d:\d\d [AP]M")
EPOCH_LIKE: Final = re.compile(r"(?<![\w.-])(\d{10})(\d{3}|\.\d+)?(?![\w.-])")
"""Times inside of messages: ISO 8601 and its relatives, NestJS's console format, epoch seconds and milliseconds."""

SHORTEST_FORM: Final = 8
"""Derived forms with fewer characters are not looked for: they would be found by chance."""


def cases(function: str) -> list[str]:
    """Return the names of one function's samples, `<function>/<case>`, sorted."""
    return sorted(f"{function}/{path.stem}" for path in (EVENTS / function).glob("*.json"))


def functions() -> list[str]:
    """Return the functions that have samples, sorted."""
    return sorted(path.name for path in EVENTS.iterdir() if path.is_dir() and path.name != "stored")


def raw(name: str) -> Json:
    """Return a sample as it is stored, placeholders unfilled. Raises FileNotFoundError for an unknown name."""
    return json.loads((EVENTS / f"{name}.json").read_text("utf-8"))


def render(name: str, *, at_ms: int | None = None) -> Json:
    """Return a sample with its placeholders filled.

    Args:
        name: `<function>/<case>`.
        at_ms: epoch milliseconds that `BASE_MS` moves to (whole seconds; the rest is cut off). All times in the sample,
            also those inside of messages, keep their distances. None leaves them as they are stored.
    """
    return render_event(raw(name), at_ms=at_ms)


def render_event(event: Json, *, at_ms: int | None = None) -> Json:
    """Fill the placeholders of an event that is no stored sample; arguments as in `render`."""
    shift_s = 0 if at_ms is None else (at_ms - BASE_MS) // 1000
    return _walk(event, shift_s)


def documents(function: str, *, at_ms: int | None = None) -> dict[str, Json]:
    """Return the samples of a function that are readable subscription documents with log events, by name.

    What a producer would have written with `put-log-events`: corrupt, wrapped and control payloads are not among them.
    """
    rendered = {name: render(name, at_ms=at_ms) for name in cases(function)}
    return {
        name: event
        for name, event in rendered.items()
        if event.get("messageType") == "DATA_MESSAGE" and all(_is_log_event(item) for item in event["logEvents"] or [0])
    }


@cache
def planted() -> Mapping[str, str]:
    """Return every planted value by name."""
    stored = json.loads((EVENTS / "planted.json").read_text("utf-8"))
    return {name: "".join(parts) for kind in ("personal", "secret") for name, parts in stored[kind].items()}


@cache
def forms() -> Mapping[str, tuple[bytes, ...]]:
    """Return what to look for, by name: each planted value and the forms that give it away.

    Personal values: whole, and their digits alone (the specified partial masks keep some groups, never all digits).
    Secrets: whole, the second half alone, and each line of a key. All of these also as JSON, percent, base64 and hex
    text.
    """
    secrets = json.loads((EVENTS / "planted.json").read_text("utf-8"))["secret"]
    return {name: tuple(_forms(value, is_secret=name in secrets)) for name, value in planted().items()}


def leaks(data: bytes) -> list[str]:
    """Return the names of the planted values that `data` holds in any form, sorted; gzip is looked into."""
    views = [data]
    if data.startswith(b"\x1f\x8b"):
        views.append(gzip.decompress(data))
    return sorted(name for name, found in forms().items() if any(form in view for form in found for view in views))


def _is_log_event(item: Json) -> bool:
    return isinstance(item, dict) and type(item.get("timestamp")) is int and isinstance(item.get("message"), str)


def _walk(value: Json, shift_s: int) -> Json:
    if isinstance(value, dict):
        return {key: _walk(member, shift_s) for key, member in value.items()}
    if isinstance(value, list):
        return [_walk(member, shift_s) for member in value]
    if isinstance(value, str):
        return _move_text(_fill(value), shift_s)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return _move_number(value, shift_s)


def _fill(text: str) -> str:
    """Fill the placeholders; inside of a JSON text the values are written as JSON writes them."""
    is_json = text.startswith(("{", "["))

    def value(match: re.Match[str]) -> str:
        plain = planted()[match[1]]
        spelt = SPELLINGS[match[2]](plain) if match[2] else plain
        return json.dumps(spelt, ensure_ascii=False)[1:-1] if is_json else spelt

    return PLACEHOLDER.sub(value, text)


def _move_number(value: float, shift_s: int) -> float:
    for unit in (1000, 1):
        if abs(value * 1000 / unit - BASE_MS) < DAY_MS:
            return value + shift_s * unit
    return value


def _move_text(text: str, shift_s: int) -> str:
    if not shift_s:
        return text
    shift = timedelta(seconds=shift_s)

    def iso(match: re.Match[str]) -> str:
        return _moved(match, "%Y-%m-%dT%H:%M:%S", f"{match[1]}T{match[3]}", shift).replace("T", match[2])

    def epoch(match: re.Match[str]) -> str:
        seconds = int(match[1])
        near = abs(seconds * 1000 - BASE_MS) < DAY_MS
        return f"{seconds + shift_s}{match[2] or ''}" if near else match[0]

    text = ISO_LIKE.sub(iso, text)
    text = NEST_LIKE.sub(
        lambda match: _moved(match, "%m/%d/%Y, %I:%M:%S %p", match[0], shift).replace(", 0", ", "), text
    )
    return EPOCH_LIKE.sub(epoch, text)


def _moved(match: re.Match[str], shape: str, written: str, shift: timedelta) -> str:
    moment = datetime.strptime(written, shape).replace(tzinfo=UTC)
    near = abs(moment.timestamp() * 1000 - BASE_MS) < DAY_MS
    return (moment + shift).strftime(shape) if near else match[0]


def _forms(value: str, *, is_secret: bool) -> Iterator[bytes]:
    digits = re.sub(r"\D", "", value)
    plain = {value}
    if is_secret:
        plain |= {value[len(value) // 2 :], *value.splitlines()} - {"-----END RSA PRIVATE KEY-----"}
    elif len(digits) > SHORTEST_FORM:
        plain.add(digits)
    for text in sorted(plain):
        if len(text) >= SHORTEST_FORM and not text.startswith("-----"):
            yield from _spellings(text)


def _spellings(text: str) -> Iterator[bytes]:
    data = text.encode()
    yield from {data, json.dumps(text)[1:-1].encode(), quote(text, safe="").encode(), data.hex().encode()}
    for before in range(3):  # where a text stands inside of a base64 block decides how it is written
        encoded = base64.b64encode(b"\0" * before + data)
        yield encoded[(0, 2, 3)[before] : len(encoded) - 4]
