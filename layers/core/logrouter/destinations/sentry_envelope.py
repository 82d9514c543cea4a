"""Turn an issue into the delivery that carries it: an envelope of one event, within its limit, always the same bytes.

Envelope and item are those of sentry-sdk; its client and transport are not used, because they lose events without a
word. An envelope holds exactly one event: Relay refuses a second one, Bugsink ignores the whole envelope then.
"""

import json
from typing import Final

from logrouter.destinations.sentry_event import SDK, build_event
from logrouter.destinations.sentry_trims import TRIMMED, TRIMS
from logrouter.model import Delivery, Issue, Json

try:
    import orjson
except ImportError:
    orjson = None  # type: ignore[assignment]

EVENT_LIMIT_BYTES: Final = 200_000
"""Size of one event, not compressed. Relay takes 1 MiB, the documentation also names 200 KB compressed
(develop.sentry.dev, envelopes, size limits, checked 2026-11-20), an SQS message 1 MiB with base64 around it."""


def encode_issue(issue: Issue, route: str, *, environment: str) -> Delivery:
    """Return the delivery of one issue: the envelope without its sending time, so the same event is the same bytes.

    Args:
        issue: a classified, masked record.
        route: which project of the secret it goes to.
        environment: Sentry environment of records that name none.
    """
    from sentry_sdk.envelope import Envelope, Item  # noqa: PLC0415 - 20 to 70 ms that most invocations do not need

    event = build_event(issue, environment)
    item = Item(event_bytes(event), type="event", content_type="application/json")
    body = Envelope(headers={"event_id": event["event_id"], "sdk": SDK}, items=[item]).serialize()
    return Delivery("sentry", route, (event["event_id"],), (issue.record.lines,), body)


def event_bytes(event: dict[str, Json], limit_bytes: int = EVENT_LIMIT_BYTES) -> bytes:
    """Serialise an event; while it is too large, take out the next least telling part and say so in the event."""
    payload = _serialize(event)
    for part, trim in TRIMS.items():
        if len(payload) <= limit_bytes:
            break
        trim(event)
        event["tags"][TRIMMED] = part
        payload = _serialize(event)
    return payload


def _serialize(value: Json) -> bytes:
    if orjson is not None:
        try:
            return orjson.dumps(value)
        except TypeError:  # a lone surrogate or a number beyond 64 bits
            pass
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
