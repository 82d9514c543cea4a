"""Sentry's own normaliser and scrubber as functions: what would the server make of an event?"""

import json
import re
from datetime import UTC, datetime
from functools import cache

from sentry_relay.processing import StoreNormalizer, convert_datascrubbing_config, pii_strip_event

from logrouter.masking import default_masker

DAY_S = 86_400

BY_DEFAULT = convert_datascrubbing_config(
    {
        "scrubData": True,
        "scrubDefaults": True,
        "scrubIpAddresses": True,
        "sensitiveFields": [],
        "excludeFields": [],
    }
)
"""What a new project of Sentry scrubs."""

BY_SHAPE = {"applications": {"$string": ["@email", "@creditcard", "@iban", "@pemkey", "@urlauth", "@usssn", "@bearer"]}}
"""The shapes of Relay that masking promises to cover, looked for in every text of an event."""

MASKS = [
    (re.compile(r"(?<![A-Za-z0-9_.+*-])[A-Za-z0-9_.+-]{0,2}\*\*+@[\w.-]+"), "[EMAIL]"),
    (re.compile(r"(?i:bearer +)?\*\*\*MASKED\*\*\*"), "[MASK]"),
    (re.compile(r"\{\{[^{}]*\}\}"), "[PLACE]"),
]
"""Our masks, and placeholders of samples, that Relay would take for an address or a token."""

WORDS = re.compile(
    r"password|passwd|secret|api[-_]?key|auth|credentials|mysql_pwd|private[-_]?key|token|^otp$|two[-_]factor",
    re.IGNORECASE,
)
"""What the default scrubbers take a whole text away for, whatever it says."""

ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}", re.IGNORECASE)

NAMED = re.compile(r"request\.query_string\.")
"""Where the default scrubbers go by the name in front of a value too."""

WORDED = re.compile(r"breadcrumbs\.values\.\d+\.message|request\.headers\..*|logentry\.params\.\d+|user\..*")
"""Where no form was found that the default scrubbers leave alone; docs/sentry.md says so."""


def event_of(delivery):
    """Return the event inside an envelope, read by the envelope's own rules."""
    _head, item, payload, *rest = delivery.body.split(b"\n")
    assert rest == [b""]
    assert json.loads(item)["length"] == len(payload)
    return json.loads(payload)


@cache
def normalizer():
    """Return Relay's normaliser with Sentry's limits; how old an event may be is not asked."""
    return StoreNormalizer(
        project_id=1,
        enable_trimming=True,
        remove_other=True,
        max_secs_in_past=3650 * DAY_S,
        max_secs_in_future=3650 * DAY_S,
    )


def stored_of(event):
    """Return the event as Relay would store it."""
    return normalizer().normalize_event(json.loads(json.dumps(event)))


def normalized(event):
    """Return the event as Relay would store it; asserts that it found nothing wrong and changed nothing that counts."""
    assert faults_of(event) == []
    return stored_of(event)


def faults_of(event):
    """Return what Sentry's normaliser finds wrong with an event, and what does not come back as sent."""
    stored = stored_of(event)
    found = [f"error {error['type']} at {error.get('name')}" for error in stored.get("errors") or ()]
    found += [f"remark {remark} at {place}" for place, remark in errors_in(stored.get("_meta"))]
    return found + [f"{place} is not as sent" for place in changes_of(event, stored)]


def errors_in(meta, path=""):
    """Return every remark `_meta` holds that is an error, with its place."""
    found = []
    for key, value in meta.items() if isinstance(meta, dict) else ():
        if key == "" and value.get("err"):
            found.append((path, value["err"]))
        elif key:
            found += errors_in(value, f"{path}/{key}")
    return found


SAME = ("event_id", "level", "environment", "release", "platform", "transaction", "logger", "fingerprint", "logentry")


