"""Which kind of log group a name is: the policy section `log_groups` read as data, glob by glob. Never calls AWS."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from logrouter.model import Json

OWN_KIND: Final[Mapping[str, Json]] = {"id": "own", "subscribe": None, "archive": False}
"""What a log group that logrouter itself writes is: never subscribed, never read, so that nothing loops."""

ENVIRONMENTS: Final = frozenset(
    {"prod", "production", "prd", "dev", "development", "stg", "stage", "staging", "qa", "test", "uat"}
)
"""Words in names that say where something runs, not what it is."""

LOG_TYPES: Final = frozenset({"errors", "application", "llm", "access", "access-logs", "error-logs"})
"""Last parts of names by the convention, which name no service."""

SERVICELESS: Final = frozenset({"bedrock", "vendedlogs", "containerinsights", "apigateway", "codebuild"})
"""Second parts of AWS's own names behind which stands no service of the team."""


def kind_of(section: Mapping[str, Json], log_group: str) -> Mapping[str, Json] | None:
    """Return the kind of a log group: the first of `kinds` with a matching glob, None when no kind has one.

    A name in `own` (globs) is `OWN_KIND`. The first of `exceptions` that matches lays its fields over the kind; `id`
    stays the kind's, unless the name is of no kind at all.

    Args:
        section: the policy section `log_groups`.
        log_group: the whole name, such as `/aws/lambda/orders`.
    """
    if any(matches(pattern, log_group) for pattern in section.get("own", ())):
        return OWN_KIND
    kind = _first(section.get("kinds", ()), log_group)
    exception = _first(section.get("exceptions", ()), log_group)
    if exception is None:
        return kind
    return {**exception, **(kind or {}), **{key: exception[key] for key in exception.keys() - {"id", "matches"}}}


def service_of(log_group: str) -> str | None:
    """Return the service a log group is named for, None when the name tells none.

    `gateway` of `/aws/ecs/gateway/errors`, `/ecs/gateway` and `/aws/lambda/gateway`, `shop` of
    `/aws/rds/instance/shop/error`, `web` of `/web/errors` and `/prod/web`; AWS's own services
    (`/aws/bedrock/...`) are nobody's.
    """
    parts = [part for part in log_group.split("/") if part]
    if len(parts) > 1 and parts[0].lower() in ENVIRONMENTS and parts[1] not in LOG_TYPES:
        parts = parts[1:]
    if not parts:
        return None
    if parts[0] == "ecs" and len(parts) > 1:
        return parts[1]
    if parts[0] != "aws":
        return parts[0]
    if len(parts) < 3 or parts[1] in SERVICELESS:
        return None
    is_rds = parts[1] == "rds" and parts[2] in {"instance", "cluster", "proxy"}
    return (parts[3] if len(parts) > 3 else None) if is_rds else parts[2]


def matches(pattern: str, name: str) -> bool:
    """Say whether a glob covers a whole name: `*` is any text, also with slashes; every other character is itself.

    Not `fnmatch`: there `[` opens a set, and log streams are full of `[$LATEST]`. Never backtracks, so that no policy
    can make it slow: leftmost places of the parts in between are as good as any.
    """
    if "*" not in pattern:
        return pattern == name
    first, between, last = _split(pattern)
    if len(first) + len(last) > len(name) or not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in between:
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


@lru_cache(1024)
def _split(pattern: str) -> tuple[str, tuple[str, ...], str]:
    """Return what stands before, between and behind the stars of a glob."""
    first, *between, last = pattern.split("*")
    return first, tuple(between), last


def _first(entries: Sequence[Mapping[str, Json]], log_group: str) -> Mapping[str, Json] | None:
    for entry in entries:
        if any(matches(pattern, log_group) for pattern in entry["matches"]):
            return entry
    return None
