"""The values of the archive: log group, window, parts, and what is known about a window so far. Data only."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Self

from logrouter.model import Json

DIGEST_MODULUS = 2**256
"""Digests of single events are added modulo this, so that their order does not matter and a doubled event shows."""


class WindowState(StrEnum):
    """How far a window has come. Moves are conditional writes of `logrouter.adapters.window_ledger`."""

    PLANNED = "planned"
    READING = "reading"
    LANDED = "landed"
    COMPACTED = "compacted"
    VERIFIED = "verified"
    SEALED = "sealed"
    LATE = "late"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True, order=True)
class GroupId:
    """One log group of one account and region."""

    account: str
    region: str
    log_group: str


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The events of a log group with `start_ms <= timestamp < end_ms` (epoch milliseconds, UTC)."""

    group: GroupId
    start_ms: int
    end_ms: int

    def as_dict(self) -> dict[str, Json]:
        """Return the flat JSON object that travels through the state machine."""
        return {**asdict(self.group), "start_ms": self.start_ms, "end_ms": self.end_ms}

    @classmethod
    def from_dict(cls, item: Json) -> Self:
        """Read what `as_dict` wrote; other keys are ignored. Raises KeyError, TypeError, ValueError."""
        group = GroupId(str(item["account"]), str(item["region"]), str(item["log_group"]))
        return cls(group, int(item["start_ms"]), int(item["end_ms"]))


@dataclass(frozen=True, slots=True)
class PartFacts:
    """One stored part.

    Args:
        sha256: of the stored (compressed) bytes, hex.
        bytes_raw: NDJSON before compression.
        bytes_stored: the object's size.
        first_ms, last_ms: smallest and largest event timestamp, epoch milliseconds.
    """

    key: str
    sha256: str
    events: int
    bytes_raw: int
    bytes_stored: int
    first_ms: int
    last_ms: int
    storage_class: str


@dataclass(slots=True)
class WindowFacts:
    """What is known about the stored part of a window. Only committed slices count, so a repeat starts where it stands.

    Args:
        reader: how the events were read: `pull` (FilterLogEvents). `export` and `stream` keep the same contract.
        cursor_ms: everything before it has been read and stored.
        slice_ms: length of the next slice to read; shrinks when a slice does not fit in memory or time.
        policies: the stamps (`policy.Policy.stamp`) of the policies of `policy_versions`, in the order they were used.
        duplicates: events the source gave more than once.
        bytes_source: UTF-8 bytes of the masked messages.
        records_digest: sum of SHA-256 of each record line, modulo 2^256, as hex.
        ids_digest: the same over the event ids: comparable with a second reading of the source.
        masked: how often each masking rule hit.
    """

    reader: str
    cursor_ms: int
    slice_ms: int
    policy_versions: list[str] = field(default_factory=list)
    parts: list[PartFacts] = field(default_factory=list)
    events: int = 0
    duplicates: int = 0
    bytes_source: int = 0
    records_digest: str = "0" * 64
    ids_digest: str = "0" * 64
    first_ingestion_ms: int | None = None
    last_ingestion_ms: int | None = None
    masked: Counter[str] = field(default_factory=Counter)
    masking_failed: int = 0
    policies: list[dict[str, Json]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Json]:
        """Return the facts as JSON."""
        return {**asdict(self), "masked": dict(sorted(self.masked.items()))}

    @classmethod
    def from_dict(cls, item: Json) -> Self:
        """Read what `as_dict` wrote, of this release or an earlier one; keys of a later one are ignored."""
        known = {name.name for name in fields(cls)}
        item = {key: value for key, value in item.items() if key in known}
        parts = [PartFacts(**part) for part in item["parts"]]
        return cls(**{**item, "parts": parts, "masked": Counter(item["masked"])})

    def masked_by(self, stamp: Mapping[str, Json]) -> None:
        """Note that events of the window are masked by the policy of this stamp."""
        if stamp["version"] not in self.policy_versions:
            self.policy_versions.append(stamp["version"])
            self.policies.append(dict(stamp))

    @property
    def bytes_raw(self) -> int:
        """NDJSON bytes of all parts before compression."""
        return sum(part.bytes_raw for part in self.parts)

    @property
    def bytes_stored(self) -> int:
        """Sizes of all parts as stored."""
        return sum(part.bytes_stored for part in self.parts)


def add_digests(digest: str, value: int) -> str:
    """Add a sum of event digests to a digest (64 hex digits)."""
    return f"{(int(digest, 16) + value) % DIGEST_MODULUS:064x}"
