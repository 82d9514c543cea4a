"""`logrouter policy` on the bucket: nothing is put into force unchecked, unasked, or over somebody else's change."""

import base64
import hashlib
import io
import json

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError

from logrouter_cli.main import main
from logrouter_cli.policy.store import PolicyStore
from tests.command_line import policy_bucket

BUCKET = ["--bucket", "policies"]
RULE = {
    "id": "team.code",
    "kind": "pattern",
    "pattern": "TEAM-(?P<v>[0-9]{4})",
    "examples": {"positive": [{"text": ["TEAM-", "1111"]}], "negative": [["TEAM-x"]]},
}


def document(version, **sections):
    return json.dumps({"version": version, **sections})


GOOD = document("one", masking={"rules": [RULE]})
OTHER = document("two", masking={"rules": [RULE]}, errors={"minimum_level": "fatal"})
BAD = document("bad", errors={"minimum_level": "loud"})


@pytest.fixture
def s3(monkeypatch):
    with policy_bucket(monkeypatch) as client:
        yield client


@pytest.fixture
def put(s3):
    return lambda text: s3.put_object(Bucket="policies", Key="policy.json", Body=text)["VersionId"]


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "policy.json"
        path.write_text(text)
        return str(path)

    return write


def stored(s3):
    return s3.get_object(Bucket="policies", Key="policy.json")["Body"].read().decode()


def versions(s3):
    return len(s3.list_object_versions(Bucket="policies").get("Versions", ()))


