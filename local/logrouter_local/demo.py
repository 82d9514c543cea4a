"""`make demo`: the whole system on this machine, from a log line to Sentry, Langfuse, Slack and Glacier, then a table.

Ends with 0 when everything arrived and the books balance, 1 when something is missing, 2 when the stack could not run.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence

from logrouter_local.envfile import write_environment
from logrouter_local.places import Ports, PortsError
from logrouter_local.play import play
from logrouter_local.progress import Progress
from logrouter_local.report import addresses, report
from logrouter_local.stack import Stack, local_stack
from logrouter_local.supervisor import StackError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; return the exit code."""
    parser = argparse.ArgumentParser(prog="logrouter demo", description="Run the whole system on this machine.")
    parser.add_argument("--keep", action="store_true", help="stay up afterwards, until Ctrl-C")
    parser.add_argument(
        "--ports",
        default=os.environ.get("LOGROUTER_PORTS", ""),
        help="aws=4566,sentry=8078,langfuse=8079,slack=8080, any of them; default: the variable LOGROUTER_PORTS",
    )
    options = parser.parse_args(arguments)
    progress = Progress()
    try:
        with local_stack(Ports.read(options.ports), progress) as stack:
            outcome = play(stack, progress)
            print(report(stack, outcome), flush=True)
            if options.keep:
                stay_up(stack)
            return 1 if outcome.faults else 0
    except (StackError, PortsError, FileNotFoundError) as error:
        print(f"demo: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\ndemo: stopped", file=sys.stderr)
        return 130


def stay_up(stack: Stack) -> None:
    """Keep the stack running until Ctrl-C; a child that dies ends it with an error."""
    path = write_environment(stack)
    print("\n".join(["The stack stays up. Ctrl-C ends it.", *addresses(stack)]))
    print(
        f"Run a function against it: .venv/bin/logrouter invoke ForwardErrors -e <event.json> --env-vars {path}",
        flush=True,
    )
    try:
        while True:
            stack.supervisor.check()
            time.sleep(1)
    except KeyboardInterrupt:
        print("\nstopping")


if __name__ == "__main__":
    sys.exit(main())
