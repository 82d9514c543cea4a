"""What a command of `logrouter` is, and how it says that it cannot go on."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module


class CommandError(Exception):
    """The command cannot go on; the message tells the user what to do and quotes no log content. Exit code 2."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    Args:
        name: as it is typed.
        summary: one line for `logrouter --help`.
        describe: longer text for `logrouter <name> --help`.
        arguments: declares the options on the command's parser.
        run: does the work with the parsed options and returns the exit code: 0 good, 1 the answer is no.
    """

    name: str
    summary: str
    describe: str
    arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


@dataclass(frozen=True, slots=True)
class Packaged:
    """A command whose module is loaded when it is meant, not to be listed: loading all of them takes a quarter second.

    Args:
        name: as it is typed.
        summary: one line for `logrouter --help`.
        module: holds the command as `COMMAND`.
    """

    name: str
    summary: str
    module: str

    def load(self) -> Command:
        """Return the command."""
        command: Command = import_module(self.module).COMMAND
        return command


@dataclass(frozen=True, slots=True)
class Program:
    """A command with a parser of its own: it gets its arguments as they were typed, `--help` among them.

    Args:
        name: as it is typed.
        summary: one line for `logrouter --help`.
        main: takes the arguments behind the name and returns the exit code.
    """

    name: str
    summary: str
    main: Callable[[Sequence[str]], int]
