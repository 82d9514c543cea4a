"""The interface that every parser of a log format fits."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypedDict

from logrouter.model import ErrorInfo, Json, Level


class Fields(TypedDict, total=False):
    """The fields of `logrouter.model.Record` that a parser found; what it leaves out keeps its default."""

    timestamp_ms: int
    level: Level | None
    message: str
    service: str | None
    environment: str | None
    version: str | None
    request_id: str | None
    trace_id: str | None
    span_id: str | None
    user_id: str | None
    session_id: str | None
    path: str | None
    method: str | None
    client_ip: str | None
    user_agent: str | None
    component: str | None
    duration_ms: float | None
    status: int | None
    error: ErrorInfo | None
    attributes: dict[str, Json]


type Document = dict[str, Json]
"""One JSON object of a log, masked."""

ANY = ""
"""For `TextParser.starts`: lines may begin with anything."""

DIGITS = "0123456789"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LETTERS = CAPITALS + CAPITALS.lower()


@dataclass(frozen=True, slots=True)
class JsonParser:
    """One registry line for loggers that write JSON objects.

    Args:
        name: becomes `Record.format`.
        recognises: cheap test on the object's keys.
        read: object and time of the log event (epoch milliseconds) to fields.
        examples: lines that it, and no parser before it, recognises.
    """

    name: str
    recognises: Callable[[Mapping[str, Json]], bool]
    read: Callable[[Document, int], Fields]
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TextParser:
    """One registry line for loggers that write text.

    Args:
        name: becomes `Record.format`.
        starts: the characters that such a line can begin with; `ANY` for all.
        read: text and time of the log event to fields, None when the text is of another format. No part of the text
            may be lost: what has no field stays in `message` or goes into `attributes`. Linear in the text's length.
        examples: texts that it, and no parser before it, recognises.
    """

    name: str
    starts: str
    read: Callable[[str, int], Fields | None]
    examples: tuple[str, ...]
