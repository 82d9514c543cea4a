"""`logrouter doctor`: what is good, what is missing, and never a value."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from logrouter_cli import doctor
from logrouter_cli.main import main

KEY = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    for name in (*doctor.ENDPOINTS, "SENTRY_SECRET_ARN", "LANGFUSE_SECRET_ARN"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.fixture
def port():
    class Quiet(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(("code", "says"), [(0, "is on PATH, for sam"), (1, "no engine answers")])
def test_docker_without_an_engine_is_of_no_use(bare, tmp_path, capsys, code, says):
    """The program alone is only a note; with an engine that answers it is good."""
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\nexit {code}\n")
    docker.chmod(0o755)
    bare.setenv("PATH", str(tmp_path))

    assert main(["doctor", "--offline"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "docker" in line)
    assert says in line


@pytest.mark.parametrize("given", ["-1", "0", "nan", "soon", "1e9"])
def test_a_timeout_is_a_number_of_seconds(capsys, given):
    """Anything else is wrong use, in one line."""
    with pytest.raises(SystemExit) as ended:
        main(["doctor", f"--timeout={given}"])

    assert ended.value.code == 2
    assert "a number of seconds above 0" in capsys.readouterr().err


def test_this_machine_is_fit(capsys):
    """Interpreter and compiled packages of the project's own environment are good."""
    assert main(["doctor", "--offline"]) == 0

    shown = capsys.readouterr().out
    assert "good  python" in shown
    assert all(f"good  {name}" in shown for name in doctor.FAST)


def test_another_interpreter_is_bad(monkeypatch, capsys):
    """Only Python 3.13 is what the functions run on."""
    monkeypatch.setattr(doctor.sys, "version_info", (3, 12, 1))

    assert main(["doctor", "--offline"]) == 1
    assert "bad   python" in capsys.readouterr().out


def test_missing_settings_are_named(capsys):
    """--function reports every missing variable by name."""
    assert main(["doctor", "--offline", "--function", "forward_errors", "--function", "trace_llm"]) == 1

    shown = capsys.readouterr().out
    assert "SENTRY_SECRET_ARN or SENTRY_DSN is missing" in shown
    assert "LANGFUSE_PUBLIC_KEY" in shown


def test_an_endpoint_that_answers_is_good(bare, port, capsys):
    """Any HTTP status is an answer; the key of a DSN is not shown."""
    bare.setenv("SENTRY_DSN", f"http://{KEY}@127.0.0.1:{port}/1")

    assert main(["doctor"]) == 0
    shown = capsys.readouterr().out
    assert f"good  SENTRY_DSN        Sentry at http://127.0.0.1:{port} answers" in shown
    assert KEY not in shown


def test_an_endpoint_that_refuses_is_bad(bare, capsys):
    """A closed port is said to refuse."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    bare.setenv("LANGFUSE_HOST", f"http://127.0.0.1:{closed}")

    assert main(["doctor"]) == 1
    assert "refuses the connection" in capsys.readouterr().out


def test_a_silent_endpoint_is_given_up_in_time(bare, capsys):
    """A server that takes the connection and says nothing is bad after the time-out."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        bare.setenv("SLACK_WEBHOOK_URL", f"http://127.0.0.1:{silent.getsockname()[1]}/services/x")

        assert main(["doctor", "--timeout", "0.2"]) == 1
    assert "does not answer in time" in capsys.readouterr().out


def test_offline_tries_nothing(bare, capsys):
    """--offline names the endpoints only."""
    bare.setenv("LANGFUSE_HOST", "http://127.0.0.1:1")

    assert main(["doctor", "--offline"]) == 0
    assert "not tried" in capsys.readouterr().out


@pytest.mark.parametrize("address", ["nonsense", "ftp://host:21/x", "http://host:99999", "http://[broken"])
def test_an_address_that_is_none_is_bad(address, bare, capsys):
    """What is no http address is refused without being shown."""
    bare.setenv("LANGFUSE_HOST", address)

    assert main(["doctor", "--offline"]) == 1
    assert address not in capsys.readouterr().out


def test_a_policy_is_checked(tmp_path, capsys):
    """--policy reports the place of a fault, and a missing file."""
    path = tmp_path / "policy.json"
    path.write_text('{"routes": 1}')

    assert [main(["doctor", "--offline", "--policy", str(each)]) for each in (path, tmp_path / "missing")] == [1, 1]
    shown = capsys.readouterr().out
    assert "policy refused at routes" in shown
    assert "FileNotFoundError" in shown
