"""Daily budgets: which counters a call adds to, what shares are reached, and how people hear of it."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.destinations.alert_document import decode_document, encode_document
from logrouter.errors import PolicyError
from logrouter.masking import Masker
from logrouter.model import RawText, Severity
from logrouter.policy import default_policy, load_policy
from logrouter.stages.counting.budget_alerts import alert_of, dollars, too_many
from logrouter.stages.counting.budgets import Counter, day_of, passed, spending_of
from logrouter.stages.counting.calls import PICO_USD, Amounts
from tests.unit.test_llm_figures import NOW_MS, call

MIDNIGHT_MS = 1_795_186_800_000
"""2026-11-21T00:00:00+09:00."""


BUDGET = f"usd_{PICO_USD}"
"""One dollar a day."""


def section(*rules: dict, **more: object) -> dict:
    return load_policy(json.dumps({"budgets": {"rules": list(rules), **more}})).section("budgets")


def spent(rule: dict, *calls: object, **more: object) -> dict[Counter, Amounts]:
    found = spending_of(calls, section({"id": "r", "daily_usd": 1, **rule}, **more), MIDNIGHT_MS)
    return {counter: each.amounts for counter, each in found.items() if not counter.part}


def test_nothing_is_counted_without_rules() -> None:
    """The packaged policy has no budgets."""
    assert spending_of([call()], default_policy().section("budgets"), NOW_MS) == {}


def test_a_day_begins_at_midnight_of_the_rule() -> None:
    """The last millisecond of a day in Seoul and the first of the next are two days there, one in UTC."""
    calls = [call(1, start_ms=MIDNIGHT_MS - 1), call(2, start_ms=MIDNIGHT_MS)]

    assert [counter.day for counter in spent({}, *calls)] == ["2026-11-20", "2026-11-21"]
    assert [counter.day for counter in spent({"time_zone": "UTC"}, *calls)] == ["2026-11-20"]
    assert [counter.day for counter in spent({}, *calls, time_zone="America/New_York")] == ["2026-11-20"]


def test_a_day_with_a_change_of_clocks_is_one_day() -> None:
    """25 hours of 2026-10-25 in Berlin are one day."""
    first = 1_792_879_200_000  # 2026-10-25T00:00:00+02:00

    assert {day_of(first + hour * 3_600_000, "Europe/Berlin") for hour in range(25)} == {"2026-10-25"}
    assert day_of(first + 25 * 3_600_000, "Europe/Berlin") == "2026-10-26"


def test_each_value_has_a_counter() -> None:
    """Counted by service and user; a call without a user has a counter too."""
    calls = [call(1), call(2), call(3, user_id=None), call(4, metadata={"service": "search"})]
    found = spent({"by": ["service", "user"]}, *calls)

    assert {
        dict(counter.values)["service"] + "/" + dict(counter.values)["user"]: a.calls for counter, a in found.items()
    } == {
        "chat/u-1": 2,
        "chat/(none)": 1,
        "search/u-1": 1,
    }


def test_values_are_one_line() -> None:
    """Text from a log cannot look like another message in an alert."""
    (counter,) = spent({"by": ["service"]}, call(1, metadata={"service": "chat\n\n🚨 all is lost " + "x" * 500}))

    assert counter.values == (("service", ("chat 🚨 all is lost " + "x" * 500)[:120]),)


@pytest.mark.parametrize(
    ("rule", "parts"),
    [
        ({}, [("model", "gpt-4o"), ("service", "chat"), ("service", "search")]),
        ({"by": ["service"]}, [("model", "gpt-4o"), ("model", "gpt-4o")]),
        ({"top": ["environment"]}, [("environment", "production")]),
        ({"top": []}, []),
        ({"by": ["user"]}, []),
    ],
)
def test_parts_are_counted_beside_the_whole(rule: dict, parts: list[tuple[str, str]]) -> None:
    """So that an alert can name the biggest; the whole is what it was."""
    calls = [call(1), call(2, metadata={"service": "search"})]
    found = spending_of(calls, section({"id": "r", "daily_usd": 1, **rule}), MIDNIGHT_MS)

    assert sorted(counter.part for counter in found if counter.part) == parts
    assert {counter.whole for counter in found} == {counter for counter in found if not counter.part}
    assert len({counter.name for counter in found}) == len(found)


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({"service": "chat"}, 1),
        ({"service": "sear*"}, 0),
        ({"model": ["claude*", "gpt-*"]}, 1),
        ({"model": "gpt-*", "environment": "staging"}, 0),
        ({"user": "u-*", "kind": "generation"}, 1),
        ({"log_group": "/aws/*"}, 0),
    ],
)
def test_a_rule_is_about_the_calls_it_matches(match: dict, expected: int) -> None:
    """All facts of a match must hold."""
    assert sum(amounts.calls for amounts in spent({"match": match}, call()).values()) == expected


def test_rules_that_are_switched_off_count_nothing() -> None:
    """`enabled: false` switches a rule off."""
    assert spent({"enabled": False}, call()) == {}


@pytest.mark.parametrize("start_ms", [MIDNIGHT_MS - 15 * 86_400_000, MIDNIGHT_MS + 2 * 86_400_000, 0])
def test_calls_of_other_weeks_count_towards_no_budget(start_ms: int) -> None:
    """So old a call may have been counted before anybody remembers."""
    assert spent({}, call(start_ms=start_ms)) == {}


def test_unpriced_calls_are_counted_and_never_free() -> None:
    """They are no part of what was spent, and the counter knows how many there were."""
    (amounts,) = spent({}, call(1), call(2, cost={})).values()

    assert amounts == Amounts(calls=2, tokens=314, pico_usd=123_000_000, unpriced=1)


@given(st.lists(st.decimals(min_value=0, max_value=100, places=12), max_size=30))
def test_no_part_of_a_cent_is_lost(costs: list[Decimal]) -> None:
    """Whole parts of a dollar add up to exactly what the calls cost."""
    calls = [call(n, cost={"total": cost}) for n, cost in enumerate(costs)]

    assert sum(amounts.pico_usd for amounts in spent({}, *calls).values()) == sum(costs) * PICO_USD


@given(
    st.integers(0, 3 * PICO_USD),
    st.lists(st.floats(0.01, 3), min_size=1, max_size=5),
    st.integers(0, 30_000),
)
def test_the_highest_share_is_told_once(pico_usd: int, shares: list[float], told: int) -> None:
    """What is told is the highest share reached, is higher than what was told, and is told once."""
    rule = {"id": "r", "daily_usd": 1, "warn_at": shares}
    found = passed(rule, Amounts(1, 0, pico_usd), {BUDGET: told})
    reached = [int(Decimal(str(share)) * 10_000) for share in shares]
    highest = max((parts for parts in reached if pico_usd * 10_000 >= PICO_USD * parts), default=0)

    assert [each.reached.parts for each in found] == ([highest] if highest > told else [])
    assert passed(rule, Amounts(1, 0, pico_usd), {BUDGET: max(told, highest)}) == []


def test_a_budget_that_is_changed_is_told_anew() -> None:
    """Raised or lowered during the day: what was told of the old one says nothing of the new one."""
    told = {BUDGET: 10_000}
    found = [passed({"daily_usd": limit}, Amounts(1, 0, PICO_USD), told) for limit in (1, 2, 0.5)]

    assert [[each.reached.parts for each in passing] for passing in found] == [[], [5_000], [10_000]]


def test_dollars_and_tokens_are_two_limits() -> None:
    """A rule may have both; each is told by itself."""
    rule = {"id": "r", "daily_usd": 1, "daily_tokens": 100}
    found = passed(rule, Amounts(5, 90, PICO_USD), {BUDGET: 5000})

    assert [(each.measure, each.reached.parts, each.reached.severity) for each in found] == [
        ("usd", 10_000, Severity.ERROR),
        ("tokens", 8_000, Severity.WARNING),
    ]


def test_an_alert_says_what_was_spent() -> None:
    """Amounts, share, whose, which day, and how many calls are not in it; its key knows no name."""
    rule = {"id": "each-service", "daily_usd": 50, "description": "Agreed with finance.", "route": "finance"}
    counter = Counter("each-service", "2026-11-20", (("service", "chat-api"), ("environment", "production")))
    amounts = Amounts(1204, 9_120_344, 41_200_000_000_000, 3)
    (passing,) = passed(rule, amounts, {})

    alert = alert_of(rule, counter, amounts, passing, latest_ms=NOW_MS, zone="Asia/Seoul", region="ap-northeast-2")

    assert alert.title == "Budget each-service: chat-api, production: 82 % of $50.00 spent on 2026-11-20"
    assert alert.text == (
        "Agreed with finance.\n\n$8.80 of the day's budget are left. 3 calls have no known price and are not in it."
    )
    assert alert.fields == {
        "Spent": "$41.20 (82 %)",
        "Budget": "$50.00 a day",
        "Service": "chat-api",
        "Environment": "production",
        "Calls": "1,204",
        "Tokens": "9,120,344",
        "Day": "2026-11-20 (Asia/Seoul)",
        "Not priced": "3 calls",
    }
    assert (alert.severity, alert.service, alert.environment) == (Severity.WARNING, "chat-api", "production")
    assert (alert.route, alert.occurred_ms) == ("finance", NOW_MS)
    assert alert.key == f"budget/{counter.name}/usd_{50 * PICO_USD}/8000"
    assert "chat-api" not in alert.key
    assert list(alert.links) == ["Metrics"]


def test_only_a_budget_of_dollars_lacks_what_has_no_price() -> None:
    """Tokens of a call without a price are in a budget of tokens, so that its alert does not say otherwise."""
    amounts = Amounts(5, 90, PICO_USD, 1)
    rule = {"id": "r", "daily_usd": 1, "daily_tokens": 100}
    of_dollars, of_tokens = [
        alert_of(rule, Counter("r", "2026-11-20"), amounts, each, latest_ms=0, zone="UTC", region="")
        for each in passed(rule, amounts, {})
    ]

    assert of_dollars.text == "The day's budget is spent. 1 call has no known price and is not in it."
    assert of_tokens.text == "10 tokens of the day's budget are left."
    assert of_dollars.fields["Not priced"] == of_tokens.fields["Not priced"] == "1 call"


def test_an_alert_names_the_biggest() -> None:
    """Three of each fact, by what the budget is about; those that spent nothing are left out."""
    parts = {("service", f"s{n}"): Amounts(1, 10 - n, n * PICO_USD) for n in range(5)}
    parts["model", "gpt-4o"] = Amounts(5, 40, 10 * PICO_USD)
    amounts = Amounts(5, 40, 10 * PICO_USD)
    rule = {"id": "r", "daily_usd": 10, "daily_tokens": 40}
    alerts = [
        alert_of(rule, Counter("r", "2026-11-20"), amounts, each, latest_ms=0, zone="UTC", region="", parts=parts)
        for each in passed(rule, amounts, {})
    ]

    assert [(alert.fields["Top services"], alert.fields["Top models"]) for alert in alerts] == [
        ("s4 $4.00, s3 $3.00, s2 $2.00", "gpt-4o $10.00"),
        ("s0 10 tokens, s1 9 tokens, s2 8 tokens", "gpt-4o 40 tokens"),
    ]


@pytest.mark.parametrize(
    ("tokens", "text", "severity"),
    [
        (100, "The day's budget is spent.", Severity.ERROR),
        (151, "The day's budget is passed by 51 tokens.", Severity.ERROR),
        (50, "50 tokens of the day's budget are left.", Severity.INFO),
    ],
)
def test_a_budget_of_tokens_is_told_in_tokens(tokens: int, text: str, severity: Severity) -> None:
    """What is left, or by how much it was passed."""
    rule = {"id": "r", "daily_tokens": 100}
    amounts = Amounts(1, tokens, 0)
    (passing,) = passed(rule, amounts, {})
    alert = alert_of(rule, Counter("r", "2026-11-20"), amounts, passing, latest_ms=0, zone="UTC", region="x")

    assert (alert.text, alert.severity, alert.links) == (text, severity, {})
    assert alert.fields["Cost"] == "$0.00"


def test_every_alert_fits_its_document_and_survives_masking() -> None:
    """Amounts, days and names of services are no personal data; four values and all facts fit the form."""
    rule = {"id": "r", "daily_usd": 50}
    values = (("service", "chat-api"), ("model", "gpt-4o"), ("user", "user_9f3a"), ("environment", "production"))
    counter = Counter("r", "2026-11-20", values)
    amounts = Amounts(1, 2, 60 * PICO_USD, 1)
    (passing,) = passed(rule, amounts, {})
    alert = alert_of(rule, counter, amounts, passing, latest_ms=NOW_MS, zone="Asia/Seoul", region="ap-northeast-2")
    masker = Masker(default_policy())

    read = decode_document(json.loads(encode_document(alert)))
    texts = [alert.title, alert.text, *alert.fields, *alert.fields.values(), *alert.links.values()]

    assert read == alert
    assert [masker.mask_text(RawText(text), None, None)[0] for text in texts] == texts


def test_what_is_not_told_one_by_one_is_told_once() -> None:
    """One alert stands for all values beyond the limit."""
    one, other = (
        too_many({"id": "r", "max_alerts": 3}, Counter("r", "2026-11-20", (("user", user),)), latest_ms=0, region="")
        for user in ("a", "b")
    )

    assert one.key == other.key
    assert one.title == "Budget r: more than 3 alerts on 2026-11-20"


@pytest.mark.parametrize(
    ("pico_usd", "text"),
    [
        (0, "$0.00"),
        (1, "$0.000000000001"),
        (5_190_000_000, "$0.00519"),
        (9_999_999_999, "$0.00999"),
        (10_000_000_000, "$0.01"),
        (1_234_567_890_000_000, "$1,234.57"),
    ],
)
def test_dollars_are_readable(pico_usd: int, text: str) -> None:
    """Cents, and below a cent what it takes to say something."""
    assert dollars(pico_usd) == text


@pytest.mark.parametrize(
    ("rule", "place"),
    [
        ({"id": "r"}, "budgets.rules.r: must have daily_usd or daily_tokens"),
        ({"id": "r", "daily_usd": 0}, "budgets.rules.r.daily_usd"),
        ({"id": "r", "daily_usd": 1, "time_zone": "Asia/Atlantis"}, "budgets.rules.r.time_zone"),
        ({"id": "r", "daily_usd": 1, "time_zone": "../../etc/passwd"}, "budgets.rules.r.time_zone"),
        ({"id": "r", "daily_usd": 1, "by": ["team"]}, "budgets.rules.r.by"),
        ({"id": "r", "daily_usd": 1, "match": {}}, "budgets.rules.r.match"),
        ({"id": "r", "daily_usd": 1, "match": {"svc": "x"}}, "budgets.rules.r.match"),
        ({"id": "r", "daily_usd": 1, "warn_at": [0]}, "budgets.rules.r.warn_at"),
        ({"id": "Not A Name", "daily_usd": 1}, "budgets.rules"),
    ],
)
def test_a_budget_that_cannot_work_is_refused(rule: dict, place: str) -> None:
    """With its place; a policy that is refused leaves the last good one in force."""
    with pytest.raises(PolicyError, match=place.replace(".", r"\.")):
        section(rule)
