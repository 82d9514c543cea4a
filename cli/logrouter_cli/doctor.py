"""`logrouter doctor`: check what this machine and its environment variables are ready for. Prints no values."""

import argparse
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from logrouter.adapters.secret_source import Secret
from logrouter.destinations.registry import destination_of
from logrouter.errors import LogrouterError, SecretError, SettingsError
from logrouter.settings import ForwardErrorsSettings, NotifySettings, Settings, TraceLlmSettings
from logrouter_cli.check import Check, ask
from logrouter_cli.command import Command
from logrouter_cli.langfuse_doctor import langfuse_checks
from logrouter_cli.policy.faults import ready

WANTED_PYTHON: Final = (3, 13)
LONGEST_S: Final = 300

FAST: Final = {"re2": "masking", "orjson": "JSON", "isal": "gzip"}
"""Compiled packages by import name, and what they make fast."""

TOOLS: Final = {"sam": "build and deploy", "docker": "sam local invoke"}
"""Programs, and the commands that need them."""

ENGINE: Final = ("docker", "version", "--format", "{{.Server.Version}}")
"""Fails when no engine answers; the program alone is of no use."""

ENDPOINTS: Final = {"SENTRY_DSN": "Sentry", "LANGFUSE_HOST": "Langfuse", "SLACK_WEBHOOK_URL": "Slack"}
"""Variables that hold an address, and whose it is."""

SECRETS: Final[Mapping[str, Mapping[str, str]]] = {
    "sentry": {"dsn": "SENTRY_DSN"},
    "langfuse": {
        "host": "LANGFUSE_HOST",
        "public_key": "LANGFUSE_PUBLIC_KEY",
        "secret_key": "LANGFUSE_SECRET_KEY",
    },
    "slack": {"webhook_url": "SLACK_WEBHOOK_URL"},
}
"""Destination to its secret's fields and the variables that stand for them in local runs."""

LOCAL: Final[Mapping[str, type[Settings]]] = {
    "forward_errors": ForwardErrorsSettings,
    "trace_llm": TraceLlmSettings,
    "notify": NotifySettings,
}
"""Functions that can run in a bare process."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "--function", choices=LOCAL, action="append", help="also check the settings of a function; may be repeated"
    )
    parser.add_argument("--policy", type=Path, metavar="FILE", help="also check a policy document")
    parser.add_argument("--offline", action="store_true", help="open no connection")
    parser.add_argument(
        "--send",
        action="store_true",
        help="send a test trace to Langfuse, in an environment of its own, and read it back",
    )
    parser.add_argument(
        "--wait",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="for the test trace to be shown (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout", type=_seconds, default=3.0, metavar="SECONDS", help="for each connection (default: %(default)s)"
    )


def run(options: argparse.Namespace) -> int:
    """Write the answers; 1 when something is bad."""
    checks = list(_checks(options))
    for check in checks:
        print(f"{check.result:4}  {check.what:16}  {check.says}")
    return 1 if any(check.result == "bad" for check in checks) else 0


def _checks(options: argparse.Namespace) -> Iterator[Check]:
    yield _python()
    yield from (_package(name, purpose) for name, purpose in FAST.items())
    yield from (_tool(name, purpose, options.timeout) for name, purpose in TOOLS.items())
    yield from (_settings(name) for name in options.function or ())
    if options.policy:
        yield _policy(options.policy)
    yield from (_secret(name) for name, fields in SECRETS.items() if all(map(os.environ.get, fields.values())))
    for variable, owner in ENDPOINTS.items():
        if os.environ.get(variable):
            yield _endpoint(variable, owner, None if options.offline else options.timeout)
    if not options.offline:
        yield from _langfuse(options)


def _langfuse(options: argparse.Namespace) -> Iterator[Check]:
    """Ask the Langfuse of the environment; its keys come from Secrets Manager where only the secret's name is there."""
    fields = {name: os.environ.get(variable) for name, variable in SECRETS["langfuse"].items()}
    arn = os.environ.get("LANGFUSE_SECRET_ARN")
    missing = [SECRETS["langfuse"][name] for name, value in fields.items() if not value]
    if not arn and missing:
        if options.send or len(missing) < len(fields):
            says = f"{' and '.join(missing)} missing, nothing is tried (or name the secret in LANGFUSE_SECRET_ARN)"
            yield Check("bad" if options.send else "note", "langfuse", says)
        return
    override = fields if all(fields.values()) else None
    try:
        secret = Secret(arn, bare="secret_key", override=override)()
    except SecretError as error:
        yield Check("bad", "langfuse", str(error))
        return
    yield from langfuse_checks(secret, options.timeout, options.wait if options.send else None)


