"""What fuzzing has found stays mended."""

import pytest

from tests.data.masking_found import FOUND
from tests.fuzz.masking import fuzz
from tests.fuzz.oracle import faults


@pytest.mark.parametrize(("record", "planted"), [pytest.param(*case, id=name) for name, *case in FOUND])
def test_found_case_breaks_no_law(record, planted):
    """Each record that once broke a law of masking breaks none now."""
    assert faults(record, planted) == []


def test_fuzzing_for_a_moment_finds_nothing():
    """A few hundred records of the fuzzer break no law; the long runs are made by hand."""
    assert fuzz(20261120, lambda done: done >= 300) == {}


def test_fuzzing_finds_what_is_broken(monkeypatch):
    """The fuzzer can find something: a masker that masks nothing breaks its laws."""
    monkeypatch.setattr("tests.fuzz.masking.smallest", lambda record, broken: record)
    monkeypatch.setattr("logrouter.masking.engine.Masker.mask", lambda self, record: record)

    assert fuzz(20261120, lambda done: done >= 30).total() > 5
