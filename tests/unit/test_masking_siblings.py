"""Families of cases: for each kind of record that was once judged wrongly, others of its kind, sensitive and harmless.

`tests/data/masking_siblings.jsonl.gz` holds JSON lines, packed so that secret scanners stay silent (read it with `zcat`):
`record`, and `masked` where something in it has to go.
"""

import gzip
import json
from pathlib import Path

import pytest

from logrouter.masking import mask

SIBLINGS = Path(__file__).parents[1] / "data" / "masking_siblings.jsonl.gz"


@pytest.fixture(scope="module")
def siblings():
    return [json.loads(line) for line in gzip.decompress(SIBLINGS.read_bytes()).decode().splitlines()]


def test_there_are_families_of_both_kinds(siblings):
    """At least 300 records have to lose something, and as many have to stay."""
    hidden = [one for one in siblings if "masked" in one]
    assert len(hidden) >= 300
    assert len(siblings) - len(hidden) >= 300


def test_harmless_siblings_stay(siblings):
    """Facts, settings, sentences, placeholders, types, names of things: none of them is touched."""
    touched = [one["record"] for one in siblings if "masked" not in one and mask(one["record"]) != one["record"]]
    assert touched == []


def test_sensitive_siblings_are_hidden_and_nothing_else(siblings):
    """Each record loses what is sensitive in it, in the specified form, and keeps the rest."""
    wrong = [one["record"] for one in siblings if "masked" in one and mask(one["record"]) != one["masked"]]
    assert wrong == []


def test_siblings_are_stable(siblings):
    """Masking a second time changes nothing more."""
    assert all(mask(one["masked"]) == one["masked"] for one in siblings if "masked" in one)
