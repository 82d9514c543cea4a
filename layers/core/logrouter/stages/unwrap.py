"""Takes a log line out of what a collector put around it: FireLens, Fluent Bit, Docker, containerd, journald.

The line inside is read by the ordinary parsers; what the collector knows (container, task, pod, node) becomes
attributes under names of our own. Shapes, checked 2026-11-20: docs.aws.amazon.com, "Example Amazon ECS task definition:
Route logs to FireLens" and "Set up Fluent Bit as a DaemonSet to send logs to CloudWatch Logs"; docs.fluentbit.io,
filter `kubernetes` and parser `cri`; docs.docker.com, "JSON File logging driver" and "Journald logging driver";
kubernetes/kubernetes, pkg/kubelet/kuberuntime/logs (the prefix of the CRI).
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from logrouter.model import Json, Level
from logrouter.stages.reading.json_text import json_object
from logrouter.stages.reading.levels import level_of, level_of_syslog
from logrouter.stages.reading.times import time_of

_CRI = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) (stdout|stderr) ([FP]) (.*)",
    re.ASCII | re.DOTALL,
)
_LINES: Final = ("log", "message")
_SURE_MARKS: Final = frozenset({"kubernetes", "logtag", "_p", "systemd_unit", "ident"})
"""Keys beside which `message` is the line, as `log` is."""

_MARKS: Final = _SURE_MARKS | {
    "stream",
    "container_name",
    "container_id",
    "ecs_cluster",
    "ecs_task_arn",
    "docker",
    "source",
}
"""Keys of which one stands beside the line in every shape."""

_LEVEL_NAMES: Final = ("level", "severity", "levelname", "log_level", "log.level", "@l", "lvl", "level_name")
_OWN_LEVELS: Final = frozenset(_LEVEL_NAMES)
"""Who has one of these beside `message` is a program, or was parsed by the collector."""

_NAMES: Final = {
    "container_name": "container",
    "source": "stream",
    "ecs_cluster": "cluster",
    "ecs_task_arn": "task_arn",
    "ecs_task_definition": "task_definition",
    "ec2_instance_id": "instance",
    "az": "availability_zone",
    "CONTAINER_NAME": "container",
    "CONTAINER_ID_FULL": "container_id",
    "_SYSTEMD_UNIT": "systemd_unit",
    "_HOSTNAME": "hostname",
}
_POD_NAMES: Final = {
    "pod_name": "pod",
    "namespace_name": "namespace",
    "host": "node",
    "container_name": "container",
    "container_image": "image",
    "docker_id": "container_id",
    "pod_id": "pod_id",
    "labels": "labels",
}
_SERVICE_LABELS: Final = ("app.kubernetes.io/name", "app", "k8s-app")
_VERSION_LABEL: Final = "app.kubernetes.io/version"


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A line and what stood around it.

    Args:
        line: the text of the program, without the end of its line.
        facts: attributes by our names; what has none keeps the collector's.
        timestamp_ms: when the line was written, epoch milliseconds, None when the collector does not say.
        service, version: as the labels of the pod name them.
        level: what stands beside the line; that it came from stderr says nothing of its severity.
    """

    line: str
    facts: Mapping[str, Json] = field(default_factory=dict)
    timestamp_ms: int | None = None
    service: str | None = None
    version: str | None = None
    level: Level | None = None


def unwrap_text(text: str, at_ms: int) -> Wrapped | None:
    """Return the line behind containerd's and CRI-O's prefix (`2026-11-20T02:00:00Z stderr F `), else None."""
    found = _CRI.match(text)
    if not found:
        return None
    time, stream, tag, line = found.groups()
    return Wrapped(line, {"stream": stream, **({"partial": True} if tag == "P" else {})}, time_of(time, at_ms))


