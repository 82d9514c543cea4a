"""Text before and after masking, and the marks by which logrouter knows its own."""

from typing import Any, NewType

type Json = Any
"""A decoded JSON value: None, bool, int, float, str, list or dict with str keys."""


RawText = NewType("RawText", str)
"""Text as it came from the log: may hold personal data and secrets, and must not leave the invocation."""


MaskedText = NewType("MaskedText", str)
"""Text that went through `logrouter.masking`, or a placeholder: may be sent, stored, queued and logged."""


OWN_MARKER = '"logrouter_own":true'
"""Stands in every JSON line that logrouter logs itself; `select` refuses a log event that contains it (no loops)."""


REPLAYS_FIELD = "logrouterReplays"
"""Top-level field that `replay_failed` adds to an event: how often it was replayed. Such an invocation is asynchronous,
so a partial batch response would be lost on Lambda and what is left must be raised instead."""
