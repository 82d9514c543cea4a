"""Path rules: a place in JSON by names, followed on the way down as a set of states."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from logrouter.masking.values.keys import KeyedMask, Verdict

_SEGMENT = re.compile(r"(?:^|\.)([^.\[\]\"'|]+(?:\|[^.\[\]\"'|]+)*)|(\[(?:\*|[0-9]{1,6})\])")


@dataclass(frozen=True, slots=True, eq=False)
class PathRule:
    """A place in JSON.

    Args:
        segments: names; `a|b` for one of several, `*` for any one, `**` for any number; `[*]` and `[0]` for places of
            an array. Arrays that a path does not mention are passed through.
        check: what the value must look like.
        hide: how it is hidden, where the rule names a mask of its own.
    """

    id: str
    segments: tuple[str, ...]
    check: str = "secret"
    hide: KeyedMask | None = None


def parse_path(path: str) -> tuple[str, ...]:
    """Split `req.items[*].note` into its segments.

    Raises:
        ValueError: an empty name, a bracket that is not `[*]` or `[number]`, a quote.
    """
    segments: list[str] = []
    at = 0
    for match in _SEGMENT.finditer(path):
        if match.start() != at or (at == 0 and path[0] == "."):
            raise ValueError(at)
        segments.append(match[1] or match[2])
        at = match.end()
    if at != len(path) or not segments:
        raise ValueError(at)
    return tuple(segments)


def advance(states: Iterable[tuple[PathRule, int]], name: str) -> tuple[tuple[PathRule, int], ...]:
    """Return the states one name further down."""
    advanced: list[tuple[PathRule, int]] = []
    for state in states:
        rule, at = state
        segments = rule.segments
        if at >= len(segments):
            advanced.append(state)
        elif segments[at] == "**":
            advanced.append(state)
            if at + 1 == len(segments) or _fits(segments[at + 1], name):
                advanced.append((rule, at + 2))
        elif _fits(segments[at], name):
            advanced.append((rule, at + 1))
    return tuple(advanced) if len(advanced) < 2 else tuple(dict.fromkeys(advanced))


def _fits(segment: str, name: str) -> bool:
    return segment in {"*", name} or ("|" in segment and name in segment.split("|"))


def advance_array(states: tuple[tuple[PathRule, int], ...], at: int) -> tuple[tuple[PathRule, int], ...]:
    """Return the states inside an array: a path passes through it, unless it names a place (`[*]`, `[0]`) there."""
    marks = {"[*]", f"[{at}]"}
    passed = [state for state in states if not _wants_place(state)]
    inside = [
        (rule, place + 1) for rule, place in states if _wants_place((rule, place)) and rule.segments[place] in marks
    ]
    return tuple(dict.fromkeys([*passed, *inside, *advance(passed, str(at))]))


def _wants_place(state: tuple[PathRule, int]) -> bool:
    rule, at = state
    return at < len(rule.segments) and rule.segments[at].startswith("[")


def path_verdict(states: Iterable[tuple[PathRule, int]]) -> Verdict | None:
    """Return the verdict of the first rule whose whole path was walked, None when there is none."""
    for rule, at in states:
        if at >= len(rule.segments):
            return Verdict(rule.id, rule.check, 0, rule.hide)
    return None
