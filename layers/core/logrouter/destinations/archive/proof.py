"""The values of a proof: what the store and the counters say of a window, and what was made of it. Data only."""

from dataclasses import dataclass, field
from enum import StrEnum

from logrouter.model import Json


class Judgement(StrEnum):
    """What the evidence says."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    SHORT = "short"
    DAMAGED = "damaged"


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store says of one object; None where it does not say."""

    size_bytes: int
    sha256: str | None
    storage_class: str


@dataclass(frozen=True, slots=True)
class Count:
    """An independent count of the events in a window.

    Args:
        counter: `insights` (Logs Insights) or `reread` (a second reading with FilterLogEvents).
        events: None when this counter could not answer.
        ids_digest: sum of the digests of all event ids, where the counter sees them.
    """

    counter: str
    events: int | None
    ids_digest: str | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """A judgement with its evidence, as it goes into manifest and ledger.

    Args:
        evidence: names, counts and hashes only.
    """

    judgement: Judgement
    evidence: dict[str, Json] = field(default_factory=dict)
