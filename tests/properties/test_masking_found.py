"""What fuzzing has found stays mended."""

import json

import pytest

from logrouter.masking import mask
from tests.data.masking_found import CLEAN, FOUND
from tests.fuzz.masking import fuzz
from tests.fuzz.oracle import faults


@pytest.mark.parametrize(("record", "planted"), [pytest.param(*case, id=name) for name, *case in FOUND])
def test_found_case_breaks_no_law(record, planted):
    """Each record that once broke a law of masking breaks none now."""
    assert faults(record, planted) == []


@pytest.mark.parametrize("text", CLEAN, ids=range(len(CLEAN)))
def test_clean_text_that_was_masked_stays(text):
    """What once was masked in vain stays as it is, alone and as the message of a record."""
    assert mask(text) == text
    assert mask({"msg": text}) == {"msg": text}
    assert mask(json.dumps({"msg": text})) == json.dumps({"msg": text})


def test_fuzzing_for_a_moment_finds_nothing():
    """A few hundred records of the fuzzer break no law; the long runs are made by hand."""
    assert fuzz(20261120, lambda done: done >= 300) == {}


def test_fuzzing_finds_what_is_broken(monkeypatch):
    """The fuzzer can find something: a masker that masks nothing breaks its laws."""
    monkeypatch.setattr("tests.fuzz.masking.smallest", lambda record, broken: record)
    monkeypatch.setattr("logrouter.masking.engine.Masker.mask", lambda self, record: record)

    assert fuzz(20261120, lambda done: done >= 30).total() > 5
