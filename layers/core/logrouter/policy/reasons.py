"""Says in words why a schema refuses a section: the place by rule ids, what is expected, never a value."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

from logrouter.model import Json

NAME: Final = re.compile(r"[A-Za-z$][A-Za-z0-9_.$-]{0,79}")
"""What a key or an id must look like to be shown: nothing that could be somebody's data."""

SHOWN_CHARS: Final = 200

_TYPES: Final[Mapping[type, str]] = {
    str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object", type(None): "null",
}  # fmt: skip
"""JSON's names; whole numbers are numbers."""

_WORDS: Final[Mapping[str, str]] = {
    "type": "must be {}",
    "enum": "must be one of {}",
    "const": "must be {}",
    "minimum": "must be at least {}",
    "maximum": "must be at most {}",
    "pattern": "must match {}",
    "format": "is no {}",
    "minLength": "must have {} characters or more",
    "maxLength": "must have {} characters or fewer",
    "minItems": "must hold {} or more",
    "maxItems": "must hold {} or fewer",
    "minProperties": "must have {} keys or more",
    "propertyNames": "has a key that is not allowed here; keys must be {}",
}


def place_of(section_name: str, section: Json, path: Sequence[str]) -> str:
    """Return a place such as `log_groups.kinds.lambda.retention_days`: entries of lists by id where they have one.

    Args:
        section_name: name of the section.
        section: the section the path leads into.
        path: keys and positions, without the section itself.
    """
    parts, here = [section_name], section
    for step in path:
        if isinstance(here, list):
            here = here[int(step)]
            named = here.get("id") if isinstance(here, dict) else None
            parts.append(str(named) if is_name(named) else step)
        elif isinstance(here, dict) and step in here:
            here = here[step]
            parts.append(step if is_name(step) else "*")
        else:  # a key with dots in it, which the path of a refusal does not hold together
            return ".".join([*parts, "*"])
    return ".".join(parts)


def reason_of(rule: str, definition: Mapping[str, Json], value: Json) -> str:
    """Return why a value breaks a rule of its schema.

    Args:
        rule: keyword of JSON Schema, such as `enum`.
        definition: the schema of that place.
        value: what stands there; only names of keys are taken from it.
    """
    expected = definition.get(rule)
    keys = value if isinstance(value, dict) else {}
    if rule == "required" and isinstance(expected, list):
        return f"lacks {', '.join(name for name in expected if name not in keys)}"
    if rule == "additionalProperties" and expected is False:
        known = definition.get("properties", {})
        return f"{_unknown([key for key in keys if key not in known])}; known are {', '.join(known)}"
    if rule == "propertyNames" and isinstance(expected, Mapping):
        known = expected.get("enum") or []
        return _meant(keys, known) + _WORDS[rule].format(_shown(known or f"like {expected.get('pattern', '')}"))
    if rule == "uniqueItems":
        return "must not hold anything twice"
    if rule in _WORDS:
        return _WORDS[rule].format(_shown(expected))
    return _other_types(expected, value) or f"has a shape that is not known here ({rule})"


def _other_types(forms: Json, value: Json) -> str:
    """Name the types that several forms allow, where the value is of none; empty where its type is not the trouble."""
    types: list[str] = []
    for form in forms if isinstance(forms, list) else ():
        said = form.get("type") if isinstance(form, dict) else None
        if said is None:
            return ""
        types += said if isinstance(said, list) else [said]
    is_allowed = _TYPES.get(type(value)) in {name.replace("integer", "number") for name in types}
    return f"must be {' or '.join(dict.fromkeys(types))}" if types and not is_allowed else ""


def _unknown(keys: Sequence[Json]) -> str:
    """Name unknown keys, at most three of them."""
    named = [repr(key) for key in keys if is_name(key)][:3]
    return f"unknown key {', '.join(named)}" if named else "unknown keys"


def _meant(keys: Mapping[str, Json], known: Sequence[str]) -> str:
    """Name the unknown keys, and the known one that the first of them is nearly; empty when none is near."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a refusal needs it

    unknown = [key for key in keys if key not in known]
    meant = get_close_matches(unknown[0], known, 1) if unknown and known else []
    return f"{_unknown(unknown)}, did you mean {meant[0]!r}? It " if meant else ""


def is_name(value: Json) -> bool:
    """Say whether a key or an id may be shown."""
    return isinstance(value, str) and bool(NAME.fullmatch(value))


def _shown(expected: Json) -> str:
    if isinstance(expected, list):
        text = ", ".join(item if isinstance(item, str) else json.dumps(item) for item in expected)
    else:
        text = expected if isinstance(expected, str) else json.dumps(expected)
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 3]}..."
