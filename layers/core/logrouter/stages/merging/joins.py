"""Keeps what is told by what: the records of one payload while `merge` joins those that speak of one failure."""

from collections.abc import Sequence
from typing import NamedTuple

from logrouter.model import Record
from logrouter.stages.merging.joined_record import joined
from logrouter.stages.merging.same_failure import Role, role_of


class Merged(NamedTuple):
    """A record after joining, and the place of the one it was among those given."""

    record: Record
    place: int


class Joins:
    """What is joined to what so far, by place."""

    def __init__(self, records: Sequence[Record], is_issue: Sequence[bool], stays: Sequence[bool]) -> None:
        self.records = list(records)
        self.is_issue = is_issue
        self._stays = stays or [False] * len(records)
        self.roles = [role_of(record) for record in records]
        self._into: dict[int, int] = {}
        self._facts: dict[int, list[int]] = {}

    def join(self, place: int, into: int) -> None:
        """Let one record, and all that it took in, be told by another."""
        place, into = self.teller(place), self.teller(into)
        if self._stays[place]:
            self.inform(into, place)
        elif place != into:
            self._into[place] = into

    def inform(self, place: int, source: int) -> None:
        """Let a record know what another knows, which stays a record of its own."""
        self._facts.setdefault(place, []).append(source)

    def teller(self, place: int) -> int:
        """Return the place of the record that speaks for one."""
        while place in self._into:
            place = self._into[place]
        return place

    def is_failure(self, place: int, role: Role) -> bool:
        """Tell whether a record of that role is an issue by itself."""
        return self.roles[place] is role and self.is_issue[place]

    def finish(self) -> list[Merged]:
        """Return what is left, in order."""
        parts: dict[int, list[int]] = {}
        facts: dict[int, list[int]] = {}
        for place in self._into:
            parts.setdefault(self.teller(place), []).append(place)
        for place, sources in self._facts.items():
            facts.setdefault(self.teller(place), []).extend(sources)
        left = []
        for place, record in enumerate(self.records):
            if place in self._into:
                continue
            told = [self.records[part] for part in sorted(parts.get(place, ()))]
            known = [self.records[source] for source in facts.get(place, ()) if self.teller(source) != place]
            left.append(Merged(joined(record, told, known) if told or known else record, place))
        return left
