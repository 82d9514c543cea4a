"""Turn records that are no issues into deliveries for Sentry Logs: containers of up to 100 logs, always the same bytes.

Format: develop.sentry.dev, "Logs" and "Envelope items" (checked 2026-11-20). A log has no id at Sentry: what is sent
twice stands there twice, so the ledger alone keeps a repeat away.
"""

import json
import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from logrouter.destinations.sentry_contexts import trace_context_of
from logrouter.destinations.sentry_event import FALLBACK_ENVIRONMENT, SDK, release_named_by
from logrouter.destinations.sentry_fields import (
    TEXT_CHARS,
    cut,
    derived_hex,
    environment_of,
    event_id_of,
    method_of,
    one_line,
)
from logrouter.model import Delivery, Json, Level, LogItem, Record

LOGS_LIMIT: Final = 100
"""Senders must not put more into an envelope (develop.sentry.dev, Logs, buffering)."""

LOGS_LIMIT_BYTES: Final = 200_000
"""Of one container, not compressed: far below Relay's 2 MiB a log and 12 MiB a container, so that a delivery is about
as large as the largest event."""

ATTRIBUTES_LIMIT: Final = 60
ATTRIBUTES_CHARS: Final = 8_000
VALUE_CHARS: Final = 1_000
PARAMS_LIMIT: Final = 20
KEY_CHARS: Final = 200
SLIM_BODY_CHARS: Final = 1_000
NESTING_LIMIT: Final = 4
INTEGERS: Final = range(-(2**63), 2**63)
"""What Sentry can keep as an integer."""

KEY_PREFIX: Final = "log:"
"""Of ledger keys: the same log event may be an issue under another policy, and that is another delivery."""

SEVERITY_NUMBERS: Final[Mapping[Level, int]] = {
    Level.TRACE: 1,
    Level.DEBUG: 5,
    Level.INFO: 9,
    Level.WARN: 13,
    Level.ERROR: 17,
    Level.FATAL: 21,
}
"""OpenTelemetry's numbers, the lowest of each word, as Sentry's own SDKs send them."""

CONTENT_TYPE: Final = "application/vnd.sentry.items.log+json"
ESSENTIAL: Final = (
    *("sentry.environment", "sentry.release", "sentry.sdk.", "sentry.severity_"),
    *("service", "log_group", "log_stream", "log_event_id", "request_id"),
)
"""What a log keeps that the server found too large."""


class _Piece(NamedTuple):
    key: str
    lines: int
    log: bytes


def encode_logs(items: Iterable[LogItem], route: str, *, environment: str) -> list[Delivery]:
    """Return the deliveries of some logs of one route, in order, each within every limit.

    Args:
        items: masked.
        route: which project of the secret they go to.
        environment: Sentry environment of records that name none.
    """
    pieces = (_Piece(log_key(item.record), item.record.lines, _bytes(build_log(item, environment))) for item in items)
    return [_joined(batch, Delivery("sentry", route, (), (), b"")) for batch in _batches(pieces)]


def log_key(record: Record) -> str:
    """Return the ledger key of a log, a function of the log event alone."""
    return KEY_PREFIX + event_id_of(record)


def holds_logs(delivery: Delivery) -> bool:
    """Tell whether a delivery of Sentry's holds logs rather than an event."""
    return delivery.keys[0].startswith(KEY_PREFIX)


def build_log(item: LogItem, environment: str) -> dict[str, Json]:
    """Return one log as JSON.

    Args:
        item: a masked record, its severity and its template.
        environment: used when the record names none that Sentry accepts.
    """
    record = item.record
    body = record.message or (record.error and record.error.message) or "(no message)"
    log: dict[str, Json] = {
        "timestamp": record.timestamp_ms / 1000,
        **_trace(record),
        "level": item.level.value,
        "body": cut(body, TEXT_CHARS),
        "attributes": {key: _typed(value) for key, value in _attributes(item, environment).items()},
    }
    return log


def split_logs(delivery: Delivery) -> tuple[Delivery, ...]:
    """Halve a container; a single log goes once more with little besides its text."""
    pieces = _pieces(delivery)
    if len(pieces) > 1:
        half = len(pieces) // 2
        return _joined(pieces[:half], delivery), _joined(pieces[half:], delivery)
    slim = pieces[0]._replace(log=_slim(pieces[0].log))
    return (_joined([slim], delivery),) if len(slim.log) < len(pieces[0].log) else ()


def without_logs(delivery: Delivery, keys: Collection[str]) -> Delivery | None:
    """Return the container without the logs of `keys`; None when none are left."""
    kept = [piece for piece in _pieces(delivery) if piece.key not in keys]
    return _joined(kept, delivery) if kept else None


