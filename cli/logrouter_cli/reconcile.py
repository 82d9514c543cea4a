"""`logrouter reconcile`: hold what was delivered to Langfuse against what it shows, and send the lost again."""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Mapping
from typing import Any, Final

from logrouter.destinations.langfuse_book import day_of, start_of
from logrouter.settings import ReconcileLlmSettings
from logrouter_cli.aws import Aws, add_aws_options, aws_of, said_clearly
from logrouter_cli.checkout import LocalContext, load_handler
from logrouter_cli.command import Command, CommandError

FUNCTION: Final = "reconcile_llm"
OUTPUT: Final = "ReconcileLlmArn"
WELL: Final = frozenset({"ok", "late", "incomplete_book"})
"""Verdicts that need nobody."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--day", action="append", type=_day, metavar="DATE", help="a UTC day, 2026-11-20; may be repeated"
    )
    parser.add_argument("--resend", action="store_true", help="send again what Langfuse lost, and only that")
    parser.add_argument("--stack", metavar="NAME", help="take tables, queue and secret of this CloudFormation stack")
    add_aws_options(parser.add_argument_group("AWS"))


def run(options: argparse.Namespace) -> int:
    """Write what was found of each day (JSON) to stdout; 1 when something is lost, doubled or was not read."""
    if options.region:
        os.environ["AWS_REGION"] = options.region
    if options.profile:
        os.environ["AWS_PROFILE"] = options.profile
    if options.stack:
        for name, value in _variables_of(aws_of(options), options.stack).items():
            os.environ.setdefault(name, value)
    ReconcileLlmSettings.load(os.environ)
    handler = load_handler(FUNCTION, otherwise="invoke the deployed function in its place")
    event = {"resend": options.resend} | ({"days": options.day} if options.day else {})
    with contextlib.redirect_stdout(sys.stderr):  # the function's own log and metrics
        found = handler(event, LocalContext(FUNCTION))
    print(json.dumps(found, indent=2))
    return 0 if all(day["verdict"] in WELL for day in found["days"]) else 1


def _variables_of(aws: Aws, stack: str) -> Mapping[str, str]:
    """Return the variables of the deployed function, without those that are empty."""
    with said_clearly(f"stack {stack}"):
        stacks = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", ())}
        if OUTPUT not in outputs:
            raise CommandError(f"stack {stack} has no output {OUTPUT}; is it one of logrouter?")
        answer: dict[str, Any] = aws.client("lambda").get_function_configuration(FunctionName=outputs[OUTPUT])
    return {name: value for name, value in answer.get("Environment", {}).get("Variables", {}).items() if value}


def _day(text: str) -> str:
    """Read a day (an argparse type)."""
    try:
        return day_of(start_of(text))
    except ValueError:
        raise argparse.ArgumentTypeError("a day is written 2026-11-20") from None


COMMAND = Command(
    name="reconcile",
    summary="hold what was delivered to Langfuse against what it shows",
    describe=(
        "Hold the LLM calls that Langfuse acknowledged against what it shows, day by day (docs/llm-reconcile.md).\n"
        "The function reconcile_llm runs in this process, with this process's environment: LLM_BOOK_TABLE, and\n"
        "LANGFUSE_SECRET_ARN or host and keys. --stack takes what is missing from the deployed function.\n\n"
        "  logrouter reconcile --stack logrouter\n"
        "  logrouter reconcile --stack logrouter --day 2026-11-20 --resend\n\n"
        "Without --day the last days are looked at, as the schedule does."
    ),
    arguments=arguments,
    run=run,
)
