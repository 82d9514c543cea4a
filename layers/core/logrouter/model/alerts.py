"""Something people should know."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """How bad an alert is, in the words of its colour."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something people should know, masked and ready to be worded for a channel.

    Args:
        key: what makes two alerts the same one (the alarm's ARN, a rule's id with its group).
        firing: False when it is over.
        occurred_ms: when the state changed, epoch milliseconds.
        route: channel that the alert itself asks for; None leaves it to the policy.
        fields: short facts in the order to show them.
        links: label to https URL.
    """

    key: str
    title: str
    text: str
    severity: Severity
    firing: bool
    occurred_ms: int
    service: str | None = None
    environment: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    route: str | None = None
