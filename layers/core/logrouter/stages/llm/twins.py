"""Find the calls of a payload that telemetry tells of twice, and make one of both; Langfuse would count each.

An instrumentation wraps a client that writes a span of its own: Strands around botocore's, OpenTelemetry's around that
of Anthropic's client, OpenLLMetry's beside it. And one call is told by a span and by an event. The outer span is kept,
with what only the other one says.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from logrouter.model import LlmCall

_OF_MODELS: Final = frozenset({"generation", "embedding"})
_SHAPE: Final = "otel"
_CLIENT: Final = "client_span"
_EVENT: Final = "told_by_event"
_WHEN_OVER: Final = "told_when_over"
_MOST_STREAMS: Final = 100
"""So many streams of a payload are compared with so many spans of clients."""

_TOLERANCE_MS: Final = 50
"""The clocks of two spans of one process are the same, the moments at which they are read are not."""

_HIGHEST: Final = 16
"""So many spans one within the other are looked at."""


def without_twins(calls: Sequence[LlmCall]) -> tuple[list[LlmCall], list[LlmCall]]:
    """Return the calls of one payload, each once, and those that another one of them tells of.

    Where both came in one record, its lines are counted for the one that is kept.
    """
    told = [place for place, call in enumerate(calls) if call.metadata.get("shape") == _SHAPE]
    outer_of: dict[int, int] = {}
    for outer, inner in (*_nested(calls, told), *_same(calls, told), *_over(calls, told)):
        if inner not in outer_of and _outermost(outer, outer_of) != inner:
            outer_of[inner] = outer
    if not outer_of:
        return list(calls), []
    whole, twins = list(calls), list[LlmCall]()
    for inner in outer_of:
        outer, twin = _outermost(inner, outer_of), calls[inner]
        if twin.record is whole[outer].record or twin.record.event_id == whole[outer].record.event_id:
            whole[outer], twin = _counted_for(whole[outer], twin)
        whole[outer] = _with(whole[outer], calls[inner])
        twins.append(twin)
    renamed = {_key(calls[inner]): whole[_outermost(inner, outer_of)].observation_id for inner in outer_of}
    return [_under(call, renamed) for place, call in enumerate(whole) if place not in outer_of], twins


def _same(calls: Sequence[LlmCall], told: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield places of what has one id, or one id of the provider's: the longest one, and each other one."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for place in told:
        call = calls[place]
        groups.setdefault(_key(call), []).append(place)
        call_id = call.metadata.get("call_id")
        if isinstance(call_id, str) and call.kind in _OF_MODELS:
            groups.setdefault((call.trace_id, call.kind, call_id), []).append(place)
    spans = {_call_key(calls[place]): place for place in told if _EVENT not in calls[place].metadata}
    for place in told:
        span = spans.get(_call_key(calls[place])) if _EVENT in calls[place].metadata else None
        if span is not None and _is_within(calls[place], calls[span]):
            yield span, place  # an event outside of every span: the id of the answer is all that both have
    for places in groups.values():
        outer = max(places, key=lambda place: _weight(calls[place]))
        yield from ((outer, place) for place in places if place != outer and _is_within(calls[place], calls[outer]))


def _nested(calls: Sequence[LlmCall], told: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield places of spans within spans, and beside them, that tell of the same use of a model."""
    by_key = {_key(calls[place]): place for place in told if calls[place].kind in _OF_MODELS}
    failed: dict[tuple[str, str | None], list[int]] = {}
    inside = Counter((calls[place].trace_id, _parent(calls[place])) for place in by_key.values())
    for place in by_key.values():
        call = calls[place]
        outer = by_key.get((call.trace_id, _parent(call) or ""))
        is_alone = inside[call.trace_id, _parent(call)] == 1
        if outer is not None and _is_same_use(call, calls[outer], is_alone=is_alone):
            yield outer, place
        elif call.error is not None and not call.usage:
            failed.setdefault((call.trace_id, _parent(call)), []).append(place)
    for places in failed.values():
        clients = [place for place in places if _CLIENT in calls[place].metadata]
        others = [place for place in places if place not in clients] if clients else []
        for inner in clients:
            outer = next((place for place in others if _is_within(calls[inner], calls[place])), None)
            if outer is not None:
                others.remove(outer)
                yield outer, inner


