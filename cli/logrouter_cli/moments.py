"""Moments as people type and read them: ISO 8601, epoch milliseconds, or so long before now."""

import argparse
import re
from datetime import UTC, datetime
from typing import Final

from logrouter_cli.command import CommandError

UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}

LONGEST: Final = 14
"""Digits of epoch milliseconds: until the year 5138. More are no moment that could be written as a date."""

DATE_DIGITS: Final = 8
"""So many digits are a date (`20261120`): as milliseconds they would be a moment of the first day of 1970."""


def moment(text: str) -> int:
    """Read ISO 8601 or epoch milliseconds as epoch milliseconds (an argparse type); a time without a zone is UTC."""
    if text.isascii() and text.isdigit() and len(text) <= LONGEST and len(text) != DATE_DIGITS:
        return int(text)
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("neither ISO 8601 nor epoch milliseconds") from None
    return round((read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp() * 1000)


def moment_text(epoch_ms: int) -> str:
    """Write epoch milliseconds as ISO 8601 in UTC."""
    return f"{datetime.fromtimestamp(epoch_ms / 1000, UTC):%Y-%m-%dT%H:%M:%S}.{epoch_ms % 1000:03d}Z"


def read_when(text: str, now_ms: int, option: str) -> int:
    """Read `30m`, `24h`, `7d`, `2w` before now, ISO 8601 or epoch milliseconds as epoch milliseconds."""
    if match := re.fullmatch(r"([0-9]{1,6})([smhdw])", text):
        return max(0, now_ms - int(match[1]) * UNITS_MS[match[2]])
    try:
        return moment(text)
    except argparse.ArgumentTypeError:
        raise CommandError(f"{option}: neither 30m, 24h, 7d, ISO 8601 nor epoch milliseconds") from None


def stretch(since: str, until: str | None, now_ms: int) -> tuple[int, int]:
    """Return the stretch of time that `--since` and `--until` mean: start and end, epoch milliseconds."""
    start_ms = read_when(since, now_ms, "--since")
    end_ms = read_when(until, now_ms, "--until") if until else now_ms
    if start_ms >= end_ms:
        raise CommandError("--since is not before --until")
    return start_ms, end_ms
