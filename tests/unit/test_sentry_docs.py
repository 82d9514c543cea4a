"""docs/sentry.md says what is sent, no more and no less."""

import json
import re

from logrouter.destinations.sentry import EVENT_LIMIT_BYTES
from logrouter.destinations.sentry_event import OPTIONAL
from logrouter.destinations.sentry_trims import TRIMMED
from logrouter.policy.load import load_policy
from logrouter.stages.grouping.templating import grouping_of, template_of
from tests.conftest import ROOT
from tests.unit.test_sentry_facts import event

PAGE = (ROOT / "docs" / "sentry.md").read_text("utf-8")


def test_every_field_is_described():
    """The table of fields has exactly the fields an event can have."""
    table = PAGE.split("## Fields")[1].split("\n\n")[1]
    described = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))
    event = json.loads((ROOT / "tests/golden/sentry_full.json").read_text("utf-8"))

    assert event.keys() | OPTIONAL.keys() == described


def test_policy_example_is_valid():
    """The routes in the example are a valid policy."""
    example = re.findall(r"```json\n(\{\"routes.*?)\n```", PAGE, re.DOTALL)[0]

    assert load_policy(example).section("routes")["sentry"][0]["route"] == "payments"


def test_limit():
    """The page names the real limit."""
    assert f"{EVENT_LIMIT_BYTES // 1000} KB" in PAGE


def test_every_tag_and_context_is_described():
    """The page names every context, and the tags it speaks of are there."""
    full = json.loads((ROOT / "tests/golden/sentry_full.json").read_text("utf-8"))
    table = PAGE.split("### Contexts")[1].split("\n\n")[1]

    described = set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE))

    assert full["contexts"].keys() <= described
    assert TRIMMED in PAGE
    spoken = event(user_id="u", session_id="s", component="c", attributes={"function_name": "f", "location": "l"})
    assert {"user_id", "session_id", "component", "location", "function_name"} <= spoken["tags"].keys()


def test_examples_of_grouping_hold():
    """Lines that the page calls one issue have one grouping, those it calls two have two."""
    rows = PAGE.split("| lines | issue |")[1].split("\n\n")[0].splitlines()[2:]
    judged = []
    for row in rows:
        lines, verdict = (cell.strip() for cell in row.strip("|").split("|"))
        quoted = re.findall(r"`([^`]+)`", lines)
        if len(quoted) == 2:
            words = [quoted[0], quoted[1].replace("...", "Request failed with status code")]
            judged.append((len({grouping_of(template_of(line)[0]) for line in words}), verdict.split(":")[0]))

    assert len(judged) > 5
    assert [{1: "one", 2: "two"}[count] for count, _ in judged] == [verdict for _, verdict in judged]


def test_fingerprint_example_is_valid():
    """The entries in the example of grouping are a valid policy."""
    example = next(block for block in re.findall(r"```json\n(.*?)\n```", PAGE, re.DOTALL) if "one-per-tenant" in block)

    assert [entry["id"] for entry in load_policy(example).section("errors")["fingerprints"]][-2:] == [
        "bank",
        "one-per-tenant",
    ]
