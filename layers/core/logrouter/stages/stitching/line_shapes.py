"""How lines of logs look: those that begin a record, and those that only stand within a stack trace or the like."""

import re
from enum import IntEnum
from itertools import takewhile
from typing import Final

BLANKS = " \t\xa0"
MARKED = re.compile(
    r"(?:\x1b\[[0-9;]{0,20}m)*(?:"
    r"\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ]|\d\d:\d\d:\d\d|\d\d-[A-Z][a-z]{2}-\d{4} |[A-Z][a-z]{2} \d\d?,? \d|\d{10,13}\b)"
    r"|\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL|SEVERE)\b|\[[DIWEC] \d{6} \d\d:"
    r"|(?:PANI|FATA|ERRO|WARN|INFO|DEBU|TRAC)(?:\x1b\[0m)?\["
    r"|(?:trace|trce|debug|dbug|verbose|info|notice|warn|warning|error|fail|critical|crit|fatal): "
    r"|(?:START|END|REPORT) RequestId:|INIT_START |INIT_REPORT |\[Nest\] |[DIWEF], \[\d|[IWEF]\d{4} \d\d:"
    r"|(?:time|ts|timestamp|level|lvl|severity)=|\d{1,3}(?:\.\d{1,3}){3} |<\d{1,3}>\d* ?\S)",
    re.ASCII,
)
"""How a record begins: with a time, a level, a platform's word, the first field of logfmt, the address of a client."""

OWN_HEAD = re.compile(
    r"\s+\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d\S{0,12} [^\n]{0,60}?\b"
    r"(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRITICAL|FATAL)\b",
    re.ASCII,
)
"""An indented line with a time and a level: a record of its own, from a logger that indents."""

RICH_HEAD = re.compile(r" {8,}(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) {2,}\S")
"""A record of Rich's handler, which leaves out a time that did not change."""

DATED = re.compile(r"\[?(?:\d{4}[-/]\d\d[-/]\d\d[T ]|\d\d:\d\d:\d\d|\d\d-[A-Z][a-z]{2}-\d{4} )", re.ASCII)
LEVEL = re.compile(
    r"\b(?:(ERROR|ERR|CRITICAL|CRIT|FATAL|FTL|SEVERE|PANIC|ALERT|EMERG)"
    r"|TRACE|DEBUG|INFO|INF|NOTICE|WARN|WARNING|WRN|DBG|LOG)\b",
    re.ASCII,
)
"""A level; the first group when it is one of an error."""

JUL_HEAD = re.compile(r"[A-Z][a-z]{2} \d\d?, \d{4},? [\d:]{7,8} [AP]M [\w.$]+(?: [\w$<>]+)?", re.ASCII)
JUL_LEVEL = re.compile(r"(?:SEVERE|WARNING|INFO|CONFIG|FINE|FINER|FINEST): ")
POSTGRESQL = re.compile(
    r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Z]{2,5})(:[^\s@]*:[^\s@:]*@[^\s:]*:| )\[(\d+)[\d-]*\]:?(?:\d*:?)?\s*"
    r"(?:[\w-]+@[\w-]+(?:/\S*)? )?([A-Z]{3,9}\d?):  ",
    re.ASCII,
)
POSTGRESQL_MORE = frozenset({"DETAIL", "HINT", "CONTEXT", "STATEMENT", "QUERY", "LOCATION"})
POSTGRESQL_FAILED = frozenset({"WARNING", "ERROR", "FATAL", "PANIC"})
MYSQL = re.compile(
    r"\d{4}-\d\d-\d\d[T ] ?\d\d?:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)? (?:0x)?[0-9a-f]+ "
    r"\[(?:ERROR|Error|Warning|System|Note)\] |\d\d:\d\d:\d\d UTC - mysqld got ",
    re.ASCII,
)
SLOW_QUERY = ("# Time: ", "# User@Host: ", "# Query_time: ")

