"""`logrouter encode`: wrap readable payloads or plain lines as CloudWatch Logs hands them to a Lambda function."""

import argparse
import base64
import gzip
import json
import sys

from logrouter.model import Json
from logrouter_cli.command import Command, CommandError
from logrouter_cli.reading.documents import add_line_options, events_of

ASYNC_LIMIT_BYTES = 1_048_576
"""What Lambda takes as an asynchronous payload (Lambda quotas, checked 2026-11-20)."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="event or log lines; - is stdin")
    parser.add_argument("--kinesis", action="store_true", help="wrap as Kinesis records instead of awslogs")
    parser.add_argument("--indent", action="store_true", help="write the event over several lines")
    add_line_options(parser)


def run(options: argparse.Namespace) -> int:
    """Write one event to stdout."""
    payloads = [event for path in options.files for event in events_of(path, options)]
    for payload in payloads:
        if "messageType" not in payload:
            raise CommandError("the input is wrapped already; see logrouter decode")
    if not options.kinesis and len(payloads) > 1:
        raise CommandError(f"the input makes {len(payloads)} payloads, and an awslogs event holds one; use --kinesis")
    event = kinesis_event(payloads) if options.kinesis else awslogs_event(payloads[0])
    text = json.dumps(event, indent=2 if options.indent else None)
    if len(text) > ASYNC_LIMIT_BYTES:
        print(f"logrouter encode: {len(text)} bytes; Lambda takes {ASYNC_LIMIT_BYTES} at once", file=sys.stderr)
    print(text)
    return 0


def wrap(payload: Json) -> str:
    """Return base64(gzip(JSON)) of a subscription document; the same document gives the same text."""
    data = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return base64.b64encode(gzip.compress(data, mtime=0)).decode("ascii")


def awslogs_event(payload: Json) -> dict[str, Json]:
    """Return the event of a direct subscription."""
    return {"awslogs": {"data": wrap(payload)}}


def kinesis_event(payloads: list[Json]) -> dict[str, Json]:
    """Return the event of a Kinesis event source mapping, a record a payload."""
    return {"Records": [_kinesis_record(index, payload) for index, payload in enumerate(payloads)]}


def _kinesis_record(index: int, payload: Json) -> dict[str, Json]:
    number = str(49_545_115_243_490_985_018_280_067_714_973_144_582_180_062_593_244_200_961 + index)
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": f"partition-{index}",
            "sequenceNumber": number,
            "data": wrap(payload),
            "approximateArrivalTimestamp": _arrival_s(payload),
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000000:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/logrouter",
        "awsRegion": "us-east-1",
        "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/logs",
    }


def _arrival_s(payload: Json) -> float:
    events = payload.get("logEvents") or [{}]
    return float(events[-1].get("timestamp", 0)) / 1000


COMMAND = Command(
    name="encode",
    summary="wrap readable payloads or plain lines as awslogs (or Kinesis) events",
    describe=(
        "Wrap readable payloads or plain lines as a Lambda function gets them from CloudWatch Logs.\n\n"
        'Subscription documents ({"messageType": ...}), alone in a file or one a line, are wrapped as they are; other\n'
        "lines are log events of the log group that --of-group names.\n\n"
        "  logrouter encode events/forward_errors/pino.json\n"
        "  tail -100 app.log | logrouter encode - --of-group /aws/ecs/orders/application"
    ),
    arguments=arguments,
    run=run,
)
