"""Reads PHP errors: uncaught exceptions with `Stack trace:` and `Next`, bare stacks, exceptions in Monolog's words."""

import re

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace

_TITLE = re.compile(
    r"(?:PHP )?(?:(?:Fatal|Recoverable fatal) error:  ?)?(?:Uncaught:? )?(?<![\w\\])(?!Uncaught\b)([A-Z\\][\w\\]*)"
    r"(?:: (.*))? in (\S[^\n]*):(\d{1,9})",
    re.DOTALL,
)
_PLACED = re.compile(r"(.*) in (\S[^\n]*):(\d{1,9})", re.DOTALL)
_FRAME = re.compile(r"#\d+ (?:(.+?)\((\d{1,9})\)|\[internal function\]): ([^(\n]+)\(.*\)")
_MAIN = re.compile(r"#\d+ \{main\}")
_THROWN = re.compile(r"\s+thrown in .+ on line \d+")
_OBJECT = re.compile(
    r"\[object\] \(([\w\\]+(?:@anonymous[^(\n]*)?)\(code: ([^)\n]*)\): (.*?) at ([^\n]*?):(\d{1,9})\)(?=\n|$)",
    re.DOTALL,
)
_PREVIOUS = re.compile(r"\n*\[previous exception\] ")
_STACKTRACE = "\n[stacktrace]\n"
_STACK = "\nStack trace:\n"
_DEPTH_LIMIT = 50


def read(text: str) -> Trace | None:
    """Read exceptions with a `Stack trace:`; PHP prints the root cause first, `Next` in front of each later one."""
    if "[object] (" in text and (found := _OBJECT.search(text)):
        return _read_objects(text, found)
    if _STACK not in text:
        return _read_bare(text)
    error: ErrorInfo | None = None
    before = ""
    parts = text.split(_STACK)
    head = parts[0]
    for number, part in enumerate(parts[1:], 1):
        title = _title(head)
        if not part.startswith("#0 ") or (title is None and error is not None):
            head = _STACK.join([head, *parts[number:]])
            break
        if error is None:
            before = head[: title[0]] if title else head
        frames, rest = _frames(part.split("\n"))
        if title:
            _, kind, message, file, line = title
            error = ErrorInfo(kind, message, _with_place(frames, file, line), error, "php")
        else:
            error = ErrorInfo(None, None, tuple(frames), error, "php")
        head = "\n".join(rest).lstrip("\n").removeprefix("Next ")
    return Trace(error, before.strip(), head.strip("\n")) if error else None


def is_own_code(file: str) -> bool:
    """Tell the team's code from Composer packages."""
    return "/vendor/" not in file and not file.startswith("[")


def _read_bare(text: str) -> Trace | None:
    """Read what `getTraceAsString` returns, and the line above it where that says a place."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if line.startswith("#0 ")), None)
    if first is None or not (_FRAME.fullmatch(lines[first]) or _MAIN.fullmatch(lines[first])):
        return None
    frames, rest = _frames(lines[first:])
    if not frames and first == 0:
        return None
    head, after = "\n".join(lines[:first]).strip(), "\n".join(rest).strip("\n")
    if found := _title(head):
        start, kind, message, file, line = found
        return Trace(
            ErrorInfo(kind, message, _with_place(frames, file, line), language="php"), head[:start].strip(), after
        )
    if placed := _PLACED.fullmatch(head):
        error = ErrorInfo(None, placed[1] or None, _with_place(frames, placed[2], int(placed[3])), language="php")
        return Trace(error, placed[1], after)
    if not frames:
        return None
    return Trace(ErrorInfo(None, head or None, _shift_functions(frames), language="php"), head, after)


def _read_objects(text: str, first: re.Match[str]) -> Trace | None:
    """Read `[object] (Type(code: 0): message at file:line)`, its stack and the exceptions before it (Monolog)."""
    chain: list[ErrorInfo] = []
    details: list[str] = []
    found: re.Match[str] | None = first
    end = first.start()
    while found is not None and len(chain) < _DEPTH_LIMIT:
        kind, code, message, file, line = found.groups()
        end = found.end()
        frames: list[Frame] = []
        if text.startswith(_STACKTRACE, end):
            frames, rest = _frames(text[end + len(_STACKTRACE) :].split("\n"))
            end = len(text) - len("\n".join(rest))
        if code not in {"0", ""}:
            details.append(f"code: {code}")
        chain.append(ErrorInfo(kind, message or None, _with_place(frames, file, int(line)), language="php"))
        following = _PREVIOUS.match(text, end)
        found = _OBJECT.match(text, following.end()) if following else None
    error = chain[-1]
    for outer in reversed(chain[:-1]):
        error = ErrorInfo(outer.type, outer.message, outer.frames, error, "php")
    return Trace(error, text[: first.start()].strip(), "\n".join([*details, text[end:]]).strip("\n"))


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
    while at < len(lines) and ((found := _FRAME.fullmatch(lines[at])) or _MAIN.fullmatch(lines[at])):
        if found:
            file, number, function = found.groups()
            file = file or "[internal function]"
            frames.append(Frame(function, file, int(number) if number else None, in_app=is_own_code(file)))
        at += 1
    if at < len(lines) and _THROWN.fullmatch(lines[at]):
        at += 1
    frames.reverse()
    return frames, lines[at:]


def _with_place(frames: list[Frame], file: str, line: int) -> tuple[Frame, ...]:
    """Add the place an exception was made at, which PHP states beside its message."""
    return _shift_functions([*frames, Frame(None, file, line, in_app=is_own_code(file))])


def _shift_functions(frames: list[Frame]) -> tuple[Frame, ...]:
    """Give each place the function it lies in: PHP prints beside a place the function that was called there."""
    functions: list[str | None] = [None, *(frame.function for frame in frames[:-1])]
    return tuple(
        Frame(function, frame.file, frame.line, in_app=frame.in_app)
        for function, frame in zip(functions, frames, strict=True)
    )


LANGUAGE = Language(
    name="php",
    marks=(_STACK, "#0 ", "[object] ("),
    read=read,
    examples=(
        (
            "PHP Fatal error:  Uncaught PayError: declined in /app/pay.php:8\nStack trace:\n"
            "#0 /app/index.php(18): charge()\n#1 {main}\n  thrown in /app/pay.php on line 8"
        ),
        "declined in /app/pay.php:8\n#0 /app/index.php(18): charge()\n#1 {main}",
        (
            "[object] (PayError(code: 7): declined at /app/pay.php:8)\n[stacktrace]\n#0 /app/index.php(18): charge()\n"
            "#1 {main}\n\n[previous exception] [object] (TypeError(code: 0): bad at /app/pay.php:4)"
        ),
    ),
)
