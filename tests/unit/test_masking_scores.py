"""The scores of masking on corpora written from the contract alone: recall, disguised recall, false positives, exactness.

The blind corpus (tests/data/masking_blind_*.py) shares no line with the examples of the rules: templates times drawn
values. The outside one (tests/data/masking_outside.py) was written by people who had never seen a rule; the rules were
tuned on both, so both hold what was reached; what masking does with cases it was not tuned on, they cannot say.
"""

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from logrouter.masking import mask
from tests.data.masking_blind_cases import Case
from tests.data.masking_blind_disguised import disguised
from tests.data.masking_blind_positives import positives
from tests.data.masking_blind_survivors import survivors
from tests.data.masking_outside import PARTS, OutsideCase, outside_cases


class Score:
    """What went wrong over one part of the corpus."""

    def __init__(self, cases: Sequence[Case | OutsideCase]) -> None:
        self.size = len(cases)
        self.wrong: Counter[str] = Counter()
        self.groups: Counter[tuple[str, str]] = Counter()
        for case in cases:
            masked = mask(case.record)
            faults = set(case.judge(masked))
            if json.dumps(mask(masked)) != json.dumps(masked):
                faults.add("stable")
            self.wrong.update(faults)
            self.groups.update((fault, case.group) for fault in faults)

    def rate(self, fault: str) -> float:
        """Share of the cases with this fault, in percent."""
        return 100 * self.wrong[fault] / self.size

    def where(self) -> str:
        """Name the classes with faults; never a value."""
        return ", ".join(f"{fault}: {group} ({count})" for (fault, group), count in self.groups.most_common())


@pytest.fixture(scope="module")
def plain() -> Score:
    return Score(positives())


@pytest.fixture(scope="module")
def hidden() -> Score:
    return Score(disguised())


@pytest.fixture(scope="module")
def kept() -> Score:
    return Score(survivors())


def test_corpus_is_large_enough(plain, hidden, kept):
    """The corpus holds at least 1,000 plain and 600 disguised positives and 500 survivors."""
    assert plain.size >= 1000
    assert hidden.size >= 600
    assert kept.size >= 500


def test_recall(plain):
    """At least 99.5 % of what is sensitive in plain sight is masked."""
    assert plain.rate("recall") <= 0.5, plain.where()


def test_disguised_recall(hidden):
    """At least 98 % of what is sensitive in disguise is masked."""
    assert hidden.rate("recall") <= 2, hidden.where()


def test_false_positives(kept):
    """At most 0.5 % of what has to survive is touched."""
    assert kept.rate("context") <= 0.5, kept.where()


def test_specified_masks_are_exact(plain, hidden):
    """Phones, resident numbers, cards, e-mails and secrets get exactly the specified mask, always."""
    assert plain.wrong["exact"] == 0, plain.where()
    assert hidden.wrong["exact"] == 0, hidden.where()


def test_rest_of_the_record_is_kept(plain, hidden):
    """What stands around the masked value stays byte for byte, JSON types and key order too."""
    assert plain.wrong["context"] == 0, plain.where()
    assert hidden.wrong["context"] == 0, hidden.where()


def test_masking_is_stable(plain, hidden, kept):
    """Masking what is masked changes nothing more."""
    assert [score.wrong["stable"] for score in (plain, hidden, kept)] == [0, 0, 0]


@pytest.fixture(scope="module")
def outside() -> dict[str, Score]:
    return {part: Score(list(outside_cases(part))) for part in PARTS}


def test_outside_corpus_is_whole(outside):
    """The outside corpus holds 3,116 plain and 3,008 disguised positives and 4,286 survivors."""
    assert [outside[part].size for part in PARTS] == [3116, 3008, 4286]


def test_outside_recall(outside):
    """At least 99.9 % of what outsiders wrote as sensitive is masked, and 99.5 % of it in disguise."""
    assert outside["plain"].rate("recall") <= 0.1, outside["plain"].where()
    assert outside["disguised"].rate("recall") <= 0.5, outside["disguised"].where()


def test_outside_survivors(outside):
    """At most 0.1 % of what outsiders wrote as harmless is touched."""
    assert outside["kept"].rate("context") <= 0.1, outside["kept"].where()


@pytest.mark.parametrize("fault", ["exact", "context"])
def test_outside_masks_are_exact_and_keep_the_rest(outside, fault):
    """What outsiders said of the form of masks and of the text around them holds always."""
    assert [outside[part].wrong[fault] for part in ("plain", "disguised")] == [0, 0]


def test_outside_masking_is_stable(outside):
    """Masking what outsiders wrote a second time changes nothing more."""
    assert [outside[part].wrong["stable"] for part in PARTS] == [0, 0, 0]
