"""Decides what to do with a payload that Lambda kept when an invocation died: replay, wait, or give up.

Pure. The payload is the one unmasked text in the system; it goes back to its function and nowhere else.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from urllib.parse import unquote_plus

from logrouter.model import REPLAYS_FIELD, Json

EXHAUSTED_PREFIX = "exhausted/"
"""Payloads that were replayed often enough are moved here, so that a sweep need not read them again."""
SECOND_WAIT_S = 1_800
"""The first replay is made at the next sweep, the second after this time, each further one after four times as long."""


_LAMBDA_KEY: Final = re.compile(
    r"(?:exhausted/)?aws/lambda/[\w-]+/[\w:-]+/\d{4}/\d\d/\d\d/[\dT.:-]+-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
"""How Lambda names what it keeps (Lambda guide, "Capturing records ...", S3 destination, checked 2026-11-20)."""


class Decision(StrEnum):
    """What to do with one payload now."""

    REPLAY = "replay"
    WAIT = "wait"
    GIVE_UP = "give_up"


@dataclass(frozen=True, slots=True)
class Sweep:
    """What one event asks for.

    Args:
        keys: the objects to look at; None = all there are.
        anew: look at the payloads given up, and count their replays from zero.
    """

    keys: tuple[str, ...] | None = None
    anew: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """An invocation that died.

    Args:
        function_arn: with its qualifier, as Lambda wrote it.
        payload: the event that the invocation was given.
        replays: how often it was replayed before.
    """

    function_arn: str
    payload: dict[str, Json] = field(repr=False)
    replays: int = 0


def sweep_of(event: Json) -> Sweep:
    """Read an S3 notification, an EventBridge "Object Created", `{"again": true}` from an operator, or a schedule."""
    if not isinstance(event, dict):
        return Sweep()
    records = event.get("Records")
    listed = records if isinstance(records, list) else []
    named = [_object_key(record.get("s3")) for record in listed if isinstance(record, dict)]
    if any(named):
        # S3 notifications URL-encode the key (S3 user guide, "Event message structure", checked 2026-11-20).
        return Sweep(tuple(unquote_plus(key) for key in named if key))
    if key := _object_key(event.get("detail")):
        return Sweep((key,))
    return Sweep(anew=event.get("again") is True)


def read_failure(body: bytes) -> Failure | None:
    """Read an object that Lambda's on-failure destination wrote; None when it is not one.

    Asynchronous invocations have the event in `requestPayload`, stream mappings as a string in `payload` (Lambda
    developer guide, "Capturing records of Lambda asynchronous invocations" and "... S3 destination", 2026-11-20).
    """
    document = _object(body)
    context = document.get("requestContext")
    arn = context.get("functionArn") if isinstance(context, dict) else None
    payload = _object(document.get("requestPayload", document.get("payload")))
    if not isinstance(arn, str) or not payload:
        return None
    replays = payload.get(REPLAYS_FIELD)
    return Failure(arn, payload, replays if type(replays) is int and replays > 0 else 0)


def decide(failure: Failure, *, age_s: float, max_replays: int) -> Decision:
    """Decide by the replays made and by how long ago the last one failed."""
    if failure.replays >= max_replays:
        return Decision.GIVE_UP
    return Decision.REPLAY if age_s >= wait_s(failure.replays) else Decision.WAIT


def wait_s(replays: int) -> int:
    """Return how old a failure must be before it is replayed once more, seconds."""
    return 0 if replays == 0 else int(SECOND_WAIT_S * 4 ** min(replays - 1, 8))


def shown_key(key: str) -> str:
    """Return an object's name for a log line: as it is when Lambda gave it, else a hash: anything may stand in it."""
    if _LAMBDA_KEY.fullmatch(key):
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:16]


def anew(failure: Failure) -> Failure:
    """Return the failure as if it had never been replayed."""
    return replace(failure, replays=0)


def next_payload(failure: Failure) -> bytes:
    """Write the event to invoke the function with: the original one, and how often it was replayed.

    The count travels inside the event because an invocation that dies again leaves a new object behind.
    """
    event = {**failure.payload, REPLAYS_FIELD: failure.replays + 1}
    return json.dumps(event, separators=(",", ":")).encode("ascii")


def _object(text: Json) -> dict[str, Json]:
    if isinstance(text, bytes | str):
        try:
            text = json.loads(text)
        except (ValueError, RecursionError):
            return {}
    return text if isinstance(text, dict) else {}


def _object_key(holder: Json) -> str | None:
    found = holder.get("object") if isinstance(holder, dict) else None
    key = found.get("key") if isinstance(found, dict) else None
    return key if isinstance(key, str) else None
