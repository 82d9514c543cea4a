"""Reads stack traces of Node.js and TypeScript: async frames, eval, `[cause]`, AggregateError, uncaught errors."""

import re
from dataclasses import replace

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace

_PLACE = re.compile(r"(.*?):(\d{1,9})(?::(\d{1,9}))?", re.ASCII | re.DOTALL)
_EVAL_ORIGIN = re.compile(r"\(([^()]+:\d+:\d+)\)", re.ASCII)
_NAMED = re.compile(
    r"(?<![\w$.])((?:[\w$]+\.)*[\w$]*(?:Error|Exception|Rejection|Warning))(?: \[([\w$ ]+)\])?(?=: |\]|\s*$)"
)
_ANY_NAME = re.compile(r"([A-Z][\w$]*)(?:: |$)")
_OMITTED = re.compile(r"\.\.\. (\d{1,6}) lines matching cause stack trace \.\.\.", re.ASCII)
_PREFACE = re.compile(r"((?:/|node:|file:|[A-Za-z]:\\)\S*):(\d{1,9})", re.ASCII)
_CAUSE = re.compile(r"\[cause\]: ")
_LINKED = re.compile(r"\s*[Cc]aused by: ")
"""How pino-std-serializers and VError print a cause behind the stack."""

_HEAD_LINES = 60
_DEPTH_LIMIT = 20


def read(text: str) -> Trace | None:
    """Read the first stack trace of `text`, its causes and the members of an AggregateError."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if _frame(line)), None)
    if first is None:
        return None
    aggregate = next((at for at in range(first) if lines[at].lstrip().startswith("[errors]: [")), None)
    head, offset = _head(lines, first if aggregate is None else aggregate)
    details: list[str] = []
    error, end = _error(lines, head, offset, 0, details)
    before, error = _preface([*lines[:head], lines[head][:offset]], error)
    after = [line for line in lines[end:] if line.strip(" }]") and not line.startswith("Node.js v")]
    return Trace(error, before, "\n".join([*details, *after]))


def is_own_code(file: str) -> bool:
    """Tell the team's code from Node's own, installed packages and the Lambda runtime."""
    if "node_modules" in file or file.startswith(("node:", "internal/", "<", "native", "index ")):
        return False
    return not file.startswith(("/var/runtime/", "/opt/nodejs/"))


def _frame(line: str) -> Frame | None:
    """Read `at function (file:line:column)` in its forms; None when the line is none of them."""
    body = line.strip()
    if not body.startswith("at "):
        return None
    body = body[3:].removesuffix(" {").rstrip(", ").removeprefix("async ")
    function: str | None = None
    opening = body.find(" (")
    if body.endswith(")") and opening >= 0:
        function, body = body[:opening], body[opening + 2 : -1]
    if "eval at " in body:
        origin = _EVAL_ORIGIN.search(body)
        body = origin[1] if origin else body
    found = _PLACE.fullmatch(body)
    if not found:
        if (function and body in {"<anonymous>", "native"}) or body.startswith("index "):
            return Frame(function, body, in_app=False)
        return None
    file = found[1].removeprefix("file://")
    if " " in file and function is None and "/" not in file and "\\" not in file:
        return None
    column = int(found[3]) if found[3] else None
    return Frame(function, file, int(found[2]), column, in_app=is_own_code(file))


def _head(lines: list[str], first: int) -> tuple[int, int]:
    """Find line and offset where the error's name stands: the topmost named line above the first frame."""
    top = max(0, first - _HEAD_LINES)
    best: tuple[int, int] | None = None
    for at in range(first - 1, top - 1, -1):
        line = lines[at]
        if not line.strip():
            break
        if found := _NAMED.search(line):
            if found.start() <= 1:
                return at, 0
            best = best or (at, found.start())
    if best:
        return best
    above = max(0, first - 1)
    return above, (len(lines[above]) if first and not _ANY_NAME.match(lines[above]) else 0)


