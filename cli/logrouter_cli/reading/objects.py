"""Reads objects of the archive, or of any S3 prefix, streaming each; what has to be restored first is said so."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from logrouter_cli.aws import NOT_SIGNED_IN, AwsRefusedError, code_of, said_clearly
from logrouter_cli.command import CommandError
from logrouter_cli.reading.files import FileReader
from logrouter_cli.reading.records import Part, Record
from logrouter_cli.reading.target import Target
from logrouter_cli.reading.text import BinaryError, TextSource
from logrouter_cli.reading.unpacking import UnreadableError

COLD: Final = frozenset({"GLACIER", "DEEP_ARCHIVE"})
"""Storage classes whose objects are read only after a restore; GLACIER_IR is read at once (S3 guide, 2026-11-20)."""
ENDED: Final = frozenset({"ReadTimeoutError", "IncompleteReadError", "ResponseStreamingError"})
"""Exceptions of a connection that broke while one object was read; the next may well be readable."""

_PLACE: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")
_DAY: Final = re.compile(r"/dt=(\d{4}-\d\d-\d\d)/")


def place_of(uri: str, form: str) -> tuple[str, str]:
    """Return bucket and rest of `s3://bucket/rest`; raise `CommandError` with the form it should have otherwise."""
    match = _PLACE.fullmatch(uri)
    if match is None:
        raise CommandError(form)
    return match[1], match[2] or ""


class ObjectReader:
    """Reads objects.

    Args:
        client: a boto3 `s3` client.
        files: reads what is in them.
        shown: how a name may be shown.
        requests: counts calls to AWS.
        first_day, last_day: `YYYY-MM-DD`; objects below a `dt=` folder of another day are left out. None for any.
    """

    def __init__(
        self,
        client: Any,
        files: FileReader,
        shown: Any,
        *,
        requests: Counter[str],
        first_day: str | None = None,
        last_day: str | None = None,
    ) -> None:
        self._client = client
        self._files = files
        self._shown = shown
        self._requests = requests
        self._first_day = first_day or ""
        self._last_day = last_day or "9999"

    def read_prefix(self, target: Target, bucket: str, prefix: str) -> Iterator[list[Record]]:
        """Yield the records of every object whose key begins with the prefix.

        Raises:
            CommandError: the bucket cannot be listed.
        """
        found = False
        for item in self._objects(bucket, prefix):
            found = True
            day = _DAY.search(f"/{item['Key']}")
            if day and not self._first_day <= day[1] <= self._last_day:
                target.skipped["other day"] += 1
            elif item["Size"]:
                yield from self._read_object(target, bucket, item)
        if not found:
            target.trouble(target.name, "no object begins with this prefix")

    def _objects(self, bucket: str, prefix: str) -> Iterator[Mapping[str, Any]]:
        token: dict[str, str] = {}
        while True:
            self._requests["ListObjectsV2"] += 1
            with said_clearly(f"s3://{bucket}"):
                page = self._client.list_objects_v2(
                    Bucket=bucket, Prefix=prefix, OptionalObjectAttributes=["RestoreStatus"], **token
                )
            yield from page.get("Contents", ())
            if not page.get("IsTruncated"):
                return
            token = {"ContinuationToken": page["NextContinuationToken"]}

    def _read_object(self, target: Target, bucket: str, item: Mapping[str, Any]) -> Iterator[list[Record]]:
        from botocore.exceptions import BotoCoreError, ClientError

        shown = self._shown(f"s3://{bucket}/{item['Key']}")
        if item.get("StorageClass") in COLD and not _is_restored(item):
            target.trouble(shown, f"is in {item['StorageClass']} and has to be restored first")
            return
        self._requests["GetObject"] += 1
        try:
            body = self._client.get_object(Bucket=bucket, Key=item["Key"])["Body"]
            with TextSource(body, errors="replace") as source:
                yield from self._files.read_source(target, source, Part("object", shown))
        except BinaryError as error:
            target.skipped[str(error)] += 1
        except UnreadableError as error:
            target.trouble(shown, str(error))
        except (ClientError, BotoCoreError) as error:
            target.trouble(shown, _refusal(error, shown))


def _refusal(error: Exception, shown: str) -> str:
    """Say why one object cannot be read; raise `AwsRefusedError` where no other can be either."""
    from botocore.exceptions import ClientError

    code = code_of(error)
    if code in ENDED:
        return f"the connection ended ({code})"
    if not isinstance(error, ClientError) or code in NOT_SIGNED_IN:
        with said_clearly(shown):
            raise error
        raise AwsRefusedError(shown)
    return "has to be restored first" if code == "InvalidObjectState" else f"S3 refused with {code}"


def _is_restored(item: Mapping[str, Any]) -> bool:
    status = item.get("RestoreStatus", {})
    return bool(status.get("RestoreExpiryDate")) and not status.get("IsRestoreInProgress")
