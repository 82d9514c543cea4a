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


BY_FACTS = [
    {"id": "off", "route": "nowhere", "enabled": False},
    {"id": "fatal", "route": "pager", "match": {"level": "fatal", "environment": "prod*"}},
    {"id": "partner", "route": "partner", "match": {"account": ["210987654321"]}},
    {"id": "cards", "route": "cards", "services": ["pay"], "match": {"error.type": ["Card*", "Bank*"]}},
]


@pytest.mark.parametrize(
    ("service", "environment", "facts", "expected"),
    [
        ("x", "production", {"level": "fatal"}, "pager"),
        ("x", "dev", {"level": "fatal"}, "default"),
        ("x", "dev", {"account": "210987654321", "level": "error"}, "partner"),
        ("pay", "dev", {"error.type": "CardDeclined"}, "cards"),
        ("shop", "dev", {"error.type": "CardDeclined"}, "default"),
        ("pay", "dev", {}, "default"),
    ],
)
def test_routes_by_any_fact(service, environment, facts, expected):
    """A rule may ask about any fact of an error; its lists and its match must both hold, and it must not be off."""
    route = route_of(BY_FACTS, service=service, log_group="/g", environment=environment, facts=lambda: facts)

    assert route == expected


def test_facts_are_asked_at_need():
    """Where no rule has a match, nobody computes what it could ask about."""

    def facts():
        raise AssertionError

    assert route_of(ROUTES, service="payments", log_group="/a", environment="prod", facts=facts) == "payments"


def test_without_facts_the_known_ones_hold():
    """An alarm has a service and an environment; a match may ask about them and nothing else."""
    rules = [{"id": "a", "route": "a", "match": {"service": "pay", "environment": "prod"}}]

    assert route_of(rules, service="pay", log_group="", environment="prod") == "a"
    assert route_of([{**rules[0], "match": {"level": "*"}}], service="pay", log_group="", environment="prod") == "a"
    assert route_of([{**rules[0], "match": {"level": "error"}}], service="p", log_group="", environment="") == "default"


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
        ("/aws/events/ecs-tasks", "ecs-events"),
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
