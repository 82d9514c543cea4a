"""What a team's pattern would cost: judged from its form alone, so that a slow rule is refused before it meets a log.

Three traps: counted repeats of wide classes, which exhaust the automaton of the prefilter (it then falls back to an
engine thirty times slower); a loop that can read the same characters in two ways, and two such loops that follow each
other, where `re` tries every way to divide a text.

No pattern is tried with the clock: the same policy must be refused, or not, on every machine and at every hour.
"""

from re import ASCII, IGNORECASE, _parser  # type: ignore[attr-defined]

from logrouter.masking.linear import re2_module
from logrouter.masking.rules.ambiguity import TooLargeError, automaton_of, goes_round_twice, loops_of, shares_text

PROGRAM_LIMIT = 500
"""Instructions of a gate in RE2. `EMP-[0-9]{6}` has 14, the counted repeats `[\\w.-]{1,64}@[\\w.-]{1,190}` 1,300."""


def is_heavy_gate(gate: str) -> bool:
    """Say whether a gate needs a larger automaton than the prefilter of all rules can bear; False without RE2."""
    re2 = re2_module()
    return re2 is not None and bool(re2.compile(gate).programsize > PROGRAM_LIMIT)


def backtracks(source: str, *, is_followed: bool = False) -> bool:
    """Say whether `re` may have to try many ways to read one text: `(a+)+`, `(a|aa)+`, `.*.*x`; or too large to judge.

    Two loops that share their text are harmless where nothing that could fail comes after them.

    Args:
        source: a pattern.
        is_followed: it is put in front of something that may fail.
    """
    tree = _parser.parse(source, ASCII)
    try:
        automaton = automaton_of(tree, ignores_case=bool(tree.state.flags & IGNORECASE))
        loops = loops_of(automaton)
        if automaton.is_empty_twice or any(goes_round_twice(automaton, loop) for loop in loops):
            return True
        may_fail = is_followed or automaton.has_conditions
        endless = [loop for loop in loops if not loop.isdisjoint(automaton.endless)]
        last = [loop for loop in endless if may_fail or not loop <= automaton.ends]
        return any(shares_text(automaton, one, other) for other in last for one in endless if one is not other)
    except TooLargeError:
        return True
