"""The policy document in its bucket: what is in force, what was before, and a conditional write of what comes next.

Nothing is ever overwritten: each write makes a new version of the object, and happens only when the one in force is
still the one that was looked at (S3 conditional writes, user guide, checked 2026-11-20).
"""

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from logrouter.adapters.policy_source import ABSENT, READ_LIMIT_BYTES
from logrouter_cli.aws import Aws, code_of, said_clearly
from logrouter_cli.command import CommandError
from logrouter_cli.reading.objects import place_of

BUCKET_OUTPUT: Final = "PolicyBucketName"
"""Output of the stack that names the bucket."""
DEFAULT_KEY: Final = "policy.json"
CHANGED: Final = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey"})
"""What S3 says when the document is another one, is being written, or was deleted meanwhile."""
NO_VERSION: Final = "null"
"""Version id of objects in a bucket that keeps no versions."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One version of the document.

    Args:
        id: version id of S3.
        at: when it was put.
        body: the document.
        etag: of S3; what a conditional write is held against.
    """

    id: str
    at: datetime
    body: bytes
    etag: str


class PolicyStore:
    """One document in one bucket.

    Args:
        aws: whose bucket.
        bucket: name of the bucket.
        key: of the document.
    """

    def __init__(self, aws: Aws, bucket: str, key: str = DEFAULT_KEY) -> None:
        self.bucket = bucket
        self.key = key
        self._s3 = aws.client("s3")

    @property
    def name(self) -> str:
        """Where the document is, for messages."""
        return f"s3://{self.bucket}/{self.key}"

    def newest(self) -> Stored | None:
        """Return the document as the functions find it; None when there is none, or it was deleted."""
        return self._get(None)

    def versions(self, limit: int) -> Iterator[Stored]:
        """Yield the versions of the document, newest first; none where the bucket keeps no versions."""
        with said_clearly(self.name):
            pages = self._s3.get_paginator("list_object_versions").paginate(Bucket=self.bucket, Prefix=self.key)
            found = [item for page in pages for item in page.get("Versions", ()) if item["Key"] == self.key]
        kept = (item for item in found if item["VersionId"] != NO_VERSION)
        for item in islice(kept, limit):
            stored = self._get(item["VersionId"])
            if stored is not None:
                yield stored

    def put(self, body: bytes, seen: Stored | None, *, version: str) -> str:
        """Write the document as a new version and return its id, `null` where the bucket keeps none.

        Encrypted as the bucket's default says.

        Args:
            body: the document.
            seen: what was in force when it was decided on; None for no document.
            version: policy version, kept as metadata beside time and hash. Nobody's name is.

        Raises:
            CommandError: somebody else wrote meanwhile, or AWS refuses.
        """
        from botocore.exceptions import ClientError

        condition = {"IfMatch": seen.etag} if seen else {"IfNoneMatch": "*"}
        metadata = {
            "policy-version": version,
            "policy-sha256": hashlib.sha256(body).hexdigest(),
            "put-at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        with said_clearly(self.name):
            try:
                answer = self._s3.put_object(
                    Bucket=self.bucket,
                    Key=self.key,
                    Body=body,
                    ContentType="application/json",
                    ChecksumAlgorithm="SHA256",
                    Metadata=metadata,
                    **condition,
                )
            except ClientError as refusal:
                if code_of(refusal) not in CHANGED:
                    raise
                found = self._get(None)
                if found and found.body == body:  # our own write, whose answer was lost and which was then repeated
                    return found.id
                raise CommandError(f"{self.name} was changed meanwhile; nothing was written, look again") from None
        return str(answer.get("VersionId", NO_VERSION))

    def _get(self, version_id: str | None) -> Stored | None:
        from botocore.exceptions import ClientError

        which = {"VersionId": version_id} if version_id else {}
        with said_clearly(self.name):
            try:
                answer = self._s3.get_object(Bucket=self.bucket, Key=self.key, **which)
                body = answer["Body"].read(READ_LIMIT_BYTES)
            except ClientError as refusal:
                if code_of(refusal) in ABSENT and version_id is None:
                    return None
                raise
        found = answer.get("VersionId", NO_VERSION)
        return Stored(str(found), answer["LastModified"], body, str(answer["ETag"]))


def add_place_options(group: Any, where: Any) -> None:
    """Declare where the document in force is: by stack, or by bucket and key.

    Args:
        group: of options.
        where: the group of those of which only one can be meant.
    """
    where.add_argument("--stack", metavar="NAME", help=f"the one in force: stack whose {BUCKET_OUTPUT} is the bucket")
    where.add_argument("--bucket", metavar="NAME", help="the one in force: the bucket itself")
    group.add_argument("--key", default=DEFAULT_KEY, metavar="KEY", help="its key in the bucket (default: %(default)s)")


def names_store(options: argparse.Namespace) -> bool:
    """Say whether the options of `add_place_options` name a place."""
    return bool(options.stack or options.bucket)


def store_of(options: argparse.Namespace, aws: Aws) -> PolicyStore:
    """Return the store that the options name."""
    if not names_store(options):
        raise CommandError("say where the document is: --stack or --bucket")
    return PolicyStore(aws, options.bucket or _bucket_of(options.stack, aws), options.key)


def store_at(uri: str, aws: Aws) -> PolicyStore:
    """Return the store of `s3://bucket/key`, or of `s3://bucket` with the usual key."""
    bucket, key = place_of(uri, "a policy document in S3 is s3://bucket/key")
    return PolicyStore(aws, bucket, key or DEFAULT_KEY)


def _bucket_of(stack: str, aws: Aws) -> str:
    from botocore.exceptions import ClientError

    with said_clearly(f"stack {stack}"):
        try:
            found = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        except ClientError as refusal:
            if code_of(refusal) == "ValidationError":  # what CloudFormation says of a stack that is not there
                raise CommandError(f"there is no stack {stack} in this account and region") from None
            raise
    outputs = {output["OutputKey"]: output["OutputValue"] for output in found[0].get("Outputs", ())}
    if BUCKET_OUTPUT not in outputs:
        raise CommandError(f"stack {stack} has no output {BUCKET_OUTPUT}; is it one of logrouter?")
    return str(outputs[BUCKET_OUTPUT])
