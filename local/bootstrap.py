"""Make the environments this project runs in: `python3 local/bootstrap.py [dev] [ministack] [bugsink] [checkov]`.

`python3 local/bootstrap.py uv ...` runs the project's uv with the arguments given.

Standard library only: this file runs before anything is installed, on any Python from 3.11 on. It finds Python 3.13
(or lets uv fetch one), finds uv (or installs a pinned one under `.tools`), and makes `.venv` and the environments
under `.tools` equal to their lock files, by hash. What is already in place is left alone.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

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
PROBE = """import json, sys
print(json.dumps([list(sys.version_info[:3]), getattr(sys, "_base_executable", sys.executable)]))"""


class BootstrapError(Exception):
    """The environments cannot be made; the message says what to do about it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the named environments (default: dev); return the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["uv"]:
        return run_uv(given[1:])
    parser = argparse.ArgumentParser(prog="bootstrap.py", description="Make the environments of this project.")
    parser.add_argument("environments", nargs="*", metavar="|".join(ENVIRONMENTS), help="default: dev")
    names = parser.parse_args(given).environments or ["dev"]
    unknown = [name for name in names if name not in ENVIRONMENTS]
    if unknown:
        parser.error(f"unknown environment {unknown[0]}; known are {', '.join(ENVIRONMENTS)}")
    try:
        wanting = [name for name in names if not is_ready(name)]
        if wanting:
            with only_one_at_a_time():
                for name in wanting:
                    make(name)
    except BootstrapError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    return 0


def run_uv(arguments: Sequence[str]) -> int:
    """Run the uv that this project uses."""
    try:
        return subprocess.run([find_uv(), *arguments], check=False).returncode
    except BootstrapError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1


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
    lock = ROOT / "locks" / f"{name}.txt"
    uv = find_uv()
    started = time.monotonic()
    say(f"{folder.relative_to(ROOT)}: {purpose}")
    found = version_of(python_in(folder))
    if found is None or found[:2] != WANTED:
        run([uv, "venv", "--no-progress", "--clear", "--python", find_python(uv), folder], f"making {folder.name}")
    target = ["--no-progress", "--python", python_in(folder)]
    run(
        [uv, "pip", "sync", *target, "--require-hashes", "--compile-bytecode", lock],
        f"installing {lock.relative_to(ROOT)}",
        advice="The first time downloads: the package index that pip and uv are configured for must be reachable.",
    )
    if name == "dev":
        run([uv, "pip", "install", *target, "--no-deps", "--no-build-isolation", "-e", ROOT], "installing the project")
    (folder / ".logrouter-stamp").write_text(wanted_stamp(name))
    say(f"{folder.relative_to(ROOT)}: ready after {time.monotonic() - started:.0f} s")


def wanted_stamp(name: str) -> str:
    """Hash what an environment is made from."""
    lock = ROOT / "locks" / f"{name}.txt"
    if not lock.exists():
        raise BootstrapError(f"{lock.relative_to(ROOT)} is missing; is this a whole checkout?")
    content = hashlib.sha256(lock.read_bytes())
    if name == "dev":
        content.update((ROOT / "pyproject.toml").read_bytes())
        content.update(str(ROOT).encode())
    return content.hexdigest() + "\n"


def find_python(uv: str) -> str:
    """Return a Python 3.13 that really runs, or let uv fetch one into `.tools/python`."""
    for candidate in python_candidates():
        found = probe(candidate)
        if found and tuple(found[0])[:2] == WANTED:
            say(f"Python {'.'.join(map(str, found[0]))} at {found[1]}")
            return found[1]
    say("no Python 3.13 on PATH or under pyenv: letting uv fetch one into .tools/python")
    run(
        [uv, "python", "install", "--no-progress", "--no-bin", "3.13"],
        "fetching Python 3.13 with uv",
        {"UV_PYTHON_INSTALL_DIR": str(TOOLS / "python")},
        "Install Python 3.13 yourself (pyenv install 3.13, or your system's package) and run this again.",
    )
    for fetched in TOOLS.glob("python/*/bin/python3.13"):
        if version_of(fetched):
            return str(fetched)
    raise BootstrapError("uv fetched no usable Python 3.13. Install one (pyenv install 3.13) and run this again.")


def python_candidates() -> Iterator[str]:
    """Name every place a Python 3.13 may be; a pyenv shim may be there and still not run, so each is tried."""
    yield sys.executable
    on_path = shutil.which("python3.13")
    if on_path:
        yield on_path
    for root in filter(None, [os.environ.get("PYENV_ROOT"), "~/.pyenv"]):
        yield from map(str, sorted(Path(root).expanduser().glob("versions/3.13*/bin/python3.13"), reverse=True))
    yield from map(str, TOOLS.glob("python/*/bin/python3.13"))


def find_uv() -> str:
    """Return a uv that runs: from PATH, from `.tools/uv`, else install the pinned one there with pip."""
    own = TOOLS / "uv" / "bin" / "uv"
    for candidate in (shutil.which("uv"), str(own)):
        if candidate and runs([candidate, "--version"]):
            return candidate
    say(f"uv: not on PATH, installing {UV_VERSION} into .tools/uv")
    errors = []
    for python in dict.fromkeys([sys.executable, *python_candidates(), shutil.which("python3") or sys.executable]):
        if not probe(python):
            continue
        arguments = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]
        done = subprocess.run(
            [python, *arguments, "--target", str(TOOLS / "uv"), f"uv=={UV_VERSION}"],
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if done.returncode == 0 and runs([str(own), "--version"]):
            return str(own)
        errors += done.stdout.strip().splitlines()[-1:] or [f"exit {done.returncode}"]
    raise BootstrapError(
        f"uv is not on PATH and could not be installed with pip ({errors[0]}).\n"
        "  Install uv by your system's way, or make pip reach its package index, and run this again."
    )


def probe(python: str) -> tuple[list[int], str] | None:
    """Run an interpreter; return its version and its base executable, None when it does not run."""
    try:
        done = subprocess.run(
            [python, "-c", PROBE], check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20
        )
        version, executable = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return None
    return version, executable


def version_of(python: Path) -> tuple[int, ...] | None:
    """Return the version of an interpreter, None when it does not run."""
    found = probe(str(python)) if python.exists() else None
    return tuple(found[0]) if found else None


def python_in(folder: Path) -> Path:
    """Name the interpreter of a virtual environment."""
    return folder / "bin" / "python"


def runs(command: Sequence[str]) -> bool:
    """Tell whether a command ends well."""
    try:
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def run(command: Sequence[object], what: str, environment: Mapping[str, str] | None = None, advice: str = "") -> None:
    """Run one step; on failure raise with its output and an advice."""
    clean = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME"}}
    done = subprocess.run(
        list(map(str, command)),
        check=False,
        cwd=ROOT,
        env={**clean, **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        output = "\n".join(f"    {line}" for line in done.stdout.strip().splitlines()[-15:])
        raise BootstrapError(f"{what} failed (exit {done.returncode})\n{output}\n  {advice}".rstrip())


@contextmanager
def only_one_at_a_time() -> Iterator[None]:
    """Hold a lock, so that two `make` at once do not build the same environment twice."""
    TOOLS.mkdir(exist_ok=True)
    with (TOOLS / ".bootstrap.lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            say("another bootstrap is at work, waiting for it")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def say(text: str) -> None:
    """Print one progress line at once."""
    print(f"bootstrap: {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
