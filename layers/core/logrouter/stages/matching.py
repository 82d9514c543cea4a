"""Matches a record's facts against the `match` objects of policy rules: names to globs, all must hold."""

from collections.abc import Mapping, Sequence

from logrouter.model import Json
from logrouter.policy.log_groups import matches as matches_glob


def matches(match: Mapping[str, Json], facts: Mapping[str, Json]) -> bool:
    """Tell whether every pattern holds; an empty match object matches nothing, so that a rule cannot swallow all.

    Args:
        match: fact name (or `attributes.<name>`) to a pattern, or to a list of patterns of which one must hold.
        facts: see `logrouter.stages.classify.facts_of`.
    """
    for name, patterns in match.items():
        if not _holds(patterns, fact_of(name, facts)):
            return False
    return bool(match)


def first_match(rules: Json, facts: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """Return the first entry of a list of the policy that is not switched off and matches; None without one."""
    if not isinstance(rules, Sequence):
        return None
    for rule in rules:
        if rule.get("enabled", True) and matches(rule.get("match", {}), facts):
            return rule  # type: ignore[no-any-return]
    return None


def fact_of(name: str, facts: Mapping[str, Json]) -> str:
    """Return a fact as text; nested attributes by dotted name, absent ones as empty text."""
    if not name.startswith("attributes."):
        return str(facts.get(name, ""))
    value: Json = facts.get("attributes")
    key = name.removeprefix("attributes.")
    if isinstance(value, Mapping) and key in value:
        return str(value[key])
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)


def _holds(patterns: Json, text: str) -> bool:
    if isinstance(patterns, list):
        return any(matches_glob(str(pattern), text) for pattern in patterns)
    return matches_glob(str(patterns), text)
