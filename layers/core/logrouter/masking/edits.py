"""What masking wants to replace: spans of one text with their replacement and the rule that asked for it."""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

SECRET = "***MASKED***"  # noqa: S105 - the mask, not a secret  # nosec B105
"""What stands where a secret stood."""

FAILED = "[logrouter: masking failed]"
"""What stands where a record stood that could not be masked; the raw text is never passed on."""


class Edit(NamedTuple):
    """Replace `text[start:end]` by `new`; `rule` is the id of the masking rule."""

    start: int
    end: int
    new: str
    rule: str


class Finding(NamedTuple):
    """What the rule of this id hit is `text[start:end]` of the text as it came; the text itself is never kept."""

    start: int
    end: int
    rule: str


def settle(edits: Iterable[Edit]) -> list[Edit]:
    """Sort edits and merge those that overlap: the longer one wins, a secret never becomes a partial mask."""
    found = sorted(edits)
    if len(found) < 2:
        return found
    if all([one.end <= other.start for one, other in pairwise(found)]):  # noqa: C419 - a list is faster here
        return found
    settled: list[Edit] = []
    for edit in sorted(found, key=lambda item: (item.start, -item.end, item.new != SECRET, item.rule)):
        last = settled[-1] if settled else None
        if last is None or edit.start >= last.end:
            settled.append(edit)
        elif edit.end > last.end or (edit.new == SECRET and last.new != SECRET):
            settled[-1] = Edit(last.start, max(last.end, edit.end), SECRET, last.rule)
    return settled


def apply(text: str, edits: Iterable[Edit]) -> str:
    """Return `text` with settled edits carried out."""
    parts: list[str] = []
    at = 0
    for edit in edits:
        parts += (text[at : edit.start], edit.new)
        at = edit.end
    parts.append(text[at:])
    return "".join(parts)


def source_span(edits: Iterable[Edit], start: int, end: int) -> tuple[int, int]:
    """Return the span in a text that became `[start:end]` after settled edits were carried out on it."""
    grown, first, last = 0, None, None
    for edit in edits:
        new_start = edit.start + grown
        new_end = new_start + len(edit.new)
        if first is None and start < new_end:
            first = start - grown if start < new_start else edit.start
        if last is None and end <= new_end:
            last = end - grown if end <= new_start else edit.end
        grown += len(edit.new) - (edit.end - edit.start)
    return start - grown if first is None else first, end - grown if last is None else last
