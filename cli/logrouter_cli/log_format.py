"""The canonical log format as data: its JSON Schema, and what is lost of a line that a field does not arrive from."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

import fastjsonschema

from logrouter.model import Json


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the format.

    Args:
        attribute: where it arrives in the canonical record (`logrouter.model.Record`).
        lost: what nobody has when it does not arrive.
        expected: in which lines it should be: `all`, `errors` (level error and fatal), or `none` (only if it applies).
    """

    attribute: str
    lost: str
    expected: str = "none"


FIELDS: Final[Mapping[str, Field]] = {
    "level": Field("level", "no issue, no alarm and no error rate comes from this line", "all"),
    "msg": Field("message", "the issue has no title", "all"),
    "serviceId": Field("service", "the issue has no service, so no route and no figures by service", "all"),
    "env": Field("environment", "production and staging cannot be told apart", "all"),
    "version": Field("version", "the issue has no release, so nobody sees which deployment brought it", "errors"),
    "requestId": Field("request_id", "the line is on no request's timeline and gets no breadcrumbs", "errors"),
    "traceId": Field("trace_id", "the issue is not linked to its trace"),
    "spanId": Field("span_id", "the issue is not linked to its span"),
    "userId": Field("user_id", "nobody sees how many users are affected"),
    "sessionId": Field("session_id", "LLM calls of one conversation are not grouped"),
    "path": Field("path", "slow and failing paths cannot be listed"),
    "method": Field("method", "slow and failing paths cannot be listed"),
    "clientIp": Field("client_ip", "the caller's address is not searchable"),
    "userAgent": Field("user_agent", "the caller's browser is not searchable"),
    "component": Field("component", "the issue does not say which part of the service failed"),
    "durationMs": Field("duration_ms", "the line does not count in latency figures"),
    "status": Field("status", "the line does not count in figures by HTTP status"),
    "error": Field("error", "the issue has no stack frames and is grouped by its message", "errors"),
}
"""Every field that arrives in the record, except `timestamp` (a record always has a time) and those of LLM calls."""


@cache
def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 7) of a line."""
    text = files(__package__).joinpath("log_format.schema.json").read_text("utf-8")
    return cast("dict[str, Any]", json.loads(text))


@cache
def _checks() -> Mapping[str, Callable[[Json], object]]:
    return {name: fastjsonschema.compile(rule) for name, rule in schema()["properties"].items()}


def violations(line: Mapping[str, Json]) -> list[str]:
    """Return the fields of a line that break the schema, in the order of the schema: missing ones and wrong ones."""
    required = set(schema()["required"])
    if _is_valid(_llm_condition(), line):
        required |= set(schema()["then"]["required"])
    return [
        name
        for name, check in _checks().items()
        if (name in line and not _is_valid(check, line[name])) or (name not in line and name in required)
    ]


@cache
def _llm_condition() -> Callable[[Json], object]:
    """Return the compiled condition under which a line is an LLM call."""
    return cast("Callable[[Json], object]", fastjsonschema.compile(schema()["if"]))


def _is_valid(check: Callable[[Json], object], value: Json) -> bool:
    try:
        check(value)
    except fastjsonschema.JsonSchemaValueException:
        return False
    return True
