"""Reads crashes of Go programs: panics, fatal errors, goroutine dumps, and the stacks that zap and pkg/errors print."""

import re

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace

_GOROUTINE = re.compile(r"goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[[^\]\n]*\]:")
_PLACE = re.compile(r"\s+(\S[^\n]*\.(?:go|s)):(\d{1,9})(?: \+0x[0-9a-f]+)?", re.ASCII)
_CREATED = re.compile(r"created by (.+?)(?: in goroutine \d+)?")
_PANIC = re.compile(r"(?<![\w.])(panic|fatal error): ")
_SERVING = re.compile(r"http: panic serving [^ ]+: ")
_SIGNAL = "\n[signal "
_REPEATED = re.compile(r"\s\[recovered(?:, repanicked)?\]$")


def read(text: str) -> Trace | None:
    """Read the first goroutine of a dump with the panic above it, or a bare stack of function and file lines."""
    lines = text.split("\n")
    start = next(
        (at for at, line in enumerate(lines) if line.startswith("goroutine ") and _GOROUTINE.match(line)), None
    )
    first = start + 1 if start is not None else _bare_start(lines)
    if first is None:
        return None
    frames, end = _frames(lines, first)
    if not frames:
        return None
    head = lines[: start if start is not None else first]
    title, signal, more = "\n".join(head).partition(_SIGNAL)
    before, error = _panics(title, tuple(frames))
    return Trace(error, before, "\n".join([(signal + more).strip(), *lines[end:]]).strip("\n"))


def is_own_code(module: str, file: str) -> bool:
    """Tell the team's packages from the standard library and from downloaded modules."""
    if "/pkg/mod/" in file or "/vendor/" in file or "@v" in file:
        return False
    if "." in module.partition("/")[0]:
        return True
    return (
        bool(module)
        and f"/src/{module}/" not in file
        and "/src/runtime/" not in file
        and not file.startswith(f"{module}/")
    )


def _bare_start(lines: list[str]) -> int | None:
    for at in range(len(lines) - 1):
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
        place = _PLACE.fullmatch(lines[at + 1])
        name = lines[at]
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
        return title, ErrorInfo(None, None, frames, language="go")
    kind = found[1] if found.re is _PANIC else "panic"
    error: ErrorInfo | None = None
    for part in text[found.end() :].split("\n\tpanic: "):
        message = _REPEATED.sub("", part.rstrip())
        error = ErrorInfo(kind, message or None, (), error, "go", relation="context")
        kind = "panic"
    last = error or ErrorInfo(kind, language="go")
    whole = ErrorInfo(last.type, last.message, frames, last.cause, "go", relation=last.relation)
    return text[: found.start()].strip(), whole


LANGUAGE = Language(
    name="go",
    marks=("goroutine ", ".go:"),
    read=read,
    examples=(
        "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:5 +0x1d\nexit status 2",
        "main.charge\n\t/app/main.go:12\nmain.main\n\t/app/main.go:5",
    ),
)
