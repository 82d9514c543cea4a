"""The HTTP request of a Sentry event, and who made it, as far as a log record tells."""

import re
from typing import Final
from urllib.parse import parse_qsl

from logrouter.destinations.sentry_fields import address_of, headers_of, method_of, one_line
from logrouter.model import Issue, Json, Record

URL_CHARS: Final = 256
"""Relay cuts a longer address (normaliser, measured 2026-11-20)."""

QUERY_LIMIT: Final = 50
"""Parameters of a query that are shown."""

HEADERS_LIMIT: Final = 30
HEADER_CHARS: Final = 512
HIDDEN_HEADERS: Final = re.compile(r".*(?:auth|cookie|token|secret|key|session|password|credential).*", re.IGNORECASE)
"""Headers of which masking leaves nothing to see."""


def request_of(issue: Issue) -> dict[str, Json] | None:
    """Return method, address without its query, query, and headers; None when neither path nor method is known."""
    record = issue.asking
    if record is None:
        return None
    path, _, query = (record.path or "").partition("#")[0].partition("?")
    request: dict[str, Json] = {
        "method": method_of(record.method),
        "url": one_line(path, 10_000)[:URL_CHARS].strip(),
        "query_string": _query(query),
        "headers": _headers(record),
    }
    return {name: value for name, value in request.items() if value}


def user_of(issue: Issue) -> dict[str, Json]:
    """Return the user's id and address, as masking left them; an address that it hid is left out.

    What the record does not say itself, the last record before it of the same request may.
    """
    record = _who(issue)
    facts = {"id": one_line(record.user_id or "", 128), "ip_address": address_of(record.client_ip)}
    return {name: value for name, value in facts.items() if value}


def user_id_of(issue: Issue) -> str:
    """Return the user's id as `user_of` does; empty when it is not known."""
    return one_line(_who(issue).user_id or "", 128)


def _who(issue: Issue) -> Record:
    if issue.record.user_id:
        return issue.record
    return next((record for record in reversed(issue.breadcrumbs) if record.user_id), issue.record)


def _query(query: str) -> list[list[str]]:
    pairs = parse_qsl(query[:10_000], keep_blank_values=True, encoding="utf-8", errors="replace")
    return [[one_line(name, 200), one_line(value, 500)] for name, value in pairs[:QUERY_LIMIT] if name.strip()]


def _headers(record: Record) -> dict[str, str]:
    """Return the headers of the record, and the user agent that it names elsewhere."""
    shown = {"User-Agent": one_line(record.user_agent or "", HEADER_CHARS)}
    for name, value in headers_of(record.attributes).items():
        titled = one_line(name, 100).title()
        if isinstance(value, str | int) and not HIDDEN_HEADERS.fullmatch(titled) and len(shown) < HEADERS_LIMIT:
            shown.setdefault(titled, one_line(value, HEADER_CHARS))
    return {name: value for name, value in shown.items() if name and value}
