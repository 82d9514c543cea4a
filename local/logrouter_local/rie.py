"""Run a built function under the Runtime Interface Emulator: real Runtime API, timeout, layer and init, no Docker.

The function gets the packages of the managed runtime (boto3 and the runtime client) and its own, nothing else: what it
forgot to ship is missing here too. The emulator serves one invocation at a time, as one execution environment does.
"""

import argparse
import json
import os
import re
import shutil
import signal
import site
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Any, Self

from logrouter_local.built import BuiltError, BuiltFunction, built_functions, check_runs_here, read_overrides
from logrouter_local.places import BUILD, REGION, architecture

MANAGED = (
    "awslambdaric",
    "runtime_client.*.so",
    "snapshot_restore_py*",
    "simplejson",
    "boto3",
    "botocore",
    "s3transfer",
    "jmespath",
    "dateutil",
    "six.py",
    "urllib3",
)
"""What the managed runtime brings: its interface client, boto3, and what these need."""

INIT = re.compile(r"INIT REPORT\(durationMs: ([0-9.]+)")
REPORT = re.compile(r"REPORT RequestId: .*?\tDuration: ([0-9.]+) ms")
PLATFORM = re.compile(r"\(rapid\)|^(START|END|REPORT|INIT_START|INIT_REPORT) ", re.MULTILINE)
TIMED_OUT = re.compile(r"Task timed out after [0-9.]+ seconds")


class EmulatorError(Exception):
    """The emulator cannot run; the message says why."""


@dataclass(frozen=True)
class Invocation:
    """What came of one invocation.

    Args:
        result: what the handler returned, None when it failed.
        error: `errorType` and `errorMessage` when it failed, else None.
        logs: what the function wrote, without the emulator's own lines.
        duration_ms: as the emulator reports it; the init of a first invocation is counted in.
        init_ms: how long the import and the start of the runtime took; None when the environment was warm.
    """

    result: Any
    error: Mapping[str, str] | None
    logs: str
    duration_ms: float | None
    init_ms: float | None

    @property
    def timed_out(self) -> bool:
        """True when the emulator ended the invocation at the function's timeout."""
        return self.error is not None and self.error["errorType"] == "Sandbox.Timedout"


