"""Reads panics of Rust programs, with or without the backtrace that `RUST_BACKTRACE=1` prints."""

import re

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace

_PANIC = re.compile(
    r"thread '([^'\n]*)'(?: \(\d{1,20}\))? panicked at (?:'(.*)', )?(\S+):(\d{1,9}):(\d{1,9})(:?)(?=\s|$)", re.ASCII
)
_FUNCTION = re.compile(r"\s+\d{1,6}: (?:0x[0-9a-f]+ - )?(.+)", re.ASCII)
_PLACE = re.compile(r"\s+at (\S.*?):(\d{1,9})(?::(\d{1,9}))?", re.ASCII)
_NOTES = ("note: run with `RUST_BACKTRACE=1`", "note: Some details are omitted")
_BACKTRACE = "stack backtrace:"
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
    lines = text.split("\n")
    start = next((at for at, line in enumerate(lines) if "panicked at " in line and _PANIC.match(line)), None)
    if start is None:
        return None
    found = _PANIC.match(lines[start])
    assert found is not None
    thread, quoted, file, line, column, colon = found.groups()
    message = [quoted] if quoted is not None else []
    at = start + 1
    while colon and at < len(lines) and lines[at] != _BACKTRACE and not lines[at].startswith(_NOTES):
        message.append(lines[at])
        at += 1
    frames, at = _frames(lines, at)
    if at < len(lines) and lines[at].startswith(_NOTES):
        at += 1
    place = Frame(None, file, int(line), int(column), in_app=is_own_code("", file))
    rest = [lines[start][found.end() :], f"thread '{thread}'"] if thread != "main" else [lines[start][found.end() :]]
    error = ErrorInfo("panic", "\n".join(message).strip() or None, tuple(frames or [place]), language="native")
    return Trace(error, "\n".join(lines[:start]).strip(), "\n".join([*rest, *lines[at:]]).strip("\n"))


def is_own_code(function: str, file: str) -> bool:
    """Tell the team's crates from the standard library and from downloaded ones."""
    return not function.startswith(_LIBRARY_NAMES) and not any(path in file for path in _LIBRARY_PATHS)


def _frames(lines: list[str], at: int) -> tuple[list[Frame], int]:
    """Read the backtrace, oldest call first, and the index behind it."""
    frames: list[Frame] = []
    if at >= len(lines) or lines[at] != _BACKTRACE:
        return frames, at
    at += 1
    while at < len(lines) and (found := _FUNCTION.fullmatch(lines[at])):
        name = found[1].strip()
        place = _PLACE.fullmatch(lines[at + 1]) if at + 1 < len(lines) else None
        file, line, column = place.groups() if place else (None, None, None)
        own = is_own_code(name, file or "")
        frames.append(Frame(name, file, int(line) if line else None, int(column) if column else None, in_app=own))
        at += 2 if place else 1
    frames.reverse()
    return frames, at


LANGUAGE = Language(
    name="native",
    marks=("panicked at ",),
    read=read,
    examples=(
        (
            "thread 'main' (7) panicked at src/main.rs:4:9:\ncard declined\n"
            "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"
        ),
        "thread 'main' panicked at 'card declined', src/main.rs:4:9",
    ),
)
