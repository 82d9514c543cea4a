"""Read what the commands work on: files or stdin, as text lines or as Lambda events. Errors quote no content."""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from logrouter.model import Json
from logrouter_cli.command import CommandError

STDIN = "-"

CHUNK_EVENTS = 1_000
"""Log events of one payload made from lines."""
CHUNK_BYTES = 1_000_000
"""Bytes of messages of one payload made from lines: about what CloudWatch Logs puts into one."""

EVENT_KEYS = frozenset({"awslogs", "Records", "messageType", "requestPayload"})
"""Top-level keys that tell a Lambda event (or a stored one) from a file of log lines."""


def read_text(path: str) -> str:
    """Return a file, or stdin for `-`, as text; bytes that are no UTF-8 become U+FFFD, as CloudWatch Logs does."""
    if path == STDIN:
        return sys.stdin.buffer.read().decode("utf-8", "replace")
    return Path(path).read_text("utf-8", "replace")


def read_lines(path: str) -> Iterator[str]:
    r"""Return the lines of a file, or of stdin for `-`, one by one and without their `\n` or `\r\n`."""
    if path == STDIN:
        yield from (_bare(line) for line in sys.stdin.buffer)
        return
    with Path(path).open("rb") as file:
        yield from (_bare(line) for line in file)


def read_json(path: str) -> Json:
    """Return a file, or stdin for `-`, as JSON; raise `CommandError` with line and column when it is none."""
    try:
        return json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise CommandError(f"{path} is not JSON: {error.msg} at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise CommandError(f"{path} is nested too deeply") from None


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """Declare where plain lines are said to come from."""
    group = parser.add_argument_group("plain lines", "where lines that are no event are said to come from")
    group.add_argument("--group", help="log group, such as /aws/ecs/orders/application")
    group.add_argument("--stream", default="logrouter-cli", help="log stream (default: %(default)s)")
    group.add_argument("--account", default="123456789012", help="account id (default: %(default)s)")
    group.add_argument(
        "--at", type=moment, help="time of the first line, ISO 8601 or epoch milliseconds; each next one is 1 ms later"
    )


def moment(text: str) -> int:
    """Read ISO 8601 or epoch milliseconds as epoch milliseconds; a time without a zone is UTC."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("neither ISO 8601 nor epoch milliseconds") from None
    return round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)


def read_events(path: str, options: argparse.Namespace) -> list[Json]:
    """Return the Lambda events that a file holds, or makes: an event as it is, log lines as subscription documents."""
    text = read_text(path)
    event = event_of(text)
    if event is not None:
        return [event]
    if not text.strip():
        raise CommandError(f"{'stdin' if path == STDIN else path} is empty")
    if not options.group:
        raise CommandError(f"{path} holds log lines, so --group must say of which log group they are")
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return list(documents((line for line in lines if line.strip()), options))


def event_of(text: str) -> Json | None:
    """Return the event that a text is as a whole, None when it is something else (log lines)."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return event if EVENT_KEYS & event.keys() else None


def documents(lines: Iterable[str], options: argparse.Namespace) -> Iterator[Json]:
    """Return subscription documents of plain lines, as many as their number and size ask for."""
    at_ms = options.at if options.at is not None else int(datetime.now(UTC).timestamp() * 1000)
    chunk: list[Json] = []
    size = 0
    for index, line in enumerate(lines):
        length = len(line.encode("utf-8", "replace"))
        if chunk and (len(chunk) == CHUNK_EVENTS or size + length > CHUNK_BYTES):
            yield document(chunk, options)
            chunk, size = [], 0
        identity = event_id(options.account, options.group, options.stream, str(at_ms), str(index), line)
        chunk.append({"id": identity, "timestamp": at_ms + index, "message": line})
        size += length
    yield document(chunk, options)


def document(events: Sequence[Json], options: argparse.Namespace) -> dict[str, Json]:
    """Return one subscription document, as CloudWatch Logs sends them."""
    return {
        "messageType": "DATA_MESSAGE",
        "owner": options.account,
        "logGroup": options.group,
        "logStream": options.stream,
        "subscriptionFilters": ["logrouter-cli"],
        "logEvents": list(events),
    }


def event_id(*parts: str) -> str:
    """Return an id in CloudWatch's form (56 digits) that depends on nothing but the parts."""
    return f"39{int(hashlib.sha256('\n'.join(parts).encode('utf-8', 'replace')).hexdigest(), 16):078d}"[:56]


def _bare(line: bytes) -> str:
    return line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def moment_text(epoch_ms: int) -> str:
    """Write epoch milliseconds as ISO 8601 in UTC."""
    return f"{datetime.fromtimestamp(epoch_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{epoch_ms % 1000:03d}Z"
