"""Mask a log event before anything else reads it. Fails closed: what cannot be masked becomes a placeholder."""

from collections.abc import Callable, Mapping

from logrouter.model import LogEvent, MaskedEvent, MaskedText, Origin, RawText
from logrouter.policy.log_groups import service_of

type MaskText = Callable[[RawText, str | None, str | None], tuple[MaskedText, Mapping[str, int]]]
"""(text, service, log group) -> (masked text, hits by rule id)."""

PLACEHOLDER = MaskedText("[logrouter: masking failed]")
"""What goes on instead of a record that could not be masked."""


def mask_event(event: LogEvent, origin: Origin, mask_text: MaskText) -> tuple[MaskedEvent, bool]:
    """Return the masked event, and whether masking failed and the placeholder stands for its text.

    The service, for rules that hold for one service, is the part of the log group that names it.
    """
    message, rules, failed = mask_closed(event.message, service_of(origin.log_group), origin.log_group, mask_text)
    masked = MaskedEvent(
        origin=origin,
        id=event.id,
        timestamp_ms=event.timestamp_ms,
        message=message,
        lines=event.lines,
        rules=rules,
        ingestion_ms=event.ingestion_ms,
    )
    return masked, failed


def mask_closed(
    text: RawText, service: str | None, log_group: str | None, mask_text: MaskText
) -> tuple[MaskedText, Mapping[str, int], bool]:
    """Return masked text, hits by rule id, and whether masking failed and the placeholder stands for the text."""
    try:
        return *mask_text(text, service, log_group), False
    except Exception:  # noqa: BLE001 - the raw text must not go on, whatever went wrong
        return PLACEHOLDER, {}, True
