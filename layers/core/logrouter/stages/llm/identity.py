"""Ids of traces and observations: functions of what the record says, the same on every resend.

`trace_id_of(seed)` equals `langfuse.Langfuse.create_trace_id(seed=seed)`, so that applications can compute it too.
"""

import hashlib
import re

_TRACE, _SPAN = re.compile(r"(?!0{32})[0-9a-f]{32}"), re.compile(r"(?!0{16})[0-9a-f]{16}")


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


def as_span_id(identifier: str | None) -> str | None:
    """Return a W3C span id in lower case, None for anything else (also for the all-zero id)."""
    lowered = (identifier or "").lower()
    return lowered if _SPAN.fullmatch(lowered) else None


def _bytes(seed: str) -> bytes:
    return seed.encode("utf-8", "replace")
