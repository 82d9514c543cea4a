"""Sentry's own normaliser and scrubber as functions: what would the server make of an event?"""

import json
from datetime import UTC, datetime

from sentry_relay.processing import StoreNormalizer, convert_datascrubbing_config, pii_strip_event

DAY_S = 86_400


def event_of(delivery):
    """Return the event inside an envelope, read by the envelope's own rules."""
    _head, item, payload, *rest = delivery.body.split(b"\n")
    assert rest == [b""]
    assert json.loads(item)["length"] == len(payload)
    return json.loads(payload)


def normalized(event):
    """Return the event as Relay would store it on the day after it happened; asserts that it found nothing wrong."""
    normalizer = StoreNormalizer(
        project_id=1,
        enable_trimming=True,
        remove_other=True,
        max_secs_in_past=3650 * DAY_S,
        max_secs_in_future=3650 * DAY_S,
    )
    result = normalizer.normalize_event(json.loads(json.dumps(event)))
    assert result.get("errors") is None, result["errors"]
    assert errors_in(result.get("_meta")) == []
    return result


def errors_in(meta, path=""):
    """Return every remark `_meta` holds that is an error, with its place."""
    found = []
    for key, value in meta.items() if isinstance(meta, dict) else ():
        if key == "" and value.get("err"):
            found.append((path, value["err"]))
        elif key:
            found += errors_in(value, f"{path}/{key}")
    return found


def scrubbed(event):
    """Return the event after Sentry's default server-side scrubbing (data, defaults, IP addresses)."""
    config = convert_datascrubbing_config(
        {
            "scrubData": True,
            "scrubDefaults": True,
            "scrubIpAddresses": True,
            "sensitiveFields": [],
            "excludeFields": [],
        }
    )
    return pii_strip_event(config, json.loads(json.dumps(event)))


def seconds_of(timestamp):
    """Return a normalised timestamp (seconds or ISO text) as epoch seconds."""
    if isinstance(timestamp, str):
        return datetime.fromisoformat(timestamp).replace(tzinfo=UTC).timestamp()
    return timestamp
