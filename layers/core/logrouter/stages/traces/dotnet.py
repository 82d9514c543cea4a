"""Reads .NET stack traces: inner exceptions behind ` ---> `, aggregates, rethrow markers, one-line and Mono's forms."""

import re
from dataclasses import dataclass, field

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace, split_title

_FRAME = re.compile(r"\s+at ((?:\(wrapper [\w-]+\) )?[^\n(]+)\(([^\n]*?)\)(?: in ([^\n]+):line (\d{1,9}))?(<---)?")
_MONO_FRAME = re.compile(
    r"\s+at ([^\n(]+) \(([^\n]*)\) (?:\[0x[0-9a-f]+\]|<[^>\n]*>) in ([^\n:]+):(\d{1,9}) ?(<---)?", re.ASCII
)
_TITLE = re.compile(r"((?:[\w`+]+\.)+[\w`+]+|[A-Z]\w*Exception)(?: \(0x[0-9A-Fa-f]+\))?(?:: (.*))?", re.DOTALL)
_NAMED = re.compile(r"(?<![\w.])(?:(?:\w+\.)+\w*|\w+)Exception\b")
_DIED = re.compile(r"(?:^|(?<=\n))(Unhandled exception|Process terminated|Stack overflow)\. ?([^\n]*)")
"""How the runtime begins when it ends the process, whatever the exception calls itself."""

_FOLDED = re.compile(r"    at [\w.`<>|+\[\]]+\([^\n()]*\)(?: in |    at |    --- |$|\s)")
_FOLD = re.compile(r" (?=   at [\w.`<>|+\[\]]+\()| (?=   --- End of inner)| (?= ---> )| (?=--- End of stack trace)")
"""The console formatters write an exception into one line, with a space for each line end (dotnet/runtime,
`JsonConsoleFormatter.cs`, read 2026-11-20)."""

_END_OF_INNER = "--- End of inner exception stack trace ---"
_RETHROWN = "--- End of stack trace"
_MEMBER = re.compile(r"\s*---> \(Inner Exception #\d+\) ", re.ASCII)
_MEMBER_END = "<---"
_ARROW = " ---> "
_MEMBERS_LIMIT = 100
_DEPTH_LIMIT = 50
_HEAD_LINES = 30
_LIBRARIES = (
    "System.",
    "Microsoft.",
    "Amazon.Lambda.",
    "Amazon.Runtime.",
    "AWSSDK.",
    "Npgsql.",
    "Newtonsoft.",
    "Serilog.",
    "Interop.",
    "Internal.",
    "lambda_method",
)


@dataclass(slots=True)
class _Open:
    """One exception while its lines come in; frames newest first."""

    title: list[str]
    frames: list[Frame] = field(default_factory=list)
    inner: "_Open | None" = None

    def finish(self, members: tuple[ErrorInfo, ...] = ()) -> ErrorInfo:
        chain = [self]
        while chain[-1].inner:
            chain.append(chain[-1].inner)
        error: ErrorInfo | None = None
        for link in reversed(chain):
            kind, message = split_title(_TITLE, "\n".join(link.title))
            own = members if link is self else ()
            error = ErrorInfo(kind, message, tuple(reversed(link.frames)), error, "csharp", members=own)
        assert error is not None
        return error


