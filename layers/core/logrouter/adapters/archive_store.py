"""Stores parts and manifests in S3: written once, checked by S3 itself. Encryption is the default of the bucket."""

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from logrouter.adapters.aws import error_code
from logrouter.destinations.archive.proof import Stored
from logrouter.errors import ArchiveError

TAKEN: Final = frozenset({"PreconditionFailed", "412"})
"""If-None-Match: there is an object of that key already."""
RACED: Final = frozenset({"ConditionalRequestConflict", "409"})
"""Another write of the same key is going on (S3 "Conditional writes", checked 2026-11-20)."""
ABSENT: Final = frozenset({"404", "NoSuchKey", "NotFound"})
TRIES: Final = 3


class ArchiveStore:
    """The archive bucket.

    Args:
        client: a boto3 `s3` client.
        lock_mode: `GOVERNANCE` or `COMPLIANCE` for buckets with Object Lock, None without.
    """

    def __init__(self, client: Any, bucket: str, *, lock_mode: str | None = None) -> None:
        self._client = client
        self._bucket = bucket
        self._lock_mode = lock_mode

    def put(
        self,
        key: str,
        body: bytes,
        *,
        sha256: str,
        storage_class: str = "STANDARD",
        content_type: str = "application/gzip",
        metadata: Mapping[str, str] | None = None,
        retain_until_ms: int | None = None,
    ) -> bool:
        """Write an object that must not exist yet; return False when it does (and leave it alone).

        Args:
            key: its key.
            body: its bytes.
            sha256: of `body`, hex; S3 refuses the object when it does not match.
            storage_class: S3's name of the class.
            content_type: its media type.
            metadata: goes with the object; names and counts only.
            retain_until_ms: Object Lock date; without effect where the bucket has no lock.
        """
        arguments: dict[str, Any] = {
            "Bucket": self._bucket,
            "Key": key,
            "Body": body,
            "IfNoneMatch": "*",
            "ChecksumAlgorithm": "SHA256",
            "ChecksumSHA256": base64.b64encode(bytes.fromhex(sha256)).decode(),
            "StorageClass": storage_class,
            "ContentType": content_type,
            "Metadata": dict(metadata or {}),
        }
        if self._lock_mode and retain_until_ms is not None:
            arguments["ObjectLockMode"] = self._lock_mode
            arguments["ObjectLockRetainUntilDate"] = _date(retain_until_ms)
        for _ in range(TRIES):
            try:
                self._client.put_object(**arguments)
            except ClientError as refusal:
                code = error_code(refusal)
                if code in TAKEN:
                    return False
                if code not in RACED:
                    raise ArchiveError(f"{key}: S3 refused the object with {code}") from None
            else:
                return True
        raise ArchiveError(f"{key}: another write of the object did not end")

    def look(self, key: str) -> Stored | None:
        """Return what S3 knows of an object, None when there is none. Also works for Glacier classes."""
        try:
            head = self._client.head_object(Bucket=self._bucket, Key=key, ChecksumMode="ENABLED")
        except ClientError as refusal:
            if error_code(refusal) in ABSENT:
                return None
            raise ArchiveError(f"{key}: S3 refused a look with {error_code(refusal)}") from None
        return Stored(
            int(head["ContentLength"]), _hex(head.get("ChecksumSHA256")), head.get("StorageClass", "STANDARD")
        )

    def get(self, key: str) -> bytes:
        """Return an object's bytes; raise `ArchiveError` when it is absent or has to be restored first."""
        try:
            body: bytes = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        except ClientError as refusal:
            raise ArchiveError(f"{key}: S3 refused a read with {error_code(refusal)}") from None
        return body

    def retain(self, key: str, until_ms: int) -> None:
        """Lock an object until `until_ms` (it can be prolonged, not shortened); nothing happens without Object Lock."""
        if not self._lock_mode:
            return
        retention = {"Mode": self._lock_mode, "RetainUntilDate": _date(until_ms)}
        try:
            self._client.put_object_retention(Bucket=self._bucket, Key=key, Retention=retention)
        except ClientError as refusal:
            raise ArchiveError(f"{key}: S3 refused the lock with {error_code(refusal)}") from None


def _date(epoch_ms: int) -> datetime:
    return datetime.fromtimestamp(epoch_ms // 1000, UTC)


def _hex(checksum: str | None) -> str | None:
    """Read S3's base64; the checksum of a multipart object (`...-3`) is none of the bytes."""
    try:
        return base64.b64decode(checksum or "", validate=True).hex() or None
    except binascii.Error:
        return None
