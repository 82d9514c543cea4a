"""docs/delivery.md describes every metric that the code counts, and none besides."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "delivery.md").read_text("utf-8")
MINE = [
    *(ROOT / "layers/core/logrouter/adapters" / f"{name}.py" for name in (
        "courier", "ledger", "look_back", "tails", "occurrences", "retry_queue", "policy_source", "pseudonym_keys", "telemetry",
        "forwarding", "call_counter", "spending_table", "alert_topic", "llm_book", "offloaded_bodies",
    )),
    ROOT / "functions/replay_failed/app.py",
]  # fmt: skip


def test_every_metric_is_described():
    """A metric without a line in the table would be a number nobody understands."""
    counted = {
        name for path in MINE for name in re.findall(r'(?:count|gauge)\(\s*"([A-Z][A-Za-z]+)"', path.read_text("utf-8"))
    }

    described = set(re.findall(r"^\| `([A-Z][A-Za-z]+)` \|", TEXT, re.MULTILINE))

    assert described == counted


def test_every_setting_named_exists():
    """A variable of this page is a variable of the settings."""
    settings = (ROOT / "layers/core/logrouter/settings.py").read_text("utf-8")

    named = set(re.findall(r"`([A-Z][A-Z_]{5,})`", TEXT))

    assert {name for name in named if f'"{name}"' not in settings} == set()
