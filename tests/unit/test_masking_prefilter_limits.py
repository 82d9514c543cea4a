"""What a policy may ask of the prefilter and of memory."""

import json

import pytest

from logrouter.errors import PolicyError
from logrouter.masking import Masker
from logrouter.masking.rules.prefilter import Prefilter
from logrouter.policy.load import load_policy


def test_a_set_that_does_not_fit_is_refused_with_its_reason():
    """More than the automaton of all rules can hold is a refusal of the document, not a fault of ours."""
    pytest.importorskip("re2")
    gates = [(str(number), f"[a-z]{{1,200}}{number}x[0-9]{{1,200}}y{{1,200}}") for number in range(4000)]

    with pytest.raises(PolicyError, match="too large for one automaton"):
        Prefilter(gates)


def test_compiled_rule_sets_do_not_pile_up(monkeypatch):
    """Hundreds of services with rules of their own must not fill the memory of a function, and each keeps its rule."""
    monkeypatch.setattr("logrouter.masking.engine.COMPILED_LIMIT", 3)
    rules = [
        {
            "id": f"team.r{number}",
            "kind": "pattern",
            "pattern": f"EMP{number}-(?P<v>[0-9]{{6}})",
            "services": [f"s{number}"],
            "examples": {"positive": [{"text": [f"EMP{number}-", "123456"]}], "negative": [["x"]]},
        }
        for number in range(8)
    ]
    masker = Masker(load_policy(json.dumps({"masking": {"rules": rules}})))

    masked = [
        masker.mask_text(f"EMP{number}-654321", f"s{number}")[0] for number in (*range(len(rules)), 0, len(rules) - 1)
    ]

    assert [text for text in masked if "654321" in text] == []
    assert len(masker._compiled) <= 3
