"""Finds in which transaction a record was written, stable over requests: route, action, job, function or component."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from logrouter.model import Issue, Json, Record
from logrouter.model.frames import own_frames
from logrouter.stages.grouping.identifying import id_spans
from logrouter.stages.grouping.templating import route_of_path

LAMBDA_PREFIX: Final = "/aws/lambda/"

ROUTE_FIELDS: Final = ("http.route", "route", "routeKey", "resourcePath", "route_pattern", "url_rule", "routePath")
"""Attributes that hold a route (`/orders/{id}`), most telling first; also within `http`, `req` and `request`."""

ACTION_FIELDS: Final = ("rpc.method", "grpc.method", "ActionName", "operationName", "graphql.operation.name", "view")
"""Attributes that name what was called where no path is."""

JOB_FIELDS: Final = (
    "job_name",
    "jobName",
    "job",
    "task_name",
    "taskName",
    "celery_task_name",
    "job_class",
    "batch_job",
    "dag_id",
    "workflow",
    "queue",
    "queue_name",
    "queueName",
    "consumer",
    "consumer_group",
    "topic",
    "command",
    "cron",
    "schedule",
)
"""Attributes that name a job, a queue or a consumer, most telling first."""


class JobMessage(NamedTuple):
    """How a scheduler names the job in its message.

    Args:
        pattern: group 1 is the job's name.
        example: a message and the name in it.
    """

    pattern: re.Pattern[str]
    example: tuple[str, str]


JOB_MESSAGES: Final = (
    JobMessage(
        re.compile(r"\bTask ([\w.]{1,200})\[[^\]\s]{8,64}\]", re.ASCII),
        ("Task shop.tasks.charge[8f14e45f-ceea-467f-a8d4-0c1f7d8b9e10] raised unexpected: boom", "shop.tasks.charge"),
    ),
    JobMessage(
        re.compile(r'\bJob "([^"(]{1,200}?)(?: \(trigger: [^"]{0,300})?" raised an exception'),
        ('Job "charge (trigger: interval[0:01:00], next run at: x)" raised an exception', "charge"),
    ),
    JobMessage(
        re.compile(r"\bJob: \[\w{0,40}Job: \[name=([\w.-]{1,200})\]\]", re.ASCII),
        ("Job: [SimpleJob: [name=importOrders]] failed", "importOrders"),
    ),
    JobMessage(
        re.compile(r"\bJob \(?([\w.-]{1,200})\)? threw (?:an|a \w+) [eE]xception", re.ASCII),
        ("Job shop.nightly threw an exception.", "shop.nightly"),
    ),
    JobMessage(
        re.compile(r"\bError (?:performing|running) ([A-Z][\w:]{1,200}) \(Job ID: ", re.ASCII),
        ("Error performing ChargeJob (Job ID: 8f14) from Sidekiq(default) in 3.1ms: boom", "ChargeJob"),
    ),
)
"""Celery, APScheduler, Spring Batch, Quartz, Active Job."""

_EDGE: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d\.")
"""Lambda@Edge puts the Region of the function's home in front of its name."""

_LINE: Final = re.compile(r":\d+$")


def transaction_of(record: Record) -> str | None:
    """Return where it happened: method and route, else action, job or function, else component or service."""
    return work_of(record) or component_of(record) or record.service


def work_of(record: Record) -> str | None:
    """Return what the program was asked to do, as the record names it: route, action, job or function."""
    attributes = record.attributes
    route = _route(record)
    if route:
        has_method = route.partition(" ")[0].isupper() and " /" in route
        return route if has_method or not record.method else f"{record.method.upper()} {route}"
    return _controller(attributes) or _first(attributes, ACTION_FIELDS) or job_of(record) or function_of(record)


def transaction_within(issue: Issue) -> str | None:
    """Return the transaction of an issue: that of its record, else what its request asked for, else where it is logged.

    Component and service are none for a crash in own code: Sentry shows the transaction in place of the function that
    failed, and has the two as tags.
    """
    record, asking, error = issue.record, issue.asking, issue.record.error
    if work_of(record):
        return issue.transaction
    asked = work_of(asking) if asking is not None and asking is not record else None
    if asked:
        return asked
    return None if error is not None and any(own_frames(error.frames, error.language)) else issue.transaction


def function_of(record: Record) -> str | None:
    """Return the Lambda function's name: from the log group, or as the logger states it."""
    group = record.origin.log_group
    if group.startswith(LAMBDA_PREFIX):
        return _EDGE.sub("", group[len(LAMBDA_PREFIX) :], count=1)
    return _first(record.attributes, ("function_name", "faas.name"))


def component_of(record: Record) -> str | None:
    """Return the component without the line that some loggers write behind it."""
    return _LINE.sub("", record.component) if record.component else None


def job_of(record: Record) -> str | None:
    """Return the name of the job, queue or consumer, ids taken out; None when the record tells of none."""
    name = _first(record.attributes, JOB_FIELDS)
    if name is None and "jid" in record.attributes:
        name = _first(record.attributes, ("class",))
    if name is None:
        tried = (message.pattern.search(record.message[:2_000]) for message in JOB_MESSAGES)
        name = next((found[1] for found in tried if found), None)
    return name and _without_ids(name.strip())


def _route(record: Record) -> str | None:
    attributes = record.attributes
    for fields in (attributes, *(inner for name in ("http", "req", "request") if (inner := attributes.get(name)))):
        template = _first(fields, ROUTE_FIELDS) if isinstance(fields, Mapping) else None
        if template and ("/" in template or template.startswith("$")):
            return template[:200]
    return route_of_path(record.path) if record.path else None


def _controller(attributes: Mapping[str, Json]) -> str | None:
    controller, action = attributes.get("controller"), attributes.get("action")
    return f"{controller}#{action}" if isinstance(controller, str) and isinstance(action, str) else None


def _first(attributes: Mapping[str, Json], names: Sequence[str]) -> str | None:
    """Return the first of some attributes that is a text, or has a name that is one."""
    for name in names:
        value = attributes.get(name)
        if isinstance(value, Mapping):
            value = value.get("name")
        if isinstance(value, str) and value.strip():
            return value
    return None


def _without_ids(name: str) -> str:
    """Return a name with what looks like an id in it as `{id}`: `import-20261120` is `import-{id}`."""
    parts, end = [], 0
    for found in re.finditer(r"[0-9A-Za-z_-]+", name):
        for first, last in id_spans(found[0]):
            parts += [name[end : found.start() + first], "{id}"]
            end = found.start() + last
    return "".join([*parts, name[end:]])
