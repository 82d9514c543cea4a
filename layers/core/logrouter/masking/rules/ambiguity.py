"""A pattern as an automaton of its characters, and the ways in which it can read one text twice.

`re` tries every way to read a text before it gives up. Where a loop can read the same characters in two ways, the ways
double with every round (`(a|aa)+`); where two loops that follow each other can, they grow with a power (`.*.*x`). Both
show in the automaton whose states are the places of the pattern that read a character (Glushkov, 1961), as Weber and
Seidl (1991) put it: two different ways round on one text, or one text that goes round here, round there, and from here
to there.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from re import _constants as code  # type: ignore[attr-defined]
from typing import Any

from logrouter.masking.rules.alphabet import BLANKS, chars_of

MANY = 16
"""A repeat of so many or more counts as one without end."""

PLACES_LIMIT = 2_000
"""A pattern of more places is not judged, and refused by whoever asks."""

_REPEATS = frozenset({code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT})


class TooLargeError(Exception):
    """A pattern has more places than can be judged in a moment."""


@dataclass(slots=True)
class Part:
    """What a piece of a pattern may begin with and end with, and whether it may be empty."""

    first: frozenset[int]
    last: frozenset[int]
    is_nullable: bool


_EMPTY = Part(frozenset(), frozenset(), is_nullable=True)


@dataclass(slots=True)
class Automaton:
    """Places, the characters each reads (as a bit set), and how often each place follows another.

    `ends` are the places where a match may end, `endless` those in repeats without end. `has_conditions` says that
    anchors or counts decide as well, `is_empty_twice` that a loop can read nothing in two ways. `depth` counts the
    loops that are open while building.
    """

    reads: list[int] = field(default_factory=list)
    follows: Counter[tuple[int, int]] = field(default_factory=Counter)
    ends: frozenset[int] = frozenset()
    endless: set[int] = field(default_factory=set)
    has_conditions: bool = False
    is_empty_twice: bool = False
    depth: int = 0

    def place(self, chars: int) -> Part:
        """Add a place that reads one of these characters."""
        if len(self.reads) >= PLACES_LIMIT:
            raise TooLargeError
        self.reads.append(chars)
        at = frozenset({len(self.reads) - 1})
        return Part(at, at, is_nullable=False)

    def link(self, ends: Iterable[int], starts: Iterable[int]) -> None:
        """Let each start follow each end, once more than it does already."""
        targets = list(starts)
        for end in ends:
            for start in targets:
                self.follows[end, start] += 1


def automaton_of(tree: Iterable[Any], *, ignores_case: bool) -> Automaton:
    """Build the automaton of a parsed pattern.

    Raises:
        TooLargeError: the pattern has more than `PLACES_LIMIT` places.
    """
    automaton = Automaton()
    automaton.ends = _sequence(automaton, tree, ignores_case=ignores_case).last
    return automaton


def _sequence(automaton: Automaton, tree: Iterable[Any], *, ignores_case: bool) -> Part:
    whole = _EMPTY
    for kind, argument in tree:
        whole = _joined(automaton, whole, _element(automaton, kind, argument, ignores_case=ignores_case))
    return whole


def _joined(automaton: Automaton, one: Part, other: Part) -> Part:
    automaton.link(one.last, other.first)
    return Part(
        one.first | other.first if one.is_nullable else one.first,
        one.last | other.last if other.is_nullable else other.last,
        one.is_nullable and other.is_nullable,
    )


def _element(automaton: Automaton, kind: Any, argument: Any, *, ignores_case: bool) -> Part:
    if kind in _REPEATS:
        return _repeat(automaton, argument, ignores_case=ignores_case)
    if kind is code.SUBPATTERN:
        return _sequence(
            automaton, argument[3], ignores_case=ignores_case or bool(argument[1] & code.SRE_FLAG_IGNORECASE)
        )
    if kind is code.ATOMIC_GROUP:
        return _sequence(automaton, argument, ignores_case=ignores_case)
    if kind is code.BRANCH:
        parts = [_sequence(automaton, branch, ignores_case=ignores_case) for branch in argument[1]]
        automaton.is_empty_twice |= automaton.depth > 0 and sum(part.is_nullable for part in parts) > 1
        return Part(
            frozenset().union(*(part.first for part in parts)),
            frozenset().union(*(part.last for part in parts)),
            any(part.is_nullable for part in parts),
        )
    chars = chars_of(kind, argument, ignores_case=ignores_case)
    automaton.has_conditions |= chars is None
    return _EMPTY if chars is None else automaton.place(chars)


def _repeat(automaton: Automaton, argument: Any, *, ignores_case: bool) -> Part:
    least, most, body = argument
    if most >= MANY:
        automaton.has_conditions |= least > 1
        automaton.depth += 1
        first = len(automaton.reads)
        part = _sequence(automaton, body, ignores_case=ignores_case)
        automaton.depth -= 1
        if most is code.MAXREPEAT:
            automaton.endless.update(range(first, len(automaton.reads)))
        automaton.link(part.last, part.first)
        return Part(part.first, part.last, part.is_nullable or least == 0)
    rounds = [_sequence(automaton, body, ignores_case=ignores_case) for _ in range(most)]
    for one, other in pairwise(rounds):
        automaton.link(one.last, other.first)
    return Part(
        rounds[0].first if rounds else frozenset(),
        frozenset().union(*(part.last for part in rounds[max(0, least - 1) :])),
        least == 0 or all(part.is_nullable for part in rounds),
    )


def loops_of(automaton: Automaton) -> list[frozenset[int]]:
    """Return the groups of places that can all be reached from each other, by Tarjan's algorithm without recursion."""
    nexts = _nexts(automaton)
    index: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    waiting: set[int] = set()
    loops: list[frozenset[int]] = []
    for root in range(len(automaton.reads)):
        todo = [] if root in index else [(root, iter(nexts[root]))]
        if todo:
            index[root] = low[root] = len(index)
            stack.append(root)
            waiting.add(root)
        while todo:
            place, following = todo[-1]
            step = next(following, None)
            if step is None:
                todo.pop()
                if todo:
                    low[todo[-1][0]] = min(low[todo[-1][0]], low[place])
                if low[place] == index[place]:
                    loops.append(_popped(stack, waiting, place))
            elif step not in index:
                index[step] = low[step] = len(index)
                stack.append(step)
                waiting.add(step)
                todo.append((step, iter(nexts[step])))
            elif step in waiting:
                low[place] = min(low[place], index[step])
    return [loop for loop in loops if len(loop) > 1 or any(automaton.follows[place, place] for place in loop)]


