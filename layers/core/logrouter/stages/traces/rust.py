"""Reads panics of Rust programs, with or without a backtrace, and errors with the causes that anyhow prints."""

import re

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace

_PANIC = re.compile(
    r"thread '([^'\n]*)'(?: \(\d{1,20}\))? panicked at (?:'(.*)', )?(\S+):(\d{1,9}):(\d{1,9})(:?)(?=\s|$)", re.ASCII
)
_FUNCTION = re.compile(r"\s+\d{1,6}: +(?:0x[0-9a-f]+ - )?(.+)", re.ASCII)
_PLACE = re.compile(r"\s+at (\S.*?):(\d{1,9})(?::(\d{1,9}))?", re.ASCII)
_OVERFLOW = re.compile(
    r"thread '([^'\n]*)'(?: \(\d{1,20}\))? has overflowed its stack\n(fatal runtime error): ([^\n]*)", re.ASCII
)
_CAUSED = "\n\nCaused by:\n"
_CAUSE = re.compile(r" {4,5}(?: {0,3}\d{1,6}: )?(\S.*)", re.ASCII)
_HASH = re.compile(r"::h[0-9a-f]{16}$|(?<=\w)\[[0-9a-f]{16}\]", re.ASCII)
"""What the compiler adds to tell one build's names from another's."""

_NOTES = ("note: run with `RUST_BACKTRACE=1`", "note: Some details are omitted")
_BACKTRACES = frozenset({"stack backtrace:", "Stack backtrace:"})
_CAUSES_LIMIT = 50
_LIBRARY_PATHS = ("/rustc/", "/.cargo/registry/", "/.cargo/git/", "/library/std/", "/library/core/")
_LIBRARY_NAMES = (
    "core::",
    "std::",
    "alloc::",
    "tokio::",
    "__rustc::",
    "rust_begin_unwind",
    "__libc",
    "<core::",
    "<alloc::",
)


def read(text: str) -> Trace | None:
    """Read the first panic of `text`; without a backtrace the place of the panic is the only frame."""
    if found := _OVERFLOW.search(text):
        return _read_overflow(text, found)
    if "panicked at " not in text:
        return _read_caused(text)
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if "panicked at " in line and _PANIC.match(line)), None)
    if start is None:
        return None
    found = _PANIC.match(lines[start])
    assert found is not None
    thread, quoted, file, line, column, colon = found.groups()
    message = [quoted] if quoted is not None else []
    at = start + 1
    while colon and at < len(lines) and lines[at] not in _BACKTRACES and not lines[at].startswith(_NOTES):
        message.append(lines[at])
        at += 1
    frames, at = _frames(lines, at)
    if at < len(lines) and lines[at].startswith(_NOTES):
        at += 1
    place = Frame(None, file, int(line), int(column), in_app=is_own_code("", file))
    rest = [lines[start][found.end() :], f"thread '{thread}'"] if thread != "main" else [lines[start][found.end() :]]
    frames = _with_place(frames, place)
    error = ErrorInfo("panic", "\n".join(message).strip() or None, tuple(frames), language="native")
    return Trace(error, "\n".join(lines[:start]).strip(), "\n".join([*rest, *lines[at:]]).strip("\n"))


def _with_place(frames: list[Frame], place: Frame) -> list[Frame]:
    """Add the place of the panic where the backtrace does not show it: behind the team's last frame."""
    name = (place.file or "").rpartition("/")[2]
    if any(frame.line == place.line and (frame.file or "").endswith(name) for frame in frames):
        return frames
    at = max((at for at, frame in enumerate(frames) if frame.in_app), default=-1) + 1
    return [*frames[:at], place, *frames[at:]]


def _read_overflow(text: str, found: re.Match[str]) -> Trace:
    thread, kind, message = found.groups()
    after = [f"thread '{thread}'"] if thread != "main" else []
    error = ErrorInfo(kind, message or None, language="native")
    return Trace(error, text[: found.start()].strip(), "\n".join([*after, text[found.end() :].strip("\n")]).strip("\n"))


def _read_caused(text: str) -> Trace | None:
    """Read `Error: message`, `Caused by:` and its numbered causes, as anyhow prints an error that `main` returns."""
    head, mark, rest = text.partition(_CAUSED)
    if not mark:
        return None
    lines = rest.split("\n")
    causes: list[str] = []
    at = 0
    while at < len(lines) and len(causes) < _CAUSES_LIMIT and (found := _CAUSE.fullmatch(lines[at])):
        causes.append(found[1])
        at += 1
    if not causes:
        return None
    while at < len(lines) and not lines[at].strip():
        at += 1
    frames, at = _frames(lines, at)
    error: ErrorInfo | None = None
    for message in reversed(causes):
        error = ErrorInfo(None, message, (), error, "native")
    before, title, message = head.rpartition("Error: ")
    error = ErrorInfo("Error" if title else None, (message or head).strip() or None, tuple(frames), error, "native")
    return Trace(error, before.strip() if title else "", "\n".join(lines[at:]).strip("\n"))


def is_own_code(function: str, file: str) -> bool:
    """Tell the team's crates from the standard library and from downloaded ones."""
    if function and "::" not in function:
        return False  # the C runtime around `main`
    return not function.startswith(_LIBRARY_NAMES) and not any(path in file for path in _LIBRARY_PATHS)


def _frames(lines: list[str], at: int) -> tuple[list[Frame], int]:
    """Read the backtrace, oldest call first, and the index behind it."""
    frames: list[Frame] = []
    if at >= len(lines) or lines[at] not in _BACKTRACES:
        return frames, at
    at += 1
    while at < len(lines) and (found := _FUNCTION.fullmatch(lines[at])):
        name = _HASH.sub("", found[1].strip())
        place = _PLACE.fullmatch(lines[at + 1]) if at + 1 < len(lines) else None
        file, line, column = place.groups() if place else (None, None, None)
        own = is_own_code(name, file or "")
        frames.append(Frame(name, file, int(line) if line else None, int(column) if column else None, in_app=own))
        at += 2 if place else 1
    frames.reverse()
    return frames, at


LANGUAGE = Language(
    name="native",
    marks=("panicked at ", "has overflowed its stack", _CAUSED),
    read=read,
    examples=(
        (
            "thread 'main' (7) panicked at src/main.rs:4:9:\ncard declined\n"
            "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
        ),
        "thread 'main' panicked at 'card declined', src/main.rs:4:9",
        (
            "Error: charge failed\n\nCaused by:\n    0: read order 17\n    1: not found\n\nStack backtrace:\n"
            "   0: shop::main\n             at ./src/main.rs:4:9"
        ),
    ),
)