def _error(lines: list[str], at: int, offset: int, depth: int, details: list[str]) -> tuple[ErrorInfo, int]:
    """Read one error from its first line; return it with the index of the first line behind it."""
    title = [lines[at][offset:]]
    indent = _indent(lines[at])
    if not _frame(lines[at]):
        at += 1
    else:
        title = []
    frames: list[Frame] = []
    omitted: tuple[int, int] | None = None
    while at < len(lines):
        line = lines[at]
        if frame := _frame(line):
            frames.append(frame)
        elif found := _OMITTED.fullmatch(line.strip()):
            omitted = (len(frames), int(found[1]))
        elif frames or (title and title[-1].endswith("{")) or line.lstrip().startswith("[errors]: ["):
            break
        else:
            title.append(line)
        at += 1
        if frames and lines[at - 1].endswith((" {", ",")):
            break
    kind, message = _title(title)
    error = ErrorInfo(kind, message, tuple(reversed(frames)), language="node")
    error, at = _properties(lines, at, indent, error, depth, details)
    if frames and at < len(lines) and depth < _DEPTH_LIMIT and (linked := _LINKED.match(lines[at])):
        cause, at = _error(lines, at, linked.end(), depth + 1, details)
        error = replace(error, cause=cause)
    return _fill_omitted(error, frames, omitted), at


def _properties(
    lines: list[str], at: int, indent: int, error: ErrorInfo, depth: int, details: list[str]
) -> tuple[ErrorInfo, int]:
    """Read `[cause]` and `[errors]` of the braces behind the frames; other properties become details."""
    opened = at > 0 and lines[at - 1].endswith("{")
    if not opened or depth > _DEPTH_LIMIT:
        return error, at
    while at < len(lines):
        line = lines[at]
        bare = line.strip()
        if bare in {"}", "},"} and _indent(line) <= indent:
            at += 1
            break
        if found := _CAUSE.match(bare):
            cause, at = _error(lines, at, line.index("[cause]: ") + found.end(), depth + 1, details)
            error = replace(error, cause=cause)
        elif bare.startswith("[errors]: ["):
            members, at = _list(lines, at + 1, depth, details)
            error = replace(error, members=members)
        else:
            details.append(bare)
            at += 1
    return error, at


def _list(lines: list[str], at: int, depth: int, details: list[str]) -> tuple[tuple[ErrorInfo, ...], int]:
    members: list[ErrorInfo] = []
    while at < len(lines):
        if lines[at].strip() in {"]", "],"}:
            at += 1
            break
        member, at = _error(lines, at, _indent(lines[at]), depth + 1, details)
        members.append(member)
    return tuple(members), at


def _title(lines: list[str]) -> tuple[str | None, str | None]:
    text = "\n".join(lines).strip().removesuffix("{").rstrip()
    text = text.removeprefix("Uncaught ").removeprefix("Uncaught:").lstrip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    found = _NAMED.match(text) or _ANY_NAME.match(text)
    if not found:
        return None, text or None
    return found[1], text[found.end() :].removeprefix(":").strip() or None


def _fill_omitted(error: ErrorInfo, frames: list[Frame], omitted: tuple[int, int] | None) -> ErrorInfo:
    """Put back the frames that Node leaves out because the cause prints them too."""
    if not omitted or not error.cause:
        return error
    position, count = omitted
    theirs = list(reversed(error.cause.frames))
    tail = len(frames) - position
    middle = theirs[len(theirs) - tail - count : len(theirs) - tail]
    return replace(error, frames=tuple(reversed([*frames[:position], *middle, *frames[position:]])))


def _preface(before: list[str], error: ErrorInfo) -> tuple[str, ErrorInfo]:
    """Take file, source line and marker that Node prints above an uncaught error; return the text left over."""
    for at, line in enumerate(before[-8:], max(0, len(before) - 8)):
        found = _PREFACE.fullmatch(line)
        if found and at + 2 < len(before) and before[at + 2].strip(" ^") == "":
            file, number = found[1].removeprefix("file://"), int(found[2])
            left = "\n".join([*before[:at], *before[at + 3 :]]).strip("\n ")
            return left, _with_source(error, file, number, before[at + 1].strip())
    return "\n".join(before).strip(), error


def _with_source(error: ErrorInfo, file: str, line: int, source: str) -> ErrorInfo:
    frames = list(error.frames)
    for at in range(len(frames) - 1, -1, -1):
        if frames[at].file == file and frames[at].line == line:
            frames[at] = replace(frames[at], source=source)
            return replace(error, frames=tuple(frames))
    frames.append(Frame(None, file, line, in_app=is_own_code(file), source=source))
    return replace(error, frames=tuple(frames))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


LANGUAGE = Language(
    name="node",
    marks=("    at ",),
    read=read,
    examples=(
        "TypeError: boom\n    at charge (/var/task/app.js:14:15)\n    at node:internal/main/run_main_module:28:49",
        "Payment failed: Error: boom\n    at async order (/var/task/app.js:2:3)",
        (
            "Error: boom\n    at /var/task/app.js:2:3 {\n  code: 'E',\n  [cause]: Error: inner\n"
            "      at f (/var/task/a.js:1:1)\n}"
        ),
    ),
)