def _batches(pieces: Iterable[_Piece]) -> Iterator[list[_Piece]]:
    batch: list[_Piece] = []
    size = 0
    for piece in pieces:
        if batch and (len(batch) == LOGS_LIMIT or size + len(piece.log) > LOGS_LIMIT_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(piece)
        size += len(piece.log) + 1
    if batch:
        yield batch


def _joined(pieces: Sequence[_Piece], like: Delivery) -> Delivery:
    from sentry_sdk.envelope import Envelope, Item  # noqa: PLC0415 - 20 to 70 ms that most invocations do not need

    payload = b'{"version":2,"items":[' + b",".join(piece.log for piece in pieces) + b"]}"
    item = Item(payload, type="log", content_type=CONTENT_TYPE, headers={"item_count": len(pieces)})
    return replace(
        like,
        keys=tuple(piece.key for piece in pieces),
        lines=tuple(piece.lines for piece in pieces),
        body=Envelope(headers={"sdk": SDK}, items=[item]).serialize(),
    )


def _pieces(delivery: Delivery) -> list[_Piece]:
    logs = json.loads(delivery.body.split(b"\n", 2)[2])["items"]
    return [_Piece(*facts) for facts in zip(delivery.keys, delivery.lines, map(_bytes, logs), strict=True)]


def _slim(log: bytes) -> bytes:
    document = json.loads(log)
    kept = {key: value for key, value in document["attributes"].items() if key.startswith(ESSENTIAL)}
    document["attributes"] = kept | {"logrouter.trimmed": _typed("attributes")}
    document["body"] = cut(document["body"], SLIM_BODY_CHARS)
    return _bytes(document)


def _trace(record: Record) -> dict[str, str]:
    """The trace that an issue of the same record has, else one of its log stream; a span only where the log has one."""
    context = trace_context_of(record)
    if context is None:
        origin = record.origin
        return {"trace_id": derived_hex(origin.account, "stream", origin.log_group, origin.log_stream)}
    span_id = context["span_id"]
    is_own = span_id != event_id_of(record)[:16]
    return {"trace_id": context["trace_id"]} | ({"span_id": span_id} if is_own else {})


def _attributes(item: LogItem, environment: str) -> dict[str, Json]:
    """Return flat attributes: Sentry's, those an issue has as tags, and the record's own as far as there is room."""
    attributes = {
        key: _leaf(value) for key, value in _facts(item, environment).items() if value is not None and value != ""
    }
    room, omitted = ATTRIBUTES_CHARS, 0
    for key, value in _flat(item.record.attributes, "", NESTING_LIMIT):
        name = one_line(key, KEY_CHARS)
        name = f"logged.{name}" if name in attributes or name.startswith("sentry.") else name
        size = len(name) + len(str(value))
        if not name or len(attributes) >= ATTRIBUTES_LIMIT or size > room:
            omitted += 1
            continue
        attributes[name] = value
        room -= size
    return attributes | ({"omitted": omitted} if omitted else {})


def _facts(item: LogItem, environment: str) -> dict[str, Json]:
    record = item.record
    origin, error = record.origin, record.error
    return {
        "sentry.environment": environment_of(record.environment) or environment_of(environment) or FALLBACK_ENVIRONMENT,
        "sentry.release": release_named_by(record),
        "sentry.sdk.name": SDK["name"],
        "sentry.sdk.version": SDK["version"],
        "sentry.severity_number": SEVERITY_NUMBERS[item.level],
        "sentry.severity_text": item.level.value,
        **_template(item),
        "service": _line(record.service),
        "component": _line(record.component),
        "log_group": _line(origin.log_group),
        "log_stream": _line(origin.log_stream),
        "log_event_id": _line(record.event_id),
        "account": _line(origin.account),
        "region": _line(origin.region),
        "request_id": _line(record.request_id),
        "session_id": _line(record.session_id),
        "user.id": _line(record.user_id),
        "http.method": method_of(record.method),
        "http.status": record.status,
        "url.path": _line(record.path),
        "duration_ms": record.duration_ms,
        "log_format": record.format,
        "masked": ",".join(record.masked),
        "error.type": _line(error.type) if error else None,
        "error.message": error.message if error else None,
    }


def _template(item: LogItem) -> dict[str, Json]:
    """The template and what it lifted out; Sentry asks for none where nothing was."""
    if not item.params or not item.record.message:
        return {}
    params = {
        f"sentry.message.parameter.{number}": cut(param, KEY_CHARS)
        for number, param in enumerate(item.params[:PARAMS_LIMIT])
    }
    return {"sentry.message.template": cut(item.template, VALUE_CHARS), **params}


def _line(value: str | None) -> str | None:
    return one_line(value, VALUE_CHARS) if value else None


def _flat(fields: Mapping[str, Json], prefix: str, depth: int) -> Iterator[tuple[str, Json]]:
    """Yield the leaves of nested objects under dotted names; what lies deeper, as text."""
    for key, value in fields.items():
        if isinstance(value, dict) and depth:
            yield from _flat(value, f"{prefix}{key}.", depth - 1)
        elif value is not None:
            yield f"{prefix}{key}", _leaf(value)


def _leaf(value: Json) -> bool | int | float | str:
    """Return a value that Sentry can store under a type; lists, objects and impossible numbers as JSON text."""
    if isinstance(value, str):
        return cut(value, VALUE_CHARS)
    if isinstance(value, bool) or (isinstance(value, int) and value in INTEGERS):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return cut(json.dumps(value, ensure_ascii=False, default=str), VALUE_CHARS)


def _typed(value: Json) -> dict[str, Json]:
    """Return an attribute: its value and the type that Sentry stores it as."""
    match value:
        case bool():
            kind = "boolean"
        case int():
            kind = "integer"
        case float():
            kind = "double"
        case _:
            kind = "string"
    return {"value": value, "type": kind}


def _bytes(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