def _over(calls: Sequence[LlmCall], told: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield places of streams that Logfire tells of when they are over, in a trace of their own, and of the client."""
    streams = [place for place in told if _WHEN_OVER in calls[place].metadata]
    clients = [place for place in told if _CLIENT in calls[place].metadata] if streams else []
    for outer in streams[:_MOST_STREAMS]:
        stream = calls[outer]
        for inner in clients[:_MOST_STREAMS]:
            client = calls[inner]
            ended_together = abs(client.end_ms - stream.end_ms) <= _TOLERANCE_MS
            if (
                ended_together
                and client.model == stream.model
                and client.usage.get("total") == stream.usage.get("total")
            ):
                clients.remove(inner)
                yield outer, inner
                break


def _call_key(call: LlmCall) -> tuple[str, str]:
    """Kind and the provider's id of the answer; the observation's own where there is none."""
    return call.kind, str(call.metadata.get("call_id") or call.observation_id)


def _key(call: LlmCall) -> tuple[str, str]:
    return call.trace_id, call.observation_id


def _parent(call: LlmCall) -> str | None:
    """Return the span above, also where the policy makes every call a root."""
    named = call.parent_id or call.metadata.get("parent_span_id")
    return named if isinstance(named, str) else None  # a record may bring metadata of that name, of any form


def _weight(call: LlmCall) -> tuple[bool, int, bool]:
    """A span around a client's own, else the longer one (an event has no length), else the one with content."""
    return _CLIENT not in call.metadata, call.end_ms - call.start_ms, call.input is not None


def _is_within(inner: LlmCall, outer: LlmCall) -> bool:
    return inner.start_ms >= outer.start_ms - _TOLERANCE_MS and inner.end_ms <= outer.end_ms + _TOLERANCE_MS


def _is_same_use(inner: LlmCall, outer: LlmCall, *, is_alone: bool) -> bool:
    """Whether both tell of one use; an outer span without counts of its own is that of the only use inside it."""
    if inner.kind != outer.kind or not _is_within(inner, outer):
        return False
    ids = inner.metadata.get("call_id"), outer.metadata.get("call_id")
    used = inner.usage.get("total", 0), outer.usage.get("total", 0)
    if all(ids):
        return ids[0] == ids[1]
    if not used[1]:
        return is_alone and (inner.error is None) == (outer.error is None)
    return used[0] == used[1]


def _outermost(place: int, outer_of: Mapping[int, int]) -> int:
    for _ in range(_HIGHEST):
        if place not in outer_of:
            break
        place = outer_of[place]
    return place


def _counted_for(kept: LlmCall, twin: LlmCall) -> tuple[LlmCall, LlmCall]:
    """Count the lines of a record for the call that is kept of it."""
    first, second = sorted((kept.position, twin.position))
    return replace(kept, position=first), replace(twin, position=second)


def _with(outer: LlmCall, inner: LlmCall) -> LlmCall:
    """Fill what the outer span leaves open; of two divisions of the same tokens the finer one counts, with its cost."""
    said = {
        name: value
        for name in ("provider", "first_token_ms", "input", "output", "service_tier", "region", "user_id", "session_id")
        if getattr(outer, name) is None and (value := getattr(inner, name)) is not None
    }
    beside = {name: value for name, value in inner.metadata.items() if name not in {_CLIENT, _EVENT}}
    whole = replace(outer, metadata={**beside, **outer.metadata}, **said)
    if len(inner.usage) <= len(outer.usage):
        return whole
    priced = outer if outer.cost_source == "record" else inner
    return replace(whole, usage=inner.usage, cost=priced.cost, cost_source=priced.cost_source, noticed=priced.noticed)


def _under(call: LlmCall, renamed: Mapping[tuple[str, str], str]) -> LlmCall:
    """Put a call that stood under a twin under the span that is kept."""
    parent = renamed.get((call.trace_id, call.parent_id or ""))
    return replace(call, parent_id=parent) if parent is not None and parent != call.observation_id else call
