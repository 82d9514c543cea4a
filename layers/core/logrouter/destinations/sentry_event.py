"""Build Sentry's event of one issue: every value from the masked record, none from the clock, a host or chance."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from logrouter.destinations.sentry_breadcrumbs import breadcrumbs_of
from logrouter.destinations.sentry_contexts import contexts_of, xray_id_of
from logrouter.destinations.sentry_exception import exception_of
from logrouter.destinations.sentry_fields import (
    LEVELS,
    TEXT_CHARS,
    cut,
    environment_of,
    event_id_of,
    is_filtered,
    method_of,
    one_line,
    platform_of,
    release_of,
    tags_of,
)
from logrouter.destinations.sentry_occurrences import storm_of
from logrouter.destinations.sentry_request import request_of, user_id_of, user_of
from logrouter.model import Issue, Json, Level, Record

__all__ = ["OPTIONAL", "SDK", "build_event", "event_id_of"]

SDK: Final = {"name": "logrouter", "version": "0.1.0"}
"""What Sentry shows as the sender; the version is the project's."""

FALLBACK_ENVIRONMENT: Final = "production"
PARAMS_LIMIT: Final = 50
HOST_FIELDS: Final = ("hostname", "host", "host.name", "pod", "container_id", "instance", "task_arn", "node")
"""Attributes that name the machine, most telling first."""

SERVER_FORMATS: Final = frozenset({"postgresql", "mysql", "web-server", "alb", "api-gateway"})
"""Formats in which `host` is a client, or what a client asked for."""

VERSION_FIELDS: Final = ("image_tag", "container.image.tag", "git_sha", "git_commit", "commit_sha", "commit", "build")
"""Attributes that name a release where the record has no version, most telling first."""

ARN_FIELDS: Final = ("function_arn", "invoked_function_arn", "invokedFunctionArn", "functionArn", "cloud.resource_id")
"""Attributes that name a Lambda function with the version or alias that was asked for."""

TELLING_VERSION: Final = re.compile(r"(?:v|r|rel|release|build)?[-_]?\d[\w-]*", re.ASCII | re.IGNORECASE)
"""A version of a Lambda function, or an alias, that stands for one state of the code."""

UNHANDLED: Final = re.compile(
    r"Exception on /\S* \[[A-Z]+\]|Internal Server Error: /|Exception in (?:ASGI|WSGI) application"
    r"|Task exception was never retrieved|Task [\w.]+\[[\w-]+\] raised unexpected: |Uncaught exception "
    r"|An unhandled exception (?:has occurred|was thrown)|Unhandled exception\b|Servlet\.service\(\) for servlet "
    r"|Unexpected error occurred in scheduled task|(?:uncaughtException|unhandledRejection)\b"
)
"""What frameworks log of an exception that reached them: Flask, Django, uvicorn, gunicorn, asyncio, Celery, Tornado,
ASP.NET, Tomcat, Spring, Node's hooks."""

NAME_CHARS: Final = 100
"""A longer message is no name of an error."""

PLACE_FIELDS: Final = ("location", "caller", "source", "code.function", "code.filepath")
"""Attributes in which loggers name the line that logged, most telling first."""


def build_event(issue: Issue, environment: str) -> dict[str, Json]:
    """Return the event as JSON, each field within the rules of Sentry's normaliser.

    Args:
        issue: what `classify` made of the record.
        environment: used when the record names none that Sentry accepts.
    """
    record = issue.record
    event: dict[str, Json] = {
        "event_id": event_id_of(record),
        "timestamp": record.timestamp_ms / 1000,
        "platform": platform_of(record),
        "level": LEVELS[issue.level],
        "environment": environment_of(record.environment) or environment_of(environment) or FALLBACK_ENVIRONMENT,
        "logentry": _logentry(issue),
        "tags": _tags(issue),
        "contexts": contexts_of(issue),
        "sdk": SDK,
    }
    event |= {key: value for key, make in OPTIONAL.items() if (value := make(issue)) not in (None, "", {}, [])}
    return event


def _logentry(issue: Issue) -> dict[str, Json]:
    formatted = issue.record.message or (issue.record.error and issue.record.error.message) or "(no message)"
    entry: dict[str, Json] = {"formatted": cut(formatted, TEXT_CHARS)}
    if issue.params and issue.record.message and issue.template != formatted:
        entry["message"] = cut(issue.template, TEXT_CHARS)
        entry["params"] = [cut(param, 200) for param in issue.params[:PARAMS_LIMIT]]
    return entry


