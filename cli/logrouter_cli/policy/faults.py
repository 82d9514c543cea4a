"""Every fault of a policy document in one go: what the functions check when they load it, entry by entry."""

import json
from collections.abc import Iterator

from logrouter.adapters.forwarding import ready_masker
from logrouter.adapters.policy_source import accepted
from logrouter.errors import PolicyError
from logrouter.jobs import archive_plan
from logrouter.masking import Masker
from logrouter.model import Json
from logrouter.policy.load import DOCUMENT_LIMIT_CHARS, SECTIONS, Policy, default_policy, overlaid

ENTANGLED = frozenset({"log_groups", "archive"})
"""Sections that name parts of each other: an entry of one can only be held against the schema alone."""


def ready(text: bytes) -> tuple[Policy, Masker]:
    """Load a document as all the functions do: schema, masking rules, their cost, examples, record classes.

    Raises:
        PolicyError: the first fault.
    """
    return accepted(text, _made)


def refusal_of(text: bytes) -> PolicyError | None:
    """Return why the functions would refuse a document, None when they would take it into force."""
    try:
        ready(text)
    except PolicyError as refusal:
        return refusal
    return None


def tell_faults(text: bytes) -> bool:
    """Print the faults of a document; say whether there are any."""
    faults = faults_of(text)
    for fault in faults:
        print(fault)
    return bool(faults)


def faults_of(text: bytes) -> list[PolicyError]:
    """Return the faults of a document, empty when the functions would take it into force.

    A document that is refused is looked at entry by entry: each entry's first fault is found, whatever is wrong with
    the others.
    """
    first = refusal_of(text)
    if first is None:
        return []
    faults = {fault.place: fault for fault in _faults_inside(text)}
    # What is wrong with entries that are good one by one (a class that is not there, an id twice) shows in the whole.
    return [*faults.values()] if first.place in faults else [first, *faults.values()]


def _faults_inside(text: bytes) -> Iterator[PolicyError]:
    overlay = _sections(text)
    for name in overlay:
        content = overlay[name]
        if not isinstance(content, dict):
            yield PolicyError(name, "a section must be a JSON object")
            continue
        for key, value in content.items():
            if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
                yield from _faults_among(name, key, value)
            elif fault := _fault(name, {key: value}):
                yield fault
    together = {name: overlay[name] for name in ENTANGLED & overlay.keys()}
    if fault := refusal_of(json.dumps(together).encode()):
        yield fault


def _faults_among(name: str, key: str, entries: list[Json]) -> Iterator[PolicyError]:
    """Yield the faults of a list by halving it: what is good as a whole is looked at once."""
    fault = _fault(name, {key: entries})
    if fault and len(entries) == 1:
        yield fault
    elif fault:
        middle = len(entries) // 2
        yield from _faults_among(name, key, entries[:middle])
        yield from _faults_among(name, key, entries[middle:])


def _fault(name: str, content: dict[str, Json]) -> PolicyError | None:
    if name not in ENTANGLED:
        return refusal_of(json.dumps({name: content}).encode())
    try:
        overlaid(default_policy().document[name], name, {name: content})
    except PolicyError as refusal:
        return refusal
    return None


def _sections(text: bytes) -> dict[str, Json]:
    """Return the sections that there are, also of a document with others besides; nothing of what is no JSON."""
    if len(text) > DOCUMENT_LIMIT_CHARS:
        return {}
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return {name: document[name] for name in SECTIONS if name in document} if isinstance(document, dict) else {}


def _made(policy: Policy) -> Masker:
    archive_plan.check_policy(policy)
    return ready_masker(policy)
