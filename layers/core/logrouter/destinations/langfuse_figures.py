"""What Langfuse shows of our calls, and how it differs from what was delivered: rows, sums and figures. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Final

from logrouter.model import Json

LISTED: Final = 1_000
"""So many missing calls of a day are kept by id; all of them are counted."""

type Group = tuple[str, str]
"""Environment and model; the model is empty where none is known."""

MOST_GROUPS: Final = 300
OTHERS: Final[Group] = ("others", "others")
"""Groups beyond `MOST_GROUPS` are one: names of models come from logs, and what is known of a day must stay small."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of Langfuse: one copy of an observation. Cost in US dollars, None when it has none."""

    observation_id: str
    tokens: int
    cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Sum:
    """What Langfuse says of the rows of one hour (0 to 23), environment and model that carry our mark."""

    hour: int
    group: Group
    rows: int
    tokens: int
    cost: Decimal


@dataclass(slots=True)
class Figures:
    """One environment and model: what was delivered, and how what Langfuse shows differs from it.

    Args:
        missing: calls without a row; `late` of them were acknowledged so lately that they may yet appear.
        extra: rows beyond the first of each call.
        tokens_off, cost_off: all rows of our calls minus the book; cost only of calls that were sent with one.
    """

    calls: int = 0
    tokens: int = 0
    cost: Decimal = Decimal(0)
    missing: int = 0
    late: int = 0
    extra: int = 0
    tokens_off: int = 0
    cost_off: Decimal = Decimal(0)

    def add(self, other: "Figures") -> None:
        """Add another stretch of the same group."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def differ(self) -> bool:
        """True when Langfuse does not show what was delivered."""
        return bool(self.missing or self.extra or self.tokens_off or self.cost_off)

    def as_dict(self) -> dict[str, Json]:
        """Return it as JSON; costs as exact decimals."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}

    @classmethod
    def of_dict(cls, fields: Mapping[str, Json]) -> "Figures":
        """Read what `as_dict` gave."""
        read = cls()
        for name in cls.__slots__:
            setattr(read, name, type(getattr(read, name))(fields[name]))
        return read


@dataclass(slots=True)
class Finding:
    """What was found of a day so far.

    Args:
        missing: ids of calls without a row, at most `LISTED`, the late ones left out.
        rows: of ours that were seen, copies included.
        foreign: rows of other writers that were read along.
    """

    groups: dict[Group, Figures] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    rows: int = 0
    foreign: int = 0

    def add(self, other: "Finding") -> None:
        """Add another stretch of the day."""
        for group, figures in other.groups.items():
            is_kept = group in self.groups or len(self.groups) < MOST_GROUPS
            self.groups.setdefault(group if is_kept else OTHERS, Figures()).add(figures)
        self.missing = [*self.missing, *other.missing][:LISTED]
        self.rows += other.rows
        self.foreign += other.foreign

    @property
    def total(self) -> Figures:
        """All groups together."""
        together = Figures()
        for figures in self.groups.values():
            together.add(figures)
        return together

    def worst(self, count: int) -> list[tuple[Group, Figures]]:
        """Return the groups of which most calls are lost or doubled, at most `count`."""
        found = [item for item in sorted(self.groups.items()) if item[1].missing > item[1].late or item[1].extra]
        return sorted(found, key=lambda item: -(item[1].missing + item[1].extra))[:count]

    @property
    def differing(self) -> list[dict[str, Json]]:
        """The groups of which Langfuse shows something else than was delivered, as JSON."""
        return [_line(group, figures) for group, figures in sorted(self.groups.items()) if figures.differ]

    def as_dict(self) -> dict[str, Json]:
        """Return it as JSON."""
        groups = [_line(group, figures) for group, figures in sorted(self.groups.items())]
        return {"groups": groups, "missing": self.missing, "rows": self.rows, "foreign": self.foreign}

    @classmethod
    def of_dict(cls, fields: Mapping[str, Json]) -> "Finding":
        """Read what `as_dict` gave."""
        groups = {}
        for each in fields["groups"]:
            figures = {name: value for name, value in each.items() if name not in {"environment", "model"}}
            groups[each["environment"], each["model"]] = Figures.of_dict(figures)
        return cls(groups, list(fields["missing"]), int(fields["rows"]), int(fields["foreign"]))


class Verdict(StrEnum):
    """What is true of a day. Bounded: each value is a metric dimension."""

    OK = "ok"
    LATE = "late"
    LOSS = "loss"
    DOUBLE = "double"
    INCOMPLETE_BOOK = "incomplete_book"
    UNREAD = "unread"
    UNFINISHED = "unfinished"


@dataclass(slots=True)
class Checked:
    """What is known of one day in one project of Langfuse.

    Args:
        calls: how many the book had.
        verdict: UNFINISHED until every stretch was read.
        until_ms: where a reading that was cut off goes on.
        hours: whose ids are compared; the sums of the others agreed.
        unbooked: rows with our mark that the book knows nothing of.
        told: rows with our mark by Langfuse's sums; None without sums.
    """

    day: str
    calls: int
    verdict: Verdict = Verdict.UNFINISHED
    finding: Finding = field(default_factory=Finding)
    hours: tuple[int, ...] = ()
    until_ms: int = 0
    unbooked: int = 0
    told: int | None = None

    def as_dict(self) -> dict[str, Json]:
        """Return it as JSON."""
        return {
            "day": self.day,
            "calls": self.calls,
            "verdict": self.verdict.value,
            "finding": self.finding.as_dict(),
            "hours": list(self.hours),
            "until_ms": self.until_ms,
            "unbooked": self.unbooked,
            "told": self.told,
        }

    @classmethod
    def of_dict(cls, fields: Mapping[str, Json]) -> "Checked":
        """Read what `as_dict` gave."""
        known = dict(fields)
        known |= {"verdict": Verdict(known["verdict"]), "finding": Finding.of_dict(known["finding"])}
        return cls(**{**known, "hours": tuple(known["hours"])})

    def line(self) -> dict[str, Json]:
        """Return it as one line for people: what was delivered, and how what Langfuse shows differs."""
        total = self.finding.total
        return {
            "day": self.day,
            "verdict": self.verdict.value,
            "calls": self.calls,
            "missing": total.missing - total.late,
            "late": total.late,
            "doubled": total.extra,
            "tokens": total.tokens,
            "tokens_off": total.tokens_off,
            "cost": _plain(total.cost),
            "cost_off": _plain(total.cost_off),
            "unbooked": self.unbooked,
            "foreign": self.finding.foreign,
        }


def micro_dollars(cost: Decimal) -> int:
    """Return a cost in millionths of a US dollar, without its sign, for a metric."""
    return int((abs(cost) * 1_000_000).to_integral_value(ROUND_HALF_EVEN))


def _line(group: Group, figures: Figures) -> dict[str, Json]:
    environment, model = group
    return {"environment": environment, "model": model, **figures.as_dict()}


def _plain(value: int | Decimal) -> Json:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value
