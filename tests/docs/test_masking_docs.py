"""The masking guide names every rule, check and mask there is, and none that is not."""

import json
import re
from pathlib import Path

import pytest

from logrouter.masking import Masker, mask
from logrouter.masking.rules.table import VALIDATORS
from logrouter.masking.values.judgement import CHECKS
from logrouter.masking.values.keyed import KEYED
from logrouter.masking.values.masks import EXAMPLE_KEYS, PSEUDONYMS, masks_of
from logrouter.masking.values.pseudonyms import Pseudonyms
from logrouter.policy import default_policy, load_policy

PAGE = (Path(__file__).parent.parent.parent / "docs" / "masking.md").read_text("utf-8")
EXAMPLES = re.findall(r"```json\n(.+?)```", PAGE, re.DOTALL)
RULES = {rule["id"] for rule in default_policy().section("masking")["rules"]}
SINGLE = {"card", "jwt", "iban", "email", "encoded", "mac", "company_number"}


def test_every_rule_is_named():
    """The guide names each packaged rule by its id."""
    named = set(re.findall(r"`([a-z0-9_.]+)`", PAGE))

    assert sorted(RULES - named) == []


def test_no_rule_is_invented():
    """What the guide calls by a rule's prefix exists."""
    prefixes = {rule.split(".")[0] for rule in RULES - SINGLE}
    named = {name for name in re.findall(r"`([a-z0-9_]+\.[a-z0-9_.]+)`", PAGE) if name.split(".")[0] in prefixes}

    beginnings = {name for name in named if any(rule.startswith(f"{name}.") for rule in RULES)}
    assert sorted(named - RULES - beginnings - set(PSEUDONYMS)) == []


def test_validators_checks_and_masks_are_named():
    """The guide lists what a team's rule may name."""
    named = (*VALIDATORS, *CHECKS, *KEYED, *masks_of(Pseudonyms()))
    missing = [name for name in named if f"`{name}`" not in PAGE]

    assert missing == []


def test_example_policy_is_accepted():
    """The policy shown in the guide loads and compiles."""
    document = EXAMPLES[-1]
    masker = Masker(load_policy(document))

    assert masker.mask("EMP-" + "123456", "hr-api") == "EMP-***MASKED***"
    assert masker.mask({"users": [{"note": "allergic"}]}) == {"users": [{"note": "al****"}]}
    assert json.loads(document)["version"] == "2026-11-20"


@pytest.mark.parametrize("document", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_policy_shown_is_accepted(document):
    """Whatever JSON the guide shows is a policy that can be taken."""
    assert Masker(load_policy(document), pseudonyms=EXAMPLE_KEYS).version


def test_shown_masks_are_what_comes_out():
    """The two calls at the top of the guide give what stands beside them."""
    assert mask("login user@" + "example.com from 010-" + "1234-5678") == "login us**@example.com from 010-****-5678"
    assert mask({"password": "hunter2", "total_tokens": 1545}) == {"password": "***MASKED***", "total_tokens": 1545}
