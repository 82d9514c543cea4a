"""The commands that this package brings to `logrouter`: demo, invoke, samples. Light to import; each loads its own."""

import argparse
import json
import time
from collections.abc import Sequence

from logrouter_cli.command import Command, CommandError, Program
from logrouter_cli.encode import awslogs_event
from logrouter_cli.moments import moment
from logrouter_local import samples


def _demo(arguments: Sequence[str]) -> int:
    from logrouter_local.demo import main  # noqa: PLC0415 - brings boto3

    return main(arguments)


def _invoke(arguments: Sequence[str]) -> int:
    from logrouter_local.rie import main  # noqa: PLC0415 - only this command needs it

    return main(arguments)


DEMO = Program("demo", "run the whole system on this machine and show what arrived", _demo)
INVOKE = Program("invoke", "run a built function under the Runtime Interface Emulator", _invoke)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of `samples`."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="<function>/<case>; without one, all are listed")
    parser.add_argument("--at", type=_moment, help="move all times: now, ISO 8601 or epoch milliseconds")
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--encode", action="store_true", help="wrap as an awslogs event")
    shape.add_argument("--messages", action="store_true", help="write the messages only, one log event after the other")


def run(options: argparse.Namespace) -> int:
    """Write the list, or one sample with its placeholders filled."""
    if options.name is None:
        for function in samples.functions():
            print("\n".join(samples.cases(function)))
        return 0
    try:
        event = samples.render(options.name, at_ms=options.at)
    except FileNotFoundError:
        raise CommandError(f"there is no sample {options.name}; logrouter samples lists them") from None
    if not options.encode and not options.messages:
        print(json.dumps(event, indent=2, ensure_ascii=False))
        return 0
    if "messageType" not in event:
        raise CommandError(f"{options.name} is no subscription document, so it has no messages to wrap or to write")
    if options.encode:
        print(json.dumps(awslogs_event(event)))
        return 0
    for each in event["logEvents"]:
        print(each["message"])
    return 0


def _moment(text: str) -> int:
    return int(time.time() * 1000) if text == "now" else moment(text)


SAMPLES = Command(
    name="samples",
    summary="list the sample events, or write one with its planted values filled in",
    describe=(
        "The sample events of events/ hold placeholders instead of personal data and secrets. This writes one with\n"
        "made-up values filled in, for example to invoke a function with it:\n\n"
        "  logrouter samples forward_errors/gateway --at now | logrouter invoke ForwardErrors -e -"
    ),
    arguments=arguments,
    run=run,
)
