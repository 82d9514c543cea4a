"""One thing that is to be read (a file, a folder, stdin, a log group, archived objects), and how far that went."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

TROUBLES_LIMIT: Final = 20
"""Unreadable parts of a target that are named one by one."""


@dataclass(slots=True)
class Target:
    """What was read of one target.

    Args:
        name: as it was named, or the log group; identifiers in it masked.
        kind: `file`, `directory`, `stdin`, `log_group` or `archive`.
        parts: files or objects that were read.
        stored_bytes: read for it, as stored.
        troubles: what could not be read: (where, why); `troubled` counts all of it.
        refused: payloads and log events inside that could not be read, by reason.
        skipped: parts left out on purpose, by reason.
    """

    name: str
    kind: str
    parts: int = 0
    stored_bytes: int = 0
    troubles: list[tuple[str, str]] = field(default_factory=list)
    troubled: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)

    def trouble(self, where: str, why: str) -> None:
        """Note that a part could not be read."""
        self.troubled += 1
        if len(self.troubles) < TROUBLES_LIMIT:
            self.troubles.append((where, why))

    def refuse(self, where: str, reason: str, count: int) -> None:
        """Note payloads or log events inside a part that could not be read."""
        self.refused[reason] += count
        self.trouble(where, f"{count} log events or payloads: {reason}")

    def troubles_told(self) -> list[str]:
        """Return one line for each trouble that is named, and one for all others."""
        more = self.troubled - len(self.troubles)
        told = [f"not read: {where}: {why}" for where, why in self.troubles]
        return [*told, f"not read: {more} more"] if more else told
