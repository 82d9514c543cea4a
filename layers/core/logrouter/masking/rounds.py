"""Masking until nothing more is found, so that masking a second time changes nothing.

A mask may uncover what stood beside it (a label now next to a number, a quote that no longer closes). So what was
masked is looked at again, unless the first look knows already that nothing is left. What still changes after `ROUNDS`
looks is hidden word by word, and after as many more as a whole: every path ends in a text that masking leaves alone.
"""

import re

from logrouter.masking.edits import SECRET, Edit, apply, settle
from logrouter.masking.text import SHORTEST, TextEngine
from logrouter.masking.trees.objects import from_value, to_value
from logrouter.masking.trees.tree import Leaf
from logrouter.model import Json

ROUNDS = 5
"""Looks after which finer masks give way to coarser ones; records of real logs need one or two."""

_WORD_BEFORE = re.compile(r"[^\s\"'\\{}\[\],]*$")
_WORD_BEHIND = re.compile(r"[^\s\"'\\{}\[\],]*")
_WORD_LIMIT_CHARS = 200


def mask_in_rounds(engine: TextEngine, text: str, gates: frozenset[str]) -> tuple[str, list[list[Edit]]]:
    """Return the masked text, and for each round its edits, which are of the text that the round before left.

    Args:
        engine: finds the edits.
        text: a record.
        gates: those that the record opens.
    """
    rounds: list[list[Edit]] = []
    while gates and len(text) >= SHORTEST:
        edits, is_final = engine.look(text, gates)
        if edits and len(rounds) >= ROUNDS:
            edits = _coarser(text, edits, is_last=len(rounds) >= 2 * ROUNDS)
        was, text = text, apply(text, edits)
        if text == was:
            break
        rounds.append(edits)
        if is_final is True or len(rounds) > 2 * ROUNDS:
            break
        gates = engine.open_gates(text)
        if is_final and engine.is_left_alone(text, gates, is_final):
            break
    return text, rounds


def _coarser(text: str, edits: list[Edit], *, is_last: bool) -> list[Edit]:
    """Hide whole words instead of what was found in them; at last, or when that changes nothing, the whole text."""
    words = settle(Edit(*_word(text, edit), SECRET, edit.rule) for edit in edits)
    if is_last or apply(text, words) == text:
        return [Edit(0, len(text), SECRET, edits[0].rule)]
    return words


def _word(text: str, edit: Edit) -> tuple[int, int]:
    before = _WORD_BEFORE.search(text, max(0, edit.start - _WORD_LIMIT_CHARS), edit.start)
    behind = _WORD_BEHIND.match(text, edit.end, edit.end + _WORD_LIMIT_CHARS)
    return (before.start() if before else edit.start), (behind.end() if behind else edit.end)


def mask_value_in_rounds(engine: TextEngine, value: Json) -> tuple[Json, list[str]]:
    """Return the masked Python value, and the ids of the rules that hit, once for each hit."""
    hits: list[str] = []
    for number in range(2 * ROUNDS):
        root = from_value(value)
        engine.begin()
        touched, is_final = engine.leaf_edits(root, is_text=False)
        changed = [leaf for leaf in touched if apply(leaf.value, leaf.edits) != leaf.value]
        if not changed:
            break
        if number >= ROUNDS:
            _hide_whole(changed)
        hits += [edit.rule for leaf in changed for edit in leaf.edits]
        value = to_value(root)
        if is_final:
            break
    return value, hits


def _hide_whole(leaves: list[Leaf]) -> None:
    for leaf in leaves:
        leaf.edits[:] = [Edit(0, len(leaf.value), SECRET, leaf.edits[0].rule)]
