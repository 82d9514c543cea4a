"""The masking stage: a log event in, a masked event out, and a placeholder when masking fails."""

import json

import pytest

from logrouter.masking import FAILED, Masker, default_masker
from logrouter.model import LogEvent, MaskedEvent, Origin, RawText
from logrouter.policy.load import load_policy
from logrouter.stages.mask import PLACEHOLDER, mask_event, mask_names

ORIGIN = Origin("123456789012", "ap-northeast-2", "/aws/ecs/gateway/errors", "web/1")
EVENT = LogEvent("e-1", 1_700_000_000_000, RawText("tel 010" + "-1234-5678"), lines=3, ingestion_ms=1_700_000_000_500)


def test_event_is_masked_and_keeps_its_identity():
    """The text is masked; id, times and line count stay, and the hits go along."""
    actual = mask_event(EVENT, ORIGIN, default_masker().mask_text)

    expected = MaskedEvent(
        ORIGIN, "e-1", 1_700_000_000_000, "tel 010-****-5678", 3, {"phone.mobile": 1}, 1_700_000_000_500
    )
    assert actual == (expected, False)


def test_failure_becomes_the_placeholder():
    """An exception of the masker leaves a flagged placeholder and nothing of the text."""

    def broken(*_):
        raise RuntimeError("text: 010-1234-5678")

    masked, failed = mask_event(EVENT, ORIGIN, broken)

    assert failed
    assert masked.message == PLACEHOLDER
    assert masked.lines == 3


def test_an_owner_that_is_no_account_id_is_masked():
    """A payload may say anything as its owner; twelve digits are an account, whatever number rules make of them."""
    person = "kim.chulsoo" + "@example.com"

    shown = [
        mask_names(Origin(owner, "r", "/g", "s"), default_masker().mask_text) for owner in (person, "010123456789")
    ]

    assert [origin.account for origin in shown] == ["ki**@example.com", "010123456789"]


def test_placeholder_is_the_masker_s_own():
    """Stage and masker write the same placeholder, and masking leaves it alone."""
    assert PLACEHOLDER == FAILED
    assert default_masker().mask(FAILED) == FAILED


@pytest.mark.parametrize(
    ("log_group", "selector", "is_masked"),
    [
        ("/aws/ecs/hr-api/errors", {"services": ["hr-*"]}, True),
        ("/aws/ecs/shop/errors", {"services": ["hr-*"]}, False),
        ("/aws/ecs/hr-api/errors", {"log_groups": ["/aws/ecs/hr-*"]}, True),
        ("/aws/ecs/hr-api/errors", {}, True),
    ],
)
def test_rules_of_a_service_hold_for_the_names_of_its_streams(log_group, selector, is_masked):
    """What a team's rule hides in the lines of a service it hides in the names of that service's log streams too."""
    examples = {"positive": [{"text": ["EMP-", "123456"]}], "negative": [["EMP-12"]]}
    rule = {"id": "team.no", "kind": "pattern", "pattern": "EMP-(?P<v>[0-9]{6})", "examples": examples, **selector}
    masker = Masker(load_policy(json.dumps({"masking": {"rules": [rule]}})))

    shown = mask_names(Origin("123456789012", "ap-northeast-2", log_group, "batch/EMP-" + "123456"), masker.mask_text)

    assert shown.log_stream == ("batch/EMP-***MASKED***" if is_masked else "batch/EMP-" + "123456")
    assert (shown.log_group, shown.account) == (log_group, "123456789012")


def test_masker_reports_how_often_it_failed(monkeypatch):
    """A record that cannot be masked counts as `failed` in the masker's own report, as text and as a dict."""
    masker = Masker(load_policy("{}"))
    monkeypatch.setattr("logrouter.masking.engine.mask_in_rounds", lambda *_: 1 / 0)
    monkeypatch.setattr("logrouter.masking.engine.mask_value_in_rounds", lambda *_: 1 / 0)
    text = "tel 010" + "-1234-5678"

    assert (masker.mask(text), masker.mask({"a": text})) == (FAILED, {"message": FAILED})
    assert masker.report() == {"failed": 2}
