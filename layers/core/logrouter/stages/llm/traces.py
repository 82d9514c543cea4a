"""Make traces of the calls of one payload: whose they are, what they are called, and which of them are roots.

Langfuse reads user, session and trace name from each observation, and lists what has no parent or is marked. CloudWatch
sends a payload again as it was, so that what calls learn from each other here is the same on every resend.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from logrouter.model import LlmCall
from logrouter.policy.log_groups import service_of


def as_traces(calls: Sequence[LlmCall]) -> list[LlmCall]:
    """Return the calls of one payload as they go out, in their order."""
    return with_roots(with_shared(calls))


def with_shared(calls: Sequence[LlmCall]) -> list[LlmCall]:
    """Return calls with user, session, environment and name of their trace, where only some of its calls say them.

    What two calls of a trace say differently is shared with none. The name is that of the first call that says more
    than its service. The environment may choose the route, and a trace belongs into one project.
    """
    traces: dict[str, list[LlmCall]] = {}
    for call in calls:
        traces.setdefault(call.trace_id, []).append(call)
    shared = {trace_id: _Shared.by(members) for trace_id, members in traces.items() if len(members) > 1}
    return [shared[call.trace_id].with_it(call) if call.trace_id in shared else call for call in calls]


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


@dataclass(frozen=True, slots=True)
class _Shared:
    user: str | None
    session: str | None
    environment: str | None
    name: str | None

    @classmethod
    def by(cls, calls: Sequence[LlmCall]) -> "_Shared":
        """Return what some calls of a trace say and none says otherwise."""
        telling = [call for call in calls if call.trace_name not in _places(call)]
        first = min(telling, key=lambda call: (call.start_ms, call.observation_id)) if telling else None
        return cls(
            _only(call.user_id for call in calls),
            _only(call.session_id for call in calls),
            _only(call.record.environment for call in calls),
            first.trace_name if first else None,
        )

    def with_it(self, call: LlmCall) -> LlmCall:
        """Return a call with what it does not say itself; all calls of a trace have one name."""
        environment = call.record.environment or self.environment
        is_placed = environment == call.record.environment
        return replace(
            call,
            record=call.record if is_placed else replace(call.record, environment=environment),
            user_id=call.user_id or self.user,
            session_id=call.session_id or self.session,
            trace_name=self.name or call.trace_name,
        )


def _only(values: Iterable[str | None]) -> str | None:
    said = {value for value in values if value}
    return said.pop() if len(said) == 1 else None


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
