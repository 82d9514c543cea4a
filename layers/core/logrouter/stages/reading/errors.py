"""Reads the exception out of a JSON object, however the logger spelled and nested it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from logrouter.model import ErrorInfo, Frame, Json
from logrouter.stages.traces import dotnet, java, node, php, python, ruby
from logrouter.stages.traces.registry import read_trace

_OBJECTS = ("err", "error", "exception", "exc", "thrown", "throwable", "Exception", "reason")
_TYPES = (
    "errorType", "error_type", "exception_name", "exception_type", "error.type", "exception.type", "exc_type",
    "error_name", "errorName", "exceptionType", "exception_class", "error.kind", "exception.class",
)  # fmt: skip
_MESSAGES = (
    "errorMessage", "error_message", "error.message", "exception.message", "exc_value", "exception_message",
    "exceptionMessage", "error_msg", "err_msg",
)  # fmt: skip
_STACKS = (
    "errorVerbose", "stack", "stack_trace", "stackTrace", "stacktrace", "exc_info", "exc_text", "traceback",
    "backtrace", "exception", "@x",
    "error.stack", "error.stack_trace", "exception.stacktrace", "Exception", "error.stacktrace",
    "exception.stack_trace", "trace", "error_stack", "full_message",
)  # fmt: skip
_INNER_TYPES = ("type", "name", "class", "className", "exc_type", "errorType", "kind", "Type", "ClassName")
_INNER_MESSAGES = ("message", "msg", "value", "exc_value", "errorMessage", "detail", "Message", "localizedMessage")
_INNER_STACKS = (
    "stack", "stack_trace", "stackTrace", "stacktrace", "traceback", "trace", "extendedStackTrace", "stepArray",
    "frames", "StackTraceString", "StackTrace",
)  # fmt: skip
_INNER_CAUSES = ("cause", "inner", "innerError", "innerException", "InnerException", "previous", "parent", "original")
_MEMBERS = frozenset({"aggregateErrors", "errors", "suppressed", "exceptions"})
_CAUSES = frozenset(_INNER_CAUSES)
_READ = frozenset({*_INNER_STACKS, "commonElementCount", "commonFramesCount", "localizedMessage"})
_TITLE = re.compile(r"((?:\w+\.)+[A-Z]\w*|[A-Z]\w*(?:Error|Exception)): (.+)", re.DOTALL)
_DEPTH_LIMIT = 20
_NESTED_DEPTH = 3
_NESTED_LIMIT = 200
_NAMED = frozenset({"type", "name", "message"})
"""Of which one stands beside a stack."""

_SUFFIXES = {
    "py": "python", "js": "node", "ts": "node", "mjs": "node", "cjs": "node", "tsx": "node", "jsx": "node",
    "rb": "ruby", "php": "php", "cs": "csharp", "go": "go", "s": "go",
}  # fmt: skip
_FRAME_LISTS = ("frames", "stepArray", "extendedStackTrace", "stackTrace", "stack", "stack_trace", "stacktrace")
_STEP_KEYS = frozenset({
    "file", "filename", "fileName", "path", "line", "lineno", "lineNumber", "class", "className", "declaringClass",
    "function", "method", "methodName", "func", "fullFilePath",
})  # fmt: skip
_FLAT = frozenset({*_TYPES, *_MESSAGES, *_STACKS})
_KEYS = _FLAT | {*_OBJECTS, *_FRAME_LISTS}
_PLACE = "fullFilePath"
"""Where tslog puts `file:line:column`."""

_NEWEST_FIRST = frozenset({"func", _PLACE})
_IN_APP = {
    "go": lambda file: not file.startswith(("proc.go", "asm_", "panic.go")) and "/src/runtime/" not in file,
    "python": python.is_own_code,
    "node": node.is_own_code,
    "java": java.is_own_code,
    "ruby": ruby.is_own_code,
    "php": php.is_own_code,
    "csharp": dotnet.is_own_code,
}


def read_error(document: Mapping[str, Json]) -> tuple[ErrorInfo | None, frozenset[str]]:
    """Return the exception that a JSON object carries and the keys that it was read from (see `rest_of_error`)."""
    if _KEYS.isdisjoint(document):
        return _nested(document), frozenset()
    for key in _OBJECTS:
        value = document.get(key)
        if isinstance(value, dict) and value and (error := _of_object(value, 0)):
            return _with_flat(document, error, {key})
        if isinstance(value, list) and value and isinstance(value[0], dict) and "exc_type" in value[0]:
            return _of_structlog(value), frozenset({key})
    error, used = _with_flat(document, None, set())
    return error or _nested(document), used


def _nested(document: Mapping[str, Json]) -> ErrorInfo | None:
    """Find an object with a stack under a name of the team's own, such as `payload.error`; it stays where it is."""
    level: list[Json] = [*document.values()]
    for _ in range(_NESTED_DEPTH):
        objects = [value for value in level[:_NESTED_LIMIT] if isinstance(value, dict)]
        for value in objects:
            if isinstance(stack := value.get("stack"), str | list) and stack and not _NAMED.isdisjoint(value):
                return _of_object(value, 0)
        level = [item for value in objects for item in value.values()]
    return None


