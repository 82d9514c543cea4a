"""route and log_groups: names are matched by globs, the first rule wins."""

import pytest

from logrouter.policy import default_policy
from logrouter.policy.log_groups import OWN_KIND, kind_of, matches
from logrouter.stages.route import route_of

ROUTES = [
    {"id": "pay", "route": "payments", "services": ["pay*"], "environments": ["prod"]},
    {"id": "db", "route": "databases", "log_groups": ["/aws/rds/*"]},
    {"id": "staging", "route": "staging", "environments": ["staging"]},
]


@pytest.mark.parametrize(
    ("service", "log_group", "environment", "expected"),
    [
        ("payments", "/a", "prod", "payments"),
        ("payments", "/a", "staging", "staging"),
        ("payments", "/aws/rds/x/error", "dev", "databases"),
        (None, "/aws/rds/x/error", None, "databases"),
        (None, "/a", "prod", "default"),
        ("orders", "/a", None, "default"),
    ],
)
def test_route_of(service, log_group, environment, expected):
    """The first rule whose every list covers the record names the route; without one it is the default."""
    assert expected == route_of(ROUTES, service=service, log_group=log_group, environment=environment)


def test_no_routes():
    """Without rules everything goes to the default route."""
    assert route_of([], service="s", log_group="/g", environment="e") == "default"


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("*/errors", "/aws/ecs/orders/errors", True),
        ("*/errors", "/aws/ecs/orders/errors2", False),
        ("/aws/lambda/*", "/aws/lambda/a/b", True),
        ("/aws/lambda/*", "x/aws/lambda/a", False),
        ("a.c", "abc", False),
        ("[$LATEST]*", "[$LATEST]1", True),
        ("?", "a", False),
        ("*", "", True),
        ("a\n*", "a\nb\nc", True),
        ("ab*ba", "aba", False),
        ("a*b*c", "a-c-b", False),
        ("a*b*c", "a-b-b-c", True),
        ("*a*a*", "a", False),
    ],
)
def test_matches(pattern, name, expected):
    """Only `*` is special in a glob, and the whole name must be covered."""
    assert expected is matches(pattern, name)


def test_glob_of_stars_is_fast():
    """A glob made of stars does not make matching explode."""
    assert not matches("*a" * 200 + "*x*", "a" * 512)


@pytest.mark.parametrize(
    ("log_group", "expected"),
    [
        ("/aws/ecs/orders/errors", "errors"),
        ("/aws/lambda/orders/errors", "errors"),
        ("/aws/lambda/orders", "lambda"),
        ("/aws/ecs/orders/llm", "llm"),
        ("/aws/rds/orders/error", "rds-error"),
        ("/aws/rds/orders/slowquery", "rds"),
        ("/aws/alb/front/access-logs", "alb"),
        ("/aws/ecs/orders/application", "application"),
        ("somewhere else", None),
    ],
)
def test_packaged_kinds(log_group, expected):
    """The packaged policy knows the log groups of the convention and those AWS names itself."""
    kind = kind_of(default_policy().section("log_groups"), log_group)

    assert expected == (kind and kind["id"])


SECTION = {
    "own": ["/aws/lambda/logrouter-*"],
    "kinds": [{"id": "lambda", "matches": ["/aws/lambda/*"], "retention_days": 14, "subscribe": "forward_errors"}],
    "exceptions": [
        {"id": "audit", "matches": ["/aws/lambda/audit*", "/audit"], "retention_days": 90, "reason": "law"},
    ],
}


@pytest.mark.parametrize(
    ("log_group", "expected"),
    [
        (
            "/aws/lambda/audit-1",
            SECTION["kinds"][0] | {"retention_days": 90, "reason": "law"},
        ),
        ("/audit", {"id": "audit", "matches": ["/audit"], "retention_days": 90, "reason": "law"}),
        ("/aws/lambda/orders", SECTION["kinds"][0]),
        ("/aws/lambda/logrouter-dev-ForwardErrors", OWN_KIND),
        ("/other", None),
    ],
)
def test_exceptions_and_own(log_group, expected):
    """An exception lays its fields over the kind; a group of our own is nobody's business."""
    actual = kind_of(SECTION, log_group)

    assert actual is None or {**expected, "matches": actual.get("matches")} == {
        **actual,
        "matches": actual.get("matches"),
    }
    assert (expected is None) == (actual is None)
