"""What a scan found: counts and places by target and rule, never a value. Bounded, however much is scanned."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Final

from logrouter.masking import Finding, Masker
from logrouter.model import Json, RawText
from logrouter_cli.key_paths import spots
from logrouter_cli.scan.accepted import Accepted

FILE_ENDING: Final = re.compile(r"(?:\.(?:log|txt|out|err|json|jsonl|ndjson|csv|gz|bz2|xz|old|bak|[0-9]{1,3})){1,4}$")
"""Taken off before a name is masked: an address with the ending of a file looks like a file to the masking rules."""
IN_TEXT: Final = "(text)"
"""Stands for the path of what stands in plain text."""
STREAM_NAME: Final = "(log stream)"
"""Stands for the path of what stands in the name of a log stream."""
NAMES_LIMIT: Final = 100_000
OTHER_PATHS: Final = "(other)"
PATHS_LIMIT: Final = 100
"""Paths that are counted one by one for a target and rule."""
TROUBLES_LIMIT: Final = 20
"""Unreadable parts of a target that are named one by one."""
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
class Target:
    """One thing that was to be scanned, and what came of it.

    Args:
        name: as it was named, or the log group; identifiers in it masked.
        kind: `file`, `directory`, `stdin`, `log_group` or `archive`.
        parts: files or objects that were read.
        records: lines or log events.
        text_bytes: UTF-8 bytes of them; `stored_bytes` as they are stored.
        unmasked: records that the masking rules failed on.
        troubles: what could not be read: (where, why).
        skipped: parts left out on purpose, by reason.
    """

    name: str
    kind: str
    parts: int = 0
    records: int = 0
    records_hit: int = 0
    text_bytes: int = 0
    stored_bytes: int = 0
    unmasked: int = 0
    rules: dict[str, RuleCount] = field(default_factory=dict)
    troubles: list[tuple[str, str]] = field(default_factory=list)
    troubled: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

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

    def trouble(self, where: str, why: str) -> None:
        """Note that a part could not be read."""
        self.troubled += 1
        if len(self.troubles) < TROUBLES_LIMIT:
            self.troubles.append((where, why))


@dataclass(slots=True)
class Scan:
    """A whole run.

    Args:
        requests: calls to AWS by operation.
        ended_early: why it stopped before its end (Ctrl-C, refused credentials), None when it did not.
    """

    targets: list[Target] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    ended_early: str | None = None

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
    ) -> None:
        self._masker = masker
        self._accepted = accepted or Accepted()
        self._places = places
        self._named: set[tuple[str, str]] = set()
        self._proposed: dict[tuple[str, str, str], None] | None = {} if proposes else None
        self.counts = lru_cache(maxsize=1024)(
            lambda rule: _is_one_of(rule, rules) and not _is_one_of(rule, except_rules)
        )
        """Whether a rule counts."""
        self.shown = lru_cache(maxsize=4096)(self._shown)
        """A name as it may be shown: files and log streams are named by applications, with what they have at hand."""

    @property
    def proposed(self) -> list[dict[str, str]]:
        """Entries that would accept every new finding of this scan."""
        return [{"rule": rule, "where": where, "path": path} for rule, where, path in self._proposed or ()]

    def examine(
        self,
        target: Target,
        text: str,
        place: Mapping[str, Json],
        *,
        line: int | None = None,
        service: str | None = None,
        log_group: str | None = None,
    ) -> None:
        """Count a record and what is found in it.

        Args:
            target: what it belongs to.
            text: the record.
            place: where it is: `file` or `object`, `log_group` and so on; names that may be shown.
            line: number in the file or object.
            service: as for masking.
            log_group: as for masking.
        """
        target.records += 1
        target.text_bytes += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        try:
            findings = self._masker.locate(RawText(text), service, log_group)[1]
        except Exception:  # noqa: BLE001 - one record that a rule fails on must not end the scan
            target.unmasked += 1
            return
        if findings:
            here = place if line is None else {**place, "line": line}
            self._note(target, text, [one for one in findings if self.counts(one.rule)], here)

    def examine_name(self, target: Target, log_stream: str, place: Mapping[str, Json]) -> None:
        """Look at the name of a log stream, once for a target: applications name them, with what they have at hand."""
        if place["log_stream"] == log_stream or (target.name, log_stream) in self._named:
            return
        if len(self._named) < NAMES_LIMIT:
            self._named.add((target.name, log_stream))
        findings = self._masker.locate(RawText(log_stream))[1]
        self._note(target, log_stream, [one for one in findings if self.counts(one.rule)], place, STREAM_NAME)

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

    def _shown(self, name: str) -> str:
        try:
            whole = self._masker.mask_text(RawText(name))[0]
            return "/".join(self._shown_part(part) for part in whole.split("/"))
        except Exception:  # noqa: BLE001 - a name that cannot be judged is not shown
            return "*"

    def _shown_part(self, part: str) -> str:
        ending = FILE_ENDING.search(part)
        stem = part[: ending.start()] if ending else part
        return self._masker.mask_text(RawText(stem))[0] + part[len(stem) :]


def _spot(place: Mapping[str, Json], line: int, column: int, path: str | None) -> dict[str, Json]:
    """Return what a finding adds to its record's place; a column makes sense where the record is a line of a file."""
    said: dict[str, Any] = {}
    if "line" in place and "event_id" not in place:
        said = {"line": place["line"] + line - 1, "column": column}
    return {**said, "path": path} if path else said


def _is_one_of(rule: str, globs: Sequence[str]) -> bool:
    return any(fnmatchcase(rule, glob) for glob in globs)
