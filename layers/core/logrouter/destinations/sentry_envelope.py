"""Turn an issue into the delivery that carries it: an envelope of one event, within its limit, always the same bytes.

Envelope and item are those of sentry-sdk; its client and transport are not used, because they lose events without a
word. An envelope holds exactly one event: Relay refuses a second one, Bugsink ignores the whole envelope then.
"""

import json
from collections.abc import Callable, Mapping
from typing import Final

from logrouter.destinations.sentry_event import SDK, build_event
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
        event["tags"]["logrouter.trimmed"] = part
        payload = _serialize(event)
    return payload


def _serialize(value: Json) -> bytes:
    if orjson is not None:
        try:
            return orjson.dumps(value)
        except TypeError:  # a lone surrogate or a number beyond 64 bits
            pass
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _keep_frames(count: int, *, source: bool) -> Callable[[dict[str, Json]], None]:
    def trim(event: dict[str, Json]) -> None:
        for value in event.get("exception", {}).get("values", ()):
            if "stacktrace" in value:
                frames = value["stacktrace"]["frames"][-count:]
                value["stacktrace"]["frames"] = [
                    {
                        key: fact
                        for key, fact in frame.items()
                        if source or key not in {"context_line", "post_context", "abs_path"}
                    }
                    for frame in frames
                ]

    return trim


def _drop_breadcrumbs(event: dict[str, Json]) -> None:
    event.pop("breadcrumbs", None)


def _drop_contexts(event: dict[str, Json]) -> None:
    event["contexts"].pop("attributes", None)
    event["contexts"].pop("stack", None)


def _keep_exceptions(count: int) -> Callable[[dict[str, Json]], None]:
    def trim(event: dict[str, Json]) -> None:
        if "exception" in event:
            event["exception"]["values"] = event["exception"]["values"][-count:]

    return trim


def _keep_crash(event: dict[str, Json]) -> None:
    _keep_exceptions(1)(event)
    _keep_frames(10, source=False)(event)
    event["logentry"] = {"formatted": event["logentry"]["formatted"]}


TRIMS: Final[Mapping[str, Callable[[dict[str, Json]], None]]] = {
    "frames": _keep_frames(100, source=True),
    "breadcrumbs": _drop_breadcrumbs,
    "attributes": _drop_contexts,
    "source": _keep_frames(50, source=False),
    "causes": _keep_exceptions(3),
    "all but the crash": _keep_crash,
}
"""What is given up, in this order, to bring an event below its limit; tag `logrouter.trimmed` names the last one."""
