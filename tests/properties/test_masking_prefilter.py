"""The prefilter is a superset of the rules: with every gate open, and with Python's `re`, the same edits come out."""

import re
import sys
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from logrouter.masking import default_masker
from logrouter.masking.decoding.views import fold_char
from logrouter.masking.rules.gates import leading_flags
from logrouter.policy import default_policy
from tests.fuzz.growing import corpus
from tests.fuzz.oracle import by_re, same, without_prefilter

SPELLINGS = {
    "raw": str,
    "escaped": lambda char: "".join(f"\\u{int.from_bytes(pair, 'big'):04x}" for pair in pairs(char)),
    "upper": lambda char: "".join(f"\\u{int.from_bytes(pair, 'big'):04X}" for pair in pairs(char)),
    "percent": quote,
    "lower-percent": lambda char: quote(char).lower(),
    "entity": lambda char: f"&#{ord(char)};",
}


def pairs(char):
    octets = char.encode("utf-16-be")
    return [octets[at : at + 2] for at in range(0, len(octets), 2)]


@pytest.fixture(scope="module")
def folded():
    """Every character that the decoded view reads as another one."""
    chars = (chr(code) for code in range(0x80, sys.maxunicode + 1) if not 0xD800 <= code < 0xE000)
    return [char for char in chars if fold_char(char) != char]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_character_that_is_folded_opens_the_gate(folded, spelling):
    """No character that the view would undo passes the prefilter unseen, however it is written."""
    open_gates = default_masker()._select(None, None)[0].prefilter.open_gates

    shut = [f"U+{ord(char):04X}" for char in folded if "disguise" not in open_gates(f"a{SPELLINGS[spelling](char)}1")]

    assert shut == []


def test_hangul_opens_no_gate():
    """Ordinary Korean text, escaped and percent-encoded too, passes unread."""
    open_gates = default_masker()._select(None, None)[0].prefilter.open_gates
    text = "주문이 접수되어 상품을 준비하고 있습니다"

    opened = [
        open_gates(" ".join("".join(map(SPELLINGS[spelling], word)) for word in text.split()))
        for spelling in ("raw", "escaped", "percent")
    ]

    assert opened == [frozenset()] * 3


def test_corpus_is_masked_alike_without_prefilter():
    """On a quarter of the corpus (fuzzing does it all) no gate was shut that a rule needed."""
    hidden = [
        at for at, record in enumerate(corpus()[::4]) if not same(masked(record), without_prefilter().mask(record))
    ]

    assert hidden == []


def test_corpus_is_masked_alike_by_both_engines():
    """On a quarter of the corpus RE2 and `re` open the same gates."""
    differing = [at for at, record in enumerate(corpus()[::4]) if not same(masked(record), by_re().mask(record))]

    assert differing == []


def masked(record):
    return default_masker().mask(record)


PATTERNS = {rule["id"]: rule for rule in default_policy().section("masking")["rules"] if rule["kind"] == "pattern"}
UNDRAWN = {"url.oracle"}
"""Patterns that nothing can be drawn from (a look-ahead at the end of the whole text)."""


@pytest.mark.parametrize(
    "rule", [name for name, rule in PATTERNS.items() if not rule.get("optional") and name not in UNDRAWN]
)
def test_gate_opens_for_all_that_its_pattern_matches(rule):
    """Whatever text a rule's pattern matches, its gate is open: drawn from the pattern itself."""
    flags, body = leading_flags(PATTERNS[rule]["pattern"])
    open_gates = default_masker()._select(None, None)[0].prefilter.open_gates
    pattern = re.compile(f"{flags}(?:{body})", re.ASCII)

    @settings(max_examples=25, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.from_regex(pattern, fullmatch=True))
    def is_open(text):
        assert rule in open_gates(f" {text.replace('\v', ' ')} ")  # `\\s` is a vertical tab to `re`, and none to RE2

    is_open()
