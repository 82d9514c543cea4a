"""Reads stack traces of Java, Kotlin and other JVM languages: causes, suppressed exceptions, `... N more`."""

import re
from dataclasses import dataclass, field

from logrouter.model import ErrorInfo, Frame
from logrouter.stages.traces.trace import Language, Trace, split_title

_FRAME = re.compile(r"\s*at ([^()\t\n]*[^()\s])\(([^()\n]*)\)(?:\s+~?\[[^\]\n]*\])?\s*")
_PLACE = re.compile(
    r"[\w$-]+\.(?:java|kt|kts|scala|groovy|clj)(?::\d+)?|Native Method|<[a-z]+>|Unknown Source|SourceFile(?::\d+)?"
)
_MORE = re.compile(
    r"\s*\.\.\. (\d{1,6}) (?:more|common frames omitted|(frames? truncated[^\n]{0,60}|frames? excluded))\s*", re.ASCII
)
"""Left out because the enclosing trace prints them too, or (second group) by the converter of a logger's encoder."""

_LINK = re.compile(r"([ \t]*)(Caused by|Suppressed|Wrapped by): (.*)")
_CIRCULAR = re.compile(r"\[CIRCULAR REFERENCE: ?((?:[\w$]+\.)*[\w$]+)[^\n]*\]")
_THREAD = re.compile(r'Exception in thread "([^"\n]*)" ')
_TITLE = re.compile(r"((?:[\w$]+\.)*[\w$]+)(?:: (.*))?", re.DOTALL)
_QUALIFIED = re.compile(r"(?:[\w$]+\.)+[A-Z][\w$]*(?=: |$)|[A-Z][\w$]*(?:Exception|Error|Throwable)(?=: |$)")
_INLINE = re.compile(r"(?<![\w$.])(?:[\w$]+\.)*[\w$]*(?:Exception|Error|Throwable)(?=: |$)")
_BARE = re.compile(r"[A-Z][\w$]*(?=: |$)")
"""A class without a package that is not called an exception; believed where frames stand directly below."""

_MODULE = re.compile(r"^(?:[\w.@+\-]*/){1,2}(?=[\w$.])")
"""Class loader and module in front of a class: `app//`, `java.base/`, `loader/module@1.0/`."""

_HIDDEN = re.compile(r"(\$\$Lambda)[\w$/.]*(?=\.)", re.ASCII)
_LIBRARIES = (
    "java.", "javax.", "jakarta.", "jdk.", "sun.", "com.sun.", "kotlin.", "kotlinx.", "scala.", "groovy.", "clojure.",
    "org.springframework.", "org.apache.", "org.hibernate.", "org.eclipse.", "org.slf4j.", "org.postgresql.",
    "org.junit.", "org.jboss.", "org.codehaus.", "io.netty.", "io.micronaut.", "io.quarkus.", "io.micrometer.",
    "io.lettuce.", "io.grpc.", "io.undertow.", "io.vertx.", "reactor.", "akka.", "ch.qos.logback.", "com.fasterxml.",
    "com.zaxxer.", "com.google.common.", "com.amazonaws.", "com.mysql.", "com.squareup.", "net.sf.", "net.bytebuddy.",
    "software.amazon.", "okhttp3.", "feign.", "oracle.", "lambdainternal.", "redis.clients.", "org.mariadb.",
)  # fmt: skip
_HEAD_LINES = 30


@dataclass(slots=True)
class _Link:
    """One exception while its lines come in; frames newest first."""

    title: list[str]
    indent: int
    parent: "_Link | None" = None
    frames: list[Frame] = field(default_factory=list)
    cause: "_Link | None" = None
    suppressed: "list[_Link]" = field(default_factory=list)
    is_suppressed: bool = False

    def finish(self, depth: int = 0) -> ErrorInfo:
        kind, message = split_title(_TITLE, "\n".join(self.title))
        if kind is None and message and (circular := _CIRCULAR.fullmatch(message)):
            kind = circular[1]
        cause = self.cause.finish(depth + 1) if self.cause and depth < 100 else None
        members = tuple(link.finish(depth + 1) for link in self.suppressed) if depth < 100 else ()
        relation = "suppressed" if self.is_suppressed else "cause"
        frames = tuple(reversed(self.frames))
        return ErrorInfo(kind, message, frames, cause, "java", relation=relation, members=members)


