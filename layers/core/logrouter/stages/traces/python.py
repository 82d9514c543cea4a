"""Reads Python tracebacks: chains, exception groups, notes, repeated frames, markers, 3.13's multi-line source.

Also the Lambda runtime's form, which indents with no-break spaces and prints the exception in front of the traceback,
what `faulthandler` prints when the interpreter dies, and tracebacks of another process in quotes (`RemoteTraceback`).
"""

import re
from dataclasses import replace

from logrouter.model import ErrorInfo, Frame
from logrouter.model.remembering import remembered
from logrouter.stages.traces import rich
from logrouter.stages.traces.trace import Language, Trace

_HEADER = "Traceback (most recent call last):"
_STACK = "Stack (most recent call last):"
_CALL_STACK = "Call stack:"
"""Where the log call stands that failed itself (`logging.Handler.handleError`)."""

_CATCH = "> "
"""Loguru marks the frame that caught the exception."""

_GROUP = f"+ Exception Group {_HEADER}"
_HEADERS = frozenset({_HEADER, f"Exception Group {_HEADER}", _GROUP})
_PLACE = 'File "'
_FRAME = re.compile(r'File "([^"\n]*)", line (\d+)(?:, in (.*))?')
_REPEATED = re.compile(r"\[Previous line repeated (\d+) more times?\]", re.ASCII)
_TITLE = re.compile(r"([^\W\d][\w.<>]*)(?:: ?(.*))?")
_MEMBER = re.compile(r"\+-+ (?:\d+|\.\.\.) -+", re.ASCII)
_NEW_LINE_OF_LOG = re.compile(
    r"\[?\d{4}-\d\d-\d\d[ T]\d\d:\d\d|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL):[\w.\-]+:", re.ASCII
)
_REMOTE = re.compile(r'^([\w.]*RemoteTraceback:) *\n"""\n', re.MULTILINE)
"""How `multiprocessing`, `concurrent.futures` and billiard quote the traceback of a worker process."""

_DIED = re.compile(r"(?<!\w)Fatal Python error: ([^\n]*)")
_THREAD = re.compile(r"(?:Current thread|Thread) 0x[0-9a-f]+(?: \[[^\]\n]*\])? \(most recent call first\):", re.ASCII)
_FAULT_FRAME = re.compile(r'  File "([^"\n]*)", line (\d{1,9}|\?\?\?) in (.*)', re.ASCII)
_BARE = re.compile(
    r"^(?:Stack \(most recent call last\):\n)?(?=[ \xa0]+File \"[^\"\n]*\", line \d)"
    r"|\A(?=File \"[^\"\n]*\", line \d+, in \S)",
    re.MULTILINE,
)
"""Frames without the usual header: a script that does not compile, a log line with `stack_info=True`, or the rest of a
traceback that began in an earlier payload."""

_CHAINS = {
    "The above exception was the direct cause of the following exception:": "cause",
    "During handling of the above exception, another exception occurred:": "context",
}
_BLANKS = " \t\xa0"
_LIBRARY_PATHS = (
    "/site-packages/",
    "/dist-packages/",
    "/lib/python",
    "/lib64/python",
    "/var/lang/",
    "/var/runtime/",
    "/opt/python/",
    "\\site-packages\\",
    "\\lib\\",
)
_DEPTH_LIMIT = 12
"""Exception groups nest at most ten deep in print (CPython, `max_group_depth`)."""


def read(text: str) -> Trace | None:
    """Read the first traceback of `text` and everything chained to it."""
    if rich.MARK in text:
        text = rich.unbox(text)
    if text.startswith(_GROUP):  # the indentation of the first line was taken for the edge of the text
        text = f"  {text}"
    at = text.find(_HEADER)
    if at < 0 and (died := _DIED.search(text)):
        return _read_fault(text, died)
    if at >= 0 and (remote := _REMOTE.search(text)) and remote.end() == at:
        return _read_remote(text, remote)
    if at < 0:
        bare = _BARE.search(text)
        if not bare:
            return None
        at = bare.start()
        indent = "" if text[bare.end()] in _BLANKS else "  "
        text = f"{text[:at]}{_HEADER}\n{indent}{text[bare.end() :]}"
    line_start = text.rfind("\n", 0, at) + 1
    lead = text[line_start:at]
    if lead and not lead.strip(_BLANKS):  # the whole traceback is indented below the message
        text = text[:line_start] + "\n".join(line.removeprefix(lead) for line in text[line_start:].split("\n"))
        lead, at = "", line_start
    is_group = lead.strip(_BLANKS + "|").removeprefix("+").strip() == "Exception Group"
    start = line_start if is_group or not lead.strip(_BLANKS) else at
    error, rest = _chain(text[start:].split("\n"), 0)
    if error is None:
        return None
    if rest and rest[0] == _CALL_STACK:
        calls, end = _exception(rest, 0, 0)
        error, rest = replace(error, frames=(*calls.frames, *error.frames)), [calls.message or "", *rest[end:]]
    return Trace(error, text[:start].rstrip(), "\n".join(rest).strip("\n"))


