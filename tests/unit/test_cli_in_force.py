"""The policy that a command works with: named, in force in a bucket or of a stack, or the packaged one."""

import json

import pytest

from logrouter_cli.main import main
from tests.command_line import policy_bucket

RULE = {
    "id": "team.code",
    "kind": "pattern",
    "pattern": "TEAM-(?P<v>[0-9]{4})",
    "services": ["orders"],
    "examples": {"positive": [{"text": ["TEAM-", "1111"]}], "negative": [["TEAM-x"]]},
}
GOOD = json.dumps({"version": "one", "masking": {"rules": [RULE]}})
BAD = json.dumps({"errors": {"minimum_level": "loud"}})
CODE = "TEAM-" + "8812"
GROUP = "/aws/ecs/orders/application"
PLACES = [["--bucket", "policies"], ["--policy", "s3://policies/policy.json"], ["--policy", "s3://policies"]]


@pytest.fixture
def s3(monkeypatch):
    with policy_bucket(monkeypatch) as client:
        yield client


@pytest.fixture
def put(s3):
    return lambda text: s3.put_object(Bucket="policies", Key="policy.json", Body=text)


@pytest.fixture
def line(tmp_path):
    path = tmp_path / "app.log"
    path.write_text(f"ERROR no {CODE}\n")
    return str(path)


@pytest.fixture
def payload(tmp_path):
    path = tmp_path / "payload.json"
    event = {"id": "1", "timestamp": 1_795_136_400_000, "message": f"ERROR no {CODE}"}
    document = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": GROUP, "logStream": "s", "logEvents": [event]}
    path.write_text(json.dumps(document))
    return str(path)


@pytest.mark.parametrize("place", PLACES)
def test_every_command_masks_by_the_policy_in_force(place, put, line, payload, capsys):
    """Rules that a team has put into force hold in mask, scan, lint, decode and replay alike."""
    put(GOOD)

    codes = [
        main(["mask", line, "--of-group", GROUP, *place]),
        main(["scan", line, "--of-group", GROUP, *place]),
        main(["scan", payload, *place]),
        main(["lint", line, "--of-group", GROUP, *place]),
        main(["decode", payload, *place]),
        main(["replay", "--function", "forward_errors", "--dry-run", payload, *place]),
    ]
    out, err = capsys.readouterr()

    assert codes == [0, 1, 1, 0, 0, 0]
    assert CODE not in out + err
    assert out.count("team.code") == 4  # two scans, lint, and the tally of replay
    assert err.count("team.code") == 1  # the counts of mask


@pytest.mark.parametrize("gone", [BAD, None])
@pytest.mark.parametrize("place", PLACES)
def test_the_last_good_version_holds(gone, place, s3, put, line, capsys):
    """A refused or deleted document does not unmask: as in the functions, and stderr says so."""
    put(GOOD)
    if gone:
        put(gone)
    else:
        s3.delete_object(Bucket="policies", Key="policy.json")

    code = main(["scan", line, "--of-group", GROUP, *place])

    assert code == 1
    assert "so the last good version is in force" in capsys.readouterr().err


def test_where_there_never_was_a_document_the_packaged_policy_holds(s3, line, capsys):
    """A bucket without a document is one of a team without rules of its own; a named document has to be there."""
    assert main(["scan", line, "--of-group", GROUP, "--bucket", "policies"]) == 0
    assert main(["scan", line, "--of-group", GROUP, "--policy", "s3://policies/none.json"]) == 2
    err = capsys.readouterr().err
    assert "so the packaged policy is in force" in err
    assert "s3://policies/none.json: there is no document" in err


def test_a_file_that_is_refused_is_not_used(line, tmp_path, capsys):
    """Who names a file means that file: a refused one ends the command."""
    (tmp_path / "bad.json").write_text(BAD)

    assert main(["mask", line, "--policy", str(tmp_path / "bad.json")]) == 2
    assert "policy refused at errors.minimum_level" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([], {}),
        (["--policy", "here.json"], {"POLICY_FILE": "here.json"}),
        (["--policy", "s3://policies/p/q.json"], {"POLICY_BUCKET": "policies", "POLICY_KEY": "p/q.json"}),
        (["--bucket", "policies", "--key", "k"], {"POLICY_BUCKET": "policies", "POLICY_KEY": "k"}),
    ],
)
def test_a_function_is_told_the_same_policy(given, expected, s3):
    """What replay sends goes through the function's own reading of the same document."""
    import argparse

    from logrouter_cli.aws import Aws
    from logrouter_cli.policy.in_force import add_policy_options, environment_of

    parser = argparse.ArgumentParser()
    add_policy_options(parser)

    assert environment_of(parser.parse_args(given), Aws()) == expected


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--policy", "s3://x"], "a policy document in S3 is s3://bucket/key"),
        (["--policy", "missing.json"], "missing.json: No such file"),
        (["--stack", "none"], "there is no stack none"),
    ],
)
def test_a_policy_that_is_not_there_is_one_line(given, says, s3, line, capsys):
    """Nothing is masked by another policy than the one that was meant."""
    assert main(["mask", line, *given]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err
