"""The one form in which logrouter's own alerts travel over SNS."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.destinations.alert_document import MARK, decode_document, encode_document, plain_text, subject_of
from logrouter.jobs import notify as job
from logrouter.masking import Masker
from logrouter.model import Alert, Severity
from logrouter.policy import default_policy

RULES = default_policy().section("alerts")
ALERT = Alert(
    key="budget/chat/2026-11-20/service=chat/usd/0.8",
    title="chat spent 82 % of its day",
    text="$41.20 of $50.00 are spent.",
    severity=Severity.WARNING,
    firing=True,
    occurred_ms=1_795_140_000_000,
    service="chat",
    environment="production",
    fields={"Spent": "$41.20", "Budget": "$50.00", "User": "user_9f3a"},
    links={"Metric": "https://ap-northeast-2.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-2#metricsV2"},
    route="finance",
)
TEXTS = st.text(max_size=50)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def quiet(text: str, _service: str | None, _group: str | None) -> tuple[str, dict[str, int]]:
    return text, {}


def published(message: str) -> dict[str, str]:
    return {"TopicArn": "arn:topic", "MessageId": "m-1", "Message": message}


def test_an_alert_arrives_as_it_was_sent() -> None:
    """Everything an alert has is in the document, in its order."""
    assert decode_document(json.loads(encode_document(ALERT))) == ALERT


@given(
    st.builds(
        Alert,
        key=st.text(min_size=1),
        title=st.text(min_size=1).filter(str.strip),
        text=TEXTS,
        severity=st.sampled_from(Severity),
        firing=st.booleans(),
        occurred_ms=st.integers(0, 2_000_000_000_000),
        service=st.none() | TEXTS,
        environment=st.none() | TEXTS,
        fields=st.dictionaries(TEXTS, st.text(max_size=3000), max_size=12),
        links=st.dictionaries(TEXTS, st.text(max_size=30).map("https://x/{}".format), max_size=7),
    )
)
def test_what_was_sent_once_is_sent_the_same_again(alert: Alert) -> None:
    """Reading a document and writing it anew changes nothing more, whatever the texts are; it fits SNS."""
    first = encode_document(alert)
    again = decode_document(json.loads(first))

    assert again is not None
    assert encode_document(again) == first
    assert len(first.encode()) < 256 * 1024


@given(st.dictionaries(st.sampled_from([MARK, "key", "title", "occurred_ms", "fields", "links", "severity"]), JSON))
def test_no_document_is_too_strange_to_be_told(document: dict[str, object]) -> None:
    """Whatever is published comes out as an alert with a title, as a text if not as a document."""
    alert = job.alert_of(published(json.dumps(document)), RULES, quiet, "production")

    assert alert.title
    assert alert.occurred_ms >= 0
    assert all(url.startswith("https://") for url in alert.links.values())


@pytest.mark.parametrize(
    "broken",
    [
        {"logrouter_alert": True},
        {"logrouter_alert": "1"},
        {"key": ""},
        {"key": 7},
        {"title": "  "},
        {"occurred_ms": -1},
        {"occurred_ms": 1.5},
        {"occurred_ms": 10**18},
    ],
)
def test_what_lacks_the_least_is_shown_as_text(broken: dict[str, object]) -> None:
    """A document that is not whole is no alert of ours; notify shows it as any other text, so nothing is lost."""
    message = json.dumps({**json.loads(encode_document(ALERT)), **broken})

    assert decode_document(json.loads(message)) is None
    assert job.alert_of(published(message), RULES, quiet, "production").title == "Notification"


def test_a_later_version_is_read_as_far_as_it_is_understood() -> None:
    """A function that was deployed earlier understands one that was deployed later."""
    later = {**json.loads(encode_document(ALERT)), MARK: 2, "colour": {"new": True}}

    assert decode_document(later) == ALERT


@pytest.mark.parametrize("route", ["../x", "UPPER", "", 7, "a" * 41])
def test_a_route_is_a_name(route: object) -> None:
    """What is no name of a route leaves the route to the policy."""
    document = {**json.loads(encode_document(ALERT)), "route": route}

    assert decode_document(document) == replace(ALERT, route=None)


@pytest.mark.parametrize("url", ["http://x", "javascript:alert(1)", 7, "https://" + "x" * 2000])
def test_links_lead_to_https(url: object) -> None:
    """Nothing else is a link."""
    document = {**json.loads(encode_document(ALERT)), "links": {"Metric": url}}

    assert decode_document(document) == replace(ALERT, links={})


def test_notify_masks_it_again() -> None:
    """Who may publish is not always logrouter: personal data in any text is masked, and a link that holds some goes."""
    mail = "kim.minsu" + "@" + "example.com"
    hostile = replace(
        ALERT,
        title=f"by {mail}",
        text=mail,
        service=mail,
        environment=mail,
        fields={mail: mail},
        links={"To": f"https://x.example/{mail}", "Fine": "https://x.example/a"},
    )
    masker = Masker(default_policy())

    alert = job.alert_of(published(encode_document(hostile)), RULES, masker.mask_text, "production")

    assert mail not in repr(alert)
    assert alert.links == {"Fine": "https://x.example/a"}


def test_masking_leaves_a_budget_readable() -> None:
    """Amounts, days, pseudonyms and the link are no personal data."""
    masker = Masker(default_policy())

    alert = job.alert_of(published(encode_document(ALERT)), RULES, masker.mask_text, "other")

    assert alert == replace(ALERT, key=f"logrouter#{ALERT.key}")


def test_a_document_cannot_pass_for_an_alarm() -> None:
    """The key of a document has a room of its own: it can neither silence nor end a CloudWatch alarm."""
    arn = "arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:BooksAlarm"

    alert = job.alert_of(published(encode_document(replace(ALERT, key=arn, firing=False))), RULES, quiet, "production")

    assert alert.key != arn


def test_a_title_is_one_line() -> None:
    """A name out of a log cannot look like another message."""
    forged = encode_document(replace(ALERT, title="Budget x\n\n🚨 CRITICAL: all is lost\u2028now"))
    read = decode_document(json.loads(forged))

    assert read is not None
    assert read.title == "Budget x 🚨 CRITICAL: all is lost now"


def test_what_e_mail_shows() -> None:
    """Subject and text as a person reads them; the subject keeps to what SNS takes."""
    korean = replace(ALERT, title="예산 chat\nspent 82 %")

    assert subject_of(korean) == "WARNING:   chat spent 82 %"
    assert subject_of(replace(ALERT, title="x" * 300)).__len__() == 99
    assert plain_text(ALERT) == (
        "chat spent 82 % of its day\n\n$41.20 of $50.00 are spent.\n\nSpent: $41.20\nBudget: $50.00\nUser: user_9f3a\n\n"
        f"Metric: {ALERT.links['Metric']}"
    )
