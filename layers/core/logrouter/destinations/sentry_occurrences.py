"""State in an event how many there were of its issue: when it is built, and anew when a report is sent later."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from logrouter.model import Delivery, Json, Occurrence

CONTEXT: Final = "storm"
TAG: Final = "occurrences"


def storm_of(occurrence: Occurrence | None) -> dict[str, Json]:
    """Return the facts of the context `storm`; nothing as long as nothing was held back."""
    if occurrence is None or not occurrence.held_back:
        return {}
    since = datetime.fromtimestamp(occurrence.window_start_ms / 1000, UTC)
    return {
        "occurrences": occurrence.number,
        "not_sent": occurrence.held_back,
        "since": since.isoformat(timespec="seconds"),
        "window_minutes": occurrence.window_minutes,
        "budget": occurrence.budget,
        "keep_one_in": occurrence.keep_one_in,
    }


def with_count(delivery: Delivery, count: int) -> Delivery:
    """Return a report with the number as it is now; as it was written where that is no less, or not to be read."""
    try:
        head, item, payload = delivery.body.split(b"\n", 2)
        event, header = json.loads(payload), json.loads(item)
        stated = event["contexts"][CONTEXT]
        occurrence = _occurrence(stated)
        event["tags"][TAG] = str(count)
    except (ValueError, LookupError, TypeError, AttributeError):
        return delivery
    if count <= occurrence.number:
        return delivery
    stated.update(storm_of(replace(occurrence, number=count)))
    payload = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    item = json.dumps({**header, "length": len(payload)}, separators=(",", ":")).encode()
    return replace(delivery, body=b"\n".join((head, item, payload, b"")))


def _occurrence(stated: dict[str, Json]) -> Occurrence:
    since = datetime.fromisoformat(stated["since"])
    return Occurrence(
        number=int(stated["occurrences"]),
        window_start_ms=int(since.timestamp() * 1000),
        window_minutes=int(stated["window_minutes"]),
        budget=int(stated["budget"]),
        keep_one_in=max(1, int(stated["keep_one_in"])),
    )
