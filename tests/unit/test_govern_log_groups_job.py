"""The reconciler's decisions: what a log group needs, what is left alone, and that it comes to rest."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.jobs import govern_log_groups as job
from logrouter.policy import default_policy

NOW_MS = 1_795_140_000_000
SECTION = default_policy().section("log_groups")
OWNER = job.Owner(
    prefix="logrouter-",
    destinations={"forward_errors": "arn:errors", "trace_llm": "arn:llm"},
    key_arn="arn:key",
    patterns=("/aws/*",),
)


def unsealed(_group: str) -> None:
    return None


def plan(group: job.LogGroup, owner: job.Owner = OWNER, watermark: job.Watermark = unsealed) -> job.Verdict:
    return job.plan_group(group, SECTION, owner, watermark=watermark, now_ms=NOW_MS)


def new_group(name: str, **facts: object) -> job.LogGroup:
    return replace(job.LogGroup(name=name, created_ms=NOW_MS - 1000), **facts)


def applied(group: job.LogGroup, verdict: job.Verdict) -> job.LogGroup:
    """What the group is after every change worked."""
    for change in verdict.changes:
        match change.action:
            case "put_retention":
                group = replace(group, retention_days=change.arguments["days"])
            case "delete_retention":
                group = replace(group, retention_days=None)
            case "associate_key":
                group = replace(group, key_arn=change.arguments["key_arn"])
            case "put_filter":
                put = job.Filter(*(change.arguments[name] for name in ("name", "pattern", "destination")))
                group = replace(group, filters=(*(f for f in group.filters if f.name != put.name), put))
            case "delete_filter":
                group = replace(group, filters=tuple(f for f in group.filters if f.name != change.arguments["name"]))
    tagging = job.final_tags(verdict, ())
    return replace(group, tags={**group.tags, **(tagging.arguments["tags"] if tagging else {})})


def test_a_new_errors_group_gets_all_the_policy_says() -> None:
    """An `/errors` group ends encrypted, kept 90 days, subscribed without a filter, and tagged with the truth."""
    group = new_group("/aws/ecs/gateway/errors")

    verdict = plan(group)

    assert verdict.changes == (
        job.Change("associate_key", {"key_arn": "arn:key"}),
        job.Change("put_retention", {"days": 90}),
        job.Change("put_filter", {"name": "logrouter-forward_errors", "pattern": "", "destination": "arn:errors"}),
    )
    assert verdict.tags == {
        "LogType": "errors",
        "RetentionDays": "90",
        "ExportEnabled": "true",
        "SentrySync": "enabled",
        "LangfuseSync": "disabled",
    }


@pytest.mark.parametrize(
    ("name", "days", "destination"),
    [
        ("/aws/ecs/gateway/application", 14, "arn:errors"),
        ("/aws/ecs/gateway/llm", 60, "arn:llm"),
        ("/aws/bedrock/modelinvocations", 60, "arn:llm"),
        ("/aws/lambda/orders", 14, "arn:errors"),
        ("/aws/lambda/orders/errors", 90, "arn:errors"),
        ("/aws/rds/instance/shop/error", 30, "arn:errors"),
        ("/aws/rds/instance/shop/slowquery", 30, None),
        ("/aws/alb/public/access-logs", 7, None),
    ],
)
def test_the_name_decides_retention_and_subscription(name: str, days: int, destination: str | None) -> None:
    """Both the team's own names and AWS's are read."""
    verdict = plan(new_group(name))

    arguments = {change.action: change.arguments for change in verdict.changes}
    assert arguments["put_retention"] == {"days": days}
    assert arguments.get("put_filter", {}).get("destination") == destination


@pytest.mark.parametrize(
    ("group", "why"),
    [
        (new_group("/logrouter/production/forward-errors"), "own"),
        (new_group("/aws/lambda/x", tags={job.OWN_TAG: "true"}), "own"),
        (new_group("/other/service/errors"), "not_governed"),
        (new_group("/aws/apigateway/welcome"), "no_kind"),
    ],
)
def test_some_groups_are_left_alone(group: job.LogGroup, why: str) -> None:
    """Own groups, groups outside the patterns and groups of no kind get no call at all."""
    verdict = plan(group)

    assert (verdict.skipped, verdict.changes, dict(verdict.tags)) == (why, (), {})


def test_foreign_filters_are_never_touched() -> None:
    """A filter that does not carry our prefix stays, whatever it does."""
    foreign = job.Filter("datadog", "", "arn:elsewhere")
    group = new_group("/aws/ecs/a/errors", filters=(foreign,))

    verdict = plan(group)

    assert foreign in applied(group, verdict).filters
    assert [change.arguments.get("name") for change in verdict.changes if "filter" in change.action] == [
        "logrouter-forward_errors"
    ]


def test_a_filter_of_ours_that_the_policy_no_longer_wants_goes() -> None:
    """When a group's kind changes, the old subscription is removed before the new one is put (the quota is small)."""
    stale = job.Filter("logrouter-trace_llm", "", "arn:llm")
    group = new_group("/aws/ecs/a/errors", filters=(stale,))

    verdict = plan(group)

    assert [change.action for change in verdict.changes if "filter" in change.action] == ["delete_filter", "put_filter"]


def test_a_changed_pattern_is_put_back() -> None:
    """Drift of our own filter is corrected."""
    drifted = job.Filter("logrouter-forward_errors", "narrow", "arn:errors")

    verdict = plan(new_group("/aws/ecs/a/errors", filters=(drifted,)))

    assert "put_filter" in [change.action for change in verdict.changes]


