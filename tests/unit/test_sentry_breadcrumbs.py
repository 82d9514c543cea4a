"""Breadcrumbs as Sentry shows them: the kind of step, its level, and the facts worth a glance."""

import pytest

from logrouter.destinations.sentry_breadcrumbs import CHARS, DATA_LIMIT, MESSAGE_CHARS, breadcrumbs_of
from logrouter.model import ErrorInfo, Issue, Level
from tests.unit.issues import issue as an_issue
from tests.unit.issues import record as a_record
from tests.unit.sentry_oracle import faults_of, stored_of


def record(**facts):
    """A record that is no error."""
    return a_record(**{"level": Level.INFO, **facts})


def crumb(led, **issue):
    """The one breadcrumb of an issue."""
    made = breadcrumbs_of(Issue(record(**issue), Level.ERROR, ("a",), "b", breadcrumbs=(led,)))
    (value,) = made["values"]
    return value


def test_what_every_breadcrumb_says():
    """Time in seconds, level in Sentry's words, message, and where it comes from."""
    led = record(message="stock reserved", level=Level.WARN, component="Stock", timestamp_ms=1795140000123)

    assert crumb(led) == {
        "type": "default",
        "timestamp": 1795140000.123,
        "level": "warning",
        "message": "stock reserved",
        "category": "Stock",
    }


@pytest.mark.parametrize(
    ("led", "kind", "level"),
    [
        ({"level": Level.ERROR}, "error", "error"),
        ({"level": Level.FATAL}, "error", "fatal"),
        ({"level": Level.TRACE}, "default", "debug"),
        ({"level": None}, "default", "info"),
        ({"level": None, "error": ErrorInfo("KeyError", "a")}, "error", "error"),
        ({"level": Level.ERROR, "path": "/a", "method": "GET", "status": 500}, "http", "error"),
    ],
)
def test_kind_and_level(led, kind, level):
    """Errors are told from steps; every level is one that Relay takes."""
    made = crumb(record(**led))

    assert (made["type"], made["level"]) == (kind, level)


def test_requests():
    """A line about a request shows method, address, status and duration as Sentry shows those of an SDK."""
    led = record(method="post", path="/stock/17", status=201, duration_ms=12.5)

    assert crumb(led)["data"] == {"method": "POST", "url": "/stock/17", "status_code": 201, "duration_ms": 12.5}


def test_lines_that_repeat_their_request():
    """A logger that puts the request into each line does not make each line a request."""
    made = crumb(record(method="POST", path="/orders"), method="POST", path="/orders")

    assert (made["type"], "data" in made) == ("default", False)


@pytest.mark.parametrize("name", ["sql", "query", "db.statement"])
def test_queries(name):
    """A statement of a database is a query."""
    made = crumb(record(attributes={name: "SELECT * FROM orders WHERE id = ?"}))

    assert (made["type"], made["data"]) == ("query", {name: "SELECT * FROM orders WHERE id = ?"})


@pytest.mark.parametrize("query", ["page=2", "selections", 17, None])
def test_no_queries(query):
    """What only has the name of one is a fact like others."""
    assert crumb(record(attributes={"query": query}))["type"] == "default"


def test_facts():
    """Short facts that the issue does not repeat are shown; long and nested ones are not."""
    led = {
        "items": 3,
        "paid": False,
        "ratio": 0.5,
        "coupon": "SPRING",
        "long": "x" * 201,
        "cart": {"a": 1},
        "none": None,
    }
    odd = {"nan": float("nan"), "blank": " ", "pid": 7, "host": "a"}

    assert crumb(record(attributes=led | odd), attributes={"pid": 7, "host": "b"})["data"] == {
        "items": 3,
        "paid": False,
        "ratio": 0.5,
        "coupon": "SPRING",
        "host": "a",
    }


@pytest.mark.parametrize("attributes", [{"auth": "yes"}, {"step": "authorize"}, {"peer": "10.0.0.1"}, {"api_key": 1}])
def test_what_the_scrubbers_would_take(attributes):
    """A fact that Sentry would show as `[Filtered]` is left out."""
    assert "data" not in crumb(record(attributes=attributes))


def test_bounds():
    """Message, category and data of a breadcrumb are bounded, and Relay takes them as they are."""
    led = record(message="m" * 5000, component="c" * 500, attributes={f"k{number}": number for number in range(50)})
    issue = Issue(record(), Level.ERROR, ("a",), "b", breadcrumbs=(led,))

    values = breadcrumbs_of(issue)["values"]

    assert len(values[0]["message"]) == MESSAGE_CHARS
    assert (len(values[0]["category"]), len(values[0]["data"])) == (128, DATA_LIMIT)
    assert stored_of({"breadcrumbs": {"values": values}})["breadcrumbs"]["values"][-1]["data"] == values[-1]["data"]


def test_the_latest_that_fit():
    """Breadcrumbs too long to be sent are left out one by one, the oldest first."""
    led = tuple(record(message=f"{number:03d}" + "x" * 2000) for number in range(100))
    issue = Issue(record(), Level.ERROR, ("a",), "b", breadcrumbs=led)

    told = [crumb["message"][:3] for crumb in breadcrumbs_of(issue)["values"]]

    assert told == [f"{number:03d}" for number in range(100 - len(told), 100)]
    assert len(told) * MESSAGE_CHARS < CHARS < (len(told) + 1) * (MESSAGE_CHARS + 200)


def test_as_many_as_sdks_keep():
    """Of very many short ones the latest hundred are told."""
    issue = Issue(record(), Level.ERROR, ("a",), "b", breadcrumbs=(record(),) * 120)

    assert len(breadcrumbs_of(issue)["values"]) == 100


def test_relay_takes_every_kind():
    """Relay finds nothing wrong with a breadcrumb of any kind, and changes none."""
    from logrouter.destinations.sentry_event import build_event

    led = (
        record(message="GET /a", method="GET", path="/a?b=1", status=200, duration_ms=1.5),
        record(message="query", attributes={"sql": "select 1"}),
        record(message="failed", level=Level.ERROR, error=ErrorInfo("KeyError", "a")),
        record(message="", component=None, service=None),
    )
    issue = Issue(record(), Level.ERROR, ("a",), "b", breadcrumbs=led)

    event = build_event(issue, "dev")

    assert faults_of(event) == []
    stored = stored_of(event)["breadcrumbs"]["values"]
    assert [{k: v for k, v in value.items() if k != "timestamp"} for value in event["breadcrumbs"]["values"]] == [
        {k: v for k, v in value.items() if k != "timestamp"} for value in stored
    ]


def test_none():
    """An issue that nothing led to has no breadcrumbs."""
    assert breadcrumbs_of(an_issue()) is None
