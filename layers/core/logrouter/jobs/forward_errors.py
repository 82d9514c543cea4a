"""Decide what `forward_errors` sends of one event: every error as one Sentry delivery, everything else counted.

Where the policy asks for it, records that are no errors go too, as Sentry Logs.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from typing import Final

from logrouter.destinations.sentry import encode_issue, encode_logs, log_key
from logrouter.destinations.sentry_event import event_id_of
from logrouter.model import Delivery, DropReason, Issue, Json, Level, LogItem, Plan, Postponed, Record, Tally
from logrouter.policy.load import Policy
from logrouter.policy.log_groups import kind_of
from logrouter.stages.admit import admit, admits_group
from logrouter.stages.classify import classify, facts_of
from logrouter.stages.decode import batches_of
from logrouter.stages.grouping.transaction import transaction_within
from logrouter.stages.mask import MaskText
from logrouter.stages.merging.companions import with_reports
from logrouter.stages.merging.merge import merge
from logrouter.stages.prepare import Prepared, prepare
from logrouter.stages.ration import Candidate, Occurrences, WithinEvent, ration
from logrouter.stages.reading.levels import level_of
from logrouter.stages.requests.history import History, NoHistory
from logrouter.stages.requests.payloads import Recent
from logrouter.stages.requests.request_context import Invocations, in_context
from logrouter.stages.requests.trails import Trails
from logrouter.stages.route import DEFAULT_ROUTE, route_of
from logrouter.stages.select import refuse_errors
from logrouter.stages.stitching.adjoining import adjoined
from logrouter.stages.stitching.beginnings import Beginnings
from logrouter.stages.stitching.tails import Held, Seams, Tails


@dataclass(frozen=True, slots=True)
class Memory:
    """What the function knows beyond one event; nothing by default, and then every event is judged by itself.

    Args:
        occurrences: counts equal issues, for the budget.
        history: knows what was logged before the event, for breadcrumbs.
        tails: keeps what a payload ends with, for the next one of its log stream; None where nothing can wait for it.
    """

    occurrences: Occurrences = field(default_factory=WithinEvent)
    history: History = field(default_factory=NoHistory)
    tails: Tails | None = None


NO_MEMORY: Final = Memory()
REPORT_WAIT_S: Final = 600.0
"""How long after the first one that was held back a report tells how many there were. SQS delays at most 900."""

UNHURRIED_S: Final = 60.0
"""Seconds that looking things up may take where nobody waits."""


@dataclass(slots=True)
class _Judged:
    """A record and its fate so far.

    Args:
        counter: set when it is to be sent later, as a report of how many there were by then.
    """

    prepared: Prepared
    fate: Issue | LogItem | DropReason
    route: str = DEFAULT_ROUTE
    counter: str | None = None


def plan(
    event: Json,
    *,
    policy: Policy,
    mask_text: MaskText,
    region: str,
    environment: str,
    limit_bytes: int,
    memory: Memory = NO_MEMORY,
    left_s: Callable[[], float] = lambda: UNHURRIED_S,
) -> Plan:
    """Return the deliveries of one event and its books, all but what becomes of the deliveries.

    A pure function: the same event, policy and memory give the same deliveries, byte for byte.

    Args:
        event: awslogs, Kinesis, or a decoded subscription document.
        policy: its sections `log_groups`, `errors` and `routes` decide.
        mask_text: the masking engine of that policy.
        region: where the function runs.
        environment: Sentry environment of records that name none.
        limit_bytes: cap of one decompressed payload.
        memory: what it knows beyond this event.
        left_s: how many seconds may yet be spent on asking it.

    Raises:
        UnsupportedEventError: the event is of no kind this function understands.
    """
    recent = Recent(adjoined(batches_of(event, region=region, limit_bytes=limit_bytes)))
    tally = Tally(source="kinesis" if "Records" in event else "subscription")
    rules, kinds = policy.section("errors"), partial(kind_of, policy.section("log_groups"))
    prepared = prepare(
        recent,
        refuse=with_reports(refuse_errors),
        kind_of=kinds,
        mask_text=mask_text,
        tally=tally,
        list_rules=bool(policy.section("masking").get("list_rules")),
        keep_all=partial(_is_all_wanted, rules),
        seams=_seams(policy, environment, memory.tails, left_s),
    )
    invocations = Invocations(mask_text, tally)
    records = _in_context(list(prepared), invocations)
    judged = _merged([_Judged(one, _fate(one, rules)) for one in records], rules)
    beginnings = Beginnings(memory.tails, event_id_of, left_s)
    _forget_merged(records, judged, beginnings)
    _ration(judged, policy, environment, memory.occurrences, left_s)
    trails = partial(
        Trails,
        records,
        recent.kept,
        section=rules.get("breadcrumbs", {}),
        kind_of=kinds,
        mask_text=mask_text,
        tally=tally,
        invocations=invocations,
        history=memory.history,
        left_s=left_s,
    )
    _lay_trails(judged, trails)
    deliveries: list[Delivery] = []
    later: list[Postponed] = []
    for one in judged:
        joint, encode = one.prepared.joint, partial(_encoded, route=one.route, environment=environment)
        if joint and not isinstance(one.fate, Issue):
            beginnings.forget(one.prepared.record, joint)
        if isinstance(one.fate, LogItem):
            continue
        fate: Delivery | Issue | DropReason = one.fate
        if isinstance(fate, Issue):
            fate = beginnings.make_whole(fate, joint, encode) if joint else encode(fate)
        if isinstance(fate, DropReason):
            tally.drop(fate, one.prepared.record.lines)
        elif one.counter:
            later.append(Postponed(replace(fate, completed_by=one.counter), REPORT_WAIT_S, "storm"))
        elif one.prepared.may_wait and one.prepared.is_alone:
            later.append(Postponed(fate, _hold_s(rules), "open_end"))
        else:
            deliveries.append(fate)
    deliveries += _logs(judged, policy, environment, tally)  # behind the errors: when time is short, these go first
    return Plan(tuple(deliveries), tally, tuple(later))


def _seams(policy: Policy, environment: str, tails: Tails | None, left_s: Callable[[], float]) -> Seams | None:
    """Return what joins a payload to those before and after it, where the policy lets records wait for their rest."""
    rules = policy.section("errors")
    if tails is None or _hold_s(rules) <= 0:
        return None

    def held_by(record: Record, kind: str | None) -> Held | None:
        fate = _classified(record, rules, kind)
        return Held(_route(policy, fate.record, environment), event_id_of(record)) if isinstance(fate, Issue) else None

    return Seams(tails, held_by, event_id_of, left_s)


def _hold_s(rules: Mapping[str, Json]) -> float:
    return float((rules.get("stitching") or {}).get("hold_s", 0))


def _forget_merged(records: Sequence[Prepared], judged: Sequence[_Judged], beginnings: Beginnings) -> None:
    """Keep the beginnings of records that another one tells of from being sent alone."""
    left = {(id(one.prepared.payload), one.prepared.place) for one in judged}
    for one in records:
        if one.joint and (id(one.payload), one.place) not in left:
            beginnings.forget(one.record, one.joint)


def _merged(judged: list[_Judged], rules: Mapping[str, Json]) -> list[_Judged]:
    """Join the records of each payload that speak of one failure, where the policy does not say no."""
    if not rules.get("merge", True):
        return judged
    payloads = (list(ones) for _, ones in groupby(judged, key=lambda one: id(one.prepared.payload)))
    try:
        return [one for ones in payloads for one in _merged_payload(ones, rules)]
    except Exception:  # noqa: BLE001 - a fault of ours must not cost the batch: each goes on by itself
        return judged


def _merged_payload(judged: Sequence[_Judged], rules: Mapping[str, Json]) -> Iterator[_Judged]:
    """Yield what is left of one payload; a record that learned something is judged anew."""
    left = merge(
        [one.prepared.record for one in judged],
        [isinstance(one.fate, Issue) for one in judged],
        stays=[isinstance(one.fate, LogItem) for one in judged],
    )
    for record, place in left:
        one = judged[place]
        if record is one.prepared.record:
            yield one
        else:
            prepared = one.prepared._replace(record=record)
            yield _Judged(prepared, _fate(prepared, rules))


def _is_all_wanted(rules: Mapping[str, Json], log_group: str) -> bool:
    """Tell whether every record of a log group is read: what is less than an error, no test on its text can find."""
    minimum = level_of(rules.get("minimum_level")) or Level.ERROR
    return minimum.rank < Level.ERROR.rank or admits_group(rules, log_group)


def _ration(
    judged: Sequence[_Judged],
    policy: Policy,
    environment: str,
    occurrences: Occurrences,
    left_s: Callable[[], float],
) -> None:
    """Hold back what is over its issue's budget, before anything is spent on it."""
    issues = [(one, one.fate) for one in judged if isinstance(one.fate, Issue)]
    for one, issue in issues:
        one.route = _route(policy, issue.record, environment)
    try:
        candidates = [Candidate(issue, one.route, _payload_key(one.prepared)) for one, issue in issues]
        rationed = ration(candidates, policy.section("errors"), occurrences, left_s)
    except Exception:  # noqa: BLE001 - a fault of ours must not cost the batch: each goes by itself
        return
    for (one, _), (fate, counter) in zip(issues, rationed, strict=True):
        one.fate, one.counter = fate, counter


