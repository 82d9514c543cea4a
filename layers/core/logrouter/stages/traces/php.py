"""Reads PHP errors: uncaught exceptions with their `Stack trace:` and `Next` chain, fatal errors and warnings."""

import re

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace

_TITLE = re.compile(
    r"(?:PHP (?:Fatal|Recoverable fatal) error:  )?(?:Uncaught )?(?<![\w\\])([A-Z\\][\w\\]*)(?:: (.*))?"
    r" in (\S[^\n]*):(\d{1,9})",
    re.DOTALL,
)
_FRAME = re.compile(r"#\d+ (?:(.+?)\((\d{1,9})\)|\[internal function\]): ([^(\n]+)\(.*\)")
_THROWN = re.compile(r"\s+thrown in .+ on line \d+")
_STACK = "\nStack trace:\n"


def read(text: str) -> Trace | None:
    """Read exceptions with a `Stack trace:`; PHP prints the root cause first, `Next` in front of each later one."""
    error: ErrorInfo | None = None
    before = ""
    parts = text.split(_STACK)
    head = parts[0]
    for number, part in enumerate(parts[1:], 1):
        found = _title(head)
        if not part.startswith("#0 ") or (found is None and error is not None):
            head = _STACK.join([head, *parts[number:]])
            break
        if error is None:
            before = head[: found[0]] if found else head
        frames, rest = _frames(part.split("\n"))
        if found:
            _, kind, message, file, line = found
            frames.append(Frame(None, file, line, in_app=is_own_code(file)))
            error = ErrorInfo(kind, message, tuple(_shift_functions(frames)), error, "php")
        else:
            error = ErrorInfo(None, None, tuple(frames), error, "php")
        head = "\n".join(rest).lstrip("\n").removeprefix("Next ")
    return Trace(error, before.strip(), head.strip("\n")) if error else None


def is_own_code(file: str) -> bool:
    """Tell the team's code from Composer packages."""
    return "/vendor/" not in file and not file.startswith("[")


def _title(head: str) -> tuple[int, str, str | None, str, int] | None:
    """Find `Type: message in file:line` at the end of `head`, starting in its last possible line."""
    start = head.rfind("PHP ")
    for begin in (start, head.rfind("\n") + 1, 0):
        if begin >= 0 and (found := _TITLE.search(head, begin)) and found.end() == len(head):
            return found.start(), found[1], found[2], found[3], int(found[4])
    return None


def _frames(lines: list[str]) -> tuple[list[Frame], list[str]]:
    """Read `#0 file(line): function()` lines, oldest call first; return them and the lines behind."""
    frames: list[Frame] = []
    at = 0
    while at < len(lines) and ((found := _FRAME.fullmatch(lines[at])) or lines[at].endswith(" {main}")):
        if found:
            file, number, function = found.groups()
            file = file or "[internal function]"
            frames.append(Frame(function, file, int(number) if number else None, in_app=is_own_code(file)))
        at += 1
    if at < len(lines) and _THROWN.fullmatch(lines[at]):
        at += 1
    frames.reverse()
    return frames, lines[at:]


def _shift_functions(frames: list[Frame]) -> list[Frame]:
    """Give each place the function it lies in: PHP prints beside a place the function that was called there."""
    functions: list[str | None] = [None, *(frame.function for frame in frames[:-1])]
    return [
        Frame(function, frame.file, frame.line, in_app=frame.in_app)
        for function, frame in zip(functions, frames, strict=True)
    ]


LANGUAGE = Language(
    name="php",
    marks=(_STACK,),
    read=read,
    examples=(
        (
            "PHP Fatal error:  Uncaught PayError: declined in /app/pay.php:8\nStack trace:\n"
            "#0 /app/index.php(18): charge()\n#1 {main}\n  thrown in /app/pay.php on line 8"
        ),
    ),
)
