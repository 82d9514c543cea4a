"""Lifts what varies out of a message, so that equal messages group: `order %s failed after %s`."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Final

from logrouter.model.remembering import remembered
from logrouter.stages.grouping.identifying import id_spans, is_id_segment
from logrouter.stages.grouping.varying import KINDS, REGION, TRUTHS, VARYING_NAMES, Lifts

PARAMS_LIMIT: Final = 50
"""More variable parts than this are one: whatever follows becomes the last parameter."""

TEXT_LIMIT_CHARS: Final = 2_000
"""Only so much of a message is read for its template; the rest becomes the last parameter."""

ROUTE_LIMIT_CHARS: Final = 200

_PARTICLES: Final = ("을", "를", "이", "가", "은", "는", "으로", "로", "과", "와", "이나", "나", "이라", "라")
"""Korean particles that come in two forms, by the sound in front of them."""

STARTS: Final = {"a": "(?=[A-Za-z_가-힣])", "9": r"(?=\d)", ".": ""}
"""How a kind can begin, and the cheap test for it."""

EPHEMERAL_PORT: Final = 32_000
"""A port from here on names one end of one connection, not a service."""

_STATUS_BEHIND: Final = re.compile(r"(?<=\S) (?:HTTP/\S+ )?\d{3}$")

LABEL_CHARS: Final = 6
"""Parts of host names from this length on with two digits and no hyphen are ids (`cabc123xyz` of a cluster)."""

_QUOTES: Final = "\"'`“‘「『«"
_NAME: Final = re.compile(r"[A-Za-z가-힣_][\w가-힣.$-]{0,80}", re.ASCII)
_STORES: Final = frozenset({"s3", "ftp"})
_REGION: Final = re.compile(REGION)
_WORD_OF_ARN: Final = re.compile(r"[0-9A-Za-z_-]+")
_WORD_OF_NAME: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^/?#]*", re.IGNORECASE)


@remembered
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
    text = _bare(text)
    name, _, value = text.partition("=")
    at = len(name) + 1
    last_word = _WORD_OF_NAME.findall(name)[-1:]
    if not value:
        return []
    if value.lower() in TRUTHS or (last_word and last_word[0].lower().removesuffix("s") in VARYING_NAMES):
        return [(at, len(text))]
    return [(at + first, at + last) for first, last in _all_spans(value)]


def _route_spans(text: str) -> list[tuple[int, int]]:
    """Say what varies in `GET /orders/17?card=1`: the query, and segments that look like ids."""
    address = _STATUS_BEHIND.sub("", _bare(text))
    path, mark, query = address.partition("?")
    spans, at = [], 0
    for segment in path.split("/"):
        if at and is_id_segment(segment):
            spans.append((at, at + len(segment)))
        at += len(segment) + 1
    return [*spans, (len(path) + 1, len(address))] if mark and query else spans


def _named_spans(text: str) -> list[tuple[int, int]]:
    """Say what varies in `column "email"`: nothing of a name, the ids in one, all of anything else."""
    start = min(at for quote in _QUOTES if (at := text.find(quote)) >= 0) + 1
    name = text[start:-1]
    if not _NAME.fullmatch(name):
        return [(start, len(text) - 1)]
    spans = id_spans(name) if name.isascii() else []
    return [(start + first, start + last) for first, last in spans]


def _url_spans(text: str) -> list[tuple[int, int]]:
    """Say what varies in an address: who asks, ids in host and path, the query; all of the path where it is a key."""
    scheme, _, rest = _bare(text).partition("://")
    start = len(scheme) + 3
    host, slash, path = rest.partition("/")
    who, at_sign, _ = host.rpartition("@")
    spans = [(start, start + len(who))] if at_sign else []
    start += len(who) + len(at_sign)
    spans += [(start + first, start + last) for first, last in _endpoint_spans(host[len(who) + len(at_sign) :])]
    start += len(host) - len(who) - len(at_sign)
    path = slash + path
    if scheme in _STORES:
        return [*spans, (start + 1, start + len(path))] if len(path) > 1 else spans
    return spans + [(start + first, start + last) for first, last in _route_spans(path.partition("#")[0])]


def _endpoint_spans(text: str) -> list[tuple[int, int]]:
    """Say what varies in `host:port`: an IP address, ids in a name, and a port that was drawn for one connection."""
    host, _, port = text.partition(":")
    spans: list[tuple[int, int]] = []
    if host and not host.strip("0123456789.*/"):
        spans = [(0, len(host))]
    else:
        at = 0
        for label in host.split("."):
            if sum(character.isdecimal() for character in label) > 1 and label.isalnum() and len(label) >= LABEL_CHARS:
                spans.append((at, at + len(label)))
            elif not _REGION.fullmatch(label):
                spans += [(at + first, at + last) for first, last in id_spans(label)]
            at += len(label) + 1
    if port.isdecimal() and int(port) >= EPHEMERAL_PORT:
        spans = (
            [*spans[:-1], (spans[-1][0], len(text))]
            if spans and spans[-1][1] == len(host)
            else [
                *spans,
                (len(host) + 1, len(text)),
            ]
        )
    return spans


def _arn_spans(text: str) -> list[tuple[int, int]]:
    """Say what varies in an ARN: Region, account, and the ids in the resource's name."""
    spans, at = [], 0
    for number, part in enumerate(text.split(":")):
        if number in {3, 4} and part:
            spans.append((at, at + len(part)))
        elif number > 4:
            spans += [
                (at + found.start() + first, at + found.start() + last)
                for found in _WORD_OF_ARN.finditer(part)
                for first, last in id_spans(found[0])
            ]
        at += len(part) + 1
    return spans


