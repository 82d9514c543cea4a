"""What a log group's name says of its service, and of its kind."""

import pytest

from logrouter.policy.load import default_policy
from logrouter.policy.log_groups import OWN_KIND, kind_of, service_of


@pytest.mark.parametrize(
    ("log_group", "service"),
    [
        ("/aws/ecs/gateway/errors", "gateway"),
        ("/ecs/gateway", "gateway"),
        ("/aws/lambda/checkout", "checkout"),
        ("/aws/lambda/checkout/errors", "checkout"),
        ("/aws/alb/public/access-logs", "public"),
        ("/aws/rds/instance/shop/error", "shop"),
        ("/aws/rds/cluster/shop/postgresql", "shop"),
        ("/aws/rds/shop/error", "shop"),
        ("/aws/rds/instance", None),
        ("/aws/bedrock/modelinvocations", None),
        ("/aws/vendedlogs/states/flow", None),
        ("/aws/lambda", None),
        ("gateway/errors", "gateway"),
        ("/prod/web", "web"),
        ("/prod/web/errors", "web"),
        ("/dev/errors", "dev"),
        ("/prod", "prod"),
        ("", None),
    ],
)
def test_the_service_is_read_from_the_name(log_group: str, service: str | None) -> None:
    """The team's own names and AWS's are both read; AWS's own services are nobody's."""
    assert service_of(log_group) == service


SECTION = {
    "own": ["/logrouter/*"],
    "kinds": [{"id": "errors", "matches": ["*/errors"], "retention_days": 90, "archive": True}],
    "exceptions": [{"id": "short", "matches": ["/aws/ecs/*"], "retention_days": 7}],
}


@pytest.mark.parametrize(
    ("log_group", "kind"),
    [
        ("/pay/errors", {"id": "errors", "retention_days": 90, "archive": True}),
        ("/aws/ecs/pay/errors", {"id": "errors", "retention_days": 7, "archive": True}),
        ("/aws/ecs/pay/other", {"id": "short", "retention_days": 7}),
        ("/pay/other", None),
        ("/logrouter/dev/errors", OWN_KIND),
    ],
)
def test_the_kind_of_a_log_group(log_group: str, kind: dict | None) -> None:
    """An exception lays its fields over the kind and leaves it its name; our own groups are of no other kind."""
    found = kind_of(SECTION, log_group)

    assert (found and {key: value for key, value in found.items() if key != "matches"}) == kind


def test_the_packaged_subscriptions_keep_nothing_away():
    """Frames, breadcrumbs and errors in other words have no word that a filter pattern could look for."""
    kinds = default_policy().section("log_groups")["kinds"]

    subscribed = {kind["id"]: kind["filter_pattern"] for kind in kinds if kind["subscribe"]}

    assert {"application", "lambda", "rds-error", "errors", "llm"} <= set(subscribed)
    assert set(subscribed.values()) == {""}
