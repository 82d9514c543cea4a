"""The plan of forward_errors: routes, environments, breadcrumbs and the policy's say."""

import json

import pytest

from logrouter.errors import UnsupportedEventError
from logrouter.jobs.forward_errors import plan
from logrouter.model import DropReason
from logrouter.policy.load import default_policy, load_policy
from logrouter.stages.requests.trails import BREADCRUMBED_LIMIT, BREADCRUMBS_LIMIT
from tests.unit.sentry_oracle import event_of


def document(*messages, group="/aws/ecs/orders/application"):
    return {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": group,
        "logStream": "s",
        "logEvents": [
            {"id": str(number), "timestamp": 1795140000000 + number, "message": json.dumps(message)}
            for number, message in enumerate(messages)
        ],
    }


def error(message="failed", **fields):
    return {"level": "error", "msg": message, **fields}


def planned(event, policy=None, **arguments):
    facts = {
        "policy": policy or default_policy(),
        "mask_text": lambda text, service, log_group: (text, {}),
        "region": "ap-northeast-2",
        "environment": "dev",
        "limit_bytes": 10**7,
    }
    return plan(event, **(facts | arguments))


def test_routes():
    """Service, log group and environment of the record choose the project; the stack's environment stands in."""
    routes = [
        {"id": "pay", "route": "payments", "services": ["pay-*"]},
        {"id": "dev", "route": "development", "environments": ["dev"]},
    ]
    policy = load_policy(json.dumps({"routes": {"sentry": routes}}))

    result = planned(document(error(serviceId="pay-api"), error(), error(env="production")), policy)

    assert [delivery.route for delivery in result.deliveries] == ["payments", "development", "default"]


@pytest.mark.parametrize(
    ("minimum", "sent"),
    [("fatal", []), ("error", ["error"]), ("warn", ["warning", "error"]), ("info", ["info", "warning", "error"])],
)
def test_minimum_level(minimum, sent):
    """A policy that wants warnings as issues gets those that speak of nothing bad, too."""
    policy = load_policy(json.dumps({"errors": {"minimum_level": minimum}}))
    messages = [{"level": level, "msg": f"disk nearly full {level}"} for level in ("debug", "info", "warn", "error")]

    result = planned(document(*messages), policy)

    assert [event_of(delivery)["level"] for delivery in result.deliveries] == sent
    assert sum(result.tally.dropped.values()) == len(messages) - len(sent)


def test_own_log_groups():
    """Errors in a log group of logrouter itself are never forwarded."""
    result = planned(document(error(), error(), group="/logrouter/dev/forward-errors"))

    assert (result.deliveries, dict(result.tally.dropped)) == ((), {DropReason.OWN_RECORD: 2})


def test_breadcrumbs_are_the_latest():
    """An issue carries at most so many earlier records of its request, the latest ones, oldest first."""
    messages = [error(f"m{number}", requestId="request-1") for number in range(BREADCRUMBS_LIMIT + 5)]

    last = event_of(planned(document(*messages)).deliveries[-1])

    crumbs = [crumb["message"] for crumb in last["breadcrumbs"]["values"]]
    assert crumbs == [f"m{number}" for number in range(4, BREADCRUMBS_LIMIT + 4)]


def test_breadcrumbs_end_in_a_storm():
    """The many errors of one failing request do not carry each other along for ever; other requests still do."""
    storm = [error(requestId="request-1")] * (BREADCRUMBED_LIMIT + 9)
    quiet = [error(requestId="request-2")] * 2

    events = [event_of(delivery) for delivery in planned(document(*storm, *quiet)).deliveries]

    assert ["breadcrumbs" in event for event in events] == [
        *[False],
        *[True] * BREADCRUMBED_LIMIT,
        *[False] * 8,
        *[False, True],
    ]


def test_payload_limit():
    """The cap of a payload is the caller's."""
    result = planned(
        {"awslogs": {"data": "H4sIAAAAAAAC/6tWyk0tLk5MTw2pLEhVslJycQxxjPd1DQ52dHdVqgUADNdx3R4AAAA="}},
        limit_bytes=5,
    )

    assert dict(result.tally.dropped) == {DropReason.OVERSIZE_PAYLOAD: 1}


@pytest.mark.parametrize("event", [None, {}, {"Records": [{"eventSource": "aws:sqs"}]}])
def test_unsupported(event):
    """An event of another kind is refused as a whole."""
    with pytest.raises(UnsupportedEventError):
        planned(event)


def test_breadcrumbs_are_never_younger_than_their_issue():
    """A record that stands earlier in the payload but happened later led to nothing."""
    event = document(*[error(f"m{number}", requestId="request-1") for number in range(3)])
    for log_event, at_ms in zip(event["logEvents"], (20, 10, 15), strict=True):
        log_event["timestamp"] = 1795140000000 + at_ms

    events = [event_of(delivery) for delivery in planned(event).deliveries]

    crumbs = [[crumb["message"] for crumb in each.get("breadcrumbs", {}).get("values", ())] for each in events]
    assert crumbs == [[], [], ["m1"]]