def _bare(text: str) -> str:
    """Return a text without the end of the sentence and of the brackets that it stands in."""
    while text and (opening := _ENDS.get(text[-1])) is not None:
        if opening and text.count(opening) >= text.count(text[-1]):
            break
        text = text[:-1]
    return text


def _escaped(text: str) -> str:
    return text.replace("%", "%%")


_ENDS: Final = {")": "(", "]": "[", "}": "{", ">": "<"} | dict.fromkeys(".,:;!?", "")
"""What ends a bracket, and what opens it; what ends a sentence or a part of one."""

_SPANS: Final[Mapping[Lifts, Callable[[str], Iterable[tuple[int, int]]]]] = {
    Lifts.ALL: lambda text: ((0, len(_bare(text))),),
    Lifts.INSIDE: lambda text: ((2 if text[0] in "bru" else 1, len(text) - 1),),
    Lifts.ESCAPED: lambda text: ((2, len(text) - 2),),
    Lifts.VALUE: _value_spans,
    Lifts.IDS: id_spans,
    Lifts.NAMED: _named_spans,
    Lifts.ROUTE: _route_spans,
    Lifts.URL: _url_spans,
    Lifts.ENDPOINT: _endpoint_spans,
    Lifts.ARN: _arn_spans,
}


_COLOUR: Final = re.compile(r"\x1b?\[[0-9;]{1,20}m")
_QUERY: Final = re.compile(r"\?%s")
_REPEATED: Final = re.compile(r"([\w-]{0,40}%s)(?:(?:,\s*|;\s*|\s+)(?:and\s+|&\s+)?\1)+")
_BRACKETED: Final = re.compile(r"\[(?:%s)?\]")
_PARTICLE: Final = re.compile(r"(?<=%s)([\"'”’」』)\]]?)(?:" + "|".join(_PARTICLES) + r")(?=[\s,.!?]|$)")
_PLURAL: Final = re.compile(r"(%s\s(?:[a-z]+\s)?[a-z]{2,}[a-rt-z])s\b")


@remembered
def grouping_of(template: str) -> str:
    """Return the first line of a template that says something, without what does not make another statement of it.

    Colours, capitals, blanks, an end mark, plurals behind a number, the Korean particle that goes by the sound of the
    value before it, a query that is there or not, and how many values a list has.
    """
    text = _COLOUR.sub("", template)
    line = next((line for line in text.split("\n") if line.strip()), "")
    line = _REPEATED.sub(r"\1", _BRACKETED.sub("%s", _QUERY.sub("", line)))
    line = _PARTICLE.sub(r"\1", line)
    return _PLURAL.sub(r"\1", " ".join(line.lower().split())).rstrip(".!… ")


@remembered
def route_of_path(path: str) -> str:
    """Turn a path or an address into a route: host and query go, segments that look like ids become `{id}`."""
    bare = path.partition("?")[0].partition("#")[0].partition(";")[0]
    bare = _SCHEME.sub("", bare, count=1) if "://" in bare else bare
    if len(bare) > 1:
        bare = bare.rstrip("/") or "/"
    return "/".join("{id}" if is_id_segment(part) else part for part in bare.split("/"))[:ROUTE_LIMIT_CHARS]
