"""Heads of lines whose pattern no logger ships: what they say is told from the message."""

import pytest

from logrouter.model import Level
from logrouter.stages.reading.heads import read_head

AT_MS = 1_795_140_000_000
"""2026-11-20 02:00:00 UTC."""


@pytest.mark.parametrize(
    ("text", "component", "message"),
    [
        ("2026-11-20 02:00:00,000 | ERROR    | shop.api:pay:58 | no stock", "shop.api", "no stock"),
        ("ERROR|2026-11-20 02:00:00,000|com.shop.Orders|no stock", "com.shop.Orders", "no stock"),
        ("[2026-11-20 02:00:00,000] [ERROR] com.shop.Orders:38 no stock", "com.shop.Orders", "no stock"),
        ("2026-11-20T02:00:00.000Z ERROR com.shop.Orders no stock", "com.shop.Orders", "no stock"),
        ("[2026-11-20T02:00:00.000] [ERROR] payment - no stock", "payment", "no stock"),
        ("2026-11-20T02:00:00Z ERROR shop.example.com is down", None, "shop.example.com is down"),
        ("2026-11-20T02:00:00Z ERROR shop.errors.StockError: none left", None, "shop.errors.StockError: none left"),
        ("2026-11-20T02:00:00Z ERROR -5 is no amount", None, "-5 is no amount"),
    ],
)
def test_a_head_ends_where_the_message_begins(text: str, component: str | None, message: str) -> None:
    """A logger is one where it looks like a class or stands between marks; hosts and errors begin the message."""
    fields, rest = read_head(text, AT_MS)

    assert (fields["level"], fields.get("component"), rest) == (Level.ERROR, component, message)
    assert fields["timestamp_ms"] == AT_MS


def test_what_else_a_head_says() -> None:
    """Request, thread and process are told from one another by their looks."""
    text = "[main] [7] [req-41ab] 52fdfc07 ERROR: no stock"

    fields, rest = read_head(text, AT_MS)

    assert (fields["request_id"], fields["attributes"]) == ("req-41ab", {"thread": "main", "pid": "7"})
    assert (fields["level"], rest) == (None, "52fdfc07 ERROR: no stock")


def test_no_head() -> None:
    """A text that begins with words is left as it is."""
    assert read_head("no stock left", AT_MS) == ({"level": None, "attributes": {}}, "no stock left")
