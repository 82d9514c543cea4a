"""Publishes alerts of logrouter's own to the alert topic, where `notify` hears of them; e-mail gets them as text."""

import json
from typing import Any

from logrouter.adapters.aws import error_code
from logrouter.adapters.telemetry import Telemetry
from logrouter.destinations.alert_document import encode_document, plain_text, subject_of
from logrouter.model import Alert


class AlertTopic:
    """The alert topic; without one (`arn` None) an alert is a line of the log.

    Args:
        client: SNS client; None without a topic.
    """

    def __init__(self, client: Any, arn: str | None, telemetry: Telemetry) -> None:
        self._client = client
        self._arn = arn
        self._telemetry = telemetry

    def publish(self, alert: Alert) -> bool:
        """Publish an alert; True when the topic took it, or when there is none. Raises nothing."""
        if self._arn is None:
            self._telemetry.warning("alert without a topic", severity=alert.severity.value, key=alert.key)
            return True
        messages = {"default": encode_document(alert), "email": plain_text(alert)}
        try:
            self._client.publish(
                TopicArn=self._arn,
                Subject=subject_of(alert),
                Message=json.dumps(messages, ensure_ascii=False),
                MessageStructure="json",
            )
        except Exception as error:  # noqa: BLE001 - counted, and tried again by who has it to tell
            self._telemetry.count("AlertFailures")
            self._telemetry.error("alert not published", why=error_code(error), key=alert.key)
            return False
        return True
