"""Make traces of the calls of one payload: whose they are, what they are called, and which of them are roots.

Langfuse reads user, session and trace name from each observation, and lists what has no parent or is marked. CloudWatch
sends a payload again as it was, so that what calls learn from each other here is the same on every resend.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from logrouter.model import LlmCall
from logrouter.policy.log_groups import service_of


def as_traces(calls: Sequence[LlmCall]) -> list[LlmCall]:
    """Return the calls of one payload as they go out, in their order."""
    return with_roots(with_shared(calls))


def with_shared(calls: Sequence[LlmCall]) -> list[LlmCall]:
    """Return calls with the user, the session and the name of their trace, where only some of its calls say them.

    A trace of two users or sessions shares neither. The name is that of the first call that says more than its service.
    """
    traces: dict[str, list[LlmCall]] = {}
    for call in calls:
        traces.setdefault(call.trace_id, []).append(call)
    shared = {trace_id: _shared(members) for trace_id, members in traces.items() if len(members) > 1}
    return [_sharing(call, shared[call.trace_id]) if call.trace_id in shared else call for call in calls]


def with_roots(calls: Sequence[LlmCall]) -> list[LlmCall]:
    """Return calls marked as roots where their parent is not among them, or where parents go round.

    Without the mark a call whose parent never arrives would be stored and counted and never listed.
    """
    parents = {_own(call): (call.trace_id, call.parent_id) for call in calls if call.parent_id}
    sent = {_own(call) for call in calls}
    rounds = _rounds(parents)
    return [
        replace(call, is_app_root=True)
        if call.parent_id and ((call.trace_id, call.parent_id) not in sent or _own(call) in rounds)
        else call
        for call in calls
    ]


def _shared(calls: Sequence[LlmCall]) -> tuple[str | None, str | None, str | None]:
    users = {call.user_id for call in calls if call.user_id}
    sessions = {call.session_id for call in calls if call.session_id}
    telling = [call for call in calls if call.trace_name not in _places(call)]
    first = min(telling, key=lambda call: (call.start_ms, call.observation_id)) if telling else None
    return (
        users.pop() if len(users) == 1 else None,
        sessions.pop() if len(sessions) == 1 else None,
        first.trace_name if first else None,
    )


def _sharing(call: LlmCall, shared: tuple[str | None, str | None, str | None]) -> LlmCall:
    user, session, name = shared
    told = (call.user_id or user, call.session_id or session, name or call.trace_name)
    if told == (call.user_id, call.session_id, call.trace_name):
        return call
    return replace(call, user_id=told[0], session_id=told[1], trace_name=told[2])


def _places(call: LlmCall) -> tuple[str | None, ...]:
    """Names that only say where a call was logged."""
    return None, call.record.service, service_of(call.record.origin.log_group)


def _own(call: LlmCall) -> tuple[str, str]:
    return call.trace_id, call.observation_id


def _rounds[Key](parents: Mapping[Key, Key]) -> set[Key]:
    """Return those that are their own ancestors; each is looked at once."""
    looked_at: set[Key] = set()
    found: set[Key] = set()
    for start in parents:
        way: dict[Key, int] = {}
        place = start
        while place in parents and place not in looked_at:
            looked_at.add(place)
            way[place] = len(way)
            place = parents[place]
        if place in way:
            found.update(key for key, step in way.items() if step >= way[place])
    return found