def read(text: str) -> Trace | None:
    """Read the first stack trace of `text` with all its causes."""
    lines = text.split("\n")
    first = next((at for at, line in enumerate(lines) if _frame(line)), None)
    if first is None:
        return None
    head, offset = _head(lines, first)
    root = _Link([lines[head][offset:]] if head < first else [], 0)
    root, after = _fill(root, lines, head + 1 if head < first else first)
    before = "\n".join([*lines[:head], lines[head][:offset] if head < first else ""])
    if (thread := _THREAD.search(before)) and thread[1] not in {"", "main"}:
        after.append(f'thread "{thread[1]}"')
    return Trace(root.finish(), _THREAD.sub("", before).strip(), "\n".join(after))


def is_own_code(module: str) -> bool:
    """Tell the team's classes from the platform's and from libraries that everybody uses."""
    return not module.startswith(_LIBRARIES) and "$$SpringCGLIB$$" not in module and "$$EnhancerBy" not in module


def _fill(root: _Link, lines: list[str], at: int) -> tuple[_Link, list[str]]:
    """Read the lines of a trace into `root`; return the outermost exception and the lines that are no part of it."""
    link, after, ended = root, [], False
    for line in lines[at:]:
        if frame := _frame(line):
            link.frames.append(frame)
        elif found := _MORE.fullmatch(line):
            _leave_out(link, int(found[1]), found[2])
        elif (found := _LINK.fullmatch(line)) and found[2] == "Wrapped by":
            root = link = _Link([found[3]], 0, cause=root)
        elif found:
            link = _open(link, found[2], len(found[1].expandtabs(8)), found[3])
        elif not link.frames and not ended:
            link.title.append(line)
        elif line.strip():
            after.append(line)
            ended = True
    return root, after


def _open(link: _Link, word: str, indent: int, title: str) -> _Link:
    """Start a cause or a suppressed exception under the link that its indentation points to."""
    owner = link
    while owner.parent and owner.indent > (indent if word == "Caused by" else indent - 1):
        owner = owner.parent
    opened = _Link([title], indent, owner, is_suppressed=word == "Suppressed")
    if word == "Suppressed":
        owner.suppressed.append(opened)
    else:
        owner.cause = opened
    return opened


def _leave_out(link: _Link, count: int, why: str | None) -> None:
    """Put back the frames that the JVM leaves out because the enclosing trace prints them too."""
    if why:
        link.frames.append(Frame(f"... {count} {why}", in_app=False))
    elif link.parent and count <= len(link.parent.frames):
        link.frames.extend(link.parent.frames[len(link.parent.frames) - count :])


def _frame(line: str) -> Frame | None:
    found = _FRAME.fullmatch(line)
    if not found or not _PLACE.fullmatch(found[2]):
        return None
    name = found[1]
    name = _HIDDEN.sub(r"\1", name) if "$$Lambda" in name else _MODULE.sub("", name, 1)
    module, _, function = name.rpartition(".")
    file, _, number = found[2].partition(":")
    is_named = "." in file
    return Frame(
        function,
        file if is_named else None,
        int(number[:9]) if number else None,
        module=module or None,
        in_app=is_own_code(module),
        source=None,
    )


def _head(lines: list[str], first: int) -> tuple[int, int]:
    """Find line and offset where the exception's name stands above the first frame."""
    top = max(0, first - _HEAD_LINES)
    inline: tuple[int, int] | None = None
    is_block = True
    for at in range(first - 1, top - 1, -1):
        line = lines[at]
        is_block = is_block and bool(line.strip())
        if not is_block and inline:
            break
        thread = _THREAD.match(line)
        start = thread.end() if thread else 0
        if _QUALIFIED.match(line, start) or (thread and is_block):
            return at, start
        if is_block and inline is None and (found := _INLINE.search(line)):
            inline = at, found.start()
    if inline:
        return inline
    if first and _BARE.match(lines[first - 1]):
        return first - 1, 0
    return (first - 1, len(lines[first - 1])) if first else (first, 0)


LANGUAGE = Language(
    name="java",
    marks=("\tat ", "  at ", "\nat "),
    read=read,
    examples=(
        'Exception in thread "main" com.shop.PaymentException: declined\n\tat com.shop.Order.pay(Order.java:12)',
        (
            "java.lang.RuntimeException: a\n\tat com.shop.A.b(A.java:1)\n\tat com.shop.M.main(M.java:2)\n"
            "Caused by: java.lang.IllegalStateException: c\n\tat com.shop.C.d(C.kt:3)\n\t... 1 more"
        ),
    ),
)