def _payload_key(prepared: Prepared) -> str:
    """Return 16 hex digits: a function of log stream and first log event, so the same for every repeat of a payload."""
    origin, payload = prepared.record.origin, prepared.payload
    first = payload.events[payload.moved[-1] if payload.moved else 0].id
    parts = (origin.account, origin.region, origin.log_group, origin.log_stream, first)
    return hashlib.sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _in_context(records: Sequence[Prepared], invocations: Invocations) -> Sequence[Prepared]:
    """Give records the request they belong to but do not name."""
    try:
        return list(in_context(records, invocations))
    except Exception:  # noqa: BLE001 - a fault of ours must not cost the batch: each goes on as it is
        return records


def _lay_trails(judged: Sequence[_Judged], trails: Callable[[], Trails]) -> None:
    """Give every issue the records of its request that came before it, and the transaction they tell of."""
    issues = [(one, one.fate) for one in judged if isinstance(one.fate, Issue) and not one.fate.breadcrumbs]
    try:
        found = trails().before([one.prepared for one, _ in issues]) if issues else []
        fates = [_on_trail(issue, breadcrumbs) for (_, issue), breadcrumbs in zip(issues, found, strict=True)]
    except Exception:  # noqa: BLE001 - a fault of ours must not cost the batch: an issue does without
        return
    for (one, _), fate in zip(issues, fates, strict=True):
        one.fate = fate


