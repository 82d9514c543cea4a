"""Which records that are no issues go to Sentry Logs."""

from collections import Counter

import pytest

from logrouter.model import DropReason, Level, LogItem
from logrouter.stages.admit import admit, admits_group
from tests.unit.issues import record

RULES = {"minimum_level": "error", "server_error_status": 500}


def rules(**logs):
    return {**RULES, "sentry_logs": {"enabled": True, "minimum_level": "info", "log_groups": ["*"], **logs}}


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        ({}, True),
        ({"log_groups": ["/aws/ecs/orders/*", "/aws/lambda/*"]}, True),
        ({"log_groups": ["/aws/lambda/*"]}, False),
        ({"enabled": False}, False),
    ],
)
def test_groups(logs, expected):
    """Switched on, the groups that a glob covers send their records."""
    assert admits_group(rules(**logs), "/aws/ecs/orders/application") is expected


@pytest.mark.parametrize("section", [RULES, {**RULES, "sentry_logs": {}}])
def test_it_is_off_by_default(section):
    """Without a word of the policy no group sends anything."""
    assert not admits_group(section, "/aws/ecs/orders/application")


def test_an_item():
    """A log item carries the record, its severity and the template of its message."""
    of = record(message="order 17 shipped", level=Level.WARN)

    assert admit(of, rules(), None) == LogItem(of, Level.WARN, "order %s shipped", ("17",))


@pytest.mark.parametrize(
    ("minimum", "level", "is_kept"),
    [
        ("info", Level.INFO, True),
        ("info", Level.DEBUG, False),
        ("trace", Level.TRACE, True),
        ("warn", Level.INFO, False),
    ],
)
def test_levels(minimum, level, is_kept):
    """What is below the level that the policy names is dropped as ever."""
    fate = admit(record(level=level), rules(minimum_level=minimum), None)

    assert (fate is DropReason.BELOW_LEVEL) is not is_kept


def test_a_record_without_level_is_information():
    """Plain lines are what most logs consist of."""
    assert admit(record(level=None), rules(), None).level is Level.INFO


def test_severity_is_that_of_the_policy():
    """Rules that set severities hold for logs too."""
    severity = [{"id": "slow", "match": {"message": "slow*"}, "level": "warn"}]

    assert admit(record(message="slow query", level=None), rules() | {"severity": severity}, None).level is Level.WARN


def test_ignored_records_stay_ignored():
    """What the policy drops by rule is no log either."""
    ignore = [{"id": "probes", "match": {"message": "GET /health*"}}]
    section = rules() | {"ignore": ignore}

    assert admit(record(message="GET /health 200", level=Level.INFO), section, None) is DropReason.IGNORED_BY_RULE


@pytest.mark.parametrize(("service", "is_kept"), [("orders", True), ("pay-api", True), ("stock", False), (None, False)])
def test_services(service, is_kept):
    """Where the policy names services, only theirs are sent."""
    fate = admit(record(service=service, level=Level.INFO), rules(services=["orders", "pay-*"]), None)

    assert isinstance(fate, LogItem) is is_kept


def test_a_request_is_kept_whole():
    """One in so many: all records of a request share one fate, and about the right share of requests stays."""
    fates = {
        number: {
            type(admit(record(request_id=f"r-{number}", event_id=f"{number}/{line}", level=Level.INFO), section, None))
            for line in range(3)
        }
        for section in [rules(keep_one_in=10)]
        for number in range(2_000)
    }

    counts = Counter(kind for kinds in fates.values() for kind in kinds)
    assert all(len(kinds) == 1 for kinds in fates.values())
    assert 120 < counts[LogItem] < 280


def test_what_is_not_kept_is_sampled_out():
    """A drop by rule has its own reason."""
    fates = {
        str(admit(record(event_id=str(number), level=Level.INFO), rules(keep_one_in=10**6), None))
        for number in range(20)
    }

    assert fates == {DropReason.SAMPLED_OUT}