def rest_of_error(value: Json, error: ErrorInfo) -> Json:
    """Return what an error object holds beside what `error` tells of it (`code`, `errno`, ...), None for nothing."""
    if not isinstance(value, dict):
        return None
    rest = {key: _rest_of(key, item, error) for key, item in value.items()}
    return {key: item for key, item in rest.items() if item not in (None, "", {})} or None


def _rest_of(key: str, item: Json, error: ErrorInfo) -> Json:
    if key in _CAUSES and error.cause and isinstance(item, dict):
        return rest_of_error(item, error.cause)
    if key in _MEMBERS and error.members and isinstance(item, list):
        rests = [rest_of_error(member, own) for member, own in zip(item, error.members, strict=False)]
        return rests if any(part is not None for part in rests) else None
    if key in _READ or item in (error.type, error.message):
        return None
    if isinstance(item, str) and error.type and key in _INNER_TYPES and error.type.endswith(f".{item}"):
        return None
    is_told = isinstance(item, str) and error.message and key in _INNER_MESSAGES and item.startswith(error.message)
    return None if is_told else item  # Pino appends the messages of the causes


def _with_flat(
    document: Mapping[str, Json], error: ErrorInfo | None, used: set[str]
) -> tuple[ErrorInfo | None, frozenset[str]]:
    """Complete the error from keys that lie flat beside the message (`errorType`, `stack_trace`, ...)."""
    kind = message = stack = None
    if not _FLAT.isdisjoint(document):
        kind = _take(document, _TYPES, used)
        message = _take(document, _MESSAGES, used)
        stack = _stack_of(document, _STACKS, used)
    plain = document.get("error", document.get("err"))
    if isinstance(plain, str) and plain and message is None and stack != plain:
        used.add("error" if "error" in document else "err")
        if stack is None and "\n" in plain and read_trace(plain):
            stack = plain
        else:
            message = plain
    frames = _frames_of(document) if error is None and stack is None else ()
    if frames:
        used.update(key for key in _FRAME_LISTS if isinstance(document.get(key), list))
        return ErrorInfo(kind, message, frames, language=_language(frames)), frozenset(used)
    if error is None and kind is None and message is None and stack is None:
        return None, frozenset(used)
    if error is None or not (error.frames or error.stack):
        known = error or ErrorInfo()
        found = _of_stack(stack, kind or known.type, message or known.message)
        if error is not None:
            found = replace(found, cause=found.cause or error.cause, members=found.members or error.members)
        return found, frozenset(used)
    return _named(error, error.type or kind, error.message or message), frozenset(used)


def _of_object(value: Mapping[str, Json], depth: int) -> ErrorInfo | None:
    """Read an error object: type, message, stack as text or frames, cause, members."""
    kind = _take(value, _INNER_TYPES, set())
    message = _take(value, _INNER_MESSAGES, set())
    frames = _frames_of(value)
    stack = None if frames else _stack_of(value, _INNER_STACKS, set())
    if kind is None and message is None and stack is None and not frames:
        return None
    error = _of_stack(stack, kind, message)
    if frames:
        error = replace(error, frames=frames, language=_language(frames))
    if depth < _DEPTH_LIMIT:
        error = _with_relatives(error, value, depth)
    return error


def _with_relatives(error: ErrorInfo, value: Mapping[str, Json], depth: int) -> ErrorInfo:
    """Add cause and members of an error object, unless its stack text already told them."""
    for key in _INNER_CAUSES:
        cause = value.get(key)
        if error.cause is None and isinstance(cause, dict):
            error = replace(error, cause=_with_common(_of_object(cause, depth + 1), cause, error))
        elif error.cause is None and key == "cause" and isinstance(cause, str) and cause:
            error = replace(error, cause=_of_stack(cause, None, None))
    for key in _MEMBERS:
        members = value.get(key)
        if not error.members and isinstance(members, list):
            read = (
                _with_common(_of_object(member, depth + 1), member, error)
                for member in members[:100]
                if isinstance(member, dict)
            )
            relation = "suppressed" if key == "suppressed" else "cause"
            error = replace(error, members=tuple(replace(member, relation=relation) for member in read if member))
    return error


def _with_common(error: ErrorInfo | None, value: Mapping[str, Json], outer: ErrorInfo) -> ErrorInfo | None:
    """Put back the frames that Log4j2 and Logback leave out of a cause because the exception around it has them too."""
    count = _first(value, ("commonElementCount", "commonFramesCount"))
    if error is None or not error.frames or not isinstance(count, int) or not 0 < count <= len(outer.frames):
        return error
    return replace(error, frames=(*outer.frames[:count], *error.frames))