def test_a_first_document_is_put_into_force(s3, file, capsys):
    """The document is written as JSON with its version, hash and time, and how to undo it is said."""
    assert main(["policy", "push", file(GOOD), *BUCKET, "--yes"]) == 0

    head = s3.head_object(Bucket="policies", Key="policy.json", ChecksumMode="ENABLED")
    assert stored(s3) == GOOD
    assert head["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(GOOD.encode()).digest()).decode()
    assert head["ContentType"] == "application/json"
    assert head["Metadata"]["policy-version"].startswith("one+")
    assert set(head["Metadata"]) == {"policy-version", "policy-sha256", "put-at"}
    assert "within 60 s" in capsys.readouterr().out


def test_a_change_is_shown_and_can_be_undone_as_printed(s3, put, file, capsys):
    """The diff against what is in force comes first; the printed command goes back."""
    first = put(GOOD)
    assert main(["policy", "push", file(OTHER), *BUCKET, "--yes"]) == 0
    out = capsys.readouterr().out
    undo = next(line for line in out.splitlines() if line.startswith("to undo: "))

    assert main([*undo.removeprefix("to undo: logrouter ").split(), "--yes"]) == 0

    assert '~ errors.minimum_level: "error" -> "fatal"' in out
    assert first in undo
    assert (stored(s3), versions(s3)) == (GOOD, 3)


@pytest.mark.parametrize("text", [BAD, "not json", '{"masking": {"rules": [{"id": "email", "pattern": "x"}]}}'])
def test_a_refused_document_is_not_written(s3, put, file, text, capsys):
    """What the functions would refuse never gets into the bucket."""
    put(GOOD)

    assert main(["policy", "push", file(text), *BUCKET, "--yes"]) == 1
    assert (stored(s3), versions(s3)) == (GOOD, 1)
    assert "policy refused at" in capsys.readouterr().out


def test_the_same_document_is_not_written_again(s3, put, file, capsys):
    """Nothing to do is nothing done."""
    put(GOOD)

    assert main(["policy", "push", file(GOOD), *BUCKET]) == 0
    assert versions(s3) == 1
    assert "already" in capsys.readouterr().out


def test_one_version_stands_for_one_content(s3, put, file, capsys):
    """Two documents of one version could not be told apart in logs and manifests; white space alone is no other content."""
    put(GOOD)
    changed = document("one", masking={"rules": [RULE]}, errors={"minimum_level": "fatal"})

    assert main(["policy", "push", file(changed), *BUCKET, "--yes"]) == 1
    assert "give this document another version" in capsys.readouterr().out
    assert main(["policy", "push", file(json.dumps(json.loads(GOOD), indent=2)), *BUCKET, "--yes"]) == 0


def test_documents_without_a_version_may_follow_each_other(s3, put, file):
    """Who gives no version is not asked for another one: the hash tells them apart."""
    put('{"errors": {"minimum_level": "fatal"}}')

    assert main(["policy", "push", file("{}"), *BUCKET, "--yes"]) == 0
    assert versions(s3) == 2


def test_a_change_by_somebody_else_is_never_overwritten(s3, put, file, monkeypatch, capsys):
    """The write happens only when the document in force is the one that was looked at."""
    put(GOOD)
    newest = PolicyStore.newest

    def overtaken(store):
        seen = newest(store)
        put(BAD)
        return seen

    monkeypatch.setattr(PolicyStore, "newest", overtaken)

    assert main(["policy", "push", file(OTHER), *BUCKET, "--yes"]) == 2
    assert stored(s3) == BAD
    assert "was changed meanwhile; nothing was written" in capsys.readouterr().err


def test_a_first_document_by_somebody_else_is_not_overwritten_either(s3, put, file, monkeypatch):
    """Where there was none, none may have come."""
    monkeypatch.setattr(PolicyStore, "newest", lambda store: put(GOOD) and None)

    assert main(["policy", "push", file(OTHER), *BUCKET, "--yes"]) == 2
    assert stored(s3) == GOOD


@pytest.mark.parametrize("code", ["NoSuchKey", "ConditionalRequestConflict"])
def test_a_deletion_or_write_at_the_same_moment_is_said_as_such(s3, put, file, monkeypatch, capsys, code):
    """S3 says NoSuchKey over a document that is gone, and a conflict over one that is being written: both are changes."""
    put(GOOD)
    real = botocore.client.BaseClient._make_api_call

    def deleted(client, operation, arguments):
        if operation == "PutObject":
            raise ClientError({"Error": {"Code": code}}, operation)
        return real(client, operation, arguments)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", deleted)

    assert main(["policy", "push", file(OTHER), *BUCKET, "--yes"]) == 2
    assert "was changed meanwhile; nothing was written" in capsys.readouterr().err


def test_a_write_whose_answer_was_lost_is_known_again(s3, put, file, monkeypatch, capsys):
    """A request that is repeated after it was carried out finds its own document, not somebody else's."""
    put(GOOD)
    real = botocore.client.BaseClient._make_api_call

    def repeated(client, operation, arguments):
        answer = real(client, operation, arguments)
        return real(client, operation, arguments) if operation == "PutObject" else answer

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", repeated)

    assert main(["policy", "push", file(OTHER), *BUCKET, "--yes"]) == 0
    assert (stored(s3), versions(s3)) == (OTHER, 2)
    assert s3.head_object(Bucket="policies", Key="policy.json")["VersionId"] in capsys.readouterr().out


class Terminal(io.StringIO):
    """Standard input with a person at it."""

    def isatty(self):
        return True


@pytest.mark.parametrize(("answer", "code", "count"), [("y\n", 0, 2), ("yes\n", 0, 2), ("n\n", 1, 1), ("", 1, 1)])
def test_a_person_is_asked(s3, put, file, monkeypatch, answer, code, count):
    """Only a yes writes."""
    put(GOOD)
    monkeypatch.setattr("sys.stdin", Terminal(answer))

    assert main(["policy", "push", file(OTHER), *BUCKET]) == code
    assert versions(s3) == count


def test_without_a_terminal_a_yes_has_to_be_given(s3, put, file, monkeypatch, capsys):
    """A pipeline says --yes, or nothing is written."""
    put(GOOD)
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))

    assert main(["policy", "push", file(OTHER), *BUCKET]) == 2
    assert versions(s3) == 1
    assert "--yes" in capsys.readouterr().err


def test_a_dry_run_writes_nothing(s3, put, file, capsys):
    """Everything is shown, nothing is done."""
    put(GOOD)

    assert main(["policy", "push", file(OTHER), *BUCKET, "--dry-run"]) == 0
    assert versions(s3) == 1
    assert "nothing was written" in capsys.readouterr().out


def test_rules_that_go_are_said_loudly(s3, put, file, capsys):
    """To take a masking rule away lets out what it masked."""
    put(GOOD)

    main(["policy", "push", file(document("none")), *BUCKET, "--yes"])

    assert "LOUD: masking rules that go or change: team.code" in capsys.readouterr().out


