"""The forwarder tells events apart, keeps the books, and answers each source in its own way."""

import base64
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from logrouter.adapters import forwarding
from logrouter.adapters.forwarding import Forwarder
from logrouter.adapters.retry_queue import encode_message
from logrouter.destinations.contract import Answer
from logrouter.errors import LogrouterError, UndeliveredError, UnsupportedEventError
from logrouter.model import REPLAYS_FIELD, DropReason, Plan, Tally
from logrouter.settings import ForwardingSettings
from tests.delivery_fakes import FakeClock, LineDestination, MemoryLedger, MemoryQueue, ScriptedTransport, delivery

ROOT = Path(__file__).parents[2]
OK, DOWN = Answer(200), Answer(503)


class FakeMasker:
    """The engine's shape, without the engine."""

    makes_pseudonyms = False

    def mask_text(self, text, service=None, log_group=None):
        return text, {}


def plan(event, *, policy, mask_text, region, environment, limit_bytes, left_s) -> Plan:
    """One delivery a key named in the event (or in the data of each of its Kinesis records); `-` is not selected."""
    if "Records" in event:
        keys = [
            key for record in event["Records"] for key in base64.b64decode(record["kinesis"]["data"]).decode().split()
        ]
    elif "keys" in event:
        keys = event["keys"]
    else:
        raise UnsupportedEventError("no keys")
    tally = Tally(received=len(keys))
    for _ in (key for key in keys if key == "-"):
        tally.drop(DropReason.NOT_SELECTED)
    return Plan(tuple(delivery(key) for key in keys if key != "-"), tally)


class Context:
    """What Lambda passes, as far as it is read."""

    def __init__(self, left_ms: int = 60_000) -> None:
        self.left_ms = left_ms

    def get_remaining_time_in_millis(self) -> int:
        return self.left_ms


@pytest.fixture
def bench(monkeypatch):
    monkeypatch.setattr(forwarding, "ready_masker", lambda policy: FakeMasker())

    def make(*answers: Answer, queue: MemoryQueue | None = None, job=plan) -> Forwarder:
        monkeypatch.setattr(Forwarder, "_make_ledger", lambda self: MemoryLedger())
        if queue is not None:
            monkeypatch.setattr(Forwarder, "_make_queue", lambda self: queue)
        return Forwarder(
            "forward_lines",
            ForwardingSettings(concurrency=1),
            LineDestination(),
            job,
            lambda *, refresh=False: {"default": "http://lines"},
            transport=ScriptedTransport(answers),
            clock=FakeClock(),
        )

    return make


def kinesis(*records: str) -> dict:
    return {
        "Records": [
            {
                "eventSource": "aws:kinesis",
                "kinesis": {"sequenceNumber": f"seq-{index}", "data": base64.b64encode(data.encode()).decode()},
            }
            for index, data in enumerate(records)
        ]
    }


def sqs(*bodies: str) -> dict:
    return {
        "Records": [
            {
                "eventSource": "aws:sqs",
                "messageId": f"m{index}",
                "receiptHandle": f"r{index}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "2"},
            }
            for index, body in enumerate(bodies)
        ]
    }


def test_a_direct_event_returns_its_tally(bench):
    """Subscription events and decoded documents: every record has a fate."""
    tally = bench(OK).handle({"keys": ["a", "-", "b"]}, Context())

    assert tally == {
        "source": "subscription",
        "received": 3,
        "delivered": 2,
        "handed_over": 0,
        "dropped": {"not_selected": 1},
        "masked": {},
        "masking_failed": 0,
        "balanced": True,
    }


def test_undelivered_records_are_handed_over(bench):
    """With a queue an outage is no failure of the invocation."""
    queue = MemoryQueue()

    tally = bench(OK, DOWN, queue=queue).handle({"keys": ["a", "b", "c"]}, Context())

    assert (tally["delivered"], tally["handed_over"], tally["balanced"]) == (1, 2, True)
    assert queue.keys == ["b", "c"]


def test_without_a_queue_undelivered_records_fail_the_invocation(bench):
    """Nothing takes them, so Lambda has to repeat; the error names counts and codes only."""
    with pytest.raises(
        UndeliveredError, match=r"^forward_lines: 2 records neither delivered nor handed over \(http_503\)$"
    ):
        bench(OK, DOWN).handle({"keys": ["a", "b", "c"]}, Context())


def test_without_a_context_it_runs(bench):
    """A bare process has no Lambda context."""
    assert bench(OK).handle({"keys": ["a"]}, None)["delivered"] == 1


@pytest.mark.parametrize("event", [{}, {"Records": []}, {"Records": "x"}, [], None, "text", {"Records": [7]}])
def test_a_foreign_event_is_counted(bench, event):
    """An event of no known kind is a malformed event with a tally, not a crash."""

    def job(event, **_):
        raise UnsupportedEventError("nothing known")

    tally = bench(OK, job=job).handle(event, Context())

    assert (tally["dropped"], tally["balanced"]) == ({"malformed_event": 1}, True)


def test_a_fault_of_the_job_does_not_quote_the_payload(bench):
    """A foreign exception becomes one that names type and place only."""

    def job(event, **_):
        raise KeyError("payload text")

    with pytest.raises(LogrouterError, match=r"^forward_lines: KeyError at test_forwarding\.py:\d+$") as failure:
        bench(OK, job=job).handle({"keys": ["a"]}, Context())

    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


