"""Read back what arrived, from where it arrived: Sentry, Langfuse, Slack, the archive, the queues and the ledger."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from logrouter.destinations.archive.manifest import chain_faults, content_faults, read_manifest
from logrouter_local.stack import Stack

GLACIER = ("GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")
WAITING = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed")


@dataclass
class Archived:
    """What the archive holds, proven by reading all of it.

    Args:
        events: log events by log group, as the manifests say and the parts hold.
        classes: objects by storage class, manifests not counted.
        faults: what does not agree: a chain, a hash, a count, an order.
    """

    events: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    masked: Counter[str] = field(default_factory=Counter)
    manifests: int = 0
    bytes_stored: int = 0
    faults: list[str] = field(default_factory=list)

    @property
    def in_glacier(self) -> int:
        """Objects in one of the Glacier classes."""
        return sum(self.classes[name] for name in GLACIER)


def read_archive(stack: Stack) -> Archived:
    """Read every manifest and every part it names, and hold them against each other."""
    bucket = stack.outputs["ArchiveBucketName"]
    listed = stack.aws("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket)
    objects = {item["Key"]: item for page in listed for item in page.get("Contents", ())}
    found = Archived()
    chains: dict[str, list[bytes]] = {}
    for key in sorted(key for key in objects if key.startswith("manifests/")):
        chains.setdefault(key.rpartition("/")[0], []).append(_body(stack, bucket, key))
    named: set[str] = set()
    for bodies in chains.values():
        found.faults += chain_faults(bodies)
        for manifest in map(read_manifest, bodies):
            parts = {part["key"]: _body(stack, bucket, part["key"]) for part in manifest["parts"]}
            found.faults += content_faults(manifest, parts)
            found.events[manifest["source"]["log_group"]] += manifest["events"]
            found.masked.update(manifest["masked"])
            found.manifests += 1
            named |= set(parts)
    for key in sorted(named & objects.keys()):
        found.classes[objects[key].get("StorageClass", "STANDARD")] += 1
        found.bytes_stored += objects[key]["Size"]
    loose = sorted(key for key in objects if key.startswith("v1/") and key not in named)
    found.faults += [f"{key}: in no manifest" for key in loose]
    return found


def queue_depths(stack: Stack) -> dict[str, int]:
    """Return how many messages each queue of the stack holds, waiting ones and those in flight, by logical name."""
    sqs = stack.aws("sqs")
    depths = {}
    for name, found in stack.resources.items():
        if name.endswith(("RetryQueue", "DeadLetters")):
            told = sqs.get_queue_attributes(QueueUrl=_queue_url(stack, found), AttributeNames=list(WAITING))
            depths[name] = sum(int(told["Attributes"][each]) for each in WAITING)
    return depths


def delivered_keys(stack: Stack) -> Counter[str]:
    """Return how many deliveries the ledger calls done, by the first part of their key (the destination)."""
    table = stack.outputs["LedgerTableName"]
    done: Counter[str] = Counter()
    for page in stack.aws("dynamodb").get_paginator("scan").paginate(TableName=table):
        for item in page["Items"]:
            if any(value.get("S") == "delivered" for value in item.values()):
                done[item["pk"]["S"].partition("/")[0]] += 1
    return done


def booked_days(stack: Stack) -> list[str]:
    """Return the days that the delivered book of LLM calls has entries of, sorted."""
    days: set[str] = set()
    for page in stack.aws("dynamodb").get_paginator("scan").paginate(TableName=stack.outputs["LlmBookTableName"]):
        days |= {item["pk"]["S"].partition("/")[0] for item in page["Items"] if "calls" in item}
    return sorted(days)


def dead_payloads(stack: Stack) -> int:
    """Return how many payloads of invocations that died wait in the on-failure bucket."""
    listed = stack.aws("s3").list_objects_v2(Bucket=stack.outputs["FailedBucketName"])
    return int(listed.get("KeyCount", 0))


def sentry_events(stack: Stack) -> list[dict[str, Any]]:
    """Return every event in Sentry with its issue's facts: `id` of Bugsink, `event_id`, `issue`."""
    events = []
    for issue in stack.sentry.issues():
        events += [{**event, "issue": issue["id"]} for event in stack.sentry.events(issue["id"])]
    return events


def _body(stack: Stack, bucket: str, key: str) -> bytes:
    return bytes(stack.aws("s3").get_object(Bucket=bucket, Key=key)["Body"].read())


def _queue_url(stack: Stack, found: str) -> str:
    """Return a queue's URL at the embedded AWS, whatever host it was created under."""
    path = urlsplit(found).path if "://" in found else f"/000000000000/{found}"
    return f"http://127.0.0.1:{stack.ports.aws}{path}"
