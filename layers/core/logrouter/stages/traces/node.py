"""Reads stack traces of Node.js and TypeScript: async frames, eval, `[cause]`, AggregateError, uncaught errors."""

import re
from dataclasses import replace

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace

_PLACE = re.compile(r"(.*?):(\d{1,9})(?::(\d{1,9}))?", re.ASCII | re.DOTALL)
_EVAL_ORIGIN = re.compile(r"\(([^()]+:\d+:\d+)\)", re.ASCII)
_NAMED = re.compile(
    r"(?<![\w$.])((?:[\w$]+\.)*(?:[A-Z_$][\w$]*)?(?:Error|Exception|Rejection|Warning))"
    r"(?: \[([\w$ ]+)\])?(?=: |\]|\s*$)"
)
_CODED = re.compile(r"([A-Z_$][\w$.]*) \[([\w$ ]+)\](?=: |\s*$)")
"""`Error [ERR_INVALID_ARG_TYPE]: ...`, `DOMException [DataCloneError]: ...`, `PaymentDeclined [Error]: ...`."""

_ANY_NAME = re.compile(r"([A-Z][\w$]*)(?:: |$)")
_CAMEL_NAME = re.compile(r"(?<=\s)[A-Z][a-z0-9_$]+[A-Z][\w$]*(?=: )")
"""A class that is not called an error, behind what was logged with it: `transfer failed: BankRefused: declined`."""

_NAME_ALONE = re.compile(r"(?<![\w$.])(?:[\w$]+\.)*[A-Z_$][\w$]*(?:Error|Exception): ?$")
"""The name whose message begins on the next line, as Prisma's do, behind what was logged with it."""

_TAG = re.compile(r"\[[^\[\]{},\n]{1,80}\] ?\S")
"""What a person writes in front of a message, as `[payments] charge failed`; an array begins otherwise."""

_REJECTED = re.compile(r'This error originated either by .{100,160} with the reason "(.*)"\.', re.DOTALL)
"""Node's words around a rejected value that is no error."""

_OMITTED = re.compile(r"\.\.\. (\d{1,6}) lines matching cause stack trace \.\.\.", re.ASCII)
_PREFACE = re.compile(
    r"((?:/|node:|file:|[A-Za-z]:\\|\[\w+ eval\]|\[eval\]|<anonymous_script>)\S*):(\d{1,9})", re.ASCII
)
_REFERENCE = re.compile(r"<ref \*\d{1,9}>$", re.ASCII)
_THROWN = "(Use `node --trace-uncaught ...` to show where the exception was thrown)"
_CAUSE = re.compile(r"\[cause\]: ")
_LINKED = re.compile(r"\s*[Cc]aused by: ")
"""How pino-std-serializers and VError print a cause behind the stack."""

_FOREIGN = (".rs", ".java", ".kt", ".scala", ".py", ".rb", ".go", ".cs", ".php")
"""Files whose places other languages print behind an `at`."""

_HEAD_LINES = 60
_DEPTH_LIMIT = 20


def read(text: str) -> Trace | None:
    """Read the first stack trace of `text`, its causes and the members of an AggregateError."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if _frame(line)), None)
    if first is None:
        return _read_thrown(lines)
    aggregate = next((at for at in range(first) if lines[at].lstrip().startswith("[errors]: [")), None)
    head, offset = _head(lines, first if aggregate is None else aggregate)
    details: list[str] = []
    error, end = _error(lines, head, offset, 0, details)
    before, error = _preface([*lines[:head], _REFERENCE.sub("", lines[head][:offset].rstrip())], error, details)
    after = [line for line in lines[end:] if line.strip(" }]") and not line.startswith("Node.js v")]
    if before.startswith("{") or (before.startswith("[") and not _TAG.match(before)):
        before, details = "", [before, *details]
    return Trace(error, before, "\n".join([*details, *after]))


def _read_thrown(lines: list[str]) -> Trace | None:
    """Read what Node prints of a thrown value that is no error: its place, the value, advice, its own version."""
    end = next((at for at, line in enumerate(lines) if line == _THROWN or line.startswith("Node.js v")), 0)
    start = next((at for at in range(end) if _is_preface(lines, at)), None)
    if start is None:
        return None
    value = "\n".join(lines[start + 3 : end]).strip()
    error = _with_source(ErrorInfo("Uncaught", value or None, language="node"), lines, start)
    after = [line for line in lines[end:] if line.strip() and line != _THROWN and not line.startswith("Node.js v")]
    return Trace(error, "\n".join(lines[:start]).strip(), "\n".join(after))


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
    if file.endswith(_FOREIGN):
        return None
    if " " in file and function is None and "/" not in file and "\\" not in file and file[0] != "[":
        return None
    column = int(found[3]) if found[3] else None
    return Frame(function, file, int(found[2]), column, in_app=is_own_code(file))


def frame_at(place: str, function: str | None) -> Frame:
    """Return the frame of `file:line:column`."""
    found = _PLACE.fullmatch(place)
    if found is None:
        return Frame(function, place, in_app=is_own_code(place))
    file = found[1].removeprefix("file://")
    return Frame(function, file, int(found[2]), int(found[3]) if found[3] else None, in_app=is_own_code(file))


def _head(lines: list[str], first: int) -> tuple[int, int]:
    """Find line and offset where the error's name stands: the topmost named line above the first frame."""
    top = max(0, first - _HEAD_LINES)
    best: tuple[int, int] | None = None
    is_block = True
    for at in range(first - 1, top - 1, -1):
        line = lines[at]
        is_block = is_block and bool(line.strip())
        if not is_block and best:
            break
        found = _CODED.match(line) or (
            _NAMED.search(line) if is_block else _NAMED.match(line) or _NAME_ALONE.search(line)
        )
        if found:
            if found.start() <= 1:
                return at, 0
            best = best or (at, found.start())
    if best:
        return best
    above = max(0, first - 1)
    if first and (camel := _CAMEL_NAME.search(lines[above])):
        return above, camel.start()
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
        elif frames or _is_bracketed(title) or line.lstrip().startswith("[errors]: ["):
            break
        else:
            title.append(line)
        at += 1
        if frames and lines[at - 1].endswith((" {", ",")):
            break
    kind, message = _title(title, details)
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
            start = line.index("[cause]: ") + found.end()
            cause, at = _cause(lines, at, start, depth, details)
            error = replace(error, cause=cause)
        elif bare.startswith("[errors]: ["):
            members, at = _list(lines, at + 1, depth, details)
            error = replace(error, members=members)
        else:
            details.append(bare)
            at += 1
    return error, at


