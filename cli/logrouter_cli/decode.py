"""`logrouter decode`: show what is in an event that Lambda got, masked unless asked otherwise."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace

from logrouter.adapters.retry_queue import received
from logrouter.masking import Masker
from logrouter.model import Batch, Json, LogEvent, RawText
from logrouter.stages.decode import decode
from logrouter.stages.mask import mask_event, mask_names
from logrouter_cli.aws import add_aws_options, aws_of
from logrouter_cli.command import Command, CommandError
from logrouter_cli.moments import moment_text
from logrouter_cli.policy.in_force import add_policy_options, policy_of
from logrouter_cli.reading.documents import document_of
from logrouter_cli.reading.files import read_text
from logrouter_cli.reading.records import NOTHING_INSIDE


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "file", nargs="?", default="-", metavar="FILE", help="an event, or its bare base64 data (default: stdin)"
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--json", action="store_true", help="write each payload as a subscription document, one a line")
    shape.add_argument("--messages", action="store_true", help="write the messages only")
    parser.add_argument("--raw", action="store_true", help="do not mask (what is shown may be personal or secret)")
    add_policy_options(parser)
    add_aws_options(parser)


def run(options: argparse.Namespace) -> int:
    """Write what is in the event; 1 when any of it cannot be read."""
    event = _event(read_text(options.file))
    records = event.get("Records")
    if isinstance(records, list) and records and all(isinstance(each, dict) and "body" in each for each in records):
        return _show_messages(event)
    batches = decode(event)
    masker = None if options.raw else policy_of(options, aws_of(options))[1]
    for batch in batches:
        _show(batch if masker is None else _masked(batch, masker), options)
    return 1 if any(batch.refused.keys() - NOTHING_INSIDE for batch in batches) else 0


def _event(text: str) -> dict[str, Json]:
    """Return the event; a bare base64 text is the data of an awslogs event, a stored failure holds its event."""
    stripped = text.strip()
    if not stripped:
        raise CommandError("the input is empty")
    if not stripped.startswith(("{", "[")):
        return {"awslogs": {"data": stripped}}
    try:
        event = json.loads(stripped)
    except (ValueError, RecursionError):
        raise CommandError("the input is neither JSON nor base64") from None
    if not isinstance(event, dict):
        raise CommandError("an event is a JSON object, and this is none")
    inner = event.get("requestPayload")
    return inner if isinstance(inner, dict) else event


def _show(batch: Batch, options: argparse.Namespace) -> None:
    if options.messages:
        for event in batch.events:
            print(event.message)
        return
    if options.json:
        refused = {str(reason): count for reason, count in batch.refused.items()}
        print(json.dumps({**document_of(batch), "refused": refused}, ensure_ascii=False))
        return
    origin = batch.origin
    print(f"account {origin.account or '-'}  group {origin.log_group or '-'}  stream {origin.log_stream or '-'}")
    refusals = "".join(f", {n} refused: {reason}" for reason, n in batch.refused.items())
    print(f"  {len(batch.events)} log events{refusals}")
    for event in batch.events:
        print(f"  {moment_text(event.timestamp_ms)}  {event.message.rstrip()}")


def _masked(batch: Batch, masker: Masker) -> Batch:
    """Mask as the functions do, names too; what cannot be masked becomes the placeholder."""
    masked = (mask_event(event, batch.origin, masker.mask_text)[0] for event in batch.events)
    events = tuple(LogEvent(event.id, event.timestamp_ms, RawText(event.message)) for event in masked)
    return replace(batch, origin=mask_names(batch.origin, masker.mask_text), events=events)


def _show_messages(event: Mapping[str, Json]) -> int:
    """Show the deliveries of a retry queue's event; their bodies were masked before they were handed over."""
    messages = received(event)
    for message in messages:
        delivery = message.delivery
        if delivery is None:
            print(f"message {message.id}: corrupt")
            continue
        print(
            f"message {message.id}: {delivery.records} log events to {delivery.destination}, route {delivery.route}, "
            f"{len(delivery.body)} bytes, handed over {delivery.attempt} times"
        )
    return 1 if any(message.delivery is None for message in messages) else 0


COMMAND = Command(
    name="decode",
    summary="show what is in an awslogs, Kinesis or retry-queue event",
    describe=(
        "Show what is in an event: awslogs, Kinesis, a readable subscription document, a retry queue's SQS event, or\n"
        "the object that Lambda stored when an invocation failed. Messages are masked unless --raw is given.\n\n"
        "  logrouter decode event.json\n"
        "  logrouter decode --json event.json | jq .logEvents\n\n"
        "Exit code 1 when a payload or a log event in it cannot be read."
    ),
    arguments=arguments,
    run=run,
)
