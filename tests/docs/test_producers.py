"""docs/producers.md shows code that runs and lines that lose nothing."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from logrouter_cli.lint import examine
from logrouter_cli.log_format import FIELDS, violations

TEXT = (Path(__file__).parents[2] / "docs" / "producers.md").read_text("utf-8")
RUNNING = re.findall(r"<!-- run(: its output is log lines)? -->\n```python\n(.*?)```", TEXT, re.DOTALL)
LINES = re.findall(r"<!-- log line -->\n```json\n(.*?)```", TEXT, re.DOTALL)


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_guide_shows_what_this_test_looks_for():
    """Neither list is empty by mistake."""
    assert (len(RUNNING), len(LINES)) == (4, 3)


@pytest.mark.parametrize("code", [code for shows_lines, code in RUNNING if shows_lines])
def test_shown_loggers_write_lines_that_lose_nothing(code):
    """Each Python logger of the guide runs, and nothing is lost of the lines it writes."""
    written = run(code)

    assert written
    assert [finding for line in written for finding in examine(line) if finding.is_loss] == []


@pytest.mark.parametrize("line", LINES)
def test_shown_lines_are_canonical(line):
    """Each line of the guide conforms to the schema and gives nothing to say."""
    assert violations(json.loads(line)) == []
    assert [finding for finding in examine(line.strip()) if finding.is_loss] == []


def test_shown_python_runs():
    """The other Python snippets run too; the counters write one line of embedded metrics."""
    outputs = [run(code) for shows_lines, code in RUNNING if not shows_lines]

    (line,) = [line for output in outputs for line in output]
    assert json.loads(line)["EventsProcessed"] == 1000


@pytest.mark.parametrize(("given", "kept"), [(b"7f3c9a52", True), (b"", False), (b"a b\n", False), (b"x" * 200, False)])
def test_the_request_id_middleware_takes_plain_ids_only(given, kept):
    """The ASGI middleware keeps a plain id, replaces any other, and returns the one it logs."""
    (code,) = [code for _, code in RUNNING if "class RequestId" in code]
    names = {}
    exec(code, names)
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200})
        sent.append(names["request_id"].get())

    async def send(message):
        sent.append(dict(message["headers"])[b"x-request-id"].decode())

    asyncio.run(names["RequestId"](app)({"type": "http", "headers": [(b"x-request-id", given)]}, None, send))

    assert sent[0] == sent[1]
    assert (sent[0] == given.decode()) is kept


def test_every_field_of_the_format_is_in_the_table():
    """The table of the guide names every field that arrives in the record."""
    assert [name for name in FIELDS if f"`{name}`" not in TEXT] == []
