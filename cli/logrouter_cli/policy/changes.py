"""What one policy changes of another, value by value, and what of it takes masking away."""

import json
from collections.abc import Iterator, Mapping

from logrouter.masking.rules.optional import rules_in_force
from logrouter.model import Json
from logrouter.policy.load import SECTIONS, Policy

ABSENT = object()
SHOWN_CHARS = 100


def changes(before: Policy, after: Policy) -> Iterator[str]:
    """Return one line for each value that differs: `+` new, `-` gone, `~` changed, with its place."""
    for name in SECTIONS:
        yield from _changes(name, before.section(name), after.section(name))


def weakened(before: Policy, after: Policy) -> list[str]:
    """Return the ids of masking rules that are switched off, gone, changed, or hold for other records, sorted."""
    kept = {_whole(rule) for rule in rules_in_force(after.section("masking"))}
    return sorted({rule["id"] for rule in rules_in_force(before.section("masking")) if _whole(rule) not in kept})


def _whole(rule: Mapping[str, Json]) -> str:
    return json.dumps({key: rule[key] for key in rule if key not in {"examples", "note"}}, sort_keys=True)


def _changes(place: str, before: Json, after: Json) -> Iterator[str]:
    before, after = _by_id(before), _by_id(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in [*before, *(key for key in after if key not in before)]:
            yield from _changes(f"{place}.{key}", before.get(key, ABSENT), after.get(key, ABSENT))
    elif before is ABSENT:
        yield f"+ {place} = {_short(after)}"
    elif after is ABSENT:
        yield f"- {place}"
    elif before != after:
        yield f"~ {place}: {_short(before)} -> {_short(after)}"


def _by_id(value: Json) -> Json:
    """Take a list of identified objects as an object, so that an inserted rule does not look like many changed ones."""
    if isinstance(value, list) and value and all(isinstance(item, dict) and "id" in item for item in value):
        return {f"[{item['id']}]": item for item in value}
    return value


def _short(value: Json) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 3]}..."
