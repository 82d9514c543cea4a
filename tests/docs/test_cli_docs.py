"""docs/cli.md, docs/local-runs.md and events/README.md say what there is, and there is what they say."""

import json
import re
from pathlib import Path

import pytest
from samcli.yamlhelper import yaml_parse

from logrouter_cli.command import Program
from logrouter_cli.main import build_parser, installed
from logrouter_local import samples
from tests.command_line import parsers

ROOT = Path(__file__).parents[2]
CLI = (ROOT / "docs" / "cli.md").read_text("utf-8")
LOCAL_RUNS = (ROOT / "docs" / "local-runs.md").read_text("utf-8")
EVENTS = (ROOT / "events" / "README.md").read_text("utf-8")


def options_of(name, capsys):
    command = installed()[name]
    if isinstance(command, Program):
        with pytest.raises(SystemExit):
            command.main(["--help"])
        return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", capsys.readouterr().out)) - {"-h", "--help"}
    own = build_parser([command])._subparsers._group_actions[0].choices[name]
    found = {option for parser in parsers(own) for action in parser._actions for option in action.option_strings}
    return found - {"-h", "--help"}


def section(name):
    return re.search(rf"^## {name}$(.*?)(?=^## |\Z)", CLI, re.MULTILINE | re.DOTALL)[1]


def test_every_command_has_a_section():
    """The sections of docs/cli.md are the commands, no more and no less."""
    assert sorted(installed()) == sorted(re.findall(r"^## (\w+)$", CLI, re.MULTILINE))


@pytest.mark.parametrize("name", sorted(installed()))
def test_every_option_is_described(name, capsys):
    """The section of a command names each of its options, and no other."""
    described = set(re.findall(r"`(--?[a-z][a-z-]*)`", section(name)))

    assert options_of(name, capsys) == described


def test_every_sample_is_described():
    """events/README.md names each case of each function."""
    cases = {name.split("/")[1] for function in samples.functions() for name in samples.cases(function)}

    assert set() == {case for case in cases if f"`{case}`" not in EVENTS}
    assert [function for function in samples.functions() if function not in EVENTS] == []


def test_every_function_has_its_line_and_its_event_exists():
    """docs/local-runs.md invokes each function with an event that is there."""
    lines = re.findall(r"sam local invoke (\w+)\s+-e events/(\w+)/(\w+)\.json", LOCAL_RUNS)

    assert set(samples.functions()) == {function for _, function, _ in lines}
    assert all((samples.EVENTS / function / f"{case}.json").exists() for _, function, case in lines)
    assert all(name.lower() == function.replace("_", "") for name, function, _ in lines)


def test_the_environment_file_names_every_function():
    """events/env.local.json has an entry for each function, by logical id."""
    stored = json.loads((ROOT / "events" / "env.local.json").read_text())

    assert {name.title().replace("_", "") for name in samples.functions()} == set(stored)


def test_the_environment_file_sets_only_what_the_template_declares():
    """`sam local` ignores variables that the template does not declare, so the file must not rely on any."""
    template = yaml_parse((ROOT / "template.yaml").read_text("utf-8"))
    everywhere = set(template["Globals"]["Function"]["Environment"]["Variables"])
    stored = json.loads((ROOT / "events" / "env.local.json").read_text())

    undeclared = {
        (name, variable)
        for name, variables in stored.items()
        for variable in set(variables)
        - everywhere
        - set(template["Resources"][name]["Properties"]["Environment"]["Variables"])
    }

    assert set() == undeclared