SAYS_ERROR = re.compile(
    r"ERRO|CRITICAL|FATA|SEVERE|EXCEPTION|WARN|PANIC|[Ee]rror|[Ff]ail|[Ee]xception|[Pp]anic|[Rr]ecover|Traceback"
    r"|\b(?:ERR|FTL|PNC|PANI|CRIT|crit|EMERG|ALERT)\b|[ |/\[][EF][ |/\]]|^[EF](?:\d{4} |, \[)",
    re.ASCII,
)
TITLE = re.compile(
    r"(?:Exception in thread \"[^\"\n]*\" |Uncaught |Unhandled exception\. )?"
    r"(?:[\w$]+\.)*[\w$]*(?:Exception|Error|Throwable|Rejection|Warning|Traceback)(?: \[[\w ]+\])?(?=: |:?$)"
)
TITLE_WORDS = ("Error", "Exception", "Throwable", "Rejection", "Warning", "Traceback")
FRAME = re.compile(r"[ \t\xa0]+(?:(at|from) |(File) \"|(\.\.\. \d)|\S+(\.go):\d)|[ \t\xa0]*(#)\d+ ")
PYTHON_END = re.compile(r"[^\W\d][\w.<>]*(?::\s.*|:?)", re.DOTALL)
PYTHON_HEADER = "Traceback (most recent call last):"
PYTHON_GROUP = re.compile(r"\s*\+ Exception Group Traceback \(most recent call last\):$")
PYTHON_STACK = "Stack (most recent call last):"
PYTHON_CHAIN = frozenset(
    {
        "The above exception was the direct cause of the following exception:",
        "During handling of the above exception, another exception occurred:",
    }
)
LOGGING_FAILED = "--- Logging error ---"
LOGGING_LINES = ("Call stack:", "Message: ", "Arguments: (")
"""What Python's logging prints below the traceback of a log call that failed."""

BOX = "╭│╰"
"""Around the frames of Rich's tracebacks."""

LOGURU_FRAME = '> File "'
"""How loguru marks the frame that the exception was caught in."""

PYTHON_TASK = re.compile(r"(?:future|handle|task|protocol|transport|source_traceback|asyncgen): (?:<|Object created)")
"""What asyncio says, in lines of their own, of the task or callback whose exception nobody took."""

SQLALCHEMY = re.compile(r"\[(?:SQL|parameters): |\(Background on this error at: https://sqlalche")
"""What SQLAlchemy adds to the message of an exception, in lines of their own."""

PYTHON_ENDS = re.compile(r"(?:KeyboardInterrupt|SystemExit|StopIteration|StopAsyncIteration|GeneratorExit)(?:: |$)")
"""Exceptions that are not called so, at the end of a traceback."""

PYTHON_FAULT = "Fatal Python error: "
PYTHON_FAULT_LINES = ("Current thread 0x", "Thread 0x", "Extension modules: ", "Python runtime state: ")
LINK = re.compile(r"(?:[Cc]aused by|Suppressed|Wrapped by): |---+> ")
GO_START = ("panic: ", "fatal error: ", "goroutine ", "SIGQUIT: ", "SIGSEGV: ", "SIGABRT: ")
GO_JOINED = re.compile(
    r"goroutine \d+ [^\n]*\[|exit status \d+$|\[signal |\.\.\.\S* ?(?:additional )?frames elided|runtime stack:$"
    r"|r[\w]{1,5}\s+0x[0-9a-f]+$|PC=0x|\[originating from goroutine",
    re.ASCII,
)
GO_FUNCTION = re.compile(r"created by |panic\(|[\w./*()\-\[\]]+\.[\w.()*\-\[\]]+(?:\(|$)", re.ASCII)
RUST_LINES = (
    "note: run with `RUST_BACKTRACE",
    "note: Some details are omitted",
    "stack backtrace:",
    "thread caused non-unwinding panic",
    "fatal runtime error: ",
)
RUST_PANIC = re.compile(r"[^\n]*\bthread '[^'\n]*'(?: \(\d+\))? (?:panicked at [^\n]*:\d+:$|has overflowed its stack$)")
"""Since Rust 1.73 the message of a panic stands on the line below, always."""

