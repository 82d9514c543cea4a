"""Decide what `forward_errors` sends of one event: every error as one Sentry delivery, everything else counted."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from logrouter.destinations.sentry import encode_issue
from logrouter.model import Delivery, DropReason, Issue, Json, Level, Plan, Record, Tally
from logrouter.policy.load import Policy
from logrouter.policy.log_groups import kind_of
from logrouter.stages.classify import classify
from logrouter.stages.decode import batches_of
from logrouter.stages.mask import MaskText
from logrouter.stages.prepare import prepare
from logrouter.stages.route import DEFAULT_ROUTE, route_of
from logrouter.stages.select import refuse_errors

BREADCRUMBS_LIMIT: Final = 20
"""Earlier records of the same request that an issue carries along."""

BREADCRUMBED_LIMIT: Final = 50
"""Issues of one request that get breadcrumbs; in a storm their thousands would carry each other twenty times over."""


def plan(event: Json, *, policy: Policy, mask_text: MaskText, region: str, environment: str, limit_bytes: int) -> Plan:
    """Return the deliveries of one event and its books, all but what becomes of the deliveries.

    A pure function: the same event and policy give the same deliveries, byte for byte.

    Args:
        event: awslogs, Kinesis, or a decoded subscription document.
        policy: its sections `log_groups`, `errors` and `routes` decide.
        mask_text: the masking engine of that policy.
        region: where the function runs.
        environment: Sentry environment of records that name none.
        limit_bytes: cap of one decompressed payload.

    Raises:
        UnsupportedEventError: the event is of no kind this function understands.
    """
    batches = batches_of(event, region=region, limit_bytes=limit_bytes)
    tally = Tally(source="kinesis" if "Records" in event else "subscription")
    kinds = partial(kind_of, policy.section("log_groups"))
    records = prepare(
        batches,
        refuse=refuse_errors,
        kind_of=kinds,
        mask_text=mask_text,
        tally=tally,
        list_rules=bool(policy.section("masking").get("list_rules")),
    )
    rules, trails = policy.section("errors"), _Trails()
    deliveries: list[Delivery] = []
    for record, kind in records:
        found = _classified(record, rules, kind)
        fate: Delivery | DropReason
        if isinstance(found, Issue):
            issue = replace(found, breadcrumbs=found.breadcrumbs or trails.before(record))
            fate = _encoded(issue, policy, environment)
        else:
            fate = found
        if isinstance(fate, Delivery):
            deliveries.append(fate)
        else:
            tally.drop(fate, record.lines)
        trails.add(record)
    return Plan(tuple(deliveries), tally)


def _classified(record: Record, rules: Mapping[str, Json], kind: str | None) -> Issue | DropReason:
    """Judge one record; what our own code stumbles over goes on as the error it may be."""
    try:
        return classify(record, rules, kind)
    except Exception as fault:  # noqa: BLE001 - one odd record must not cost the batch
        return _plain(record, fault)


def _encoded(issue: Issue, policy: Policy, environment: str) -> Delivery | DropReason:
    """Encode one issue, as plain text when that is all that works; a record that cannot be said at all is counted."""
    try:
        return encode_issue(issue, _route(policy, issue.record, environment), environment=environment)
    except Exception as fault:  # noqa: BLE001 - one odd record must not cost the batch
        plain = _plain(issue.record, fault)
    try:
        return encode_issue(plain, DEFAULT_ROUTE, environment=environment)
    except Exception:  # noqa: BLE001 - see above
        return DropReason.UNPROCESSABLE


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
    return route_of(
        policy.section("routes").get("sentry", ()),
        service=record.service,
        log_group=record.origin.log_group,
        environment=record.environment or environment,
    )


class _Trails:
    """The records of this event by request: what an issue's breadcrumbs are taken from."""

    def __init__(self) -> None:
        self._by_request: dict[tuple[str, str], deque[Record]] = {}
        self._used: Counter[tuple[str, str]] = Counter()

    def add(self, record: Record) -> None:
        """Remember a record for those of its request that come later."""
        if record.request_id:
            key = (record.origin.account, record.request_id)
            self._by_request.setdefault(key, deque(maxlen=BREADCRUMBS_LIMIT)).append(record)

    def before(self, record: Record) -> tuple[Record, ...]:
        """Return the records of the same request that came earlier in this event and are not younger."""
        key = (record.origin.account, record.request_id or "")
        if key not in self._by_request or self._used[key] >= BREADCRUMBED_LIMIT:
            return ()
        self._used[key] += 1
        return tuple(earlier for earlier in self._by_request[key] if earlier.timestamp_ms <= record.timestamp_ms)