def _tags(issue: Issue) -> dict[str, str]:
    """What one searches by. Tags are also where the default scrubbers touch nothing."""
    record = issue.record
    origin, attributes = record.origin, record.attributes
    return tags_of(
        {
            "service": record.service,
            "function_name": _text(attributes, ("function_name", "faas.name")),
            "component": record.component,
            "location": _text(attributes, PLACE_FIELDS),
            "log_group": origin.log_group,
            "log_stream": origin.log_stream,
            "account": origin.account,
            "region": origin.region,
            "server_name": host if is_filtered(host := _host(record)) else None,
            "request_id": record.request_id,
            "session_id": record.session_id,
            "user_id": user_id_of(issue),
            "xray_trace_id": xray_id_of(record),
            "http.method": method_of(record.method),
            "http.status": record.status,
            "log_format": record.format,
            "masked": ",".join(record.masked) or None,
            "occurrences": storm_of(issue.occurrence).get("occurrences"),
        }
    )


def _exception(issue: Issue) -> Json:
    error = issue.record.error
    if error and not error.type and not error.message:
        error = replace(error, message=issue.record.message.partition("\n")[0] or None)
    elif error and (named := _named_by_log(issue)):
        error = replace(error, type=named)
    return exception_of(error, handled=_handled(issue))


def _named_by_log(issue: Issue) -> str | None:
    """Return the words of the log as the name of an error that has none, as Go's: people know a failure by them."""
    error, said = issue.record.error, issue.record.message
    if error is None or error.type or error.frames or error.stack or issue.params:
        return None
    is_name = 0 < len(said) <= NAME_CHARS and said.isprintable() and (error.message or "") not in said
    return said.rstrip(" :.") or None if is_name else None


def _handled(issue: Issue) -> bool | None:
    """Tell whether the program went on; None where the log does not tell."""
    record = issue.record
    if issue.level is Level.FATAL or record.format == "lambda-platform" or "runtime_error" in record.attributes:
        return False
    if record.attributes.get("uncaught") is True or UNHANDLED.match(record.message):
        return False
    return True if record.component and record.format not in SERVER_FORMATS else None


def _server_name(issue: Issue) -> Json:
    """The machine; None when the tag `server_name` tells it, which is what Sentry makes of this field anyway."""
    host = _host(issue.record)
    return None if is_filtered(host) else host


def _host(record: Record) -> str:
    """Return the machine's name, else the log stream; servers log the names of those who call them."""
    named = "" if record.format in SERVER_FORMATS else _text(record.attributes, HOST_FIELDS)
    return one_line(named or record.origin.log_stream, 200)


def release_named_by(record: Record) -> str | None:
    """Return the version that the record states, else its image's or commit's, else that of the Lambda function."""
    service = record.service or _text(record.attributes, ("function_name",))
    version = record.version or _text(record.attributes, VERSION_FIELDS) or _published(record.attributes)
    return release_of(version, service)


def _published(attributes: Mapping[str, Json]) -> str | None:
    """Return the number of a Lambda version, or an alias that holds one; `$LATEST` and `live` are any code."""
    _, _, qualifier = _text(attributes, ARN_FIELDS).partition(":function:")[2].partition(":")
    tried = (_text(attributes, ("function_version",)), qualifier)
    return next((version for version in tried if TELLING_VERSION.fullmatch(version)), None)


def _fingerprint(issue: Issue) -> Json:
    return [cut(part, 500) for part in issue.fingerprint[:20] if part]


def _text(attributes: Mapping[str, Json], names: Sequence[str]) -> str:
    """Return the first of some attributes that is a text; empty when none is."""
    for name in names:
        value = attributes.get(name)
        if value and isinstance(value, str):
            return value
    return ""


OPTIONAL: Final[Mapping[str, Callable[[Issue], Json]]] = {
    "exception": _exception,
    "release": lambda issue: release_named_by(issue.record),
    "server_name": _server_name,
    "transaction": lambda issue: one_line(issue.transaction or "", 200),
    "logger": lambda issue: one_line(issue.record.component or "", 64),
    "user": user_of,
    "request": request_of,
    "fingerprint": _fingerprint,
    "breadcrumbs": breadcrumbs_of,
}
"""Fields that are left out when the record has nothing for them: Relay reports an empty one as an error."""
