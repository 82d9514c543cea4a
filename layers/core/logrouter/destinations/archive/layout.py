"""Where things lie in the archive bucket: keys that Athena reads as partitions, and one manifest chain a log group."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from logrouter.destinations.archive.window import GroupId, Window
from logrouter.model import Json

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 86_400_000

WHOLE_DAY: Final = "all"
"""Value of the `hour` partition for windows longer than an hour."""


@dataclass(frozen=True, slots=True)
class Partition:
    """Where the parts of a window go: `service` and `type` of its log group, besides account, region and time."""

    window: Window
    service: str
    log_type: str

    @property
    def prefix(self) -> str:
        """Key prefix of the parts, `v1/account=…/region=…/service=…/type=…/dt=…/hour=…/`."""
        start = datetime.fromtimestamp(self.window.start_ms / 1000, UTC)
        within_hour = self.window.start_ms // HOUR_MS == (self.window.end_ms - 1) // HOUR_MS
        hour = f"{start:%H}" if within_hour else WHOLE_DAY
        group = self.window.group
        return (
            f"v1/account={_safe(group.account)}/region={_safe(group.region)}/service={_safe(self.service)}"
            f"/type={_safe(self.log_type)}/dt={start:%Y-%m-%d}/hour={hour}/"
        )

    def part_key(self, sha256: str) -> str:
        """Key of the part whose stored bytes have this SHA-256 (hex)."""
        return f"{self.prefix}part-{sha256}.ndjson.gz"


def manifest_prefix(group: GroupId) -> str:
    """Key prefix of a log group's manifests; outside of `v1/`, so that no lifecycle rule ever moves them.

    `/` and `#` of the name become `!` and `*`: characters that S3 calls safe and that no log-group name may hold, so
    the name can be read back (S3 "Creating object key names"; CloudWatch Logs CreateLogGroup; checked 2026-11-20).
    """
    name = group.log_group.replace("/", "!").replace("#", "*")
    return f"manifests/v1/account={group.account}/region={group.region}/group={name}/"


def manifest_key(group: GroupId, sequence: int) -> str:
    """Key of the manifest with this place in the chain, counted from 1."""
    return f"{manifest_prefix(group)}{sequence:010d}.json"


def partition_of(window: Window, kind: Mapping[str, Json] | None, services: Sequence[Mapping[str, Json]]) -> Partition:
    """Return the partition of a window from its group's name and kind.

    Args:
        window: the window.
        kind: the group's kind in the policy; its `log_type` is the partition's type, `other` without one.
        services: rules of the policy that read a service from a name: `pattern` is a regular expression with a group
            `service`. The first that matches the whole name wins; `other` when none does.
    """
    name = window.group.log_group
    found = (re.fullmatch(rule["pattern"], name) for rule in services)
    service = next((match["service"] for match in found if match), "other")
    return Partition(window, service, str((kind or {}).get("log_type", "other")))


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-") or "other"
