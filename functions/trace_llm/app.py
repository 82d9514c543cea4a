"""trace_llm: log events in, Langfuse traces of LLM calls out; drains its own retry queue too."""

import os
from functools import cache, partial
from typing import Any

from logrouter.adapters.aws import client
from logrouter.adapters.call_counter import call_counter_from
from logrouter.adapters.clock import SystemClock
from logrouter.adapters.forwarding import Forwarder
from logrouter.adapters.llm_book import books_of
from logrouter.adapters.offloaded_bodies import CLIENT, bodies_from
from logrouter.adapters.secret_source import Secret
from logrouter.adapters.telemetry import Telemetry
from logrouter.destinations.langfuse import LANGFUSE
from logrouter.jobs.trace_llm import plan, retell
from logrouter.model import Delivery
from logrouter.settings import TraceLlmSettings


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Forward the LLM calls of one CloudWatch Logs, Kinesis, decoded or retry-queue (SQS) event to Langfuse.

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
    settings = TraceLlmSettings.load(os.environ)
    secret = Secret(settings.langfuse_secret_arn, bare="secret_key", override=settings.langfuse_override)
    telemetry = Telemetry("trace_llm")
    counter = call_counter_from(settings, telemetry, lambda: forwarder.in_force()[0])
    book = books_of(settings, telemetry)
    bodies = bodies_from(settings, SystemClock(), telemetry.count, partial(client, CLIENT))
    job = partial(plan, bodies=bodies)

    def complete(waiting: Delivery) -> Delivery:
        policy, mask_text = forwarder.in_force()
        environment = settings.environment
        return retell(waiting, policy=policy, mask_text=mask_text, environment=environment, bodies=bodies)

    forwarder = Forwarder(
        "trace_llm", settings, LANGFUSE, job, secret, telemetry=telemetry, complete=complete, observers=(counter, *book)
    )
    return forwarder
