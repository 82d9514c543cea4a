"""Make the environments this project runs in: `python3 local/bootstrap.py [dev] [ministack] [bugsink] [checkov]`.

Standard library only and old syntax on purpose: this file runs before anything is installed, on any Python 3.8 or newer.
It finds Python 3.13 (or lets uv fetch one), finds uv (or installs a pinned one under `.tools`), and makes `.venv` and
the environments under `.tools` equal to their lock files, by hash. What is already in place is left alone.
"""

from __future__ import annotations

import argparse
import fcntl
import glob
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

if False:  # type checkers only; typing is not needed to run
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools"
UV_VERSION = "0.13.8"
WANTED = (3, 13)
ENVIRONMENTS = {
    "dev": (ROOT / ".venv", "the project and its developer tools"),
    "ministack": (TOOLS / "ministack", "the embedded AWS"),
    "bugsink": (TOOLS / "bugsink", "the embedded Sentry"),
    "checkov": (TOOLS / "checkov", "the template scanner"),
}
PROBE = (
    "import json, sys; print(json.dumps([list(sys.version_info[:3]), getattr(sys, '_base_executable', sys.executable)]))"
)


class BootstrapError(Exception):
    """The environments cannot be made; the message says what to do about it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the named environments (default: dev); return the exit code."""
    parser = argparse.ArgumentParser(prog="bootstrap.py", description="Make the environments of this project.")
    parser.add_argument("environments", nargs="*", metavar="|".join(ENVIRONMENTS), help="default: dev")
    names = parser.parse_args(arguments).environments or ["dev"]
    unknown = [name for name in names if name not in ENVIRONMENTS]
    if unknown:
        parser.error("unknown environment %s; known are %s" % (unknown[0], ", ".join(ENVIRONMENTS)))
    if sys.version_info < (3, 8):
        print("bootstrap: needs Python 3.8 or newer to start from, this is %s" % sys.version.split()[0])
        return 1
    try:
        wanting = [name for name in names if not is_ready(name)]
        if wanting:
            with only_one_at_a_time():
                for name in wanting:
                    make(name)
    except BootstrapError as error:
        print("bootstrap: %s" % error, file=sys.stderr)
        return 1
    return 0


def is_ready(name: str) -> bool:
    """Tell whether an environment was made from exactly the present lock file and its interpreter still runs."""
    folder = ENVIRONMENTS[name][0]
    stamp = folder / ".logrouter-stamp"
    return stamp.exists() and stamp.read_text() == wanted_stamp(name) and version_of(python_in(folder)) is not None


def make(name: str) -> None:
    """Make one environment equal to its lock file and stamp it."""
    folder, purpose = ENVIRONMENTS[name]
    if is_ready(name):
        return
    lock = ROOT / "locks" / (name + ".txt")
    if not lock.exists():
        raise BootstrapError("%s is missing; is this a whole checkout?" % lock.relative_to(ROOT))
    uv = find_uv()
    started = time.monotonic()
    say("%s: %s" % (folder.relative_to(ROOT), purpose))
    found = version_of(python_in(folder))
    if found is None or found[:2] != WANTED:
        run([uv, "venv", "--quiet", "--clear", "--python", find_python(uv), folder], "making %s" % folder.name)
    target = ["--quiet", "--python", python_in(folder)]
    run(
        [uv, "pip", "sync", *target, "--require-hashes", "--link-mode", "copy", "--compile-bytecode", lock],
        "installing %s (the first time downloads; the package index must be reachable)" % lock.relative_to(ROOT),
    )
    if name == "dev":
        run([uv, "pip", "install", *target, "--no-deps", "--no-build-isolation", "-e", ROOT], "installing the project")
    (folder / ".logrouter-stamp").write_text(wanted_stamp(name))
    say("%s: ready after %.0f s" % (folder.relative_to(ROOT), time.monotonic() - started))


def wanted_stamp(name: str) -> str:
    """Hash what an environment is made from."""
    content = hashlib.sha256((ROOT / "locks" / (name + ".txt")).read_bytes())
    if name == "dev":
        content.update((ROOT / "pyproject.toml").read_bytes())
        content.update(str(ROOT).encode())
    return content.hexdigest() + "\n"