def unwrap_document(document: Mapping[str, Json], at_ms: int) -> Wrapped | None:
    """Return the line in a JSON object that a collector made, None when the object is a program's own."""
    if "MESSAGE" in document and not {"PRIORITY", "_SYSTEMD_UNIT"}.isdisjoint(document):
        return _of_journal(document)
    if "record" in document and "time" in document and document.get("type") in ("function", "extension"):
        return _of_telemetry(document, at_ms)
    if _MARKS.isdisjoint(document):
        return None
    line = _line_of(document)
    processed = document.get("log_processed")
    if line is None and isinstance(processed, dict) and processed:
        line = json.dumps(processed, ensure_ascii=False)
    return None if line is None else _of_collector(document, line, at_ms)


def facts_by_our_names(attributes: Mapping[str, Json]) -> dict[str, Json]:
    """Return attributes with what collectors know under our names; those of the program win where a name is taken."""
    facts: dict[str, Json] = {}
    for name, value in attributes.items():
        if name == "kubernetes" and isinstance(value, dict):
            inner = {_POD_NAMES.get(key, f"kubernetes.{key}"): item for key, item in value.items()}
            facts |= {key: item for key, item in inner.items() if key not in attributes}
        else:
            ours = _NAMES.get(name, name)
            facts[name if ours in attributes else ours] = value
    if isinstance(arn := facts.get("task_arn"), str) and "task" not in facts:
        facts["task"] = arn.rpartition("/")[2]
    return facts


def _line_of(document: Mapping[str, Json]) -> str | None:
    if isinstance(line := document.get("log"), str) and line:
        return line
    is_sure = not _SURE_MARKS.isdisjoint(document) and _OWN_LEVELS.isdisjoint(document)
    return line if is_sure and isinstance(line := document.get("message"), str) and line else None


def _of_collector(document: Mapping[str, Json], line: str, at_ms: int) -> Wrapped:
    inner = json_object(line.strip()) or {}
    stated = (level_of(document[name]) for name in _LEVEL_NAMES if name in document) if not inner else ()
    known = {
        name: value
        for name, value in document.items()
        if name not in {"time", "log_processed", *_LINES, "_p", "logtag"}
        and not (name in inner and inner[name] == value)
    }
    facts = facts_by_our_names(known)
    if document.get("_p") == "P" or document.get("logtag") == "P":
        facts["partial"] = True
    moment = time_of(document.get("time"), at_ms)
    if moment is None and "time" in document and document["time"] != inner.get("time"):
        facts["collector_time"] = document["time"]
    for name in ("log_processed", *_LINES):
        if name in document and document[name] not in ("", line, inner):
            facts[name] = document[name]
    service, version = named_by_labels(facts.get("labels"))
    return Wrapped(line.rstrip("\r\n"), facts, moment, service, version, next(iter(stated), None))


def _of_telemetry(document: Mapping[str, Json], at_ms: int) -> Wrapped | None:
    """Read a line that an extension shipped as Lambda's Telemetry API gave it to it."""
    record = document["record"]
    line = json.dumps(record, ensure_ascii=False) if isinstance(record, dict) else record
    if not isinstance(line, str) or not line.strip():
        return None
    facts = {name: value for name, value in document.items() if name not in {"time", "record", "type"}}
    return Wrapped(line, {**facts, "written_by": document["type"]}, time_of(document["time"], at_ms))


def _of_journal(document: Mapping[str, Json]) -> Wrapped | None:
    """Read an entry of journald; the priority of a container's line is that of its stream, and means nothing."""
    line, priority = document["MESSAGE"], str(document.get("PRIORITY", ""))
    if not isinstance(line, str) or not line.strip():
        return None
    is_container = "CONTAINER_ID_FULL" in document or "CONTAINER_NAME" in document
    is_priority = len(priority) == 1 and priority.isdecimal() and priority.isascii()
    level = level_of_syslog(int(priority)) if is_priority and not is_container else None
    return Wrapped(line, facts_by_our_names({k: v for k, v in document.items() if k != "MESSAGE"}), level=level)


def named_by_labels(labels: Json) -> tuple[str | None, str | None]:
    """Return service and version as the labels of a pod name them."""
    if not isinstance(labels, dict):
        return None, None
    named = (value for name in _SERVICE_LABELS if isinstance(value := labels.get(name), str) and value)
    version = labels.get(_VERSION_LABEL)
    return next(named, None), version if isinstance(version, str) and version else None