def test_a_rule_that_holds_for_fewer_records_is_said_loudly(s3, put, file, capsys):
    """A rule that holds for one service only lets out what it hid elsewhere; other examples or notes change nothing."""
    put(GOOD)
    narrow = document("narrow", masking={"rules": [{**RULE, "services": ["hr"]}]})
    noted = document("noted", masking={"rules": [{**RULE, "note": "of the team"}]})

    assert main(["policy", "push", file(narrow), *BUCKET, "--dry-run"]) == 0
    loud = capsys.readouterr().out
    assert main(["policy", "push", file(noted), *BUCKET, "--dry-run"]) == 0

    assert "LOUD: masking rules that go or change: team.code" in loud
    assert "LOUD" not in capsys.readouterr().out


def test_optional_rules_that_are_switched_off_are_said_loudly(s3, put, file, capsys):
    """An optional rule that was on masked something too."""
    put(document("one", masking={"enable": ["mac"], "rules": [RULE]}))

    main(["policy", "push", file(document("two", masking={"rules": [RULE]})), *BUCKET, "--dry-run"])

    assert "LOUD: masking rules that go or change: mac\n" in capsys.readouterr().out


def test_rollback_goes_to_the_last_good_version(s3, put, capsys):
    """What is refused is passed over; the version gone back to becomes the newest, history stays."""
    put(GOOD)
    put(BAD)
    put("not json")
    put(OTHER)

    assert main(["policy", "rollback", *BUCKET, "--yes"]) == 0
    assert (stored(s3), versions(s3)) == (GOOD, 5)


def test_rollback_of_a_refused_document(s3, put, capsys):
    """While a refused document stands the last good one is in force, and going back to it changes nothing but that."""
    put(GOOD)
    put(BAD)

    assert main(["policy", "rollback", *BUCKET, "--yes"]) == 0
    out, err = capsys.readouterr()
    assert stored(s3) == GOOD
    assert "0 changes" in out
    assert "is refused (errors.minimum_level" in err


def test_rollback_of_a_deleted_document(s3, put, capsys):
    """A document deleted by accident comes back; meanwhile the last good version holds."""
    put(GOOD)
    s3.delete_object(Bucket="policies", Key="policy.json")

    assert main(["policy", "rollback", *BUCKET, "--yes"]) == 0
    out, err = capsys.readouterr()
    assert stored(s3) == GOOD
    assert "0 changes" in out
    assert "is not there, so the last good version is in force" in err


def test_rollback_to_a_named_version(s3, put):
    """By policy version, with or without its hash, or by version id."""
    first = put(GOOD)
    put(OTHER)

    assert main(["policy", "rollback", "--to", "one", *BUCKET, "--yes"]) == 0
    assert stored(s3) == GOOD
    assert main(["policy", "rollback", "--to", "two", *BUCKET, "--yes"]) == 0
    assert stored(s3) == OTHER
    assert main(["policy", "rollback", "--to", first, *BUCKET, "--yes"]) == 0
    assert stored(s3) == GOOD


def test_rollback_to_the_version_in_force_means_the_one_before_of_that_name(s3, put):
    """White space makes no other version: who names it while it is in force means what stood there before."""
    put(GOOD)
    put(json.dumps(json.loads(GOOD), indent=2))

    assert main(["policy", "rollback", "--to", "one", *BUCKET, "--yes"]) == 0
    assert (stored(s3), versions(s3)) == (GOOD, 3)


def test_rollback_to_a_refused_version_is_refused(s3, put, capsys):
    """What today's code would not take is not put into force, whoever names it."""
    bad = put(BAD)
    put(GOOD)

    assert main(["policy", "rollback", "--to", bad, *BUCKET, "--yes"]) == 1
    assert "is refused today: errors.minimum_level" in capsys.readouterr().out
    assert stored(s3) == GOOD


def test_rollback_with_nothing_to_go_back_to(s3, put, capsys):
    """The first document, or none at all."""
    assert main(["policy", "rollback", *BUCKET, "--yes"]) == 1
    put(GOOD)
    assert main(["policy", "rollback", *BUCKET, "--yes"]) == 1
    assert main(["policy", "rollback", "--to", "nine", *BUCKET, "--yes"]) == 1
    said = capsys.readouterr().out
    assert "no versions" in said
    assert "no earlier version that is good" in said
    assert "no version nine" in said


