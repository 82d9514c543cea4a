"""Start the children of the local stack, notice when one dies, and leave nothing behind however the run ends.

Each child gets its own process group, a log file and an entry in `run.json`, so that the next run can clean up after
one that was killed.
"""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from logrouter_local.places import ROOT

TAIL_LINES = 15


class StackError(Exception):
    """The local stack cannot go on; the message says what happened and what to do."""


@dataclass(frozen=True)
class Program:
    """What to start.

    Args:
        name: name of the child in messages, of its log file and of its port in the `--ports` option.
        title: what it is, for messages.
        port: TCP port it will listen on at 127.0.0.1; None when it does not listen.
        is_ready: asked until true after the start; None when there is nothing to ask.
    """

    name: str
    title: str
    arguments: Sequence[str | Path]
    environment: Mapping[str, str]
    folder: Path
    port: int | None = None
    is_ready: Callable[[], bool] | None = None


@dataclass
class Child:
    """A started program."""

    program: Program
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def tail(self) -> str:
        """The last lines of its log, indented."""
        lines = self.log.read_text("utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        return "\n".join(f"    {line}" for line in lines) or "    (its log is empty)"


@dataclass
class Supervisor:
    """Owns the children of one run; use as a context manager."""

    folder: Path
    children: dict[str, Child] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Clean up after a run that was killed; refuse when one is still alive."""
        self.folder.mkdir(parents=True, exist_ok=True)
        clean_up_after_dead_run(self._state)
        for log in self.folder.glob("*.log"):
            log.unlink()
        signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have started us with it ignored
        signal.signal(signal.SIGTERM, _raise_exit)
        signal.signal(signal.SIGHUP, _raise_exit)
        self._write_state()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop every child, the last started first."""
        for name in reversed(list(self.children)):
            self.stop(name)
        self._state.unlink(missing_ok=True)

    def start(self, program: Program, *, within_s: float = 60) -> Child:
        """Start a program and wait until it is ready; raise `StackError` with the tail of its log when it is not."""
        if program.port is not None:
            check_port(program.port, program.name, program.title)
        log = self.folder / f"{program.name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [str(argument) for argument in program.arguments],
                cwd=program.folder,
                env=dict(program.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child = self.children[program.name] = Child(program, process, log)
        self._write_state()
        until = time.monotonic() + within_s
        while program.is_ready is not None and not program.is_ready():
            self.check()
            if time.monotonic() > until:
                raise StackError(f"{program.title} was not ready within {within_s:.0f} s; its log ends:\n{child.tail}")
            time.sleep(0.1)
        self.check()
        return child

    def check(self) -> None:
        """Raise `StackError` when a child has ended that nobody stopped."""
        for child in self.children.values():
            code = child.process.poll()
            if code is not None:
                how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
                raise StackError(f"{child.program.title} {how}; its log {_near(child.log)} ends:\n{child.tail}")

    def stop(self, name: str, *, kill: bool = False) -> None:
        """Stop one child and all processes it started; `kill` takes no leave."""
        child = self.children.pop(name, None)
        if child is None:
            return
        _end_group(child.process.pid, kill=kill, is_over=lambda: child.process.poll() is not None)
        child.process.wait()
        self._write_state()

    @property
    def _state(self) -> Path:
        return self.folder / "run.json"

    def _write_state(self) -> None:
        pids = {name: child.process.pid for name, child in self.children.items()}
        state = {"supervisor": os.getpid(), "children": pids}
        everyone = [os.getpid(), *pids.values()]
        self._state.write_text(json.dumps(state | {"started": {str(pid): started(pid) for pid in everyone}}))


def clean_up_after_dead_run(state: Path) -> None:
    """Stop children that a killed run left behind; raise `StackError` when that run is still alive."""
    try:
        found = json.loads(state.read_text())
    except (FileNotFoundError, ValueError):
        return
    born = found["started"]

    def is_same(pid: int) -> bool:
        return started(pid) is not None and started(pid) == born.get(str(pid))

    def is_gone(pid: int) -> bool:
        return not is_same(pid)

    owner = found["supervisor"]
    if owner != os.getpid() and is_same(owner):
        raise StackError(
            f"a local stack is already running (process {owner}): end it with Ctrl-C there, or kill {owner}"
        )
    for pid in found["children"].values():
        if is_same(pid):
            _end_group(pid, kill=False, is_over=partial(is_gone, pid))
    state.unlink(missing_ok=True)


def check_port(port: int, name: str, title: str) -> None:
    """Raise `StackError` naming the port and the way out when it is taken; `name` is that of the `--ports` option."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise StackError(
                f"port {port}, wanted for {title}, is in use ({error.strerror}).\n"
                f'  Free it, or choose another: make demo ARGS="--ports {name}=<port>" '
                f"or LOGROUTER_PORTS={name}=<port>"
            ) from None


def is_listening(port: int) -> bool:
    """Tell whether something accepts connections on 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def started(pid: int) -> str | None:
    """Return when a process began, which tells it from a later one with its id; None when it is gone."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            after_name = stat.read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if after_name[0] in {"Z", "X"} else after_name[19]
    found = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], check=False, capture_output=True, text=True)
    return found.stdout.strip() or None


def _end_group(group: int, *, kill: bool, is_over: Callable[[], bool]) -> None:
    signals = [signal.SIGKILL] if kill else [signal.SIGTERM, signal.SIGKILL]
    for number in signals:
        try:
            os.killpg(group, number)
        except ProcessLookupError:
            return
        until = time.monotonic() + 5
        while time.monotonic() < until and not is_over():
            time.sleep(0.05)
        if is_over() and number is not signal.SIGKILL:
            _sweep(group)
            return


def _sweep(group: int) -> None:
    """Take along grandchildren that outlived the child they belonged to."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _raise_exit(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def _near(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
