"""Judges whether two records speak of one failure: the same exception, its consequence, or the answer it led to.

Nothing is guessed. Records of one request are compared, and of one execution environment of Lambda, which does one
thing at a time; what could as well be a second failure (a retry that fails alike, a later exception) is another one.
"""

import re
from collections.abc import Iterator
from enum import Enum
from typing import Final, NamedTuple

from logrouter.model import ErrorInfo, Frame, Level, Record
from logrouter.stages.parsers.lambda_failures import (
    INIT_FAILED,
    INVOCATION_FAILED,
    OUT_OF_MEMORY,
    RESTORE_FAILED,
    RUNTIME_EXITED,
    TIMEOUT,
)

PLATFORM: Final = "lambda-platform"
ECS_EVENT: Final = "ecs-event"
EXECUTION: Final = "api-gateway-execution"
"""Format whose request id names one execution, so that two lines of it can only speak of one answer."""

LATE_INIT: Final = "invoke"
"""Phase of an init that runs within the invocation that waits for it."""

_MEMORY_ERRORS: Final = frozenset({"MemoryError", "OutOfMemoryError"})
_TELLING: Final = (OUT_OF_MEMORY, TIMEOUT, RUNTIME_EXITED, INVOCATION_FAILED)
"""Ends of an invocation, the one that says most first."""

_DEPTH_LIMIT: Final = 20
_PLACES_COMPARED: Final = 3
_GENERIC_ANSWERS: Final = ("failed with status code 5", "Request failed with status 5", "Internal Server Error")
"""What loggers of requests make up where they know no error (pino-http 11, checked 2026-11-20)."""

_BARE_WORDS: Final = re.compile(
    r"(?:[\s\d.:,\[\]()-]|\b(?:https?|request|response|completed|finished|done|failed|errored|error|with|status|code"
    r"|internal|server|bad|gateway|service|unavailable|timeout)\b)*",
    re.IGNORECASE,
)
"""Words of an answer that its status says too."""


class Role(Enum):
    """What a record can be of a failure."""

    PLATFORM = 1
    EXCEPTION = 2
    ANSWER = 3
    OTHER = 4


class Teller(NamedTuple):
    """Who logged a record: one and the same logs a second failure, another one the same failure again."""

    format: str
    component: str | None
    is_runtime: bool


def role_of(record: Record) -> Role:
    """Say what a record can be: a line of the platform, an exception, an answer with 5xx, or none of these."""
    if record.format == PLATFORM:
        return Role.PLATFORM
    error = record.error
    if record.status is not None and record.status >= 500 and (error is None or _is_generic(error)):
        return Role.ANSWER
    return Role.EXCEPTION if error is not None else Role.OTHER


def is_message(record: Record) -> bool:
    """Tell whether a record says in words alone that something failed, and is no answer by itself."""
    is_severe = record.level is not None and record.level.rank >= Level.ERROR.rank
    return is_severe and role_of(record) is Role.OTHER and record.status is None and bool(record.message)


def is_bare_answer(record: Record) -> bool:
    """Tell whether an answer says nothing but its status: no error by its level, or none in its words."""
    is_severe = record.level is not None and record.level.rank >= Level.ERROR.rank
    return not is_severe or record.error is not None or bool(_BARE_WORDS.fullmatch(record.message))


def teller_of(record: Record) -> Teller:
    """Return who logged a record: which logger of which format, or the runtime that nobody kept it from."""
    return Teller(record.format, record.component, bool(record.attributes.get("uncaught")))


def is_same_exception(one: Record, other: Record) -> bool:
    """Tell whether two records show one exception: equal type, message and place, or one as the cause of the other.

    A record without frames shows it only where a runtime printed the exception that nobody caught.
    """
    if one.error is None or other.error is None:
        return False
    first, second = one.error, other.error
    if _is_named_alike(first, second) and not (first.frames and second.frames):
        return (is_uncaught(one) and not first.frames) or (is_uncaught(other) and not second.frames)
    return any(_is_equal(first, link) for link in (second, *_causes(second))) or any(
        _is_equal(second, link) for link in _causes(first)
    )