def _is_bracketed(title: list[str]) -> bool:
    """Whether it is an error without frames of its own, whose properties begin: `[AggregateError: message] {`."""
    return bool(title) and title[0].lstrip().startswith("[") and title[-1].endswith("] {")


def _cause(lines: list[str], at: int, start: int, depth: int, details: list[str]) -> tuple[ErrorInfo, int]:
    """Read a cause: an error with its frames, or any other value up to the line that closes it."""
    first, indent = lines[at][start:], _indent(lines[at])
    end = at + 1
    while end < len(lines) and _indent(lines[end]) > indent and not _frame(lines[end]):
        end += 1
    if (end < len(lines) and _frame(lines[end])) or _NAMED.match(first.lstrip("[")):
        return _error(lines, at, start, depth + 1, details)
    if at + 1 < end < len(lines) and _indent(lines[end]) == indent and lines[end].strip(" ,") in {"}", "]"}:
        end += 1
    value = "\n".join([first, *lines[at + 1 : end]]).strip().removesuffix(",")
    return ErrorInfo(None, value.strip("'") or None, language="node"), end


def _list(lines: list[str], at: int, depth: int, details: list[str]) -> tuple[tuple[ErrorInfo, ...], int]:
    members: list[ErrorInfo] = []
    while at < len(lines):
        if lines[at].strip() in {"]", "],"}:
            at += 1
            break
        member, at = _error(lines, at, _indent(lines[at]), depth + 1, details)
        members.append(member)
    return tuple(members), at


def _title(lines: list[str], details: list[str]) -> tuple[str | None, str | None]:
    """Split `Type: message`; a code in brackets that the properties do not repeat goes into `details`."""
    text = "\n".join(lines).strip().removesuffix("{").rstrip()
    text = text.removeprefix("Uncaught ").removeprefix("Uncaught:").lstrip()
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    found = _CODED.match(text) or _NAMED.match(text) or _ANY_NAME.match(text)
    if not found:
        return None, text or None
    message = text[found.end() :].removeprefix(":").strip() or None
    if found[1] == "UnhandledPromiseRejection" and message and (rejected := _REJECTED.fullmatch(message)):
        message = rejected[1] or None
    code = found[2] if found.re is not _ANY_NAME else None
    if code and found[1] == "DOMException":
        return code, message
    if code:
        details.append(f"[{code}]")
    return found[1], message


def _fill_omitted(error: ErrorInfo, frames: list[Frame], omitted: tuple[int, int] | None) -> ErrorInfo:
    """Put back the frames that Node leaves out because the cause prints them too."""
    if not omitted:
        return error
    position, count = omitted
    if not error.cause:
        left_out = Frame(f"... {count} lines matching cause stack trace ...", in_app=False)
        return replace(error, frames=tuple(reversed([*frames[:position], left_out, *frames[position:]])))
    theirs = list(reversed(error.cause.frames))
    tail = len(frames) - position
    middle = theirs[len(theirs) - tail - count : len(theirs) - tail]
    return replace(error, frames=tuple(reversed([*frames[:position], *middle, *frames[position:]])))


def _is_preface(lines: list[str], at: int) -> bool:
    return at + 2 < len(lines) and lines[at + 2].strip(" ^") == "" and _PREFACE.fullmatch(lines[at]) is not None


def _preface(before: list[str], error: ErrorInfo, details: list[str]) -> tuple[str, ErrorInfo]:
    """Take file, source line and marker that Node prints above an uncaught error; return the text left over."""
    at = max(0, len(before) - 8)
    left = before[:at]
    while at < len(before):
        if not _is_preface(before, at):
            left.append(before[at])
            at += 1
            continue
        placed = _with_source(error, before, at)
        if placed is error:
            details[:0] = [before[at], before[at + 1].strip()]
        error = placed
        at += 3
    return "\n".join(left).strip(), error


def _with_source(error: ErrorInfo, lines: list[str], at: int) -> ErrorInfo:
    """Give the frame of that place its source; a place among no frames is one more, unless Node only rethrew there."""
    found = _PREFACE.fullmatch(lines[at])
    if found is None:
        return error
    file, line, source = found[1].removeprefix("file://"), int(found[2]), lines[at + 1].strip()
    frames = list(error.frames)
    for place in range(len(frames) - 1, -1, -1):
        if frames[place].file == file and frames[place].line == line:
            frames[place] = replace(frames[place], source=source)
            return replace(error, frames=tuple(frames))
    if file.startswith("node:") and frames:
        return error
    frames.append(Frame(None, file, line, in_app=is_own_code(file), source=source))
    return replace(error, frames=tuple(frames))


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


LANGUAGE = Language(
    name="node",
    marks=("    at ", _THROWN, "\nNode.js v"),
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
