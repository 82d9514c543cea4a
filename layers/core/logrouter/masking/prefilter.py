"""The prefilter: which rules could have something to say about a text? One pass of a RE2 set over the raw text.

Its patterns are supersets of the rules. Most log lines open no gate and go on unread. Without google-re2 the same
gates run on `re`, slower, with the same answers.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any

MAX_MEM_BYTES = 64 << 20
"""RE2's budget for automata; a set that needs more falls back to a slow engine, which a test would notice."""

LEFT_EDGE = r"(?:^|[^0-9A-Za-z]|\\[nrtbf]|\\u[0-9a-fA-F]{4})"
"""What may stand in front of a token: the edge of a word, an escape in raw JSON."""


class Prefilter:
    """A set of named gates.

    Args:
        gates: (name, pattern) in a syntax that RE2 and `re` share; a name may have several patterns.
        engine: `re2` or `re`; by default RE2 where it is installed.
    """

    def __init__(self, gates: Sequence[tuple[str, str]], engine: str | None = None) -> None:
        self._names = [name for name, _ in gates]
        self._all = frozenset(self._names)
        self._combinations: dict[tuple[int, ...], frozenset[str]] = {}
        self._set = _re2_set([pattern for _, pattern in gates]) if engine != "re" else None
        self._patterns = [] if self._set else [re.compile(pattern, re.ASCII) for _, pattern in gates]
        self.engine = "re2" if self._set else "re"

    def open_gates(self, text: str) -> frozenset[str]:
        """Return the names of the gates that `text` opens; all of them when the text cannot be encoded."""
        if self._set is None:
            hits = tuple(at for at, pattern in enumerate(self._patterns) if pattern.search(text))
        else:
            try:
                hits = tuple(self._set.Match(text) or ())
            except UnicodeError:
                return self._all
        if not hits:
            return frozenset()
        known = self._combinations.get(hits)
        if known is None:
            known = frozenset(self._names[at] for at in hits)
            if len(self._combinations) > 4096:
                self._combinations.clear()
            self._combinations[hits] = known
        return known


def _re2_set(patterns: Iterable[str]) -> Any:
    try:
        import re2  # noqa: PLC0415 - the wheel may be missing; the `re` engine answers alike
    except ImportError:
        return None
    options = re2.Options()
    options.max_mem = MAX_MEM_BYTES
    options.never_capture = True
    options.log_errors = False
    compiled = re2.Set.SearchSet(options)
    for pattern in patterns:
        compiled.Add(pattern)
    compiled.Compile()
    return compiled
