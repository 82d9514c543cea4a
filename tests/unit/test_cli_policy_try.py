"""`logrouter policy try`: what a document would change on captured traffic, in counts and places, never in values."""

import json
import time
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from logrouter_cli.main import main

SECRET_WORD = "EMP-" + "123456"
RULE = {
    "id": "team.employee",
    "kind": "pattern",
    "pattern": "EMP-(?P<v>[0-9]{6})",
    "services": ["hr"],
    "examples": {"positive": [{"text": ["EMP-", "654321"]}], "negative": [["EMP-1"]]},
}


@pytest.fixture
def write(tmp_path):
    def written(name, content):
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return written


@pytest.fixture
def rule_document(write):
    return write("policy.json", {"version": "new", "masking": {"rules": [RULE]}})


@pytest.fixture
def traffic(write):
    return write("hr.log", f"hello\n{SECRET_WORD} logged in\nuser@example.com and {SECRET_WORD}\n" + "quiet\n" * 97)


def tried(capsys, *arguments):
    code = main(["policy", "try", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_new_rule_is_counted_by_rule_and_service(rule_document, traffic, capsys):
    """Values before and after by rule, records that change, records that were not masked at all before."""
    code, found = tried(capsys, rule_document, traffic, "--of-group", "/aws/ecs/hr/app", "--explain")

    assert code == 0
    assert found["rules"] == {
        "email": {"values": [1, 1], "records": [1, 1]},
        "team.employee": {"values": [0, 2], "records": [0, 2]},
    }
    assert (found["records"], found["changed_records"], found["newly_masked_records"]) == (100, 2, 1)
    assert found["changed_by_service"] == {"hr": 2}
    assert [Path(place["where"]).name for place in found["places"]] == ["hr.log:2", "hr.log:3"]
    assert found["places"][1]["new"] == ["team.employee"]


def test_a_rule_of_another_service_changes_nothing(rule_document, traffic, capsys):
    """Selectors hold in a trial as they hold in the functions."""
    code, found = tried(capsys, rule_document, traffic, "--of-group", "/aws/ecs/orders/app")

    assert (code, found["changed_records"], found["places"]) == (0, 0, [])


def test_a_rule_that_goes_unmasks(rule_document, traffic, write, capsys):
    """Held against a document with the rule, one without shows what would go out unmasked."""
    _, found = tried(
        capsys, write("none.json", {}), traffic, "--against", rule_document, "--of-group", "/aws/ecs/hr/app"
    )

    assert (found["rules"]["team.employee"]["values"], found["no_longer_masked_records"]) == ([2, 0], 1)


def test_a_rule_that_hits_too_much_is_loud(write, capsys):
    """A rule that would mask every other record is most likely a mistake: exit code 1."""
    path = write("policy.json", {"masking": {"rules": [RULE | {"services": ["*"]}]}})
    log = write("a.log", f"{SECRET_WORD}\nquiet\n" * 10)

    assert main(["policy", "try", path, log]) == 1
    assert "LOUD: team.employee would hit 50.0 % of the records, more than 5 %" in capsys.readouterr().out
    assert main(["policy", "try", path, log, "--most", "50"]) == 0


def test_a_rule_that_hit_as_much_before_is_not_loud(write, capsys):
    """What is in force already is no mistake of this document."""
    before = write("before.json", {"version": "1", "masking": {"rules": [RULE | {"services": ["*"]}]}})
    after = write("after.json", {"version": "2", "masking": {"rules": [RULE | {"services": ["*"], "note": "same"}]}})

    assert main(["policy", "try", after, write("a.log", f"{SECRET_WORD}\nquiet\n" * 10), "--against", before]) == 0
    assert "LOUD" not in capsys.readouterr().out


def test_as_many_places_are_kept_as_were_asked_for(rule_document, traffic, capsys):
    """--places bounds what --explain lists."""
    arguments = [rule_document, traffic, "--of-group", "/aws/ecs/hr/app", "--explain", "--places", "1"]

    assert len(tried(capsys, *arguments)[1]["places"]) == 1


def test_routes_of_llm_calls_are_tried_too(write, capsys):
    """A document that changes routes is asked of both forwarding functions."""
    policy = write("policy.json", {"routes": {"langfuse": [{"id": "pay", "route": "payments", "services": ["pay"]}]}})
    call = {"type": "llm", "model": "gpt-4o", "prompt": "hello", "response": "ok", "total_cost": 0.1, "requestId": "r"}
    log = write("llm.log", json.dumps(call) + "\n")

    _, found = tried(capsys, policy, log, "--of-group", "/aws/ecs/pay/llm")

    assert found["sent"]["trace_llm payments"] == [0, 1]


def test_no_value_is_shown(rule_document, write, capsys):
    """Places and rule ids are all that is told of a record, its file's names and log groups masked."""
    log = write("a.log", f"{SECRET_WORD} user@example.com\n")
    event = write(
        "event.json",
        {
            "messageType": "DATA_MESSAGE",
            "owner": "1",
            "logGroup": "/aws/ecs/hr/user@example.com",
            "logStream": "kim@example.com",
            "logEvents": [{"id": "1", "timestamp": 1, "message": SECRET_WORD}],
        },
    )

    main(["policy", "try", rule_document, log, event, "--explain", "--of-group", "/aws/ecs/hr/app", "--most", "100"])
    out, err = capsys.readouterr()

    assert "a.log:1: +team.employee" in out
    assert [word for word in (SECRET_WORD, "123456", "user@", "kim@") if word in out + err] == []


def test_other_sections_are_tried_by_what_would_be_sent(write, capsys):
    """Routes, severities, ignored records: asked of the forwarding jobs themselves."""
    policy = write(
        "policy.json",
        {
            "errors": {"ignore": [{"id": "gone", "match": {"message": "*client gone*"}}]},
            "routes": {"sentry": [{"id": "pay", "route": "payments", "services": ["pay"]}]},
            "log_groups": {"kinds": [{"id": "application", "retention_days": 90}]},
        },
    )
    log = write("pay.log", "ERROR client gone\nERROR bank down\nERROR bank down again\n")

    _, found = tried(capsys, policy, log, "--of-group", "/aws/ecs/pay/application")

    assert found["sent"] == {"forward_errors default": [3, 0], "forward_errors payments": [0, 2]}
    assert found["dropped"]["forward_errors ignored_by_rule"] == [0, 1]
    assert found["log_groups"]["/aws/ecs/pay/application"]["retention_days"][1] == 90


def test_unread_payloads_are_counted(rule_document, write, traffic, capsys):
    """What cannot be read is said, not passed over."""
    event = write("event.json", {"awslogs": {"data": "%%%"}})

    _, found = tried(capsys, rule_document, event, traffic)

    assert found["unread"] == {"corrupt_base64": 1}


def test_masking_that_fails_is_loud(rule_document, traffic, monkeypatch, capsys):
    """A rule that breaks on real text would turn records into placeholders."""
    from logrouter.masking import Masker

    masked = Masker.mask_text

    def breaking(masker, text, service=None, log_group=None):
        if masker.version.startswith("new") and "quiet" in text:
            raise RuntimeError(text)
        return masked(masker, text, service, log_group)

    monkeypatch.setattr(Masker, "mask_text", breaking)

    assert main(["policy", "try", rule_document, traffic]) == 1
    assert "LOUD: masking would fail on 97 records (before: 0)" in capsys.readouterr().out


def test_traffic_has_to_be_named(rule_document, write, capsys):
    """Neither files nor a log group: one line, exit code 2; so is traffic without log events."""
    assert main(["policy", "try", rule_document]) == 2
    assert main(["policy", "try", rule_document, write("empty.log", "\n")]) == 2
    err = capsys.readouterr().err
    assert "no traffic: name files" in err
    assert "holds no log events" in err


def test_every_fault_is_said_in_one_go(write, capsys):
    """Broken entries of several sections, and what is wrong between two sections, all at once."""
    path = write(
        "bad.json",
        {
            "foo": 1,
            "masking": {
                "rules": [
                    RULE,
                    RULE | {"id": "team.slow", "pattern": "(a+)+"},
                    RULE | {"id": "team.miss", "pattern": "NEVER"},
                ]
            },
            "errors": {
                "minimum_level": "loud",
                "ignore": [{"id": "a", "match": {"message": "never"}, "examples": {"yes": ["x"]}}],
            },
            "log_groups": {"exceptions": [{"id": "a", "matches": ["*"], "class": "no-such"}]},
        },
    )

    assert main(["policy", "check", path]) == 1
    places = [line.removeprefix("policy refused at ").split(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert places == [
        "document",
        "masking.rules.team.slow.pattern",
        "masking.rules.team.miss.examples.positive.0",
        "errors.minimum_level",
        "errors.ignore.a.examples.yes.0",
        "log_groups.exceptions.0.class",
    ]


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", '{"masking": 7}', "[" * 100_000, '{"version": "' + "x" * 1_100_000 + '"}']
)
def test_what_is_no_document_has_one_fault(write, capsys, text):
    """Broken JSON, lists, sections that are none, huge or deep ones: one line, no trace."""
    assert main(["policy", "check", write("bad.json", text)]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_too_slow_reaches_the_desk(write, capsys):
    """A rule refused for its cost is said with the reason, where it is written and where it is pushed."""
    path = write("slow.json", {"masking": {"rules": [RULE | {"id": "team.slow", "pattern": "(a+)+"}]}})

    assert main(["policy", "check", path]) == 1
    assert "masking.rules.team.slow.pattern: too slow" in capsys.readouterr().out


def test_what_is_not_read_is_said(rule_document, traffic, capsys):
    """A file that is not there: the trial goes on without it, names it, and the exit code tells."""
    code = main(["policy", "try", rule_document, traffic, "missing.log"])

    out, err = capsys.readouterr()
    assert code == 2
    assert out.startswith("100 records")
    assert err == "not read: missing.log: No such file or directory\n"


def test_a_log_group_is_tried_live(rule_document, monkeypatch, capsys):
    """With --group what the log group holds of the span is tried, as scan reads it."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    with mock_aws():
        logs = boto3.client("logs", region_name="us-east-1")
        logs.create_log_group(logGroupName="/aws/ecs/hr/app")
        logs.create_log_stream(logGroupName="/aws/ecs/hr/app", logStreamName="s")
        now_ms = int(time.time() * 1000)
        logs.put_log_events(
            logGroupName="/aws/ecs/hr/app",
            logStreamName="s",
            logEvents=[
                {"timestamp": now_ms - 3_000_000, "message": "long ago " + SECRET_WORD},
                {"timestamp": now_ms - 60_000, "message": SECRET_WORD},
            ],
        )

        _, found = tried(capsys, rule_document, "--group", "/aws/ecs/hr/*", "--since", "30m", "--explain")

    ((place, gone, new),) = (found_place.values() for found_place in found["places"])
    assert place.startswith("/aws/ecs/hr/app event ")
    assert (gone, new) == ([], ["team.employee"])
