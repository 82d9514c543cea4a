"""Choose the route (project or channel of a destination) of a record from the policy section `routes`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from logrouter.model import Json
from logrouter.policy.log_groups import matches as matches_glob
from logrouter.stages.matching import matches

DEFAULT_ROUTE: Final = "default"
"""The route every secret has; records that no rule names go there."""


def route_of(
    routes: Sequence[Mapping[str, Json]],
    *,
    service: str | None,
    log_group: str,
    environment: str | None,
    facts: Callable[[], Mapping[str, Json]] = dict,
) -> str:
    """Return the route name of the first rule that matches, else `default`.

    A rule matches when each list it has (`services`, `log_groups`, `environments`, all globs) covers the value of the
    record, and its `match` does, if it has one; a list that is absent covers everything, also a record that has no such
    value.

    Args:
        routes: one destination's list of the policy section `routes`, in the order of the document.
        service: the record's service.
        log_group: the log group it came from.
        environment: the record's environment.
        facts: gives what else a `match` may ask about, as `logrouter.stages.classify.facts_of`; asked only at need.
    """
    values = {"services": service, "log_groups": log_group, "environments": environment}
    known = {"service": service or "", "log_group": log_group, "environment": environment or ""}
    for route in routes:
        if not route.get("enabled", True):
            continue
        if not all(_covers(route[key], value) for key, value in values.items() if key in route):
            continue
        if "match" not in route or matches(route["match"], {**facts(), **known}):
            return str(route["route"])
    return DEFAULT_ROUTE


def _covers(patterns: Sequence[str], value: str | None) -> bool:
    return value is not None and any(matches_glob(pattern, value) for pattern in patterns)
