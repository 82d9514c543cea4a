"""Write the samples of this folder by running the programs beside this file, on a machine that has the runtimes.

    python tests/samples/write_samples.py [--only <part of a name>] [--use <name>=<path>]...

What is not found is left out, its samples stay as they are; `versions.json` says which runtime and which packages wrote
each sample, and when. `--use` names what no package of a distribution brings:

- `python-loggers`: a Python with structlog, loguru, python-json-logger, aws-lambda-powertools, awslambdaric, and the
  others that `sample_catalogue` names, Flask, FastAPI, Django and Celery among them;
- `node-modules`: a folder with the packages of npm that the catalogue names;
- `java-new`, `go-new`: the `java` and `go` of newer versions; `log4j2`: a folder with Log4j's jars;
- `dotnet`: the root of a .NET SDK, `dotnet-ssl`: a folder with the OpenSSL it wants, where the distribution has a newer
  one; `serilog`: a folder with Serilog's assemblies.

The programs run in /var/task, and the machine's own paths are replaced, so that a sample looks as in production.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

from sample_catalogue import LOGS, TRACES, Group
from sample_runtimes import TASK, Runtime, find_runtimes, version_of

HERE = Path(__file__).parent
VERSIONS = HERE / "versions.json"
SERVER = "http://127.0.0.1:18480"
TIMEOUT_SECONDS = 60


def main() -> None:
    """Run every program whose runtime is there and write what it printed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="write samples with this in their name")
    parser.add_argument("--use", action="append", default=[], metavar="NAME=PATH")
    options = parser.parse_args()
    used = {name: Path(path) for name, _, path in (each.partition("=") for each in options.use)}
    TASK.mkdir(parents=True, exist_ok=True)
    shutil.copytree(HERE / "programs", TASK, dirs_exist_ok=True)
    with tempfile.TemporaryDirectory() as built:
        wanted = [
            (group, kind, name) for group in (*TRACES, *LOGS) for kind, name in names_of(group) if options.only in name
        ]
        runtimes = find_runtimes({group.runtime for group, _, _ in wanted}, used, Path(built))
        for group, kind, name in wanted:
            write(name, kind, group, runtimes.get(group.runtime), used)


def names_of(group: Group) -> Iterator[tuple[str, str]]:
    """Return the kinds of a group with the names of their samples."""
    return ((kind, group.sample.format(kind=kind)) for kind in group.kinds.split())


def write(name: str, kind: str, group: Group, runtime: Runtime | None, used: Mapping[str, Path]) -> None:
    """Run the program for one sample and write what it printed, and what it was written by."""
    if runtime is None:
        print(f"{name}: no {group.runtime}", file=sys.stderr)
        return
    command = [*runtime.command, *(argument.format(kind=kind) for argument in group.arguments)]
    environment = {**os.environ, "TZ": "UTC", "LANG": "C.UTF-8", **runtime.env, **group.environment}
    environment.pop("RUST_BACKTRACE", None) if "RUST_BACKTRACE" not in group.environment else None
    printed = serve(command, environment, group.asks) if group.asks else run(command, environment)
    text = printed.decode()
    for path, stands_for in sorted(runtime.hide.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(path, stands_for)
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    packages = group.packages.get(kind) or group.packages.get(kind.partition("_")[0]) or group.packages.get("*", "")
    kind_of_package, _, names = packages.partition(":")
    said = [version_of(f"{kind_of_package}:{each}", used) for each in names.split()]
    note(name, ", ".join([*said, runtime.says]))


def run(command: list[str], environment: Mapping[str, str]) -> bytes:
    """Return all that a program prints until it ends, or for a minute."""
    process = subprocess.Popen(command, cwd=TASK, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    try:
        return process.communicate(timeout=TIMEOUT_SECONDS)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]


def serve(command: list[str], environment: Mapping[str, str], asks: tuple[str, ...]) -> bytes:
    """Return what a server prints while it is asked for some paths."""
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(command, cwd=TASK, stdout=printed, stderr=subprocess.STDOUT, env=environment)
        try:
            for _ in range(100):
                if ask("GET /") or process.poll() is not None:
                    break
                time.sleep(0.2)
            for each in asks:
                ask(each)
            time.sleep(1)
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
        printed.seek(0)
        return printed.read()


def ask(asked: str) -> bool:
    """Ask the server for `GET /path`; return whether it answered."""
    method, _, path = asked.partition(" ")
    try:
        urllib.request.urlopen(urllib.request.Request(f"{SERVER}{path}", method=method), timeout=10).close()
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def note(name: str, says: str) -> None:
    """Note in `versions.json` what wrote a sample, and when (epoch milliseconds)."""
    versions = json.loads(VERSIONS.read_text()) if VERSIONS.exists() else {}
    versions[name] = {"at_ms": int(time.time() * 1000), "written_by": says}
    VERSIONS.write_text(json.dumps(dict(sorted(versions.items())), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
