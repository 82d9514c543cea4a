"""Contract 1, mask first, and contract 11, secrets: nothing unmasked leaves a handler, whatever fails and wherever."""

import json

import pytest

from logrouter.errors import LogrouterError
from logrouter.model import LogEvent, RawText
from logrouter.settings import ForwardErrorsSettings, NotifySettings, TraceLlmSettings
from tests.contract_world import (
    PLAIN,
    PLANTED,
    SECRETS,
    awslogs,
    boom,
    document,
    everything_logged,
    kinesis,
    llm_line,
    planted_line,
    refusal,
    settled,
    world_of,
)

LINES = {"forward_errors": planted_line, "trace_llm": llm_line}
EVENTS = {
    "forward_errors": awslogs(document(planted_line(1), planted_line(2))),
    "trace_llm": awslogs(document(llm_line(1), llm_line(2), logGroup="/aws/ecs/shop/llm")),
}
STAGES = [
    "stages.prepare.joined",
    "stages.prepare.mask_event",
    "stages.prepare.parse",
    "masking.engine.Masker.mask_text",
    "masking.text.TextEngine.edits",
    "adapters.courier.Courier.dispatch",
    "adapters.courier.Courier.send",
    "adapters.desk.Desk.lay",
    "adapters.http.HttpTransport.send",
    "adapters.ledger.DynamoLedger.claim",
    "adapters.ledger.DynamoLedger.mark_delivered",
    "adapters.retry_queue.RetryQueue._send",
    "adapters.secret_source.Secret._fetch",
    "adapters.policy_source.PolicySource.current",
    "adapters.telemetry.Telemetry.report",
]
OWN_STAGES = {
    "forward_errors": [
        *(f"jobs.forward_errors.{name}" for name in ("batches_of", "prepare", "kind_of", "refuse_errors", "classify")),
        *(f"jobs.forward_errors.{name}" for name in ("ration", "encode_issue", "route_of")),
        "stages.ration.issue_key",
        "adapters.occurrences.TableOccurrences.before",
        "adapters.occurrences.TableOccurrences._update",
        "destinations.sentry.Sentry.request",
        "destinations.sentry.Sentry.interpret",
        "destinations.sentry.Sentry.targets",
        "destinations.sentry_envelope.build_event",
    ],
    "trace_llm": [
        *(f"jobs.trace_llm.{name}" for name in ("batches_of", "prepare", "recognise", "fill_cost", "encode_calls")),
        "destinations.langfuse.Langfuse.request",
        "destinations.langfuse.Langfuse.targets",
        "destinations.langfuse.span_bytes",
    ],
}
SABOTAGE = [(name, stage) for name, own in OWN_STAGES.items() for stage in [*STAGES, *own]]


@pytest.fixture
def world(monkeypatch, capsys, function):
    with world_of(monkeypatch, capsys, function) as made:
        yield made


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("status", [200, 400, 401, 413, 429, 500])
def test_planted_values_stay_inside(world, name, status):
    """Contract 1: values planted in every field of record and origin reach no sink, queue, table or log line."""
    world.sink.answer = lambda number: (status, {})

    with everything_logged():
        result = world.handle(name, EVENTS[name])

    assert settled(result)
    assert len(world.sink.requests) > 0
    assert world.leaks() == []


@pytest.mark.parametrize(("name", "stage"), SABOTAGE)
def test_a_stage_that_fails_with_the_payload_in_its_message(world, monkeypatch, name, stage):
    """Contracts 1 and 2: a stage may fail with the whole payload in its message; none of it gets out, no record is forgotten."""
    monkeypatch.setattr(f"logrouter.{stage}", boom)

    result = world.handle(name, EVENTS[name])

    assert settled(result)
    assert world.leaks() == []


@pytest.mark.parametrize("name", EVENTS)
def test_masking_that_fails_is_counted_and_hides_everything(world, monkeypatch, name):
    """Contract 1: without an engine a record goes on as a placeholder; not one word of it goes out."""
    monkeypatch.setattr("logrouter.masking.engine.Masker.mask_text", boom)

    result = world.handle(name, awslogs(document(*[LINES[name](at) for at in range(3)], logGroup="/x/llm")))

    assert result["masking_failed"] == 5  # three records, the names of group and stream
    assert PLAIN.encode() not in world.sink.bytes
    assert world.leaks() == []


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "ExpiredTokenException"])
@pytest.mark.parametrize("service", ["SQS", "DynamoDB", "Secrets Manager"])
def test_aws_refusals_that_quote_the_request(world, monkeypatch, name, code, service):
    """Contracts 1 and 11: AWS repeats parts of a request in its errors; they end at the adapter, and no record is lost."""
    from botocore.client import BaseClient

    call = BaseClient._make_api_call

    def refuse(client, operation, arguments):
        if client.meta.service_model.service_id == service and operation not in {"Scan", "ReceiveMessage"}:
            raise refusal(code, operation)
        return call(client, operation, arguments)

    world.sink.answer = lambda number: (503, {}) if service == "SQS" else (200, {})
    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    with everything_logged():
        result = world.handle(name, EVENTS[name])

    assert settled(result)
    assert world.leaks() == []


