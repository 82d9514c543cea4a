"""The bucket where Lambda keeps the payloads of invocations that died, and the way back to their functions."""

from collections.abc import Iterator
from typing import Any

from logrouter.adapters.aws import error_code

GONE = frozenset({"NoSuchKey", "404"})
LIMIT_BYTES = 16_000_000
"""Lambda keeps payloads of at most 6 MB, as JSON inside JSON (Lambda quotas, checked 2026-11-20)."""


class FailedPayloads:
    """Reads, replays and removes kept payloads.

    Args:
        s3, functions: clients of S3 and Lambda.
    """

    def __init__(self, bucket: str, *, s3: Any, functions: Any) -> None:
        self._bucket = bucket
        self._s3 = s3
        self._functions = functions

    def keys(self, prefix: str, *, without: str) -> Iterator[str]:
        """List the objects under a prefix, page by page, leaving out those under `without`."""
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix):
            yield from (item["Key"] for item in page.get("Contents", ()) if not item["Key"].startswith(without))

    def read(self, key: str) -> tuple[bytes, float] | None:
        """Return an object's content, cut at `LIMIT_BYTES`, and when it was written (epoch s); None when it is gone."""
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=key)
        except self._s3.exceptions.ClientError as error:
            if error_code(error) in GONE:
                return None
            raise
        return answer["Body"].read(LIMIT_BYTES), answer["LastModified"].timestamp()

    def replay(self, function_arn: str, payload: bytes) -> str | None:
        """Invoke a function asynchronously; return None when Lambda took it, else an error code."""
        try:
            answer = self._functions.invoke(FunctionName=function_arn, InvocationType="Event", Payload=payload)
        except Exception as error:  # noqa: BLE001 - whatever it was, the payload is kept and tried again
            return error_code(error)
        return None if answer["StatusCode"] == 202 else f"http_{answer['StatusCode']}"

    def remove(self, key: str) -> None:
        """Delete an object."""
        self._s3.delete_object(Bucket=self._bucket, Key=key)

    def move(self, key: str, target: str) -> None:
        """Put an object under another key."""
        self._s3.copy_object(Bucket=self._bucket, Key=target, CopySource={"Bucket": self._bucket, "Key": key})
        self.remove(key)
