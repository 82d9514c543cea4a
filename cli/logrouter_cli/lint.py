"""`logrouter lint`: hold log lines against the canonical format and say what would be lost of them.

The answer comes from the real way of a record: a line is masked and parsed as in the functions, and what does not
arrive in the canonical record is lost. Findings name lines, fields and rules, never values.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from logrouter.masking import Masker, default_masker
from logrouter.model import Json, Level, LlmCall, MaskedEvent, Origin, RawText, Record
from logrouter.policy.load import Policy, default_policy
from logrouter.policy.log_groups import service_of
from logrouter.stages.parse import parse
from logrouter.stages.recognise import recognise
from logrouter_cli.aws import add_aws_options, aws_of
from logrouter_cli.command import Command
from logrouter_cli.log_format import FIELDS, schema, violations
from logrouter_cli.policy.in_force import add_policy_options, policy_of
from logrouter_cli.reading.documents import add_group_option
from logrouter_cli.reading.files import read_lines

LINE_LIMIT_BYTES: Final = 1_048_576
"""CloudWatch Logs takes no larger log event (CloudWatch Logs quotas, checked 2026-11-20)."""

NO_TIME_MS: Final = 1
"""Time of the log event while linting: a record that still has it found no time in its line."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about a line.

    Args:
        field: name of the field, `line` when it is about the whole line.
        text: what is wrong and what follows from it.
        is_loss: something in the line, or something every line must say, does not arrive.
    """

    field: str
    text: str
    is_loss: bool


def _loss(field: str, text: str) -> Finding:
    return Finding(field, text, is_loss=True)


def _note(field: str, text: str) -> Finding:
    return Finding(field, text, is_loss=False)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help="log lines (default: stdin)")
    add_group_option(parser, "log group that the lines are written to")
    parser.add_argument("--quiet", action="store_true", help="show losses only, no notes")
    parser.add_argument("--strict", action="store_true", help="exit code 1 for notes too")
    parser.add_argument("--schema", action="store_true", help="write the JSON Schema of the format and stop")
    add_policy_options(parser)
    add_aws_options(parser)


def run(options: argparse.Namespace) -> int:
    """Write the findings; 1 when something is lost."""
    if options.schema:
        print(json.dumps(schema(), indent=2, ensure_ascii=False))
        return 0
    policy, masker = policy_of(options, aws_of(options))
    seen = losing = noted = 0
    for number, line in enumerate(read_lines(options.file), 1):
        if not line.strip():
            continue
        findings = list(examine(line, options.of_group or "", policy, masker))
        seen += 1
        losing += any(finding.is_loss for finding in findings)
        noted += any(not finding.is_loss for finding in findings)
        for finding in findings:
            if finding.is_loss or not options.quiet:
                word = "lost" if finding.is_loss else "note"
                print(f"{options.file}:{number}: {word}: {finding.field}: {finding.text}")
    print(f"{seen} lines: {losing} lose something, {noted} have notes", file=sys.stderr)
    return 1 if losing or (options.strict and noted) else 0


def examine(
    line: str, log_group: str = "", policy: Policy | None = None, masker: Masker | None = None
) -> Iterator[Finding]:
    """Yield what is to be said about one line, under the packaged policy where none is given."""
    size = len(line.encode("utf-8", "replace"))
    if size > LINE_LIMIT_BYTES:
        yield _loss("line", f"{size} bytes; CloudWatch Logs takes {LINE_LIMIT_BYTES}, the rest is cut off")
    document = _document(line)
    if document is None and line.lstrip().startswith("{"):
        yield _loss("line", "is not valid JSON (cut off?), so it is read as plain text")
    masked, hits = (masker or default_masker()).mask_text(RawText(line), service_of(log_group), log_group)
    origin = Origin("", "", log_group, "")
    record = parse(MaskedEvent(origin, "0", NO_TIME_MS, masked))
    yield from _time(document, record)
    yield from _fields(document, record)
    if document is not None and record.message.startswith("{") and masked.strip().startswith(record.message):
        yield _loss("msg", "is missing: the whole line stands in for the title of the issue")
    if document is not None and "llm" in str(document.get("type", "")):
        yield from _llm(document, record, policy or default_policy())
    for rule, count in sorted(hits.items()):
        yield _note("line", f"rule {rule} masks {count} value{'s' if count > 1 else ''}; better not logged")


def _document(line: str) -> dict[str, Json] | None:
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _time(document: Mapping[str, Json] | None, record: Record) -> Iterator[Finding]:
    if record.timestamp_ms == NO_TIME_MS:
        says = "no time is read from the line (is the zone missing?); the time of its arrival counts instead"
        yield _note("timestamp", says) if document is None else _loss("timestamp", says)
    elif document is not None and "timestamp" in violations(document):
        yield _note("timestamp", f"is not canonical, but understood ({record.format})")


def _fields(document: Mapping[str, Json] | None, record: Record) -> Iterator[Finding]:
    """Compare what the line says with what arrived, field by field."""
    wrong = set() if document is None else set(violations(document))
    is_error = record.level in {Level.ERROR, Level.FATAL}
    for name, field in FIELDS.items():
        arrived = getattr(record, field.attribute) not in (None, "")
        present = document is not None and document.get(name) not in (None, "")
        if arrived:
            if present and name in wrong:
                yield _note(name, f"is not canonical, but understood ({record.format})")
        elif present:
            yield _loss(name, f"is there but cannot be read: {field.lost}")
        elif name == "level":
            yield _loss(name, f"is missing: {field.lost}")
        elif field.expected == "all" or (field.expected == "errors" and is_error):
            yield _note(name, f"is missing: {field.lost}")


def _llm(document: Mapping[str, Json], record: Record, policy: Policy) -> Iterator[Finding]:
    found = recognise(record, policy.section("llm"))
    if found.refusal is not None:
        why = ", ".join(what.value for what in found.noticed)
        yield _loss("type", f"the call becomes no trace ({found.refusal.value}{': ' * bool(why)}{why})")
    for call in found.calls:
        yield from _call(call, document)


def _call(call: LlmCall, document: Mapping[str, Json]) -> Iterator[Finding]:
    if call.model is None:
        yield _loss("model", "is missing: the call has no model and no cost")
    if not call.usage:
        yield _loss("prompt_tokens", "no token counts are read: the call has no usage and no cost")
    if call.end_ms == call.start_ms:
        yield _note("latency_ms", "is missing: the call has no duration")
    for name in ("prompt", "response"):
        if name in violations(document):
            yield _note(name, "is neither text nor messages")


COMMAND = Command(
    name="lint",
    summary="check log lines against the canonical format; say what would be lost",
    describe=(
        "Hold each line of a file against the canonical log format (docs/producers.md) and say what would be lost:\n"
        "fields that cannot be read, lines without level or time, errors without a stack, LLM calls that become no\n"
        "trace. Lines of other loggers (Pino, Winston, Powertools, ...) are read as the functions read them.\n\n"
        "  logrouter lint app.log\n"
        "  tail -f app.log | logrouter lint --quiet\n\n"
        "Exit code 1 when something is lost; notes are advice."
    ),
    arguments=arguments,
    run=run,
)
