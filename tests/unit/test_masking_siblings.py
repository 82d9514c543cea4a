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


CLOTHES = {
    "message": lambda record: {"message": record, "level": "INFO"},
    "behind the head of a log line": lambda record: f"2026-11-20T10:00:00Z INFO [app] {_line(record)}",
    "JSON in JSON": lambda record: {"log": json.dumps({"m": record}, ensure_ascii=False)},
    "list": lambda record: [record, {"a": record}],
    "line of a container": lambda record: {
        "log": f"{_line(record)}\n",
        "kubernetes": {"pod_name": "auth-token-7f8b-x2"},
    },
}


def _line(record):
    return record if isinstance(record, str) else json.dumps(record)


@pytest.mark.parametrize("clothes", CLOTHES)
def test_siblings_are_judged_alike_in_other_clothes(siblings, clothes):
    """A record is harmless or sensitive wherever it stands."""
    dress = CLOTHES[clothes]
    wrong = [
        one["record"] for one in siblings if (mask(dress(one["record"])) != dress(one["record"])) != ("masked" in one)
    ]
    assert wrong == []
