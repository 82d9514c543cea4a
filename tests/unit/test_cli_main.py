"""The `logrouter` command itself: help, wrong use, and what goes wrong while a command runs."""

import subprocess
import sys
from pathlib import Path

import pytest

from logrouter_cli import main as cli
from logrouter_cli.command import Command, CommandError, Program
from tests.command_line import parsers

NAMES = [
    "calls",
    "decode",
    "demo",
    "doctor",
    "encode",
    "invoke",
    "lint",
    "mask",
    "policy",
    "reconcile",
    "redrive",
    "replay",
    "samples",
    "scan",
]


def test_help_lists_every_command(capsys):
    """`logrouter --help` lists what is built in and what other packages bring."""
    with pytest.raises(SystemExit) as end:
        cli.main(["--help"])

    shown = capsys.readouterr().out
    assert end.value.code == 0
    assert sorted(cli.installed()) == NAMES
    assert all(f"\n    {name} " in shown for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_command_explains_itself(name, capsys):
    """`logrouter <command> --help` ends well and shows how the command is used."""
    with pytest.raises(SystemExit) as end:
        cli.main([name, "--help"])

    assert end.value.code == 0
    assert f"usage: logrouter {name}" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["unknown"],
        ["--", "mask"],
        ["encode"],
        ["replay", "x.log"],
        ["replay", "--function", "notify", "x"],
        ["policy"],
        ["scan", "--no"],
        ["scan", "--group", "/a", "--sample", "0"],
        ["scan", "--group", "/a", "--rate", "0"],
        ["encode", "x.log", "--at", "9" * 17],
        ["policy", "history", "--bucket", "b", "--limit", "0"],
    ],
)
def test_wrong_use_is_one_clear_error(arguments, capsys):
    """Wrong arguments end with exit code 2 and a message on stderr, nothing on stdout."""
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)

    shown = capsys.readouterr()
    assert end.value.code == 2
    assert shown.out == ""
    assert "error: " in shown.err
    assert shown.err.endswith(" --help explains\n")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("packaged", cli.BUILT_IN, ids=lambda packaged: packaged.name)
def test_a_command_is_listed_as_it_calls_itself(packaged):
    """Name and summary of a command that is not loaded are its own."""
    command = packaged.load()

    assert (command.name, command.summary) == (packaged.name, packaged.summary)


def test_listing_the_commands_loads_none_of_them():
    """`logrouter --help` answers at once: it loads neither masking nor destinations nor AWS."""
    code = (
        "import sys; from logrouter_cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print([name for name in sys.modules if name.startswith(('boto', 'logrouter.'))], file=sys.stderr)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    loaded = set(eval(done.stderr))
    assert "usage: logrouter" in done.stdout
    assert {each for each in loaded if each.startswith(("boto", "logrouter.masking", "logrouter.adapters"))} == set()


def test_ctrl_c_while_a_command_is_loaded_is_quiet(monkeypatch, capsys):
    """Ctrl-C before a command runs ends as Ctrl-C in the middle of it: 130, no traceback."""

    def interrupted(_name):
        raise KeyboardInterrupt

    monkeypatch.setattr("logrouter_cli.command.import_module", interrupted)

    assert cli.main(["mask", "x.log"]) == 130
    assert capsys.readouterr().err == ""


SHARED = [
    *("--group", "--skip-group", "--tag", "--archive", "--since", "--until", "--sample", "--rate", "--encoding"),
    *("--of-group", "--service", "--policy", "--stack", "--bucket", "--key", "--region", "--profile", "--places"),
]


@pytest.mark.parametrize("option", SHARED)
def test_an_option_takes_the_same_in_every_command(option):
    """Whoever knows an option from one command knows it in all that have it."""
    found = {
        (action.metavar, action.type)
        for parser in parsers(cli.build_parser(cli.installed().values()))
        for action in parser._actions
        if option in action.option_strings and not (option == "--group" and "--of-group" in action.option_strings)
    }

    assert len(found - {("FILE", Path)}) == 1


@pytest.mark.parametrize(
    "arguments",
    [["encode", "missing.json"], ["mask", "missing.log"], ["policy", "check", "missing.json"], ["lint", "."]],
)
def test_an_unreadable_file_is_named_without_a_traceback(arguments, capsys):
    """A file that cannot be read ends with exit code 2 and its name."""
    code = cli.main(arguments)

    shown = capsys.readouterr().err
    assert code == 2
    assert shown.startswith(f"logrouter {arguments[0]}: {arguments[-1]}: ")
    assert "Traceback" not in shown


def test_a_command_that_cannot_go_on_says_why(monkeypatch, capsys):
    """A CommandError becomes one line with the command's name."""

    def run(_options):
        raise CommandError("no, because")

    monkeypatch.setattr(cli, "plug_ins", lambda: [Command("fail", "", "", lambda _parser: None, run)])

    assert cli.main(["fail"]) == 2
    assert capsys.readouterr().err == "logrouter fail: no, because\n"


def test_a_program_gets_its_arguments_as_typed(monkeypatch):
    """A command with a parser of its own sees everything behind its name."""
    seen = []
    monkeypatch.setattr(cli, "plug_ins", lambda: [Program("own", "", lambda arguments: seen.extend(arguments) or 7)])

    assert cli.main(["own", "--help", "-x", "1"]) == 7
    assert seen == ["--help", "-x", "1"]


def test_a_command_that_cannot_be_loaded_does_not_stop_the_others(monkeypatch, capsys):
    """A plug-in whose package is broken is named and left out."""

    class Broken:
        name = "broken"

        def load(self):
            raise ImportError("no module named x")

    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [Broken()])

    assert "encode" in cli.installed()
    assert "command broken is not available" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error():
    """`logrouter samples | head` ends quietly."""
    pipe = f"{sys.executable} -m logrouter_cli.main samples forward_errors/java_stack | head -1"

    done = subprocess.run(["bash", "-o", "pipefail", "-c", pipe], capture_output=True, text=True, check=False)

    assert done.stderr == ""
    assert done.stdout == "{\n"