def find_python(uv: str) -> str:
    """Return a Python 3.13 that really runs, or let uv fetch one into `.tools/python`."""
    for candidate in python_candidates():
        found = probe(candidate)
        if found and tuple(found[0][:2]) == WANTED:
            say("Python %s at %s" % (".".join(map(str, found[0])), found[1]))
            return str(found[1])
    say("no Python 3.13 on PATH or under pyenv: letting uv fetch one into .tools/python")
    environment = {"UV_PYTHON_INSTALL_DIR": str(TOOLS / "python")}
    run(
        [uv, "python", "install", "--quiet", "--no-bin", "3.13"],
        "fetching Python 3.13 with uv",
        environment,
        "Install Python 3.13 yourself (pyenv install 3.13, or your system's package) and run this again.",
    )
    for fetched in glob.glob(str(TOOLS / "python" / "*" / "bin" / "python3.13")):
        if version_of(fetched):
            return fetched
    raise BootstrapError("uv fetched no usable Python 3.13. Install one (pyenv install 3.13) and run this again.")


def python_candidates() -> Iterator[str]:
    """Name every place a Python 3.13 may be; a pyenv shim may be there and still not run, so each is tried."""
    yield sys.executable
    on_path = shutil.which("python3.13")
    if on_path:
        yield on_path
    roots = [os.environ.get("PYENV_ROOT", ""), os.path.expanduser("~/.pyenv")]
    for root in filter(None, roots):
        for found in sorted(glob.glob(os.path.join(root, "versions", "3.13*", "bin", "python3.13")), reverse=True):
            yield found
    for found in glob.glob(str(TOOLS / "python" / "*" / "bin" / "python3.13")):
        yield found


def find_uv() -> str:
    """Return a uv that runs: from PATH, from `.tools/uv`, else install the pinned one there with pip."""
    own = TOOLS / "uv" / "bin" / "uv"
    for candidate in (shutil.which("uv"), str(own)):
        if candidate and runs([candidate, "--version"]):
            return candidate
    say("uv: not on PATH, installing %s into .tools/uv" % UV_VERSION)
    errors = []
    for python in dict.fromkeys([sys.executable, *python_candidates(), shutil.which("python3") or sys.executable]):
        arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
        done = subprocess.run(
            [python, *arguments, "--target", str(TOOLS / "uv"), "uv==" + UV_VERSION],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        if done.returncode == 0 and runs([str(own), "--version"]):
            return str(own)
        errors.append(done.stdout.strip().splitlines()[-1] if done.stdout.strip() else "exit %d" % done.returncode)
    raise BootstrapError(
        "uv is not on PATH and could not be installed with pip (%s).\n"
        "  Install uv by your system's way, or make pip reach its package index, and run this again." % errors[0]
    )


def probe(python: str) -> list | None:
    """Run an interpreter; return its version and its base executable, None when it does not run."""
    try:
        done = subprocess.run(
            [python, "-c", PROBE], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20
        )
        return json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None


def version_of(python: str) -> tuple | None:
    """Return the version of an interpreter as a tuple, None when it does not run."""
    found = probe(python) if os.path.exists(python) else None
    return tuple(found[0]) if found else None


def python_in(folder: Path) -> str:
    """Name the interpreter of a virtual environment."""
    return str(folder / "bin" / "python")


def runs(command: Sequence[str]) -> bool:
    """Tell whether a command ends well."""
    try:
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def run(command: Sequence[object], what: str, environment: dict | None = None, advice: str = "") -> None:
    """Run one step; on failure raise with its output and an advice."""
    clean = {key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")}
    done = subprocess.run(
        list(map(str, command)),
        check=False,
        cwd=str(ROOT),
        env={**clean, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
    )
    if done.returncode:
        output = "\n".join("    " + line for line in done.stdout.strip().splitlines()[-15:])
        raise BootstrapError("%s failed (exit %d)\n%s\n%s" % (what, done.returncode, output, advice))


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold a lock, so that two `make` at once do not build the same environment twice."""
    TOOLS.mkdir(exist_ok=True)
    with open(str(TOOLS / ".bootstrap.lock"), "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another bootstrap is at work, waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Print one progress line at once."""
    print("bootstrap: " + text, flush=True)


if __name__ == "__main__":
    sys.exit(main())
