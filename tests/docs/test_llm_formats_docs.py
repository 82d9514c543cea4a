"""docs/llm-formats.md names every shape, has a sample of each, and its mapping works."""

import importlib
import json
import re
from pathlib import Path

import pytest

from logrouter.adapters.forwarding import ready_masker
from logrouter.policy.load import load_policy
from logrouter.stages.llm.shapes.mapped import FIELDS
from logrouter.stages.llm.shapes.registry import SHAPES

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "llm-formats.md").read_text("utf-8")
TABLE = PAGE.split("## Shapes")[1].split("\n### ")[0]
OWN = PAGE.split("## A mapping for your own format")[1]
GOLDEN = ROOT / "tests" / "golden" / "llm"
MAPPINGS = json.loads((ROOT / "layers/core/logrouter/policy/schema/llm.json").read_text("utf-8"))["properties"][
    "mappings"
]


def name_of(shape) -> str:
    """`logrouter.stages.llm.shapes.openai` and `logrouter.stages.llm.shapes.otel.shape` are `openai` and `otel`."""
    return shape.__module__.removeprefix("logrouter.stages.llm.shapes.").partition(".")[0]


NAMES = [name_of(shape) for shape in SHAPES]


def test_the_rows_are_the_registry():
    """Every shape has a row, in the order they are tried, and every row is a shape."""
    assert re.findall(r"^\| `(\w+)` \|", TABLE, re.MULTILINE) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_shape_has_examples_of_what_it_is_and_is_not(name):
    """A shape says by example what it takes and what it leaves."""
    module = importlib.import_module(f"logrouter.stages.llm.shapes.{name}")

    assert module.EXAMPLES
    assert module.NO_EXAMPLES


@pytest.mark.parametrize("name", NAMES)
def test_every_shape_has_a_golden_pair(name):
    """At least one reviewed file shows what becomes of a line of this shape."""
    told = f'"shape": "{name}"'

    assert any(told in path.read_text("utf-8") for path in GOLDEN.rglob("*.json"))


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_of_a_mapping_is_named(field):
    """Each field that a mapping may fill stands in the table of fields."""
    assert f"`{field}`" in OWN


@pytest.mark.parametrize("key", sorted(MAPPINGS["items"]["properties"].keys() - {"id", "description"}))
def test_every_key_of_a_mapping_is_explained(key):
    """Each key of a mapping has a row."""
    assert re.search(rf"^\| `{key}` \|", OWN, re.MULTILINE)


def test_the_mapping_works():
    """The example of a mapping is a valid policy and passes its own examples."""
    example = re.search(r"```json\n(.*?)```", OWN, re.DOTALL)[1]

    assert ready_masker(load_policy(example))