@pytest.mark.parametrize(
    ("sealed_until_days_ago", "expected"),
    [(None, ["retention_waits_for_archive"]), (20, ["retention_waits_for_archive"]), (14, []), (1, [])],
)
def test_retention_is_shortened_only_behind_the_watermark(
    sealed_until_days_ago: int | None, expected: list[str]
) -> None:
    """Records that shorter retention would delete have to be sealed first."""
    old = job.LogGroup("/aws/lambda/orders", created_ms=NOW_MS - 400 * job.DAY_MS)
    sealed = None if sealed_until_days_ago is None else NOW_MS - sealed_until_days_ago * job.DAY_MS

    verdict = plan(old, watermark=lambda _group: sealed)

    assert list(verdict.deferred) == expected
    assert any(change.action == "put_retention" for change in verdict.changes) == (not expected)


def test_retention_is_lengthened_at_once() -> None:
    """Keeping longer loses nothing, so it waits for nobody."""
    old = job.LogGroup("/aws/lambda/orders", created_ms=0, retention_days=3)

    assert job.Change("put_retention", {"days": 14}) in plan(old).changes


def test_infrequent_access_groups_are_kept_but_not_subscribed() -> None:
    """The class takes no subscription filter; the tag says that the subscription is pending."""
    verdict = plan(new_group("/aws/ecs/a/errors", log_class="INFREQUENT_ACCESS"))

    assert "put_filter" not in [change.action for change in verdict.changes]
    assert verdict.deferred == ("subscription_needs_standard_class",)
    assert verdict.tags["SentrySync"] == "pending"


def test_a_refused_subscription_is_tagged_pending() -> None:
    """The quota of filters may be used up by others; the tag must not say enabled then."""
    verdict = plan(new_group("/aws/ecs/a/errors"))
    refused = [change for change in verdict.changes if change.action == "put_filter"]

    tagging = job.final_tags(verdict, refused)

    assert tagging is not None
    assert tagging.arguments["tags"]["SentrySync"] == "pending"


def test_an_account_retention_policy_is_respected() -> None:
    """It overrides the group's own value, so writing one would only pretend."""
    verdict = plan(new_group("/aws/lambda/orders", account_retention=True))

    assert verdict.deferred == ("account_retention_overrides",)
    assert "put_retention" not in [change.action for change in verdict.changes]


@given(
    name=st.sampled_from(
        ["/aws/ecs/a/errors", "/aws/ecs/a/llm", "/aws/lambda/f", "/aws/rds/instance/d/error", "/aws/alb/x/access-logs"]
    ),
    retention=st.sampled_from([None, 1, 7, 14, 60, 365]),
    key=st.sampled_from([None, "arn:key", "arn:foreign"]),
    log_class=st.sampled_from(["STANDARD", "INFREQUENT_ACCESS"]),
    age_days=st.integers(0, 1000),
    filters=st.lists(
        st.builds(
            job.Filter,
            st.sampled_from(["foreign", "logrouter-forward_errors", "logrouter-trace_llm", "logrouter-gone"]),
            st.sampled_from(["", "ERROR"]),
            st.sampled_from(["arn:errors", "arn:llm", "arn:else"]),
        ),
        max_size=3,
        unique_by=lambda each: each.name,
    ),
)
def test_a_second_plan_is_empty(
    name: str, retention: int | None, key: str | None, log_class: str, age_days: int, filters: list[job.Filter]
) -> None:
    """The reconciler converges: after its changes it wants nothing more, and nothing foreign has changed."""
    group = job.LogGroup(
        name,
        created_ms=NOW_MS - age_days * job.DAY_MS,
        retention_days=retention,
        key_arn=key,
        log_class=log_class,
        filters=tuple(filters),
    )

    after = applied(group, plan(group))
    again = plan(after)

    assert (again.changes, dict(again.tags)) == ((), {})
    assert [f for f in after.filters if f.name == "foreign"] == [f for f in filters if f.name == "foreign"]
    assert key != "arn:foreign" or after.key_arn == "arn:foreign"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, None),
        ({"source": "aws.scheduler"}, None),
        ({"groups": ["/a", "/b"]}, ("/a", "/b")),
        ({"detail": {"eventSource": "logs.amazonaws.com", "requestParameters": {"logGroupName": "/x"}}}, ("/x",)),
        (
            {
                "detail": {
                    "eventSource": "logs.amazonaws.com",
                    "requestParameters": {"resourceArn": "arn:aws:logs:r:1:log-group:/aws/lambda/x:*"},
                }
            },
            ("/aws/lambda/x",),
        ),
        ({"detail": {"eventSource": "logs.amazonaws.com", "errorCode": "AccessDenied"}}, ()),
        ({"detail": {"eventSource": "logs.amazonaws.com", "requestParameters": None}}, ()),
    ],
)
def test_events_name_their_groups(event: dict, expected: tuple[str, ...] | None) -> None:
    """A change concerns one group, a schedule all, a failed call none."""
    assert job.groups_of_event(event) == expected


def test_every_group_is_counted_once() -> None:
    """skipped + conforming + changed + failed = groups."""
    changed = plan(new_group("/aws/ecs/a/errors"))
    skipped = plan(new_group("/other"))

    total = job.summarize([(changed, ()), (changed, ("LimitExceededException",)), (skipped, ())])

    assert (total["groups"], total["changed"], total["failed"], total["skipped"]) == (3, 1, 1, {"not_governed": 1})
    assert total["errors"] == {"LimitExceededException": 1}


@pytest.mark.parametrize(("archives", "deferred"), [(True, ("retention_waits_for_archive",)), (False, ())])
def test_without_an_archive_nothing_waits_for_it(archives: bool, deferred: tuple[str, ...]) -> None:
    """Retention is shortened at once where no archive runs, and only then."""
    group = replace(new_group("/aws/ecs/gateway/errors", retention_days=400), created_ms=0)

    assert plan(group, replace(OWNER, archives=archives)).deferred == deferred
