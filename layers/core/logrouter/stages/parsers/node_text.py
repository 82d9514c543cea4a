"""What Node.js prints itself (`(node:7) [DEP0005] DeprecationWarning: ...`), and hapi of errors in a program."""

import re

from logrouter.model import Level
from logrouter.stages.reading.parser import Fields, TextParser

_WARNING = re.compile(r"\(node:(\d{1,9})\) (?:\[(\w{1,60})\] )?(?:(\w*Warning): )?(.*)", re.ASCII | re.DOTALL)
_LOST = "UnhandledPromiseRejectionWarning"
"""Before Node 15 a rejection that nobody handled ended no process: it was this warning."""

_ADVICE = "Unhandled promise rejection. This error originated "
"""How a second warning begins, which says the same in general."""

_HAPI = re.compile(r"Debug: ([a-z][a-z, -]{2,200}?) *\n[ \t]*(.*)", re.DOTALL)
"""hapi's `debug` option: tags, and the error under them; `implementation` is what it prints unless told otherwise."""


def _read(text: str, _at_ms: int) -> Fields | None:
    if found := _HAPI.match(text):
        tags = found[1].split(", ")
        is_error = "error" in tags and "implementation" in tags
        level = Level.ERROR if is_error else Level.DEBUG
        return {"level": level, "message": found[2].rstrip(), "attributes": {"tags": [*tags]}}
    found = _WARNING.match(text)
    if not found:
        return None
    pid, code, kind, message = found.groups()
    is_lost = kind == _LOST and not message.startswith(_ADVICE)
    said = (("pid", pid), ("warning", kind), ("code", code))
    return {
        "level": Level.ERROR if is_lost else Level.WARN,
        "message": (message if is_lost or not kind else f"{kind}: {message}").rstrip(),
        "attributes": {name: value for name, value in said if value and (name != "warning" or is_lost)},
    }


TEXT = TextParser(
    name="node",
    starts="(D",
    read=_read,
    examples=(
        "(node:7) [DEP0005] DeprecationWarning: Buffer() is deprecated",
        "(node:7) UnhandledPromiseRejectionWarning: TypeError: boom\n    at charge (/app/pay.js:4:28)",
        "Debug: internal, implementation, error \n    TypeError: boom\n    at charge (/app/pay.js:4:28)",
        "(node:7) MaxListenersExceededWarning: Possible EventEmitter memory leak detected.",
    ),
)
