"""A line that a collector wrapped is read as the line it is, and what the collector knows stays beside it."""

import json

import pytest

from logrouter.model import MaskedEvent, MaskedText, Origin
from logrouter.stages.parse import parse

AT_MS = 1_795_140_000_000
LINE = "2026-11-20T02:00:00.123Z ERROR 7 --- [main] c.s.Pay : charge failed"


def record_of(document, group="/aws/containerinsights/shop/application"):
    text = document if isinstance(document, str) else json.dumps(document)
    return parse(MaskedEvent(Origin("1", "r", group, "s"), "1", AT_MS, MaskedText(text)))


@pytest.mark.parametrize(
    "document",
    [
        {"log": LINE, "container_name": "app", "source": "stderr"},
        {"log": LINE + "\n", "stream": "stderr", "time": "2026-11-20T02:00:00.2Z"},
        {"message": LINE, "stream": "stderr", "logtag": "F"},
        {"message": LINE, "kubernetes": {"pod_name": "orders-1"}},
        {"MESSAGE": LINE, "PRIORITY": "6", "_SYSTEMD_UNIT": "orders.service"},
        {"type": "function", "time": "2026-11-20T02:00:00.2Z", "record": LINE},
        f"2026-11-20T02:00:00.123456789Z stderr F {LINE}",
        f"<30>Nov 20 02:00:00 web-1 orders[231]: {LINE}",
        f"Nov  9 02:00:00 web-1 orders[231]: {LINE}",
        f"<134>1 2026-11-20T02:00:00.2Z web-1 orders 231 - - {LINE}",
        f'<134>1 2026-11-20T02:00:00.2Z web-1 orders 231 ID47 [ex@32473 order="17"][b@1] {LINE}',
        f"2026-11-20T02:00:00.2+00:00 app[web.1]: {LINE}",
        {"log": f"2026-11-20T02:00:00.123456789Z stderr F {LINE}", "stream": "stderr"},
    ],
)
def test_the_line_inside_is_read(document):
    """Whatever stands around it, the line is read by the parser of its own format."""
    record = record_of(document)

    assert (record.format, record.level.value, record.message) == ("java", "error", "charge failed")


@pytest.mark.parametrize(
    "document",
    [
        {"level": "error", "message": "charge failed", "stream": "billing"},
        {"level": "error", "message": "charge failed", "kubernetes": {"pod_name": "orders-1"}},
        {"level": "error", "msg": "charge failed", "source": "api"},
        {"severity": "ERROR", "message": "charge failed", "ident": "pay"},
        {"level": "error", "log": "charge failed", "source": "api"},
        {"level": 50, "log": json.dumps({"level": "error", "msg": "charge failed"}), "stream": "stdout"},
    ],
)
def test_a_program_s_own_level_is_never_lost(document):
    """An object with a level of its own is an error whether the line is its message or stands in `log`."""
    record = record_of(document)

    assert (record.level.value, record.message) == ("error", "charge failed")


@pytest.mark.parametrize("priority", ["0", "2", "3", "7", "x", ""])
def test_the_priority_of_a_container_s_stream_is_no_level(priority):
    """Docker's journald driver writes stderr with the priority of errors; a unit's own priority counts."""
    facts = {"MESSAGE": "all is well", "PRIORITY": priority, "CONTAINER_NAME": "orders"}
    unit = {"MESSAGE": "all is well", "PRIORITY": priority, "_SYSTEMD_UNIT": "orders.service"}

    assert record_of(facts).level is None
    assert (record_of(unit).level is not None) == priority.isdecimal()


@pytest.mark.parametrize(
    ("head", "level"),
    [
        ("<11>Nov 20 02:00:00 web-1 orders[231]: ", "error"),
        ("<10>Nov 20 02:00:00 web-1 orders: ", "fatal"),
        ("<131>1 2026-11-20T02:00:00Z web-1 orders 231 - - ", "error"),
        ("<14>Nov 20 02:00:00 web-1 orders[231]: ", "info"),
        ("<27>Nov 20 02:00:00 web-1 orders[231]: ", None),
        ("Nov 20 02:00:00 web-1 orders[231]: ", None),
    ],
)
def test_the_priority_of_syslog_is_the_level_of_what_says_none(head, level):
    """The severity counts, but not under the facility of daemons, where Docker puts stderr with that of errors."""
    record = record_of(f"{head}no route to the bank")

    assert (record.message, record.level and record.level.value) == ("no route to the bank", level)
    assert record.attributes["hostname"] == "web-1"


@pytest.mark.parametrize(
    "text",
    [
        "Nov 20 02:00:00 ERROR main: charge failed",
        "Nov 20 02:00:00 worker error: charge failed",
        "<3>Shop.Pay[7] failed",
    ],
)
def test_a_head_that_only_looks_like_one_of_syslog_stays(text):
    """Without priority and process id nothing is taken off."""
    assert "program" not in record_of(text).attributes


def test_what_the_line_says_wins_over_what_the_collector_knows():
    """An attribute that both have keeps the line's value; the collector's stays beside it."""
    inner = {"level": "error", "msg": "x", "container": "inner", "requestId": "r-1"}

    record = record_of({"log": json.dumps(inner), "container_name": "outer", "source": "stdout"})

    assert record.attributes == {"container": "inner", "collector.container": "outer", "stream": "stdout"}


@pytest.mark.parametrize(
    ("group", "facts", "service"),
    [
        ("/aws/ecs/firelens", {"ecs_task_definition": "orders:12", "container_name": "app"}, "orders"),
        ("/aws/ecs/gateway/application", {"ecs_task_definition": "orders:12", "container_name": "app"}, "gateway"),
        ("/aws/containerinsights/shop/application", {"container_name": "app"}, "app"),
        (
            "/aws/containerinsights/shop/application",
            {"kubernetes": {"container_name": "app", "labels": {"app": "orders"}}},
            "orders",
        ),
    ],
)
def test_the_service_is_the_team_s_not_the_collector_s(group, facts, service):
    """Labels name the service; else the log group, unless it is a collector's; else task family or container."""
    assert record_of({"log": LINE, "stream": "stdout", **facts}, group).service == service


def test_wrappers_end():
    """A line wrapped deeper than any collector does is read as far as it goes, whole."""
    text = "2026-11-20T02:00:00Z stderr F " * 50 + "the end"

    assert record_of(text).message.endswith("the end")
