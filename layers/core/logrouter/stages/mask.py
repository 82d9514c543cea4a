"""Mask a log event before anything else reads it. Fails closed: what cannot be masked becomes a placeholder."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from logrouter.model import LogEvent, MaskedEvent, MaskedText, Origin, RawText, Tally
from logrouter.policy.log_groups import service_of

type MaskText = Callable[[RawText, str | None, str | None], tuple[MaskedText, Mapping[str, int]]]
"""(text, service, log group) -> (masked text, hits by rule id)."""

ACCOUNT_DIGITS = 12
PLACEHOLDER = MaskedText("[logrouter: masking failed]")
"""What goes on instead of a record that could not be masked."""


def mask_event(
    event: LogEvent, origin: Origin, mask_text: MaskText, *, shown: Origin | None = None, list_rules: bool = False
) -> tuple[MaskedEvent, bool]:
    """Return the masked event, and whether masking failed and the placeholder stands for its text.

    The service, for rules that hold for one service, is the part of the log group that names it.

    Args:
        event: with the raw text.
        origin: as it came in; rules for single log groups go by it.
        mask_text: the masking engine.
        shown: the origin the masked event gets (`mask_names`); `origin` itself by default.
        list_rules: the masked event carries the ids of the rules that hit.
    """
    message, rules, failed = mask_closed(event.message, service_of(origin.log_group), origin.log_group, mask_text)
    masked = MaskedEvent(
        origin=shown or origin,
        id=event.id,
        timestamp_ms=event.timestamp_ms,
        message=message,
        lines=event.lines,
        rules=rules,
        ingestion_ms=event.ingestion_ms,
        masked=tuple(sorted(rules)) if list_rules else (),
    )
    return masked, failed


def mask_names(origin: Origin, mask_text: MaskText) -> Origin:
    """Return the origin with masked names: applications name log streams, and put in what they have at hand.

    The names AWS and infrastructure code give come out as they are. Rules for a service or a log group hold for its
    names too.
    """
    service = service_of(origin.log_group)

    def masked(name: str) -> str:
        return mask_closed(RawText(name), service, origin.log_group, mask_text)[0]

    account = origin.account if len(origin.account) == ACCOUNT_DIGITS and origin.account.isdigit() else None
    return replace(
        origin,
        account=masked(origin.account) if account is None else account,
        log_group=masked(origin.log_group),
        log_stream=masked(origin.log_stream),
    )


def counted(mask_text: MaskText, tally: Tally) -> MaskText:
    """Return a masking engine that keeps the books of what it masks, and of where it fails, in a tally."""

    def mask(text: RawText, service: str | None, log_group: str | None) -> tuple[MaskedText, Mapping[str, int]]:
        try:
            masked, rules = mask_text(text, service, log_group)
        except Exception:
            tally.masking_failed += 1
            raise
        tally.masked.update(rules)
        return masked, rules

    return mask


def mask_closed(
    text: RawText, service: str | None, log_group: str | None, mask_text: MaskText
) -> tuple[MaskedText, Mapping[str, int], bool]:
    """Return masked text, hits by rule id, and whether masking failed and the placeholder stands for the text."""
    try:
        return *mask_text(text, service, log_group), False
    except Exception:  # noqa: BLE001 - the raw text must not go on, whatever went wrong
        return PLACEHOLDER, {}, True
