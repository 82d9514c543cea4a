"""Reads Ruby backtraces: as the interpreter prints an uncaught exception, and as lists of `file:line:in 'method'`."""

import re

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace

_PLACE = r"(<internal:[^>\n]*>|\(eval at [^)\n]*\)|[^\s:][^:\n]*)(?::(\d{1,9}))?:in [`']([^\n]*?)'"
_FRAME = re.compile(rf"\s*(?:from )?{_PLACE}")
_LEVELS = re.compile(r"\s+(\.\.\. \d{1,9} levels\.\.\.)", re.ASCII)
_TITLED = re.compile(rf"{_PLACE}: (.*)")
_LABEL = re.compile(r"((?:(?:block|rescue|ensure)(?: \(\d+ levels\))? in )*)([A-Z][\w:]*)[#.]([^\s].*)")
"""Ruby 3.4 and later name the class in front of the method: `block in Shop::Gateway#pay`."""

_TYPE = re.compile(r" ?\(([A-Z][\w:]*)\)$", re.MULTILINE)
_RAILS = re.compile(r"([A-Z][\w:]*(?:Error|Exception|Invalid|NotFound)?) \((.*)\):?")
_PREFIXED = re.compile(r"([A-Z][\w:]*): (.*)")
_GEM = re.compile(r"[\w.-]+ \(\d[\w.]*\) ")
"""How Rails shortens the path of a gem: `actionpack (7.1.3) lib/action_controller/base.rb`."""

_LIBRARY_PATHS = ("/gems/", "/lib/ruby/", "<internal:", "/var/runtime/", "/bundle/", "/var/lang/")


def read(text: str) -> Trace | None:
    """Read the first backtrace of `text`; causes that Ruby prints behind it are linked."""
    lines = text.split("\n")
    titled = next((at for at, line in enumerate(lines) if _TITLED.fullmatch(line)), None)
    if titled is not None:
        return _uncaught(lines, titled)
    first = next((at for at, line in enumerate(lines) if _FRAME.fullmatch(line)), None)
    if first is None or not any(_FRAME.fullmatch(line) for line in lines[first + 1 : first + 2]):
        return None
    frames, end = _frames(lines, first)
    above = first - 1
    while above > 0 and not lines[above].strip():
        above -= 1
    title = lines[above] if above >= 0 else ""
    kind, message = _title(title.strip())
    before = lines[: above if kind else first]
    error = ErrorInfo(kind, message, tuple(frames), language="ruby")
    return Trace(error, "\n".join(before).strip(), "\n".join(lines[end:]).strip("\n"))


def _title(title: str) -> tuple[str | None, str | None]:
    """Read `Type (message):` of Rails, `Type: message`, or `message (Type)` of Ruby's Logger."""
    if found := _RAILS.fullmatch(title) or _PREFIXED.fullmatch(title):
        return found[1], found[2]
    if found := _TYPE.search(title):
        return found[1], title[: found.start()] or None
    return None, None


def is_own_code(file: str) -> bool:
    """Tell the team's code from gems and the standard library."""
    return not any(path in file for path in _LIBRARY_PATHS) and _GEM.match(file) is None


def _uncaught(lines: list[str], at: int) -> Trace:
    """Read `file:line:in 'm': message (Type)` blocks; the first is the exception, those behind it its causes."""
    before = "\n".join(lines[:at]).strip()
    chain: list[ErrorInfo] = []
    while at < len(lines) and (found := _TITLED.fullmatch(lines[at])):
        title = [found[4]]
        at += 1
        while at < len(lines) and not _FRAME.match(lines[at]):
            title.append(lines[at])
            at += 1
        frames, at = _frames(lines, at)
        frames.append(_frame(found))
        text = "\n".join(title)
        kind = _TYPE.search(text)
        message = (text[: kind.start()] + text[kind.end() :]) if kind else text
        chain.append(ErrorInfo(kind[1] if kind else None, message.strip() or None, tuple(frames), language="ruby"))
    error = chain[-1]
    for outer in reversed(chain[:-1]):
        if (outer.type, outer.message, outer.frames) == (error.type, error.message, error.frames):
            continue  # a thread's exception, printed as it ends and again where it is joined
        error = ErrorInfo(outer.type, outer.message, outer.frames, error, "ruby", relation="context")
    return Trace(error, before, "\n".join(lines[at:]).strip("\n"))


def _frames(lines: list[str], at: int) -> tuple[list[Frame], int]:
    frames: list[Frame] = []
    while at < len(lines):
        if found := _FRAME.fullmatch(lines[at]):
            frames.append(_frame(found))
        elif frames and (left_out := _LEVELS.fullmatch(lines[at])):
            frames.append(Frame(left_out[1], in_app=False))
        else:
            break
        at += 1
    frames.reverse()
    return frames, at


def _frame(found: re.Match[str]) -> Frame:
    file, line, label = found.groups()[:3]
    named = _LABEL.fullmatch(label)
    function, module = (named[1] + named[3], named[2]) if named else (label, None)
    return Frame(function, file, int(line) if line else None, module=module, in_app=is_own_code(file))


LANGUAGE = Language(
    name="ruby",
    marks=(":in `", ":in '"),
    read=read,
    examples=(
        "app.rb:8:in `charge': divided by 0 (ZeroDivisionError)\n\tfrom app.rb:18:in `<main>'",
        "app.rb:8:in 'Integer#/': divided by 0 (ZeroDivisionError)\n\tfrom app.rb:18:in 'Shop::Gateway.charge'",
        "NoMethodError (undefined method 'x'):\n  app/models/order.rb:3:in 'pay'\n  app/jobs/a.rb:9:in 'perform'",
    ),
)
