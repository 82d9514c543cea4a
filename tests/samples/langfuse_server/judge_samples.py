"""Let Langfuse's own code read every call of every sample, and say what it read otherwise than it was meant.

Prints a line for each difference, and how many calls were judged. How to get a server is said in the README beside.
"""

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from logrouter.jobs.trace_llm import plan
from logrouter.masking import default_masker
from logrouter.model import Delivery
from logrouter.policy.load import default_policy
from logrouter_local.otlp_rules import Span, attributes_of, parsed, spans_of
from tests.samples.langfuse_server.write_readings import read_by

TESTS = Path(__file__).parents[2]
START_MS = 1_788_000_000_000
WAYS = {"events": 1_000, "observations": 1}
"""What a server writes, and how many of its units make a millisecond."""


def main() -> None:
    """Encode all samples, let the server read them, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", type=Path, help="folder with a node_modules")
    parser.add_argument("checkout", type=Path, help="a checkout of Langfuse's repository")
    given = parser.parse_args()
    exports = {
        f"{name}/{number}": delivery.body
        for name, lines in _sources()
        for number, delivery in enumerate(_deliveries(lines))
    }

    readings = read_by(given.checkout, given.modules, exports)
    calls = 0
    for name, export in exports.items():
        spans = spans_of(json.loads(export)) or []
        calls += len(spans)
        for difference in _differences(spans, readings[name]):
            sys.stdout.write(f"{name}: {difference}\n")
    sys.stdout.write(f"{calls} calls of {len(exports)} exports\n")


def _sources() -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what programs really printed, file by file, and the lines that were written from outside, each alone."""
    for file in sorted((TESTS / "samples" / "llm").rglob("*.txt")):
        yield file.stem, file.read_text("utf-8").splitlines()
    with gzip.open(TESTS / "data" / "llm_outside.jsonl.gz", "rt", encoding="utf-8") as cases:
        for case in map(json.loads, cases):
            yield case["id"], [case["line"]]


def _deliveries(lines: Sequence[str]) -> Sequence[Delivery]:
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/chat/llm",
        "logStream": "ecs/chat/0f1e2d3c",
        "subscriptionFilters": ["logrouter"],
        "logEvents": [
            {"id": f"{10**55 + place}", "timestamp": START_MS + place, "message": line}
            for place, line in enumerate(lines)
        ],
    }
    return plan(
        document,
        policy=default_policy(),
        mask_text=default_masker().mask_text,
        region="ap-northeast-2",
        environment="prod",
        limit_bytes=10**8,
    ).deliveries


def _differences(spans: Sequence[Span], reading: dict[str, Any]) -> Iterator[str]:
    if "refused" in reading:
        yield f"refused for {reading['refused']}"
        return
    for lost in reading["unreadable"]:
        yield f"servers before 4 lose {lost}"
    for way, per_ms in WAYS.items():
        for span, row in zip(spans, reading[way], strict=bool(reading[way])):
            yield from (f"{way}: {found}" for found in _misread(span, row, per_ms))


def _misread(span: Span, row: dict[str, Any], per_ms: int) -> Iterator[str]:
    said = attributes_of(span)
    meant = {
        "id": span["spanId"],
        "trace_id": span["traceId"],
        "name": span["name"],
        "type": said["langfuse.observation.type"].upper(),
        "level": said["langfuse.observation.level"],
        "start_time": int(span["startTimeUnixNano"]) // 1_000_000 * per_ms,
        "end_time": int(span["endTimeUnixNano"]) // 1_000_000 * per_ms,
        "provided_model_name": said.get("langfuse.observation.model.name"),
        "usage_details": parsed(said.get("langfuse.observation.usage_details")),
        "cost_details": parsed(said.get("langfuse.observation.cost_details")),
        "tokenised": None,
    }
    if meant["cost_details"] is None and not any(row.get("cost_details", {}).values()):
        del meant["cost_details"]  # of no tokens the server makes no cost, or one of 0
    for name, value in meant.items():
        if row.get(name) != value:
            yield f"{name} is {row.get(name)!r}, meant was {value!r}"
    if said.get("langfuse.observation.output") and not row.get("output"):
        yield "the answer is gone"


if __name__ == "__main__":
    main()
