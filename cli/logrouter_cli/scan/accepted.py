"""Findings of a scan that somebody looked at and accepted, so that a schedule tells what is new."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path

from logrouter.model import Json
from logrouter_cli.command import CommandError


class Accepted:
    """Findings that somebody looked at and accepted, as `{"accepted": [{"rule", "where", "path", "until", "reason"}]}`.

    `rule`, `where` (file, object or log group) and `path` are globs; `path` may be left out; `until` is the last day.

    Raises:
        CommandError: the document is none of these; names the entry.
    """

    def __init__(self, document: Json = None, *, today: date | None = None) -> None:
        self._entries: list[tuple[str, str, str, str]] = []
        self.expired: list[str] = []
        entries = document.get("accepted") if isinstance(document, dict) else [] if document is None else None
        if not isinstance(entries, list):
            raise CommandError('accepted findings are {"accepted": [...]}')
        now = today or datetime.now(UTC).date()
        for number, entry in enumerate(entries, 1):
            rule, where, path, until = _entry(entry, number)
            if until is not None and until < now:
                self.expired.append(f"entry {number} ({rule} in {where}) ended on {until}")
            else:
                self._entries.append((rule, where, path, f"entry {number} ({rule} in {where})"))
        self._used: set[str] = set()

    @property
    def unused(self) -> list[str]:
        """Entries that accepted nothing."""
        return [said for *_, said in self._entries if said not in self._used]

    def covers(self, rule: str, wheres: Sequence[str], path: str) -> bool:
        """Say whether a finding is accepted; `wheres` are the names it may be accepted by."""
        for rules, places, paths, said in self._entries:
            if (
                fnmatchcase(rule, rules)
                and fnmatchcase(path, paths)
                and any(fnmatchcase(each, places) for each in wheres)
            ):
                self._used.add(said)
                return True
        return False


def _entry(entry: Json, number: int) -> tuple[str, str, str, date | None]:
    known = {"rule", "where", "path", "until", "reason"}
    if not isinstance(entry, dict) or entry.keys() - known or not {"rule", "where"} <= entry.keys():
        raise CommandError(f"accepted findings, entry {number}: needs rule and where; may have path, until, reason")
    if not all(isinstance(value, str) for value in entry.values()):
        raise CommandError(f"accepted findings, entry {number}: every field is text")
    try:
        until = date.fromisoformat(entry["until"]) if "until" in entry else None
    except ValueError:
        raise CommandError(f"accepted findings, entry {number}: until is no date (YYYY-MM-DD)") from None
    return entry["rule"], entry["where"], entry.get("path", "*"), until


def read_accepted(path: Path | None) -> Accepted:
    """Read the list of accepted findings; an empty one for None."""
    if path is None:
        return Accepted()
    try:
        return Accepted(json.loads(path.read_text("utf-8")))
    except (ValueError, RecursionError):
        raise CommandError(f"{path} is not JSON") from None