WRONG_SECRETS = [
    "",
    "not a dsn " + SECRETS[0],
    json.dumps([SECRETS[0]]),
    json.dumps({"dsn": {"x": SECRETS[0]}, "secret_key": [SECRETS[0]]}),
    json.dumps({"routes": {f"https://{SECRETS[1]}@sentry.example/1": "payments"}}),
    json.dumps({"dsn": f"https://{SECRETS[1]}@sentry.example:port/1", "host": SECRETS[0], "public_key": SECRETS[0]}),
    json.dumps({"dsn": f"https://{SECRETS[1]}@sentry.example/1", "routes": {SECRETS[0]: 7, "payments": SECRETS[0]}}),
    json.dumps({"host": "https://x", "public_key": "p", "secret_key": SECRETS[0], "routes": {SECRETS[0]: {"host": 1}}}),
    '{"dsn": "' + SECRETS[0],
    json.dumps({"dsn": f"https://{SECRETS[1]}@sentry.example/1", "routes": [SECRETS[0]]}),
]


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize("text", WRONG_SECRETS, ids=range(len(WRONG_SECRETS)))
def test_a_secret_of_the_wrong_shape(world, name, text):
    """Contract 11: a malformed secret is named, never quoted, and every record is handed over until it is mended."""
    world.secrets.put_secret_value(
        SecretId="sentry" if name == "forward_errors" else "langfuse", SecretString=text or " "
    )

    with everything_logged():
        result = world.handle(name, EVENTS[name])

    assert (result["delivered"], result["handed_over"], result["balanced"]) == (0, 2, True)
    assert world.leaks() == []


@pytest.mark.parametrize("name", EVENTS)
def test_a_retry_queue_holds_masked_bytes_only_and_drains(world, name):
    """Contracts 1 and 4: what waits in the queue is masked, and delivered from there once the destination is well."""
    world.sink.answer = lambda number: (503, {})
    first = world.handle(name, EVENTS[name])
    event = world.drain_event()
    world.sink.answer = lambda number: (200, {})

    drained = world.handle(name, event)

    assert first["handed_over"] == 2
    assert drained == {"batchItemFailures": []}
    assert world.leaks() == []


@pytest.mark.parametrize("name", EVENTS)
@pytest.mark.parametrize(
    "body",
    [PLAIN, json.dumps({"version": 1, "body": PLANTED["email"]}), json.dumps(list(PLANTED.values())), "", "[" * 50_000],
    ids=range(5),
)
def test_a_foreign_message_in_the_queue(world, name, body):
    """Contracts 1 and 8: a message that is none of ours is counted and kept for the dead letters, never quoted."""
    record = {"eventSource": "aws:sqs", "messageId": "m", "receiptHandle": "r", "body": body, "attributes": None}

    result = world.handle(name, {"Records": [record]})

    assert result == {"batchItemFailures": [{"itemIdentifier": "m"}]}
    assert world.tallies()[-1]["dropped"] == {"corrupt_delivery": 1}
    assert world.leaks() == []


def test_kinesis_failures_print_nothing(world, monkeypatch):
    """Contract 1: the same holds for a stream whose records are left."""
    monkeypatch.setattr("logrouter.adapters.retry_queue.RetryQueue._send", boom)
    world.sink.answer = lambda number: (500, {})

    result = world.handle("forward_errors", kinesis(document(planted_line())))

    assert settled(result)
    assert world.leaks() == []


def test_repr_shows_no_text_and_no_secret():
    """Contracts 1 and 11: what shows an object in a trace shows no raw text and no credentials."""
    event = LogEvent("1", 1, RawText(PLAIN))
    shown = [
        repr(event),
        str(event),
        repr(ForwardErrorsSettings(sentry_dsn=SECRETS[0])),
        repr(TraceLlmSettings(langfuse_secret_key=SECRETS[0], langfuse_public_key=SECRETS[0])),
        repr(NotifySettings(slack_webhook_url=SECRETS[0])),
    ]

    assert [text for text in shown if PLAIN in text or SECRETS[0] in text] == []


def test_exceptions_carry_no_chain(world, monkeypatch):
    """Contract 1: the exception that leaves says type and place; what it replaces is not printed with it."""
    monkeypatch.setattr("logrouter.adapters.courier.Courier.dispatch", boom)

    error = world.handle("forward_errors", EVENTS["forward_errors"])

    assert isinstance(error, LogrouterError)
    assert str(error).startswith("forward_errors: RuntimeError at contract_world.py:")
    assert error.__suppress_context__
    assert error.__cause__ is None