ANYHOW = frozenset({"Caused by:", "Stack backtrace:"})
DOTNET_LINES = ("--- End of stack trace from previous location", "--- End of inner exception stack trace")
DOTNET_TERMINATED = "Process terminated. "
"""Below its frames .NET says which exception `Environment.FailFast` was given."""

RUNTIMES = (DOTNET_TERMINATED, "Trace: ")
"""How records begin that speak of no error, and have frames below: of .NET, and of `console.trace` of Node.js."""


NODE_LINES = ("Node.js v", "(Use `node --trace-")
NPM_LINES = ("npm ERR! ", "npm error ")
NODE_PLACE = re.compile(r"(?:/|node:|file:|[A-Za-z]:\\|<anonymous_script>)\S*:\d+")
PHP_LINE = re.compile(r"#\d+ |Stack trace:$|Next \\?[A-Z]|\[(?:stacktrace|previous exception)\]")
MONOLOG_END = re.compile(r"\"(?:[,}].*)?[\]}]$")
"""What stands behind the exception in Monolog's context, which ends the line that the exception broke."""

RUBY_TAGS = re.compile(r"[A-Z], \[[^\]\n]{10,60}\] +[A-Z]+ -- [^:\n]{0,80}: ((?:\[[^\]\n]{1,120}\] ?){1,8})")
"""Rails repeats the tags of a record in front of each of its lines."""

RAILS_EMPTY = re.compile(r"[EF], \[[^\]\n]{10,60}\] +(?:ERROR|FATAL) -- [^:\n]{0,80}:$")
RAILS_TITLE = re.compile(r"[A-Z]\w*(?:::[A-Z]\w*)* \(.*\):?$")
"""Without tags Rails writes an empty line first, and the exception below it."""

SPRING_REPORT = re.compile(r"LoggingFailureAnalysisReporter +:$")
"""Below it Spring Boot says why an application did not start, in lines and paragraphs of prose."""

ACTIVITY = "Activity.TraceId: "
ACTIVITY_LINES = (
    "Activity.SpanId:", "Activity.TraceFlags:", "Activity.TraceState:", "Activity.ParentSpanId:", "Activity.Activity",
    "Activity.DisplayName:", "Activity.Kind:", "Activity.StartTime:", "Activity.Duration:", "Activity.Tags:",
    "Activity.Events:", "Activity.Links:", "StatusCode", "Status Description", "Instrumentation scope (",
    "Resource associated with Activity:",
)  # fmt: skip
"""How .NET's console exporter prints a span."""

COLLECTOR_REPORT = re.compile(r"\t(?:info|debug|INFO|DEBUG)\tResource(?:Spans|Logs|Metrics) #0$")
"""Below it OpenTelemetry's Collector prints what its debug exporter was given."""

RUBY_FRAME = re.compile(r"[^\s:][^:\n]*:\d+:in [`']")
CLOSING = re.compile(r"[}\])]+[,;]?(?: ?[{\[(])?$")
OPENING = ("{", "[", "(")

COMPLETE = re.compile(
    r"RequestId: |(?:START|END|REPORT) RequestId:|INIT_|[^\n]*Task timed out after "
    r"|(?:time|ts|timestamp|level|lvl|severity)=|(?:https?|h2|grpcs|wss?) \d{4}-|[^\n]*\" [1-5]\d\d (?:\d+|-)(?: |$)",
    re.ASCII,
)
"""Lines that stand for themselves although they speak of an error: of Lambda's platform, logfmt, access lines."""


