"""`logrouter replay`: a file of logs through a forwarding function, in this process."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from logrouter_cli.main import main
from logrouter_cli.replay import payloads, sum_of
from logrouter_local import samples

FORWARD = ["replay", "--function", "forward_errors"]


@pytest.fixture
def bare(monkeypatch):
    """An environment without anything that a function could use."""
    for name in (
        "SENTRY_DSN",
        "SENTRY_SECRET_ARN",
        "LANGFUSE_HOST",
        "LANGFUSE_SECRET_ARN",
        "RETRY_QUEUE_URL",
        "LEDGER_TABLE",
        "POLICY_FILE",
        "POLICY_BUCKET",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("LOGROUTER_ENVIRONMENT", "test")
    return monkeypatch


@pytest.fixture
def sentry():
    """A server that takes everything and keeps the bodies."""
    bodies = []

    class Taker(BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    server.bodies = bodies
    yield server
    server.shutdown()
    server.server_close()


def event(name):
    return str(samples.EVENTS / f"{name}.json")


@pytest.mark.parametrize(("function", "name"), [("forward_errors", "gateway"), ("trace_llm", "canonical")])
def test_a_dry_run_shows_what_would_be_sent(function, name, capsys):
    """--dry-run needs no address; the books balance, and what would be sent counts as handed over."""
    assert main(["replay", "--function", function, "--dry-run", event(f"{function}/{name}")]) == 0

    shown = capsys.readouterr()
    total = json.loads(shown.out)
    assert total["received"] == len(samples.raw(f"{function}/{name}")["logEvents"])
    assert total["handed_over"] > 0
    assert total["handed_over"] == sum(int(line.split(": ")[1].split()[0]) for line in shown.err.splitlines())


def test_show_writes_the_events_themselves(capsys):
    """--show writes every event that would be sent, and nothing else, to stdout; the tally is on stderr."""
    assert main([*FORWARD, "--dry-run", "--show", event("forward_errors/gateway")]) == 0

    shown = capsys.readouterr()
    told = shown.err.count("would send to ")
    assert ["event_id" in json.loads(line) for line in shown.out.splitlines()] == [True] * told
    assert json.loads(shown.err[shown.err.index("{") :])["balanced"] is True


def test_show_writes_the_calls_themselves(capsys):
    """Of trace_llm each call is a line of its own: attributes by name, counts and costs as numbers, masked."""
    assert main(["replay", "--function", "trace_llm", "--dry-run", "--show", event("trace_llm/canonical")]) == 0

    shown = capsys.readouterr()
    calls = [json.loads(line) for line in shown.out.splitlines()]
    total = json.loads(shown.err[shown.err.index("{") :])
    assert len(calls) == total["handed_over"] == 5
    assert all(re.fullmatch("[0-9a-f]{32}", call["trace_id"]) for call in calls)
    assert all(call["start"].endswith("Z") and call["start"] <= call["end"] for call in calls)
    assert {type(call["langfuse.observation.usage_details"]["total"]) for call in calls} == {int}


def test_shown_calls_are_masked(tmp_path, capsys):
    """What --show writes of a call is what would leave."""
    path, address = tmp_path / "app.log", "hong" + "@" + "customer.example.com"
    path.write_text(json.dumps({"type": "llm", "model": "gpt-4o", "prompt": f"mail {address}", "prompt_tokens": 3}))

    main(["replay", "--function", "trace_llm", "--dry-run", "--show", "--group", "/aws/ecs/chat/llm", str(path)])

    (call,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert address not in json.dumps(call)
    assert call["langfuse.observation.input"].startswith("mail ")


def test_show_is_for_dry_runs(capsys):
    """What is really sent is not shown."""
    assert main([*FORWARD, "--show", event("forward_errors/gateway")]) == 2
    assert "--dry-run" in capsys.readouterr().err


def test_a_kinesis_event_is_replayed_record_by_record(capsys):
    """Each record of a Kinesis event counts as a payload of its own, the unreadable one with its reason."""
    assert main([*FORWARD, "--dry-run", event("forward_errors/kinesis_one_corrupt")]) == 0

    total = json.loads(capsys.readouterr().out)
    assert (total["payloads"], total["dropped"]["corrupt_gzip"]) == (3, 1)


def test_lines_of_a_file_are_replayed(tmp_path, capsys):
    """Plain lines go through the function as log events of the group they are said to be of."""
    path = tmp_path / "app.log"
    path.write_text('{"level":"info","msg":"fine"}\n{"level":"error","msg":"broken"}\n')

    main([*FORWARD, "--dry-run", "--group", "/aws/ecs/orders/application", str(path)])

    total = json.loads(capsys.readouterr().out)
    assert (total["received"], total["handed_over"]) == (2, 1)


def test_records_are_sent_masked(bare, sentry, tmp_path, capsys):
    """With an address in the environment everything is delivered, and no planted value leaves."""
    bare.setenv("SENTRY_DSN", f"http://0123456789abcdef0123456789abcdef@127.0.0.1:{sentry.server_port}/1")
    path = tmp_path / "auth.json"
    path.write_text(json.dumps(samples.render("forward_errors/auth")))

    assert main([*FORWARD, str(path)]) == 0

    total = json.loads(capsys.readouterr().out)
    assert total["delivered"] == len(sentry.bodies) > 0
    assert [leak for body in sentry.bodies for leak in samples.leaks(body)] == []


def test_a_missing_address_is_named(bare, capsys):
    """Without an address the command says which variable is missing."""
    assert main([*FORWARD, event("forward_errors/gateway")]) == 2
    assert "SENTRY_SECRET_ARN or SENTRY_DSN is missing" in capsys.readouterr().err


@pytest.mark.parametrize("dsn", ["sentry", "https://sentry.example/7", "https://a b@sentry.example/7", "https://abc@/"])
def test_a_malformed_address_is_named(bare, capsys, dsn):
    """A DSN that is none is said in one line before anything is sent, without the DSN."""
    bare.setenv("SENTRY_DSN", dsn)

    assert main([*FORWARD, event("forward_errors/gateway")]) == 2
    said = capsys.readouterr().err
    assert "SENTRY_DSN is malformed" in said
    assert (said.count("\n"), dsn in said) == (1, False)


def test_undelivered_records_are_an_error(bare, capsys):
    """A server that is not there makes the command fail and say how many records are left."""
    bare.setenv("SENTRY_DSN", "http://0123456789abcdef0123456789abcdef@127.0.0.1:1/1")

    assert main([*FORWARD, event("forward_errors/gateway")]) == 2
    assert "neither delivered nor handed over" in capsys.readouterr().err


def test_records_that_are_no_logs_are_refused(tmp_path, capsys):
    """A retry queue's event is not replayed."""
    path = tmp_path / "sqs.json"
    path.write_text('{"Records": [{"body": "x"}]}')

    assert main([*FORWARD, "--dry-run", str(path)]) == 2
    assert "not of Kinesis" in capsys.readouterr().err


def test_a_stored_failure_is_replayed_as_what_failed():
    """The object of the on-failure bucket stands for its payload."""
    assert list(payloads(samples.raw("stored/on_failure_object"))[0]) == ["awslogs"]


def test_tallies_add_up():
    """Counts are added, and one book that does not balance makes the sum unbalanced."""
    one = {
        "received": 2,
        "delivered": 1,
        "handed_over": 0,
        "masking_failed": 0,
        "dropped": {"a": 1},
        "masked": {"m": 2},
        "balanced": True,
    }

    total = sum_of([one, {**one, "balanced": False}])

    assert (total["received"], total["dropped"], total["masked"], total["balanced"]) == (4, {"a": 2}, {"m": 4}, False)
