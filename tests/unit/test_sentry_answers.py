"""What Sentry's answers mean: for the delivery that was sent, and for what else goes to the same project."""

import pytest

from logrouter.destinations.contract import Answer
from logrouter.destinations.sentry import SENTRY
from logrouter.destinations.sentry_limits import EVENTS, LOGS, limits_of
from logrouter.model import Fate, Verdict


def limited(header: str, status: int = 429, **headers: str) -> Verdict:
    """Sentry's reading of an answer with this limits header."""
    return SENTRY.interpret(Answer(status, {"x-sentry-rate-limits": header, **headers}))


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (200, {}, Verdict(Fate.DELIVERED, "http_200")),
        (202, {"retry-after": "7"}, Verdict(Fate.DELIVERED, "http_202")),
        (429, {}, Verdict(Fate.RETRY, "http_429", 60.0, closes_route=True)),
        (429, {"retry-after": "7"}, Verdict(Fate.RETRY, "http_429", 7.0, closes_route=True)),
        (429, {"retry-after": "soon"}, Verdict(Fate.RETRY, "http_429", 60.0, closes_route=True)),
        (400, {}, Verdict(Fate.REFUSED, "http_400")),
        (401, {}, Verdict(Fate.UNAUTHORIZED, "http_401")),
        (403, {}, Verdict(Fate.UNAUTHORIZED, "http_403")),
        (413, {}, Verdict(Fate.SPLIT, "http_413")),
        (302, {}, Verdict(Fate.REFUSED, "http_302")),
        (408, {}, Verdict(Fate.RETRY, "http_408")),
        (500, {}, Verdict(Fate.RETRY, "http_500")),
        (503, {"retry-after": "2"}, Verdict(Fate.RETRY, "http_503", 2.0)),
    ],
)
def test_status(status: int, headers: dict[str, str], expected: Verdict) -> None:
    """Each answer means what Sentry's protocol says it means."""
    assert expected == SENTRY.interpret(Answer(status, headers))


@pytest.mark.parametrize("failure", ["timeout", "connection", "tls", "protocol"])
def test_no_answer(failure: str) -> None:
    """No answer is worth another try."""
    assert Verdict(Fate.RETRY, failure) == SENTRY.interpret(Answer(None, failure=failure))


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("60:error:organization", {EVENTS: 60.0}),
        ("60:default:project:quota", {EVENTS: 60.0}),
        ("2700:default;error;security:organization", {EVENTS: 2700.0}),
        ("60:log_item;log_byte:org:quota", {LOGS: 60.0}),
        ("60:log_byte:key", {LOGS: 60.0}),
        ("60::organization", {EVENTS: 60.0, LOGS: 60.0}),
        ("60::key:usage_exceeded, 90:error:key", {EVENTS: 90.0, LOGS: 60.0}),
        ("60", {EVENTS: 60.0, LOGS: 60.0}),
        ("10:error:org:a, 50:default:org:b", {EVENTS: 50.0}),
        ("50:error:organization,10:error:key", {EVENTS: 50.0}),
        (" 1.5 : ERROR ; log_item : key ", {EVENTS: 1.5, LOGS: 1.5}),
        ("60:error;unheard_of:galaxy:why:more:colons", {EVENTS: 60.0}),
        ("0:error:key", {EVENTS: 0.0}),
        ("x:error:org, 9:error:org", {EVENTS: 9.0}),
        ("60:transaction;span:key", {}),
        ("2700:metric_bucket:organization:quota_exceeded:custom", {}),
        ("60:unheard_of:organization", {}),
    ],
)
def test_limits(header: str, expected: dict[str, float]) -> None:
    """A limit holds for the categories it names and the longest one holds; no category is every category."""
    assert expected == limits_of(header)


@pytest.mark.parametrize("header", ["", ",,", "nonsense", "x:error:org", "-5:error", "nan:error", "inf::", "1e9:error"])
def test_no_limit_can_be_read(header: str) -> None:
    """What is no number of seconds is no limit."""
    assert limits_of(header) is None


@pytest.mark.parametrize("status", [200, 429, 503, 400])
def test_limits_come_with_any_answer(status: int) -> None:
    """Sentry announces limits on answers of every status, and means them."""
    verdict = limited("60:error:organization", status)

    assert verdict.limits == {EVENTS: 60.0}


def test_a_limit_on_a_200_takes_nothing_back() -> None:
    """An event that was answered with 200 is delivered, also when Sentry wants no more of them."""
    assert limited("60:error:organization", 200).fate is Fate.DELIVERED


def test_limits_for_what_is_never_sent_say_nothing() -> None:
    """Bugsink refuses transactions and spans on every 200."""
    assert Verdict(Fate.DELIVERED, "http_200") == limited("86400:transaction;span:organization", 200)


def test_named_limits_leave_the_rest_of_the_route_open() -> None:
    """A 429 that names its categories closes these alone, and its `Retry-After` is the longest of all of them."""
    verdict = limited("60:error:key, 2700:log_item:organization", **{"retry-after": "2700"})

    assert (verdict.fate, verdict.closes_route) == (Fate.RETRY, False)
    assert verdict.limits == {EVENTS: 60.0, LOGS: 2700.0}


def test_a_429_for_other_categories_closes_nothing() -> None:
    """The delivery waits; no limit is known that holds for it."""
    assert Verdict(Fate.RETRY, "http_429", 7.0) == limited("3600:transaction:key", **{"retry-after": "7"})


def test_a_429_with_an_unreadable_header_is_one_without() -> None:
    """Garbage in the header must not keep a rate limit from closing the route."""
    assert Verdict(Fate.RETRY, "http_429", 7.0, closes_route=True) == limited("nonsense", **{"retry-after": "7"})
