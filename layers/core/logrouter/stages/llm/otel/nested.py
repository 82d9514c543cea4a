"""The tree of the calls of one export: spans that are no calls fall out of it, a call that two spans tell of is one."""

from collections.abc import Mapping, Sequence
from typing import Final

from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.otel.exports import Export, parents_in
from logrouter.stages.llm.otel.spans import Told

_OF_CALLS: Final = frozenset({"generation", "embedding"})
_HIGHEST: Final = 64
"""So many spans up a parent is looked for."""


def tree_of(found: Sequence[tuple[Told, Finding]], export: Export) -> list[Finding]:
    """Return the calls of an export, each under the next call above it.

    The client of a provider and the instrumentation around it both tell of a call: the outer span is kept, with what
    only the inner one says.
    """
    calls = {(finding.trace_id, finding.span_id): finding for told, finding in found if told.is_span}
    above = parents_in(export) if len(found) > 1 else {}
    taken: dict[int, Finding] = {}
    for told, finding in found:
        if told.is_span and finding.parent_id:
            finding.parent_id = _next_call(finding, calls, above)
            outer = calls.get((finding.trace_id, finding.parent_id))
            if outer is not None and is_twin(finding, outer):
                taken[id(finding)] = outer
    for told, finding in found:
        outer = taken.get(id(finding))
        if outer is not None:
            add_to(outer, finding)
        elif told.is_span and (around := calls.get((finding.trace_id, finding.parent_id))) is not None:
            while id(around) in taken:
                around = taken[id(around)]
            finding.parent_id = around.span_id
    return [finding for _, finding in found if id(finding) not in taken]


def is_twin(inner: Finding, outer: Finding) -> bool:
    """Whether a span inside another tells of the same call of a model."""
    if inner.kind != outer.kind or inner.kind not in _OF_CALLS or inner is outer:
        return False
    if inner.call_id and outer.call_id:
        return inner.call_id == outer.call_id
    return inner.usage == outer.usage and (bool(inner.usage) or (inner.error is not None and outer.error is not None))


def add_to(outer: Finding, inner: Finding) -> None:
    """Fill what the outer span leaves open; the finer division of the same tokens is kept."""
    for name in ("call_id", "input", "output", "first_token_ms", "first_token_after_ms", "service_tier", "region"):
        if getattr(outer, name) is None:
            setattr(outer, name, getattr(inner, name))
    if inner.usage.get("total") == outer.usage.get("total") and len(inner.usage) >= len(outer.usage):
        outer.usage = inner.usage
    outer.cost = outer.cost or inner.cost


def _next_call(
    finding: Finding, calls: Mapping[tuple[str | None, str | None], Finding], above: Mapping[str, str]
) -> str | None:
    """Return the id of the next call above, else of the last span that the export names."""
    parent = finding.parent_id
    for _ in range(_HIGHEST):
        if parent is None or (finding.trace_id, parent) in calls or parent not in above:
            return parent
        parent = above[parent]
    return parent
