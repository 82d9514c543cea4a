"""Read the books from the functions' own log groups: the settled lines and the embedded metrics that they wrote."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from logrouter.adapters.llm_metrics import NAMESPACE as LLM_NAMESPACE
from logrouter.adapters.telemetry import NAMESPACE
from logrouter_local.stack import ENVIRONMENT, Stack

OWN_GROUPS = f"/logrouter/{ENVIRONMENT}/"


@dataclass
class Books:
    """The tallies of many invocations, added up, in log events.

    Args:
        unbalanced: invocations whose tally did not balance.
        invocations: how many wrote a tally.
    """

    received: int = 0
    delivered: int = 0
    handed_over: int = 0
    undelivered: int = 0
    masking_failed: int = 0
    unbalanced: int = 0
    invocations: int = 0
    dropped: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)

    @property
    def is_balanced(self) -> bool:
        """True when every invocation balanced, and the sum does."""
        fates = self.delivered + self.handed_over + self.undelivered + self.dropped.total()
        return self.unbalanced == 0 and self.received == fates

    def add(self, tally: Mapping[str, Any], undelivered: int = 0) -> None:
        """Add one invocation's tally."""
        self.invocations += 1
        self.received += tally["received"]
        self.delivered += tally["delivered"]
        self.handed_over += tally["handed_over"]
        self.undelivered += undelivered
        self.masking_failed += tally["masking_failed"]
        self.dropped.update(tally["dropped"])
        self.masked.update(tally["masked"])
        fates = tally["delivered"] + tally["handed_over"] + undelivered + sum(tally["dropped"].values())
        self.unbalanced += tally["received"] != fates


def own_lines(stack: Stack, function: str) -> Iterator[str]:
    """Yield every line of a function's log group, by its folder name (`forward_errors`)."""
    group = OWN_GROUPS + function.replace("_", "-")
    for page in stack.aws("logs").get_paginator("filter_log_events").paginate(logGroupName=group):
        for event in page["events"]:
            yield event["message"]


def read_books(stack: Stack, function: str) -> dict[str, Books]:
    """Return the books of a function by the source of the records: `subscription`, `kinesis`, `retry`, ..."""
    found: dict[str, Books] = {}
    for line in _documents(own_lines(stack, function)):
        tally = line.get("tally")
        if isinstance(tally, dict):
            found.setdefault(tally["source"], Books()).add(tally, int(line.get("undelivered", 0)))
    return found


def read_metrics(stack: Stack, function: str) -> Counter[tuple[str, str]]:
    """Return the sums of a function's embedded metrics by name and the value of its own dimension ('' for none)."""
    sums: Counter[tuple[str, str]] = Counter()
    for line in _documents(own_lines(stack, function)):
        for metrics in line.get("_aws", {}).get("CloudWatchMetrics", []):
            if metrics["Namespace"] != NAMESPACE:
                continue
            own = [name for name in metrics["Dimensions"][0] if name != "service"]
            for metric in metrics["Metrics"]:
                values = cast("Any", line[metric["Name"]])
                total = sum(values) if isinstance(values, list) else values
                sums[metric["Name"], str(line[own[0]]) if own else ""] += int(total)
    return sums


def read_figures(stack: Stack) -> Counter[str]:
    """Return the sums of the metrics of tokens and cost that `trace_llm` wrote for the whole deployment, by name."""
    sums: Counter[str] = Counter()
    for line in _documents(own_lines(stack, "trace_llm")):
        for metrics in line.get("_aws", {}).get("CloudWatchMetrics", []):
            if metrics["Namespace"] == LLM_NAMESPACE and ["deployment"] in metrics["Dimensions"]:
                sums.update({metric["Name"]: sum(cast("Any", line[metric["Name"]])) for metric in metrics["Metrics"]})
    return sums


def compare(books: Mapping[str, Books], metrics: Mapping[tuple[str, str], int]) -> list[str]:
    """Return what the metrics and the settled lines disagree on: nothing when telemetry is true."""
    pairs = {
        "ReceivedRecords": sum(each.received for each in books.values()),
        "DeliveredRecords": sum(each.delivered for each in books.values()),
        "HandedOverRecords": sum(each.handed_over for each in books.values()),
    }
    faults = [
        f"{name}: {metrics.get((name, ''), 0)} in the metrics, {total} in the log"
        for name, total in pairs.items()
        if metrics.get((name, ""), 0) != total
    ]
    return faults + ([f"MissingRecords is {missing}"] if (missing := metrics.get(("MissingRecords", ""), 0)) else [])


def _documents(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        if not line.startswith("{"):
            continue
        try:
            document = json.loads(line)
        except ValueError:
            continue
        if isinstance(document, dict):
            yield document
