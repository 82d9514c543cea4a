"""Names of stack frames and exceptions that hold over releases, machines and runtimes. Pure text.

What compilers, bundlers and containers make up anew (numbers of lambdas and proxies, hashes in file names, the folder
of deployment) goes; what a person wrote stays. Sentry groups by these names, and so does
`logrouter.stages.grouping.issue_key`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from logrouter.model.records import ErrorInfo, Frame
from logrouter.model.remembering import remembered

DEPTH_LIMIT: Final = 100
"""Exceptions of one chain that are looked at."""

CYCLE_LIMIT: Final = 8
"""The longest round of calls that counts as one recursion."""

_ROOTS: Final = re.compile(
    r"(?:file://)?(?:[A-Za-z]:)?/(?:var/task|opt/python|opt/nodejs|var/runtime|usr/src/app|usr/app|app|src|code|workspace"
    r"|service|srv|opt/app|home/[^/]+/app|home/runner/work/[^/]+/[^/]+|codebuild/output/src\d+/src(?:/[^/]+)?|a/\d+/s)/(?=.)"
    r"|webpack(?:-internal)?:///?(?:[^/]*/)?(?:\./)?(?=.)"
)
"""Where deployed code lives, or was built: Lambda, layers, common container images, bundles, build machines."""

_RELEASE: Final = re.compile(r"(?:^|(?<=/))(?:releases?|builds?|versions?|deploys?)/[^/]*\d[^/]*/(?=.)|^current/(?=.)")
"""A folder for each deployment, as Capistrano and many scripts make them."""

_BUNDLE: Final = re.compile(r"(.+?)((?:\.(?:chunk|bundle|min|entry|module|server|client))*\.[mc]?[jt]sx?)")
_HEX: Final = re.compile(r"[0-9a-f]+")
_BASE64: Final = re.compile(r"[\w-]+", re.ASCII)
_CHUNK_NUMBER: Final = re.compile(r"\d+(?=\.|$)", re.ASCII)

_JAVA_CLASS: Final = re.compile(
    r"(\$\$Lambda)[\w$/.]*"
    r"|(\$Proxy|Generated(?:Method|Constructor|SerializationConstructor)Accessor)\d+"
    r"|(\$\$?(?:\w*CGLIB|(?:EnhancerBy|FastClassBy)\w+?|HibernateProxy|ByteBuddy|MockitoMock)\$\$?)\w+"
    r"|(\$\$_javassist)\w*"
    r"|(\$fn__|\$eval)\d+"
    r"|(\$)\d+(?=\$|[A-Z]|$)"
)
_JAVA_FUNCTION: Final = re.compile(r"(?<=.)\$\d+(?=\$|$)|(?<=lambda)-\d+|(?<=access\$)\d+$")
_MADE: Final = {
    "java": re.compile(r"CGLIB\$\$|\$\$?(?:EnhancerBy|FastClassBy|HibernateProxy|ByteBuddy)|\$Proxy\d|_\$\$_javassist"),
    "node": re.compile(
        r"\.(?:__awaiter|__generator|asyncGeneratorStep|_next|_throw|fulfilled|rejected|Generator\.\w+)$"
    ),
}
"""Classes and functions that frameworks and compilers put between two own ones, by language."""

_PYTHON_MODULE: Final = re.compile(
    r"(?:.*/(?:site-packages|dist-packages|lib(?:64)?/python3\.\d+(?!/(?:site|dist)-packages))|/opt/python|/var/runtime)"
    r"/((?:[A-Za-z_]\w*/)*(?!__main__|bootstrap\.py)[A-Za-z_]\w*)\.py",
    re.ASCII,
)
"""A file of a library, below a folder that Python imports from; what runs as `__main__` is no module."""

_NODE_MODULE: Final = re.compile(r".*/node_modules/((?:(?!node_modules/)[^/]+/)*[^/]+)/([^/]+?)(?:\.[mc]?js)?")

_GO_CLOSURE: Final = re.compile(r"(?<![A-Za-z0-9_])(func|gowrap|deferwrap)\d+(?:\.\d+)*")
_RUST_HASH: Final = re.compile(r"::h[0-9a-f]{16}$")
_RUST_CLOSURE: Final = re.compile(r"\{\{?closure(?:#\d+)?\}?\}")
_PHP_CLOSURE: Final = re.compile(r"(?:[\w\\]+\\)?\{closure(?::.*)?\}?$", re.DOTALL)
_PHP_ANONYMOUS: Final = re.compile(r"class@anonymous.*?(?=::|->|$)", re.DOTALL)
_RUBY_OWNER: Final = re.compile(r"(^| in )(?:[A-Z]\w*(?:::[A-Z]\w*)*)[#.](?=\S)")
_RUBY_TEMPLATE: Final = re.compile(r"__\d{4,}_\d{4,}$")
_CSHARP_STATE_MACHINE: Final = re.compile(r"\.<(\w+)>d__\d+(?:`\d+)?$")
_CSHARP_ASYNC_LAMBDA: Final = re.compile(r"\.<<(\w+)>b__[\d_]+>d(?:__\d+)?(?:`\d+)?$")
_CSHARP_CLOSURE: Final = re.compile(r"\.<>c(?:__DisplayClass[\d_]+)?(?:`\d+)?$")
_CSHARP_LAMBDA: Final = re.compile(r"<(\w+)>b__[\d_]+$")
_CSHARP_LOCAL: Final = re.compile(r"<(\w+)>g__(\w+)\|[\d_]+$")


@remembered
def short_file(file: str) -> str:
    """Return a path without its folder of deployment and a bundle's hash: `main.js` of `/app/main.3f2a1b.js`."""
    path = file.replace("\\", "/")
    if root := _ROOTS.match(path):
        path = path[root.end() :]
    path = _RELEASE.sub("", path)
    path = path.partition("?")[0] or path
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{_unhashed(name)}"


