"""From SNS to an alert, and when people hear of it."""

import json
from dataclasses import dataclass
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logrouter.jobs import notify as job
from logrouter.model import Alert, Severity
from logrouter.policy import default_policy

RULES = default_policy().section("alerts")
ARN = "arn:aws:cloudwatch:ap-northeast-2:123456789012:alarm:logrouter-ForwardErrorsLagAlarm-AB12"


@dataclass(frozen=True)
class Told:
    firing: bool
    occurred_ms: int
    sent_s: float


def loud(text: str, _service: str | None, _group: str | None) -> tuple[str, dict[str, int]]:
    return text.replace("secret-value", "***MASKED***"), {}


def failing(*_arguments: object) -> tuple[str, dict[str, int]]:
    raise RuntimeError


def alarm(state: str = "ALARM", **more: object) -> dict:
    message = {
        "AlarmName": "logrouter-ForwardErrorsLagAlarm-AB12",
        "AlarmArn": ARN,
        "AlarmDescription": "undelivered records with secret-value",
        "AWSAccountId": "123456789012",
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed",
        "StateChangeTime": "2026-11-20T02:00:00.000+0000",
        "Trigger": {
            "Namespace": "logrouter",
            "MetricName": "MissingRecords",
            "Dimensions": [{"name": "service", "value": "forward_errors"}],
        },
        **more,
    }
    return {"TopicArn": "arn:topic", "MessageId": "m-1", "Message": json.dumps(message)}


def test_an_alarm_is_read() -> None:
    """Name, state, time, service, reason and a link to the alarm's page come out, masked."""
    alert = job.alert_of(alarm(), RULES, loud, "production")

    assert alert == Alert(
        key=ARN,
        title="logrouter-ForwardErrorsLagAlarm-AB12",
        text="undelivered records with ***MASKED***",
        severity=Severity.WARNING,
        firing=True,
        occurred_ms=1_795_140_000_000,
        service="forward_errors",
        environment="production",
        fields={
            "Metric": "logrouter MissingRecords",
            "service": "forward_errors",
            "Reason": "Threshold Crossed",
            "Account": "123456789012",
        },
        links={
            "Alarm": "https://ap-northeast-2.console.aws.amazon.com/cloudwatch/home?region=ap-northeast-2"
            "#alarmsV2:alarm/logrouter-ForwardErrorsLagAlarm-AB12"
        },
    )


@pytest.mark.parametrize(
    ("name", "severity"),
    [
        ("logrouter-TraceLlmBooksAlarm-X", Severity.CRITICAL),
        ("logrouter-NotifyErrorsAlarm-X", Severity.ERROR),
        ("logrouter-TraceLlmThrottlesAlarm-X", Severity.WARNING),
    ],
)
def test_the_policy_says_how_bad_it_is(name: str, severity: Severity) -> None:
    """Lost records are critical, delays a warning, anything else the default."""
    assert job.alert_of(alarm(AlarmName=name), RULES, loud, "x").severity is severity


def test_any_other_text_is_shown() -> None:
    """What is no alarm is told as it is, coloured by its AlertType."""
    notification = {
        "Subject": "Nightly job",
        "Message": "took too long, secret-value",
        "MessageId": "m-2",
        "Timestamp": "2026-11-20T02:00:00.000Z",
        "MessageAttributes": {"AlertType": {"Type": "String", "Value": "critical"}},
    }

    alert = job.alert_of(notification, RULES, loud, "production")

    assert (alert.title, alert.text, alert.severity) == (
        "Nightly job",
        "took too long, ***MASKED***",
        Severity.CRITICAL,
    )


def test_a_failing_masker_shows_placeholders() -> None:
    """An alert whose text cannot be masked is still told, without the text."""
    alert = job.alert_of(alarm(), RULES, failing, "production")

    assert "secret-value" not in repr(alert)
    assert alert.firing


JSON = st.recursive(
    st.one_of(st.none(), st.text(), st.integers(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["Trigger", "Dimensions", "name", "Value", "AlertType", "x"]), inner),
    ),
    max_leaves=8,
)
FIELDS = ["Subject", "Timestamp", "MessageAttributes", "TopicArn", "MessageId"]
ALARM_FIELDS = ["AlarmName", "AlarmArn", "Trigger", "NewStateValue", "StateChangeTime", "NewStateReason"]


@given(st.dictionaries(st.sampled_from(FIELDS), JSON), st.dictionaries(st.sampled_from(ALARM_FIELDS), JSON))
def test_no_notification_raises(notification: dict, alarm: dict) -> None:
    """Whatever arrives becomes an alert."""
    event = {**notification, "Message": json.dumps(alarm)}

    assert isinstance(job.alert_of(event, RULES, loud, "x"), Alert)


HOUR_S = 3600.0


@pytest.mark.parametrize(
    ("firing", "told", "expected"),
    [
        (True, None, job.Decision.SEND),
        (True, Told(firing=True, occurred_ms=0, sent_s=0), job.Decision.REPEATED),
        (True, Told(firing=True, occurred_ms=0, sent_s=-4 * HOUR_S), job.Decision.SEND),
        (True, Told(firing=False, occurred_ms=0, sent_s=0), job.Decision.SEND),
        (False, Told(firing=True, occurred_ms=0, sent_s=0), job.Decision.SEND),
        (False, None, job.Decision.NOT_FIRING),
        (False, Told(firing=False, occurred_ms=0, sent_s=0), job.Decision.NOT_FIRING),
        (True, Told(firing=False, occurred_ms=2_000_000, sent_s=0), job.Decision.STALE),
    ],
)
def test_when_people_hear_of_it(firing: bool, told: Told | None, expected: job.Decision) -> None:
    """At the beginning, every four hours, and at the end; never for what is over or known."""
    alert = Alert("k", "t", "", Severity.ERROR, firing=firing, occurred_ms=1_000_000)

    assert job.decide(alert, told, RULES, now_s=60.0) is expected


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10_000)), max_size=40))
def test_messages_alternate_and_never_crowd(changes: list[tuple[bool, int]]) -> None:
    """Over any history, an end is told only after a beginning, and a repeat only after the interval."""
    told, sent = None, []
    times = accumulate(gap_s for _, gap_s in changes)
    for (firing, _), now_s in zip(changes, times, strict=True):
        alert = Alert("k", "t", "", Severity.ERROR, firing=firing, occurred_ms=int(now_s * 1000))
        if job.decide(alert, told, RULES, now_s) is job.Decision.SEND:
            told = Told(firing, alert.occurred_ms, now_s)
            sent.append((firing, now_s))

    assert all(before[0] or after[0] for before, after in pairwise(sent))
    assert all(
        after[1] - before[1] >= RULES["repeat_interval_s"] for before, after in pairwise(sent) if before[0] and after[0]
    )
    assert not sent or sent[0][0]


@pytest.mark.parametrize(("wanted", "decision"), [(True, job.Decision.SEND), (False, job.Decision.NOT_FIRING)])
def test_the_policy_says_whether_an_end_is_told(wanted: bool, decision: job.Decision) -> None:
    """`send_resolved` false keeps the end of an alarm to itself."""
    alert = job.alert_of(alarm("OK"), RULES, loud, "production")

    assert job.decide(alert, Told(True, 0, 0.0), {**RULES, "send_resolved": wanted}, 1.0) is decision
