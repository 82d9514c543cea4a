"""Tell which calls of a payload have to count as roots of their trace, because their parent is not sent with them.

Langfuse lists what has no parent or is marked. Without the mark a call whose parent never arrives is stored and counted
and never listed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from logrouter.model import LlmCall


def with_roots(calls: Sequence[LlmCall]) -> list[LlmCall]:
    """Return the calls of one payload, marked as roots where their parent is not among them, or where parents go round.

    CloudWatch sends the same payload again as it was, so that the mark is the same on every resend.
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