def test_a_bucket_without_versions_says_so(s3, file, capsys):
    """There a change cannot be undone, and there is nothing to list."""
    s3.create_bucket(Bucket="plain")

    assert main(["policy", "push", file(GOOD), "--bucket", "plain", "--yes"]) == 0
    assert main(["policy", "history", "--bucket", "plain"]) == 0
    assert main(["policy", "rollback", "--bucket", "plain", "--yes"]) == 1
    out, err = capsys.readouterr()
    assert "keeps no versions" in out
    assert "keeps no versions" in err


def test_history_lists_versions_and_what_they_are_worth(s3, put, capsys):
    """Newest first, the one in force marked (not a refused one), each judged by today's code."""
    put(GOOD)
    put(BAD)

    assert main(["policy", "history", *BUCKET]) == 0
    newest, oldest = capsys.readouterr().out.splitlines()
    assert (newest[:2], oldest[:2]) == ("  ", "* ")
    assert "refused  at errors.minimum_level: must be one of" in newest
    assert "good     one+" in oldest


def test_a_draft_beside_the_document_is_none_of_its_versions(s3, put, capsys):
    """An object whose key only begins alike was never in force, and is not what is gone back to."""
    first = put(GOOD)
    s3.put_object(Bucket="policies", Key="policy.json.draft", Body=OTHER)

    assert main(["policy", "history", *BUCKET]) == 0
    assert [line.split()[3] for line in capsys.readouterr().out.splitlines()] == [first]
    assert main(["policy", "rollback", *BUCKET, "--yes"]) == 1


def test_show_prints_the_document(s3, put, capsys):
    """Byte by byte, to be put into a file."""
    put(GOOD)

    assert main(["policy", "show", *BUCKET]) == 0
    assert capsys.readouterr().out == GOOD


def test_diff_against_what_is_in_force(s3, put, file, capsys):
    """Only what differs from the document in the bucket is listed."""
    put(GOOD)

    assert main(["policy", "diff", file(OTHER), *BUCKET]) == 0
    assert capsys.readouterr().out == '~ errors.minimum_level: "error" -> "fatal"\n'


def test_a_stack_names_its_bucket(s3, put, capsys):
    """The stack's output is looked up; a stack that is not there, or another one, is named."""
    put(GOOD)
    outputs = {"PolicyBucketName": {"Value": "policies"}}
    template = {"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}
    cloudformation = boto3.client("cloudformation", region_name="us-east-1")
    cloudformation.create_stack(StackName="logs", TemplateBody=json.dumps({**template, "Outputs": outputs}))
    cloudformation.create_stack(StackName="other", TemplateBody=json.dumps(template))

    assert main(["policy", "show", "--stack", "logs"]) == 0
    assert main(["policy", "show", "--stack", "other"]) == 2
    assert main(["policy", "show", "--stack", "none"]) == 2
    out, err = capsys.readouterr()
    assert out == GOOD
    assert "stack other has no output PolicyBucketName" in err
    assert "there is no stack none" in err


def refused(code, monkeypatch):
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError, EndpointConnectionError

    def refuse(client, operation, arguments):
        if code == "dead":
            raise EndpointConnectionError(endpoint_url="https://nowhere.example")
        raise ClientError({"Error": {"Code": code, "Message": "secret text"}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("AccessDenied", "s3://policies/policy.json: GetObject is not allowed (AccessDenied)"),
        ("NoSuchBucket", "there is no such bucket"),
        ("ExpiredToken", "AWS: credentials refused (ExpiredToken); sign in again"),
        ("dead", "AWS does not answer (EndpointConnectionError)"),
        ("SlowDown", "AWS refused with SlowDown"),
    ],
)
def test_a_refusal_of_aws_is_one_clear_line(s3, file, monkeypatch, capsys, code, says):
    """Exit code 2, what was asked, why not; no trace and no foreign text."""
    path = file(GOOD)
    refused(code, monkeypatch)

    assert main(["policy", "push", path, *BUCKET, "--yes"]) == 2
    err = capsys.readouterr().err
    assert says in err
    assert len(err.splitlines()) == 1
    assert "secret text" not in err


def test_no_document_is_said(s3, file, capsys):
    """Nothing to print is said, and nothing to compare with means the packaged policy."""
    assert main(["policy", "show", *BUCKET]) == 2
    assert main(["policy", "diff", file(GOOD), *BUCKET]) == 0
    err = capsys.readouterr().err
    assert "there is no document" in err
    assert "is not there, so the packaged policy is in force" in err
