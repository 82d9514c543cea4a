"""What a body says, whoever's it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from logrouter.model import Json


@dataclass(slots=True)
class Body:
    """Content in a form that Langfuse renders, and the figures beside it.

    Args:
        usage: counts as the vendor names them.
        finish_reason: the vendor's own word.
        model: what answered, where the body names it.
        error: what failed, where the body says so.
        guardrail: what guardrails found, without what they found it in.
        tier: the service tier that answered.
    """

    content: Json = None
    parameters: dict[str, Json] = field(default_factory=dict)
    usage: dict[str, Json] = field(default_factory=dict)
    latency_ms: Json = None
    first_byte_ms: Json = None
    finish_reason: str | None = None
    model: str | None = None
    error: str | None = None
    guardrail: dict[str, Json] = field(default_factory=dict)
    tier: str | None = None


def nested(value: Json, *path: str) -> Json:
    """Return what stands at a path of names, None where one of them is missing."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def first(body: Mapping[str, Json], *names: str) -> Json:
    """Return the first value that is there."""
    return next((body[name] for name in names if body.get(name) is not None), None)


def first_text(body: Mapping[str, Json], *names: str) -> str | None:
    """Return the first value that is a text with something in it."""
    return next((value for name in names if isinstance(value := body.get(name), str) and value), None)


def objects(value: Json) -> list[dict[str, Json]]:
    """Return the objects of a list; empty when it is none."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