def _on_trail(issue: Issue, breadcrumbs: tuple[Record, ...]) -> Issue:
    issue = replace(issue, breadcrumbs=breadcrumbs)
    return replace(issue, transaction=transaction_within(issue))


def _fate(one: Prepared, rules: Mapping[str, Json]) -> Issue | LogItem | DropReason:
    """Judge one record: an issue, or what it may be besides in a group whose records are wanted."""
    fate = _classified(one.record, rules, one.kind)
    if fate is not DropReason.BELOW_LEVEL or not admits_group(rules, one.origin.log_group):
        return fate
    try:
        return admit(one.record, rules, one.kind)
    except Exception:  # noqa: BLE001 - one odd record must not cost the batch
        return DropReason.UNPROCESSABLE


def _classified(record: Record, rules: Mapping[str, Json], kind: str | None) -> Issue | DropReason:
    """Judge one record; what our own code stumbles over goes on as the error it may be."""
    try:
        return classify(record, rules, kind)
    except Exception as fault:  # noqa: BLE001 - one odd record must not cost the batch
        return _plain(record, fault)


def _encoded(issue: Issue, route: str, environment: str) -> Delivery | DropReason:
    """Encode one issue, as plain text when that is all that works; a record that cannot be said at all is counted."""
    try:
        return encode_issue(issue, route, environment=environment)
    except Exception as fault:  # noqa: BLE001 - one odd record must not cost the batch
        plain = replace(_plain(issue.record, fault), occurrence=issue.occurrence)
    try:
        return encode_issue(plain, DEFAULT_ROUTE, environment=environment)
    except Exception:  # noqa: BLE001 - see above
        return DropReason.UNPROCESSABLE


def _logs(judged: Sequence[_Judged], policy: Policy, environment: str, tally: Tally) -> list[Delivery]:
    """Encode what goes to Sentry Logs, each log event once: inside a container nobody could tell a repeat any more."""
    by_route: dict[str, dict[str, LogItem]] = {}
    for one in judged:
        if isinstance(one.fate, LogItem):
            items = by_route.setdefault(_route(policy, one.fate.record, environment), {})
            key = log_key(one.fate.record)
            if key in items:
                tally.drop(DropReason.DUPLICATE, one.fate.record.lines)
            items.setdefault(key, one.fate)
    return [
        delivery
        for route, items in by_route.items()
        for delivery in _encoded_logs(list(items.values()), route, environment, tally)
    ]


def _encoded_logs(items: Sequence[LogItem], route: str, environment: str, tally: Tally) -> list[Delivery]:
    """Encode the logs of one route; one that cannot be is left out and counted, it does not take the others along."""
    try:
        return encode_logs(items, route, environment=environment)
    except Exception:  # noqa: BLE001 - a fault of ours with one of them
        if len(items) == 1:
            tally.drop(DropReason.UNPROCESSABLE, items[0].record.lines)
            return []
    half = len(items) // 2
    return [
        delivery for part in (items[:half], items[half:]) for delivery in _encoded_logs(part, route, environment, tally)
    ]


def _plain(record: Record, fault: Exception) -> Issue:
    """Return an issue of nothing but the record's origin, time and text."""
    plain = Record(
        origin=record.origin,
        event_id=record.event_id,
        timestamp_ms=record.timestamp_ms,
        message=record.message,
        level=Level.ERROR,
        attributes={"encoder_fault": type(fault).__name__},
        lines=record.lines,
        rules=record.rules,
        masked=record.masked,
    )
    return Issue(plain, Level.ERROR, (record.origin.log_group, "unprocessable"), record.message)


def _route(policy: Policy, record: Record, environment: str) -> str:
    try:
        return route_of(
            policy.section("routes").get("sentry", ()),
            service=record.service,
            log_group=record.origin.log_group,
            environment=record.environment or environment,
            facts=partial(facts_of, record),
        )
    except Exception:  # noqa: BLE001 - one odd record must not cost the batch
        return DEFAULT_ROUTE
