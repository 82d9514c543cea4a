"""`logrouter policy`: what would be taken into force, and what it changes."""

import json

import pytest

from logrouter.policy.load import default_policy
from logrouter_cli.main import main
from logrouter_cli.policy.changes import changes


@pytest.fixture
def document(tmp_path):
    def write(content):
        path = tmp_path / "policy.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def test_a_good_document_is_said_to_be_good(document, capsys):
    """check names the version that metrics and manifests will carry, and counts the changes."""
    path = document({"version": "team-7", "log_groups": {"kinds": [{"id": "lambda", "retention_days": 30}]}})

    assert main(["policy", "check", path]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("good: version team-7+")
    assert "1 changes" in shown


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("{", "document"),
        ("[]", "document"),
        ({"maskin": {}}, "document"),
        ({"routes": []}, "routes"),
        ({"log_groups": {"kinds": [{"id": "lambda", "retention_days": "long"}]}}, "log_groups.kinds"),
    ],
)
def test_a_refused_document_is_named_with_its_place(content, place, document, capsys):
    """A refused document gives exit code 1 and the place of the fault."""
    assert main(["policy", "check", document(content)]) == 1
    assert f"policy refused at {place}" in capsys.readouterr().out


def test_diff_lists_what_changes_by_id(document, capsys):
    """Rules are compared by id, so that a new one in front does not look like many changed ones."""
    kinds = [
        {
            "id": "new",
            "matches": ["*/x"],
            "retention_days": 1,
            "subscribe": None,
            "archive": False,
            "class": "application",
            "log_type": "application",
            "filter_pattern": "",
        },
        {"id": "lambda", "retention_days": 30},
    ]

    main(["policy", "diff", document({"log_groups": {"kinds": kinds}})])
    lines = capsys.readouterr().out.splitlines()

    assert "~ log_groups.kinds.[lambda].retention_days: 14 -> 30" in lines
    assert any(line.startswith("+ log_groups.kinds.[new]") for line in lines)
    assert len(lines) == 2


def test_the_packaged_policy_does_not_differ_from_itself():
    """No changes between a policy and itself."""
    assert list(changes(default_policy(), default_policy())) == []


def test_diff_against_another_document(document, tmp_path, capsys):
    """--against compares two documents of a team."""
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"log_groups": {"kinds": [{"id": "lambda", "retention_days": 30}]}}))

    assert main(["policy", "diff", document({}), "--against", str(other)]) == 0
    assert capsys.readouterr().out == "~ log_groups.kinds.[lambda].retention_days: 30 -> 14\n"