def _unhashed(name: str) -> str:
    """Take the content hash and the number of a chunk out of a bundle's name."""
    found = _BUNDLE.fullmatch(name)
    if not found:
        return name
    stem, ending = found[1], found[2]
    numbered = _CHUNK_NUMBER.match(stem)
    if numbered:
        stem = stem[numbered.end() + 1 :] or "chunk"
    if len(stem) > 9 and stem[-9] == "-" and _is_hash(stem[-8:], "-"):
        return stem[:-9] + ending
    for mark in "-._~":
        head, found_mark, tail = stem.rpartition(mark)
        if found_mark and head and _is_hash(tail, mark):
            return head + ending
    return ("chunk" if _is_hash(stem, "") else stem) + ending


def _is_hash(text: str, mark: str) -> bool:
    """Tell what bundlers put into names (hex, or eight characters of base32 or base64) from what a person would."""
    if not (text.isascii() and 6 <= len(text) <= 64):
        return False
    digits = sum(character.isdigit() for character in text)
    if _HEX.fullmatch(text):
        return digits >= (1 if len(text) > 7 else 2)
    if len(text) != 8 or not _BASE64.fullmatch(text) or text.islower() or text.isdigit():
        return False
    if text.isupper():
        return True
    if text[1:].islower():
        return digits > 0 and ("-" in text or "_" in text)
    return mark == "-" or digits > 0


def names_of(frame: Frame, language: str | None) -> tuple[str | None, str | None]:
    """Return module and function of a frame, without what differs from build to build.

    Args:
        frame: as a reader of stack traces made it.
        language: of its trace; None when unknown.
    """
    module, function = frame.module, frame.function
    if language == "java":
        return _java_class(module), function and _JAVA_FUNCTION.sub("", function)
    if language == "csharp":
        return _csharp(module, function)
    if module is None and frame.file and (module_at := _MODULE_AT.get(language or "")):
        module = module_at(frame.file)
    if not function:
        return module, function
    if language == "python":
        function = function.rpartition("<locals>.")[2]
    elif language == "node":
        function = function.removeprefix("async ").removeprefix("new ").partition(" [as ")[0]
    elif language == "go":
        function = _GO_CLOSURE.sub(r"\1", function)
    elif language == "php":
        function = _PHP_ANONYMOUS.sub("class@anonymous", _PHP_CLOSURE.sub("{closure}", function))
    elif language == "ruby":
        function = _RUBY_TEMPLATE.sub("", _RUBY_OWNER.sub(r"\1", function))
    else:
        function = _RUST_CLOSURE.sub("{closure}", _RUST_HASH.sub("", function))
    return module, function


@remembered
def _python_module(file: str) -> str | None:
    """Return the module of a library, `flask.app` for `/x/site-packages/flask/app.py`.

    Own code keeps its file, which is the same wherever it is deployed: its module is certain in some folders only.
    """
    found = _PYTHON_MODULE.fullmatch(file.replace("\\", "/"))
    return found[1].removesuffix("/__init__").replace("/", ".") if found else None


