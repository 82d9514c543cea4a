"""Scans log groups with FilterLogEvents, paced: a stretch of time of each, or a sample spread over it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.log_reader import CutPageError, LogReader, StaleTokenError
from logrouter.adapters.pace import Pace
from logrouter.destinations.console_links import stream_link
from logrouter.errors import ArchiveError
from logrouter.model import Json, LogEvent, Origin
from logrouter.policy.log_groups import service_of
from logrouter_cli.aws import refusals, signed_in
from logrouter_cli.command import CommandError
from logrouter_cli.reading.records import event_place
from logrouter_cli.scan.findings import Scan, Scanner, Target

SAMPLE_SLICES: Final = 12
"""Stretches that a sample is taken from, so that it is of more than the first minutes."""

DESCRIBE_RATE: Final = 4
"""Calls a second: DescribeLogGroups allows 10, ListTagsForResource 5 (CloudWatch Logs quotas, checked 2026-11-20)."""

UNREADABLE: Final = frozenset({"INFREQUENT_ACCESS", "DELIVERY"})
"""Classes of log groups that FilterLogEvents refuses (CloudWatch Logs guide, "Log classes", checked 2026-11-20)."""

STALE_TOKENS: Final = 3
FAR_MS: Final = 1 << 40
"""A deadline that never comes."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which log groups: names or globs, without `skipped`, with every one of `tags` (`KEY=GLOB`)."""

    names: Sequence[str]
    skipped: Sequence[str] = ()
    tags: Sequence[tuple[str, str]] = ()


