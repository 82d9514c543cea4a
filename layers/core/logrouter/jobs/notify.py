"""From a notification to an alert, and whether people should hear of it now: pure decisions of `notify`.

An alarm is told when it begins, again when it lasts `repeat_interval_s`, and once when it is over; everything between
is suppressed and counted.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, Protocol

from logrouter.destinations.alert_document import LATEST_MS, TEXT_LIMIT, TITLE_LIMIT, decode_document
from logrouter.model import Alert, Json, RawText, Severity
from logrouter.policy.log_groups import matches
from logrouter.stages.mask import MaskText, mask_closed

_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]{2,12}){1,3}-\d{1,2}")


class LastTold(Protocol):
    """What people were told last about one alert key."""

    @property
    def firing(self) -> bool:
        """True when the message said that the alarm is on."""
        ...

    @property
    def occurred_ms(self) -> int:
        """When the state told of had begun, epoch milliseconds."""
        ...

    @property
    def sent_s(self) -> float:
        """When the message went out, epoch seconds."""
        ...


class Decision(StrEnum):
    """What becomes of an alert."""

    SEND = "send"
    REPEATED = "repeated"
    NOT_FIRING = "not_firing"
    STALE = "stale"


def decide(alert: Alert, told: LastTold | None, rules: Mapping[str, Json], now_s: float) -> Decision:
    """Say whether `alert` is to be sent, given what was told last. `rules` is the policy section `alerts`."""
    if told and alert.occurred_ms < told.occurred_ms:
        return Decision.STALE
    if not alert.firing:
        worth = told is not None and told.firing and rules.get("send_resolved", True)
        return Decision.SEND if worth else Decision.NOT_FIRING
    if told is None or not told.firing:
        return Decision.SEND
    return Decision.SEND if now_s - told.sent_s >= rules["repeat_interval_s"] else Decision.REPEATED


def notifications_of(event: Json) -> list[Mapping[str, Json] | None]:
    """Return the notifications of an SNS event, None for each record that is none; any other event is one such."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list):
        return [None]
    found = (record.get("Sns") if isinstance(record, dict) else None for record in records)
    return [notification if isinstance(notification, dict) else None for notification in found]


def alert_of(
    notification: Mapping[str, Json], rules: Mapping[str, Json], mask_text: MaskText, environment: str
) -> Alert:
    """Read one SNS notification (`Records[].Sns`): a CloudWatch alarm, an alert of ours, or any text.

    The attribute `AlertType` gives a text its severity; an alert of ours is a document of
    `logrouter.destinations.alert_document`.
    Everything shown is masked. What is not understood is shown as text: an alert is never lost.
    """
    message = str(notification.get("Message", ""))
    document = _json(message)
    if "AlarmName" in document:
        return _alarm(document, rules, mask_text, environment)
    own = decode_document(document)
    if own is not None:
        return _masked_alert(own, mask_text, environment)
    kind = str(_object(_object(notification.get("MessageAttributes")).get("AlertType")).get("Value", "")).lower()
    known = {severity.value for severity in Severity}
    title = _masked(str(notification.get("Subject") or "Notification"), mask_text)[:TITLE_LIMIT]
    return Alert(
        key=f"{notification.get('TopicArn', '')}#{notification.get('MessageId', title)}",
        title=title,
        text=_masked(message, mask_text)[:TEXT_LIMIT],
        severity=Severity(kind if kind in known else rules.get("default_severity", "error")),
        firing=True,
        occurred_ms=_epoch_ms(notification.get("Timestamp")),
        environment=environment,
    )


def _masked_alert(alert: Alert, mask_text: MaskText, environment: str) -> Alert:
    """Mask an alert of ours again: who may publish to the topic is not always us. A link that masking changes goes.

    Its key has a room of its own, so that no document can pass for an alarm.
    """
    labels = {label: _masked(label, mask_text) for label in (*alert.fields, *alert.links)}
    return replace(
        alert,
        key=f"logrouter#{alert.key}",
        title=_masked(alert.title, mask_text)[:TITLE_LIMIT],
        text=_masked(alert.text, mask_text)[:TEXT_LIMIT],
        service=_masked(alert.service, mask_text) if alert.service else None,
        environment=_masked(alert.environment, mask_text) if alert.environment else environment,
        fields={labels[label]: _masked(value, mask_text) for label, value in alert.fields.items()},
        links={labels[label]: url for label, url in alert.links.items() if _masked(url, mask_text) == url},
    )


def _alarm(alarm: Mapping[str, Json], rules: Mapping[str, Json], mask_text: MaskText, environment: str) -> Alert:
    name = str(alarm["AlarmName"])
    trigger = _object(alarm.get("Trigger"))
    listed = trigger.get("Dimensions")
    pairs = [_object(each) for each in (listed if isinstance(listed, list) else [])]
    dimensions = {str(each.get("name")): str(each.get("value")) for each in pairs}
    facts = {
        "Metric": f"{trigger.get('Namespace', '')} {trigger.get('MetricName', '')}".strip(),
        **dimensions,
        "Reason": str(alarm.get("NewStateReason", "")),
        "Account": str(alarm.get("AWSAccountId", "")),
    }
    title = _masked(name, mask_text)
    return Alert(
        key=str(alarm.get("AlarmArn") or name),
        title=title[:TITLE_LIMIT],
        text=_masked(str(alarm.get("AlarmDescription") or ""), mask_text)[:TEXT_LIMIT],
        severity=_severity(name, rules),
        firing=alarm.get("NewStateValue") == "ALARM",
        occurred_ms=_epoch_ms(alarm.get("StateChangeTime")),
        service=dimensions.get("service"),
        environment=environment,
        fields={_masked(label, mask_text): _masked(value, mask_text) for label, value in facts.items() if value},
        links=_links(str(alarm.get("AlarmArn") or ""), name) if title == name else {},
    )


def _severity(name: str, rules: Mapping[str, Json]) -> Severity:
    for entry in rules.get("severities", ()):
        if any(matches(pattern, name) for pattern in entry["matches"]):
            return Severity(entry["severity"])
    return Severity(rules.get("default_severity", "error"))


def _links(arn: str, name: str) -> dict[str, str]:
    """Link to the alarm's console page; the region stands in the ARN (`arn:aws:cloudwatch:REGION:...`)."""
    parts = arn.split(":")
    if len(parts) < 7 or not _REGION.fullmatch(parts[3]):
        return {}
    quoted = "".join(letter if letter.isalnum() or letter in "-_." else f"%{ord(letter):02X}" for letter in name)
    page = f"https://{parts[3]}.console.aws.amazon.com/cloudwatch/home?region={parts[3]}#alarmsV2:alarm/{quoted}"
    return {"Alarm": page} if name.isascii() else {}


def _masked(text: str, mask_text: MaskText) -> str:
    return mask_closed(RawText(text), None, None, mask_text)[0]


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _json(text: str) -> dict[str, Json]:
    try:
        return _object(json.loads(text))
    except (ValueError, RecursionError):
        return {}


def _epoch_ms(text: Json) -> int:
    """Read `2026-11-20T01:02:03.000+0000` or `...Z`; 0 when it is no time."""
    try:
        moment = datetime.fromisoformat(str(text))
        epoch_ms = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError):
        return 0
    return epoch_ms if 0 <= epoch_ms < LATEST_MS else 0
