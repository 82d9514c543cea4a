"""The supervisor says what is wrong with a child and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from logrouter_local.places import Ports, PortsError
from logrouter_local.supervisor import Program, StackError, Supervisor, check_port, started

PARENT = """import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]).pid)
time.sleep(60)"""


def program(code: str, folder: Path, **settings) -> Program:
    return Program("part", "the part", [sys.executable, "-u", "-c", code], dict(os.environ), folder, **settings)


def test_a_dead_child_is_reported_with_the_tail_of_its_log(tmp_path):
    """A child that ends is an error that names it, says how it ended and shows its last words."""
    failing = program("print('last words'); exit(3)", tmp_path, is_ready=lambda: False)

    with (
        Supervisor(tmp_path / "run") as supervisor,
        pytest.raises(StackError, match=r"the part ended with exit code 3;(.|\n)*last words"),
    ):
        supervisor.start(failing)


def test_a_killed_child_is_noticed(tmp_path):
    """A child killed from outside is an error at the next check, with the signal's name."""
    with Supervisor(tmp_path / "run") as supervisor:
        child = supervisor.start(program("import time; time.sleep(60)", tmp_path))
        os.kill(child.process.pid, signal.SIGKILL)
        child.process.wait()

        with pytest.raises(StackError, match="killed by SIGKILL"):
            supervisor.check()


def test_leaving_ends_the_child_and_what_it_started(tmp_path):
    """After the with block neither the child nor its grandchild runs, and no state is left."""
    log = tmp_path / "run" / "part.log"
    with Supervisor(tmp_path / "run") as supervisor:
        child = supervisor.start(program(PARENT, tmp_path, is_ready=lambda: "\n" in log.read_text()))
        family = [child.process.pid, int(log.read_text())]

    assert [started(pid) for pid in family] == [None, None]
    assert not (tmp_path / "run" / "run.json").exists()


def test_a_run_that_was_killed_is_cleaned_up_by_the_next(tmp_path):
    """Children of a supervisor that died without leave are ended by the next one."""
    code = (
        "import os, sys; from pathlib import Path\n"
        "from logrouter_local.supervisor import Program, Supervisor\n"
        f"folder = Path({str(tmp_path)!r})\n"
        "with Supervisor(folder / 'run') as s:\n"
        "    p = Program('part', 'x', [sys.executable, '-c', 'import time; time.sleep(60)'], dict(os.environ), folder)\n"
        "    print(s.start(p).process.pid, flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    left = int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False).stdout)
    assert started(left) is not None

    with Supervisor(tmp_path / "run"):
        assert started(left) is None


def test_a_second_run_beside_a_living_one_is_refused(tmp_path):
    """Two stacks would share folders and ports, so the second says which process to end."""
    code = (
        "import sys; from pathlib import Path\n"
        "from logrouter_local.supervisor import Supervisor\n"
        f"with Supervisor(Path({str(tmp_path)!r}) / 'run'):\n"
        "    print('up', flush=True); sys.stdin.read()\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    other.stdout.readline()

    with pytest.raises(StackError, match=f"process {other.pid}"), Supervisor(tmp_path / "run"):
        pass
    other.communicate("")


def test_a_port_in_use_names_the_port_and_the_way_out():
    """The error names the port, the part that wants it and the option that changes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        with pytest.raises(StackError, match=rf"port {port}, wanted for the part(.|\n)*--ports part="):
            check_port(port, "part", "the part")


def test_ports_are_read_by_name():
    """What is not named keeps its default; a wrong name, number or a double use is refused with the right form."""
    assert Ports.read("aws=4600, sentry=8100") == Ports(aws=4600, sentry=8100)
    for wrong in ("web=1", "aws=", "aws=99999", "aws=8078"):
        with pytest.raises(PortsError):
            Ports.read(wrong)
