"""What a log group should be, what it is, and the changes between: pure decisions of `govern_log_groups`.

Never touches a subscription filter of somebody else, never subscribes a group of logrouter itself, and never shortens
retention before the archive has sealed what would go.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from logrouter.errors import UnsupportedEventError
from logrouter.model import Json
from logrouter.policy.log_groups import OWN_KIND, kind_of, matches

DAY_MS: Final = 86_400_000
TURN_STEP: Final = 7_919
"""A prime: over the days every part of the list comes first."""
OWN_TAG: Final = "logrouter:own"
SUBSCRIBABLE_CLASS: Final = "STANDARD"
"""Infrequent Access and Delivery groups take no subscription filters (CloudWatch Logs, Log classes, 2026-11-20)."""
SYNC_TAGS: Final = {"forward_errors": "SentrySync", "trace_llm": "LangfuseSync"}


@dataclass(frozen=True, slots=True)
class Filter:
    """A subscription filter as it is: `name`, `pattern` and `destination` (ARN)."""

    name: str
    pattern: str
    destination: str


@dataclass(frozen=True, slots=True)
class LogGroup:
    """A log group as it is.

    Args:
        retention_days: None keeps for ever.
        created_ms: creation time, epoch milliseconds.
        key_arn: KMS key new data is encrypted with, None for the service's own.
        account_retention: True when an account-level retention policy overrides the group's own.
    """

    name: str
    created_ms: int
    retention_days: int | None = None
    key_arn: str | None = None
    log_class: str = SUBSCRIBABLE_CLASS
    account_retention: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    filters: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """Who governs: what stands in filter names and which ARNs the policy's words `forward_errors`, `trace_llm` mean.

    Args:
        prefix: begins the name of every filter we own; the stack's name is part of it.
        destinations: function name to the ARN that filters point to.
        key_arn: KMS key for groups that have none; None leaves them alone.
        patterns: name patterns of the groups to govern.
        archives: True when the archive runs, so that retention must wait for its watermark.
    """

    prefix: str
    destinations: Mapping[str, str]
    key_arn: str | None = None
    patterns: tuple[str, ...] = ("*",)
    archives: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """One API call that brings a group nearer to the policy.

    Args:
        action: associate_key, put_retention, delete_retention, delete_filter, put_filter or tag.
        arguments: what the call takes beside the group's name.
    """

    action: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The plan for one group.

    Args:
        changes: every call but the tagging, in order.
        tags: the tags to write when all changes worked; `final_tags` keeps them true when one did not.
        subscribes: the function that the policy subscribes, None for none.
        deferred: what waits, and for what.
        skipped: why nothing is done at all.
    """

    group: str
    kind: str | None = None
    changes: tuple[Change, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    subscribes: str | None = None
    deferred: tuple[str, ...] = ()
    skipped: str | None = None


type Watermark = Callable[[str], int | None]
"""Log group name to the end of its sealed archive prefix, epoch milliseconds; None when nothing is sealed."""


def plan_group(
    group: LogGroup, section: Mapping[str, Json], owner: Owner, *, watermark: Watermark, now_ms: int
) -> Verdict:
    """Compare one log group with the policy section `log_groups` and return the changes it needs, in order."""
    kind = kind_of(section, group.name)
    skipped = _reason_to_skip(group, kind, owner)
    if kind is None or skipped:
        return Verdict(group.name, skipped=skipped or "no_kind")
    retention, deferred = _retention(group, kind, owner, watermark, now_ms)
    filters, unsubscribable = _filters(group, kind, owner)
    waits = (*deferred, *(["subscription_needs_standard_class"] if unsubscribable else []))
    return Verdict(
        group.name,
        str(kind["id"]),
        (*_key(group, owner), *retention, *filters),
        _missing_tags(group, kind, subscribed=not unsubscribable),
        kind["subscribe"],
        waits,
    )


def final_tags(verdict: Verdict, failed: Iterable[Change]) -> Change | None:
    """Return the tagging that is true after the changes were tried: a refused subscription is `pending`."""
    tags = dict(verdict.tags)
    if verdict.subscribes and any(change.action == "put_filter" for change in failed):
        tags[SYNC_TAGS[verdict.subscribes]] = "pending"
    return Change("tag", {"tags": tags}) if tags else None


def skipped_by_name(group: LogGroup, section: Mapping[str, Json], owner: Owner) -> bool:
    """Say whether the name alone rules a group out, so that nothing more need be read of it."""
    return _reason_to_skip(group, kind_of(section, group.name), owner) is not None


def with_details(group: LogGroup, tags: Mapping[str, str], filters: tuple[Filter, ...]) -> LogGroup:
    """Return the group with its tags and subscription filters."""
    return replace(group, tags=tags, filters=filters)


def groups_of_event(event: Json) -> tuple[str, ...] | None:
    """Return the log groups an event is about; None means all, an empty tuple none.

    Events: a CloudTrail call through EventBridge, `{"groups": [...]}` by hand, anything else (a schedule) means all.

    Raises:
        UnsupportedEventError: the event is no JSON object.
    """
    if event is not None and not isinstance(event, dict):
        raise UnsupportedEventError("govern_log_groups: the event is not a JSON object")
    event = event or {}
    if isinstance(event.get("groups"), list):
        return tuple(str(name) for name in event["groups"])
    detail = event.get("detail")
    if not isinstance(detail, dict) or detail.get("eventSource") != "logs.amazonaws.com":
        return None
    if detail.get("errorCode"):
        return ()
    request = detail.get("requestParameters")
    if not isinstance(request, dict):
        return ()
    name = request.get("logGroupName") or _name_of_arn(request.get("logGroupIdentifier") or request.get("resourceArn"))
    return (str(name),) if name else ()


def in_turn[Item](groups: Sequence[Item], now_ms: int) -> list[Item]:
    """Begin with another log group each day, so that a run that is out of time leaves out others than the last one."""
    if not groups:
        return []
    first = now_ms // DAY_MS * TURN_STEP % len(groups)
    return [*groups[first:], *groups[:first]]


def sync_tags(kind_subscribes: str | None, *, enabled: bool) -> dict[str, str]:
    """Return SentrySync and LangfuseSync: enabled when subscribed, pending when it should be, disabled otherwise."""
    state = "enabled" if enabled else "pending"
    return {tag: state if function == kind_subscribes else "disabled" for function, tag in SYNC_TAGS.items()}


def summarize(outcomes: Iterable[tuple[Verdict, Sequence[str]]]) -> dict[str, Json]:
    """Add up what became of each group. `outcomes` pairs a verdict with the error codes of its calls (empty: fine).

    Every group is in exactly one of skipped, conforming, changed, failed; deferred counts beside them.
    """
    total: dict[str, Json] = {"groups": 0, "conforming": 0, "changed": 0, "failed": 0, "skipped": {}, "deferred": {}}
    total |= {"changes": {}, "errors": {}}
    for verdict, errors in outcomes:
        total["groups"] += 1
        if verdict.skipped:
            _count(total["skipped"], verdict.skipped)
            continue
        changed = bool(verdict.changes or verdict.tags)
        total["failed" if errors else "changed" if changed else "conforming"] += 1
        for why in verdict.deferred:
            _count(total["deferred"], why)
        for action in (*(change.action for change in verdict.changes), *(["tag"] if verdict.tags else [])):
            _count(total["changes"], action)
        for code in errors:
            _count(total["errors"], code)
    return total


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _reason_to_skip(group: LogGroup, kind: Mapping[str, Json] | None, owner: Owner) -> str | None:
    if kind is OWN_KIND or group.tags.get(OWN_TAG) == "true":
        return "own"
    if not any(matches(pattern, group.name) for pattern in owner.patterns):
        return "not_governed"
    if kind and kind.get("ignore"):
        return "ignored_by_policy"
    return None if kind and "retention_days" in kind else "no_kind"


def _key(group: LogGroup, owner: Owner) -> list[Change]:
    if owner.key_arn and group.key_arn is None:
        return [Change("associate_key", {"key_arn": owner.key_arn})]
    return []


def _retention(
    group: LogGroup, kind: Mapping[str, Json], owner: Owner, watermark: Watermark, now_ms: int
) -> tuple[list[Change], list[str]]:
    wanted, current = kind["retention_days"], group.retention_days
    if wanted == current:
        return [], []
    if group.account_retention:
        return [], ["account_retention_overrides"]
    if wanted is None:
        return [Change("delete_retention", {})], []
    shortens = current is None or wanted < current
    if shortens and owner.archives and kind["archive"] and not _archived(group, wanted, watermark, now_ms):
        return [], ["retention_waits_for_archive"]
    return [Change("put_retention", {"days": wanted})], []


def _archived(group: LogGroup, days: int, watermark: Watermark, now_ms: int) -> bool:
    """True when nothing that `days` of retention would delete is still missing from the archive."""
    horizon_ms = now_ms - days * DAY_MS
    if group.created_ms > horizon_ms:
        return True
    sealed_ms = watermark(group.name)
    return sealed_ms is not None and sealed_ms >= horizon_ms


def _filters(group: LogGroup, kind: Mapping[str, Json], owner: Owner) -> tuple[list[Change], bool]:
    """Return the filter changes, and whether the group's class refuses the subscription that the policy asks for."""
    function = kind["subscribe"]
    name = f"{owner.prefix}{function}"
    stale = [each for each in group.filters if each.name.startswith(owner.prefix) and each.name != name]
    changes = [Change("delete_filter", {"name": each.name}) for each in stale]
    if function is None:
        return changes, False
    if group.log_class != SUBSCRIBABLE_CLASS:
        return changes, True
    wanted = Filter(name, kind.get("filter_pattern", ""), owner.destinations[function])
    if wanted not in group.filters:
        arguments = {"name": name, "pattern": wanted.pattern, "destination": wanted.destination}
        changes.append(Change("put_filter", arguments))
    return changes, False


def _missing_tags(group: LogGroup, kind: Mapping[str, Json], *, subscribed: bool) -> dict[str, str]:
    wanted = {
        "LogType": str(kind["log_type"]),
        "RetentionDays": "never" if kind["retention_days"] is None else str(kind["retention_days"]),
        "ExportEnabled": "true" if kind["archive"] else "false",
        **sync_tags(kind["subscribe"], enabled=subscribed),
    }
    return {key: value for key, value in wanted.items() if group.tags.get(key) != value}


def _name_of_arn(identifier: Json) -> str | None:
    """Return the group's name from its ARN (`arn:...:log-group:NAME` with or without `:*`) or the name itself."""
    if not isinstance(identifier, str):
        return None
    return identifier.partition(":log-group:")[2].removesuffix(":*") if ":log-group:" in identifier else identifier
