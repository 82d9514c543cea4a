"""Events of Amazon ECS that an EventBridge rule writes into a log group: tasks, services, deployments, instances.

Shapes: docs.aws.amazon.com, ECS developer guide, "Amazon ECS task state change events", "service action events",
"service deployment state change events" and "container instance state change events"; codes and reasons from "Stopped
task error codes" and API reference "Task" (`stopCode`), checked 2026-11-20.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from logrouter.model import ErrorInfo, Json, Level
from logrouter.stages.reading.parser import Document, Fields, JsonParser
from logrouter.stages.reading.times import time_of

OUT_OF_MEMORY: Final = "ECS.OutOfMemory"
CONTAINER_EXITED: Final = "ECS.ContainerExited"
TASK_FAILED_TO_START: Final = "ECS.TaskFailedToStart"
HEALTH_CHECK_FAILED: Final = "ECS.HealthCheckFailed"
SERVICE_ACTION: Final = "ECS.ServiceAction"
DEPLOYMENT_FAILED: Final = "ECS.DeploymentFailed"

_TASK: Final = "ECS Task State Change"
_NAMED = re.compile(r"([A-Z][A-Za-z]{2,60}(?:Error|Exception))\b(?:: |:?$)", re.ASCII)
_SIGNALS: Final = {
    129: "SIGHUP", 130: "SIGINT", 132: "SIGILL", 134: "SIGABRT", 135: "SIGBUS", 136: "SIGFPE", 137: "SIGKILL",
    139: "SIGSEGV", 141: "SIGPIPE", 143: "SIGTERM",
}  # fmt: skip
_CRASHES: Final = frozenset({132, 134, 135, 136, 139})
"""Exit codes of a process that ended by a fault of its own, whoever asked the task to stop."""

_ASKED: Final = frozenset({"UserInitiated", "ServiceSchedulerInitiated", "SpotInterruption", "TerminationNotice"})
"""Stop codes of a task that something else than its own end stopped: what it then says by exit code is no news."""

_EVENTS: Final = {"ERROR": Level.ERROR, "WARN": Level.WARN}


def _recognises(document: Mapping[str, Json]) -> bool:
    return (
        document.get("source") == "aws.ecs" and "detail-type" in document and isinstance(document.get("detail"), dict)
    )


def _read(document: Document, at_ms: int) -> Fields:
    detail, kind = document["detail"], str(document["detail-type"])
    fields: Fields = {"level": Level.INFO, "attributes": _attributes(document, detail)}
    if (moment := time_of(document.get("time"), at_ms)) is not None:
        fields["timestamp_ms"] = moment
    if service := _service(document, detail):
        fields["service"] = service
    if family := fields["attributes"].get("task_family"):
        fields["component"] = str(family)
    if kind == _TASK:
        _put_task(fields, detail)
    else:
        _put_event(fields, kind, detail)
    return fields


def _put_task(fields: Fields, detail: Mapping[str, Json]) -> None:
    """Judge a stopped task; while a task is on its way to that, its events only repeat what comes."""
    status, reason = detail.get("lastStatus"), str(detail.get("stoppedReason") or "")
    listed = detail.get("containers")
    containers = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    stop_code = str(detail.get("stopCode") or "")
    fields["attributes"]["containers"] = [_shown(each) for each in containers]
    fields["message"] = f"Task {status}" + (f": {reason}" if reason else "")
    if status != "STOPPED":
        return
    found = _failure(stop_code, reason, containers)
    if found is None:
        return
    level, error, container = found
    fields["level"] = level
    fields["message"] = error.message or fields["message"]
    if level.rank >= Level.ERROR.rank:
        fields["error"] = error
    if container is not None:
        fields["attributes"] |= _container_facts(container)


def _failure(
    stop_code: str, reason: str, containers: Sequence[Mapping[str, Json]]
) -> tuple[Level, ErrorInfo, Mapping[str, Json] | None] | None:
    """Return how severe it is, what it is, and of which container; None for a task that ended as it should."""
    for container in containers:
        if "OutOfMemory" in str(container.get("reason") or ""):
            return Level.FATAL, ErrorInfo(OUT_OF_MEMORY, f"{_name(container)} {container['reason']}"), container
    if reason.startswith("OutOfMemoryError"):
        return Level.FATAL, ErrorInfo(OUT_OF_MEMORY, reason), next(iter(containers), None)
    texts = [str(container.get("reason") or "") for container in containers]
    for text, owner in zip([*texts, reason], [*containers, None], strict=True):
        if named := _NAMED.match(text):
            return Level.ERROR, ErrorInfo(f"ECS.{named[1]}", text), owner
    if stop_code == "TaskFailedToStart":
        return Level.ERROR, ErrorInfo(TASK_FAILED_TO_START, reason or stop_code), None
    if "health check" in reason:
        return Level.ERROR, ErrorInfo(HEALTH_CHECK_FAILED, reason), None
    return _failed_exit(stop_code, reason, containers)


def _failed_exit(
    stop_code: str, reason: str, containers: Sequence[Mapping[str, Json]]
) -> tuple[Level, ErrorInfo, Mapping[str, Json] | None] | None:
    """Judge exit codes: a crash is fatal, a failure is an error, unless the task was asked to stop."""
    failed = [(code, each) for each in containers if isinstance(code := each.get("exitCode"), int) and code != 0]
    if not failed:
        is_taken = stop_code in {"SpotInterruption", "TerminationNotice"}
        return (Level.WARN, ErrorInfo(stop_code, f"Task stopped: {reason or stop_code}"), None) if is_taken else None
    code, container = next((each for each in failed if each[0] in _CRASHES), failed[0])
    shown = f"{code} ({_SIGNALS[code]})" if code in _SIGNALS else str(code)
    error = ErrorInfo(CONTAINER_EXITED, f"{_name(container)} exited with code {shown}")
    if stop_code in _ASKED and code not in _CRASHES:
        return (Level.INFO if code in {130, 143} else Level.WARN), error, container
    return (Level.FATAL if code in _CRASHES else Level.ERROR), error, container


def _put_event(fields: Fields, kind: str, detail: Mapping[str, Json]) -> None:
    """Read service actions and deployments, whose severity ECS states itself, and the states of container instances."""
    name = str(detail.get("eventName") or detail.get("status") or "")
    reason = str(detail.get("reason") or detail.get("statusReason") or "")
    fields["message"] = ": ".join(part for part in (name or kind, reason) if part)
    level = _EVENTS.get(str(detail.get("eventType")), Level.INFO)
    if kind == "ECS Container Instance State Change" and name == "REGISTRATION_FAILED":
        level = Level.ERROR
    fields["level"] = level
    if level is Level.ERROR:
        fields["error"] = ErrorInfo(DEPLOYMENT_FAILED if "DEPLOYMENT" in name else SERVICE_ACTION, fields["message"])


def _attributes(document: Mapping[str, Json], detail: Mapping[str, Json]) -> dict[str, Json]:
    """Name what rules and people ask for; the record's document has the rest."""
    facts: dict[str, Json] = {
        "event_id": document.get("id"),
        "detail_type": document["detail-type"],
        "resources": document.get("resources"),
        "cluster": _last(detail.get("clusterArn")),
        "task": _last(detail.get("taskArn")),
        "task_definition": _last(detail.get("taskDefinitionArn")),
        "task_family": (_last(detail.get("taskDefinitionArn")) or "").partition(":")[0],
        "stop_code": detail.get("stopCode"),
        "stopped_reason": detail.get("stoppedReason"),
        "event_name": detail.get("eventName"),
        "launch_type": detail.get("launchType"),
        "availability_zone": detail.get("availabilityZone"),
        "memory_mb": detail.get("memory"),
        "cpu_units": detail.get("cpu"),
        "started_at": detail.get("startedAt"),
        "stopped_at": detail.get("stoppedAt"),
        "capacity_providers": detail.get("capacityProviderArns"),
        "deployment": detail.get("deploymentId"),
        "instance": detail.get("ec2InstanceId"),
    }
    return {name: value for name, value in facts.items() if value not in (None, "", [])}


