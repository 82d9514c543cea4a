"""The masking guide names every rule, check and mask there is, and none that is not."""

import json
import re
from pathlib import Path

from logrouter.masking import Masker, mask
from logrouter.masking.partial import MASKS
from logrouter.masking.rules import VALIDATORS
from logrouter.policy import default_policy, load_policy

PAGE = (Path(__file__).parent.parent.parent / "docs" / "masking.md").read_text("utf-8")
RULES = {rule["id"] for rule in default_policy().section("masking")["rules"]}
SINGLE = {"card", "jwt", "iban", "email", "encoded"}


def test_every_rule_is_named():
    """The guide names each packaged rule by its id."""
    named = set(re.findall(r"`([a-z0-9_.]+)`", PAGE))

    assert sorted(RULES - named) == []


def test_no_rule_is_invented():
    """What the guide calls by a rule's prefix exists."""
    prefixes = {rule.split(".")[0] for rule in RULES - SINGLE}
    named = {name for name in re.findall(r"`([a-z0-9_]+\.[a-z0-9_.]+)`", PAGE) if name.split(".")[0] in prefixes}

    assert sorted(named - RULES) == []


def test_validators_and_masks_are_named():
    """The guide lists what a team's rule may name."""
    missing = [name for name in (*VALIDATORS, *MASKS) if f"`{name}`" not in PAGE]

    assert missing == []


def test_example_policy_is_accepted():
    """The policy shown in the guide loads and compiles."""
    document = re.search(r"```json\n(.+?)```", PAGE, re.DOTALL)[1]

    assert Masker(load_policy(document)).mask("EMP-" + "123456", "hr-api") == "EMP-***MASKED***"
    assert json.loads(document)["version"] == "2026-11-20"


def test_shown_masks_are_what_comes_out():
    """The two calls at the top of the guide give what stands beside them."""
    assert mask("login user@" + "example.com from 010-" + "1234-5678") == "login us**@example.com from 010-****-5678"
    assert mask({"password": "hunter2", "total_tokens": 1545}) == {"password": "***MASKED***", "total_tokens": 1545}
