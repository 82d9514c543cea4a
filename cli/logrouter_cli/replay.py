"""`logrouter replay`: send a file of logs (or an event) through a forwarding function on this machine."""

import argparse
import contextlib
import importlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from logrouter.destinations.langfuse import NAME
from logrouter.destinations.registry import destination_of
from logrouter.errors import SecretError
from logrouter.model import Delivery, Json, Plan
from logrouter.settings import ForwardErrorsSettings, ForwardingSettings, TraceLlmSettings
from logrouter_cli.aws import add_aws_options, aws_of
from logrouter_cli.checkout import LocalContext, load_handler
from logrouter_cli.command import Command, CommandError
from logrouter_cli.policy.in_force import add_policy_options, environment_of, policy_of
from logrouter_cli.reading.documents import add_line_options, events_of
from logrouter_cli.spans import readable

FUNCTIONS: Final[Mapping[str, type[ForwardingSettings]]] = {
    "forward_errors": ForwardErrorsSettings,
    "trace_llm": TraceLlmSettings,
}
"""Functions whose events are logs."""

DEFAULT_REGION: Final = "us-east-1"
"""What the logs are said to be of where neither option nor environment says."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="event or log lines; - is stdin")
    parser.add_argument("--function", required=True, choices=FUNCTIONS, help="which function")
    parser.add_argument(
        "--dry-run", action="store_true", help="show what would be sent; needs no address, sends nothing"
    )
    parser.add_argument(
        "--show",
        action="store_true",
        help="with --dry-run: the events or calls themselves, masked, as JSON lines on stdout; the tally on stderr",
    )
    parser.add_argument(
        "--environment",
        default="local",
        metavar="NAME",
        help="environment name where the logs say none (default: %(default)s)",
    )
    add_line_options(parser)
    add_policy_options(parser)
    add_aws_options(parser.add_argument_group("AWS", "where the logs are said to be of, and the policy is read"))


def run(options: argparse.Namespace) -> int:
    """Write the tally (JSON) to stdout, beside `--show` to stderr; 1 when the books do not balance."""
    if options.show and not options.dry_run:
        raise CommandError("--show needs --dry-run: what is sent, is seen at the destination")
    events = [part for path in options.files for event in events_of(path, options) for part in payloads(event)]
    tallies = _plan(events, options) if options.dry_run else _send(events, options)
    total = sum_of(tallies)
    print(json.dumps(total, indent=2), file=sys.stderr if options.show else sys.stdout)
    return 0 if total["balanced"] else 1


def payloads(event: Json) -> list[Json]:
    """Return an event as events of one payload each: Kinesis records apart, a stored failure as what failed."""
    event = event.get("requestPayload", event)
    records = event.get("Records")
    if records is None:
        return [event]
    try:
        return [{"awslogs": {"data": record["kinesis"]["data"]}} for record in records]
    except (KeyError, TypeError):
        raise CommandError("the event holds records that are not of Kinesis; logrouter decode shows them") from None


def payloads_of(delivery: Delivery) -> list[str]:
    """Return what a delivery says as lines of JSON: each call of an export, or the item of an envelope."""
    if delivery.destination == NAME:
        return [json.dumps(span, ensure_ascii=False) for span in readable(delivery.body)]
    return [delivery.body.rstrip(b"\n").rpartition(b"\n")[2].decode("utf-8", "replace")]


def _plan(events: Sequence[Json], options: argparse.Namespace) -> list[Mapping[str, Json]]:
    """Plan only, and write a summary of the deliveries to stderr."""
    plan: Callable[..., Plan] = importlib.import_module(f"logrouter.jobs.{options.function}").plan
    policy, masker = policy_of(options, aws_of(options))
    tallies: list[Mapping[str, Json]] = []
    for event in events:
        planned = plan(
            event,
            policy=policy,
            mask_text=masker.mask_text,
            region=options.region or os.environ.get("AWS_REGION", DEFAULT_REGION),
            environment=options.environment,
            limit_bytes=FUNCTIONS[options.function].payload_limit_bytes,
        )
        deliveries = (*planned.deliveries, *(postponed.delivery for postponed in planned.later))
        for delivery in deliveries:
            print(
                f"would send to {delivery.destination}, route {delivery.route}: {delivery.records} log events, "
                f"{len(delivery.body)} bytes",
                file=sys.stderr,
            )
            if options.show:
                print(*payloads_of(delivery), sep="\n")
        planned.tally.handed_over += sum(delivery.records for delivery in deliveries)
        tallies.append({**planned.tally.as_dict(), "source": "dry-run"})
    return tallies


def _send(events: Sequence[Json], options: argparse.Namespace) -> list[Mapping[str, Json]]:
    """Call the function's own handler with this process's environment."""
    if options.region:
        os.environ["AWS_REGION"] = options.region
    if options.profile:
        os.environ["AWS_PROFILE"] = options.profile
    os.environ.setdefault("AWS_REGION", DEFAULT_REGION)
    os.environ.setdefault("LOGROUTER_ENVIRONMENT", options.environment)
    os.environ.update(environment_of(options, aws_of(options)))
    FUNCTIONS[options.function].load(os.environ)
    _check_dsn(options.function)
    handler = load_handler(options.function, otherwise="--dry-run does not")
    with contextlib.redirect_stdout(sys.stderr):  # the function's own log and metrics
        return [handler(event, LocalContext(options.function)) for event in events]


def _check_dsn(function: str) -> None:
    """Refuse a malformed DSN here: the function would say so in its log only, and of every payload."""
    dsn = os.environ.get("SENTRY_DSN")
    if function != "forward_errors" or not dsn or os.environ.get("SENTRY_SECRET_ARN"):
        return
    try:
        destination_of("sentry").targets({"dsn": dsn})
    except SecretError:
        raise CommandError("SENTRY_DSN is malformed; it looks like https://<public key>@<host>/<project id>") from None


def sum_of(tallies: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """Add up tallies as handlers return them."""
    total: dict[str, Json] = dict.fromkeys(("received", "delivered", "handed_over", "masking_failed"), 0)
    dropped: Counter[str] = Counter()
    masked: Counter[str] = Counter()
    for tally in tallies:
        for name in total:
            total[name] += tally[name]
        dropped.update(tally["dropped"])
        masked.update(tally["masked"])
    return {
        "payloads": len(tallies),
        **total,
        "dropped": dict(sorted(dropped.items())),
        "masked": dict(sorted(masked.items())),
        "balanced": all(tally["balanced"] for tally in tallies),
    }


COMMAND = Command(
    name="replay",
    summary="send a file of logs through a forwarding function on this machine",
    describe=(
        "Send a file of logs, or an event, through forward_errors or trace_llm on this machine and print the tally.\n"
        "The function runs in this process with this process's environment: SENTRY_DSN, or LANGFUSE_HOST,\n"
        "LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY, say where to send. With --dry-run nothing is sent, and what\n"
        "would be sent counts as handed over.\n\n"
        "  logrouter replay --function forward_errors --dry-run app.log --of-group /aws/ecs/orders/application\n"
        "  logrouter replay --function forward_errors --dry-run --show events/forward_errors/gateway.json | jq .\n"
        "  logrouter replay --function trace_llm --dry-run --show events/trace_llm/bedrock.json | jq .\n\n"
        "Ids are functions of the log events: the same file replayed twice gives the same issues and traces."
    ),
    arguments=arguments,
    run=run,
)
