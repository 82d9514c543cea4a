"""The `logrouter` command: finds the command that is meant, runs it, and turns what went wrong into one clear line.

Exit codes: 0 good, 1 the answer is no (lint found something, a check failed), 2 wrong use or broken input, 130 Ctrl-C.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import entry_points, version
from typing import NoReturn

from logrouter.errors import LogrouterError
from logrouter_cli import decode, doctor, encode, lint, mask, replay
from logrouter_cli.command import Command, CommandError, Program
from logrouter_cli.policy import command as policy
from logrouter_cli.scan import command as scan

BUILT_IN = (
    encode.COMMAND,
    decode.COMMAND,
    mask.COMMAND,
    scan.COMMAND,
    lint.COMMAND,
    replay.COMMAND,
    policy.COMMAND,
    doctor.COMMAND,
)

PLUG_INS = "logrouter.commands"
"""Entry point group of commands that other packages bring: each names a `Program`, or a `Command`."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line: the usage of a command with many options would hide it."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        self.exit(2, f"{self.prog}: error: {message}; {self.prog} --help explains\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    typed = sys.argv[1:] if arguments is None else list(arguments)
    commands = installed()
    named = commands.get(typed[0]) if typed else None
    if isinstance(named, Program):
        return named.main(typed[1:])
    parser = build_parser(commands.values())
    given, unknown = parser.parse_known_args(typed)
    if unknown:
        given.parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return run(given)


def run(given: argparse.Namespace) -> int:
    """Run the command that was parsed; what goes wrong becomes one line on stderr."""
    try:
        code: int = given.command.run(given)
        sys.stdout.flush()
    except (CommandError, LogrouterError) as error:
        print(f"logrouter {given.command.name}: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left; nothing more to say to it
        return 0
    except OSError as error:
        print(
            f"logrouter {given.command.name}: {error.filename or 'I/O'}: {error.strerror or type(error).__name__}",
            file=sys.stderr,
        )
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def build_parser(installed: Iterable[Command | Program]) -> argparse.ArgumentParser:
    """Return the parser with these commands."""
    parser = Parser(
        prog="logrouter",
        description="Work with logrouter from a terminal: wrap and read log events, mask, scan, lint, replay, check.",
        epilog=(
            "Each command explains itself: logrouter <command> --help. The guide is docs/cli.md.\n"
            "Exit codes: 0 good, 1 the answer is no, 2 wrong use or broken input, 130 ended by Ctrl-C."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"logrouter {version('logrouter')}")
    commands = parser.add_subparsers(title="commands", metavar="<command>", required=True)
    for command in installed:
        if isinstance(command, Program):
            commands.add_parser(command.name, help=command.summary)
            continue
        own = commands.add_parser(
            command.name,
            help=command.summary,
            description=command.describe,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.arguments(own)
        own.set_defaults(command=command, parser=own)
    return parser


def installed() -> dict[str, Command | Program]:
    """Return every command by name, sorted."""
    found = {command.name: command for command in (*BUILT_IN, *plug_ins())}
    return dict(sorted(found.items()))


def plug_ins() -> Iterator[Command | Program]:
    """Yield the commands of other installed packages; one that cannot be loaded is left out, and said so."""
    for point in entry_points(group=PLUG_INS):
        try:
            command = point.load()
        except (ImportError, AttributeError) as error:
            print(f"logrouter: command {point.name} is not available: {error}", file=sys.stderr)
            continue
        yield command


if __name__ == "__main__":
    sys.exit(main())
