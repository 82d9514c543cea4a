"""The `logrouter` command: finds the command that is meant, runs it, and turns what went wrong into one clear line.

Exit codes: 0 good, 1 the answer is no (lint found something, a check failed), 2 wrong use or broken input, 130 Ctrl-C.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import NoReturn

from logrouter.errors import LogrouterError
from logrouter_cli.command import Command, CommandError, Packaged, Program

BUILT_IN: tuple[Packaged, ...] = (
    Packaged("calls", "show the LLM calls that log lines tell of, and why others are none", "logrouter_cli.calls"),
    Packaged("decode", "show what is in an awslogs, Kinesis or retry-queue event", "logrouter_cli.decode"),
    Packaged("doctor", "check interpreter, tools, settings and endpoints", "logrouter_cli.doctor"),
    Packaged("encode", "wrap readable payloads or plain lines as awslogs (or Kinesis) events", "logrouter_cli.encode"),
    Packaged("lint", "check log lines against the canonical format; say what would be lost", "logrouter_cli.lint"),
    Packaged("mask", "mask files or stdin, counting per rule", "logrouter_cli.mask"),
    Packaged("policy", "check, try, push and roll back a policy document", "logrouter_cli.policy.command"),
    Packaged("reconcile", "hold what was delivered to Langfuse against what it shows", "logrouter_cli.reconcile"),
    Packaged("redrive", "move dead letters back into the retry queue", "logrouter_cli.redrive"),
    Packaged("replay", "send a file of logs through a forwarding function on this machine", "logrouter_cli.replay"),
    Packaged("scan", "find what should not be in log groups, the archive or files", "logrouter_cli.scan.command"),
)

PLUG_INS = "logrouter.commands"
"""Entry point group of commands that other packages bring: each names a `Program`, or a `Command`."""

INTERRUPTED = 130
"""What a shell gives for Ctrl-C."""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line: the usage of a command with many options would hide it."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        self.exit(2, f"{self.prog}: error: {message}; {self.prog} --help explains\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    typed = sys.argv[1:] if arguments is None else list(arguments)
    try:
        return _main(typed)
    except KeyboardInterrupt:  # also while modules are loaded
        return INTERRUPTED


def _main(typed: list[str]) -> int:
    command = find(typed[0]) if typed else None
    if command is None:
        parser = build_parser([*BUILT_IN, *plug_ins()])
        parser.parse_args(typed)
        parser.error("the command comes first")
    if isinstance(command, Program):
        return command.main(typed[1:])
    given, unknown = build_parser([command]).parse_known_args(typed)
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
    return code


def build_parser(installed: Iterable[Command | Program | Packaged]) -> argparse.ArgumentParser:
    """Return the parser with these commands, sorted; what is not loaded, or parses for itself, is only listed."""
    from importlib.metadata import version

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
    for command in sorted(installed, key=lambda each: each.name):
        if not isinstance(command, Command):
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
    """Return every command by name, sorted, loaded."""
    found = {command.name: command for command in (*(each.load() for each in BUILT_IN), *plug_ins())}
    return dict(sorted(found.items()))


def find(name: str) -> Command | Program | None:
    """Return the command of a name, loading no other than needed; None when there is none."""
    found = next((each for each in BUILT_IN if each.name == name), None)
    return found.load() if found else next((each for each in plug_ins() if each.name == name), None)


def plug_ins() -> Iterator[Command | Program]:
    """Yield the commands of other installed packages; one that cannot be loaded is left out, and said so."""
    from importlib.metadata import entry_points

    for point in entry_points(group=PLUG_INS):
        try:
            command = point.load()
        except (ImportError, AttributeError) as error:
            print(f"logrouter: command {point.name} is not available: {error}", file=sys.stderr)
            continue
        yield command


if __name__ == "__main__":
    sys.exit(main())