@dataclass
class Emulator:
    """One execution environment of one built function; use as a context manager.

    Args:
        variables: laid over the function's own variables; an empty value counts as absent for the settings.
        timeout_s: instead of the template's, for tests of timeouts.
    """

    function: BuiltFunction
    variables: Mapping[str, str] = field(default_factory=dict)
    timeout_s: int | None = None
    _process: subprocess.Popen[bytes] | None = None
    _port: int = 0
    _scratch: Path | None = None
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def __enter__(self) -> Self:
        """Start the emulator; the function's init runs with the first invocation, as the emulator has it."""
        self._scratch = Path(mkdtemp(prefix="logrouter-rie-"))
        self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Stop it and remove its files."""
        self._stop()
        if self._scratch:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def invoke(self, event: object) -> Invocation:
        """Invoke with a JSON event. A failing or timed-out function is a value, not an exception."""
        with self._one_at_a_time:
            if self._process is None or self._process.poll() is not None:
                self._stop()
                self._start()
            before = self._log.stat().st_size
            body = self._post(json.dumps(event).encode())
            time.sleep(0.05)  # the emulator writes its report line after the answer
            with self._log.open("rb") as log:
                log.seek(before)
                written = log.read().decode("utf-8", "replace")
            return read_invocation(body, written)

    def kill_runtime(self) -> None:
        """Kill what runs the function and nothing else, as the kernel does when memory runs out."""
        if self._process is None:
            return
        for task in Path(f"/proc/{self._process.pid}/task").glob("*/children"):
            with suppress(OSError):  # a thread of the emulator, or the runtime, may end while we look
                for pid in task.read_text().split():
                    os.kill(int(pid), signal.SIGKILL)

    @property
    def _log(self) -> Path:
        if self._scratch is None:
            raise EmulatorError("the emulator is not open")
        return self._scratch / "rie.log"

    def _post(self, payload: bytes) -> bytes:
        address = f"http://127.0.0.1:{self._port}/2015-03-31/functions/function/invocations"
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        limit = (self.timeout_s or self.function.timeout_s) + 30
        try:
            with opener.open(urllib.request.Request(address, data=payload), timeout=limit) as answer:
                return bytes(answer.read())
        except urllib.error.HTTPError as answer:  # a runtime that died comes back as 502
            return answer.read()
        except OSError as error:
            tail = self._log.read_text("utf-8", "replace")[-2000:]
            raise EmulatorError(f"the emulator of {self.function.name} gave no answer ({error}):\n{tail}") from None

    def _start(self) -> None:
        emulator = emulator_binary()
        self._port, runtime_port = free_port(), free_port()
        runtime = _managed_runtime(self._log.parent / "runtime")
        layers = [layer / "python" for layer in self.function.layers]
        timeout_s = str(self.timeout_s or self.function.timeout_s)
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "HOME": str(self._log.parent),
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            **{name: value for name, value in {**self.function.variables, **self.variables}.items() if value},
            "AWS_LAMBDA_FUNCTION_NAME": self.function.name,
            "AWS_LAMBDA_FUNCTION_TIMEOUT": timeout_s,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.function.memory_mb),
            "LAMBDA_TASK_ROOT": str(self.function.code),
            "_HANDLER": self.function.handler,
            "PYTHONPATH": os.pathsep.join(map(str, [self.function.code, *layers, runtime])),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        interpreter = getattr(sys, "_base_executable", sys.executable)
        listen = [
            "--runtime-interface-emulator-address",
            f"127.0.0.1:{self._port}",
            "--runtime-api-address",
            f"127.0.0.1:{runtime_port}",
            "--log-level",
            "info",
        ]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(emulator), *listen, interpreter, "-S", "-m", "awslambdaric", self.function.handler],
                cwd=self.function.code,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_listening()

    def _wait_until_listening(self) -> None:
        until = time.monotonic() + 10
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            if self._process is None or self._process.poll() is not None:
                break
            time.sleep(0.02)
        raise EmulatorError(f"the emulator did not start:\n{self._log.read_text('utf-8', 'replace')[-2000:]}")

    def _stop(self) -> None:
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None


def read_invocation(body: bytes, written: str) -> Invocation:
    """Tell success from failure by the body: the emulator answers 200 to everything.

    A body with `errorMessage` and `errorType` is a failure of the function; one that is no JSON is a timeout.
    """
    text = body.decode("utf-8", "replace")
    logs = "\n".join(line for line in written.splitlines() if not PLATFORM.search(line))
    init, report = INIT.search(written), REPORT.search(written)
    duration_ms = float(report[1]) if report else None
    init_ms = float(init[1]) if init else None
    timeout = TIMED_OUT.search(text)
    if timeout:
        error = {"errorType": "Sandbox.Timedout", "errorMessage": timeout[0]}
        return Invocation(None, error, logs, duration_ms, init_ms)
    try:
        document = json.loads(text)
    except ValueError:
        error = {"errorType": "Runtime.ExitError", "errorMessage": text[:200] or "the runtime ended without an answer"}
        return Invocation(None, error, logs, duration_ms, init_ms)
    if isinstance(document, dict) and "errorMessage" in document and "errorType" in document:
        error = {name: str(document[name]) for name in ("errorType", "errorMessage")}
        return Invocation(None, error, logs, duration_ms, init_ms)
    return Invocation(document, None, logs, duration_ms, init_ms)


def invoke_built(
    name: str, event: object, variables: Mapping[str, str] | None = None, *, build: Path = BUILD
) -> Invocation:
    """Run one invocation of a built function in a fresh environment.

    Raises:
        BuiltError: nothing was built, no such function, or it was built for another processor.
        EmulatorError: the emulator cannot run here.
    """
    functions = built_functions(build)
    if name not in functions:
        raise BuiltError(f"no function {name!r} in the built template; there are {', '.join(sorted(functions))}")
    check_runs_here(functions[name])
    with Emulator(functions[name], variables or {}) as emulator:
        return emulator.invoke(event)


def emulator_binary() -> Path:
    """Return the emulator that comes with the sam command, for this machine's architecture."""
    import samcli  # noqa: PLC0415 - only its place is wanted

    names = {"x86_64": "aws-lambda-rie-x86_64", "arm64": "aws-lambda-rie-arm64"}
    binary = Path(samcli.__file__).parent / "local" / "rapid" / names[architecture()]
    if sys.platform != "linux" or not binary.exists():
        raise EmulatorError(
            "the Runtime Interface Emulator runs on Linux only; use `sam local invoke` with Docker here"
        )
    return binary


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `logrouter invoke`: print the result as JSON, the function's log on stderr; 1 when the function failed."""
    parser = argparse.ArgumentParser(
        prog="logrouter invoke", description="Run a built function under the Runtime Interface Emulator."
    )
    parser.add_argument("function", help="logical id in the template, such as ForwardErrors")
    parser.add_argument("-e", "--event", type=Path, required=True, help="JSON file; - reads stdin")
    parser.add_argument("--env-vars", type=Path, help="JSON file as for sam local invoke")
    parser.add_argument("--build-dir", type=Path, default=BUILD, help="what sam build made")
    options = parser.parse_args(arguments)
    try:
        text = sys.stdin.read() if str(options.event) == "-" else options.event.read_text("utf-8")
        event = json.loads(text)
        variables = read_overrides(options.env_vars, options.function)
        done = invoke_built(options.function, event, variables, build=options.build_dir)
    except (BuiltError, EmulatorError) as error:
        print(f"logrouter invoke: {error}", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(
            f"logrouter invoke: {options.event} is not a readable JSON file ({type(error).__name__})", file=sys.stderr
        )
        return 2
    if done.logs:
        print(done.logs, file=sys.stderr)
    times = [f"init {done.init_ms:.0f} ms"] if done.init_ms is not None else []
    times += [f"duration {done.duration_ms:.0f} ms"] if done.duration_ms is not None else []
    print(f"{options.function}: {'failed' if done.error else 'ended well'} ({', '.join(times)})", file=sys.stderr)
    print(json.dumps(done.error or done.result, indent=2, ensure_ascii=False))
    return 1 if done.error else 0


def _managed_runtime(folder: Path) -> Path:
    if folder.exists():
        return folder
    folder.mkdir(parents=True)
    packages = Path(site.getsitepackages()[0])
    for pattern in MANAGED:
        for found in packages.glob(pattern):
            (folder / found.name).symlink_to(found)
    return folder


if __name__ == "__main__":
    sys.exit(main())
