"""notify: tell people about alarms, once.

Event: SNS notifications (`Records[].Sns`). Returns the tally: every notification is delivered, or dropped as a repeat;
one that Slack did not take makes the invocation fail, so that Lambda repeats it.
"""

import os
from functools import cache
from typing import Any

from logrouter.adapters import aws
from logrouter.adapters.alert_state import AlertState, Told
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.courier import Courier
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.http import HttpTransport
from logrouter.adapters.ledger import NoLedger
from logrouter.adapters.policy_source import PolicySource
from logrouter.adapters.pseudonym_keys import PseudonymKeySource
from logrouter.adapters.retry_queue import NoQueue
from logrouter.adapters.secret_source import Secret
from logrouter.adapters.shield import shielded
from logrouter.adapters.telemetry import Telemetry
from logrouter.destinations.slack import SLACK, encode_alert
from logrouter.errors import UndeliveredError
from logrouter.jobs import notify as job
from logrouter.masking import Masker
from logrouter.model import Alert, DropReason, Json, Tally
from logrouter.policy import Policy
from logrouter.settings import NotifySettings
from logrouter.stages.mask import counted
from logrouter.stages.route import route_of

CLOCK = SystemClock()


@cache
def settings() -> NotifySettings:
    """Read the settings on the first event; a fault names every variable at once."""
    return NotifySettings.load(os.environ)


@cache
def telemetry() -> Telemetry:
    """Make the logger and metrics of this function."""
    return Telemetry("notify")


@cache
def policy() -> PolicySource[Masker]:
    """Keep the policy in force and its rules compiled."""
    return PolicySource(settings(), Masker, telemetry=telemetry())


@cache
def pseudonym_keys() -> PseudonymKeySource:
    """Make the source of the keys that pseudonyms need, if the policy asks for some."""
    return PseudonymKeySource(settings(), telemetry())


@cache
def courier() -> Courier:
    """Make the sender: nothing is handed over, Lambda itself repeats what fails."""
    known = settings()
    override = {"webhook_url": known.slack_webhook_url}
    secret = Secret(known.slack_secret_arn, bare="webhook_url", override=override)
    return Courier(
        SLACK,
        targets=lambda *, refresh: SLACK.targets(secret(refresh=refresh)),
        transport=HttpTransport(),
        ledger=NoLedger(),
        retry_queue=NoQueue(),
        clock=CLOCK,
        telemetry=telemetry(),
    )


@cache
def state() -> AlertState:
    """Remember what was told, in the alert table when there is one."""
    table = settings().alert_table
    return AlertState(aws.client("dynamodb") if table else None, table, failed=_state_failed)


def _state_failed(code: str) -> None:
    telemetry().count("LedgerFailures")
    telemetry().warning("alert table unusable", why=code)


def handler(event: Json, context: Any) -> dict[str, Json]:
    """Tell about every notification of `event` that people have not heard of."""
    with shielded(telemetry()):
        deadline = Deadline.of(context, settings().reserve_ms)
        current, masker = policy().current()
        pseudonym_keys().give(masker)
        tally, left = Tally(source="sns"), 0
        mask_text = counted(masker.mask_text, tally)
        for notification in job.notifications_of(event):
            tally.received += 1
            if notification is None:
                tally.drop(DropReason.MALFORMED_EVENT)
                continue
            alert = job.alert_of(notification, current.section("alerts"), mask_text, settings().environment)
            left += _tell(alert, current, deadline, tally)
        telemetry().report(tally, undelivered=left)
        if left:
            raise UndeliveredError("notify", left, "slack")
        return tally.as_dict()


def _tell(alert: Alert, current: Policy, deadline: Deadline, tally: Tally) -> int:
    """Send one alert if it is news; return 1 when it could not be told, else 0."""
    told = state().last(alert.key)
    decision = job.decide(alert, told, current.section("alerts"), CLOCK.now_s())
    if decision is not job.Decision.SEND:
        telemetry().count("AlertsSuppressed", 1, decision=decision.value)
        tally.drop(DropReason.DUPLICATE)
        return 0
    if not state().claim(alert.key, told, CLOCK.now_s()):
        return 1
    route = alert.route or route_of(
        current.section("routes")["slack"], service=alert.service, log_group="", environment=alert.environment
    )
    settled = courier().deliver([encode_alert(alert, route)], deadline)
    tally.delivered += settled.delivered
    tally.dropped.update(settled.dropped)
    if settled.delivered:
        state().settle(alert.key, Told(alert.firing, alert.occurred_ms, CLOCK.now_s()))
    else:
        state().release(alert.key)
    return settled.undelivered
