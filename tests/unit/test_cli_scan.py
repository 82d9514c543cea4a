"""`logrouter scan` over files and streams: how many and where, in three forms, and never a value."""

import base64
import gzip
import io
import json
import sys
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import logrouter_cli
from logrouter.destinations.archive.parts import PartWriter
from logrouter.destinations.archive.records import archive_record
from logrouter.masking import default_masker
from logrouter.stages.decode import decode
from logrouter.stages.mask import mask_event
from logrouter_cli.command import CommandError
from logrouter_cli.main import main
from logrouter_cli.moments import read_when
from logrouter_cli.reading.files import FileReader
from logrouter_cli.reading.names import Names
from logrouter_cli.scan.accepted import Accepted
from logrouter_local import samples
from tests.data.masking_blind_positives import positives

PHONE = "010-" + "0412-8837"
MAIL = "kim.sujin" + "@example.com"
SCHEMA = json.loads((Path(logrouter_cli.__file__).parent / "scan" / "scan.schema.json").read_text())
LINES = f'nothing here\ncall {PHONE}\r\n{{"req": {{"body": {{"phone": "{PHONE}", "to": "{MAIL}"}}}}}}\n'


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(name, content=LINES):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return name

    return write


@pytest.fixture
def scan(capsys):
    def run(*arguments):
        code = main(["scan", *arguments])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return run


@pytest.fixture
def scanned(scan):
    """Scan with --json: the exit code and the document, held against its schema."""

    def run(*arguments):
        code, out, _ = scan("--json", *arguments)
        document = json.loads(out)
        Draft202012Validator(SCHEMA).validate(document)
        return code, document

    return run


def found(document):
    return {(rule["rule"], rule["values"]) for target in document["targets"] for rule in target["rules"]}


def places(document):
    return [place for target in document["targets"] for rule in target["rules"] for place in rule["places"]]


def test_the_table_says_how_many_and_where(logs, scan):
    """Rules, counts, file:line:column and the path of keys; the exit code is 1."""
    code, out, err = scan(logs("app.log"))

    assert (code, err) == (1, "")
    assert out.splitlines() == [
        "app.log: 3 values in 2 records (3 records, 106 bytes)",
        "         1  email",
        "            in req.body.to (1)",
        "            app.log:3:52  (req.body.to)",
        "         1  phone.key",
        "            in req.body.phone (1)",
        "            app.log:3:29  (req.body.phone)",
        "         1  phone.mobile",
        "            app.log:2:6",
        "3 values in 2 of 3 records (106 bytes); 0 of 1 targets clean",
    ]


def test_nothing_found_is_good(logs, scan):
    """A clean file, and an empty one, give exit code 0."""
    assert scan(logs("a.log", "order 8841 placed\n"), logs("b.log", ""))[0] == 0


def test_the_document_names_every_place(logs, scanned):
    """--json: one document in the form of its schema, with counts by rule and path and with places."""
    code, document = scanned(logs("app.log"))

    assert code == 1
    assert document["complete"] is True
    assert (document["values"], document["records"]) == (3, 3)
    assert {"file": "app.log", "line": 3, "column": 29, "path": "req.body.phone"} in places(document)
    assert [rule["paths"] for rule in document["targets"][0]["rules"]][2] == {"(text)": 1}


def test_sarif_names_file_line_and_rule(logs, scan):
    """--sarif: what code scanning reads."""
    code, out, _ = scan("--sarif", logs("app.log"))

    (run,) = json.loads(out)["runs"]
    assert code == 1
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["email", "phone.key", "phone.mobile"]
    assert run["results"][2]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "app.log"},
        "region": {"startLine": 2, "startColumn": 6},
    }
    assert run["invocations"][0]["executionSuccessful"] is True


