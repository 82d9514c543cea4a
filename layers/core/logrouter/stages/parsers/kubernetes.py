"""Events of Kubernetes that an exporter logs, and audit records of the API server (EKS control plane logs).

Shapes: kubernetes.io, API reference "Event v1" and "Auditing" (audit.k8s.io/v1); reasons from kubernetes/kubernetes,
pkg/kubelet/events, and kubernetes/node-problem-detector, config/kernel-monitor.json (checked 2026-11-20). Most events
of type Warning mend themselves (a pod that waits for a node, a probe that fails once): they are warnings here too.
"""

import re
from collections.abc import Mapping
from typing import Final

from logrouter.model import ErrorInfo, Json, Level
from logrouter.stages.reading.fields import level_from_status, status_of
from logrouter.stages.reading.parser import Document, Fields, JsonParser
from logrouter.stages.reading.times import time_of

_FATAL: Final = frozenset({"OOMKilling", "OOMKilled", "SystemOOM", "KernelOops", "TaskHung", "DockerHung"})
_ERRORS: Final = frozenset(
    {"BackOff", "Evicted", "Failed", "FailedCreate", "FailedCreatePodSandBox", "FailedKillPod", "NodeNotReady"}
)
"""Reasons that somebody has to look at: loops of crashes, images that cannot be pulled, pods thrown out."""

_WORKLOAD = re.compile(r"(.{1,200}?)(?:-[0-9a-f]{6,10}-[a-z0-9]{5}|-[a-z0-9]{5}|-\d{1,4})", re.ASCII)
"""A pod's name without what its ReplicaSet, DaemonSet or StatefulSet appends."""

_TIMES: Final = ("lastTimestamp", "eventTime", "firstTimestamp")


def _recognises_event(document: Mapping[str, Json]) -> bool:
    owner = document.get("involvedObject", document.get("regarding"))
    return isinstance(owner, dict) and isinstance(document.get("reason"), str)


def _read_event(document: Document, at_ms: int) -> Fields:
    owner = document.get("involvedObject", document.get("regarding")) or {}
    reason, text = document["reason"], str(document.get("message") or document.get("note") or "")
    source = document.get("source")
    attributes: dict[str, Json] = {
        "reason": reason,
        "event_type": document.get("type"),
        "namespace": owner.get("namespace") or "(cluster)",
        "kind": owner.get("kind"),
        "count": document.get("count"),
        "node": source.get("host") if isinstance(source, dict) else None,
    }
    if owner.get("kind") in ("Pod", "Node"):
        attributes[str(owner["kind"]).lower()] = owner.get("name")
    else:
        attributes["object"] = owner.get("name")
    fields: Fields = {
        "level": _level(reason, document.get("type")),
        "message": f"{reason}: {text}" if text else reason,
        "component": _workload(owner.get("kind"), owner.get("name")),
        "attributes": {name: value for name, value in attributes.items() if value is not None},
    }
    if fields["level"] in {Level.ERROR, Level.FATAL}:
        fields["error"] = ErrorInfo(f"Kubernetes.{reason}", text or reason)
    moments = (time_of(document.get(name), at_ms) for name in _TIMES)
    if (moment := next((one for one in moments if one is not None), None)) is not None:
        fields["timestamp_ms"] = moment
    return fields


def _workload(kind: Json, name: Json) -> str | None:
    if not isinstance(name, str):
        return None
    found = _WORKLOAD.fullmatch(name) if kind == "Pod" else None
    return found[1] if found else name


def _level(reason: str, kind: Json) -> Level:
    if reason in _FATAL:
        return Level.FATAL
    if kind != "Warning":
        return Level.INFO
    return Level.ERROR if reason in _ERRORS else Level.WARN


def _recognises_audit(document: Mapping[str, Json]) -> bool:
    return "auditID" in document and str(document.get("apiVersion", "")).startswith("audit.k8s.io/")


def _read_audit(document: Document, at_ms: int) -> Fields:
    """Read one call of the API server; its answer says how severe it is."""
    answer = document.get("responseStatus")
    status = status_of(answer.get("code")) if isinstance(answer, dict) else None
    verb, uri = str(document.get("verb") or ""), str(document.get("requestURI") or "")
    fields: Fields = {
        "level": level_from_status(status),
        "message": " ".join(part for part in (verb, uri, str(status or "")) if part),
        "status": status,
        "path": uri or None,
        "method": verb.upper() or None,
        "request_id": str(document["auditID"]),
        "user_agent": agent if isinstance(agent := document.get("userAgent"), str) else None,
        "component": "kube-apiserver",
        "attributes": dict(document),
    }
    if (moment := time_of(document.get("stageTimestamp"), at_ms)) is not None:
        fields["timestamp_ms"] = moment
    return fields


EVENT = JsonParser(
    name="kubernetes-event",
    recognises=_recognises_event,
    read=_read_event,
    examples=(
        (
            '{"metadata":{"name":"orders-7d9.17a","namespace":"shop"},"reason":"BackOff","type":"Warning","count":12,'
            '"message":"Back-off restarting failed container app in pod orders-7d9","involvedObject":'
            '{"kind":"Pod","namespace":"shop","name":"orders-7d9"},"source":{"component":"kubelet","host":"ip-10-0-0-1"}}'
        ),
    ),
)
AUDIT = JsonParser(
    name="kubernetes-audit",
    recognises=_recognises_audit,
    read=_read_audit,
    examples=(
        (
            '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"Metadata","auditID":"5f0f9a62","stage":'
            '"ResponseComplete","requestURI":"/api/v1/namespaces/shop/pods","verb":"list","responseStatus":{"code":500},'
            '"stageTimestamp":"2026-11-20T02:00:00.123456Z"}'
        ),
    ),
)
