"""`logrouter redrive`: move what stands in a dead-letter queue back into the retry queue it came from.

Nothing is taken out of the dead letters before the retry queue has it. Who dies in between leaves a message in both;
the ledger keeps it from being delivered twice.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from logrouter.adapters.clock import SystemClock
from logrouter.adapters.retry_queue import BATCH_MESSAGES, Leftover, RetryQueue, decode_message
from logrouter.destinations.registry import MODULES, destination_of
from logrouter.model import Delivery, Json
from logrouter_cli.aws import Aws, add_aws_options, aws_of, said_clearly
from logrouter_cli.command import Command, CommandError

OUTPUTS: Final = {"forward_errors": "ForwardErrorsRetryQueueUrl", "trace_llm": "TraceLlmRetryQueueUrl"}
"""Function to the output of the stack that names its retry queue."""

HELD_S: Final = 300
"""How long a message that was looked at stays hidden from others, unless it is given back before."""

EMPTY_RECEIVES: Final = 3
"""SQS asks a part of its servers at a time: so many empty answers in a row mean an empty queue."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter.

    Args:
        delivery: None when the message is not one of logrouter's, or damaged.
        sent_ms: when it first came into the retry queue, epoch milliseconds.
    """

    receipt: str
    delivery: Delivery | None
    sent_ms: int


@dataclass(slots=True)
class Account:
    """What was found, and what became of it, in messages; `records` in log events."""

    found: int = 0
    moved: int = 0
    deleted: int = 0
    records: int = 0
    left: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    oldest_ms: int | None = None

    def note(self, letter: Letter) -> None:
        """Count a letter that was found."""
        self.found += 1
        self.oldest_ms = min(letter.sent_ms, self.oldest_ms or letter.sent_ms)
        if letter.delivery is not None:
            self.routes[f"{letter.delivery.destination}/{letter.delivery.route}"] += 1

    def as_dict(self) -> dict[str, Json]:
        """Return it as JSON."""
        oldest = None if self.oldest_ms is None else datetime.fromtimestamp(self.oldest_ms / 1000, UTC)
        return {
            "found": self.found,
            "moved": self.moved,
            "records": self.records,
            "deleted": self.deleted,
            "left": dict(sorted(self.left.items())),
            "routes": dict(sorted(self.routes.items())),
            "oldest": oldest and oldest.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--stack", metavar="NAME", help="CloudFormation stack; needs --function")
    where.add_argument("--queue", metavar="URL", help="retry queue whose dead letters are meant")
    parser.add_argument("--function", choices=OUTPUTS, help="whose dead letters, with --stack")
    parser.add_argument("--route", metavar="NAME", help="only messages of this route (project of the destination)")
    parser.add_argument("--limit", type=_positive, metavar="N", help="move at most so many messages")
    parser.add_argument("--delete-corrupt", action="store_true", help="delete what is not a message of logrouter")
    parser.add_argument("--dry-run", action="store_true", help="look, give everything back, move nothing")
    add_aws_options(parser.add_argument_group("AWS"))


def run(options: argparse.Namespace) -> int:
    """Write what was found and moved (JSON) to stdout; 1 when something is left."""
    if options.stack and not options.function:
        raise CommandError("--stack needs --function: forward_errors or trace_llm")
    aws = aws_of(options)
    url = options.queue or _queue_of(aws, options.stack, options.function)
    with said_clearly("the queues"):
        client = aws.client("sqs")
        dead = _dead_letters_of(client, url)
        account = redrive(client, dead, url, options)
    print(json.dumps(account.as_dict(), indent=2))
    return 1 if account.left and not options.dry_run else 0


def redrive(client: Any, dead: str, url: str, options: argparse.Namespace) -> Account:
    """Move the letters that are meant from the queue `dead` to the queue `url`, and give the others back."""
    account = Account()
    queue = RetryQueue(url, client=client, clock=SystemClock(), count=lambda _name, _number: None)
    others: list[Letter] = []
    try:
        for letters in _received(client, dead):
            for letter in letters:
                account.note(letter)
            meant = [letter for letter in letters if not options.dry_run and _is_meant(letter, options)]
            room = len(meant) if options.limit is None else max(options.limit - account.moved, 0)
            moved = _moved(meant[:room], queue, account)
            corrupt = [letter for letter in letters if letter.delivery is None]
            deleted = corrupt if options.delete_corrupt and not options.dry_run else []
            account.deleted += len(deleted)
            _delete(client, dead, [*moved, *deleted])
            gone = {letter.receipt for letter in (*moved, *deleted)}
            others += [letter for letter in letters if letter.receipt not in gone]
            if options.limit is not None and account.moved >= options.limit:
                break
    finally:
        _give_back(client, dead, others)
    account.left.update(_why(letter, options) for letter in others)
    return account


def _moved(letters: Sequence[Letter], queue: RetryQueue, account: Account) -> list[Letter]:
    """Put letters into the retry queue, as fresh as on the first day; return those it took."""
    leftovers = [
        Leftover(replace(letter.delivery, attempt=0), 0, "redrive", place)
        for place, letter in enumerate(letters)
        if letter.delivery is not None
    ]
    refused = {left.source for name in _destinations(leftovers) for left in _handed_over(name, leftovers, queue)}
    taken = [letter for place, letter in enumerate(letters) if place not in refused]
    account.moved += len(taken)
    account.records += sum(letter.delivery.records for letter in taken if letter.delivery)
    return taken


def _handed_over(name: str, leftovers: Sequence[Leftover], queue: RetryQueue) -> Sequence[Leftover]:
    own = [leftover for leftover in leftovers if leftover.delivery.destination == name]
    return queue.hand_over(own, destination_of(name).split)


def _destinations(leftovers: Sequence[Leftover]) -> list[str]:
    return sorted({leftover.delivery.destination for leftover in leftovers})


def _is_meant(letter: Letter, options: argparse.Namespace) -> bool:
    return letter.delivery is not None and options.route in {None, letter.delivery.route}


def _why(letter: Letter, options: argparse.Namespace) -> str:
    if letter.delivery is None:
        return "corrupt"
    if options.dry_run:
        return "dry_run"
    if options.route not in {None, letter.delivery.route}:
        return "other_route"
    return "not_taken" if options.limit is None else "over_limit"


def _received(client: Any, url: str) -> Iterator[list[Letter]]:
    """Receive until nothing comes any more."""
    seen: set[str] = set()
    empty = 0
    while empty < EMPTY_RECEIVES:
        answer = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH_MESSAGES,
            VisibilityTimeout=HELD_S,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["SentTimestamp"],
        )
        messages: Sequence[Mapping[str, Any]] = answer.get("Messages", ())
        fresh = [message for message in messages if message["MessageId"] not in seen]
        seen.update(message["MessageId"] for message in fresh)
        empty = 0 if fresh else empty + 1
        if fresh:
            yield [_letter(message) for message in fresh]


def _letter(message: Mapping[str, Any]) -> Letter:
    delivery = decode_message(message["Body"])
    if delivery is not None and delivery.destination not in MODULES:
        delivery = None
    return Letter(message["ReceiptHandle"], delivery, int(message.get("Attributes", {}).get("SentTimestamp", 0)))


def _delete(client: Any, url: str, letters: Sequence[Letter]) -> None:
    for start in range(0, len(letters), BATCH_MESSAGES):
        entries = [
            {"Id": str(index), "ReceiptHandle": letter.receipt}
            for index, letter in enumerate(letters[start : start + BATCH_MESSAGES])
        ]
        failed = client.delete_message_batch(QueueUrl=url, Entries=entries).get("Failed")
        if failed:
            print(f"{len(failed)} messages stand in both queues now; the ledger counts them once", file=sys.stderr)


def _give_back(client: Any, url: str, letters: Sequence[Letter]) -> None:
    """Show letters to others at once; where that fails they come back by themselves."""
    for start in range(0, len(letters), BATCH_MESSAGES):
        entries = [
            {"Id": str(index), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
            for index, letter in enumerate(letters[start : start + BATCH_MESSAGES])
        ]
        client.change_message_visibility_batch(QueueUrl=url, Entries=entries)


def _queue_of(aws: Aws, stack: str, function: str) -> str:
    with said_clearly(f"stack {stack}"):
        stacks = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stacks[0].get("Outputs", ())}
    if OUTPUTS[function] not in outputs:
        raise CommandError(f"stack {stack} has no output {OUTPUTS[function]}; is it one of logrouter?")
    url: str = outputs[OUTPUTS[function]]
    return url


def _dead_letters_of(client: Any, url: str) -> str:
    attributes = client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"]).get("Attributes", {})
    if "RedrivePolicy" not in attributes:
        raise CommandError("the queue has no dead-letter queue; give the retry queue, not the dead letters")
    arn = json.loads(attributes["RedrivePolicy"])["deadLetterTargetArn"]
    account, name = arn.split(":")[-2:]
    dead: str = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
    return dead


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError("a whole number above 0")
    return int(text)


COMMAND = Command(
    name="redrive",
    summary="move dead letters back into the retry queue",
    describe=(
        "Move messages from a dead-letter queue back into the retry queue of forward_errors or trace_llm, where they\n"
        "are tried again from the beginning. Prints what was found and moved as JSON, never what is in a message.\n\n"
        "  logrouter redrive --stack logrouter --function forward_errors --dry-run\n"
        "  logrouter redrive --stack logrouter --function forward_errors\n\n"
        "Events keep their ids and times and get a new sending time; the ledger keeps what was delivered before from\n"
        "being delivered again. Exit code 1 when something was left."
    ),
    arguments=arguments,
    run=run,
)