_BEGINNINGS: Final = (
    PYTHON_HEADER,
    PYTHON_STACK,
    "goroutine ",
    *NODE_LINES,
    *NPM_LINES,
    *RUST_LINES,
    *DOTNET_LINES,
    *LOGGING_LINES,
    *PYTHON_FAULT_LINES,
    *BOX,
    "Did you mean?",
    "} reason: ",
)
_SHAPES: Final = (
    FRAME,
    LINK,
    PHP_LINE,
    RUBY_FRAME,
    CLOSING,
    MONOLOG_END,
    GO_JOINED,
    PYTHON_GROUP,
    PYTHON_TASK,
    PYTHON_ENDS,
    SQLALCHEMY,
    RAILS_TITLE,
)
_COLOURS = re.compile(r"\x1b\[[0-9;]{0,20}[A-Za-z]")
LINES_LOOKED_AT: Final = 20
"""So many lines of a writer at the beginning of a payload tell whether they are the rest of something."""


def bared(line: str) -> str:
    """Return a line without the colours of a terminal, and a frame without loguru's mark."""
    if "\x1b" in line:
        line = _COLOURS.sub("", line)
    return f"  {line[2:]}" if line.startswith(LOGURU_FRAME) else line


class Beginning(IntEnum):
    """What the first lines of a payload look like."""

    ANEW = 0
    INDENTED = 1
    INSIDE = 2


def is_json(text: str) -> bool:
    """Whether a text looks like one JSON object."""
    stripped = text.strip()
    return stripped[:1] == "{" and stripped[-1:] == "}"


def may_continue(text: str) -> bool:
    """Cheap test that lets JSON objects and most lines with a time pass without a look at what is above them."""
    first = text[:1]
    if first == "{":
        return text[1:2] == " " or (len(text) <= 3 and text.rstrip() == "{")
    if first in BLANKS or not MARKED.match(text):
        return True
    return ":  " in text[:300] or (first.isupper() and JUL_LEVEL.match(text) is not None)


def may_begin(line: str) -> bool:
    """Whether a line is the title or header of a trace, which may begin a record or stand below an error line."""
    return line.startswith((PYTHON_HEADER, *GO_START)) or is_title(line) or PYTHON_GROUP.match(line) is not None


def session_of(line: str) -> tuple[tuple[str, ...], str] | None:
    """Return which session of PostgreSQL wrote a line and when, and the kind of the line; None for other lines."""
    found = POSTGRESQL.match(line) if ":  " in line[:300] else None
    return (found.groups()[:3], found[4]) if found else None


def is_title(bare: str) -> bool:
    """Whether a line names an exception, as the first line of a trace or the last one of Python's."""
    return any(map(bare.__contains__, TITLE_WORDS)) and TITLE.match(bare) is not None


def kind_of_frame(frame: re.Match[str]) -> str:
    """Which language's frame it is, as far as it matters: frames of two kinds never stand in one trace."""
    found = next((group for group in frame.groups() if group), "")
    return "more" if found.startswith("...") else found


def beginning_of(lines: list[str]) -> Beginning:
    """Say whether the first lines of a log look like the rest of something, or like what may stand below a title.

    Returns:
        `INSIDE`, or `INDENTED` for lines of which nothing but the indentation says so.
    """
    told = [bare for line in lines[:LINES_LOOKED_AT] if (bare := bared(line).rstrip())]
    if told and MARKED.match(told[0]):
        more = POSTGRESQL.match(told[0])
        is_rest = told[0].startswith("SEVERE: ") or (more is not None and more[4] in POSTGRESQL_MORE)
        return Beginning.INSIDE if is_rest else Beginning.ANEW
    found = Beginning.ANEW
    for bare in takewhile(lambda bare: (bare[0] != "{" or bare[1:2] == " ") and not MARKED.match(bare), told):
        if _is_shaped(bare):
            return Beginning.INSIDE
        if bare[0] in BLANKS:
            found = Beginning.INDENTED
    return found


def _is_shaped(bare: str) -> bool:
    """Whether a line has the shape of a part of a trace."""
    if bare in PYTHON_CHAIN or bare in ANYHOW or bare.startswith(_BEGINNINGS):
        return True
    return is_title(bare) or any(shape.match(bare) for shape in _SHAPES)