def _popped(stack: list[int], waiting: set[int], place: int) -> frozenset[int]:
    at = stack.index(place)
    popped = frozenset(stack[at:])
    del stack[at:]
    waiting -= popped
    return popped


def _nexts(automaton: Automaton) -> list[list[int]]:
    nexts: list[list[int]] = [[] for _ in automaton.reads]
    for (place, step), times in automaton.follows.items():
        if times:
            nexts[place].append(step)
    return nexts


def goes_round_twice(automaton: Automaton, loop: frozenset[int]) -> bool:
    """Say whether a loop can read one text in two ways that end where they began."""
    inside = {edge: times for edge, times in automaton.follows.items() if edge[0] in loop and edge[1] in loop}
    if any(times > 1 for times in inside.values()):
        return True
    steps: dict[int, list[int]] = {place: [] for place in loop}
    for place, step in inside:
        steps[place].append(step)
    reached, todo = set[tuple[int, int]](), [(place, place) for place in loop]
    backwards: dict[tuple[int, int], list[tuple[int, int]]] = {}
    while todo:
        pair = todo.pop()
        if pair in reached:
            continue
        reached.add(pair)
        for one in steps[pair[0]]:
            for other in steps[pair[1]]:
                if automaton.reads[one] & automaton.reads[other]:
                    backwards.setdefault((one, other), []).append(pair)
                    todo.append((one, other))
    return any(one != other for one, other in _leading_to([(place, place) for place in loop], backwards))


def _leading_to(
    ends: Sequence[tuple[int, int]], backwards: dict[tuple[int, int], list[tuple[int, int]]]
) -> set[tuple[int, int]]:
    found, todo = set[tuple[int, int]](), list(ends)
    while todo:
        pair = todo.pop()
        if pair not in found:
            found.add(pair)
            todo += backwards.get(pair, ())
    return found


def shares_text(automaton: Automaton, one: frozenset[int], other: frozenset[int]) -> bool:
    """Say whether some text goes round one loop, round another, and straight from the first to the second."""
    places = one | other
    steps: dict[int, list[int]] = {place: [] for place in places}
    for (place, step), times in automaton.follows.items():
        if times and place in places and step in places:
            steps[place].append(step)
    if not any(step in other for place in one for step in steps[place]) or _is_spacing(automaton, one, other):
        return False
    return any(_reaches(automaton, steps, (a, a, b), (a, b, b), one, other) for a in one for b in other)


def _is_spacing(automaton: Automaton, one: frozenset[int], other: frozenset[int]) -> bool:
    r"""Tell the blanks around an optional mark (`\s*=?\s*`), which half of all patterns have, from a trap.

    They cost the square of the length of a run of blanks, and nothing on any other text.
    """
    if any(automaton.reads[place] & ~BLANKS for place in one | other):
        return False
    follows = automaton.follows
    return any(
        follows[first, mark] and follows[mark, last] and not automaton.reads[mark] & BLANKS
        for mark in range(len(automaton.reads))
        if mark not in one | other
        for first in one
        for last in other
    )


def _reaches(
    automaton: Automaton,
    steps: dict[int, list[int]],
    start: tuple[int, int, int],
    end: tuple[int, int, int],
    one: frozenset[int],
    other: frozenset[int],
) -> bool:
    seen, todo, reads = set[tuple[int, int, int]](), [start], automaton.reads
    while todo:
        first, second, third = todo.pop()
        for a in steps[first]:
            for b in steps[second] if a in one else ():
                both = reads[a] & reads[b]
                for c in steps[third] if both else ():
                    triple = (a, b, c)
                    if c in other and both & reads[c] and triple not in seen:
                        if triple == end:
                            return True
                        seen.add(triple)
                        todo.append(triple)
        if len(seen) > 20_000:
            raise TooLargeError
    return False