class GroupScan:
    """Scans log groups of one account and Region.

    Args:
        client: a boto3 `logs` client.
        rate: FilterLogEvents calls a second.
        sample: events a log group, None for all.
        show: told after every page.
        sleep: pauses, in tests for no time.
    """

    def __init__(
        self,
        client: Any,
        scan: Scan,
        scanner: Scanner,
        *,
        rate: float,
        sample: int | None = None,
        show: Callable[[], None] = lambda: None,
        sleep: Callable[[float], None],
    ) -> None:
        clock = SystemClock()
        self._client = client
        self._region = str(client.meta.region_name)
        self._scan = scan
        self._scanner = scanner
        self._sample = sample
        self._show = show
        self._describing = Pace(DESCRIBE_RATE, clock=clock, sleep=sleep)
        self._pace = Pace(rate, clock=clock, sleep=sleep)
        self._reader = LogReader(_SignedIn(client), clock=clock, wait=self._wait, sleep=sleep)
        self._deadline = Deadline(lambda: FAR_MS, 0)

    def _wait(self) -> None:
        self._scan.requests["FilterLogEvents"] += 1
        self._pace.wait()

    def scan_groups(self, selection: Selection, start_ms: int, end_ms: int) -> None:
        """Scan every log group of the selection, each a target of its own; a name that matches none is a trouble.

        Raises:
            CommandError: the log groups cannot be listed.
            AwsRefusedError: credentials ended while reading.
        """
        done: set[str] = set()
        for pattern in selection.names:
            found = 0
            for group in self._matching(pattern):
                name = str(group["logGroupName"])
                if any(fnmatchcase(name, skipped) for skipped in selection.skipped):
                    continue
                if not self._has_tags(group, selection.tags):
                    continue
                found += 1
                if name not in done:
                    done.add(name)
                    self._scan_group(group, start_ms, end_ms)
            if not found:
                shown = self._scanner.shown(pattern)
                self._scan.add(shown, "log_group").trouble(shown, "no log group matches")

    def _matching(self, pattern: str) -> Iterator[Mapping[str, Json]]:
        prefix = _literal_start(pattern)
        token: dict[str, str] = {"logGroupNamePrefix": prefix} if prefix else {}
        while True:
            self._scan.requests["DescribeLogGroups"] += 1
            self._describing.wait()
            with refusals("DescribeLogGroups"):
                page = self._client.describe_log_groups(limit=50, **token)
            for group in page.get("logGroups", ()):
                if group["logGroupName"] == pattern or fnmatchcase(group["logGroupName"], pattern):
                    yield group
            if not page.get("nextToken"):
                return
            token["nextToken"] = page["nextToken"]

    def _has_tags(self, group: Mapping[str, Json], wanted: Sequence[tuple[str, str]]) -> bool:
        if not wanted:
            return True
        arn = str(group.get("logGroupArn") or group["arn"]).removesuffix(":*")
        self._scan.requests["ListTagsForResource"] += 1
        self._describing.wait()
        with refusals("ListTagsForResource"):
            tags = self._client.list_tags_for_resource(resourceArn=arn).get("tags", {})
        return all(key in tags and fnmatchcase(tags[key], glob) for key, glob in wanted)

    def _scan_group(self, group: Mapping[str, Json], start_ms: int, end_ms: int) -> None:
        name = str(group["logGroupName"])
        target = self._scan.add(self._scanner.shown(name), "log_group")
        kind = group.get("logGroupClass", "STANDARD")
        if kind in UNREADABLE:
            target.trouble(target.name, f"FilterLogEvents does not read log groups of class {kind}")
            return
        try:
            for first_ms, last_ms, limit in _slices(start_ms, end_ms, self._sample):
                self._scan_stretch(target, name, first_ms, last_ms, limit)
        except ArchiveError as refusal:
            target.trouble(target.name, str(refusal).removeprefix(f"{name}: "))

    def _scan_stretch(self, target: Target, name: str, start_ms: int, end_ms: int, limit: int | None) -> None:
        """Scan `start_ms <= time < end_ms`; what was read before a token went stale is not counted twice."""
        seen: set[str] = set()
        counted = stale = before = 0
        at_ms = start_ms
        while at_ms < end_ms:
            try:
                for page in self._reader.read(name, at_ms, end_ms, self._deadline):
                    fresh = [(stream, event) for stream, event in page if event.id not in seen]
                    fresh = fresh if limit is None else fresh[: limit - counted]
                    counted += len(fresh)
                    self._scan_page(target, name, fresh)
                    newest_ms = max(event.timestamp_ms for _, event in page)
                    seen = {event.id for _, event in page}
                    at_ms = max(at_ms, newest_ms)
                    self._show()
                    if limit is not None and counted >= limit:
                        return
            except StaleTokenError:
                stale += 1
                if stale > STALE_TOKENS:
                    raise
            except CutPageError:
                # A full page without a token: go on at its newest event; behind it, when it brought nothing new.
                at_ms += counted == before
                before = counted
            else:
                return

    def _scan_page(self, target: Target, name: str, page: Sequence[tuple[str, LogEvent]]) -> None:
        service = service_of(name)
        for stream, event in page:
            place = event_place(self._scanner, name, stream, event.timestamp_ms, event.id)
            if place["log_stream"] == stream and place["log_group"] == name:
                origin = Origin("", self._region, name, stream)
                place["link"] = stream_link(origin, event.timestamp_ms, event.id)
            self._scanner.examine_name(target, stream, place)
            self._scanner.examine(target, event.message, place, service=service, log_group=name)


class _SignedIn:
    """The one operation that the reader uses; the reader repeats what fails, and without credentials all would."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def filter_log_events(self, **arguments: Any) -> Any:
        with signed_in():
            return self._client.filter_log_events(**arguments)


def _literal_start(pattern: str) -> str:
    """Return what stands in front of the first wildcard: the prefix that AWS can look for."""
    return pattern[: min((pattern.find(mark) for mark in "*?[" if mark in pattern), default=len(pattern))]


def _slices(start_ms: int, end_ms: int, sample: int | None) -> Iterator[tuple[int, int, int | None]]:
    """Cut a stretch for a sample: (start, end, events at most)."""
    if sample is None:
        yield start_ms, end_ms, None
        return
    slices = min(SAMPLE_SLICES, sample, max(1, end_ms - start_ms))
    for at in range(slices):
        first_ms, last_ms = (start_ms + (end_ms - start_ms) * edge // slices for edge in (at, at + 1))
        yield first_ms, last_ms, sample * (at + 1) // slices - sample * at // slices


def read_tag(text: str) -> tuple[str, str]:
    """Read `KEY=GLOB`; a key alone means any value."""
    key, _, glob = text.partition("=")
    if not key:
        raise CommandError("--tag is KEY=VALUE; the value may be a glob")
    return key, glob or "*"
