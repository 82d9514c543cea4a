"""The breadcrumbs of a Sentry event: what the request logged before, each as the kind of step that it was.

Kinds and their data: develop.sentry.dev, "Breadcrumbs Interface"; levels as Relay's normaliser takes them, ten keys of
data as sentry-sdk keeps (both checked 2026-11-20).
"""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Final

from logrouter.destinations.sentry_fields import LEVELS, cut, is_filtered, method_of, one_line
from logrouter.model import Issue, Json, Level, Record

BREADCRUMBS_LIMIT: Final = 100
"""As many as SDKs keep."""

CHARS: Final = 60_000
"""All breadcrumbs of an event together, which has 200 KB at most and gives them up as a whole when it has more."""

MESSAGE_CHARS: Final = 1_000
CATEGORY_CHARS: Final = 128
DATA_LIMIT: Final = 10
NAME_CHARS: Final = 60
VALUE_CHARS: Final = 200
"""A longer text is no fact to read at a glance, and is left out; a query is cut."""

QUERY_FIELDS: Final = ("sql", "query", "statement", "db.statement", "db.query.text")
QUERY: Final = re.compile(
    r"\s*(?:select|insert|update|delete|with|begin|commit|rollback|call|merge|create|alter)\b", re.IGNORECASE
)
QUERY_CHARS: Final = 500


def breadcrumbs_of(issue: Issue) -> dict[str, Json] | None:
    """Return what led to an issue, oldest first, the latest that fit; None when nothing is known."""
    crumbs: list[dict[str, Json]] = []
    room = CHARS
    for record in reversed(issue.breadcrumbs[-BREADCRUMBS_LIMIT:]):
        crumb = _breadcrumb(record, issue.record)
        room -= len(str(crumb))
        if room < 0:
            break
        crumbs.append(crumb)
    return {"values": crumbs[::-1]} if crumbs else None


def _breadcrumb(record: Record, issue: Record) -> dict[str, Json]:
    kind, facts = _kind(record, issue)
    level = record.level or (Level.ERROR if record.error else Level.INFO)
    crumb: dict[str, Json] = {
        "type": "error" if kind == "default" and level.rank >= Level.ERROR.rank else kind,
        "timestamp": record.timestamp_ms / 1000,
        "level": LEVELS[level],
        "message": cut(record.message, MESSAGE_CHARS),
        "category": one_line(record.component or record.service or record.origin.log_group, CATEGORY_CHARS),
        "data": _data(facts, record, issue),
    }
    return {name: value for name, value in crumb.items() if value not in ("", {})}


def _kind(record: Record, issue: Record) -> tuple[str, dict[str, Json]]:
    """Return what kind of step it was, and the facts that Sentry shows of such a step.

    Where each line repeats the request it belongs to, only one with a status is a step of HTTP.
    """
    is_other = (record.method, record.path) != (issue.method, issue.path)
    if record.path and record.method and (is_other or record.status):
        return "http", {"method": method_of(record.method), "url": record.path, "status_code": record.status}
    named = ((name, record.attributes.get(name)) for name in QUERY_FIELDS)
    query = next(((name, text) for name, text in named if isinstance(text, str) and QUERY.match(text)), None)
    if query is not None:
        return "query", {query[0]: cut(query[1], QUERY_CHARS)}
    return "default", {"path": record.path if is_other else None, "status": record.status}


def _data(facts: dict[str, Json], record: Record, issue: Record) -> dict[str, Json]:
    """Return up to ten facts: those of its kind, its duration and error, and what it says that the issue does not.

    What Sentry's default scrubbers would replace by `[Filtered]` is left out.
    """
    data: dict[str, Json] = {}
    for name, value in _facts(facts, record, issue):
        if len(data) == DATA_LIMIT:
            break
        shown = one_line(value, QUERY_CHARS) if isinstance(value, str) else value
        if shown not in (None, "") and not is_filtered(name) and not is_filtered(str(shown)):
            data.setdefault(one_line(name, NAME_CHARS), shown)
    return data


def _facts(facts: dict[str, Json], record: Record, issue: Record) -> Iterator[tuple[str, Json]]:
    yield from facts.items()
    yield "duration_ms", record.duration_ms
    if record.error:
        yield "error", record.error.type
    for name, value in record.attributes.items():
        is_new = name not in issue.attributes or issue.attributes[name] != value
        is_short = isinstance(value, str) and len(value) <= VALUE_CHARS
        if is_new and (is_short or isinstance(value, bool) or (isinstance(value, int | float) and isfinite(value))):
            yield name, value
