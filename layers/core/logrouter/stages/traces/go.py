"""Reads crashes of Go programs: panics, fatal errors, goroutine dumps, and the stacks that zap and pkg/errors print."""

import re
from dataclasses import replace

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace

_GOROUTINE = re.compile(r"goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[[^\]\n]*\]:")
_PLACE = re.compile(
    r"\s+(\S[^\n]*\.(?:go|s)):(\d{1,9})(?: \+0x[0-9a-f]+)?(?: fp=0x[0-9a-f]+ sp=0x[0-9a-f]+ pc=0x[0-9a-f]+)?", re.ASCII
)
_CREATED = re.compile(r"created by (.+?)(?: in goroutine \d+)?")
_PANIC = re.compile(r"(?<![\w.])(panic|fatal error): ")
_SERVING = re.compile(r"http: panic serving [^ ]+: ")
_STARTS = ("panic: ", "fatal error: ")
_DETAILS = re.compile(r"\n(?:\[signal |\n?runtime stack:\n)")
"""What may stand between the reason of a crash and its first goroutine."""

_REPEATED = re.compile(r"\s\[recovered(?:, repanicked)?\]$")
_ELIDED = re.compile(r"\.\.\.(?:\d+|additional) frames elided\.\.\.", re.ASCII)


def read(text: str) -> Trace | None:
    """Read the first goroutine of a dump with the panic above it, or a bare stack of function and file lines."""
    lines = text.split("\n")
    start = next(
        (at for at, line in enumerate(lines) if line.startswith("goroutine ") and _GOROUTINE.match(line)), None
    )
    if start is None:
        return _read_bare(text, lines)
    frames, end = _frames(lines, start + 1)
    head = "\n".join(lines[:start])
    if not frames and not _PANIC.search(head):
        return None
    details = _DETAILS.search(head)
    title, more = (head[: details.start()], head[details.start() :]) if details else (head, "")
    before, error = _panics(title, tuple(frames))
    return Trace(error, before, "\n".join([more.strip(), *lines[end:]]).strip("\n"))


def is_own_code(module: str, file: str) -> bool:
    """Tell the team's packages from the standard library and from downloaded modules."""
    if "/pkg/mod/" in file or "/vendor/" in file or "@v" in file:
        return False
    if "." in module.partition("/")[0]:
        return True
    return (
        bool(module)
        and not module.startswith("internal/")
        and f"/src/{module}/" not in file
        and "/src/runtime/" not in file
        and not file.startswith((f"{module}/", "runtime/"))
    )


def _read_bare(text: str, lines: list[str]) -> Trace | None:
    """Read stacks without a goroutine: one (zap), or one for each wrapping of an error, the innermost first."""
    first = _bare_start(lines, 0)
    if first is None:
        if not text.startswith(_STARTS):
            return None
        before, error = _panics(text, ())
        return Trace(error, before)
    frames, end = _frames(lines, first)
    title = "\n".join(lines[:first]).strip()
    if _PANIC.search(title) or _SERVING.search(title):
        before, error = _panics(title, tuple(frames))
        return Trace(error, before, "\n".join(lines[end:]).strip("\n"))
    error = ErrorInfo(None, title or None, tuple(frames), language="go")
    while title and (following := _bare_start(lines, end)) is not None:
        message = "\n".join(lines[end:following]).strip()
        frames, end = _frames(lines, following)
        error = ErrorInfo(None, message or None, tuple(frames), error, "go")
    return Trace(error, title if error.cause is None else "", "\n".join(lines[end:]).strip("\n"))


def _bare_start(lines: list[str], start: int) -> int | None:
    for at in range(start, len(lines) - 1):
        if (
            lines[at]
            and lines[at][0] not in " \t"
            and lines[at + 1].startswith("\t")
            and _PLACE.fullmatch(lines[at + 1])
        ):
            return at
    return None


def _frames(lines: list[str], at: int) -> tuple[list[Frame], int]:
    """Read pairs of function and file lines, oldest call first; return them with the index behind them."""
    frames: list[Frame] = []
    while at + 1 < len(lines):
        name = lines[at]
        if _ELIDED.fullmatch(name):
            frames.append(Frame(name, in_app=False))
            at += 1
            continue
        place = _PLACE.fullmatch(lines[at + 1])
        if not place or not name or name[0] in " \t":
            break
        created = _CREATED.fullmatch(name)
        if created:
            name = created[1]
        elif name.endswith(")"):
            name = name[: name.rfind("(")]
        module, function = _split(name)
        file = place[1]
        frames.append(Frame(function, file, int(place[2]), module=module, in_app=is_own_code(module, file)))
        at += 2
    if at < len(lines) and lines[at].startswith("exit status "):
        at += 1
    frames.reverse()
    return frames, at


def _split(name: str) -> tuple[str, str]:
    """Split `github.com/x/y.(*T).M` into package path and function."""
    slash = name.rfind("/") + 1
    package, _, function = name[slash:].partition(".")
    return (name[:slash] + package, function) if function else ("", name)


def _panics(text: str, frames: tuple[Frame, ...]) -> tuple[str, ErrorInfo]:
    """Read what stands above the stack: one panic, or several where a deferred function panicked again."""
    found = _PANIC.search(text) or _SERVING.search(text)
    if not found:
        title = text.strip()
        return title, ErrorInfo(None, title or None, _without_handling(frames), language="go")
    kind = found[1] if found.re is _PANIC else "panic"
    error: ErrorInfo | None = None
    for part in text[found.end() :].split("\n\tpanic: "):
        message = _REPEATED.sub("", part.rstrip())
        cause = replace(error, frames=_before_panic(frames)) if error else None
        error = ErrorInfo(kind, message or None, (), cause, "go", relation="context" if cause else "cause")
        kind = "panic"
    last = error or ErrorInfo(kind, language="go")
    if found.re is _SERVING:
        return text.strip(), replace(last, frames=_without_handling(frames))
    return text[: found.start()].strip(), replace(last, frames=frames if last.cause else _without_handling(frames))


def _panic_call(frames: tuple[Frame, ...]) -> int | None:
    """Index of the runtime's `panic`, behind which stand the deferred functions that ran while Go unwound."""
    calls = (at for at, frame in enumerate(frames) if frame.function == "panic" and not frame.module)
    return next(calls, None)


def _before_panic(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    call = _panic_call(frames)
    return frames[:call] if call else ()


def _without_handling(frames: tuple[Frame, ...]) -> tuple[Frame, ...]:
    """Mark the deferred functions that recovered and reported as no code of the team's: the panic is below them."""
    call = _panic_call(frames)
    if not call:
        return frames
    return (*frames[:call], *(replace(frame, in_app=False) for frame in frames[call:]))


LANGUAGE = Language(
    name="go",
    marks=("goroutine ", ".go:", *_STARTS),
    read=read,
    examples=(
        "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d\nexit status 2",
        "main.charge\n\t/app/main.go:12\nmain.main\n\t/app/main.go:5",
        "declined\nmain.read\n\t/app/main.go:12\ncharge failed\nmain.charge\n\t/app/main.go:5",
    ),
)