def changes_of(event, stored):
    """Yield the places of what identifies, dates, describes and groups an event where the stored one differs."""
    for name in SAME:
        if event.get(name) != stored.get(name) and not (name in {"logger", "transaction"} and not event.get(name)):
            yield name
    if abs(seconds_of(stored["timestamp"]) - seconds_of(event["timestamp"])) > 1e-3:
        yield "timestamp"
    tags = dict(stored.get("tags") or ())
    sent = dict(event.get("tags", {}))
    if event.get("server_name"):
        sent["server_name"] = event["server_name"]
    yield from (f"tags.{name}" for name, value in sent.items() if tags.get(name) != value)
    trace, kept = event.get("contexts", {}).get("trace"), stored.get("contexts", {}).get("trace", {})
    yield from (f"contexts.trace.{name}" for name in ("trace_id", "span_id") if trace and trace[name] != kept.get(name))
    yield from (f"contexts.{name}" for name in event.get("contexts", {}) if name not in stored.get("contexts", {}))
    user = stored.get("user") or {}
    yield from (f"user.{name}" for name, value in event.get("user", {}).items() if user.get(name) != value)
    request = stored.get("request") or {}
    yield from (f"request.{n}" for n in ("method", "url") if event.get("request", {}).get(n) != request.get(n))
    yield from _changed_exceptions(event.get("exception"), stored.get("exception"))
    crumbs = [event.get("breadcrumbs"), stored.get("breadcrumbs")]
    if len({len((each or {}).get("values", ())) for each in crumbs}) > 1:
        yield "breadcrumbs"


def _changed_exceptions(sent, kept):
    sent, kept = ((each or {}).get("values", []) for each in (sent, kept))
    if len(sent) != len(kept):
        yield "exception.values"
        return
    for number, (ours, theirs) in enumerate(zip(sent, kept, strict=True)):
        for name in ("type", "value", "module"):
            if ours.get(name) != theirs.get(name):
                yield f"exception.values.{number}.{name}"
        frames = ((each.get("stacktrace") or {}).get("frames") or [] for each in (ours, theirs))
        named = [[(f.get("function"), f.get("module"), f.get("lineno"), f["in_app"]) for f in each] for each in frames]
        if named[0] != named[1] or (ours.get("stacktrace") is None) != (theirs.get("stacktrace") is None):
            yield f"exception.values.{number}.stacktrace"


def scrubbed(event):
    """Return the event after Sentry's default server-side scrubbing (data, defaults, IP addresses)."""
    return pii_strip_event(BY_DEFAULT, json.loads(json.dumps(event)))


def is_masked(event):
    """Tell whether masking finds nothing in an event: a test may have made one of text that was never masked."""
    return default_masker().mask(json.loads(json.dumps(event))) == event


def struck(event):
    """Return what Sentry's scrubbers would take out of an event though masking left it: places with the rule.

    Passed over are our own masks, and in the places of `WORDED` the texts that only hold a word of the default
    scrubbers or an address of a machine.
    """
    event = without_masks(event)
    found = list(_struck(laid_open(event), BY_SHAPE))
    for place, rule, text in _struck(event, BY_DEFAULT):
        if NAMED.match(place) or (WORDED.fullmatch(place) and (WORDS.search(text) or ADDRESS.search(text))):
            continue
        found.append((place, rule, text))
    return [(place, rule) for place, rule, _ in found]


def _struck(event, config):
    result = pii_strip_event(config, json.loads(json.dumps(event)))
    return [(".".join(path), rule, str(at(event, path))) for path, rule in remarks(result.get("_meta") or {})]


def laid_open(event):
    """Return an event whose tags and contexts stand where rules about shapes reach, which they do not by themselves."""
    contexts = {
        name: {key: value for key, value in context.items() if key != "type"}
        for name, context in event.get("contexts", {}).items()
    }
    return {**event, "contexts": {f"open_{name}": value for name, value in contexts.items()} | {"tags": event["tags"]}}


def without_masks(value):
    """Return a value with words instead of our masks."""
    if isinstance(value, dict):
        return {without_masks(key): without_masks(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [without_masks(inner) for inner in value]
    if isinstance(value, str):
        for pattern, word in MASKS:
            value = pattern.sub(word, value)
    return value


def remarks(meta, path=()):
    """Yield place and rule of everything that was taken out."""
    for key, value in meta.items():
        if key == "":
            yield from ((path, remark[0]) for remark in value.get("rem", ()))
        else:
            yield from remarks(value, (*path, key))


def at(value, path):
    """Return what stands at a place; empty text where nothing does."""
    for key in path:
        if isinstance(value, dict):
            value = value.get(key, "")
        elif isinstance(value, list):
            value = value[int(key)]
        else:
            return value
    return value


def seconds_of(timestamp):
    """Return a normalised timestamp (seconds or ISO text) as epoch seconds."""
    if isinstance(timestamp, str):
        return datetime.fromisoformat(timestamp).replace(tzinfo=UTC).timestamp()
    return timestamp