@pytest.mark.parametrize("shape", [(), ("--json",), ("--sarif",)])
def test_no_value_is_ever_shown(shape, logs, scan):
    """Values in text, in keys, in JSON in JSON, in names of files and streams: no form of the report holds any."""
    planted = samples.planted()
    lines = [json.dumps({"users": {value: {"note": value}}, value: value}) for value in planted.values()]
    lines += [value.replace("\n", "\\n") for value in planted.values()]
    lines += [json.dumps({"body": line}) for line in lines]
    lines += [
        case.record if isinstance(case.record, str) else json.dumps(case.record, ensure_ascii=False)
        for case in positives()[::7]
    ]
    stored = json.dumps(
        {
            "messageType": "DATA_MESSAGE",
            "owner": "123456789012",
            "logGroup": f"/aws/ecs/{PHONE}/x",
            "logStream": f"app/{MAIL}",
            "logEvents": [{"id": MAIL, "timestamp": 1_795_136_400_000, "message": PHONE}],
        }
    )
    names = [logs(f"{PHONE}/{MAIL}.log", "\n".join(lines)), logs("payload.json", stored)]

    code, out, err = scan("--places", "100000", *names, *shape)

    assert code == 1
    assert samples.leaks(out.encode()) == []
    assert [value for value in (PHONE, MAIL, MAIL.split("@", maxsplit=1)[0]) if value in out + err] == []
    assert [case.group for case in positives()[::7] for gone in case.gone if gone.whole in out] == []


def archived_part(name):
    """A part of the archive as the pipeline writes it, and the same events unmasked."""
    writer, raw = PartWriter(), []
    for batch in decode(samples.render(name)):
        records = []
        for event in batch.events:
            masked, _ = mask_event(event, batch.origin, default_masker().mask_text)
            records.append(archive_record(masked))
            raw.append(json.dumps({**json.loads(records[-1].line), "message": event.message}, separators=(",", ":")))
        writer.write(records)
    return writer.close().body, "\n".join(raw) + "\n"


@pytest.mark.parametrize("name", ["forward_errors/gateway", "forward_errors/pino", "forward_errors/nestjs"])
def test_what_is_masked_already_is_not_found(name, logs, scanned):
    """A part of the archive scans clean; the same lines unmasked do not, and say log group and event."""
    part, raw = archived_part(name)

    clean, masked = scanned(logs("part.ndjson.gz", part))
    dirty, unmasked = scanned(logs("raw.ndjson", raw))

    assert (clean, masked["values"]) == (0, 0)
    assert masked["records"] == unmasked["records"] > 0
    assert dirty == 1
    assert {"file", "line", "log_group", "log_stream", "time", "event_id"} <= places(unmasked)[0].keys()


@pytest.mark.parametrize("shape", ["document", "indented", "awslogs", "kinesis", "failure", "behind each other"])
def test_payloads_are_opened(shape, logs, scanned):
    """Subscription payloads in any wrapping: the log events inside are the records."""
    document = samples.render("forward_errors/nestjs")
    data = base64.b64encode(gzip.compress(json.dumps(document).encode())).decode()
    wrapped = {
        "document": json.dumps(document),
        "indented": json.dumps(document, indent=2),
        "awslogs": json.dumps({"awslogs": {"data": data}}),
        "kinesis": json.dumps({"Records": [{"kinesis": {"data": data, "sequenceNumber": "1"}}]}),
        "failure": json.dumps({"version": "1.0", "requestPayload": {"awslogs": {"data": data}}}),
        "behind each other": json.dumps(document, separators=(",", ":")) * 3,
    }

    _, read = scanned(logs("payload.json", wrapped[shape]))

    assert read["records"] == len(document["logEvents"]) * (3 if shape == "behind each other" else 1)
    assert places(read)[0]["log_group"] == document["logGroup"]


def test_a_payload_that_cannot_be_read_is_a_trouble(logs, scanned):
    """A corrupt payload is counted with its reason; a control message is none."""
    logs("corrupt.json", json.dumps({"awslogs": {"data": "!!!"}}))
    logs("control.json", json.dumps(samples.render("forward_errors/control_message")))

    assert scanned("corrupt.json")[1]["targets"][0]["troubles"][0]["why"].endswith("corrupt_base64")
    assert scanned("control.json")[0] == 0