def test_kinesis_answers_with_an_empty_list_when_all_is_done(bench):
    """Delivered or handed over: the shard goes on."""
    forwarder = bench(OK, DOWN, queue=MemoryQueue())

    assert forwarder.handle(kinesis("a b", "c"), Context()) == {"batchItemFailures": []}


def test_kinesis_names_the_first_record_of_which_something_is_left(bench):
    """Lambda repeats a shard from there on."""
    forwarder = bench(OK, OK, OK, DOWN)

    answer = forwarder.handle(kinesis("a b", "-", "c d", "e"), Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "seq-2"}]}


def test_a_replayed_kinesis_event_raises_instead(bench):
    """An asynchronous invocation's answer goes nowhere, so what is left must fail it."""
    event = {**kinesis("a"), REPLAYS_FIELD: 1}

    with pytest.raises(UndeliveredError):
        bench(DOWN).handle(event, Context())


def test_a_replay_is_booked_as_such(bench):
    """The tally says where records came from."""
    assert bench(OK).handle({"keys": ["a"], REPLAYS_FIELD: 1}, Context())["source"] == "replay"


def test_drained_messages_go_away(bench, capsys):
    """What is delivered leaves the queue, and the books say `retry`."""
    forwarder = bench(OK, queue=MemoryQueue())

    answer = forwarder.handle(sqs(encode_message(delivery("a", "b")), encode_message(delivery("c"))), Context())

    assert answer == {"batchItemFailures": []}
    assert '"source":"retry","received":3,"delivered":3' in capsys.readouterr().out


def test_a_message_that_fails_again_is_kept_and_postponed(bench):
    """It stays whole in the queue, and comes back after a wait that doubles with each receive."""
    queue = MemoryQueue()
    forwarder = bench(OK, DOWN, queue=queue)

    answer = forwarder.handle(sqs(encode_message(delivery("a")), encode_message(delivery("b"))), Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}]}
    assert queue.postponed == [("m1", 60.0)]
    assert forwarder._courier._ledger.released == ["b"]
    assert queue.texts == []


def test_retry_after_postpones_a_message(bench):
    """The destination's own wait goes before our backoff."""
    queue = MemoryQueue()

    bench(Answer(429, {"retry-after": "1200"}), queue=queue).handle(sqs(encode_message(delivery("a"))), Context())

    assert queue.postponed == [("m0", 1200.0)]


def test_a_message_of_which_a_part_is_done_is_replaced(bench):
    """The rest goes back as a smaller message; the old one goes away."""
    queue = MemoryQueue()
    forwarder = bench(Answer(413), OK, DOWN, queue=queue)

    answer = forwarder.handle(sqs(encode_message(delivery("a", "b", attempt=3))), Context())

    assert answer == {"batchItemFailures": []}
    assert [delivery("b", attempt=4)] == queue.deliveries


def test_a_part_that_cannot_be_handed_over_keeps_the_message(bench):
    """With the queue refusing, the whole message stays; the ledger knows the part that is done."""
    queue = MemoryQueue(broken=True)

    answer = bench(Answer(413), OK, DOWN, queue=queue).handle(sqs(encode_message(delivery("a", "b"))), Context())

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


def test_corrupt_messages_are_counted_and_left_to_the_dead_letters(bench, capsys):
    """A damaged message, or one of another destination, disturbs nobody and is never acknowledged."""
    other = encode_message(replace(delivery("x"), destination="elsewhere"))

    answer = bench(OK, queue=MemoryQueue()).handle(sqs("{}", encode_message(delivery("a")), other), Context())

    assert [failure["itemIdentifier"] for failure in answer["batchItemFailures"]] == ["m0", "m2"]
    assert '"dropped":{"corrupt_delivery":2}' in capsys.readouterr().out


def test_at_the_deadline_messages_stay(bench):
    """An invocation without time left leaves every message to the queue."""
    queue = MemoryQueue()
    forwarder = bench(OK, queue=queue)

    answer = forwarder.handle(sqs(encode_message(delivery("a"))), Context(left_ms=0))

    assert answer == {"batchItemFailures": [{"itemIdentifier": "m0"}]}


BARE = """
import json, sys
from tests.faults import OK, Sink
from logrouter.adapters import forwarding
from logrouter.adapters.secret_source import Secret
from logrouter.settings import ForwardErrorsSettings
from tests.delivery_fakes import LineDestination
from tests.unit.test_forwarding import FakeMasker, plan
forwarding.ready_masker = lambda policy: FakeMasker()
with Sink([OK]) as sink:
    settings = ForwardErrorsSettings.load({"SENTRY_DSN": sink.url})
    secret = Secret(None, bare="default", override={"default": settings.sentry_dsn})
    forwarder = forwarding.Forwarder("forward_errors", settings, LineDestination(), plan, secret)
    print(json.dumps(forwarder.handle({"keys": ["a"]})["delivered"]))
loaded = [name for name in ("boto3", "sentry_sdk", "langfuse", "aws_lambda_powertools.utilities.parameters") if name in sys.modules]
print(json.dumps(loaded))
"""


def test_a_bare_run_needs_no_aws():
    """With the DSN in the environment alone nothing of boto3 is loaded, and the record arrives."""
    run = subprocess.run(
        [sys.executable, "-c", BARE], capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )

    assert run.stderr == ""
    assert [json.loads(line) for line in (run.stdout.splitlines()[-2], run.stdout.splitlines()[-1])] == [1, []]
