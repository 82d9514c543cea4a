"""Finds which raw log events name which ids: one pass for all ids, without parsing. What it finds is only a candidate.

A long id (a UUID, a trace id, a ULID) is found wherever it stands. A short one (`req-7`, `42`: counters of a process)
stands in texts for a hundred other reasons, so it counts only as the value behind a name that ends with `id`.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

LONG_CHARS: Final = 16
"""From so many characters on an id is one of its kind in the world; below, one of a process. pino-http and Fastify
count requests from 1, API Gateway's and CloudFront's ids have 16 and 56 characters, UUIDs 36."""

LIMIT_CHARS: Final = 200
"""A longer text is no id."""

_TOGETHER: Final = 500
"""Ids looked for in one pass: a matcher for so many is made in 2 ms and reads 200 MB/s (2026-11-20)."""

_ENDS_CHARS: Final = 12
"""Of a long id its end is looked for, and then the whole: shorter patterns are matched faster, and ends differ where
beginnings are a time."""

_NEIGHBOURS: Final = 32
"""Log events looked at in one call: most name none of the ids."""

_MEMORY_BYTES: Final = 64 << 20

_NOBODY: Final = re.compile(
    r"(?:-|none|null|nil|undefined|unknown|n/?a|empty|anonymous|system|[0x-]+)?", re.IGNORECASE | re.ASCII
)
"""What loggers write where there is no request."""

type _Match = Callable[[str], Collection[int]]
"""Text to the numbers of the patterns found in it."""


def is_somebody(id_: str) -> bool:
    """Tell whether an id names a request, rather than that there is none."""
    return len(id_) <= LIMIT_CHARS and id_.isprintable() and _NOBODY.fullmatch(id_) is None


def is_long(id_: str) -> bool:
    """Tell whether an id is one of its kind beyond the process that made it."""
    return len(id_) >= LONG_CHARS


class Sights:
    """Looks for some ids in any number of texts; made once, because making it costs as much as reading 1 MB."""

    def __init__(self, ids: Collection[str]) -> None:
        long, short = sorted(filter(is_long, ids)), sorted(id_ for id_ in ids if not is_long(id_))
        self._parts = [(some, _matcher([_pattern(id_) for id_ in some])) for some in _parted(short)]
        self._parts += [(some, _matcher_of_ends([id_[-_ENDS_CHARS:] for id_ in some])) for some in _parted(long)]

    def places(self, texts: Sequence[str]) -> dict[str, list[int]]:
        """Return for each id the places of the texts that seem to name it, ascending; without ids nobody names."""
        found: dict[str, list[int]] = {}
        for start in range(0, len(texts), _NEIGHBOURS):
            neighbours = texts[start : start + _NEIGHBOURS]
            joined = "\n".join(neighbours)
            for ids, match in self._parts:
                for id_ in [ids[number] for number in match(joined)]:
                    places = [place for place, text in enumerate(neighbours, start) if _names(text, id_)]
                    if places:
                        found.setdefault(id_, []).extend(places)
        return found


def _parted(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), _TOGETHER):
        yield ids[start : start + _TOGETHER]


def _names(text: str, id_: str) -> bool:
    return id_ in text if is_long(id_) else re.search(_pattern(id_), text, re.ASCII | re.MULTILINE) is not None


def _pattern(id_: str) -> str:
    """Return an RE2 pattern; none sees a line end as less than the end of a text, so joined texts match as well."""
    if is_long(id_):
        return re.escape(id_[-_ENDS_CHARS:])
    return rf"[iI][dD][\"']?[ \t]*[:=][ \t]*[\"']?{re.escape(id_)}(?:[^\w-]|$)"


def _matcher_of_ends(ends: Sequence[str]) -> _Match:
    """Return what finds ends of ids, overlapping or not; half as slow as a set, which remembers all that it found."""
    numbers: dict[bytes, list[int]] = {}
    for number, end in enumerate(ends):
        numbers.setdefault(end.encode("utf-8", "surrogatepass"), []).append(number)
    try:
        import re2  # noqa: PLC0415 - a library that only the forwarding functions carry
    except ImportError:
        return _matcher([re.escape(end) for end in ends])
    pattern = re2.compile(b"|".join([re2.escape(end) for end in numbers]))

    def match(text: str) -> Collection[int]:
        encoded, at = text.encode("utf-8", "surrogatepass"), 0
        found: set[int] = set()
        while hit := pattern.search(encoded, at):
            found.update(numbers[hit[0]])
            at = hit.start() + 1
        return found

    return match


def _matcher(patterns: Sequence[str]) -> _Match:
    def match_slowly(text: str) -> Collection[int]:
        return [number for number, pattern in enumerate(patterns) if re.search(pattern, text, re.ASCII | re.MULTILINE)]

    try:
        import re2  # noqa: PLC0415 - a library that only the forwarding functions carry
    except ImportError:
        return match_slowly
    options = re2.Options()
    options.max_mem = _MEMORY_BYTES
    together = re2.Set.SearchSet(options)
    for pattern in patterns:
        together.Add(pattern)
    together.Compile()

    def match(text: str) -> Collection[int]:
        try:
            return together.Match(text) or ()
        except UnicodeEncodeError:  # a lone surrogate has no UTF-8 form
            return match_slowly(text)

    return match