def _python() -> Check:
    found = sys.version_info[:2]
    return Check("good" if found == WANTED_PYTHON else "bad", "python", f"{platform.python_version()}, 3.13 is wanted")


def _package(name: str, purpose: str) -> Check:
    if find_spec(name):
        return Check("good", name, f"is here: fast {purpose}")
    return Check("note", name, f"is missing: {purpose} works, but slowly")


def _tool(name: str, purpose: str, timeout_s: float) -> Check:
    if not shutil.which(name):
        return Check("note", name, f"is not on PATH: no {purpose}")
    if name == ENGINE[0] and not _answers(ENGINE, timeout_s):
        return Check("note", name, f"is on PATH, but no engine answers: no {purpose}; logrouter invoke needs none")
    return Check("good", name, f"is on PATH, for {purpose}")


def _answers(command: Sequence[str], timeout_s: float) -> bool:
    try:
        done = subprocess.run(command, check=False, capture_output=True, timeout=timeout_s)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_S:
        raise argparse.ArgumentTypeError(f"a number of seconds above 0, at most {LONGEST_S}")
    return seconds


def _settings(function: str) -> Check:
    try:
        LOCAL[function].load(os.environ)
    except SettingsError as error:
        return Check("bad", function, "; ".join(error.faults))
    return Check("good", function, "its settings are complete")


def _secret(destination: str) -> Check:
    secret = {field: os.environ[variable] for field, variable in SECRETS[destination].items()}
    try:
        destination_of(destination).targets(secret)
    except SecretError as error:
        return Check("bad", destination, str(error))
    return Check("good", destination, "its address and keys have the right form")


def _policy(path: Path) -> Check:
    try:
        version = ready(path.read_bytes())[0].version
    except (LogrouterError, OSError) as error:
        return Check("bad", "policy", str(error) if isinstance(error, LogrouterError) else type(error).__name__)
    return Check("good", "policy", f"is valid, version {version}")


def _endpoint(variable: str, owner: str, timeout_s: float | None) -> Check:
    where = _origin(os.environ[variable])
    if where is None:
        return Check("bad", variable, "is not an http(s) address")
    if timeout_s is None:
        return Check("note", variable, f"{owner} at {where}, not tried")
    failure = ask(f"{where}/", timeout_s).failure
    return Check("bad" if failure else "good", variable, f"{owner} at {where} {failure or 'answers'}")


def _origin(url: str) -> str | None:
    """Return scheme, host and port of an address, None when it has none. Keys and paths stay out."""
    try:
        address = urlsplit(url)
        usual = {"https": 443, "http": 80}[address.scheme]
        port = address.port or usual
    except (ValueError, KeyError):
        return None
    return f"{address.scheme}://{address.hostname}:{port}" if address.hostname else None


COMMAND = Command(
    name="doctor",
    summary="check interpreter, tools, settings and endpoints",
    describe=(
        "Check what this machine is ready for: interpreter, compiled packages, programs, the settings of functions\n"
        "for local runs, a policy document, and whether the endpoints in the environment answer. Asks a Langfuse for\n"
        "its version and time, tries its keys (LANGFUSE_HOST and keys, or LANGFUSE_SECRET_ARN), and with --send sends\n"
        "it a test trace and reads that back. Prints names and addresses, never keys.\n\n"
        "  logrouter doctor --offline\n"
        "  logrouter doctor --send\n"
        "  logrouter doctor --function forward_errors --policy policy.json\n\n"
        "Exit code 1 when something is bad."
    ),
    arguments=arguments,
    run=run,
)
