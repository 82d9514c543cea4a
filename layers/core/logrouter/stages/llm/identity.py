"""Ids of traces and observations: functions of what the record says, the same on every resend.

`trace_id_of(seed)` equals `langfuse.Langfuse.create_trace_id(seed=seed)`, so that applications can compute it too. An
id that masking hid names nobody: taken for a key it would make one call, or one session, of many.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from logrouter.model import Record
from logrouter.stages.llm.finding import Finding
from logrouter.stages.llm.reading.models import book_provider

_TRACE, _SPAN = re.compile(r"(?!0{32})[0-9a-f]{32}"), re.compile(r"(?!0{16})[0-9a-f]{16}")
_PROVIDERS_OWN: Final = re.compile(r"(?:chatcmpl|cmpl|resp|msg|gen|embd)[-_][A-Za-z0-9][A-Za-z0-9_-]{15,}")
"""Ids of OpenAI and compatible servers, Anthropic (also on Bedrock and Vertex AI), OpenRouter."""

_OF_BEDROCK: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""Request ids of Bedrock, which its invocation log, the SDK's answer and an application's own line may name."""

_OF_MODELS: Final = frozenset({"generation", "embedding"})
_XRAY: Final = re.compile(r"(?:root=)?1-([0-9a-f]{8})-([0-9a-f]{24})(?![0-9a-f])")
_HIDDEN: Final = "***MASKED***"


def trace_id_of(seed: str) -> str:
    """Return 32 hex digits for a request id."""
    return hashlib.sha256(_bytes(seed)).digest()[:16].hex()


def observation_id_of(trace_id: str, call_key: str) -> str:
    """Return 16 hex digits for one call of a trace; unique per project, as Langfuse 3 needs it."""
    return hashlib.sha256(_bytes(f"{trace_id}/{call_key}")).digest()[:8].hex()


def as_trace_id(identifier: str | None) -> str | None:
    """Return a W3C trace id in lower case, None for anything else (also for the all-zero id)."""
    lowered = (identifier or "").lower()
    return lowered if _TRACE.fullmatch(lowered) else None


def of_xray(identifier: str | None) -> str | None:
    """Return the W3C form of an X-Ray trace id (`1-67891233-abcdef012345678912345678`), which spans of it have."""
    found = _XRAY.match((identifier or "").lower())
    return as_trace_id(found[1] + found[2]) if found else None


def as_span_id(identifier: str | None) -> str | None:
    """Return a W3C span id in lower case, None for anything else (also for the all-zero id)."""
    lowered = (identifier or "").lower()
    return lowered if _SPAN.fullmatch(lowered) else None


def as_key(identifier: str | None) -> str | None:
    """Return an id that tells one thing from another, None for one of which masking hid a part."""
    return identifier if identifier and "**" not in identifier else None


def provider_key_of(finding: Finding) -> str | None:
    """Return a key that the application's line, a gateway's and the provider's own log of one call have in common.

    Only ids that a provider makes, long enough to be alone in the world: some servers count to a thousand, and a UUID
    may be of anything. One call of a model is one; tools and agents repeat the id of the call that they belong to.
    """
    is_bedrock = book_provider(finding.provider, finding.model or "") == "aws"
    own = _OF_BEDROCK if is_bedrock and _OF_BEDROCK.fullmatch(finding.call_id or "") else _PROVIDERS_OWN
    if finding.kind not in _OF_MODELS or not own.fullmatch(finding.call_id or ""):
        return None
    return hashlib.sha256(_bytes(finding.call_id or "")).digest()[:16].hex()


def as_user(identifier: str | None) -> str | None:
    """Return a user's id, None for one that is nothing but a mask; half of an address still tells whom to ask."""
    return None if identifier is None or _HIDDEN in identifier else identifier


def stands_aside(finding: Finding, *, failed: bool) -> bool:
    """Tell whether an application's line tells of an attempt that failed, or of a mere beginning, and uses no tokens.

    Its call id may be that of the next attempt, or of the line that tells how it ended; taken for that call's own, what
    was used would be left out as a repeat.
    """
    is_own = finding.shape == "canonical" or finding.shape.startswith("mapping:")
    if not is_own or finding.kind not in _OF_MODELS or finding.usage or finding.cost:
        return False
    return failed or (finding.output is None and finding.latency_ms is None and finding.end_ms is None)


@dataclass(frozen=True, slots=True)
class Ids:
    """Ids of one call.

    Args:
        parent: None when the record names none.
        beside: observation id of the call that this one only stands beside, as it tells of a failed attempt or of a
            beginning under that call's id; None for a call of its own.
    """

    trace: str
    observation: str
    parent: str | None = None
    beside: str | None = None


def ids_of(finding: Finding, record: Record, position: int, *, failed: bool = False) -> Ids:
    """Return the ids of a call.

    Trace: the record's own W3C id, else from the request id, else that of X-Ray in its W3C form, else from what else
    names the request. Observation: the id of the span that is the call, else from the provider's call id, else from
    the log event and the position in it; from both for what only stands beside the call of that id. Parent: as the
    parent's own observation id is made, of whatever id the record names it by.
    """
    place = f"{record.origin.log_group}/{record.origin.log_stream}/{record.event_id}"
    line = f"{place}#{position}" if position else place
    named = as_key(finding.call_id) or as_key(finding.span_id)
    own = as_trace_id(finding.trace_id) or as_trace_id(record.trace_id)
    if own is None and as_key(finding.request_id) is None and as_key(record.request_id) is None:
        own = of_xray(finding.trace_id) or of_xray(record.trace_id)
    seeds = (finding.request_id, record.request_id, finding.trace_id, record.trace_id)
    trace_id = own or trace_id_of(next(filter(None, map(as_key, seeds)), named or line))
    observation_id = (as_span_id(finding.span_id) if own else None) or observation_id_of(trace_id, named or line)
    beside = None
    if named and stands_aside(finding, failed=failed):
        beside, observation_id = observation_id, observation_id_of(trace_id, f"{named}@{line}")
    parent_id = _parent_id(as_key(finding.parent_id), trace_id, is_own=own is not None)
    return Ids(trace_id, observation_id, parent_id if parent_id != observation_id else None, beside)


def _parent_id(named: str | None, trace_id: str, *, is_own: bool) -> str | None:
    """A span of a W3C trace is known by its id; anything else (a run of a framework, a call) by what is made of it."""
    if named is None:
        return None
    return (as_span_id(named) if is_own else None) or observation_id_of(trace_id, named)


def _bytes(seed: str) -> bytes:
    return seed.encode("utf-8", "replace")
