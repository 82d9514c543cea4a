"""docs/sentry.md says what is sent, no more and no less."""

import json
import re

from logrouter.destinations.sentry import EVENT_LIMIT_BYTES
from logrouter.destinations.sentry_event import OPTIONAL
from logrouter.policy.load import load_policy
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "sentry.md").read_text("utf-8")


def test_every_field_is_described():
    """The table of fields has exactly the fields an event can have."""
    table = PAGE.split("## Fields")[1].split("\n\n")[1]
    described = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    event = json.loads((ROOT / "tests/golden/sentry_full.json").read_text("utf-8"))

    assert event.keys() | OPTIONAL.keys() == described


def test_policy_example_is_valid():
    """The routes in the example are a valid policy."""
    example = re.findall(r"```json\n(\{\"routes.*?)\n```", PAGE)[0]

    assert load_policy(example).section("routes")["sentry"][0]["route"] == "payments"


def test_limit():
    """The page names the real limit."""
    assert f"{EVENT_LIMIT_BYTES // 1000} KB" in PAGE