@remembered
def _node_module(file: str) -> str | None:
    """Return the module of a package, `express.lib:router`, as Sentry's SDK does.

    Source: `getModuleFromFilename` of @sentry/node 9.47, checked 2026-11-20.
    """
    found = _NODE_MODULE.fullmatch(file.replace("\\", "/"))
    return f"{found[1].replace('/', '.')}:{found[2]}" if found else None


_MODULE_AT: Final[Mapping[str, Callable[[str], str | None]]] = {"python": _python_module, "node": _node_module}
"""What tells the module of a frame where the trace does not, by language."""


def type_of(error: ErrorInfo) -> tuple[str | None, str | None]:
    """Return module and bare type of an exception: `orders.errors`, `StockError`."""
    if not error.type or error.language not in {"python", "java"}:
        return None, error.type
    module, _, name = error.type.rpartition(".")
    return (module or None, name) if name else (None, error.type)


def is_group(error: ErrorInfo) -> bool:
    """Tell whether an exception bundles others (ExceptionGroup, AggregateError), as against having suppressed some.

    Sentry groups the issue of a bundle by what is in it.
    """
    return any(member.relation != "suppressed" for member in error.members)


def own_frames(frames: Sequence[Frame], language: str | None) -> list[bool]:
    """Tell of each frame whether it is the team's own code by which an issue is known.

    Not: foreign code, further rounds of a recursion, classes and functions that a framework or compiler made, through
    which the same call goes today and not tomorrow.
    """
    made = _MADE.get(language or "")
    return [
        frame.in_app and not repeats and not (made and made.search(f"{frame.module or ''}.{frame.function or ''}"))
        for frame, repeats in zip(frames, is_repeated(frames), strict=True)
    ]


def is_repeated(frames: Sequence[Frame]) -> list[bool]:
    """Tell of each frame whether it is one more round of a recursion that comes closer to the crash again.

    Rounds of up to `CYCLE_LIMIT` calls are found by file, module and function, whatever their lines: how deep a tree
    was is no property of the bug. Of every recursion the round next to the crash counts as the original. Frames without
    a proper name repeat only with the same line.
    """
    keys = [_call(frame) for frame in frames]
    repeated = [False] * len(keys)
    if len(set(keys)) == len(keys):
        return repeated
    at = len(keys) - 1
    while at > 0:
        period = next((p for p in range(1, CYCLE_LIMIT + 1) if _recurs(keys, at, p)), 0)
        if not period:
            at -= 1
            continue
        at -= period
        while at >= 0 and keys[at] == keys[at + period]:
            repeated[at] = True
            at -= 1
    return repeated


def _recurs(keys: Sequence[tuple[object, ...]], at: int, period: int) -> bool:
    """Tell whether the `period` calls that end at `at` stand once more directly before."""
    return 2 * period <= at + 1 and keys[at - period + 1 : at + 1] == keys[at - 2 * period + 1 : at - period + 1]


def _call(frame: Frame) -> tuple[object, ...]:
    function = frame.function or ""
    is_named = bool(function) and "<" not in function and "{" not in function and "anonymous" not in function
    return (frame.file, frame.module, function, None if is_named else (frame.line, frame.column))


def _java_class(module: str | None) -> str | None:
    if not module or ("$" not in module and "Generated" not in module):
        return module
    return _JAVA_CLASS.sub(lambda found: next(group for group in found.groups() if group), module)


def _csharp(module: str | None, function: str | None) -> tuple[str | None, str | None]:
    """Undo the C# compiler's names: `Pay.<Charge>d__5.MoveNext` is `Pay.Charge`."""
    if not function or not module:
        return module, function
    if function == "MoveNext" and (machine := _CSHARP_STATE_MACHINE.search(module)):
        module, function = module[: machine.start()], machine[1]
    elif function == "MoveNext" and (machine := _CSHARP_ASYNC_LAMBDA.search(module)):
        module, function = module[: machine.start()], f"{machine[1]}.<lambda>"
    if inner := _CSHARP_LOCAL.search(function):
        function = f"{inner[1]}.{inner[2]}"
    elif inner := _CSHARP_LAMBDA.search(function):
        function = f"{inner[1]}.<lambda>"
    return _CSHARP_CLOSURE.sub("", module), function