def test_a_folder_is_scanned_whole(logs, scanned):
    """Every file below it, packed ones too; what is no text is left out, and said so."""
    logs("d/a.log"), logs("d/x/b.log.gz", gzip.compress(LINES.encode())), logs("d/c.bin", b"\x7fELF\0\0\1" * 9)

    code, document = scanned("d")

    (target,) = document["targets"]
    assert (code, target["kind"], target["parts"], target["records"]) == (1, "directory", 2, 6)
    assert target["skipped"] == {"is no text": 1}
    assert {place["file"] for place in places(document)} == {"d/a.log", "d/x/b.log.gz"}


def test_stdin_is_a_target(scanned, monkeypatch):
    """`-` scans what is piped in."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LINES.encode())))

    code, document = scanned("-")

    assert (code, document["targets"][0]["kind"], document["values"]) == (1, "stdin", 3)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (gzip.compress(b"".join(b"%d\n" % (at * at) for at in range(100_000)))[:-9000], "end too early"),
        (b"\x1f\x8b\x08" + b"garbage" * 9, "damaged"),
        (b"\x28\xb5\x2f\xfd....", "zstd"),
        (b"\x7fELF\0\0\1" * 9, "no text"),
        (None, "No such file"),
    ],
)
def test_what_cannot_be_read_is_said_and_tells_in_the_exit_code(content, why, logs, scanned):
    """A target that is not there, damaged or cut off gives exit code 2; the others are scanned all the same."""
    name = logs("broken", content) if content else "missing"

    code, document = scanned(name, logs("clean.log", "all good\n"))

    assert (code, document["complete"]) == (2, False)
    assert document["targets"][0]["troubles"][0]["where"] == name
    assert why in document["targets"][0]["troubles"][0]["why"]
    assert document["targets"][1]["records"] == 1


def test_what_was_found_goes_before_what_was_not_read(logs, scan):
    """Found and unreadable at once: exit code 1, and the report names both."""
    code, out, _ = scan(logs("app.log"), "missing")

    assert code == 1
    assert "not read: missing: No such file or directory" in out


def test_a_folder_without_rights_is_said(logs, scanned, monkeypatch):
    """A folder that may not be listed is a trouble of its target, with the reason of the system."""
    logs("d/a.log", "fine\n")

    def walk(folder, onerror):
        onerror(PermissionError(13, "Permission denied", f"{folder}/secret"))
        yield folder, [], ["a.log"]

    monkeypatch.setattr("logrouter_cli.reading.files.os.walk", walk)

    code, document = scanned("d")

    assert code == 2
    assert document["targets"][0]["troubles"] == [{"where": "d/secret", "why": "Permission denied"}]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--rules", "phone.*"), {("phone.key", 1), ("phone.mobile", 1)}),
        (("--except", "phone.*"), {("email", 1)}),
        (("--rules", "phone.*", "--rules", "email", "--except", "*.key"), {("phone.mobile", 1), ("email", 1)}),
    ],
)
def test_rules_can_be_chosen(options, expected, logs, scanned):
    """--rules and --except are globs over rule ids."""
    assert found(scanned(logs("app.log"), *options)[1]) == expected


@pytest.mark.parametrize(
    ("fail_on", "code"), [(("never",), 0), (("vendor.*", "card"), 0), (("vendor.*", "email"), 1), (("*",), 1)]
)
def test_the_exit_code_can_be_for_some_rules_only(fail_on, code, logs, scan):
    """--fail-on names the rules that matter; `never` only reports."""
    assert scan(logs("app.log"), *(part for glob in fail_on for part in ("--fail-on", glob)))[0] == code


def test_places_are_capped(logs, scanned):
    """--places keeps so many for each rule; the counts know all."""
    document = scanned(logs("app.log", LINES * 50), "--places", "2")[1]

    assert document["values"] == 150
    assert [len(rule["places"]) for rule in document["targets"][0]["rules"]] == [2, 2, 2]


def test_accepted_findings_are_no_news(logs, scan, scanned):
    """What --propose writes makes the next scan clean; a new place is found all the same."""
    scan(logs("app.log"), "--propose", "accept.json")

    accepted, document = scanned("app.log", "--accept", "accept.json")
    renewed, other = scanned(logs("other.log"), "app.log", "--accept", "accept.json")

    assert (accepted, document["values"], document["accepted"]) == (0, 0, 3)
    assert (renewed, other["values"], other["accepted"]) == (1, 3, 3)
    assert PHONE not in Path("accept.json").read_text()


def test_a_name_that_cannot_be_judged_is_not_shown(monkeypatch):
    """Where masking fails on a name, a star stands for it."""

    def fail(*_):
        raise ValueError(PHONE)

    monkeypatch.setattr("logrouter.masking.Masker.mask_text", fail)

    assert Names(default_masker()).shown(f"{PHONE}.log") == "*"


def test_the_folder_of_git_is_left_out(logs, scanned, tmp_path):
    """What git keeps is packed in a way of its own; its notes are no logs."""
    (tmp_path / "repo" / ".git").mkdir(parents=True)
    logs("repo/app.log")
    logs("repo/.git/COMMIT_EDITMSG")

    _, document = scanned("repo")

    assert document["targets"][0]["parts"] == 1


def test_paths_beyond_a_hundred_are_counted_together(logs, scanned):
    """A map whose keys are ids has as many paths as entries: the report stays bounded, and loses no value."""
    users = {f"u{number}": {"email": MAIL} for number in range(130)}

    _, document = scanned(logs("app.log", json.dumps(users) + "\n"))

    (rule,) = document["targets"][0]["rules"]
    assert (rule["values"], len(rule["paths"]), rule["paths"]["(other)"]) == (130, 101, 30)


def test_an_entry_is_called_of_no_use_only_by_a_scan_that_read_all(logs, scan):
    """What was not read may hold what an entry accepts: nobody is told to take it out."""
    logs("accept.json", json.dumps({"accepted": [{"rule": "email", "where": "gone.log"}]}))
    logs("clean.log", "fine\n")

    complete = scan("clean.log", "--accept", "accept.json")
    partial = scan("clean.log", "missing.log", "--accept", "accept.json")

    assert "entry 1 (email in gone.log) accepted nothing" in complete[2]
    assert "accepted nothing" not in partial[2]


def test_acceptance_ends_and_is_told_when_it_is_of_no_use():
    """An entry counts up to its last day; one that accepted nothing is named."""
    entries = [
        {"rule": "email", "where": "/aws/ecs/*", "path": "user.*", "until": "2026-11-20", "reason": "test"},
        {"rule": "phone.*", "where": "*", "until": "2026-11-19"},
    ]
    accepted = Accepted({"accepted": entries}, today=date(2026, 11, 20))

    assert accepted.covers("email", ["/aws/ecs/shop/application"], "user.contact")
    assert not accepted.covers("email", ["/aws/ecs/shop/application"], "contact")
    assert not accepted.covers("phone.key", ["/aws/ecs/shop/application"], "phone")
    assert accepted.unused == []
    assert accepted.expired == ["entry 2 (phone.* in *) ended on 2026-11-19"]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"accepted": {}},
        {"accepted": ["x"]},
        {"accepted": [{"rule": "x"}]},
        {"accepted": [{"rule": "x", "where": "y", "until": "soon"}]},
        {"accepted": [{"rule": "x", "where": "y", "value": "z"}]},
        {"accepted": [{"rule": "x", "where": 1}]},
    ],
)
def test_a_broken_list_is_refused(document):
    """A list of accepted findings that says something else ends the command, naming the entry."""
    with pytest.raises(CommandError, match="accepted findings"):
        Accepted(document)


def test_a_teams_own_rules_are_used(logs, scanned):
    """--policy adds rules; rules of one service hold with --service, or the log group's name."""
    rule = {
        "id": "team.employee",
        "kind": "pattern",
        "pattern": "EMP-(?P<v>[0-9]{6})",
        "services": ["hr"],
        "examples": {"positive": [{"text": ["EMP-", "123456"]}], "negative": [["EMP-12"]]},
    }
    logs("policy.json", json.dumps({"masking": {"rules": [rule]}}))
    logs("app.log", "hired EMP-" + "774411\n")

    clean = scanned("app.log", "--policy", "policy.json")[1]
    by_service = scanned("app.log", "--policy", "policy.json", "--service", "hr")[1]
    by_group = scanned("app.log", "--policy", "policy.json", "--of-group", "/aws/ecs/hr/application")[1]

    assert [found(each) for each in (clean, by_service, by_group)] == [set(), *[{("team.employee", 1)}] * 2]


