"""The manifest of a window: what is in it, where, and the hash of the manifest before it, so that tampering shows."""

import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from logrouter.destinations.archive.records import id_digest, record_digest
from logrouter.destinations.archive.retention import Keeping
from logrouter.destinations.archive.window import DIGEST_MODULUS, PartFacts, Window, WindowFacts
from logrouter.errors import ArchiveError
from logrouter.model import Json

FORMAT = "logrouter-archive-manifest/1"
"""Names the shape; a reader refuses what it does not know."""

NO_PREVIOUS = "0" * 64
"""`previous_sha256` of the first manifest of a log group."""


def build_manifest(
    window: Window,
    facts: WindowFacts,
    *,
    keeping: Keeping,
    proof: Json,
    superseded: Iterable[str],
    sequence: int,
    previous_sha256: str,
    sealed_ms: int,
) -> bytes:
    """Return the manifest as JSON bytes.

    Args:
        window: the window.
        facts: what is stored of it.
        keeping: how long, and why.
        proof: what the independent counters said.
        superseded: keys that earlier attempts at this window stored; they belong to no manifest.
        sequence: place in the chain of the log group, from 1.
        previous_sha256: hash of the manifest before it, `NO_PREVIOUS` for the first.
        sealed_ms: when it was written, epoch milliseconds.
    """
    document = {
        "format": FORMAT,
        "sequence": sequence,
        "previous_sha256": previous_sha256,
        "sealed_ms": sealed_ms,
        "source": {
            "system": "cloudwatch-logs",
            "account": window.group.account,
            "region": window.group.region,
            "log_group": window.group.log_group,
        },
        "window": {
            "start_ms": window.start_ms,
            "end_ms": window.end_ms,
            "start": _iso(window.start_ms),
            "end": _iso(window.end_ms),
        },
        "reader": facts.reader,
        "classes": list(keeping.classes),
        "keep_days": keeping.keep_days,
        "keep_until_ms": keeping.until_ms,
        "events": facts.events,
        "duplicates": facts.duplicates,
        "bytes_source": facts.bytes_source,
        "bytes_raw": facts.bytes_raw,
        "bytes_stored": facts.bytes_stored,
        "first_ms": min((part.first_ms for part in facts.parts), default=None),
        "last_ms": max((part.last_ms for part in facts.parts), default=None),
        "first_ingestion_ms": facts.first_ingestion_ms,
        "last_ingestion_ms": facts.last_ingestion_ms,
        "records_digest": facts.records_digest,
        "ids_digest": facts.ids_digest,
        "policy_versions": facts.policy_versions,
        "policies": facts.policies,
        "masked": dict(sorted(facts.masked.items())),
        "masking_failed": facts.masking_failed,
        "proof": proof,
        "parts": facts.as_dict()["parts"],
        "superseded": sorted(superseded),
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def read_manifest(body: bytes) -> dict[str, Json]:
    """Parse a manifest; raise `ArchiveError` when it is none."""
    try:
        document = json.loads(body)
    except ValueError:
        raise ArchiveError("manifest is not JSON") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ArchiveError(f"manifest has not the format {FORMAT}")
    return document


def window_of(manifest: Mapping[str, Json]) -> Window:
    """Return the window a manifest speaks of."""
    return Window.from_dict({**manifest["source"], **manifest["window"]})


def sha256_of(body: bytes) -> str:
    """SHA-256 of stored bytes, hex."""
    return hashlib.sha256(body).hexdigest()


def chain_faults(bodies: Sequence[bytes]) -> list[str]:
    """Hold the manifests of a log group, oldest first, against each other; return what is wrong, empty when nothing is.

    A changed, removed, inserted or reordered manifest breaks the hash of the one behind it; windows must not overlap.
    """
    faults: list[str] = []
    previous = NO_PREVIOUS
    windows: list[Window] = []
    for sequence, body in enumerate(bodies, start=1):
        document = read_manifest(body)
        if document["sequence"] != sequence:
            faults.append(f"manifest {sequence}: says it is number {document['sequence']}")
        if document["previous_sha256"] != previous:
            faults.append(f"manifest {sequence}: hash of the manifest before it does not match")
        previous = sha256_of(body)
        windows.append(window_of(document))
    windows.sort()
    for before, after in pairwise(windows):
        if after.start_ms < before.end_ms:
            faults.append(f"windows starting at {before.start_ms} and {after.start_ms} overlap")
    return faults


def part_faults(part: PartFacts, body: bytes) -> list[str]:
    """Hold the bytes of one part against its facts; return what is wrong."""
    if len(body) != part.bytes_stored:
        return [f"{part.key}: {len(body)} bytes instead of {part.bytes_stored}"]
    if sha256_of(body) != part.sha256:
        return [f"{part.key}: SHA-256 does not match"]
    return []


def content_faults(manifest: Mapping[str, Json], bodies: Mapping[str, bytes]) -> list[str]:
    """Hold all parts of a window (key to bytes) against its manifest: hashes, count, order, digests.

    Reads every record, so it is for restores and audits, not for each run.
    """
    facts = [PartFacts(**part) for part in manifest["parts"]]
    faults = [f"{part.key}: missing" for part in facts if part.key not in bodies]
    faults += [fault for part in facts if part.key in bodies for fault in part_faults(part, bodies[part.key])]
    if faults:
        return faults
    events, records_sum, ids_sum, last = 0, 0, 0, (-1, "")
    for part in facts:
        for line in gzip.decompress(bodies[part.key]).splitlines(keepends=True):
            record = json.loads(line)
            place = (record["timestamp_ms"], record["id"])
            if place <= last:
                faults.append(f"{part.key}: record {events + 1} is out of order or doubled")
            last = place
            events += 1
            records_sum += record_digest(line)
            ids_sum += id_digest(record["id"])
    if events != manifest["events"]:
        faults.append(f"{events} events instead of {manifest['events']}")
    if f"{records_sum % DIGEST_MODULUS:064x}" != manifest["records_digest"]:
        faults.append("digest of the records does not match")
    if f"{ids_sum % DIGEST_MODULUS:064x}" != manifest["ids_digest"]:
        faults.append("digest of the event ids does not match")
    return faults


def _iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
