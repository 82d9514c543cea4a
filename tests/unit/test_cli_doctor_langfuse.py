"""`logrouter doctor` asks a Langfuse for version, time and keys, and reads back the test trace that it sends."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from logrouter_cli import langfuse_doctor
from logrouter_cli.check import Heard
from logrouter_cli.main import main
from logrouter_local import langfuse_receiver
from logrouter_local.langfuse_receiver import LangfuseReceiver
from logrouter_local.receiving import Fault, json_reply

SECRET_KEY = "sk" + "-local"


@pytest.fixture
def langfuse(monkeypatch):
    for name in ("SENTRY_DSN", "SLACK_WEBHOOK_URL", "LANGFUSE_SECRET_ARN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(langfuse_doctor, "BETWEEN_LOOKS_S", 0.01)
    with LangfuseReceiver() as server:
        monkeypatch.setenv("LANGFUSE_HOST", server.url + "/")
        monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk-local")
        monkeypatch.setenv("LANGFUSE_SECRET_KEY", SECRET_KEY)
        yield server


def asked(capsys, *arguments):
    code = main(["doctor", *arguments])
    lines = [line for line in capsys.readouterr().out.splitlines() if line[6:].startswith("langfuse")]
    return code, lines


def test_a_test_trace_comes_back(langfuse, capsys):
    """With --send a trace is sent the way the function sends, and found as it was sent; the keys are never shown."""
    code, lines = asked(capsys, "--send")

    (span,) = langfuse.received()["spans"]
    assert code == 0
    assert [line[:4] for line in lines] == ["good"] * 5
    assert span["traceId"] in lines[-1]
    assert not any(SECRET_KEY in line for line in lines)


def test_without_send_nothing_is_written(langfuse, capsys):
    """Keys, version and time are asked for; no trace is made."""
    code, lines = asked(capsys)

    assert code == 0
    assert any("takes the keys: 1 project" in line for line in lines)
    assert langfuse.received()["spans"] == []


def test_wrong_keys_are_bad(langfuse, monkeypatch, capsys):
    """Keys that the server refuses are told apart from a server that is not there; nothing is sent then."""
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk" + "-other")

    code, lines = asked(capsys, "--send")

    assert code == 1
    assert "refuses the keys (401)" in lines[-1]
    assert langfuse.received()["spans"] == []


def test_a_trace_that_is_not_stored_is_bad(langfuse, capsys):
    """A 200 is not enough: what is not shown within the wait was lost."""
    langfuse.visible_after_s = 60

    code, lines = asked(capsys, "--send", "--wait", "0.2")

    assert code == 1
    assert "but does not show it" in lines[-1]


def test_a_trace_that_is_refused_is_bad(langfuse, capsys):
    """What keeps the server from taking the trace is named by its code."""
    langfuse.inject(Fault(413))

    code, lines = asked(capsys, "--send")

    assert (code, lines[-1][:4]) == (1, "bad ")
    assert "http_413" in lines[-1]


@pytest.mark.parametrize(
    ("version", "result"), [("3.29.1", "bad "), ("3.30.0", "good"), ("5.0.0-rc.1", "good"), ("?", "note")]
)
def test_the_version_decides(langfuse, monkeypatch, capsys, version, result):
    """A server before 3.30 does not take gzipped JSON."""
    monkeypatch.setattr(langfuse_receiver, "VERSION", version)

    code, lines = asked(capsys)

    assert next(line for line in lines if "version" in line)[:4] == result
    assert code == (result == "bad ")


def test_a_server_of_the_legacy_mode_is_read_the_old_way(langfuse, monkeypatch, capsys):
    """Where the second API is not there, the first one shows the observation."""
    langfuse.has_v2 = False
    answer = langfuse.get

    def get(path, headers):
        for entry in langfuse.stored.values():
            if path == f"/api/public/observations/{entry.span['spanId']}":
                start_ms = int(entry.span["startTimeUnixNano"]) // 1_000_000
                start = datetime.fromtimestamp(start_ms / 1000, UTC).isoformat(timespec="milliseconds")
                return json_reply(200, {"name": "logrouter doctor", "startTime": start})
        return answer(path, headers)

    monkeypatch.setattr(langfuse, "get", get)

    assert asked(capsys, "--send")[0] == 0


def test_what_comes_back_changed_is_named():
    """A server that shows another start or other tokens than were sent counts otherwise than we do."""
    call = langfuse_doctor.trial_call(1_795_000_000_000, "ab" * 16)

    found = langfuse_doctor._differences({"startTime": "2026-11-20T00:00:00Z", "usageDetails": {"total": 6}}, call)

    assert found == ["start", "usage"]


@pytest.mark.parametrize(("seconds", "results"), [(5, ["good"]), (-90, ["note"]), (4_000, ["bad"])])
def test_clocks_are_compared(seconds, results):
    """More than a minute apart is worth a note, more than five minutes is bad."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)

    assert [check.result for check in langfuse_doctor._clock("x", Heard(200, {"date": date}))] == results
    assert list(langfuse_doctor._clock("x", Heard(200, {"date": "today"}))) == []


def test_every_project_of_a_secret_is_asked(langfuse):
    """Routes are checked one by one, by name."""
    secret = {
        "host": langfuse.url,
        "public_key": "pk-local",
        "secret_key": SECRET_KEY,
        "routes": {"payments": {"public_key": "pk-other", "secret_key": "sk" + "-other"}},
    }

    checks = list(langfuse_doctor.langfuse_checks(secret, 2.0, None))

    assert [check.result for check in checks if check.what == "langfuse"] == ["good"] * 3
    assert [check.result for check in checks if check.what == "langfuse payments"] == ["good", "good", "bad"]


@pytest.mark.parametrize(("arguments", "code", "result"), [((), 0, "note"), (("--send",), 1, "bad ")])
def test_missing_keys_are_named(langfuse, monkeypatch, capsys, arguments, code, result):
    """With a host and no keys nothing can be tried: doctor says which variables are missing."""
    monkeypatch.delenv("LANGFUSE_SECRET_KEY")

    ended, lines = asked(capsys, *arguments)

    assert (ended, [line[:4] for line in lines]) == (code, [result])
    assert "LANGFUSE_SECRET_KEY missing" in lines[0]
