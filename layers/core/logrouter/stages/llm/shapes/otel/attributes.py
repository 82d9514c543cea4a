"""Attributes of a span or log record by dotted name, from every form in which exporters write them."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.llm.reading.fields import opened, text, whole

ROOTS: Final = frozenset(
    {
        "ai", "anthropic", "aws", "azure", "cloud", "deployment", "duration", "embedding", "enduser", "error", "event",
        "exception", "gen_ai", "guardrail", "http", "input", "langfuse", "langsmith", "llm", "logfire", "mcp",
        "metadata", "openai", "openinference", "operation", "output", "reranker", "retrieval", "rpc", "session", "tag",
        "telemetry", "tool", "traceloop", "url", "user",
    }
)  # fmt: skip
"""First parts of the names that are read; the others are of HTTP, databases and the like."""

MARKS: Final = frozenset({"ai", "gen_ai", "langfuse", "langsmith", "llm", "mcp", "openinference", "traceloop"})
"""First parts of names that only telemetry of models has: what has none of them is no call."""

LIMIT: Final = 4_000
"""So many attributes of a span are read. The SDKs stop at 128; numbered messages of older ones may be more."""

_WHOLE: Final = frozenset(
    {
        "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.tool.definitions",
        "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.retrieval.documents", "metadata",
        "langfuse.observation.input", "langfuse.observation.output", "langfuse.observation.usage_details",
        "langfuse.observation.cost_details", "langfuse.observation.model.parameters", "llm.invocation_parameters",
        "input.value", "output.value", "tool.parameters",
    }
)  # fmt: skip
"""Names whose value is an object of its own, not a part of the name."""

_DEPTH: Final = 8
_VALUES: Final = frozenset({"stringValue", "intValue", "doubleValue", "boolValue", "bytesValue"})
_SHOWN: Final = re.compile(r"\[ '[^'\\]*'(?:, '[^'\\]*')* \]")
_SHOWN_CHARS: Final = 2_000
_WHOLE_NUMBER: Final = re.compile(r"[+-]?\d{1,18}")


class Attributes:
    """Attributes by dotted name; of two values of one name the first counts.

    Args:
        places: objects or lists of attributes.
        roots: first parts of the names that are taken; None = every name.
    """

    __slots__ = ("_roots", "_values")

    def __init__(self, *places: Json, roots: frozenset[str] | None = ROOTS) -> None:
        self._values: dict[str, Json] = {}
        self._roots = roots
        for place in places:
            self.add(place)

    def add(self, place: Json) -> None:
        """Add an object or a list of attributes; what is there already stays."""
        for name, value in _pairs(place):
            if len(self._values) >= LIMIT:
                break
            if self._roots is None or name.partition(".")[0] in self._roots:
                self._flatten(name, value, 0)

    def __bool__(self) -> bool:
        return any(name.partition(".")[0] in MARKS for name in self._values)

    def __iter__(self) -> Iterator[tuple[str, Json]]:
        return iter(self._values.items())

    def first(self, *names: str) -> Json:
        """Return the first value that is there, None when none is."""
        return next((value for name in names if (value := self._values.get(name)) is not None), None)

    def text(self, *names: str) -> str | None:
        """Return the first value that is readable text."""
        return next((found for name in names if (found := text(self._values.get(name))) is not None), None)

    def whole(self, *names: str) -> int | None:
        """Return the first value that is a count; raises NonsenseError when it is an impossible one."""
        return next((found for name in names if (found := whole(self._values.get(name), name)) is not None), None)

    def under(self, prefix: str) -> dict[str, Json]:
        """Return what stands under `prefix`, which ends in a dot, by the rest of its name."""
        return {name[len(prefix) :]: value for name, value in self._values.items() if name.startswith(prefix)}

    def nested(self, prefix: str) -> Json:
        """Return what stands under `prefix` as objects and, where parts are numbers, lists: None when nothing does.

        `llm.input_messages.0.message.role` under `llm.input_messages.` is `[{"message": {"role": ..}}]`.
        """
        root: dict[str, Json] = {}
        for name, value in self.under(prefix).items():
            parts = name.split(".", _DEPTH)
            place = root
            for part in parts[:-1]:
                inner = place.setdefault(part, {})
                if not isinstance(inner, dict):
                    break
                place = inner
            else:
                place.setdefault(parts[-1], value)
        return _listed(root) if root else None

    def _flatten(self, name: str, value: Json, depth: int) -> None:
        if isinstance(value, dict) and value and depth < _DEPTH and name not in _WHOLE:
            for key, inner in value.items():
                self._flatten(f"{name}.{key}", inner, depth + 1)
        elif value is not None and len(self._values) < LIMIT:
            self._values.setdefault(name, value)


def plain_value(value: Json) -> Json:
    """Return an OTLP value (`{"intValue": "5"}`, `{"stringValue": ..}`) or one of Go's exporter as what it is."""
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        return value["Value"] if value.keys() == {"Type", "Value"} else value or None
    name, inner = next(iter(value.items()))
    if name == "arrayValue" and isinstance(inner, dict):
        items = inner.get("values")
        return [plain_value(item) for item in items] if isinstance(items, list) else []
    if name == "kvlistValue" and isinstance(inner, dict):
        return {key: plain_value(item) for key, item in _pairs(inner.get("values"))}
    if name == "intValue" and isinstance(inner, str) and _WHOLE_NUMBER.fullmatch(inner):
        return int(inner)
    return inner if name in _VALUES else value


def _pairs(place: Json) -> Iterator[tuple[str, Json]]:
    """Yield names and values of an object, or of a list `[{"key": .., "value": {"stringValue": ..}}]`."""
    if isinstance(place, dict):
        yield from place.items()
    elif isinstance(place, list):
        for item in place:
            if isinstance(item, dict):
                name = item.get("key", item.get("Key"))
                if isinstance(name, str):
                    yield name, plain_value(item.get("value", item.get("Value")))


def _listed(place: Json) -> Json:
    """Turn objects whose names are all numbers into lists, in order of the numbers."""
    if not isinstance(place, dict):
        return place
    if all(name.isdecimal() and len(name) <= 6 for name in place):
        return [_listed(place[name]) for name in sorted(place, key=int)]
    return {name: _listed(value) for name, value in place.items()}


def as_object(value: Json) -> Mapping[str, Json]:
    """Return a value, or the JSON text of one, as an object; an empty one when it is none."""
    found = opened(value)
    return found if isinstance(found, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return a value as a list, also the text of one, as JSON or as Node's console shows it; empty when it is none."""
    found = opened(value)
    if isinstance(found, str) and found.startswith("[ '") and len(found) < _SHOWN_CHARS and _SHOWN.fullmatch(found):
        return list(found[3:-3].split("', '"))
    return found if isinstance(found, list) else []
