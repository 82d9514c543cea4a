"""Makes one record of several that speak of one failure: what the telling one lacks, the others fill in."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from logrouter.model import ErrorInfo, Json, Level, Record
from logrouter.stages.parsers.lambda_failures import INIT_FAILED, OUT_OF_MEMORY, RESTORE_FAILED, RUNTIME_EXITED

TOLD_LIMIT: Final = 10
"""Joined lines whose text stands in the attribute `same_failure`."""

TOLD_LIMIT_CHARS: Final = 500

ANSWERED: Final = "answered_with"
"""Attribute of a message that took in the answer it led to: the status, which is no part of what the message says."""

_FILLED: Final = (
    "request_id", "trace_id", "span_id", "user_id", "session_id", "path", "method", "client_ip", "user_agent", "status",
    "duration_ms", "environment", "version",
)  # fmt: skip
"""Fields that a record takes from what is joined to it where it lacks them."""

INVOCATION_FACTS: Final = frozenset(
    {
        "duration_ms", "billed_duration_ms", "init_duration_ms", "restore_duration_ms", "memory_size_mb",
        "max_memory_used_mb", "function_version", "xray_sampled",
    }
)  # fmt: skip
"""What the platform says of an invocation whether it failed or not."""

_OWN_FACTS: Final = frozenset({"platform_line", "platform_status", "local_time", "logged_level", "same_failure"})
"""Attributes that say something of their own line only."""

_UNUSED_SHARE: Final = 0.9
"""A process that was killed with less of its memory in use did not run out of it."""


def joined(record: Record, parts: Sequence[Record], known: Sequence[Record]) -> Record:
    """Return a record that stands for its parts too.

    Args:
        record: the one that tells most; its id, time, message and error stay.
        parts: records that it stands for: their lines, masking rules and highest level count, and what they say besides
            is added under names that are free.
        known: records of their own, of which it learns the facts of the request.
    """
    sources = (*parts, *known)
    changes: dict[str, Json] = {
        name: value
        for name in _FILLED
        if getattr(record, name) is None and (value := _first(_said(source, name) for source in sources)) is not None
    }
    attributes = _attributes(record, parts, known)
    if record.error is None and record.status is None and "status" in changes:
        attributes[ANSWERED] = changes["status"]
    return replace(
        record,
        **changes,
        attributes=attributes,
        error=_settled(record.error, attributes),
        level=_level(record, parts),
        lines=record.lines + sum(part.lines for part in parts),
        rules=sum((Counter(part.rules) for part in parts), Counter(record.rules)),
        masked=tuple(sorted({*record.masked, *(rule for part in parts for rule in part.masked)})),
    )


def _said(source: Record, name: str) -> Json:
    """Return what a source says of a field; how long an init took is not how long the invocation did."""
    is_phase = source.error is not None and source.error.type in {INIT_FAILED, RESTORE_FAILED}
    return None if name == "duration_ms" and is_phase else getattr(source, name)


def _level(record: Record, parts: Sequence[Record]) -> Level | None:
    """Return the highest level; one that is not said stays so beside lines that are no errors."""
    errors = [part.level for part in parts if part.level is not None and part.level.rank >= Level.ERROR.rank]
    levels = [*errors, *([record.level] if record.level else [])]
    return max(levels, key=lambda level: level.rank) if levels else None


def _attributes(record: Record, parts: Sequence[Record], known: Sequence[Record]) -> dict[str, Json]:
    """Add what the others know under names that are free, and what the parts said."""
    attributes: dict[str, Json] = {}
    for source in reversed(known):
        attributes |= {name: source.attributes[name] for name in INVOCATION_FACTS & source.attributes.keys()}
    for part in reversed(parts):
        attributes |= {name: value for name, value in part.attributes.items() if name not in _OWN_FACTS}
    attributes |= record.attributes
    told = [str(part.attributes.get("platform_line") or part.message)[:TOLD_LIMIT_CHARS] for part in parts]
    shown = list(dict.fromkeys(text for text in told if text and text != record.message))[:TOLD_LIMIT]
    return attributes | ({"same_failure": shown} if shown else {})


def _settled(error: ErrorInfo | None, facts: dict[str, Json]) -> ErrorInfo | None:
    """Take back that memory ran out where a process was killed and the report shows that much of it was free."""
    if error is None or error.type != OUT_OF_MEMORY or facts.get("signal") != "killed":
        return error
    used, size = facts.get("max_memory_used_mb"), facts.get("memory_size_mb")
    if not isinstance(used, int | float) or not isinstance(size, int | float) or used >= size * _UNUSED_SHARE:
        return error
    return replace(error, type=RUNTIME_EXITED)


def _first[T](values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)
