"""Read Sentry's rate limits: of which kind of telemetry it wants no more on this DSN, and for how long.

Source: develop.sentry.dev, "Rate Limiting" (checked 2026-11-20), and Relay's own `format_rate_limits`.
"""

from collections.abc import Mapping
from typing import Final

EVENTS: Final = "events"
LOGS: Final = "logs"
CHANNELS: Final = (EVENTS, LOGS)
"""What we send. Sentry limits each by itself: a used-up quota of logs must not stop errors, nor the other way round."""

CATEGORIES: Final[Mapping[str, str]] = {"default": EVENTS, "error": EVENTS, "log_item": LOGS, "log_byte": LOGS}
"""Sentry's data categories that concern what we send; all others concern what we never send and say nothing to us."""

LONGEST_S: Final = 1e7
"""A longer limit (115 days) is a mistake, and is not believed."""


def limits_of(header: str) -> Mapping[str, float] | None:
    """Return for how many seconds each channel is limited by `X-Sentry-Rate-Limits`.

    Shape: `seconds:category;category:scope:reason:..., ...`. No category means all of them. Scope (organization,
    project, key), reason and whatever stands behind them tell what was used up, not what may be sent. Of several
    limits for a channel the longest holds.

    Returns:
        Channel to seconds, empty when all limits are for what we do not send; None when nothing in the header can be
        read as a limit.
    """
    limits: dict[str, float] = {}
    readable = False
    for limit in header.split(","):
        seconds, _, rest = limit.partition(":")
        pause_s = _seconds(seconds)
        if pause_s is None:
            continue
        readable = True
        for channel in _channels(rest.partition(":")[0]):
            limits[channel] = max(pause_s, limits.get(channel, 0.0))
    return limits if readable else None


def _channels(categories: str) -> set[str]:
    named = {name.strip().lower() for name in categories.split(";")} - {""}
    return {CATEGORIES[name] for name in named & CATEGORIES.keys()} if named else set(CHANNELS)


def _seconds(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < LONGEST_S else None
