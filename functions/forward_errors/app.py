"""forward_errors: log events in, Sentry issues out; drains its own retry queue too."""

import os
from functools import cache, partial
from typing import Any

from logrouter.adapters.aws import client
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.forwarding import Forwarder
from logrouter.adapters.look_back import CLIENT, history_from
from logrouter.adapters.occurrences import occurrences_from
from logrouter.adapters.secret_source import Secret
from logrouter.adapters.tails import tails_from
from logrouter.adapters.telemetry import Telemetry
from logrouter.destinations.sentry import SENTRY
from logrouter.destinations.sentry_occurrences import with_count
from logrouter.jobs.forward_errors import Memory, plan
from logrouter.model import Delivery
from logrouter.settings import ForwardErrorsSettings


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Forward the errors of one CloudWatch Logs, Kinesis, decoded or retry-queue (SQS) event to Sentry.

    Returns:
        The tally of a subscription or decoded event; `{"batchItemFailures": [...]}` of a Kinesis or SQS event.

    Raises:
        SettingsError: the environment is incomplete; names every fault.
        UndeliveredError: records of a subscription event are left and no queue takes them; Lambda repeats it.
    """
    return _forwarder().handle(event, context)


@cache
def _forwarder() -> Forwarder:
    """Made by the first event of a container and kept, for its connections, its circuits and its policy."""
    settings = ForwardErrorsSettings.load(os.environ)
    secret = Secret(settings.sentry_secret_arn, bare="dsn", override={"dsn": settings.sentry_dsn})
    telemetry = Telemetry("forward_errors")
    occurrences = occurrences_from(settings, SystemClock(), telemetry.count)

    def complete(report: Delivery) -> Delivery:
        number = occurrences.conclude(report.completed_by) if report.completed_by else None
        return report if number is None else with_count(report, number)

    history = history_from(settings, SystemClock(), telemetry.count, partial(client, CLIENT))
    tails = tails_from(settings, SystemClock(), telemetry.count)
    remembering = partial(plan, memory=Memory(occurrences=occurrences, history=history, tails=tails))
    return Forwarder("forward_errors", settings, SENTRY, remembering, secret, telemetry=telemetry, complete=complete)