def is_caught_further_out(inner: Record, outer: Record) -> bool:
    """Tell whether the second of two records of one exception has all frames of the first, and callers besides."""
    first, second = (record.error.frames if record.error else () for record in (inner, outer))
    if not 0 < len(first) < len(second):
        return False
    return [_place(frame) for frame in first] == [_place(frame) for frame in second[-len(first) :]]


def tells_more(one: Record, other: Record) -> bool:
    """Tell whether the first of two records of one exception says more of it: a longer chain, then more frames."""
    return _size(one.error) > _size(other.error)


def is_consequence(platform: Record, exception: Record) -> bool:
    """Tell whether what the platform reports is the end that this exception, the last of its request, led to.

    An invocation that failed without its runtime ending was failed by an exception. A runtime exits by itself only for
    one that nobody caught, or of the type that the platform names. Memory that ran out is told by the program as well.
    A timeout is never a consequence.
    """
    if platform.error is None or exception.error is None:
        return False
    kind, named = platform.error.type, platform.attributes.get("error_type")
    if kind == INVOCATION_FAILED or (named is not None and named == exception.error.type):
        return True
    if kind == OUT_OF_MEMORY:
        return is_out_of_memory(exception)
    return kind in {RUNTIME_EXITED, INIT_FAILED, RESTORE_FAILED} and is_uncaught(exception)


def is_uncaught(record: Record) -> bool:
    """Tell whether an exception is one that its runtime printed because nobody caught it."""
    attributes = record.attributes
    return bool(attributes.get("uncaught")) or record.level is Level.FATAL or record.format == "process"


def is_out_of_memory(record: Record) -> bool:
    """Tell whether an exception says that memory ran out."""
    error = record.error
    if error is None:
        return False
    return "OutOfMemory" in (error.type or "") or any(
        _short(link.type) in _MEMORY_ERRORS for link in (error, *_causes(error))
    )


def rank_of(platform: Record) -> int:
    """Return how much a platform's failure says of the end of an invocation: 0 says most."""
    kind = platform.error.type if platform.error else None
    return _TELLING.index(kind) if kind in _TELLING else len(_TELLING)


def is_report(record: Record) -> bool:
    """Tell whether a record is the platform's report of an invocation, its last line."""
    line = str(record.attributes.get("platform_line") or record.message)
    return record.format == PLATFORM and line.startswith(("REPORT ", "platform.report"))


def is_start(record: Record) -> bool:
    """Tell whether a record is the platform's first line of an invocation."""
    return record.format == PLATFORM and record.message.startswith(("START ", "platform.start"))


def is_late_init(record: Record) -> bool:
    """Tell whether a failed init ran within the invocation that the next lines speak of."""
    return is_init(record) and record.attributes.get("phase") == LATE_INIT


def is_init(record: Record) -> bool:
    """Tell whether a record is a failed init or restore."""
    return record.format == PLATFORM and record.error is not None and record.error.type in {INIT_FAILED, RESTORE_FAILED}


def _is_generic(error: ErrorInfo) -> bool:
    return bool(error.message) and any(words in str(error.message) for words in _GENERIC_ANSWERS)


def _is_named_alike(one: ErrorInfo, other: ErrorInfo) -> bool:
    return _short(one.type) == _short(other.type) and (one.message or "").strip() == (other.message or "").strip()


def _is_equal(one: ErrorInfo, other: ErrorInfo) -> bool:
    """Compare name and the innermost frames; the outer ones end where each was caught."""
    depth = min(len(one.frames), len(other.frames), _PLACES_COMPARED)
    if not depth or not _is_named_alike(one, other):
        return False
    return [_place(frame) for frame in one.frames[-depth:]] == [_place(frame) for frame in other.frames[-depth:]]


def _short(kind: str | None) -> str:
    """Return a type without its module: runtimes print both forms of one."""
    return (kind or "").rpartition(".")[2]


def _place(frame: Frame) -> tuple[str | None, str | None, int | None]:
    return frame.file, frame.module if frame.file is None else None, frame.line


def _causes(error: ErrorInfo) -> Iterator[ErrorInfo]:
    current, seen = error.cause, 0
    while current is not None and seen < _DEPTH_LIMIT:
        yield current
        current, seen = current.cause, seen + 1


def _size(error: ErrorInfo | None) -> tuple[int, int]:
    if error is None:
        return (0, 0)
    return (1 + sum(1 for _ in _causes(error)), len(error.frames))
