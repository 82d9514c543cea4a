"""Build Sentry's event of one issue: every value from the masked record, none from the clock, a host or chance."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from logrouter.destinations.console_links import request_link, shown_id, stream_link
from logrouter.destinations.sentry_exception import exception_of
from logrouter.destinations.sentry_fields import (
    LEVELS,
    PLATFORMS,
    TEXT_CHARS,
    address_of,
    context_of,
    cut,
    derived_hex,
    environment_of,
    method_of,
    one_line,
    release_of,
    tags_of,
    trace_of,
)
from logrouter.model import Issue, Json, Level, Record

SDK: Final = {"name": "logrouter", "version": "0.1.0"}
"""What Sentry shows as the sender; the version is the project's."""

FALLBACK_ENVIRONMENT: Final = "production"
BREADCRUMBS_LIMIT: Final = 100
PARAMS_LIMIT: Final = 50
HOST_FIELDS: Final = ("hostname", "host", "host.name", "pod", "container_id", "instance")
"""Attributes that name the machine, most telling first."""


def event_id_of(record: Record) -> str:
    """Return the event id: 32 hex digits, a function of account, log group, log stream and log event id alone."""
    origin = record.origin
    return derived_hex(origin.account, origin.log_group, origin.log_stream, record.event_id)


def build_event(issue: Issue, environment: str) -> dict[str, Json]:
    """Return the event as JSON, each field within the rules of Sentry's normaliser.

    Args:
        issue: what `classify` made of the record.
        environment: used when the record names none that Sentry accepts.
    """
    record = issue.record
    event_id = event_id_of(record)
    event: dict[str, Json] = {
        "event_id": event_id,
        "timestamp": record.timestamp_ms / 1000,
        "platform": _platform(record),
        "level": LEVELS[issue.level],
        "environment": environment_of(record.environment) or environment_of(environment) or FALLBACK_ENVIRONMENT,
        "logentry": _logentry(issue),
        "tags": _tags(record),
        "contexts": _contexts(record, event_id),
        "sdk": SDK,
    }
    event |= {key: value for key, make in OPTIONAL.items() if (value := make(issue)) not in (None, "", {}, [])}
    return event


def _platform(record: Record) -> str:
    language = record.error.language if record.error else None
    return language if language in PLATFORMS else "other"


def _logentry(issue: Issue) -> dict[str, Json]:
    formatted = issue.record.message or (issue.record.error and issue.record.error.message) or "(no message)"
    entry: dict[str, Json] = {"formatted": cut(formatted, TEXT_CHARS)}
    if issue.template and issue.template != formatted:
        entry["message"] = cut(issue.template, TEXT_CHARS)
        entry["params"] = [cut(param, 200) for param in issue.params[:PARAMS_LIMIT]]
    return entry


def _tags(record: Record) -> dict[str, str]:
    origin = record.origin
    return tags_of(
        {
            "service": record.service,
            "log_group": origin.log_group,
            "log_stream": origin.log_stream,
            "account": origin.account,
            "region": origin.region,
            "request_id": record.request_id,
            "session_id": record.session_id,
            "component": record.component,
            "http.method": method_of(record.method),
            "http.status": record.status,
            "log_format": record.format,
            "masked": ",".join(record.masked) or None,
        }
    )


def _contexts(record: Record, event_id: str) -> dict[str, Json]:
    contexts = {
        "trace": _trace(record, event_id),
        "cloudwatch": _cloudwatch(record),
        "log_record": context_of(
            {
                "lines": record.lines,
                "duration_ms": record.duration_ms,
                "masked_values": sum(record.rules.values()) or None,
                "masked": list(record.masked) or None,
            }
        ),
        "attributes": context_of(record.attributes),
        "response": {"type": "response", "status_code": record.status} if _is_status(record.status) else None,
        "runtime": {"name": record.error.language} if record.error and record.error.language else None,
    }
    return {name: context for name, context in contexts.items() if context}


def _trace(record: Record, event_id: str) -> dict[str, str] | None:
    """The record's own trace, else one that all records of its request share."""
    own = trace_of(record.trace_id, record.span_id, event_id)
    if own or not record.request_id:
        return own
    return trace_of(derived_hex(record.origin.account, "request", record.request_id), record.span_id, event_id)


def _cloudwatch(record: Record) -> dict[str, Json]:
    origin = record.origin
    return context_of(
        {
            "log_group": origin.log_group,
            "log_stream": origin.log_stream,
            "event_id": shown_id(record.event_id),
            "open_stream": stream_link(origin, record.timestamp_ms, record.event_id),
            "open_request": request_link(origin, record.timestamp_ms, record.request_id),
        }
    )


def _is_status(status: int | None) -> bool:
    return status is not None and 100 <= status <= 599


def _exception(issue: Issue) -> Json:
    return exception_of(issue.record.error, handled=issue.level is not Level.FATAL)


def _request(issue: Issue) -> Json:
    record = issue.record
    if not (record.path or record.method):
        return None
    agent = one_line(record.user_agent or "", 512)
    request = {"method": method_of(record.method), "url": cut(record.path or "", 2_000)}
    shown: dict[str, Json] = {key: value for key, value in request.items() if value}
    return shown | ({"headers": {"User-Agent": agent}} if agent else {})


def _user(issue: Issue) -> Json:
    facts = {"id": one_line(issue.record.user_id or "", 128), "ip_address": address_of(issue.record.client_ip)}
    return {key: value for key, value in facts.items() if value}


def _server_name(issue: Issue) -> Json:
    record = issue.record
    hosts = (value for name in HOST_FIELDS if isinstance(value := record.attributes.get(name), str) and value)
    return one_line(next(hosts, record.origin.log_stream), 200)


def _fingerprint(issue: Issue) -> Json:
    return [cut(part, 500) for part in issue.fingerprint[:20] if part]


def _breadcrumbs(issue: Issue) -> Json:
    crumbs: Sequence[Record] = issue.breadcrumbs[-BREADCRUMBS_LIMIT:]
    return {"values": [_breadcrumb(record) for record in crumbs]} if crumbs else None


def _breadcrumb(record: Record) -> dict[str, Json]:
    category = one_line(record.component or record.service or record.origin.log_group, 128)
    crumb: dict[str, Json] = {
        "type": "default",
        "timestamp": record.timestamp_ms / 1000,
        "level": LEVELS[record.level or Level.INFO],
        "message": cut(record.message, 1_000),
    }
    return crumb | ({"category": category} if category else {})


def _extra(issue: Issue) -> Json:
    stack = issue.record.error.stack if issue.record.error else None
    return {"stack": cut(stack, TEXT_CHARS)} if stack else None


OPTIONAL: Final[Mapping[str, Callable[[Issue], Json]]] = {
    "exception": _exception,
    "release": lambda issue: release_of(issue.record.version, issue.record.service),
    "server_name": _server_name,
    "transaction": lambda issue: one_line(issue.transaction or "", 200),
    "logger": lambda issue: one_line(issue.record.component or "", 64),
    "user": _user,
    "request": _request,
    "fingerprint": _fingerprint,
    "breadcrumbs": _breadcrumbs,
    "extra": _extra,
}
"""Fields that are left out when the record has nothing for them: Relay reports an empty one as an error."""
