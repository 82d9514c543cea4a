"""Takes the line of a program out of what a collector put around it, and puts joined lines back, for `stitch`.

Works on raw text, and cheaply: every log event comes here. What the collector knows is read by `unwrap`, after masking.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final, NamedTuple

from logrouter.model import RawText
from logrouter.stages.reading.json_text import json_object
from logrouter.stages.reading.parser import Document

_CRI = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (stdout|stderr) )([FP]) ", re.ASCII
)
_BESIDE_MESSAGE: Final = frozenset({"kubernetes", "logtag", "_p", "systemd_unit", "ident"})
_BESIDE_LOG: Final = _BESIDE_MESSAGE | {
    "stream",
    "source",
    "container_name",
    "container_id",
    "ecs_cluster",
    "ecs_task_arn",
    "docker",
}
_BESIDE_JOURNAL: Final = frozenset({"PRIORITY", "_SYSTEMD_UNIT"})
_OF_A_PROGRAM: Final = frozenset(
    {"level", "severity", "levelname", "log_level", "log.level", "@l", "lvl", "level_name"}
)
"""One of these beside `message`: a program made the object, or the collector read the line itself."""

_WRITER: Final = (
    "source",
    "stream",
    "container_id",
    "container_name",
    "ecs_task_arn",
    "CONTAINER_ID_FULL",
    "_SYSTEMD_UNIT",
    "_PID",
)
"""Who wrote the line: lines of two writers never stand in one record."""

_POD: Final = ("pod_id", "pod_name", "docker_id", "container_name")
_PARTIAL: Final = ("partial_message", "partial_id", "partial_ordinal", "partial_last")
"""Docker cuts lines into parts of 16 KB, and its awsfirelens and fluentd drivers say so in these fields (moby/moby,
`daemon/logger/fluentd`, checked 2026-11-20)."""

_TAGS: Final = ("_p", "logtag")


class Wrapping(NamedTuple):
    """A line and what `stitch` has to know of its wrapper.

    Args:
        line: what the program wrote.
        writer: who wrote it: container and stream.
        is_cut: a part of a line, and more parts follow.
        part: id of the cut line, empty where the collector gives none.
        is_rest: a part of a line, and not the first one.
    """

    line: str
    writer: str
    is_cut: bool = False
    part: str = ""
    is_rest: bool = False


def unwrap(text: str) -> Wrapping | None:
    """Return the line in a collector's wrapper, None when there is no wrapper."""
    first = text[:1]
    if first == "{":
        return _of_document(text) if may_be_wrapped(text) else None
    if not first.isdecimal() or " std" not in text[:48]:
        return None
    found = _CRI.match(text)
    return None if found is None else Wrapping(text[found.end() :], found[2], is_cut=found[3] == "P")


def rewrap(text: str, line: str, *, is_cut: bool) -> RawText:
    """Return the wrapper `text` with another line in it, which is whole unless `is_cut`."""
    document = json_object(text.strip())
    if document is None:
        return RawText(_behind_prefix(text, line, is_cut=is_cut))
    key = _line_key(document) or ""
    document[key] = _behind_prefix(document[key], line, is_cut=is_cut)
    if not is_cut:
        for name in _PARTIAL:
            document.pop(name, None)
        document |= {tag: "F" for tag in _TAGS if tag in document}
    return RawText(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace").decode())


def may_be_wrapped(text: str) -> bool:
    """Cheap test of a JSON object for a key that stands in each that a collector made around a line."""
    return '"log":' in text or '"kubernetes":' in text or '"logtag":' in text or '"_p":' in text or '"MESSAGE":' in text


def may_any_be_wrapped(texts: Sequence[str]) -> bool:
    """Do as `may_be_wrapped` does for many texts in one call: most payloads hold none that is wrapped."""
    return _test()("\n".join(texts))


@cache
def _test() -> Callable[[str], bool]:
    """Compile the keys of `may_be_wrapped` into one pattern, on first use; RE2 reads 1.5 GB/s."""
    try:
        import re2  # noqa: PLC0415 - a library that only the forwarding functions carry
    except ImportError:
        return may_be_wrapped
    pattern = re2.compile(rb'"(?:log|kubernetes|logtag|_p|MESSAGE)":')
    return lambda text: pattern.search(text.encode("utf-8", "surrogatepass")) is not None


def _of_document(text: str) -> Wrapping | None:
    document = json_object(text.strip())
    key = _line_key(document) if document else None
    if document is None or key is None:
        return None
    line, writer = document[key], [str(document[name]) for name in _WRITER if name in document]
    if isinstance(pod := document.get("kubernetes"), dict):
        writer += [str(pod[name]) for name in _POD if name in pod]
    is_cut = any(document.get(tag) == "P" for tag in _TAGS)
    if prefix := _CRI.match(line):
        line, is_cut = line[prefix.end() :], is_cut or prefix[3] == "P"
        writer.append(prefix[2])
    is_part = str(document.get("partial_message")).lower() == "true"
    is_last = is_part and str(document.get("partial_last")).lower() == "true"
    part = str(document.get("partial_id") or "") if is_part else ""
    is_rest = is_part and str(document.get("partial_ordinal", "1")) != "1"
    return Wrapping(line, repr(writer), is_cut or (is_part and not is_last), part, is_rest)


def _line_key(document: Document) -> str | None:
    """Return the key under which the line stands, None when the object is a program's own."""
    if isinstance(document.get("MESSAGE"), str) and not _BESIDE_JOURNAL.isdisjoint(document):
        return "MESSAGE"
    if isinstance(document.get("log"), str) and not _BESIDE_LOG.isdisjoint(document):
        return "log"
    if not isinstance(document.get("message"), str) or not _OF_A_PROGRAM.isdisjoint(document):
        return None
    return None if _BESIDE_MESSAGE.isdisjoint(document) else "message"


def _behind_prefix(text: str, line: str, *, is_cut: bool) -> str:
    prefix = _CRI.match(text)
    return f"{prefix[1]}{'P' if is_cut else 'F'} {line}" if prefix else line
