"""Keeps the policy in force: a file or an S3 object over the packaged default, looked at again after a time to live.

A refused document never replaces the last good one; `PolicyRefused` is counted as long as it stands. A container that
starts while one stands, or after a deletion, finds the last good one among the older versions of the S3 object. Each
look says which version is in force, with its masking rules (`MaskingRules`).
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from logrouter.adapters.aws import client, error_code
from logrouter.adapters.clock import Clock, SystemClock
from logrouter.adapters.telemetry import Telemetry, location
from logrouter.errors import PolicyError
from logrouter.policy.load import DOCUMENT_LIMIT_CHARS, Policy, default_policy, load_policy
from logrouter.settings import Settings

ABSENT = frozenset({"NoSuchKey", "404"})
"""Not AccessDenied: S3 says so for an absent object only to a role that may not list the bucket (S3 guide, checked
2026-11-20), and ours may. To take a refusal for "no document" would switch a team's masking rules off."""
UNCHANGED = frozenset({"304", "NotModified"})

READ_LIMIT_BYTES: Final = 4 * DOCUMENT_LIMIT_CHARS + 1
"""More of a document is not read: it is too large whatever stands in it."""
OLDER_VERSIONS: Final = 20
"""So many versions before a refused document are tried."""


class PolicySource[Ready]:
    """The policy in force and what was made of it.

    Args:
        settings: says where the document is; without bucket and file the packaged default holds and nothing is read.
        make: turns a policy into what the function works with, compiled rules for example; raises PolicyError to
            refuse it (a rule that fails its own samples).
        telemetry: is told what was loaded or refused, and what is in force; counts `PolicyLoaded` and `PolicyRefused`.
    """

    def __init__(
        self, settings: Settings, make: Callable[[Policy], Ready], *, telemetry: Telemetry, clock: Clock | None = None
    ) -> None:
        self._settings = settings
        self._make = make
        self._telemetry = telemetry
        self._clock = clock or SystemClock()
        self._current: tuple[Policy, Ready] | None = None
        self._tag: str | None = None
        self._refusal: str | None = None
        self._due_s = 0.0

    def current(self) -> tuple[Policy, Ready]:
        """Return the policy in force, looking for a newer document when the time to live is over.

        Raises:
            PolicyError: the document cannot be read (S3 down), or is refused and was good once, and no good one can be
                had: working on without a team's own masking rules would let data out. Lambda repeats the invocation.
        """
        if self._clock.monotonic_s() < self._due_s and self._current is not None:
            return self._current
        self._look()
        self._due_s = self._clock.monotonic_s() + self._settings.policy_ttl_s
        current = self._current = self._current or _ready(default_policy(), self._make)
        stamp = current[0].stamp()
        self._telemetry.policy_version = stamp["version"]
        self._telemetry.gauge("MaskingRules", stamp["rules"], policy_version=stamp["version"])
        return current

    def _look(self) -> None:
        try:
            text = self._read()
            if text is not None:
                self._take(text)
            elif self._current is None:
                self._take_deleted()
        except PolicyError as unreadable:
            if self._current is None:
                raise
            self._telemetry.count("PolicyRefused")
            self._telemetry.warning("policy unreadable, the last good one stays", why=str(unreadable))
        else:
            if self._refusal:
                self._telemetry.count("PolicyRefused")
                in_force = self._current[0].version if self._current else default_policy().version
                self._telemetry.error("policy refused, the last good one stays", why=self._refusal, policy=in_force)

    def _take(self, text: bytes) -> None:
        try:
            self._current = accepted(text, self._make)
        except PolicyError as refusal:
            self._refusal = str(refusal)
            if self._current is None:
                self._current = self._last_good(skipped=1)
        else:
            self._refusal = None
            self._telemetry.count("PolicyLoaded")
            self._telemetry.info("policy loaded", **self._current[0].stamp())

    def _take_deleted(self) -> None:
        """Go on with the last good document where it was deleted: whoever deletes it does not mean to unmask."""
        self._current = self._last_good(skipped=0)
        if self._current is not None:
            self._refusal = "policy refused at document: it was deleted; put {} to return to the packaged policy"

    def _last_good(self, *, skipped: int) -> tuple[Policy, Ready] | None:
        """Return the newest version that is good; None when none ever was, so that none was in force.

        Args:
            skipped: newest versions that are not asked, because they are refused.

        Raises:
            PolicyError: the versions cannot be read, or are too many to say that none ever was good.
        """
        bucket, key = self._settings.policy_bucket, self._settings.policy_key
        if bucket is None or self._settings.policy_file:
            return None
        try:
            versions = _versions(bucket, key)
            for version in islice(versions, skipped, skipped + OLDER_VERSIONS):
                answer = client("s3 policy").get_object(Bucket=bucket, Key=key, VersionId=version)
                try:
                    good = accepted(answer["Body"].read(READ_LIMIT_BYTES), self._make)
                except PolicyError:
                    continue
                self._telemetry.warning("an older version of the policy holds", version=good[0].version)
                return good
            if next(versions, None) is None:
                return None
            why = f"none of the {OLDER_VERSIONS} versions before is good; put {{}} to return to the packaged policy"
        except Exception as error:  # noqa: BLE001 - becomes a PolicyError without foreign text
            why = f"older versions of the document cannot be read: {error_code(error)}"
        self._tag = None  # so that the next invocation looks at the document again
        raise PolicyError("POLICY_BUCKET", why)

    def _read(self) -> bytes | None:
        """Return a document not seen before, None when there is none."""
        if self._settings.policy_file:
            return self._read_file(Path(self._settings.policy_file))
        if self._settings.policy_bucket:
            return self._read_object(self._settings.policy_bucket, self._settings.policy_key)
        return None

    def _read_file(self, path: Path) -> bytes | None:
        try:
            stat = path.stat()
            tag = f"{stat.st_mtime_ns}-{stat.st_size}"
            if tag == self._tag:
                return None
            text = path.read_bytes()
        except OSError as error:
            raise PolicyError("POLICY_FILE", type(error).__name__) from None
        self._tag = tag
        return text

    def _read_object(self, bucket: str, key: str) -> bytes | None:
        condition = {"IfNoneMatch": self._tag} if self._tag else {}
        try:
            answer: dict[str, Any] = client("s3 policy").get_object(Bucket=bucket, Key=key, **condition)
            text: bytes = answer["Body"].read(READ_LIMIT_BYTES)
        except Exception as error:  # noqa: BLE001 - becomes a PolicyError without foreign text
            code = error_code(error)
            if code in UNCHANGED or (code in ABSENT and self._tag is None):
                return None
            raise PolicyError("POLICY_BUCKET", code) from None
        self._tag = answer.get("ETag")
        return text


def accepted[Ready](text: bytes, make: Callable[[Policy], Ready]) -> tuple[Policy, Ready]:
    """Return the policy of a document, and what was made of it; whatever goes wrong with one is a `PolicyError`."""
    try:
        return _ready(load_policy(text), make)
    except PolicyError:
        raise
    except Exception as error:  # noqa: BLE001 - a document that breaks the loader must not break the function
        why = f"{type(error).__name__} at {location(error.__traceback__)}"
    raise PolicyError("document", why)


def _ready[Ready](policy: Policy, make: Callable[[Policy], Ready]) -> tuple[Policy, Ready]:
    return policy, make(policy)


def _versions(bucket: str, key: str) -> Iterator[str]:
    """Yield the version ids of an object, newest first; a deletion is none."""
    pages = client("s3 policy").get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key)
    return (found["VersionId"] for page in pages for found in page.get("Versions", ()) if found["Key"] == key)
