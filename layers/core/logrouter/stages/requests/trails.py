"""Finds what led to each issue: the earlier log events of its request, masked and parsed, as its breadcrumbs.

Most of them were refused by `select`, because they are no errors. So they are looked for in the raw payload, and only
those that seem to name the request are masked and read; what they say then decides. Pure: what came before this event
is asked of a `History`.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final, NamedTuple

from logrouter.model import Batch, Json, LogEvent, MaskedEvent, MaskedText, Origin, Record, Tally
from logrouter.policy.log_groups import OWN_KIND
from logrouter.stages.mask import MaskText
from logrouter.stages.parse import parse
from logrouter.stages.prepare import KindOf, Prepared
from logrouter.stages.requests.history import History, LookBack
from logrouter.stages.requests.payloads import MASKED_LIMIT, Reader, Source, is_telling
from logrouter.stages.requests.request_context import Invocation, Invocations
from logrouter.stages.requests.sightings import Sights, is_long, is_somebody

BREADCRUMBS_LIMIT: Final = 20
"""Earlier records of the same request that an issue carries along, where the policy does not say."""

BREADCRUMBED_LIMIT: Final = 50
"""Issues of one request that get breadcrumbs; in a storm their thousands would carry each other twenty times over."""

LEAST_MASKED: Final = 4
"""What each of very many issues may have masked, as long as there is any left."""

TRIES: Final = 3
"""So many candidates an issue looks at for each breadcrumb it may have."""

SCANNED_EVENTS: Final = 50_000
"""Log events of one payload that are looked through, the latest before its last issue; 1 MB of gzip holds 10,000."""


class _Request(NamedTuple):
    """What holds log events together: an id as it was written, raw, and where it means the same.

    Args:
        field: `request_id`; `trace_id` of issues that name no request.
        stream: log group and stream of an id that one process counts by; None for one that is unique.
    """

    field: str
    id: str
    account: str
    stream: tuple[str, str] | None

    def is_known_in(self, origin: Origin) -> bool:
        """Tell whether the id means the same request there."""
        return origin.account == self.account and self.stream in {None, (origin.log_group, origin.log_stream)}


class _Candidate(NamedTuple):
    """A log event that may have led to an issue; `belongs` when its place alone says that it is the request's."""

    at_ms: int
    number: int
    source: Source
    place: int
    belongs: bool


class _Crumb(NamedTuple):
    """A breadcrumb, and what puts it in order."""

    at_ms: int
    number: int
    place: int
    record: Record


