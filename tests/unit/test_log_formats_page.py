"""The page about log formats names everything that there is, and its example is a valid policy."""

import json
import re
from pathlib import Path

import pytest

from logrouter.model import Origin, Record
from logrouter.policy.load import default_policy, load_policy
from logrouter.stages.classify import classify, facts_of
from logrouter.stages.parsers.registry import JSON_PARSERS, TEXT_PARSERS
from logrouter.stages.traces.registry import LANGUAGES

PAGE = (Path(__file__).parents[2] / "docs" / "log-formats.md").read_text("utf-8")
POLICY_PAGE = (Path(__file__).parents[2] / "docs" / "policy.md").read_text("utf-8")
JSON_PART, TEXT_PART = PAGE.split("## JSON lines")[1].split("## Text lines")
RECORD = Record(Origin("1", "r", "g", "s"), "1", 0, "x")


@pytest.mark.parametrize("name", [parser.name for parser in JSON_PARSERS])
def test_every_json_format_has_a_row(name):
    """Each JSON parser stands in the table, in the order they are asked."""
    assert f"| `{name}` |" in JSON_PART


def test_the_rows_stand_in_the_order_of_the_registry():
    """The order of the table is the order of the registry."""
    assert re.findall(r"^\| `([\w-]+)` \|", JSON_PART, re.MULTILINE) == [parser.name for parser in JSON_PARSERS]


@pytest.mark.parametrize("name", [parser.name for parser in TEXT_PARSERS])
def test_every_text_format_has_a_row(name):
    """Each text parser stands in the table."""
    assert f"| `{name}` |" in TEXT_PART


@pytest.mark.parametrize("name", [language.name for language in LANGUAGES])
def test_every_language_is_named(name):
    """Each language whose traces are read is named."""
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("key", default_policy().section("errors"))
def test_every_key_of_the_section_is_explained(key):
    """Each key of the policy section has a row on the page that this one points to."""
    assert "(policy.md#errors)" in PAGE
    assert re.search(rf"^\| `{key}(?:`|\.)", POLICY_PAGE, re.MULTILINE)


@pytest.mark.parametrize("fact", facts_of(RECORD))
def test_every_fact_is_named(fact):
    """Each fact that a rule can ask about is named."""
    assert f"`{fact}`" in PAGE or f"`{fact}.<name>`" in PAGE


def test_the_example_works():
    """The example policy is valid and fills an attribute into the fingerprint."""
    example = re.search(r"```json\n(.*?)```", PAGE, re.DOTALL)[1]
    rules = load_policy(json.dumps(json.loads(example))).section("errors")

    assert classify(RECORD, rules, "errors").fingerprint == ("g", "x")
