"""docs/policy.md names every key of the policy document, and each policy shown in the guides would be taken into force."""

import json
import re
from pathlib import Path

import pytest

from logrouter.masking import Masker
from logrouter.policy.load import SECTIONS, load_policy

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "layers" / "core" / "logrouter" / "policy"
PAGE = (ROOT / "docs" / "policy.md").read_text("utf-8")
SHOWN = [
    pytest.param(text, id=f"{page.name}-{number}")
    for page in sorted((ROOT / "docs").rglob("*.md"))
    for number, text in enumerate(re.findall(r"```json\n(\{.*?)```", page.read_text("utf-8"), re.DOTALL))
    if re.match(r"\{\s*\"(version|" + "|".join(SECTIONS) + r")\"\s*:", text)
]


def section(name: str) -> str:
    """The part of docs/policy.md about one section of the document."""
    return re.search(rf"^## `{name}`.*?$(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)[1]


def stored(folder: str, name: str) -> dict:
    return json.loads((POLICY / folder / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize("name", SECTIONS)
def test_every_key_is_described(name: str) -> None:
    """Each top-level key of a section's default and schema stands in the page's part about that section."""
    schema = stored("schema", name)
    keys = {*stored("default", name), *schema.get("properties", {})}

    assert {key for key in keys if not re.search(rf"`{key}[`.\[]", section(name))} == set()


@pytest.mark.parametrize("name", SECTIONS)
def test_every_fact_of_an_entry_is_described(name: str) -> None:
    """So does each fact of the entries that a section's lists take, except what masking and llm have pages for."""
    schema = stored("schema", name)
    if name in {"masking", "llm"}:
        assert f"{name}" in section(name)
        return
    lists = [*schema.get("properties", {}).values(), schema["additionalProperties"]]
    entries = [each["items"]["properties"] for each in lists if each and "properties" in each.get("items", {})]

    assert {key for entry in entries for key in entry if f"`{key}`" not in section(name)} == set()


@pytest.mark.parametrize("text", SHOWN)
def test_a_policy_that_is_shown_would_be_taken(text: str) -> None:
    """The document passes the schema, its masking rules compile and pass their own examples."""
    policy = load_policy(text)

    assert Masker(policy).mask("nothing") == "nothing"


def test_policies_are_shown() -> None:
    """The test above has something to look at."""
    assert len(SHOWN) > 5