def read(text: str) -> Trace | None:
    """Read the first stack trace of `text`; inner exceptions, printed first, become causes."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if _frame(line)), None)
    if first is None and _FOLDED.search(text):
        text = _FOLD.sub("\n", text)
        lines = text.split("\n")
        first = next((at for at, line in enumerate(lines) if _frame(line)), None)
    died = _DIED.search(text)
    if died and (first is None or text.count("\n", 0, died.start()) < first):
        return _read_death(text, died)
    if first is None:
        return None
    head, offset = _head(lines, first)
    error, end = _error(lines, min(head, first), lines[head][offset:] if head < first else lines[first])
    if not (error.type or any(frame.line for frame in error.frames) or error.cause):
        return None
    before = "\n".join([*lines[:head], lines[head][:offset] if head < first else ""]).strip()
    after = "\n".join(lines[end:]).strip("\n")
    return Trace(error, before.removesuffix("Unhandled Exception:").rstrip(), after)


def is_own_code(name: str) -> bool:
    """Tell the team's namespaces from the framework's."""
    return not name.startswith(_LIBRARIES)


def _read_death(text: str, died: re.Match[str]) -> Trace:
    """Read what the runtime prints when it ends the process; what it says stands for an exception that has no name."""
    lines = text[died.start() :].split("\n")
    error, end = _error(lines, 0, died[2])
    if error.type is None:
        cause = error.cause
        if cause is None and end < len(lines) and _TITLE.fullmatch(lines[end]):
            cause, end = _error(lines, end, lines[end])
        error = ErrorInfo(died[1], error.message, error.frames, cause, "csharp", members=error.members)
    after = "\n".join(line for line in lines[end:] if line.strip("- "))
    return Trace(error, text[: died.start()].strip(), after)


def _error(lines: list[str], at: int, first: str, depth: int = 0) -> tuple[ErrorInfo, int]:
    """Read one exception with its inner ones; return it with the index behind it.

    Args:
        lines: of the whole text.
        at: index of the line that its title begins in.
        first: that line from the title on.
        depth: how many exceptions it is a member of.
    """
    outer = _Open([])
    stack = [outer]
    members: list[ErrorInfo] = []
    line, is_over = first, False
    while True:
        if frame := _frame(line):
            stack[-1].frames.append(frame)
            is_over = line.endswith(_MEMBER_END)
        elif depth < _DEPTH_LIMIT and (found := _MEMBER.match(line)):
            member, at = _error(lines, at, line[found.end() :], depth + 1)
            if len(members) < _MEMBERS_LIMIT and not _is_told(outer, member):
                members.append(member)
            at -= 1
        elif _END_OF_INNER in line:
            is_over = line.endswith(_MEMBER_END)
            if len(stack) > 1:
                stack.pop()
        elif not outer.frames and not any(link.frames for link in stack):
            is_over = line.endswith(_MEMBER_END)
            _add_title(stack, line.removesuffix(_MEMBER_END))
        elif line.strip() and not line.lstrip().startswith(_RETHROWN) and line.strip() != _MEMBER_END:
            break
        at += 1
        if is_over or at >= len(lines):
            break
        line = lines[at].rstrip()
    return outer.finish(tuple(members)), at


def _add_title(stack: list[_Open], line: str) -> None:
    """Add a line to the title of the innermost exception; an arrow in it opens one that is further in."""
    first, *inner = line.split(_ARROW)
    if not inner and line.lstrip().startswith(_ARROW.lstrip()):
        first, inner = "", [line.lstrip()[len(_ARROW) - 1 :]]
    if first or not inner:
        stack[-1].title.append(first)
    for title in inner:
        if len(stack) > _DEPTH_LIMIT:
            stack[-1].title.append(title)
            continue
        opened = _Open([title])
        stack[-1].inner = opened
        stack.append(opened)


def _is_told(outer: _Open, member: ErrorInfo) -> bool:
    """Whether a member of an aggregate is the inner exception that stands above it already (`#0`)."""
    if outer.inner is None:
        return False
    kind, message = split_title(_TITLE, "\n".join(outer.inner.title))
    return (kind, message) == (member.type, member.message)


def _frame(line: str) -> Frame | None:
    found = _FRAME.fullmatch(line) or _MONO_FRAME.fullmatch(line)
    if not found:
        return None
    name = found[1].strip()
    module, dot, function = name.rpartition(".")
    if module.endswith("."):
        module, function = module[:-1], f"{dot}{function}"
    is_placed = found[3] is not None and not found[3].startswith("<")
    number = int(found[4]) if is_placed else None
    own = is_own_code(name) and not name.startswith("(wrapper ")
    return Frame(function, found[3] if is_placed else None, number, module=module or None, in_app=own)


def _head(lines: list[str], first: int) -> tuple[int, int]:
    for at in range(max(0, first - _HEAD_LINES), first):
        if found := _NAMED.search(lines[at]):
            return at, found.start()
    return (first - 1, len(lines[first - 1])) if first else (first, 0)


LANGUAGE = Language(
    name="csharp",
    marks=("   at ", "Unhandled exception. ", "Process terminated. ", "Stack overflow.", "\n  at "),
    read=read,
    examples=(
        (
            "Unhandled exception. System.InvalidOperationException: declined\n"
            " ---> System.ArgumentException: amount\n   at Shop.Pay.Charge(Int32 amount) in /app/Pay.cs:line 12\n"
            "   --- End of inner exception stack trace ---\n"
            "   at Shop.Program.Main(String[] args) in /app/Program.cs:line 5"
        ),
        (
            "System.AggregateException: two refused (a) (b)\n ---> System.ArgumentException: a\n"
            "   at Shop.Pay.Charge() in /app/Pay.cs:line 12\n   --- End of inner exception stack trace ---\n"
            "   at Shop.Program.Main() in /app/Program.cs:line 5\n"
            " ---> (Inner Exception #1) System.TimeoutException: b\n   at Shop.Pay.Wait() in /app/Pay.cs:line 20<---"
        ),
    ),
)
