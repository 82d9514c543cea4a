"""Tells which issues Sentry would show as one: a key that is stable over requests, machines and releases.

For `{{ default }}` it follows Sentry's own grouping of exceptions (strategies `chained-exception` and `stacktrace`,
configuration newstyle:2026-01-20, read 2026-11-20): types and own frames of the chain; without own frames all frames;
without frames the exception's value; without an exception the message.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from logrouter.model import ErrorInfo, Frame, Issue
from logrouter.model.frames import DEPTH_LIMIT, is_group, names_of, own_frames, short_file, type_of
from logrouter.stages.grouping.templating import template_of

DEFAULT_GROUPING: Final = "{{ default }}"
"""Sentry's own grouping, by the frames of the team's own code."""

SOURCE_LANGUAGES: Final = frozenset({"python", "node", "php", "ruby"})
"""Languages whose source lines Sentry compares too."""

SOURCE_LIMIT_CHARS: Final = 120
"""Longer source lines do not count for Sentry."""

RECURSIONS: Final = frozenset({"RecursionError", "StackOverflowError", "SystemStackError"})
"""Types of exceptions that tell of a call stack that is full, whatever was called when it was."""

RECURSION_MESSAGES: Final = ("Maximum call stack size exceeded", "stack overflow", "maximum recursion depth exceeded")

RECURSION_FRAMES: Final = 40
"""How many of the last frames are looked at for what called itself."""

_NAMELESS: Final = frozenset({"", "?", "<anonymous>", "<anonymous function>", "Anonymous function"})

type _Part = tuple[object, ...]


def issue_key(issue: Issue) -> str:
    """Return 32 hex digits: the same for two issues exactly when Sentry would show them as one issue of a project.

    Service, route, request and time are no part of it, unless the fingerprint names them.
    """
    parts: list[object] = [_default(issue) if part == DEFAULT_GROUPING else part for part in issue.fingerprint]
    text = repr(parts or [_default(issue)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def recursion_of(error: ErrorInfo) -> tuple[str, ...]:
    """Return the names of the own functions that called each other until the stack was full; empty for other errors.

    Where in its round an endless recursion breaks off is chance, and so would be its grouping by frames.
    """
    is_endless = type_of(error)[1] in RECURSIONS or (error.message or "").startswith(RECURSION_MESSAGES)
    if not is_endless:
        return ()
    own = [frame for frame in error.frames[-RECURSION_FRAMES:] if frame.in_app]
    names = [_frame(frame, error.language) for frame in own]
    return tuple(sorted({str(part[2]) for part in names if part and names.count(part) > 1 and part[2]}))[:8]


def _default(issue: Issue) -> _Part:
    error = issue.record.error
    if error is None or not (error.type or error.message or error.frames):
        return ("message", issue.template)
    chain = _compared(error)
    for own_only in (True, False):
        components = tuple(_component(link, own_only=own_only) for link in chain)
        if any(frames for _, frames in components):
            return ("frames", *components)
    return ("values", *((type_of(link)[1], _value(link)) for link in chain))


def _compared(error: ErrorInfo) -> Sequence[ErrorInfo]:
    """Return the exceptions that count: the way from the crash down, or the distinct members of a bundle and itself."""
    if not is_group(error):
        return tuple(_first_path(error))
    leaves = sorted(_leaves(error), key=lambda leaf: str(type_of(leaf)[1]), reverse=True)
    distinct: list[ErrorInfo] = []
    for leaf in leaves:
        if not distinct or _component(leaf, own_only=True) != _component(distinct[-1], own_only=True):
            distinct.append(leaf)
    return tuple(_first_path(distinct[0])) if len(distinct) == 1 else (*distinct, error)


def _first_path(error: ErrorInfo) -> Iterator[ErrorInfo]:
    current: ErrorInfo | None = error
    for _ in range(DEPTH_LIMIT):
        if current is None:
            return
        yield current
        current = current.cause or next(iter(current.members), None)


def _leaves(error: ErrorInfo) -> Iterator[ErrorInfo]:
    waiting, seen = [error], 0
    while waiting and seen < DEPTH_LIMIT:
        current, seen = waiting.pop(), seen + 1
        if not is_group(current):
            yield current
            continue
        waiting += reversed((current.cause, *current.members) if current.cause else current.members)


def _component(error: ErrorInfo, *, own_only: bool) -> tuple[_Part, tuple[_Part, ...]]:
    """Return type and frames of an exception; without frames the type comes with the value."""
    language = error.language
    owned = zip(error.frames, own_frames(error.frames, language), strict=True)
    frames = [frame for frame, is_own in owned if is_own or not own_only]
    shown = tuple(part for frame in frames if (part := _frame(frame, language)))
    kind = type_of(error)[1]
    return ((kind,) if shown else (kind, _value(error))), shown


def _frame(frame: Frame, language: str | None) -> _Part | None:
    """Return what Sentry compares of a frame; None for what it passes over."""
    module, function = names_of(frame, language)
    if language == "java" and module and "$$Lambda$" in module:
        module = None
    function = _compared_function(function or "", language)
    if function is None:
        return None
    file = None if module or not frame.file else short_file(frame.file).rpartition("/")[2].lower()
    part = (module, file, function, _source(frame, language))
    return part if any(part) else None


def _compared_function(function: str, language: str | None) -> str | None:
    if language == "node":
        function = function.rpartition(".")[2]
        if function == "eval":
            return None
    if language == "ruby" and function.startswith("block "):
        return "block"
    if language == "java" and function.startswith("lambda$"):
        return ""
    return "" if function in _NAMELESS else function


def _source(frame: Frame, language: str | None) -> str:
    line = (frame.source or "").partition("\n")[0]
    return "" if language not in SOURCE_LANGUAGES or len(line) > SOURCE_LIMIT_CHARS else " ".join(line.split())


def _value(error: ErrorInfo) -> str:
    return template_of(error.message or "")[0]
