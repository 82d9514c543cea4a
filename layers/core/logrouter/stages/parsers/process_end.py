"""How a process says its last words, or the kernel says them for it: no logger writes these lines.

Forms as Node 20 (V8), Python 3.11 (faulthandler), Java 17 (HotSpot), glibc 2.36, libstdc++ and bash of Debian 12 print
them, each really run; the kernel's from the source of Linux 6.1, mm/oom_kill.c and arch/x86/mm/fault.c (2026-11-20).
"""

import re
from collections.abc import Callable
from typing import Final

from logrouter.model import ErrorInfo, Frame, Json, Level
from logrouter.stages.reading.parser import DIGITS, LETTERS, Fields, TextParser
from logrouter.stages.traces.python import is_own_code

OUT_OF_MEMORY: Final = "Process.OutOfMemory"
CRASHED: Final = "Process.Crashed"
KILLED_BY_KERNEL: Final = "Kernel.OutOfMemory"

_KERNEL_PREFIX = re.compile(
    r"(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,255} kernel: ?)?(?:<\d{1,3}>)?(?:\[ *\d{1,10}\.\d{6}\] ?)?", re.ASCII
)
_KILLED = re.compile(
    r"(?:Memory cgroup out|Out) of memory: Kill(?:ed)? process (\d{1,10}) \(([^)\n]{1,64})\)", re.ASCII
)
_INVOKED = re.compile(r"(\S{1,64}) invoked oom-killer: ", re.ASCII)
_FAULT = re.compile(
    r"(?:traps: )?([^\[\n]{1,64})\[(\d{1,10})\]:? (segfault at|general protection(?: fault)?|trap [a-z ]{3,30}) ",
    re.ASCII,
)
_V8 = re.compile(r"FATAL ERROR: ([^\n]{0,300})", re.ASCII)
_JVM = re.compile(r"(?:Terminating|Aborting) due to (java\.lang\.OutOfMemoryError)(?:: ([^\n]*))?", re.ASCII)
_HOTSPOT = re.compile(r"#[ \n#]*A fatal error has been detected by the Java Runtime Environment:", re.ASCII)
_PYTHON = re.compile(r"Fatal Python error: ([^\n]{1,300})")
_PYTHON_FRAME = re.compile(r"  File \"([^\"\n]{1,500})\", line (\d{1,9}) in ([^\n]{1,200})")
_SHELL = re.compile(
    r"(?:\S{0,200}: line \d{1,9}: +)?(?:\d{1,10} )?"
    r"(Segmentation fault|Aborted|Illegal instruction|Bus error|Floating point exception|Killed)"
    r"(?: \(core dumped\))?(?: +(\S[^\n]{0,300}))?",
    re.ASCII,
)
_BARE = re.compile(
    r"(?:Segmentation fault|Aborted|Illegal instruction|Bus error|Killed)(?: \(core dumped\))?", re.ASCII
)
_CPP = re.compile(
    r"terminate called after throwing an instance of '([^'\n]{1,200})'(?:\n  what\(\):  ([^\n]{0,1000}))?", re.ASCII
)
_HEAP = re.compile(
    r"(?:(?:malloc|free|realloc|munmap_chunk)\(\): |double free or corruption|corrupted (?:size|double-linked)"
    r"|\*\*\* (?:stack smashing|buffer overflow) detected \*\*\*|terminate called (?:without|recursively))",
    re.ASCII,
)
_RUST = re.compile(r"memory allocation of \d{1,20} bytes failed", re.ASCII)
_MEMORY_WORDS: Final = ("out of memory", "Allocation failed", "OutOfMemory")


def _read(text: str, at_ms: int) -> Fields | None:  # noqa: ARG001 - none of these lines states a time with its year
    for signs, read in _READERS:
        if any(map(text.__contains__, signs)) and (fields := read(text)) is not None:
            return fields
    return None


def _kernel(text: str) -> Fields | None:
    """Read what the kernel did to a process: the line that names the process killed is the failure."""
    prefix = _KERNEL_PREFIX.match(text)
    start = prefix.end() if prefix else 0
    line, attributes = text[start:].strip(), _prefix(text[:start])
    if found := _KILLED.match(line):
        attributes |= {"process": found[2], "pid": int(found[1])}
        return _fatal(line, ErrorInfo(KILLED_BY_KERNEL, line), attributes, found[2])
    if found := _INVOKED.match(line):
        return {"level": Level.WARN, "message": line, "component": found[1], "attributes": attributes}
    if found := _FAULT.match(line):
        attributes |= {"process": found[1], "pid": int(found[2])}
        return _fatal(line, ErrorInfo(CRASHED, f"{found[1]}: {found[3].removesuffix(' at')}"), attributes, found[1])
    return None


def _v8(text: str) -> Fields | None:
    found = _V8.search(text)
    if not found or not text.startswith(("FATAL ERROR: ", "<---")):
        return None
    message = found[1].strip()
    kind = OUT_OF_MEMORY if any(map(message.__contains__, _MEMORY_WORDS)) else CRASHED
    return _of_text(text, ErrorInfo(kind, message, language="node"), found)


