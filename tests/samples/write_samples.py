"""Write the sample logs of tests/samples/ by running the programs beside this file, on a machine with the runtimes.

    python tests/samples/write_samples.py --loggers <python with the loggers> --node-modules <folder>

`--loggers` names a Python that has structlog, loguru, python-json-logger, aws-lambda-powertools and awslambdaric;
`--node-modules` a folder with pino, winston, @nestjs/common, @aws-lambda-powertools/logger and aws-lambda-ric. A runtime that is missing
is skipped; its samples stay as they are. The programs run in /var/task, so that paths are those of a Lambda function.
"""

import argparse
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
TASK = Path("/var/task")
PYTHONS = ("3.9", "3.11", "3.13")
HOME_PYTHON = re.compile(r"/[^\s\"]*/versions/3\.(\d+)\.\d+/lib/")

KINDS = {
    "python": "simple no_message multi_line_message cause context three repeated syntax library multi_line_source"
    " notes group nested_group",
    "node": "uncaught printed prefixed stack cause async_frames rejection rejected_value aggregate internal evaluated"
    " anonymous method multi_line_message syntax",
    "java": "uncaught printed cause deep suppressed lambda native multi_line no_message thread collection",
    "go": "error_value nil_pointer divide index text again goroutine deadlock stack",
    "ruby": "simple cause library block multi_line no_method",
    "rust": "message divide unwrap thread backtrace",
    "php": "uncaught cause closure fatal logged",
}
PYTHON_LOGGERS = (
    "bracketed basic asctime dashed with_place json_logger json_logger_renamed structlog_text structlog_dicts"
    " structlog_console structlog_logfmt loguru_json loguru_text powertools"
)
NODE_LOGGERS = "pino pino_http pino_named_levels winston winston_simple nest_json nest_text powertools"
PHP = ["php", "-d", "display_errors=0", "-d", "log_errors=1", "-d", "error_log=/dev/stderr"]


def main() -> None:
    """Run every program whose runtime is there and write what it printed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loggers")
    parser.add_argument("--node-modules", type=Path)
    options = parser.parse_args()
    TASK.mkdir(parents=True, exist_ok=True)
    for program in (HERE / "programs").iterdir():
        shutil.copy(program, TASK)
    write_traces()
    write_logs(options.loggers, options.node_modules)


def write_traces() -> None:
    """Write tests/samples/traces/<language>/<kind>.txt."""
    for version in PYTHONS:
        if python := find_python(version):
            for kind in KINDS["python"].split():
                if version != "3.9" or kind not in {"notes", "group", "nested_group"}:
                    write(f"traces/python/{kind}-{version}.txt", [python, "failing.py", kind])
    with tempfile.TemporaryDirectory() as built:
        if shutil.which("javac"):
            subprocess.run(["javac", "-d", built, "Failing.java"], cwd=TASK, check=True)
        if shutil.which("go"):
            subprocess.run(["go", "build", "-o", f"{built}/failing", "failing.go"], cwd=TASK, check=True)
        if shutil.which("rustc"):
            subprocess.run(["rustc", "-g", "-o", f"{built}/failing-rust", "failing.rs"], cwd=TASK, check=True)
        commands = {
            "node": ["node", "failing.js"],
            "java": ["java", "-cp", built, "Failing"],
            "go": [f"{built}/failing"],
            "ruby": ["ruby", "failing.rb"],
            "rust": [f"{built}/failing-rust"],
            "php": [*PHP, "failing.php"],
        }
        for language, command in commands.items():
            if shutil.which(command[0]):
                for kind in KINDS[language].split():
                    write(f"traces/{language}/{kind}.txt", [*command, kind])


def write_logs(python: str | None, node_modules: Path | None) -> None:
    """Write tests/samples/logs/<logger>.txt."""
    if python:
        for kind in PYTHON_LOGGERS.split():
            write(f"logs/python-{kind}.txt", [python, "loggers.py", kind])
        for kind in ("logged", "uncaught"):
            write(f"logs/lambda-python-{kind}.txt", [python, "lambda_runtime.py", kind])
            write(
                f"logs/lambda-python-{kind}-json.txt", [python, "lambda_runtime.py", kind], AWS_LAMBDA_LOG_FORMAT="JSON"
            )
    if node_modules:
        (TASK / "node_modules").unlink(missing_ok=True)
        (TASK / "node_modules").symlink_to(node_modules)
        for kind in NODE_LOGGERS.split():
            write(f"logs/node-{kind}.txt", ["node", "loggers.js", kind])
        if (node_modules / "aws-lambda-ric").exists():
            write("logs/lambda-node.txt", ["node", "lambda_runtime.mjs"])
            write("logs/lambda-node-json.txt", ["node", "lambda_runtime.mjs"], AWS_LAMBDA_LOG_FORMAT="JSON")
    if shutil.which("java"):
        write("logs/java-util-logging.txt", ["java", "Loggers.java"])
    if shutil.which("go"):
        with tempfile.TemporaryDirectory() as built:
            subprocess.run(["go", "build", "-o", f"{built}/loggers", "loggers.go"], cwd=TASK, check=True)
            write("logs/go-log.txt", [f"{built}/loggers"])
    if shutil.which("ruby"):
        write("logs/ruby-logger.txt", ["ruby", "loggers.rb"])


def find_python(version: str) -> str | None:
    """Find an interpreter on the path or among pyenv's."""
    found = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    return str(found[-1]) if found else shutil.which(f"python{version}")


def write(name: str, command: list[str], **environment: str) -> None:
    """Run a command and write what it printed, the machine's own paths replaced by Lambda's."""
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    result = subprocess.run(
        command,
        cwd=TASK,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env={**os.environ, "TZ": "UTC", "LANG": "C.UTF-8", **environment},
    )
    path.write_bytes(HOME_PYTHON.sub(r"/var/lang/lib/", result.stdout.decode()).encode())


if __name__ == "__main__":
    main()
