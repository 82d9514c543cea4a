"""What a log group's name says of its service."""

import pytest

from logrouter.policy.log_groups import service_of


@pytest.mark.parametrize(
    ("log_group", "service"),
    [
        ("/aws/ecs/gateway/errors", "gateway"),
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
        ("", None),
    ],
)
def test_the_service_is_read_from_the_name(log_group: str, service: str | None) -> None:
    """The team's own names and AWS's are both read; AWS's own services are nobody's."""
    assert service_of(log_group) == service
