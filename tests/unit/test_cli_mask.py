"""`logrouter mask`: the same masking as in the functions, at a terminal."""

import json

import pytest

from logrouter_cli.main import main
from logrouter_local import samples

PHONE = "010-" + "0412-8837"


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "app.log"
    path.write_text(f"nothing here\ncall {PHONE}\r\n", "utf-8")
    return str(path)


def test_text_goes_to_stdout_and_counts_to_stderr(log, capsys):
    """Each line comes back masked; the counts name rules, not values."""
    assert main(["mask", log]) == 0

    shown = capsys.readouterr()
    assert shown.out == "nothing here\ncall 010-****-8837\n"
    assert "1  values masked" in shown.err
    assert PHONE not in shown.err


def test_explain_names_line_and_rule(log, capsys):
    """--explain says which rule hit which line."""
    main(["mask", "--explain", log])

    assert "line 2: " in capsys.readouterr().err


def test_check_fails_a_build(log, tmp_path, capsys):
    """--check writes no text; exit code 1 when anything would be masked, 0 when nothing would."""
    clean = tmp_path / "clean.log"
    clean.write_text("order 8841 placed\n")

    assert [main(["mask", "--check", log]), main(["mask", "--check", str(clean)])] == [1, 0]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "name", [name for function in ("forward_errors", "trace_llm") for name in samples.documents(function)]
)
def test_no_planted_value_survives_line_by_line(name, tmp_path, capsys):
    """The messages of every sample come out without any planted value."""
    path = tmp_path / "sample.log"
    lines = [event["message"].replace("\n", "\\n") for event in samples.render(name)["logEvents"]]
    path.write_text("\n".join(lines), "utf-8")

    main(["mask", str(path), "--group", samples.raw(name)["logGroup"]])

    assert samples.leaks(capsys.readouterr().out.encode()) == []


def test_a_key_over_several_lines_is_seen_as_a_whole(tmp_path, capsys):
    """--whole masks a private key whose lines are lines of the file."""
    path = tmp_path / "key.txt"
    path.write_text(f"dump:\n{samples.planted()['pem_1']}end\n")

    main(["mask", "--whole", str(path)])

    shown = capsys.readouterr().out
    assert samples.leaks(shown.encode()) == []
    assert shown.endswith("end\n")


def test_a_refused_policy_ends_the_command(tmp_path, log, capsys):
    """A policy that does not validate is named with its place; nothing is masked with half a policy."""
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"unknown": {}}))

    assert main(["mask", "--policy", str(policy), log]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "policy refused at document" in shown.err
