"""Build the real template with sam for this machine's architecture, and deploy it to the embedded AWS."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from logrouter_local.places import BUILD, REGION, ROOT, Ports, architecture, aws_environment, clean_environment
from logrouter_local.supervisor import StackError

STACK_NAME = "logrouter-local"
ARTIFACTS_BUCKET = "artifacts"
LAST_LINES = 25
REASON_LINES = 8
"""`sam deploy` breaks the reason over so many lines; the roll-back that follows is far longer."""

QUIET = {"SAM_CLI_TELEMETRY": "0"}


def build() -> None:
    """Run `sam build` and compile the bytecode, which `sam build` leaves out and cold starts are slow without."""
    environment = os.environ | QUIET
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    command = [_sam(), "build", "--parameter-overrides", f"Architecture={architecture()}"]
    _run(command, environment, "sam build")
    compiling = ["-m", "compileall", "-q", "-j", "2", "--invalidation-mode", "unchecked-hash", str(BUILD)]
    _run([sys.executable, *compiling], environment, "compiling the bytecode")


def deploy(ports: Ports, parameters: Mapping[str, str]) -> None:
    """Run `sam deploy` of the built template against the embedded AWS, and never against another."""
    overrides = [f"{name}={value}" for name, value in {"Architecture": architecture(), **parameters}.items()]
    command = [
        _sam(),
        "deploy",
        "--template-file",
        str(BUILD / "template.yaml"),
        "--stack-name",
        STACK_NAME,
        "--region",
        REGION,
        "--no-resolve-s3",
        "--s3-bucket",
        ARTIFACTS_BUCKET,
        "--capabilities",
        "CAPABILITY_IAM",
        "CAPABILITY_AUTO_EXPAND",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
        "--parameter-overrides",
        *overrides,
    ]
    _run(command, clean_environment(**aws_environment(ports), **QUIET), "sam deploy")


def _sam() -> str:
    return str(Path(sys.executable).parent / "sam")


def _run(command: list[str], environment: Mapping[str, str], what: str) -> None:
    done = subprocess.run(command, check=False, cwd=ROOT, env=dict(environment), capture_output=True, text=True)
    if done.returncode:
        told = "\n".join(f"    {line}" for line in telling_lines((done.stdout + done.stderr).strip().splitlines()))
        raise StackError(f"{what} failed (exit {done.returncode}):\n{told}")


def telling_lines(lines: Sequence[str]) -> list[str]:
    """Return the last lines of a program that failed, behind the first resource that could not be made."""
    last = max(0, len(lines) - LAST_LINES)
    failed = next((at for at, line in enumerate(lines[:last]) if "_FAILED" in line), None)
    return [*(lines[failed : failed + REASON_LINES] if failed is not None else []), *lines[last:]]