class Trails:
    """Looks for the breadcrumbs of the issues of one Lambda event.

    Args:
        records: all that was prepared of it; they are not masked again.
        payloads: of the event, in order; a Kinesis event has many.
        section: `errors.breadcrumbs` of the policy.
        kind_of: the policy's view of a log group: logrouter's own are left alone.
        tally: gets which masking rules hit.
        invocations: of Lambda functions in those payloads.
        history: asked for what came before this event.
        left_s: how many seconds the invocation may yet spend before it has to end.
    """

    def __init__(
        self,
        records: Sequence[Prepared],
        payloads: Sequence[Batch],
        *,
        section: Mapping[str, Json],
        kind_of: KindOf,
        mask_text: MaskText,
        tally: Tally,
        invocations: Invocations,
        history: History,
        left_s: Callable[[], float],
    ) -> None:
        self._limit = int(section.get("limit", BREADCRUMBS_LIMIT))
        self._look_back = LookBack(section.get("look_back", {}), history, left_s)
        self._reader = Reader(mask_text, tally)
        self._invocations = invocations
        self._sources: list[Source] = []
        self._numbers: dict[int, int] = {}
        self._where: dict[str, list[int]] = {}
        self._asked: dict[str, Source] = {}
        self._add_sources(records, payloads, kind_of)

    def before(self, issues: Sequence[Prepared]) -> list[tuple[Record, ...]]:
        """Return for each issue the records of its request that came before it and are not younger, oldest first.

        At most the policy's `limit` for an issue, and none for more than `BREADCRUMBED_LIMIT` issues of one request.
        """
        requests = [self._request_of(one) if self._limit else None for one in issues]
        if not any(requests):
            return [()] * len(issues)
        self._scan(issues, [request for request in requests if request])
        share = max(LEAST_MASKED, MASKED_LIMIT // len(issues))
        used: Counter[_Request] = Counter()
        trails = []
        for one, request in zip(issues, requests, strict=True):
            trail: tuple[Record, ...] = ()
            if request and used[request] < BREADCRUMBED_LIMIT:
                self._reader.allowed = min(share, TRIES * self._limit)
                trail = self._trail(one, request)
                used[request] += bool(trail)
            trails.append(trail)
        return trails

    def _trail(self, one: Prepared, request: _Request) -> tuple[Record, ...]:
        invocation = self._invocations.of(one, request.id) if request.field == "request_id" else None
        candidates = self._candidates(one, request, invocation)
        found = list(islice(self._confirmed(one, request, candidates), self._limit))
        if len(found) < self._limit:
            found += self._earlier(one, request, invocation)
        found.sort(key=lambda crumb: crumb[:3])
        return tuple(crumb.record for crumb in found[-self._limit :])

    def _candidates(self, one: Prepared, request: _Request, invocation: Invocation | None) -> list[_Candidate]:
        """Return the log events that may be of a request and stand before an issue, the latest first."""
        own = self._numbers[id(one.payload)]
        at_ms, tries = one.events[one.place].timestamp_ms, TRIES * self._limit
        places: dict[tuple[int, int], bool] = {}
        for number in self._where.get(request.id, ()):
            source = self._sources[number]
            named = source.places[request.id]
            if number == own:
                named = named[: bisect_left(named, one.place)]
            elif request.is_known_in(source.origin):
                named = [place for place in named if source.events[place].timestamp_ms <= at_ms]
            else:
                continue
            places |= {(number, place): False for place in named[-tries:]}
        if invocation is not None:
            end = min(invocation.end, one.place)
            places |= {(own, place): True for place in range(max(invocation.first, end - tries), end)}
        found = []
        for (number, place), belongs in places.items():
            source = self._sources[number]
            found.append(_Candidate(source.events[place].timestamp_ms, number, source, place, belongs))
        return sorted(found, key=lambda each: (each.at_ms, each.number, each.place), reverse=True)[:tries]

    def _earlier(self, one: Prepared, request: _Request, invocation: Invocation | None) -> list[_Crumb]:
        """Return what a history knows of the request from before this event."""
        if getattr(one.record, request.field) != request.id:  # a question must not name what masking hides
            return []
        at_ms = one.events[one.place].timestamp_ms
        events, belongs = self._look_back.ask(one.origin, request.id, invocation, one.events, at_ms)
        if not events:
            return []
        if request.id not in self._asked:
            known = {event.id for event in one.events}
            new = [event for event in events if event.id not in known]
            self._asked[request.id] = Source(one.origin, new, one.record.origin)
        source = self._asked[request.id]
        candidates = (
            _Candidate(event.timestamp_ms, -1, source, place, place >= belongs)
            for place, event in reversed(list(enumerate(source.events)))
        )
        return list(islice(self._confirmed(one, request, candidates), self._limit))

    def _confirmed(self, one: Prepared, request: _Request, candidates: Iterable[_Candidate]) -> Iterator[_Crumb]:
        """Read candidate after candidate, and yield those that are of the request and not younger than the issue."""
        for _, number, source, place, belongs in candidates:
            record = self._reader.read(source, place)
            if record is None or record.timestamp_ms > one.record.timestamp_ms:
                continue
            if self._is_of(request, record, source.events[place], belongs=belongs):
                yield _Crumb(record.timestamp_ms, number, place, record)

    def _is_of(self, request: _Request, record: Record, event: LogEvent, *, belongs: bool) -> bool:
        """Tell whether a record says that it is of a request, or says of none and stands where all are of it."""
        own, outer = written(record, event, request.field), record.attributes.get("outer_request_id")
        return request.id in {own, str(outer)} or (belongs and own is None and outer is None)

    def _request_of(self, one: Prepared) -> _Request | None:
        """Return what holds an issue and its breadcrumbs together, None when it names neither request nor trace."""
        event, invocation = one.events[one.place], self._invocations.at(one)
        id_, name = written(one.record, event, "request_id"), "request_id"
        if id_ is None and one.record.request_id and invocation:
            id_ = invocation.request_id
        if id_ is None and one.record.trace_id:
            id_, name = written(one.record, event, "trace_id"), "trace_id"
            id_ = id_ if id_ and is_long(id_) else None
        if id_ is None or not is_somebody(id_):
            return None
        origin = one.origin
        return _Request(name, id_, origin.account, None if is_long(id_) else (origin.log_group, origin.log_stream))

    def _add_sources(self, records: Sequence[Prepared], payloads: Sequence[Batch], kind_of: KindOf) -> None:
        """Take every payload once, those that were not kept first; the records of a payload are breadcrumbs already."""
        kept = {id(payload) for payload in payloads}
        prepared: dict[int, list[Prepared]] = {}
        for one in records:
            prepared.setdefault(id(one.payload), []).append(one)
        gone = {id(one.payload): one.payload for one in records if id(one.payload) not in kept}
        for payload in (*gone.values(), *payloads):
            ours = prepared.get(id(payload), [])
            if not payload.events or (not ours and kind_of(payload.origin.log_group) is OWN_KIND):
                continue
            self._numbers[id(payload)] = len(self._sources)
            events = ours[0].events if ours else payload.events
            source = Source(payload.origin, events, ours[0].record.origin if ours else None)
            source.read = {one.place: one.record for one in ours if is_telling(events[one.place])}
            self._sources.append(source)

    def _scan(self, issues: Sequence[Prepared], requests: Sequence[_Request]) -> None:
        """Note where each payload seems to name the requests, all of them in one pass."""
        is_alone = len(self._sources) == 1
        last = max(one.place for one in issues)
        ids: dict[tuple[str, tuple[str, str] | None], set[str]] = {}
        for request in requests:
            ids.setdefault((request.account, request.stream), set()).add(request.id)
        sights = {scope: Sights(some) for scope, some in ids.items()}
        for number, source in enumerate(self._sources):
            events = source.events[:last] if is_alone else source.events
            first = max(0, len(events) - SCANNED_EVENTS)
            texts = [event.message for event in events[first:]]
            account, stream = source.origin.account, (source.origin.log_group, source.origin.log_stream)
            for scope in ((account, None), (account, stream)):
                found = sights[scope].places(texts) if scope in sights else {}
                for id_, places in found.items():
                    source.places[id_] = [first + place for place in places]
                    self._where.setdefault(id_, []).append(number)


def written(record: Record, event: LogEvent, name: str) -> str | None:
    """Return an id as a log event wrote it, which is not how the record shows it where masking touches ids.

    It is for comparing and finding within this event only, and never for showing.
    """
    shown: str | None = getattr(record, name)
    if shown is None or shown in event.message:
        return shown
    unmasked = MaskedEvent(record.origin, event.id, event.timestamp_ms, MaskedText(event.message))
    raw: str | None = getattr(parse(unmasked), name)
    return raw
