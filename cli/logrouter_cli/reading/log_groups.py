"""Reads log groups with FilterLogEvents, paced: a stretch of time of each, or a sample spread over it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from logrouter.adapters.clock import SystemClock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.log_reader import CutPageError, LogReader, StaleTokenError
from logrouter.adapters.pace import Pace
from logrouter.errors import ArchiveError
from logrouter.model import Json, LogEvent, Origin
from logrouter_cli.aws import said_clearly, signed_in
from logrouter_cli.command import CommandError
from logrouter_cli.reading.records import Head, Part, Record
from logrouter_cli.reading.target import Target

SAMPLE_SLICES: Final = 12
"""Stretches that a sample is taken from, so that it is of more than the first minutes."""

DESCRIBE_RATE: Final = 4
"""Calls a second: DescribeLogGroups allows 10, ListTagsForResource 5 (CloudWatch Logs quotas, checked 2026-11-20)."""

UNREADABLE: Final = frozenset({"INFREQUENT_ACCESS", "DELIVERY"})
"""Classes of log groups that FilterLogEvents refuses (CloudWatch Logs guide, "Log classes", checked 2026-11-20)."""

STALE_TOKENS: Final = 3
FAR_MS: Final = 1 << 40
"""A deadline that never comes."""

type Group = Mapping[str, Json]
"""A log group as DescribeLogGroups tells of it."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which log groups: names or globs, without `skipped`, with every one of `tags` (`KEY=GLOB`)."""

    names: Sequence[str]
    skipped: Sequence[str] = ()
    tags: Sequence[tuple[str, str]] = ()


class GroupReader:
    """Reads log groups of one account and Region.

    Args:
        client: a boto3 `logs` client.
        requests: counts calls to AWS.
        rate: FilterLogEvents calls a second.
        sample: events a log group, None for all.
        show: told after every page.
        sleep: pauses, in tests for no time.
    """

    def __init__(
        self,
        client: Any,
        *,
        requests: Counter[str],
        rate: float,
        sample: int | None = None,
        show: Callable[[], None] = lambda: None,
        sleep: Callable[[float], None],
    ) -> None:
        clock = SystemClock()
        self._client = client
        self._region = str(client.meta.region_name)
        self._requests = requests
        self._sample = sample
        self._show = show
        self._describing = Pace(DESCRIBE_RATE, clock=clock, sleep=sleep)
        self._pace = Pace(rate, clock=clock, sleep=sleep)
        self._reader = LogReader(_SignedIn(client), clock=clock, wait=self._wait, sleep=sleep)
        self._deadline = Deadline(lambda: FAR_MS, 0)

    def _wait(self) -> None:
        self._requests["FilterLogEvents"] += 1
        self._pace.wait()

    def select(self, selection: Selection) -> Iterator[tuple[str, Group | None]]:
        """Yield every log group of the selection once, by name; a pattern that matches none with None.

        Raises:
            CommandError: the log groups cannot be listed.
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
                    yield name, group
            if not found:
                yield pattern, None

    def read_group(self, target: Target, group: Group, start_ms: int, end_ms: int) -> Iterator[list[Record]]:
        """Yield the log events of a group, `start_ms <= time < end_ms`, page by page.

        What cannot be read is the target's trouble.

        Raises:
            AwsRefusedError: credentials ended while reading.
        """
        name = str(group["logGroupName"])
        kind = group.get("logGroupClass", "STANDARD")
        if kind in UNREADABLE:
            target.trouble(target.name, f"FilterLogEvents does not read log groups of class {kind}")
            return
        part = Part("log_group", target.name)
        try:
            for first_ms, last_ms, limit in _slices(start_ms, end_ms, self._sample):
                for page in self._stretch(name, first_ms, last_ms, limit):
                    yield self._records(name, part, page)
                    self._show()
        except ArchiveError as refusal:
            target.trouble(target.name, str(refusal).removeprefix(f"{name}: "))

    def _records(self, name: str, part: Part, page: Sequence[tuple[str, LogEvent]]) -> list[Record]:
        """Return the records of a page; their places name event ids, for anything may stand in names of streams."""
        origins = {stream: Origin("", self._region, name, stream) for stream, _ in page}
        return [
            Record(event.message, part, None, Head(origins[stream], event.id, event.timestamp_ms, f"event {event.id}"))
            for stream, event in page
        ]

    def _matching(self, pattern: str) -> Iterator[Group]:
        prefix = _literal_start(pattern)
        token: dict[str, str] = {"logGroupNamePrefix": prefix} if prefix else {}
        while True:
            self._requests["DescribeLogGroups"] += 1
            self._describing.wait()
            with said_clearly("log groups"):
                page = self._client.describe_log_groups(limit=50, **token)
            for group in page.get("logGroups", ()):
                if group["logGroupName"] == pattern or fnmatchcase(group["logGroupName"], pattern):
                    yield group
            if not page.get("nextToken"):
                return
            token["nextToken"] = page["nextToken"]

    def _has_tags(self, group: Group, wanted: Sequence[tuple[str, str]]) -> bool:
        if not wanted:
            return True
        arn = str(group.get("logGroupArn") or group["arn"]).removesuffix(":*")
        self._requests["ListTagsForResource"] += 1
        self._describing.wait()
        with said_clearly("tags of log groups"):
            tags = self._client.list_tags_for_resource(resourceArn=arn).get("tags", {})
        return all(key in tags and fnmatchcase(tags[key], glob) for key, glob in wanted)

    def _stretch(
        self, name: str, start_ms: int, end_ms: int, limit: int | None
    ) -> Iterator[list[tuple[str, LogEvent]]]:
        """Yield pages of `start_ms <= time < end_ms`; what was read before a token went stale is not given twice."""
        seen: set[str] = set()
        counted = stale = before = 0
        at_ms = start_ms
        while at_ms < end_ms:
            try:
                for page in self._reader.read(name, at_ms, end_ms, self._deadline):
                    fresh = [(stream, event) for stream, event in page if event.id not in seen]
                    fresh = fresh if limit is None else fresh[: limit - counted]
                    counted += len(fresh)
                    yield fresh
                    newest_ms = max(event.timestamp_ms for _, event in page)
                    seen = {event.id for _, event in page}
                    at_ms = max(at_ms, newest_ms)
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