def test_a_private_key_over_many_lines_is_one_finding(logs, scanned):
    """A key is found as a whole, at the line where it begins."""
    document = scanned(logs("app.log", f"dump\n{samples.planted()['pem_1']}end\n"))[1]

    assert [(place["line"], place["column"]) for place in places(document)] == [(2, 1)]
    assert document["records"] == 3


def test_a_record_that_the_rules_fail_on_is_counted(logs, scanned, monkeypatch):
    """A failure of a rule ends neither the scan nor goes unseen."""

    def fail(*_):
        raise ValueError(PHONE)

    monkeypatch.setattr("logrouter.masking.Masker.locate", fail)

    code, document = scanned(logs("app.log"))

    assert (code, document["targets"][0]["unjudged_records"]) == (2, 3)
    assert PHONE not in json.dumps(document)


def test_a_name_that_the_rules_fail_on_is_counted(logs, scanned, monkeypatch):
    """Names of log streams are looked at as records are: a failure neither ends the scan nor goes unseen."""
    document = {**samples.render("forward_errors/nestjs"), "logStream": f"user/{PHONE}"}

    def fail(*_):
        raise ValueError(PHONE)

    monkeypatch.setattr("logrouter.masking.Masker.locate", fail)

    code, found = scanned(logs("one.json", json.dumps(document)))

    assert (code, found["targets"][0]["unjudged_records"]) == (2, len(document["logEvents"]) + 1)
    assert PHONE not in json.dumps(found)