def _of_stack(stack: str | None, kind: str | None, message: str | None) -> ErrorInfo:
    """Read a stack given as text; type and message stated beside it win, unless the stack tells them more exactly."""
    trace = read_trace(stack) if stack else None
    if trace is None:
        if stack and not (kind or message):
            titled = _TITLE.fullmatch(stack)
            return ErrorInfo(titled[1], titled[2]) if titled else ErrorInfo(None, stack)
        if kind is None and stack is None and message and (titled := _TITLE.fullmatch(message)):
            return ErrorInfo(titled[1], titled[2])
        return ErrorInfo(kind, message, stack=stack if stack != message else None)
    error = trace.error
    if kind is None or (error.type or "").endswith(f".{kind}"):
        kind = error.type
    if message is None or (error.cause and error.message and message.startswith(error.message)):
        message = error.message or trace.before or message
    return _named(error, kind, message)


def _named(error: ErrorInfo, kind: str | None, message: str | None) -> ErrorInfo:
    is_named = kind == error.type and message == error.message
    return error if is_named else replace(error, type=kind, message=message)


def _of_structlog(chain: Sequence[Json]) -> ErrorInfo | None:
    """Read structlog's `dict_tracebacks`: a list of exceptions, the outermost first."""
    error: ErrorInfo | None = None
    relation = "cause"
    for item in reversed(chain[:_DEPTH_LIMIT]):
        if not isinstance(item, dict):
            continue
        frames = _frames_of(item)
        message = item.get("exc_value")
        groups = item.get("exceptions")
        members = (
            (_of_structlog(group) for group in groups if isinstance(group, list)) if isinstance(groups, list) else ()
        )
        error = ErrorInfo(
            str(item.get("exc_type") or "") or None,
            message if isinstance(message, str) else None,
            frames,
            error,
            "python",
            relation=relation,
            members=tuple(member for member in members if member),
        )
        relation = "cause" if item.get("is_cause") else "context"
    return error


def _frames_of(value: Mapping[str, Json]) -> tuple[Frame, ...]:
    """Read frames given as a list of objects; those of Java, zerolog and tslog are newest first, others last."""
    for key in _FRAME_LISTS:
        steps = value.get(key)
        if isinstance(steps, list) and steps and isinstance(steps[0], dict) and not _STEP_KEYS.isdisjoint(steps[0]):
            frames = [_frame_of(step) for step in steps if isinstance(step, dict)]
            is_newest_first = _is_java(steps[0]) or not _NEWEST_FIRST.isdisjoint(steps[0])
            return tuple(reversed(frames)) if is_newest_first else tuple(frames)
    return ()


def _is_java(step: Mapping[str, Json]) -> bool:
    return not step.keys().isdisjoint({"class", "className", "declaringClass"})


def _frame_of(step: Mapping[str, Json]) -> Frame:
    if isinstance(place := step.get(_PLACE), str):
        function = _take(step, ("method",), set())
        return node.frame_at(place, None if function == "[undefined]" else function)
    is_go = "func" in step
    file = _take(step, ("source", "file") if is_go else ("file", "filename", "fileName", "path"), set())
    number = _first(step, ("line", "lineno", "lineNumber"))
    if isinstance(number, str) and number.isdecimal() and number.isascii():
        number = int(number[:9])
    module = _take(step, ("class", "className", "declaringClass", "module"), set())
    function = _take(step, ("function", "method", "methodName", "name", "func"), set())
    source = None if is_go else _take(step, ("statement", "source", "code"), set())
    line = number if isinstance(number, int) and number > 0 else None
    language = "java" if _is_java(step) else _language_of_file(file)
    own = _IN_APP[language](module or "" if language == "java" else file or "") if language else True
    return Frame(function, file, line, module=module, in_app=own, source=source or None)


def _language(frames: tuple[Frame, ...]) -> str | None:
    if frames[-1].module and (frames[-1].file or "x.java").endswith((".java", ".kt", ".scala")):
        return "java"
    return _language_of_file(frames[-1].file)


def _language_of_file(file: str | None) -> str | None:
    return _SUFFIXES.get((file or "").rpartition(".")[2])


def _first(value: Mapping[str, Json], keys: Sequence[str]) -> Json:
    return next((value[key] for key in keys if value.get(key) is not None), None)


def _take(value: Mapping[str, Json], keys: Sequence[str], used: set[str]) -> str | None:
    """Return the first non-empty text among `keys` and note which one it was."""
    for key in keys:
        text = value.get(key)
        if isinstance(text, str) and text:
            used.add(key)
            return text
    return None


def _stack_of(value: Mapping[str, Json], keys: Sequence[str], used: set[str]) -> str | None:
    """Return the first stack given as a text or as a list of lines."""
    for key in keys:
        stack = value.get(key)
        if isinstance(stack, str) and len(stack) > 5 and (key != "trace" or "\n" in stack):
            used.add(key)
            return stack
        if isinstance(stack, list) and stack and all(isinstance(line, str) for line in stack):
            used.add(key)
            lines = [line.rstrip("\n") for line in stack]
            return "\n".join(_headed(lines))
    return None


def _headed(lines: list[str]) -> list[str]:
    """Put Python's header line above frames that come without it (the `stackTrace` list of Lambda)."""
    if lines[0].lstrip().startswith('File "'):
        return ["Traceback (most recent call last):", *(line if line[:1].isspace() else f"  {line}" for line in lines)]
    if any(line.startswith("at ") for line in lines):
        return [f"    {line}" if line.startswith("at ") else line for line in lines]
    return lines
