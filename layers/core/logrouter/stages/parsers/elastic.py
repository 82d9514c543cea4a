"""The Elastic Common Schema, as the ecs-logging libraries of every language write it: dotted, nested, or both at once.

Field names: elastic.co, "ECS field reference" and the specification of ecs-logging (checked 2026-11-20); samples
written by ecs-logging for Python, @elastic/ecs-pino-format and @elastic/ecs-winston-format.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from logrouter.model import Json
from logrouter.stages.reading.fields import read_fields
from logrouter.stages.reading.parser import Document, Fields, JsonParser

_SETS: Final = frozenset(
    {
        "client", "cloud", "container", "ecs", "error", "event", "faas", "host", "http", "log", "orchestrator",
        "process", "server", "service", "source", "span", "trace", "transaction", "url", "user", "user_agent",
    }
)  # fmt: skip
"""Field sets of the schema that are laid flat; everything else keeps its shape."""

_KEPT: Final = frozenset({"labels", "headers", "origin", "thread"})
_DEPTH_LIMIT: Final = 3
_NANOSECONDS: Final = 1_000_000
_TRACEBACK: Final = "Traceback (most recent call last):"


def _recognises(document: Mapping[str, Json]) -> bool:
    return "ecs.version" in document or (isinstance(ecs := document.get("ecs"), dict) and "version" in ecs)


def _read(document: Document, at_ms: int) -> Fields:
    flat = dict(_flat(document, "", 0))
    _complete_stack(flat)
    fields = read_fields(flat, at_ms)
    attributes = fields["attributes"]
    if "path" not in fields and isinstance(url := attributes.pop("url.original", attributes.get("url.full")), str):
        fields["path"] = url
    if "user_id" not in fields and isinstance(name := attributes.get("user.name"), str):
        fields["user_id"] = name
    duration = attributes.get("event.duration")
    if "duration_ms" not in fields and isinstance(duration, int | float) and not isinstance(duration, bool):
        fields["duration_ms"] = duration / _NANOSECONDS
    if "request_id" not in fields and isinstance(execution := attributes.get("faas.execution"), str):
        fields["request_id"] = execution
    if "client_ip" in fields and attributes.get("client.address") == fields["client_ip"]:
        del attributes["client.address"]
    if isinstance(host := attributes.get("host.hostname", attributes.get("host.name")), str):
        attributes["hostname"] = host
    return fields


def _flat(value: Mapping[str, Json], prefix: str, depth: int) -> Iterator[tuple[str, Json]]:
    """Yield every field under its dotted name; one that the line has both ways is told by the last."""
    for key, item in value.items():
        is_set = isinstance(item, dict) and key not in _KEPT and (prefix or key in _SETS) and depth < _DEPTH_LIMIT
        if is_set and item:
            yield from _flat(item, f"{prefix}{key}.", depth + 1)
        else:
            yield f"{prefix}{key}", item


def _complete_stack(flat: Document) -> None:
    """Put the header above frames and the exception below them: ecs-logging for Python leaves both to other fields."""
    stack = flat.get("error.stack_trace")
    if not isinstance(stack, str) or _TRACEBACK in stack or not stack.lstrip().startswith('File "'):
        return
    parts = (part for name in ("error.type", "error.message") if isinstance(part := flat.get(name), str) and part)
    flat["error.stack_trace"] = "\n".join((_TRACEBACK, stack.rstrip("\n"), ": ".join(parts))).rstrip("\n")


JSON = JsonParser(
    name="elastic",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"@timestamp":"2026-11-20T02:00:00.123Z","log.level":"error","message":"charge failed",'
            '"ecs.version":"8.10.0","service.name":"orders","error":{"type":"ValueError","message":"refused"},'
            '"http":{"response":{"status_code":503}}}'
        ),
        '{"@timestamp":"2026-11-20T02:00:00.123Z","log":{"level":"error"},"message":"x","ecs":{"version":"1.6.0"}}',
    ),
)
