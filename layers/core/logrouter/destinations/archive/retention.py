"""How long a window must be kept and which storage class its parts go to: the policy's record classes and tiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from logrouter.destinations.archive.layout import DAY_MS
from logrouter.destinations.archive.window import Window
from logrouter.errors import PolicyError
from logrouter.model import Json

STANDARD = "STANDARD"
"""The class of manifests, and of parts that no other tier takes."""


@dataclass(frozen=True, slots=True)
class Keeping:
    """What the law or the policy asks for a window.

    Args:
        classes: the record classes of its log group; the longest decides.
        keep_days: days from the end of the window.
        until_ms: end of that time, epoch milliseconds.
    """

    classes: tuple[str, ...]
    keep_days: int
    until_ms: int


def keeping_of(window: Window, kind: Mapping[str, Json] | None, archive: Mapping[str, Json]) -> Keeping:
    """Return how long a window is kept. A kind may name one class or a list; longer wins.

    Raises:
        PolicyError: the kind names a class that the section `archive` does not have.
    """
    named = (kind or {}).get("class", archive["default_class"])
    classes = (named,) if isinstance(named, str) else tuple(named)
    days = {item["id"]: int(item["keep_days"]) for item in archive["classes"]}
    unknown = [name for name in classes if name not in days]
    if unknown or not classes:
        raise PolicyError("archive.classes", "a kind of log group names a record class that is not there")
    keep_days = max(days[name] for name in classes)
    return Keeping(classes, keep_days, window.end_ms + keep_days * DAY_MS)


def storage_class_of(
    tiers: Sequence[Mapping[str, Json]], *, window: Window, size_bytes: int, keeping: Keeping, now_ms: int
) -> str:
    """Return the storage class for a part at the moment it is stored.

    The last tier that is old enough, large enough and still long enough to go wins: below `at_least_bytes` an object
    costs more in the colder class than in the warmer one (fees and billed minimum), and a class bills `min_stay_days`
    at least.
    """
    age_days = (now_ms - window.end_ms) / DAY_MS
    left_days = (keeping.until_ms - now_ms) / DAY_MS
    fitting = [
        tier
        for tier in sorted(tiers, key=lambda tier: int(tier["from_days"]))
        if age_days >= tier["from_days"] and size_bytes >= tier["at_least_bytes"] and left_days >= tier["min_stay_days"]
    ]
    return str(fitting[-1]["storage_class"]) if fitting else STANDARD
