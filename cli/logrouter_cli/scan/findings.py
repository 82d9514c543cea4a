"""What a scan found: counts and places by target and rule, never a value. Bounded, however much is scanned."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from logrouter.destinations.console_links import stream_link
from logrouter.masking import Finding, Masker
from logrouter.model import Json, RawText
from logrouter.policy.log_groups import service_of
from logrouter_cli.key_paths import spots
from logrouter_cli.moments import moment_text
from logrouter_cli.reading import target as reading
from logrouter_cli.reading.names import Names
from logrouter_cli.reading.records import Head, Record
from logrouter_cli.scan.accepted import Accepted

IN_TEXT: Final = "(text)"
"""Stands for the path of what stands in plain text."""
STREAM_NAME: Final = "(log stream)"
"""Stands for the path of what stands in the name of a log stream."""
NAMES_LIMIT: Final = 100_000
OTHER_PATHS: Final = "(other)"
PATHS_LIMIT: Final = 100
"""Paths that are counted one by one for a target and rule."""
PROPOSED_LIMIT: Final = 10_000
"""Entries of a proposed list of accepted findings."""


@dataclass(slots=True)
class RuleCount:
    """What one rule found in one target.

    Args:
        values: new ones; `records` have them. Accepted ones are counted apart.
        paths: values by path of keys.
        places: the first new ones.
    """

    values: int = 0
    records: int = 0
    accepted: int = 0
    paths: Counter[str] = field(default_factory=Counter)
    places: list[dict[str, Json]] = field(default_factory=list)


@dataclass(slots=True)
class Target(reading.Target):
    """One thing that was to be scanned, and what came of it.

    Args:
        records: lines or log events; `records_hit` have a new value.
        text_bytes: UTF-8 bytes of them; `stored_bytes` as they are stored.
        unmasked: records that the masking rules failed on.
    """

    records: int = 0
    records_hit: int = 0
    text_bytes: int = 0
    unmasked: int = 0
    rules: dict[str, RuleCount] = field(default_factory=dict)

    @property
    def values(self) -> int:
        """New values."""
        return sum(count.values for count in self.rules.values())

    @property
    def accepted(self) -> int:
        """Accepted values."""
        return sum(count.accepted for count in self.rules.values())

    @property
    def is_complete(self) -> bool:
        """Whether everything in it was read and judged."""
        return not self.troubled and not self.unmasked


@dataclass(slots=True)
class Scan:
    """A whole run.

    Args:
        requests: calls to AWS by operation.
        ended_early: why it stopped before its end (Ctrl-C, refused credentials), None when it did not.
        reading: the target that is being read.
    """

    targets: list[Target] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    ended_early: str | None = None
    reading: Target | None = None

    @property
    def is_complete(self) -> bool:
        """Whether everything was read."""
        return self.ended_early is None and all(target.is_complete for target in self.targets)

    @property
    def records(self) -> int:
        """Lines and log events."""
        return sum(target.records for target in self.targets)

    @property
    def values(self) -> int:
        """New values."""
        return sum(target.values for target in self.targets)

    @property
    def text_bytes(self) -> int:
        """Bytes of the records."""
        return sum(target.text_bytes for target in self.targets)

    def end_early(self, why: str) -> None:
        """Note that the scan stopped, in the middle of the target that was being read."""
        self.ended_early = why
        if self.reading:
            self.reading.trouble(self.reading.name, "not to its end")

    def add(self, name: str, kind: str) -> Target:
        """Begin a target."""
        self.targets.append(Target(name, kind))
        return self.targets[-1]


class Scanner:
    """Looks at records one by one and keeps the counts.

    Args:
        masker: whose rules hold.
        rules, except_rules: globs of the rules that count.
        accepted: findings that are no news.
        places: how many places are kept for a target and rule.
        proposes: keep what a list of accepted findings would need.
        service, log_group: whose own rules hold for plain lines.
    """

    def __init__(
        self,
        masker: Masker,
        *,
        rules: Sequence[str] = ("*",),
        except_rules: Sequence[str] = (),
        accepted: Accepted | None = None,
        places: int = 5,
        proposes: bool = False,
        service: str | None = None,
        log_group: str | None = None,
    ) -> None:
        self._masker = masker
        self._accepted = accepted or Accepted()
        self._places = places
        self._of_lines = service or (service_of(log_group) if log_group else None), log_group
        self._named: set[tuple[str, str]] = set()
        self._proposed: dict[tuple[str, str, str], None] | None = {} if proposes else None
        self.counts = lru_cache(maxsize=1024)(
            lambda rule: _is_one_of(rule, rules) and not _is_one_of(rule, except_rules)
        )
        """Whether a rule counts."""
        self.shown = Names(masker).shown
        """A name as it may be shown."""

    @property
    def proposed(self) -> list[dict[str, str]]:
        """Entries that would accept every new finding of this scan."""
        return [{"rule": rule, "where": where, "path": path} for rule, where, path in self._proposed or ()]

    def examine(self, target: Target, record: Record) -> None:
        """Count a record of a target and what is found in it."""
        text, head = record.text, record.head
        service, log_group = self._of_lines
        if head:
            log_group = head.origin.log_group
            service = service_of(log_group)
            self._examine_name(target, record, head)
        target.records += 1
        target.text_bytes += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        try:
            findings = self._masker.locate(RawText(text), service, log_group)[1]
        except Exception:  # noqa: BLE001 - one record that a rule fails on must not end the scan
            target.unmasked += 1
            return
        if findings:
            self._note(target, text, [one for one in findings if self.counts(one.rule)], self._place(record))

    def _examine_name(self, target: Target, record: Record, head: Head) -> None:
        """Look at the name of a log stream, once for a target: applications name them, with what they have at hand."""
        stream = head.origin.log_stream
        if self.shown(stream) == stream or (target.name, stream) in self._named:
            return
        if len(self._named) < NAMES_LIMIT:
            self._named.add((target.name, stream))
        try:
            findings = self._masker.locate(RawText(stream))[1]
        except Exception:  # noqa: BLE001 - as for a record
            target.unmasked += 1
            return
        counted = [one for one in findings if self.counts(one.rule)]
        self._note(target, stream, counted, self._place(record), STREAM_NAME)

    def _place(self, record: Record) -> dict[str, Json]:
        """Return where a record is: names masked, an id that is no CloudWatch id left out, no link to a hidden name."""
        part, head = record.part, record.head
        place: dict[str, Json] = {} if part.kind == "log_group" else {part.kind: part.name}
        if head:
            place |= self._event_place(head)
            origin = head.origin
            is_plain = (place["log_group"], place["log_stream"]) == (origin.log_group, origin.log_stream)
            if part.kind == "log_group" and is_plain:
                place["link"] = stream_link(origin, head.timestamp_ms, head.id)
        return place if record.line is None else {**place, "line": record.line}

    def _event_place(self, head: Head) -> dict[str, Json]:
        try:
            time = moment_text(head.timestamp_ms)
        except (OverflowError, ValueError, OSError):
            time = str(head.timestamp_ms)
        return {
            "log_group": self.shown(head.origin.log_group),
            "log_stream": self.shown(head.origin.log_stream),
            "time": time,
            "event_id": head.id if head.id.isascii() and head.id.isdigit() else "",
        }

    def _note(
        self, target: Target, text: str, findings: list[Finding], place: Mapping[str, Json], of: str | None = None
    ) -> None:
        """Count findings; `of` says what the text is, where it is no record."""
        wheres = [str(place[name]) for name in ("log_group", "file", "object") if place.get(name)]
        new: set[str] = set()
        for finding, spot in zip(findings, spots(text, findings), strict=True):
            count = target.rules.setdefault(finding.rule, RuleCount())
            path = of or spot.path or IN_TEXT
            if self._accepted.covers(finding.rule, wheres, path):
                count.accepted += 1
                continue
            count.values += 1
            known = path in count.paths or len(count.paths) < PATHS_LIMIT
            count.paths[path if known else OTHER_PATHS] += 1
            if len(count.places) < self._places:
                count.places.append({**place, **_spot(place, spot.line, spot.column, of or spot.path)})
            if self._proposed is not None and wheres and len(self._proposed) < PROPOSED_LIMIT:
                self._proposed[finding.rule, wheres[0], path] = None
            new.add(finding.rule)
        if of is None:
            for rule in new:
                target.rules[rule].records += 1
            target.records_hit += bool(new)


def _spot(place: Mapping[str, Json], line: int, column: int, path: str | None) -> dict[str, Json]:
    """Return what a finding adds to its record's place; a column makes sense where the record is a line of a file."""
    said: dict[str, Any] = {}
    if "line" in place and "event_id" not in place:
        said = {"line": place["line"] + line - 1, "column": column}
    return {**said, "path": path} if path else said


def _is_one_of(rule: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(rule, glob) for glob in globs)
