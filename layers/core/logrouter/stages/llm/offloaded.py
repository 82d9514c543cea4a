"""Put the bodies of Bedrock calls in place before a record is read: those in S3, and streams joined from chunks.

A body is made lean, masked as one text and only then looked into, so that nothing unmasked goes on and a secret that
was streamed in pieces is seen whole. Pure: what fetches is an argument. Only what Bedrock itself can have written for
the very call of the record is asked for; a log line is no reason to read anything else.

Form of the keys: Amazon Bedrock user guide, "Monitor model invocation using CloudWatch Logs and Amazon S3" (bucket,
prefix, `AWSLogs/<account>/BedrockModelInvocationLogs/`, the folder `data`); the rest of it, `<region>/<yyyy>/<mm>/<dd>/
<hh>/data/<request id>_input.json.gz`, as users of the service describe what they found (checked 2026-11-20).
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from logrouter.model import Json, Record
from logrouter.stages.llm.reading.fields import opened, time_ms
from logrouter.stages.llm.reading.media import lean
from logrouter.stages.llm.shapes.bedrock_bodies.streams import joined
from logrouter.stages.mask import PLACEHOLDER

SCHEMA: Final = "ModelInvocationLog"
ABSENT: Final = "bodyAbsent"
"""Field beside a path in which a record says why the body is not there, in the words of `Absence`."""

STREAM: Final = "aws/bedrock/modelinvocations"
"""The log stream that Bedrock writes its records to; lines of any other are not believed."""

TEXT_LIMIT_CHARS: Final = 4_000_000
"""Of a lean body: a million tokens. Langfuse is sent 600 kB of a call."""

NODES_LIMIT: Final = 1_000_000
"""Objects and lists of a body: more than the longest streams hold. More would take minutes to go through."""

SIDES: Final = ("input", "output")

_ID: Final = re.compile(r"[0-9A-Za-z-]{8,64}")
_ACCOUNT: Final = re.compile(r"\d{12}")
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_FOLDERS: Final = re.compile(r"(?:\d{4}/\d{2}/\d{2}/(?:\d{2}/)?)?data/")

type MaskBody = Callable[[str], str | None]
"""Masks a body; None when that failed."""


class Absence(StrEnum):
    """Why the body of a call is absent. Bounded, because each value is a metric dimension."""

    NOT_FOLLOWED = "not_followed"
    NOT_ALLOWED = "not_allowed"
    NOT_JSON = "not_json"
    NOT_YET = "not_yet"
    NOT_FOUND = "not_found"
    FORBIDDEN = "forbidden"
    TOO_LARGE = "too_large"
    CORRUPT = "corrupt"
    UNAVAILABLE = "unavailable"
    NO_TIME = "no_time"
    UNMASKED = "unmasked"

    @property
    def passes(self) -> bool:
        """True when the body may be there a little later."""
        return self in {Absence.NOT_YET, Absence.UNAVAILABLE, Absence.NO_TIME}


class Reference(NamedTuple):
    """What a record says about a body that lies elsewhere.

    Args:
        side: `input` or `output`.
        path: as the record writes it: `s3://bucket/key`. Not to be trusted.
        account, log_group, log_stream: of the payload that the record came in; CloudWatch Logs says so.
        region, request_id: as the record says.
        at_ms: when the call was made, epoch milliseconds.
    """

    side: str
    path: str
    account: str
    log_group: str
    log_stream: str
    region: str
    request_id: str
    at_ms: float

    def key_in(self, bucket: str, prefix: str) -> str | None:
        """Return the key, when the path names what Bedrock wrote for this call into that bucket; else None."""
        start = f"s3://{bucket}/"
        folder = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        whole = _ACCOUNT.fullmatch(self.account) and _REGION.fullmatch(self.region) and _ID.fullmatch(self.request_id)
        if self.log_stream != STREAM or not whole or not self.path.startswith(start):
            return None
        key = self.path.removeprefix(start)
        head = f"{folder}AWSLogs/{self.account}/BedrockModelInvocationLogs/{self.region}/"
        tails = {f"{self.request_id}_{self.side}.json{end}" for end in ("", ".gz")}
        folders = _FOLDERS.match(key, len(head)) if key.startswith(head) else None
        return key if folders and key[folders.end() :] in tails else None


class Bodies(Protocol):
    """Fetches bodies."""

    def fetch(self, references: Sequence[Reference], within_s: float) -> Sequence[bytes | Absence]:
        """Return each body, decompressed, or why it is absent. Takes at most so many seconds and never raises."""
        ...

    def told_without(self, why: Absence) -> None:
        """Count a body that a call is told without."""
        ...


class NoBodies:
    """Where bodies are not followed."""

    def fetch(self, references: Sequence[Reference], within_s: float) -> Sequence[bytes | Absence]:  # noqa: ARG002 - protocol
        """Fetch none."""
        return [Absence.NOT_FOLLOWED] * len(references)

    def told_without(self, why: Absence) -> None:
        """Count nothing."""


def references_of(record: Record, raw: str = "") -> tuple[Reference, ...]:
    """Return the bodies that a record points to and does not hold.

    Args:
        record: as parsed from masked text; decides which bodies are missing.
        raw: the log event it was parsed from: a rule of a team may hide parts of a path. A path that goes on from here
            goes to S3 alone, and only in the form that Bedrock gives it.
    """
    document = record.document
    if not document or document.get("schemaType") != SCHEMA:
        return ()
    missing = [side for side in SIDES if _lacks(document.get(side), side)]
    said = _loaded(raw) if raw and missing else None
    said = said if isinstance(said, dict) and said.get("schemaType") == SCHEMA else document
    origin, at_ms = record.origin, time_ms(document.get("timestamp"))
    facts = (str(said.get("region", "")), str(said.get("requestId", "")))
    place = (origin.account, origin.log_group, origin.log_stream, *facts)
    when = record.timestamp_ms if at_ms is None else at_ms
    return tuple(Reference(side, _path(said.get(side), side), *place, when) for side in missing)


def _lacks(part: Json, side: str) -> bool:
    """Tell whether a side of a record names a body that it does not hold."""
    return (
        isinstance(part, dict)
        and part.get(f"{side}BodyJson") is None
        and ABSENT not in part
        and bool(_path(part, side))
    )


def _path(part: Json, side: str) -> str:
    path = part.get(f"{side}BodyS3Path") if isinstance(part, dict) else None
    return path if isinstance(path, str) else ""


def with_bodies(
    record: Record, fetched: Mapping[Reference, bytes | Absence], mask: MaskBody
) -> tuple[Record, dict[Reference, Absence]]:
    """Return the record with the masked bodies in place, and which of them are absent; there it says why.

    Args:
        record: as parsed from masked text.
        fetched: an answer to each of `references_of(record)`.
        mask: masks a whole body.
    """
    absent: dict[Reference, Absence] = {}
    for reference, answer in fetched.items():
        body = answer if isinstance(answer, Absence) else _masked(answer, mask)
        if isinstance(body, Absence):
            absent[reference] = body
            record = _with(record, reference.side, ABSENT, body.value)
        else:
            record = _with(record, reference.side, f"{reference.side}BodyJson", body)
    return record, absent


def with_joined_stream(record: Record, mask: MaskBody) -> Record:
    """Return a record of a stream with its answer joined from its masked chunks, and masked once more as one text.

    What a chunk hides stays hidden; what none of them shows by itself is seen now.

    Args:
        record: as parsed from masked text.
        mask: masks a whole body.
    """
    document = record.document or {}
    output = document.get("output") if document.get("schemaType") == SCHEMA else None
    chunks = opened(output.get("outputBodyJson")) if isinstance(output, dict) else None
    if not isinstance(chunks, list):
        return record
    body = joined(map(opened, chunks))
    masked = _masked_value(body, mask)
    if not isinstance(masked, dict):
        masked = {**body, "content": [{"type": "text", "text": PLACEHOLDER}]}
    return _with(record, "output", "outputBodyJson", masked)


def _masked(answer: bytes, mask: MaskBody) -> Json | Absence:
    if answer.count(b"{") + answer.count(b"[") > NODES_LIMIT or answer.count(b",") > TEXT_LIMIT_CHARS:
        return Absence.TOO_LARGE
    body = _loaded(answer.decode("utf-8", "replace"))
    if body is None:
        return Absence.CORRUPT
    return _masked_value(joined(map(opened, body)) if _is_stream(body) else body, mask)


def _is_stream(body: Json) -> bool:
    return isinstance(body, list) and all(isinstance(opened(chunk), dict) for chunk in body)


def _masked_value(body: Json, mask: MaskBody) -> Json | Absence:
    text = json.dumps(lean(body), ensure_ascii=False)
    if len(text) > TEXT_LIMIT_CHARS:
        return Absence.TOO_LARGE
    masked = mask(text)
    value = None if masked is None else _loaded(masked)
    return Absence.UNMASKED if value is None else value


def _with(record: Record, side: str, name: str, value: Json) -> Record:
    document = record.document or {}
    return replace(record, document={**document, side: {**document[side], name: value}})


def _loaded(text: str) -> Json:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
