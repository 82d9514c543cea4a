"""How an alert reads in Slack, and that nothing from a log can mention, link or format."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.destinations.contract import Answer, Target
from logrouter.destinations.slack import SLACK, encode_alert, escape
from logrouter.errors import SecretError
from logrouter.model import Alert, Fate, Severity

ALERT = Alert(
    key="arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:ForwardErrorsLag",
    title="logrouter-ForwardErrorsLagAlarm",
    text="forward_errors has undelivered records older than an hour; the destination is down or refuses.",
    severity=Severity.WARNING,
    firing=True,
    occurred_ms=1_795_140_000_000,
    environment="production",
    fields={"Metric": "AWS/SQS ApproximateAgeOfOldestMessage", "Reason": "Threshold Crossed: 1 datapoint (3700.0)"},
    links={"Alarm": "https://ap-northeast-2.console.aws.amazon.com/cloudwatch/home#alarmsV2:alarm/x"},
)


@pytest.mark.parametrize("firing", [True, False])
def test_an_alert_is_worded(golden: Callable[[str, object], None], firing: bool) -> None:
    """Colour, sign and word say how bad it is; green when it is over."""
    from dataclasses import replace

    delivery = encode_alert(replace(ALERT, firing=firing), "default")

    golden(f"slack/alarm_{'firing' if firing else 'resolved'}", json.loads(delivery.body))


def test_hostile_text_stays_text() -> None:
    """Mentions, links, formatting of whole channels and direction tricks are shown, not obeyed."""
    hostile = "<!channel> <https://evil.example|click> \u202egnp.exe & *bold*"
    alert = Alert("k", hostile, hostile, Severity.ERROR, firing=True, occurred_ms=0, fields={hostile: hostile})

    message = json.loads(encode_alert(alert, "default").body)
    section, fields, _ = message["attachments"][0]["blocks"]

    assert section["text"]["type"] == "plain_text"
    assert all(field["verbatim"] and "<" not in field["text"] for field in fields["fields"])
    assert "<" not in message["text"]
    assert "\u202e" not in json.dumps(message, ensure_ascii=False)


@given(st.text(max_size=4000), st.integers(1, 3000))
def test_escaping_keeps_the_limit_and_cuts_no_entity(text: str, limit: int) -> None:
    """However long the text, the result fits, holds no bare angle bracket and ends in no half entity."""
    escaped = escape(text, limit)

    assert len(escaped) <= limit
    assert "<" not in escaped
    assert ">" not in escaped
    assert not escaped.removesuffix("…").endswith(("&", "&a", "&am", "&amp", "&l", "&lt", "&g", "&gt"))


@given(
    st.builds(
        Alert,
        key=st.text(max_size=50),
        title=st.text(max_size=500),
        text=st.text(max_size=5000),
        severity=st.sampled_from(Severity),
        firing=st.booleans(),
        occurred_ms=st.integers(0, 4_000_000_000_000),
        fields=st.dictionaries(st.text(max_size=300), st.text(max_size=3000), max_size=15),
    )
)
def test_messages_keep_slacks_limits(alert: Alert) -> None:
    """Section 3,000, field 2,000, ten fields: whatever comes, Slack takes it."""
    blocks = json.loads(encode_alert(alert, "default").body)["attachments"][0]["blocks"]

    for block in blocks:
        assert len(block.get("text", {}).get("text", "")) <= 3000
        assert len(block.get("fields", [])) <= 10
        assert all(len(field["text"]) <= 2000 for field in block.get("fields", []))


def test_the_same_alert_has_the_same_key() -> None:
    """A repeated invocation makes the same delivery, byte for byte."""
    assert encode_alert(ALERT, "default") == encode_alert(ALERT, "default")


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (Answer(200, body=b"ok"), Fate.DELIVERED),
        (Answer(429, {"retry-after": "3"}), Fate.RETRY),
        (Answer(500), Fate.RETRY),
        (Answer(404), Fate.UNAUTHORIZED),
        (Answer(410), Fate.UNAUTHORIZED),
        (Answer(403), Fate.UNAUTHORIZED),
        (Answer(400), Fate.REFUSED),
        (Answer(None, failure="timeout"), Fate.RETRY),
    ],
)
def test_answers_are_read(answer: Answer, fate: Fate) -> None:
    """A revoked webhook is a matter of the secret, not of the message."""
    assert SLACK.interpret(answer).fate is fate


def test_routes_of_the_secret() -> None:
    """The top-level webhook is the default, further ones have names."""
    secret = {"webhook_url": "https://hooks.example/a", "routes": {"oncall": "https://hooks.example/b"}}

    assert SLACK.targets(secret) == {
        "default": Target("https://hooks.example/a", {}),
        "oncall": Target("https://hooks.example/b", {}),
    }


@pytest.mark.parametrize("secret", [{}, {"webhook_url": ""}, {"webhook_url": "http://plain.example/" + "s" * 9}])
def test_a_secret_without_a_webhook_is_refused_without_its_value(secret: dict) -> None:
    """The error names the route, never the address: a webhook is a secret."""
    with pytest.raises(SecretError) as refusal:
        SLACK.targets(secret)

    assert "plain.example" not in str(refusal.value)


@pytest.mark.parametrize("limit", range(6, 12))
def test_a_cut_inside_an_entity_takes_all_of_it(limit: int) -> None:
    """Wherever the limit falls in `aaaaa&amp;`, no half of an entity is left."""
    assert escape("aaaaa&" + "b" * 20, limit) == ("aaaaa…" if limit < 11 else "aaaaa&amp;…")


@pytest.mark.parametrize("url", ["https://x/|y", "https://x/ y", "https://x/>", "http://x/"])
def test_a_link_that_could_break_out_is_left_out(url: str) -> None:
    """An address with a mark of Slack's own syntax is no link."""
    blocks = json.loads(encode_alert(replace(ALERT, links={"Alarm": url}), "default").body)["attachments"][0]["blocks"]

    assert url not in json.dumps(blocks)