def test_ctrl_c_shows_what_was_found_so_far(logs, scan, monkeypatch):
    """An interrupted scan reports and gives the shell's exit code for it."""
    real = FileReader.read_path

    def read_path(self, target, path):
        yield from real(self, target, path)
        if path == "second.log":
            raise KeyboardInterrupt

    monkeypatch.setattr(FileReader, "read_path", read_path)

    code, out, _ = scan(logs("first.log"), logs("second.log"))

    assert code == 130
    assert "first.log:2:6" in out
    assert "ended early: interrupted" in out


def test_progress_shows_on_a_terminal_only(logs, capsys, monkeypatch):
    """Where stderr is a terminal a line says records, files and hits; else nothing is written there."""
    monkeypatch.setattr("logrouter_cli.progress.EVERY_S", -1)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)

    main(["scan", logs("app.log")])

    assert "3 records, 1 files or objects, 3 values found" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ((), "nothing to scan"),
        (("x", "--since", "yesterday"), "--since: neither"),
        (("x", "--since", "1h", "--until", "2h"), "--since is not before --until"),
        (("x", "--since", "2026-11-20", "--until", "2026-11-20"), "--since is not before --until"),
        (("x", "--accept", "missing.json"), "missing.json"),
        (("x", "--policy", "missing.json"), "missing.json"),
        (("x", "--encoding", "klingon"), "'klingon' is no encoding of text"),
        (("--archive", "bucket/prefix"), "--archive is s3://bucket/prefix"),
    ],
)
def test_wrong_use_is_one_line(arguments, why, logs, scan, monkeypatch):
    """What cannot be meant ends with exit code 2 and one line on stderr."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    logs("x", "line\n")

    code, out, err = scan(*arguments)

    assert (code, out) == (2, "")
    assert err.startswith("logrouter scan: ")
    assert why in err
    assert err.count("\n") == 1


def test_moments_are_read_in_short_and_in_full():
    """`24h` is before now; ISO 8601 (eight digits are a date) and epoch milliseconds are themselves."""
    now_ms = 1_795_136_400_000

    assert read_when("24h", now_ms, "") == now_ms - 86_400_000
    assert read_when("2w", now_ms, "") == now_ms - 14 * 86_400_000
    assert read_when("2026-11-20T01:00:00Z", 0, "") == now_ms
    assert read_when("20261120", 0, "") == now_ms - 3_600_000
    assert read_when(str(now_ms), 0, "") == now_ms
