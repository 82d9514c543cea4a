"""The tree of the calls of one export, out of which the spans fall that are no calls."""

from collections.abc import Mapping, Sequence
from typing import Final

from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.shapes.otel.exports import Export, parents_in
from logrouter.stages.llm.shapes.otel.spans import Told

_HIGHEST: Final = 64
"""So many spans up a parent is looked for."""


def tree_of(found: Sequence[tuple[Told, Finding]], export: Export) -> list[Finding]:
    """Return the calls of an export, each under the next call above it; else under the span that the export names."""
    calls = {finding.span_id for told, finding in found if told.is_span}
    above = parents_in(export) if len(found) > 1 else {}
    for told, finding in found:
        if told.is_span and finding.parent_id:
            finding.parent_id = _next_call(finding.parent_id, calls, above)
    return [finding for _, finding in found]


def _next_call(parent: str, calls: set[str | None], above: Mapping[str, str]) -> str:
    for _ in range(_HIGHEST):
        if parent in calls or parent not in above:
            return parent
        parent = above[parent]
    return parent
