"""Path rules: a place in JSON by names, followed on the way down as a set of states."""

from collections.abc import Iterable
from dataclasses import dataclass

from logrouter.masking.keys import Verdict


@dataclass(frozen=True, slots=True)
class PathRule:
    """A place in JSON: names separated by dots, `*` for any one, `**` for any number; arrays are passed through."""

    id: str
    segments: tuple[str, ...]


def advance(states: Iterable[tuple[PathRule, int]], name: str) -> tuple[tuple[PathRule, int], ...]:
    """Return the states one name further down."""
    advanced: list[tuple[PathRule, int]] = []
    for rule, at in states:
        if at >= len(rule.segments):
            advanced.append((rule, at))
        elif rule.segments[at] == "**":
            advanced.append((rule, at))
            if at + 1 == len(rule.segments) or rule.segments[at + 1] in {"*", name}:
                advanced.append((rule, at + 2))
        elif rule.segments[at] in {"*", name}:
            advanced.append((rule, at + 1))
    return tuple(dict.fromkeys(advanced))


def advance_array(states: tuple[tuple[PathRule, int], ...], at: int) -> tuple[tuple[PathRule, int], ...]:
    """Return the states inside an array: paths pass through it, and may name the position."""
    return tuple(dict.fromkeys([*states, *advance(states, str(at))]))


def path_verdict(states: Iterable[tuple[PathRule, int]]) -> Verdict | None:
    """Return the verdict of the first rule whose whole path was walked, None when there is none."""
    for rule, at in states:
        if at >= len(rule.segments):
            return Verdict(rule.id, "secret")
    return None