def _read_remote(text: str, remote: re.Match[str]) -> Trace | None:
    """Read a traceback in triple quotes as the cause that it is of the exception behind it."""
    quoted, _, rest = text[remote.end() :].partition('\n"""\n')
    trace = read(f"{quoted}\n{rest}")
    if trace is None:
        return None
    return Trace(trace.error, text[: remote.start()].rstrip(), "\n".join(filter(None, (remote[1], trace.after))))


def _read_fault(text: str, died: re.Match[str]) -> Trace | None:
    """Read what `faulthandler` prints: the stack of each thread, newest call first; the current thread is the one."""
    lines = text[died.end() :].split("\n")
    starts = [at for at, line in enumerate(lines) if _THREAD.fullmatch(line)]
    if not starts:
        return None
    first = next((at for at in starts if lines[at].startswith("Current")), starts[0])
    end = first + 1
    frames: list[Frame] = []
    while end < len(lines) and (found := _FAULT_FRAME.fullmatch(lines[end])):
        file, number, function = found.groups()
        line = int(number) if number.isdecimal() else None
        frames.append(Frame(function, file, line, in_app=is_own_code(file)))
        end += 1
    error = ErrorInfo("Fatal Python error", died[1] or None, tuple(reversed(frames)), language="python")
    left = [line for line in (*lines[: first + 1], *lines[end:]) if line.strip()]
    return Trace(error, text[: died.start()].rstrip(), "\n".join(left))


@remembered
def is_own_code(file: str) -> bool:
    """Tell the team's code from the standard library, installed packages and the Lambda runtime."""
    return not file.startswith("<frozen") and not any(path in file for path in _LIBRARY_PATHS)


def _chain(lines: list[str], depth: int) -> tuple[ErrorInfo | None, list[str]]:
    """Read exceptions linked by Python's chain sentences; return the last one and the lines left over."""
    error: ErrorInfo | None = None
    relation = "cause"
    at = 0
    while at < len(lines):
        line = lines[at].strip(_BLANKS)
        if not line:
            at += 1
        elif line in _CHAINS:
            relation = _CHAINS[line]
            at += 1
        elif line in _HEADERS and (error is None or lines[at - 1].strip() in {"", *_CHAINS}):
            found, at = _exception(lines, at, depth)
            error = replace(found, cause=error, relation=relation) if error else found
        elif error is None and depth:
            found, at = _end(lines, at, (), depth)
            error = found
        else:
            break
    return error, lines[at:]


def _exception(lines: list[str], at: int, depth: int) -> tuple[ErrorInfo, int]:
    """Read one exception from its header line on; return it with the index behind it."""
    margin = lines[at].find("+ ")
    if margin >= 0 and lines[at].startswith("+ Exception Group", margin):
        return _with_margin(lines, at, margin + 2, depth)
    frames: list[Frame] = []
    at += 1
    while at < len(lines):
        line = lines[at]
        bare = line.strip(_BLANKS)
        if line.startswith(_CATCH) and _FRAME.fullmatch(bare.removeprefix(_CATCH)):
            line = f"  {line[len(_CATCH) :]}"
        elif (line and line[0] not in _BLANKS) or (bare and not frames and not _FRAME.fullmatch(bare)):
            break
        _add_line(frames, line)
        at += 1
    return _end(lines, at, tuple(frames), depth)


def _add_line(frames: list[Frame], line: str) -> None:
    """Take one indented line: a frame, how often it repeated, its source, or markers under the source."""
    bare = line.strip(_BLANKS)
    if bare.startswith(_PLACE) and (found := _FRAME.fullmatch(bare)):
        file, number, function = found.groups()
        frames.append(Frame(function, file, int(number[:9]), in_app=is_own_code(file)))
    elif bare.startswith("[") and _REPEATED.fullmatch(bare):
        frames.insert(max(0, len(frames) - 1), Frame(bare, frames[-1].file if frames else None, in_app=False))
    elif frames and bare.strip("~^ "):
        last = frames[-1]
        source = last.source
        more = bare if source is None or line[:4].strip(_BLANKS) else line[4:].replace("\xa0", " ").rstrip()
        source = f"{source}\n{more}" if source else more
        frames[-1] = Frame(last.function, last.file, last.line, in_app=last.in_app, source=source)


