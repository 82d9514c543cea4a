"""`logrouter redrive`: dead letters back into the retry queue, against SQS as moto plays it."""

import json
from dataclasses import replace

import boto3
import pytest
from moto import mock_aws

from logrouter.adapters.retry_queue import decode_message, encode_message
from logrouter.destinations.langfuse import encode_calls
from logrouter.model import Delivery
from logrouter_cli.main import main
from tests.unit.langfuse_calls import call_of


class Queues:
    """A retry queue and its dead letters."""

    def __init__(self):
        self.client = boto3.client("sqs", region_name="us-east-1")
        self.dead = self.client.create_queue(QueueName="dead")["QueueUrl"]
        arn = self.client.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 20})
        self.retry = self.client.create_queue(QueueName="retry", Attributes={"RedrivePolicy": policy})["QueueUrl"]

    def bury(self, *texts):
        for text in texts:
            self.client.send_message(QueueUrl=self.dead, MessageBody=text)

    def bodies(self, url):
        found = []
        while messages := self.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            found += [message["Body"] for message in messages]
        return found


@pytest.fixture
def queues(monkeypatch):
    """Queues of a mocked account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("logrouter.adapters.retry_queue.with_jitter", lambda wait_s, clock: wait_s)
    with mock_aws():
        yield Queues()


def letter(number, route="default", attempt=19):
    return encode_message(Delivery("sentry", route, (f"key-{number}",), (2,), b"masked", attempt))


def redriven(queues, capsys, *options):
    code = main(["redrive", "--queue", queues.retry, *options])
    return code, json.loads(capsys.readouterr().out)


def test_dead_letters_go_back_and_begin_anew(queues, capsys):
    """Every dead letter of ours stands in the retry queue, with its tries forgotten, and no longer among the dead."""
    queues.bury(*(letter(number) for number in range(23)))

    code, account = redriven(queues, capsys)

    back = [decode_message(body) for body in queues.bodies(queues.retry)]
    assert (code, account["found"], account["moved"], account["records"], account["left"]) == (0, 23, 23, 46, {})
    assert sorted(delivery.keys for delivery in back) == sorted((f"key-{number}",) for number in range(23))
    assert {delivery.attempt for delivery in back} == {1}
    assert queues.bodies(queues.dead) == []


def test_a_dry_run_looks_and_gives_everything_back(queues, capsys):
    """A dry run tells number, routes and age, and changes nothing."""
    queues.bury(letter(1), letter(2, "payments"), "not ours")

    code, account = redriven(queues, capsys, "--dry-run", "--delete-corrupt")

    assert (code, account["found"], account["moved"], account["deleted"]) == (0, 3, 0, 0)
    assert account["routes"] == {"sentry/default": 1, "sentry/payments": 1}
    assert account["left"] == {"corrupt": 1, "dry_run": 2}
    assert account["oldest"].endswith("Z")
    assert (len(queues.bodies(queues.dead)), queues.bodies(queues.retry)) == (3, [])


def test_what_is_not_ours_stays_unless_asked(queues, capsys):
    """A corrupt message is never moved; it is left and makes the answer no, until its deletion is asked for."""
    foreign = letter(3).replace('"sentry"', '"elsewhere"')
    queues.bury(letter(1), "not ours", foreign)

    first = redriven(queues, capsys)
    second = redriven(queues, capsys, "--delete-corrupt")

    assert (first[0], first[1]["moved"], first[1]["left"]) == (1, 1, {"corrupt": 2})
    assert (second[0], second[1]["deleted"], second[1]["left"]) == (0, 2, {})
    assert queues.bodies(queues.dead) == []


def test_one_route_and_a_limit(queues, capsys):
    """Only messages of the route that was named are moved, and no more than were asked for."""
    queues.bury(*(letter(number, "payments") for number in range(4)), *(letter(number) for number in range(10, 13)))

    code, account = redriven(queues, capsys, "--route", "payments", "--limit", "3")

    moved = [decode_message(body) for body in queues.bodies(queues.retry)]
    assert (code, account["moved"], {delivery.route for delivery in moved}) == (1, 3, {"payments"})
    assert len(queues.bodies(queues.dead)) == 4


def test_what_the_retry_queue_does_not_take_stays_among_the_dead(queues, capsys, monkeypatch):
    """A letter leaves the dead-letter queue only after the retry queue has it."""
    queues.bury(letter(1))
    monkeypatch.setattr(
        "logrouter.adapters.retry_queue.RetryQueue._send", lambda self, batch: [one for one, _ in batch]
    )

    code, account = redriven(queues, capsys)

    assert (code, account["moved"], account["left"]) == (1, 0, {"not_taken": 1})
    assert len(queues.bodies(queues.dead)) == 1


def test_the_output_tells_nothing_of_a_message(queues, capsys):
    """Neither keys nor body of a message are shown."""
    queues.bury(letter("secret-key"))

    main(["redrive", "--queue", queues.retry, "--dry-run"])

    shown = capsys.readouterr()
    assert "secret-key" not in shown.out + shown.err
    assert "masked" not in shown.out + shown.err


def test_a_stack_names_the_queue(queues, capsys):
    """With --stack the retry queue is the one that the stack's outputs name."""
    template = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {"ForwardErrorsRetryQueueUrl": {"Value": queues.retry}},
    }
    boto3.client("cloudformation", region_name="us-east-1").create_stack(
        StackName="logs", TemplateBody=json.dumps(template)
    )
    queues.bury(letter(1))

    code = main(["redrive", "--stack", "logs", "--function", "forward_errors"])

    assert (code, json.loads(capsys.readouterr().out)["moved"]) == (0, 1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--stack", "logs"], "--stack needs --function"),
        (["--stack", "logs", "--function", "forward_errors"], "stack logs"),
        (["--queue", "dead"], "no dead-letter queue"),
        (["--queue", "https://sqs.us-east-1.amazonaws.com/123456789012/none"], "AWS refused"),
    ],
)
def test_wrong_use_is_one_clear_line(queues, capsys, options, says):
    """What cannot be used is said in one line, with exit code 2."""
    given = [queues.dead if option == "dead" else option for option in options]

    code = main(["redrive", *given])

    error = capsys.readouterr().err
    assert (code, error.count("\n")) == (2, 1)
    assert says in error


def test_nothing_to_move_is_no_fault(queues, capsys):
    """An empty dead-letter queue is a good answer."""
    code, account = redriven(queues, capsys)

    assert (code, account["found"], account["oldest"]) == (0, 0, None)


def test_calls_of_models_go_back_as_they_were(queues, capsys):
    """A dead export for Langfuse stands in the retry queue with the same bytes and keys, as one that was told of before."""
    (dead,) = encode_calls([call_of()], "default", environment="prod")
    queues.bury(encode_message(replace(dead, attempt=19)))

    code, account = redriven(queues, capsys)

    (back,) = [decode_message(body) for body in queues.bodies(queues.retry)]
    assert (code, account["routes"]) == (0, {"langfuse/default": 1})
    assert (back.body, back.keys, back.attempt) == (dead.body, dead.keys, 1)
