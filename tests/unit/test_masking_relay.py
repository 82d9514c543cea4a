"""An independent check: Sentry's own scrubber (Relay's code) finds nothing left to do on what masking let out.

Checked are Relay's rules for e-mail, cards, IBAN, keys, credentials in URLs, US numbers, bearer tokens, and its default
configuration with the word lists of `@password`. Not checked, because the contract leaves them alone: `@ip` and `@uuid`
(operation needs addresses and request ids), `@userpath` (stack frames), `@imei` and `@mac` (devices, no persons).

Relay does not know our masks. What it may still strike out is a mask: the partial mask of an e-mail address and
`***MASKED***` behind `Bearer` or in front of a host (`SEEN` writes words instead of those two), a whole text that says
`password=` in front of a mask, and a lone name such as `"name": "password"` (`is_harmless`).
"""

import json
import re
from collections import Counter

import pytest
from sentry_relay.processing import convert_datascrubbing_config, pii_strip_event

from logrouter.jobs.forward_errors import plan
from logrouter.masking import default_masker, mask
from logrouter.policy import default_policy
from tests.data.masking_blind_disguised import disguised
from tests.data.masking_blind_positives import positives
from tests.data.masking_corpus import KEY_VALUE, KEYS, NUMBERS, PASSWORD_LINES, TOKENS
from tests.unit.sentry_oracle import event_of

SHAPES = ["@email", "@creditcard", "@iban", "@pemkey", "@urlauth", "@usssn", "@bearer"]
BY_SHAPE = {"applications": {"$string": SHAPES}}
BY_DEFAULT = convert_datascrubbing_config(
    {"scrubData": True, "scrubDefaults": True, "scrubIpAddresses": False, "sensitiveFields": [], "excludeFields": []}
)
SEEN = [
    (re.compile(r"(?<![A-Za-z0-9_.+*-])[A-Za-z0-9_.+-]{0,2}\*\*+@[\w.-]+"), "[EMAIL]"),
    (re.compile(r"(?i:bearer +)?\*\*\*MASKED\*\*\*"), "[MASK]"),
]
NAME = re.compile(r"(?:[A-Za-z_./# -]|\\+u00ad|V2|word2)+\\*")
"""A name as it stands in these records; none of the planted secrets is without a digit."""
RELAY_DEPTH = 100
"""Relay reads JSON of 128 levels; deeper records are shown to it as text."""

RECORDS = [
    *[case.record for case in [*positives(), *disguised()]],
    *[line for _, line, _ in PASSWORD_LINES],
    *[f"고객 {text} 확인" for _, text, _, _ in NUMBERS],
    *[f"got {token} ok" for token in TOKENS.values()],
    *[{key: KEY_VALUE, "n": 1} for key in KEYS],
]


def depth(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(depth, inner), default=0)


def event_with(record):
    """Return an event that holds the record in every place Relay's rules reach (tags they do not)."""
    text = record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)
    value = text if depth(record) > RELAY_DEPTH else record
    return {
        "logentry": {"formatted": text},
        "exception": {"values": [{"type": "Error", "value": text}]},
        "extra": {"record": value},
        "contexts": {"log": {"record": value}},
        "request": {"url": "https://shop.example/", "data": value, "headers": [["X-Note", text]]},
        "user": {"id": text, "data": {"record": value}},
        "breadcrumbs": {"values": [{"message": text, "data": {"record": value}}]},
    }


def with_words_for_masks(value):
    """Return a value with words instead of our masks, which Relay would take for an address or a token."""
    if isinstance(value, dict):
        return {with_words_for_masks(key): with_words_for_masks(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [with_words_for_masks(inner) for inner in value]
    if isinstance(value, str):
        for pattern, word in SEEN:
            value = pattern.sub(word, value)
    return value


def struck(event, config):
    """Return what Relay strikes out of an event: (rule, text that held it)."""
    result = pii_strip_event(config, event)
    return [(rule, at(event, path)) for path, rule in remarks(result.get("_meta", {}))]


def remarks(meta, path=()):
    for key, value in meta.items():
        if key == "":
            yield from ((path, remark[0]) for remark in value.get("rem", ()))
        else:
            yield from remarks(value, (*path, key))


def at(value, path):
    for part in path:
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def is_harmless(rule, text):
    """Say whether a text that `@password` strikes out holds a mask, or is nothing but a name."""
    if rule.split(":")[0] != "@password":
        return False
    return not isinstance(text, str) or "[MASK]" in text or "**" in text or NAME.fullmatch(text) is not None


def left(events):
    """Count what Relay still finds in events, without what is a mask."""
    shown = [with_words_for_masks(event) for event in events]
    found = [one for event in shown for config in (BY_SHAPE, BY_DEFAULT) for one in struck(event, config)]
    return Counter(rule for rule, text in found if not is_harmless(rule, text))


def encoded(records, mask_text):
    """Return the Sentry events that forward_errors makes of a log with these records, tags shown as a context."""
    lines = [{"level": "error", "msg": as_text(record), "detail": record} for record in records]
    document = {
        "messageType": "DATA_MESSAGE",
        "owner": "123456789012",
        "logGroup": "/aws/ecs/orders/application",
        "logStream": "web/1",
        "logEvents": [
            {"id": f"{number:056d}", "timestamp": 1795140000000 + number, "message": json.dumps(line)}
            for number, line in enumerate(lines)
        ],
    }
    planned = plan(
        document, policy=default_policy(), mask_text=mask_text, region="ap-northeast-2", environment="dev", limit_bytes=10**8
    )  # fmt: skip
    events = [event_of(delivery) for delivery in planned.deliveries]
    return [{**event, "extra": {"tags": event.get("tags")}} for event in events]


def as_text(record):
    return record if isinstance(record, str) else json.dumps(record, ensure_ascii=False)


@pytest.fixture(scope="module")
def shallow():
    return [record for record in RECORDS if depth(record) < RELAY_DEPTH]


def test_relay_finds_every_kind_in_raw_records():
    """Without masking Relay finds something by each of its rules: this check can fail."""
    found = left(event_with(record) for record in RECORDS)

    assert {rule.split(":")[0] for rule in found} >= {*SHAPES, "@password"}
    assert sum(found.values()) > 1000


def test_relay_finds_nothing_in_masked_records():
    """In no place of an event does Relay find anything in a masked record."""
    assert left(event_with(mask(record)) for record in RECORDS) == {}


def test_relay_finds_every_kind_in_raw_events(shallow):
    """Without masking Relay finds something in the very events that are encoded of these records."""
    found = left(encoded(shallow, lambda text, service, log_group: (text, {})))

    assert {rule.split(":")[0] for rule in found} >= {*SHAPES, "@password"}


def test_relay_finds_nothing_in_masked_events(shallow):
    """Relay finds nothing in the events that forward_errors makes of these records."""
    events = encoded(shallow, default_masker().mask_text)

    assert len(events) > 0.9 * len(shallow)  # the others are notices that no error is made of
    assert left(events) == {}