def _container_facts(container: Mapping[str, Json]) -> dict[str, Json]:
    facts = {
        "container": container.get("name"),
        "exit_code": container.get("exitCode"),
        "container_reason": container.get("reason"),
        "image": container.get("image"),
        "container_id": container.get("runtimeId"),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _shown(container: Mapping[str, Json]) -> dict[str, Json]:
    names = {"name": "name", "lastStatus": "status", "exitCode": "exit_code", "reason": "reason", "image": "image"}
    return {ours: container[name] for name, ours in names.items() if container.get(name) is not None}


def _service(document: Mapping[str, Json], detail: Mapping[str, Json]) -> str | None:
    """Return the ECS service, or the family of a task of its own, that an event is about."""
    kind, _, name = str(detail.get("group") or "").partition(":")
    if kind in {"service", "family"} and name:
        return name
    resources = document.get("resources")
    arns = (str(each) for each in resources if ":service/" in str(each)) if isinstance(resources, list) else iter(())
    return _last(next(arns, None))


def _name(container: Mapping[str, Json]) -> str:
    return f"Container {container.get('name') or ''}".strip()


def _last(arn: Json) -> str | None:
    """Return what stands behind the last slash of an ARN."""
    return arn.rpartition("/")[2] if isinstance(arn, str) and arn else None


JSON = JsonParser(
    name="ecs-event",
    recognises=_recognises,
    read=_read,
    examples=(
        (
            '{"version":"0","id":"3317b2af-7005-947d-b652-f55e762e571a","detail-type":"ECS Task State Change",'
            '"source":"aws.ecs","account":"111122223333","time":"2026-11-20T02:00:58Z","region":"us-west-2",'
            '"resources":["arn:aws:ecs:us-west-2:111122223333:task/shop/c13b4cb40f1f4fe4a2971f76ae5a47ad"],"detail":'
            '{"clusterArn":"arn:aws:ecs:us-west-2:111122223333:cluster/shop","group":"service:orders",'
            '"containers":[{"name":"app","lastStatus":"STOPPED","exitCode":137,'
            '"reason":"OutOfMemoryError: Container killed due to memory usage"}],"lastStatus":"STOPPED",'
            '"stopCode":"EssentialContainerExited","stoppedReason":"Essential container in task exited",'
            '"taskDefinitionArn":"arn:aws:ecs:us-west-2:111122223333:task-definition/orders:12"}}'
        ),
        (
            '{"version":"0","id":"ddca6449-b258-46c0-8653-e0e3a6d0468b","detail-type":"ECS Service Action",'
            '"source":"aws.ecs","time":"2026-11-20T02:00:58Z","resources":'
            '["arn:aws:ecs:us-west-2:111122223333:service/shop/orders"],"detail":{"eventType":"ERROR",'
            '"eventName":"SERVICE_TASK_PLACEMENT_FAILURE","reason":"RESOURCE:FARGATE"}}'
        ),
    ),
)
