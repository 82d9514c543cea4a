"""Decide what of one Lambda event goes to Langfuse: decode, prepare, recognise, price, route, encode. Pure."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final

from logrouter.destinations.langfuse import encode_calls, ledger_key
from logrouter.model import Delivery, DropReason, Json, LlmCall, Noticed, Plan, Postponed, RawText, Record, Tally
from logrouter.policy.load import Policy
from logrouter.policy.log_groups import kind_of, service_of
from logrouter.stages.decode import batches_of
from logrouter.stages.llm.offloaded import Absence, Bodies, NoBodies
from logrouter.stages.llm.placing import Placed, Placing, given_again, late_line, record_of
from logrouter.stages.llm.reading.media import without_blobs
from logrouter.stages.llm.told_apart import ToldApart
from logrouter.stages.llm.traces import as_traces, with_roots
from logrouter.stages.llm.twins import without_twins
from logrouter.stages.mask import MaskText, counted, mask_closed
from logrouter.stages.prepare import prepare
from logrouter.stages.price import fill_cost
from logrouter.stages.recognise import recognise
from logrouter.stages.route import route_of
from logrouter.stages.select import refuse_llm_calls

NO_BODIES: Final = NoBodies()
WAITS_S: Final = {Absence.NOT_YET: 90.0, Absence.NO_TIME: 30.0, Absence.UNAVAILABLE: 900.0}
"""How long a call waits for a body: not there yet, which users of Bedrock report of up to a minute; left for lack of
time; S3 failed, and is given as long as the queue can wait."""

UNHURRIED_S: Final = 60.0
"""Seconds that looking things up may take where nobody waits."""


def plan(
    event: Json,
    *,
    policy: Policy,
    mask_text: MaskText,
    region: str,
    environment: str,
    limit_bytes: int,
    left_s: Callable[[], float] = lambda: UNHURRIED_S,
    bodies: Bodies = NO_BODIES,
) -> Plan:
    """Return the deliveries of one event and its books, all but the deliveries settled.

    Args:
        event: what Lambda passed in: awslogs, Kinesis, or an already decoded subscription document.
        policy: in force for this event.
        mask_text: the masking engine.
        region: of this function, for events that do not name one.
        environment: Langfuse environment of records that name none.
        limit_bytes: bound of one decompressed payload.
        left_s: how many seconds may yet be spent on looking things up.
        bodies: fetches bodies of calls that do not stand in their records.
    """
    tally = Tally(source="kinesis" if "Records" in event else "subscription")
    list_rules = bool(policy.section("masking").get("list_rules"))
    mask = counted(mask_text, tally)
    prepared = prepare(
        batches_of(event, region=region, limit_bytes=limit_bytes),
        refuse=refuse_llm_calls,
        kind_of=partial(kind_of, policy.section("log_groups")),
        mask_text=_lean_first(mask_text),
        tally=tally,
        list_rules=list_rules,
    )
    payload, by_payload, apart = None, list[list[LlmCall]](), list[ToldApart]()
    bodiless: dict[str, Placed] = {}
    for placed in Placing(bodies, mask, left_s, list_rules=list_rules).each(prepared):
        found = _recognised(placed.record, policy, mask, tally, environment)
        if placed.prepared.payload is not payload:
            payload = placed.prepared.payload
            by_payload.append([])
            apart.append(ToldApart())
        by_payload[-1].extend(found)
        _hear(apart[-1], placed.record, tally)
        if placed.absent:
            bodiless |= {call.observation_id: placed for call in found}
    content = policy.section("llm")["content"]
    together = partial(_together, content=content, environment=environment, tally=tally)
    told = [call for one, members in zip(apart, by_payload, strict=True) for call in together(one, members)]
    calls = _as_projects_see_them(_once_each(told, tally), policy, environment, tally)
    now, later = _parted(
        calls, bodiless, bodies, partial(_deliveries, policy=policy, environment=environment, tally=tally)
    )
    return Plan(_deliveries(now, policy, environment, tally), tally, later)


def retell(
    delivery: Delivery, *, policy: Policy, mask_text: MaskText, environment: str, bodies: Bodies = NO_BODIES
) -> Delivery:
    """Return the delivery of a call that waited for a body, with the body if it is there now; raises nothing.

    Args:
        delivery: of one call; its `completed_by` is the line that waited.
        policy: in force now.
        mask_text: the masking engine of that policy.
        environment: Langfuse environment of records that name none.
        bodies: fetches what is missing. The call does not wait a second time.
    """
    as_it_was = replace(delivery, completed_by=None)
    try:
        record = record_of(delivery.completed_by or "")
        list_rules = bool(policy.section("masking").get("list_rules"))
        record, absent = Placing(bodies, mask_text, lambda: UNHURRIED_S, list_rules=list_rules).again(record)
        (call,) = _recognised(record, policy, mask_text, Tally(), environment)
        call = given_again(call, delivery.completed_by or "")
        (told,) = encode_calls([call], delivery.route, environment=environment)
    except Exception:  # noqa: BLE001 - the call itself is sound, and goes as it waited
        bodies.told_without(Absence.CORRUPT)
        return as_it_was
    for why in absent.values():
        bodies.told_without(why)
    return replace(as_it_was, body=told.body) if told.keys == delivery.keys else as_it_was


def _lean_first(mask_text: MaskText) -> MaskText:
    """Return the masking engine for lines of which pictures and the like are left out first: they cost it seconds."""
    return lambda text, service, log_group: mask_text(RawText(without_blobs(text)), service, log_group)


def _parted(
    calls: Sequence[LlmCall],
    bodiless: Mapping[str, Placed],
    bodies: Bodies,
    deliver: Callable[[Sequence[LlmCall]], tuple[Delivery, ...]],
) -> tuple[list[LlmCall], tuple[Postponed, ...]]:
    """Part the calls that are told now from those that wait for a body, each in a delivery of its own.

    Args:
        calls: of the event, each once.
        bodiless: by observation id, the records whose bodies are absent.
        bodies: is told which calls go without.
        deliver: encodes calls.
    """
    now: list[LlmCall] = []
    later: list[Postponed] = []
    for call in calls:
        placed = bodiless.get(call.observation_id)
        placed = placed if placed and placed.record.event_id == call.record.event_id else None
        line = late_line(placed, call) if placed else None
        if line is not None:
            wait_s = max(WAITS_S.get(why, 0.0) for why in placed.absent.values()) if placed else 0.0
            later += [Postponed(replace(one, completed_by=line), wait_s, "late_body") for one in deliver([call])]
            continue
        now.append(call)
        for why in placed.absent.values() if placed else ():
            bodies.told_without(why)
    return now, tuple(later)


def _recognised(
    record: Record, policy: Policy, mask_text: MaskText, tally: Tally, environment: str
) -> Sequence[LlmCall]:
    """Return the calls of one record; a fault of ours on one record must not take the others of its batch with it."""
    rules, list_rules = policy.section("llm"), bool(policy.section("masking").get("list_rules"))
    hits: Counter[str] = Counter()
    group = record.origin.log_group

    def mask_again(answer: str) -> str:
        masked, found_by, _ = mask_closed(RawText(answer), service_of(group), group, mask_text)
        hits.update(found_by)
        return masked

    try:
        found = recognise(record, rules, mask_again, environment=environment)
        calls = [fill_cost(_told_why(call, hits, list_rules=list_rules), rules) for call in found.calls]
    except Exception:  # noqa: BLE001 - counted as invalid
        tally.drop(DropReason.INVALID_LLM_CALL, record.lines)
        tally.noticed[Noticed.UNREADABLE] += 1
        return ()
    tally.noticed.update(found.noticed)
    tally.noticed.update(what for call in calls for what in call.noticed)
    if found.refusal is not None:
        tally.drop(found.refusal, record.lines)
    return calls


def _told_why(call: LlmCall, hits: Mapping[str, int], *, list_rules: bool) -> LlmCall:
    """Add the rules that hit in the joined answer to those that hit in the record."""
    if not hits:
        return call
    rules = Counter(call.record.rules) + Counter(hits)
    masked = tuple(sorted(rules)) if list_rules else call.record.masked
    return replace(call, record=replace(call.record, rules=rules, masked=masked))


def _hear(apart: ToldApart, record: Record, tally: Tally) -> None:
    """Hear what a record says of a call that another one tells; a fault of ours leaves that call without it."""
    try:
        apart.hear(record)
    except Exception:  # noqa: BLE001 - the record itself is counted already
        tally.noticed[Noticed.UNREADABLE] += 1


def _together(
    apart: ToldApart, calls: Sequence[LlmCall], *, content: Mapping[str, Json], environment: str, tally: Tally
) -> Sequence[LlmCall]:
    """Return the calls of one payload with what they learn from each other; a fault of ours leaves them as they are."""
    left_out = Tally()
    try:
        given = apart.given_to(calls, content, environment)
        told = as_traces(_without_beginnings(_without_twins(given, left_out), left_out))
    except Exception:  # noqa: BLE001 - each call is sound by itself
        tally.noticed[Noticed.UNREADABLE] += 1
        return calls
    tally.dropped.update(left_out.dropped)
    return told


def _without_twins(calls: Sequence[LlmCall], tally: Tally) -> list[LlmCall]:
    kept, twins = without_twins(calls)
    for twin in twins:
        tally.drop(DropReason.DUPLICATE, twin.lines)
    return kept


def _without_beginnings(calls: Sequence[LlmCall], tally: Tally) -> list[LlmCall]:
    """Leave out the lines that tell of the beginning of a call of which another line of the payload tells whole."""
    whole = {call.observation_id for call in calls}
    kept = [call for call in calls if call.error is not None or call.beside not in whole]
    if len(kept) < len(calls):
        tally.drop(DropReason.DUPLICATE, sum(call.lines for call in calls) - sum(call.lines for call in kept))
    return kept


def _once_each(
    calls: Sequence[LlmCall], tally: Tally, key_of: Callable[[LlmCall], str] = lambda call: call.observation_id
) -> list[LlmCall]:
    """Keep one of the records that tell of the same call, the one that tells most; Langfuse would count each."""
    best: dict[str, LlmCall] = {}
    for call in calls:
        key = key_of(call)
        other = best.get(key)
        if other is None:
            best[key] = call
            continue
        more, less = (call, other) if _told(call) > _told(other) else (other, call)
        tally.drop(DropReason.DUPLICATE, less.lines)
        best[key] = more
    return list(best.values())


def _told(call: LlmCall) -> tuple[bool, bool, int]:
    return bool(call.usage), call.output is not None, call.usage.get("total", 0)


def _as_projects_see_them(calls: Sequence[LlmCall], policy: Policy, environment: str, tally: Tally) -> list[LlmCall]:
    """Return the calls, each once in its project, as roots where their parent goes to another one or is left out."""
    by_route = _by_route(calls, policy, environment)
    return [call for members in by_route.values() for call in with_roots(_once_each(members, tally, ledger_key))]


def _deliveries(calls: Sequence[LlmCall], policy: Policy, environment: str, tally: Tally) -> tuple[Delivery, ...]:
    return tuple(
        delivery
        for route, members in _by_route(calls, policy, environment).items()
        for delivery in _encoded(members, route, environment, tally)
    )


def _by_route(calls: Sequence[LlmCall], policy: Policy, environment: str) -> dict[str, list[LlmCall]]:
    routes = policy.section("routes")["langfuse"]
    members: dict[str, list[LlmCall]] = {}
    for call in calls:
        members.setdefault(_route(routes, call, environment), []).append(call)
    return members


def _encoded(calls: Sequence[LlmCall], route: str, environment: str, tally: Tally) -> list[Delivery]:
    """Encode the calls of one route; one that cannot be is left out and counted, it does not take the others along."""
    try:
        return encode_calls(calls, route, environment=environment)
    except Exception:  # noqa: BLE001 - a fault of ours with one of them
        if len(calls) == 1:
            tally.drop(DropReason.UNPROCESSABLE, calls[0].lines)
            return []
    return [delivery for call in calls for delivery in _encoded([call], route, environment, tally)]


def _route(routes: Sequence[Mapping[str, Json]], call: LlmCall, environment: str) -> str:
    record = call.record
    return route_of(
        routes,
        service=record.service,
        log_group=record.origin.log_group,
        environment=record.environment or environment,
    )
