"""The prefilter: which rules could have something to say about a text? One pass of a RE2 set over the raw text.

Its patterns are supersets of the rules. Most log lines open no gate and go on unread. Without google-re2 the same
gates run on `re`, slower, with the same answers.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from logrouter.errors import PolicyError
from logrouter.masking.linear import re2_module, re2_options

COMBINATIONS_LIMIT = 4096
"""Sets of open gates that are remembered; logs show a few dozen."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_NO_GATES: frozenset[str] = frozenset()

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
        self._combinations: dict[tuple[int, ...], frozenset[str]] = {}
        compiled = _re2_set([pattern for _, pattern in gates]) if engine != "re" else None
        self._patterns = [] if compiled else [re.compile(pattern, re.ASCII) for _, pattern in gates]
        self._match: Callable[[bytes], Sequence[int] | None] = compiled.Match if compiled else self._match_by_re
        self.engine = "re2" if compiled else "re"

    def open_gates(self, text: str) -> frozenset[str]:
        """Return the names of the gates that `text` opens; a lone surrogate reads as a mark that no rule knows."""
        try:
            encoded = text.encode()
        except UnicodeError:
            encoded = _SURROGATE.sub("\ufffd", text).encode()
        hits = self._match(encoded)
        if not hits:
            return _NO_GATES
        combination = tuple(hits)
        known = self._combinations.get(combination)
        if known is None:
            if len(self._combinations) >= COMBINATIONS_LIMIT:
                self._combinations.clear()
            known = self._combinations[combination] = frozenset(self._names[at] for at in combination)
        return known

    def _match_by_re(self, encoded: bytes) -> list[int]:
        text = encoded.decode()
        return [at for at, pattern in enumerate(self._patterns) if pattern.search(text)]


def _re2_set(patterns: Iterable[str]) -> Any:
    re2 = re2_module()
    if re2 is None:
        return None
    compiled = re2.Set.SearchSet(re2_options(re2))
    for pattern in patterns:
        compiled.Add(pattern)
    try:
        compiled.Compile()
    except re2.error:
        raise PolicyError(
            "masking.rules", "all together are too large for one automaton: fewer keys, shorter patterns"
        ) from None
    return compiled
