"""Choose the route (project or channel of a destination) of a record from the policy section `routes`."""

from collections.abc import Mapping, Sequence
from typing import Final

from logrouter.model import Json
from logrouter.policy.log_groups import matches

DEFAULT_ROUTE: Final = "default"
"""The route every secret has; records that no rule names go there."""


def route_of(
    routes: Sequence[Mapping[str, Json]], *, service: str | None, log_group: str, environment: str | None
) -> str:
    """Return the route name of the first rule that matches, else `default`.

    A rule matches when each list it has (`services`, `log_groups`, `environments`, all globs) covers the value of the
    record; a list that is absent covers everything, also a record that has no such value.

    Args:
        routes: one destination's list of the policy section `routes`, in the order of the document.
        service: the record's service.
        log_group: the log group it came from.
        environment: the record's environment.
    """
    facts = {"services": service, "log_groups": log_group, "environments": environment}
    for route in routes:
        if all(_covers(route[key], value) for key, value in facts.items() if key in route):
            return str(route["route"])
    return DEFAULT_ROUTE


def _covers(patterns: Sequence[str], value: str | None) -> bool:
    return value is not None and any(matches(pattern, value) for pattern in patterns)
