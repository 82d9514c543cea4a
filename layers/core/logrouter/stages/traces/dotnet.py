"""Reads .NET stack traces: inner exceptions behind ` ---> `, `in file:line N`, async rethrow markers."""

import re

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace, split_title

_FRAME = re.compile(r"\s+at ([^\n(]+)\(([^\n]*?)\)(?: in ([^\n]+):line (\d{1,9}))?")
_TITLE = re.compile(r"((?:[\w`+]+\.)+[\w`+]+|[A-Z]\w*Exception)(?: \(0x[0-9A-Fa-f]+\))?(?:: (.*))?", re.DOTALL)
_NAMED = re.compile(r"(?<![\w.])(?:\w+\.)*\w*Exception\b")
_END_OF_INNER = "--- End of inner exception stack trace ---"
_LIBRARIES = (
    "System.",
    "Microsoft.",
    "Amazon.Lambda.",
    "Amazon.Runtime.",
    "AWSSDK.",
    "Npgsql.",
    "Newtonsoft.",
    "lambda_method",
)


def read(text: str) -> Trace | None:
    """Read the first stack trace of `text`; inner exceptions, printed first, become causes."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if _FRAME.fullmatch(line)), None)
    if first is None:
        return None
    head, offset = _head(lines, first)
    titles = "\n".join([lines[head][offset:], *lines[head + 1 : first]]).split(" ---> ") if head < first else [""]
    blocks, end = _blocks(lines, first)
    error: ErrorInfo | None = None
    for depth, title in enumerate(reversed(titles)):
        kind, message = split_title(_TITLE, title)
        frames = blocks[depth] if depth < len(blocks) else []
        error = ErrorInfo(kind, message, tuple(reversed(frames)), error, "csharp")
    if error is None or not (error.type or any(frame.line for block in blocks for frame in block)):
        return None
    before = "\n".join([*lines[:head], lines[head][:offset] if head < first else ""]).strip()
    after = "\n".join(lines[end:]).strip("\n")
    return Trace(error, before.removesuffix("Unhandled exception.").rstrip(), after)


def is_own_code(name: str) -> bool:
    """Tell the team's namespaces from the framework's."""
    return not name.startswith(_LIBRARIES)


def _blocks(lines: list[str], at: int) -> tuple[list[list[Frame]], int]:
    """Read frames, newest first, in one list an exception, the innermost exception first."""
    blocks: list[list[Frame]] = [[]]
    while at < len(lines):
        line = lines[at]
        if found := _FRAME.fullmatch(line):
            module, _, function = found[1].rpartition(".")
            line_number = int(found[4]) if found[4] else None
            frame = Frame(function, found[3], line_number, module=module or None, in_app=is_own_code(found[1]))
            blocks[-1].append(frame)
        elif line.strip() == _END_OF_INNER:
            blocks.append([])
        elif line.strip() and not line.lstrip().startswith("--- End of stack trace"):
            break
        at += 1
    return blocks, at


def _head(lines: list[str], first: int) -> tuple[int, int]:
    for at in range(max(0, first - 30), first):
        if found := _NAMED.search(lines[at]):
            return at, found.start()
    return (first - 1, len(lines[first - 1])) if first else (first, 0)


LANGUAGE = Language(
    name="csharp",
    marks=("   at ",),
    read=read,
    examples=(
        (
            "Unhandled exception. System.InvalidOperationException: declined\n"
            " ---> System.ArgumentException: amount\n   at Shop.Pay.Charge(Int32 amount) in /app/Pay.cs:line 12\n"
            "   --- End of inner exception stack trace ---\n"
            "   at Shop.Program.Main(String[] args) in /app/Program.cs:line 5"
        ),
    ),
)
