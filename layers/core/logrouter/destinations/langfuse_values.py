"""Bring texts, numbers and names into the form and the size that Langfuse reads right. Pure.

Its server takes whatever it is given (checked in its source, 4.16.0, 2026-11-20): what is too long or too much spoils
what stands beside it, so that the bounds are ours.
"""

import hashlib
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Final

from logrouter.model import Json

NAME_CHARS: Final = 200
"""Of names, tags and keys; the langfuse SDK drops tags that are longer."""

ID_CHARS: Final = 200
"""Of the ids of users and sessions: the langfuse SDK drops longer ones, and Langfuse 3 indexes sessions in PostgreSQL,
which takes no row of an index above 2,704 bytes (langfuse 5.0.4, server 4.16.0, checked 2026-11-20)."""

TAGS: Final = 50
VALUE_CHARS: Final = 10_000
"""Of one value of metadata, or of one parameter."""

METADATA_CHARS: Final = 40_000
METADATA_KEYS: Final = 64
"""Of what a record brings itself. Langfuse shows each key as a row, and keeps a copy under `attributes`."""

PARAMETERS_CHARS: Final = 20_000
"""Of all parameters of a call. With the bounds above a span without prompt and answer is always small enough."""

_ENVIRONMENT: Final = re.compile(r"[^a-z0-9_-]+")
_ARN: Final = re.compile(r"arn:[^/]+/(?:.*/)?")
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_TOO_DEEP: Final = '"[nested too deeply]"'
_FORBIDDEN_KEYS: Final = frozenset({"__proto__", "constructor", "prototype"})


def dumps(value: Json) -> str:
    """Return strict JSON: what JSON cannot say (NaN, infinity, endless nesting) becomes null or a note."""
    try:
        return _dumped(value)
    except ValueError:
        pass
    except RecursionError:
        return _TOO_DEEP
    try:
        return _dumped(_finite(value))
    except RecursionError:
        return _TOO_DEEP


def cut(text: str, limit: int) -> str:
    """Return at most `limit` characters of a text and say how many are missing."""
    return text if len(text) <= limit else f"{text[:limit]}[cut: {len(text) - limit} characters more]"


def named(text: str | None) -> str | None:
    """Return a name in one line of at most `NAME_CHARS` characters; None when nothing is left of it."""
    return (_CONTROLS.sub(" ", text).strip()[:NAME_CHARS] or None) if text else None


def identifier(text: str | None) -> str | None:
    """Return an id without control characters (PostgreSQL refuses NUL); a long one is cut and stays distinct."""
    plain = _CONTROLS.sub(" ", text or "").strip()
    if len(plain) <= ID_CHARS:
        return plain or None
    digest = hashlib.sha256(plain.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{plain[: ID_CHARS - 17]}~{digest}"


def tags_shown(tags: Iterable[str]) -> list[Json]:
    """Return tags without empty and repeated ones, in their order."""
    return list(dict.fromkeys(tag for tag in map(named, tags) if tag))[:TAGS]


def environment_name(environment: str) -> str:
    """Return an environment as Langfuse accepts it: `[a-z0-9-_]`, 40 characters, not beginning with `langfuse`."""
    name = _ENVIRONMENT.sub("-", environment.lower()).strip("-")
    return re.sub(r"^(langfuse[-_]?)+", "", name)[:40] or "default"


def model_name(model: str | None) -> str | None:
    """Return the bare id of a model; Langfuse knows no ARN."""
    return named(_ARN.sub("", model)) if model else None


def parameters_shown(parameters: Mapping[str, Json]) -> str | None:
    """Return the parameters of a call as a JSON object; what is long is cut, as text, and what is too much left out."""
    shown: dict[str, Json] = {}
    left = PARAMETERS_CHARS
    for name, value in parameters.items():
        short = _short(value)
        left -= len(name[:NAME_CHARS]) + len(text_of(short))
        if left < 0 or len(shown) == METADATA_KEYS:
            break
        shown[name[:NAME_CHARS]] = short
    return dumps(shown) if shown else None


def metadata_shown(metadata: Mapping[str, Json]) -> tuple[dict[str, str], bool]:
    """Return what a record brings of its own as texts by name, and whether something had to be cut or left out.

    Names with a segment that Langfuse drops are left out, and so is what has no value.
    """
    shown: dict[str, str] = {}
    left, is_cut = METADATA_CHARS, False
    for name, value in metadata.items():
        if value is None or not _FORBIDDEN_KEYS.isdisjoint(name.split(".")):
            continue
        whole = text_of(value)
        short = cut(whole, VALUE_CHARS)
        is_cut = is_cut or short is not whole
        left -= len(short)
        if left < 0 or len(shown) == METADATA_KEYS:
            return shown, True
        shown[named(name) or "unnamed"] = short
    return shown, is_cut


def text_of(value: Json) -> str:
    """Return a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else dumps(value)


def any_value(value: Json) -> dict[str, Json]:
    """Return an OTLP AnyValue. Whole numbers do not occur: servers before 3.179 misread them."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(item) for item in value]}}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": str(value)}


def _dumped(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _short(value: Json) -> Json:
    whole = text_of(value)
    return value if len(whole) <= VALUE_CHARS else cut(whole, VALUE_CHARS)


def _finite(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
