"""Scans objects of the archive, or of any S3 prefix, streaming each; what has to be restored first is said so."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from logrouter_cli.aws import AwsRefusedError, code_of, refusals
from logrouter_cli.command import CommandError
from logrouter_cli.reading.records import TextScan
from logrouter_cli.reading.text import BinaryError, TextSource
from logrouter_cli.reading.unpacking import UnreadableError
from logrouter_cli.scan.findings import Scan, Scanner, Target

COLD: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects are read only after a restore; GLACIER_IR is read at once (S3 guide, 2026-11-20)."""

_PLACE: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_DAY: Final = re.compile(r"/dt=(\d{4}-\d\d-\d\d)/")


class ArchiveScan:
    """Scans objects.

    Args:
        client: a boto3 `s3` client.
        text: scans what is in them.
        first_day, last_day: `YYYY-MM-DD`; objects below a `dt=` folder of another day are left out. None for any.
    """

    def __init__(
        self,
        client: Any,
        scan: Scan,
        scanner: Scanner,
        text: TextScan,
        *,
        first_day: str | None = None,
        last_day: str | None = None,
        show: Callable[[], None] = lambda: None,
    ) -> None:
        self._client = client
        self._scan = scan
        self._scanner = scanner
        self._text = text
        self._first_day = first_day or ""
        self._last_day = last_day or "9999"
        self._show = show

    def scan_prefix(self, place: str) -> None:
        """Scan every object whose key begins with the prefix of `s3://bucket/prefix`.

        Raises:
            CommandError: the place is none, the bucket cannot be listed.
        """
        match = _PLACE.fullmatch(place)
        if match is None:
            raise CommandError("--archive is s3://bucket/prefix")
        bucket, prefix = match[1], match[2] or ""
        target = self._scan.add(self._scanner.shown(place), "archive")
        found = False
        for item in self._objects(bucket, prefix):
            found = True
            day = _DAY.search(f"/{item['Key']}")
            if day and not self._first_day <= day[1] <= self._last_day:
                target.skipped["other day"] += 1
            elif item["Size"]:
                self._scan_object(target, bucket, item)
        if not found:
            target.trouble(target.name, "no object begins with this prefix")

    def _objects(self, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
        token: dict[str, str] = {}
        while True:
            self._scan.requests["ListObjectsV2"] += 1
            with refusals(f"listing s3://{bucket}"):
                page = self._client.list_objects_v2(
                    Bucket=bucket, Prefix=prefix, OptionalObjectAttributes=["RestoreStatus"], **token
                )
            yield from page.get("Contents", ())
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _scan_object(self, target: Target, bucket: str, item: Mapping[str, Any]) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        shown = self._scanner.shown(f"s3://{bucket}/{item['Key']}")
        if item.get("StorageClass") in COLD and not _is_restored(item):
            target.trouble(shown, f"is in {item['StorageClass']} and has to be restored first")
            return
        self._scan.requests["GetObject"] += 1
        try:
            body = self._client.get_object(Bucket=bucket, Key=item["Key"])["Body"]
            with TextSource(body) as source:
                self._text.scan_source(target, source, {"object": shown})
        except BinaryError as error:
            target.skipped[str(error)] += 1
        except UnreadableError as error:
            target.trouble(shown, str(error))
        except (ClientError, BotoCoreError) as error:
            self._refused(target, shown, error)
        self._show()

    def _refused(self, target: Target, shown: str, error: Exception) -> None:
        try:
            with refusals(f"reading {shown}"):
                raise error
        except AwsRefusedError:
            if code_of(error) in {"ReadTimeoutError", "IncompleteReadError", "ResponseStreamingError"}:
                target.trouble(shown, f"the connection ended ({code_of(error)})")
                return
            raise
        except CommandError:
            code = code_of(error)
            why = "has to be restored first" if code == "InvalidObjectState" else f"S3 refused with {code}"
            target.trouble(shown, why)


def _is_restored(item: Mapping[str, Any]) -> bool:
    status = item.get("RestoreStatus", {})
    return bool(status.get("RestoreExpiryDate")) and not status.get("IsRestoreInProgress")
