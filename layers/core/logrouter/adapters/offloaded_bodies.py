"""Gets the bodies of Bedrock calls from S3, within bounds of size and time; what cannot be had is said, never raised.

A help, never a need: a call is told without its body too. When S3 keeps failing it rests. Holds raw text for as long as
one event is worked on, and a minute for repeats; stores and logs nothing of it.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any, Final

from logrouter.adapters.aws import error_code
from logrouter.adapters.clock import Clock
from logrouter.adapters.resting import Rest
from logrouter.model import DropReason
from logrouter.policy.log_groups import matches
from logrouter.settings import TraceLlmSettings
from logrouter.stages.decode import inflate_gzip
from logrouter.stages.llm.offloaded import Absence, Bodies, NoBodies, Reference

CLIENT: Final = "s3 bodies"
"""Name of the client in `adapters.aws`: gives up early, because a call can be told without its body."""

COMPRESSED_LIMIT_BYTES: Final = 26_000_000
BODY_LIMIT_BYTES: Final = 32_000_000
"""InvokeModel takes bodies of 25 MB at most (API reference, checked 2026-11-20); with the chunks' frames a bit more."""

CHUNK_BYTES: Final = 262_144
AT_ONCE: Final = 4
"""Bodies on their way together: each takes 85 MB at worst while it is put together and inflated, 32 MB then."""

BODY_S: Final = 6.0
"""What one body may take, from first byte to last."""

LEAST_S: Final = 1.0
FRESH_MS: Final = 300_000
"""A body that is absent so soon after its call may be on its way: users report up to a minute behind the log line."""

KEPT_BYTES: Final = 16_000_000
KEPT_S: Final = 60.0
"""Bodies kept for repeats: a Kinesis event that is left in part is planned again record by record within seconds."""

GZIP: Final = b"\x1f\x8b"
_GONE: Final = frozenset({"NoSuchKey", "NotFound", "404"})
_REFUSED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "AllAccessDisabled", "Forbidden", "403", "InvalidObjectState",
     "NoSuchBucket", "PermanentRedirect"}
)  # fmt: skip
"""Answers that asking again does not change: no permission, archived to a colder class, no such bucket."""


class S3Bodies:
    """The bodies in one bucket.

    Args:
        bucket, prefix: where Bedrock delivers large data; nothing else is read.
        log_groups: name patterns of the log groups whose records are believed.
        make_client: gives the boto3 `s3` client named `CLIENT`; called when a body is asked for the first time.
        count: called with a metric's name, a number and `why` for each body that a call is told without.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        *,
        log_groups: Sequence[str],
        make_client: Callable[[], Any],
        clock: Clock,
        count: Callable[..., None],
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._log_groups = log_groups
        self._make_client = make_client
        self._clock = clock
        self._count = count
        self._rest = Rest(clock)
        self._kept = _Kept(clock)

    def fetch(self, references: Sequence[Reference], within_s: float) -> Sequence[bytes | Absence]:
        """Return each body, or why it is absent; several at once."""
        until_s = self._clock.monotonic_s() + within_s
        if len(references) < 2:
            return [self._body(reference, until_s) for reference in references]
        with ThreadPoolExecutor(min(AT_ONCE, len(references))) as readers:
            return list(readers.map(lambda reference: self._body(reference, until_s), references))

    def told_without(self, why: Absence) -> None:
        """Count a body that a call is told without."""
        self._count("AbsentBodies", 1, why=why.value)

    def _body(self, reference: Reference, until_s: float) -> bytes | Absence:
        key = reference.key_in(self._bucket, self._prefix)
        if key is None or not any(matches(pattern, reference.log_group) for pattern in self._log_groups):
            return _not_ours(reference)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        if until_s - self._clock.monotonic_s() < LEAST_S:
            return Absence.NO_TIME
        if self._rest.is_on:
            return Absence.UNAVAILABLE
        return self._asked(key, reference, min(until_s, self._clock.monotonic_s() + BODY_S))

    def _asked(self, key: str, reference: Reference, until_s: float) -> bytes | Absence:
        try:
            with closing(self._make_client().get_object(Bucket=self._bucket, Key=key)["Body"]) as stream:
                body = self._read(stream.iter_chunks(CHUNK_BYTES), until_s)
        except Exception as error:  # noqa: BLE001 - a call without its body is better than none
            return self._failed(error, reference)
        self._rest.succeeded()
        if isinstance(body, bytes):
            self._kept.put(key, body)
        return body

    def _failed(self, error: Exception, reference: Reference) -> Absence:
        code = error_code(error)
        if code in _GONE:
            self._rest.succeeded()
            is_fresh = self._clock.now_s() * 1000 - reference.at_ms < FRESH_MS
            return Absence.NOT_YET if is_fresh else Absence.NOT_FOUND
        self._rest.failed(error)
        return Absence.FORBIDDEN if code in _REFUSED or code.startswith("KMS.") else Absence.UNAVAILABLE

    def _read(self, chunks: Iterable[bytes], until_s: float) -> bytes | Absence:
        """Read piece by piece, and stop at whichever bound comes first."""
        parts: list[bytes] = []
        size = 0
        for chunk in chunks:
            parts.append(chunk)
            size += len(chunk)
            if size > COMPRESSED_LIMIT_BYTES:
                return Absence.TOO_LARGE
            if self._clock.monotonic_s() > until_s:
                raise TimeoutError
        data = b"".join(parts)
        body = inflate_gzip(data, BODY_LIMIT_BYTES) if data.startswith(GZIP) else data
        if isinstance(body, DropReason):
            return Absence.TOO_LARGE if body is DropReason.OVERSIZE_PAYLOAD else Absence.CORRUPT
        return body


class _Kept:
    """The bodies of the last minute, up to a number of bytes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._bodies: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            at_s, body = self._bodies.get(key, (-KEPT_S, None))
            return body if self._clock.monotonic_s() - at_s < KEPT_S else None

    def put(self, key: str, body: bytes) -> None:
        with self._lock:
            self._bodies[key] = (self._clock.monotonic_s(), body)
            while sum(len(kept) for _, kept in self._bodies.values()) > KEPT_BYTES:
                self._bodies.popitem(last=False)


def bodies_from(
    settings: TraceLlmSettings, clock: Clock, count: Callable[..., None], make_client: Callable[[], Any]
) -> Bodies:
    """Return the bodies that the settings allow: none without `BEDROCK_BODIES_BUCKET`."""
    if settings.bodies_bucket is None:
        return NoBodies()
    return S3Bodies(
        settings.bodies_bucket,
        settings.bodies_prefix,
        log_groups=settings.bodies_log_groups,
        make_client=make_client,
        clock=clock,
        count=count,
    )


def _not_ours(reference: Reference) -> Absence:
    is_json = reference.path.endswith((".json", ".json.gz"))
    return Absence.NOT_ALLOWED if is_json else Absence.NOT_JSON
