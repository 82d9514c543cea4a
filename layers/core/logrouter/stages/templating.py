"""Lifts what varies out of a message, so that equal messages group: `order %s failed after %s`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from logrouter.stages.identifying import id_spans, is_id_segment
from logrouter.stages.varying import KINDS, TRUTHS, VARYING_NAMES, Lifts

PARAMS_LIMIT: Final = 50
"""More variable parts than this are one: whatever follows becomes the last parameter."""

TEXT_LIMIT_CHARS: Final = 2_000
"""Only so much of a message is read for its template; the rest becomes the last parameter."""

ROUTE_LIMIT_CHARS: Final = 200

STARTS: Final = {"a": "(?=[A-Za-z_가-힣])", "9": r"(?=\d)", ".": ""}
"""How a kind can begin, and the cheap test for it."""

_WORD_OF_NAME: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^/?#]*", re.IGNORECASE)


def template_of(message: str) -> tuple[str, tuple[str, ...]]:
    """Split a message into template and parameters; `template % params` gives the message back.

    Numbers, ids, addresses, hashes, paths, URLs, quoted values, times, sizes and masked values become `%s`; a per cent
    sign of the message is written `%%`. Words, keys of JSON and codes of errors stay.
    """
    head, rest = message[:TEXT_LIMIT_CHARS], message[TEXT_LIMIT_CHARS:]
    parts: list[str] = []
    params: list[str] = []
    end = 0
    for start, stop in _all_spans(head):
        if len(params) == PARAMS_LIMIT - 1:
            rest, head = head[start:] + rest, head[:start]
            break
        parts += [_escaped(head[end:start]), "%s"]
        params.append(head[start:stop])
        end = stop
    parts.append(_escaped(head[end:]))
    if rest:
        parts.append("%s")
        params.append(rest)
    return "".join(parts), tuple(params)


@cache
def _varying() -> tuple[re.Pattern[str], tuple[Lifts, ...]]:
    """Return all kinds as one pattern, and what each group of it lifts; made at need, for it takes milliseconds."""
    by_start = {start: [kind for kind in KINDS if start in kind.starts] for start in STARTS}
    branches = (
        f"{guard}(?:{'|'.join(f'({kind.pattern})' for kind in by_start[start])})" for start, guard in STARTS.items()
    )
    lifts = tuple(kind.lifts for start in STARTS for kind in by_start[start])
    return re.compile("|".join(branches), re.VERBOSE | re.ASCII), lifts


def _all_spans(text: str) -> Iterator[tuple[int, int]]:
    pattern, lifts = _varying()
    for found in pattern.finditer(text):
        what = lifts[(found.lastindex or 1) - 1]
        if what is not Lifts.NOTHING:
            for first, last in _SPANS[what](found[0]):
                yield found.start() + first, found.start() + last


def _value_spans(text: str) -> list[tuple[int, int]]:
    """Say what varies in `name=value`: the value, where it is one of many by its name; else what varies in it."""
    name, _, value = text.partition("=")
    at = len(name) + 1
    last_word = _WORD_OF_NAME.findall(name)[-1:]
    if value.lower() in TRUTHS or (last_word and last_word[0].lower().removesuffix("s") in VARYING_NAMES):
        return [(at, len(text))]
    return [(at + first, at + last) for first, last in _all_spans(value)]


def _route_spans(text: str) -> list[tuple[int, int]]:
    """Say what varies in `GET /orders/17?card=1`: the query, and segments that look like ids."""
    path, mark, _ = text.partition("?")
    spans, at = [], 0
    for segment in path.split("/"):
        if at and is_id_segment(segment):
            spans.append((at, at + len(segment)))
        at += len(segment) + 1
    return [*spans, (len(path), len(text))] if mark else spans


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


_SPANS: Final[Mapping[Lifts, Callable[[str], Iterable[tuple[int, int]]]]] = {
    Lifts.ALL: lambda text: ((0, len(text)),),
    Lifts.INSIDE: lambda text: ((2 if text[0] in "bru" else 1, len(text) - 1),),
    Lifts.ESCAPED: lambda text: ((2, len(text) - 2),),
    Lifts.VALUE: _value_spans,
    Lifts.IDS: id_spans,
    Lifts.ROUTE: _route_spans,
}


def route_of_path(path: str) -> str:
    """Turn a path or an address into a route: host and query go, segments that look like ids become `{id}`."""
    bare = path.partition("?")[0].partition("#")[0].partition(";")[0]
    bare = _SCHEME.sub("", bare, count=1) if "://" in bare else bare
    if len(bare) > 1:
        bare = bare.rstrip("/") or "/"
    return "/".join("{id}" if is_id_segment(part) else part for part in bare.split("/"))[:ROUTE_LIMIT_CHARS]