def _jvm(text: str) -> Fields | None:
    found = _JVM.match(text)
    return _of_text(text, ErrorInfo(found[1], found[2], language="java"), found) if found else None


def _hotspot(text: str) -> Fields | None:
    found = _HOTSPOT.match(text)
    if not found:
        return None
    rest = text[found.end() :]
    why = next((line for part in rest.split("\n") if (line := part.strip("# "))), None)
    return _of_text(text, ErrorInfo(CRASHED, why or "The Java Runtime Environment crashed", language="java"), found)


def _python(text: str) -> Fields | None:
    found = _PYTHON.match(text)
    if not found:
        return None
    first, *_ = text[found.end() :].partition("\n\nThread ")
    frames = [
        Frame(function, file, int(line), in_app=is_own_code(file))
        for file, line, function in _PYTHON_FRAME.findall(first)
    ]
    error = ErrorInfo(CRASHED, found[1].strip(), tuple(reversed(frames)), language="python")
    return _of_text(text, error, found)


def _cpp(text: str) -> Fields | None:
    found = _CPP.match(text)
    return _of_text(text, ErrorInfo(found[1], found[2] or "terminate called"), found) if found else None


def _shell(text: str) -> Fields | None:
    """Read what a shell says of a child that a signal ended; the bare word only where it is the whole line."""
    line = text.partition("\n")[0]
    found = _SHELL.fullmatch(line.rstrip())
    if not found or (": line " not in line and not _BARE.fullmatch(line.rstrip())):
        return None
    kind = OUT_OF_MEMORY if found[1] == "Killed" else CRASHED
    attributes = {"process": found[2]} if found[2] else {}
    return _fatal(text, ErrorInfo(kind, f"{found[1]}: {found[2]}" if found[2] else found[1]), attributes, None)


def _heap(text: str) -> Fields | None:
    line = text.partition("\n")[0].strip()
    if _RUST.match(line):
        return _fatal(text, ErrorInfo(OUT_OF_MEMORY, line), {}, None)
    return _fatal(text, ErrorInfo(CRASHED, line), {}, None) if _HEAP.match(line) else None


_READERS: Final[tuple[tuple[tuple[str, ...], Callable[[str], Fields | None]], ...]] = (
    (("f memory: Kill", " invoked oom-killer", "segfault at", "general protection", " trap "), _kernel),
    (("FATAL ERROR: ",), _v8),
    ((" due to java.lang.OutOf",), _jvm),
    (("by the Java Runtime Env",), _hotspot),
    (("Fatal Python error: ",), _python),
    (("an instance of '",), _cpp),
    (("Segmentation fault", "Aborted", "Illegal instruction", "Bus error", "Floating point exc", "Killed"), _shell),
    (("(): ", "double free", "corrupted ", "detected ***", "terminate called", "memory allocation of "), _heap),
)
"""Words of which one stands in every text of a form, and what reads it."""


def _of_text(text: str, error: ErrorInfo, found: re.Match[str]) -> Fields:
    """Make the line that says it the message, and the rest of what was printed an attribute."""
    rest = "\n".join(part for part in (text[: found.start()].strip(), text[found.end() :].strip()) if part)
    attributes: dict[str, Json] = {"printed": rest} if rest else {}
    return _fatal(found[0].strip("# \n"), error, attributes, None)


def _fatal(message: str, error: ErrorInfo, attributes: dict[str, Json], component: str | None) -> Fields:
    return {
        "level": Level.FATAL,
        "message": message.strip(),
        "error": error,
        "component": component,
        "attributes": attributes,
    }


def _prefix(text: str) -> dict[str, Json]:
    return {"printed_before": text.strip()} if text.strip() else {}


TEXT = TextParser(
    name="process",
    starts=DIGITS + LETTERS + "[<#*-./",
    read=_read,
    examples=(
        "[ 1234.567890] Out of memory: Killed process 4711 (node) total-vm:1048576kB, anon-rss:524288kB",
        (
            "Nov 20 02:00:00 ip-10-0-0-1 kernel: [ 99.000001] Memory cgroup out of memory: Killed process 4711 (java) "
            "total-vm:1kB"
        ),
        "node[4711]: segfault at 0 ip 00007f0a12345678 sp 00007ffc12345678 error 4 in node[400000+2000000]",
        "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
        "Terminating due to java.lang.OutOfMemoryError: Java heap space",
        (
            "Fatal Python error: Segmentation fault\n\nCurrent thread 0x00007ff2d887cb80 (most recent call first):\n"
            '  File "/app/seg.py", line 3 in charge'
        ),
        "terminate called after throwing an instance of 'std::runtime_error'\n  what():  order 17 refused",
        "run.sh: line 1: 16353 Segmentation fault      ./seg",
        "free(): double free detected in tcache 2",
        "Killed",
    ),
)
