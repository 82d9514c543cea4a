"""Turn the exceptions found in a log into Sentry's exception interface: root first, crash last, chained by ids."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from logrouter.destinations.sentry_fields import TEXT_CHARS, cut
from logrouter.model import ErrorInfo, Frame, Json
from logrouter.model.frames import is_group, names_of, own_frames, short_file, type_of

MECHANISM: Final = "cloudwatch_logs"
EXCEPTIONS_LIMIT: Final = 30
"""Exceptions of one event; a longer chain keeps those nearest to the crash."""

FRAMES_LIMIT: Final = 250
"""Relay keeps 250 frames of a stack trace (normaliser, checked 2026-11-20); the middle is left out."""


@dataclass(frozen=True, slots=True)
class _Link:
    """How one exception of the chain hangs on another."""

    error: ErrorInfo
    parent_id: int | None = None
    source: str | None = None


def exception_of(error: ErrorInfo | None, *, handled: bool | None) -> dict[str, Json] | None:
    """Return the exception interface of an error, its causes and its members; None when there is nothing to show.

    Ids follow Sentry's SDKs: the crash is 0, each cause or member points to what it led to (exception interface,
    developer documentation, checked 2026-11-20).

    Args:
        error: the crash.
        handled: whether the program went on; None where the log does not tell.
    """
    if error is None:
        return None
    values = [_value(number, link, handled=handled) for number, link in enumerate(_walk(error))]
    kept = [value for value in values if value is not None]
    return {"values": kept[::-1]} if kept else None


def _walk(error: ErrorInfo) -> list[_Link]:
    """The crash first, then depth first what led to it; without recursion, so that no chain is too long."""
    links: list[_Link] = []
    waiting = [_Link(error)]
    while waiting and len(links) < EXCEPTIONS_LIMIT:
        link = waiting.pop()
        waiting.extend(reversed(list(_led_to(link.error, len(links)))))
        links.append(link)
    return links


def _led_to(error: ErrorInfo, number: int) -> Iterator[_Link]:
    if error.cause is not None:
        yield _Link(error.cause, number, _relation(error))
    for index, member in enumerate(error.members):
        source = "suppressed" if member.relation == "suppressed" else "exceptions"
        yield _Link(member, number, f"{source}[{index}]")


def _relation(error: ErrorInfo) -> str:
    if error.language == "python":
        return "__context__" if error.relation == "context" else "__cause__"
    return error.relation if error.relation in {"context", "suppressed"} else "cause"


def _value(number: int, link: _Link, *, handled: bool | None) -> dict[str, Json] | None:
    error = link.error
    frames = frames_of(error.frames, error.language)
    if not (error.type or error.message or frames):
        return None
    module, name = type_of(error)
    value: dict[str, Json] = {"type": cut(name or "Error", 256), "mechanism": _mechanism(number, link, handled)}
    if error.message:
        value["value"] = cut(error.message, TEXT_CHARS)
    if module:
        value["module"] = cut(module, 200)
    if frames:
        value["stacktrace"] = {"frames": frames}
    return value


def _mechanism(number: int, link: _Link, handled: bool | None) -> dict[str, Json]:  # noqa: FBT001 - private, one caller
    mechanism: dict[str, Json] = {"type": MECHANISM, "exception_id": number}
    if handled is not None:
        mechanism["handled"] = handled
    if link.parent_id is not None:
        mechanism |= {"type": "chained", "parent_id": link.parent_id, "source": link.source}
    if is_group(link.error):
        mechanism["is_exception_group"] = True
    return mechanism


def frames_of(frames: tuple[Frame, ...], language: str | None) -> list[dict[str, Json]]:
    """Return Sentry frames, oldest call first; a frame that says neither function nor file is left out.

    Names are those that hold over releases, so that Sentry groups alike what is alike. Further rounds of a recursion
    and generated classes are no own code, so that Sentry folds them away and they make no other issue.
    """
    if len(frames) > FRAMES_LIMIT:
        half = FRAMES_LIMIT // 2
        frames = frames[:half] + frames[-half:]
    shown = zip(frames, own_frames(frames, language), strict=True)
    return [_frame(frame, language, is_own=is_own) for frame, is_own in shown if frame.function or frame.file]


def _frame(frame: Frame, language: str | None, *, is_own: bool) -> dict[str, Json]:
    module, function = names_of(frame, language)
    shown: dict[str, Json] = {"in_app": is_own}
    if function:
        shown["function"] = cut(function, 512)
    if module:
        shown["module"] = cut(module, 512)
    if frame.file:
        shown["filename"] = cut(short_file(frame.file), 512)
        shown["abs_path"] = cut(frame.file, 512)
    if frame.line is not None and 0 <= frame.line < 2**31:
        shown["lineno"] = frame.line
    if frame.column is not None and 0 <= frame.column < 2**31:
        shown["colno"] = frame.column
    if frame.source:
        source, *rest = frame.source.split("\n")
        shown["context_line"] = cut(source, 512)
        if rest:
            shown["post_context"] = [cut(line, 512) for line in rest[:20]]
    return shown