def _with_margin(lines: list[str], at: int, margin: int, depth: int) -> tuple[ErrorInfo, int]:
    """Read an exception group whose lines stand behind a margin of `| `."""
    own = [_HEADER]
    at += 1
    while at < len(lines) and lines[at][margin - 2 : margin] in {"| ", "|", "+-", "  "} and lines[at].strip():
        own.append(lines[at][margin:])
        at += 1
    error, end = _exception(own, 0, depth)
    left = "\n".join(own[end:])
    return (replace(error, message=f"{error.message or ''}\n{left}") if left.strip() else error), at


def _end(lines: list[str], at: int, frames: tuple[Frame, ...], depth: int) -> tuple[ErrorInfo, int]:
    """Read the lines that end a traceback: `Type: message`, more lines of the message, notes, the group's members."""
    title: list[str] = []
    while at < len(lines) and not _ends_message(lines, at):
        title.append(lines[at])
        at += 1
    while title and not title[-1].strip():
        title.pop()
    members: list[ErrorInfo] = []
    if at < len(lines) and _MEMBER.fullmatch(lines[at]):
        members, at = _members(lines, at, depth)
    kind, message = _title(title)
    return ErrorInfo(kind, message, frames, language="python", members=tuple(members)), at


def _ends_message(lines: list[str], at: int) -> bool:
    line = lines[at]
    if line.startswith("+") and _MEMBER.fullmatch(line):
        return True
    return (
        line in _CHAINS
        or line in {_STACK, _CALL_STACK}
        or line.strip(_BLANKS) in _HEADERS
        or _NEW_LINE_OF_LOG.match(line) is not None
    )


def _members(lines: list[str], at: int, depth: int) -> tuple[list[ErrorInfo], int]:
    """Read the exceptions of a group, from the line `+---- 1 ----` to the closing rule."""
    blocks: list[list[str]] = []
    while at < len(lines):
        line = lines[at]
        if _MEMBER.fullmatch(line):
            blocks.append([])
        elif line.startswith("+--"):
            at += 1
            break
        elif line[:2] in {"| ", "|", "  ", "+-"}:
            blocks[-1].append(line[2:])
        else:
            break
        at += 1
    members = []
    for block in blocks:
        error, rest = _chain(block, depth + 1) if depth < _DEPTH_LIMIT else (None, block)
        left = "\n".join(rest).strip()
        error = error or ErrorInfo(None, None, language="python")
        members.append(replace(error, message=f"{error.message or ''}\n{left}".strip()) if left else error)
    return members, at


def _title(lines: list[str]) -> tuple[str | None, str | None]:
    """Split `Type: message` and further lines."""
    if not lines:
        return None, None
    found = _TITLE.fullmatch(lines[0])
    if not found:
        return None, "\n".join(lines)
    message = "\n".join([found[2] or "", *lines[1:]]).strip("\n")
    return found[1].removeprefix("__main__."), message or None


LANGUAGE = Language(
    name="python",
    marks=(_HEADER, 'File "', "Fatal Python error: ", rich.MARK),
    read=read,
    examples=(
        'Traceback (most recent call last):\n  File "/var/task/app.py", line 3, in f\n    g()\nValueError: boom',
        (
            "ERROR charge failed\nTraceback (most recent call last):\n"
            "  File \"/var/task/app.py\", line 3, in f\nKeyError: 'x'"
        ),
        '  File "/var/task/app.py", line 3\n    x = = 1\n        ^\nSyntaxError: invalid syntax',
        'Traceback (most recent call last):\n\xa0\xa0File "/var/task/app.py", line 3, in f\n\xa0\xa0\xa0\xa0g()',
        'File "/var/task/app.py", line 3, in f\n    g()\nValueError: boom',
        (
            "+ Exception Group Traceback (most recent call last):\n"
            '  |   File "/var/task/app.py", line 3, in f\n  |     g()\n'
            "  | ExceptionGroup: two refused (1 sub-exception)\n  +-+---------------- 1 ----------------\n"
            "    | ValueError: boom\n    +------------------------------------"
        ),
        (
            "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007f1e1b839b80 (most recent call first):\n"
            '  File "/var/task/app.py", line 3 in f'
        ),
    ),
)
