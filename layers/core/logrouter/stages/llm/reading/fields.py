"""Read numbers, times and texts from a log document under any spelling; what cannot be is a `NonsenseError`.

Absent, empty, `"n/a"` and masked values read as None: they say nothing. What says something impossible is refused.
"""

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache

from logrouter.model import Json
from logrouter.stages.llm.finding import NonsenseError

ABSENT = frozenset({"", "-", "none", "null", "n/a", "na", "unknown", "undefined"})
LARGEST_WHOLE = 10**15
"""A count beyond this is noise in every unit (and 2**53, where JSON numbers stop being exact, is not far)."""

_WHOLE = re.compile(r"[+-]?\d{1,18}(?:\.0*)?")
_DURATION = re.compile(
    r"([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(ns|us|µs|ms|s|sec|secs|seconds?|m|min|minutes?)?", re.IGNORECASE
)
_WRITTEN_OUT = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"P(?:(?P<d>\d{1,9})D)?(?:T(?:(?P<h>\d{1,9})H)?(?:(?P<m>\d{1,9})M)?(?:(?P<s>\d{1,9}(?:\.\d+)?)S)?)?",
        r"(?:(?P<d>\d{1,9})\.)?(?P<h>\d{1,3}):(?P<m>[0-5]\d):(?P<s>[0-5]\d(?:\.\d+)?)",
        r"(?:(?P<h>\d{1,9})h)?(?P<m>\d{1,9})m(?P<s>\d{1,9}(?:\.\d+)?)s",
    )
)
"""Durations as ISO 8601 and Java (`PT1.5S`), .NET and Python (`00:00:01.5`) and Go (`1m2.5s`) print them."""

_SPAN_MS = {"d": 86_400_000.0, "h": 3_600_000.0, "m": 60_000.0, "s": 1_000.0}
_UNIT_MS = {"ns": 1e-6, "us": 1e-3, "µs": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}
_EARLIEST_MS, _LATEST_MS = 946_684_800_000, 4_102_444_800_000  # 2000-01-01 to 2100-01-01
_NESTED_LIMIT_CHARS = 2_000_000


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """Return a field name without case and punctuation: `promptTokens`, `prompt_tokens`, `Prompt-Tokens` are one."""
    return "".join(character for character in name.lower() if character.isalnum())


class Unzoned(float):
    """A point in time, epoch milliseconds, whose text names no time zone: read as UTC, for want of a better one."""


class Fields:
    """The fields of one JSON object, found under any spelling.

    Of two spellings of one name in an object the first that says something counts.
    """

    __slots__ = ("_values",)

    def __init__(self, document: Mapping[str, Json]) -> None:
        self._values: dict[str, Json] = {plain(name): value for name, value in document.items()}
        if len(self._values) == len(document):
            return
        self._values.clear()
        for name, value in document.items():
            key = plain(name)
            if self._values.get(key) is None:
                self._values[key] = value

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def has_any(self, names: frozenset[str]) -> bool:
        """Tell whether one of many names is there; quick where none is."""
        return not names.isdisjoint(self._values) and any(self._values.get(name) is not None for name in names)

    def get(self, *names: str) -> Json:
        """Return the first value that is there, names in plain spelling, in this order."""
        for name in names:
            value = self._values.get(name)
            if value is not None:
                return value
        return None

    def text(self, *names: str) -> str | None:
        """Return the first value that is readable text."""
        for name in names:
            value = self._values.get(name)
            if value is not None and (said := text(value)) is not None:
                return said
        return None

    def whole(self, *names: str) -> int | None:
        """Return the first value that is a count."""
        for name in names:
            value = self._values.get(name)
            if value is not None and (count := whole(value, name)) is not None:
                return count
        return None

    def money(self, *names: str) -> float | None:
        """Return the first value that is an amount."""
        for name in names:
            value = self._values.get(name)
            amount = None if value is None or isinstance(value, (dict, list)) else money(value, name)
            if amount is not None:
                return amount
        return None

    def time_ms(self, *names: str) -> float | None:
        """Return the first value that is a point in time, epoch milliseconds."""
        for name in names:
            value = self._values.get(name)
            if value is not None and (moment := time_ms(value)) is not None:
                return moment
        return None

    def duration_ms(self, *names: str, unit: str = "ms") -> float | None:
        """Return the first value that is a duration, in milliseconds; `unit` counts where the text names none."""
        for name in names:
            value = self._values.get(name)
            if value is not None and (duration := duration_ms(value, name, unit=unit)) is not None:
                return duration
        return None

    def mapping(self, *names: str) -> dict[str, Json]:
        """Return the first value that is an object, also one written as JSON text; empty when there is none."""
        for name in names:
            value = opened(self._values.get(name))
            if isinstance(value, dict) and value:
                return value
        return {}


def is_absent(value: Json) -> bool:
    """Tell whether a value says nothing: missing, empty, a word for nothing, or masked."""
    return value is None or (isinstance(value, str) and (value.strip().lower() in ABSENT or "***" in value))


def text(value: Json) -> str | None:
    """Return readable text of at most 1,000 characters: strings and whole numbers; anything else says nothing."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return str(value) if abs(value) < LARGEST_WHOLE * 1000 else None
    if not isinstance(value, str) or value.strip().lower() in ABSENT:
        return None
    return value.strip()[:1000]


def whole(value: Json, meaning: str) -> int | None:
    """Return a count of 0 or more, from a number or its text (`"1,234"`, `"12.0"`); None when it says nothing."""
    if is_absent(value):
        return None
    if isinstance(value, str):
        digits = value.strip().replace(",", "").replace("_", "")
        if not _WHOLE.fullmatch(digits):
            raise NonsenseError(f"{meaning} is not a whole number")
        value = int(digits.split(".")[0])
    if isinstance(value, float) and math.isfinite(value) and value == int(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= LARGEST_WHOLE:
        raise NonsenseError(f"{meaning} is not a count")
    return value


def money(value: Json, meaning: str) -> float | None:
    """Return an amount of 0 or more, from a number or its text (`"$0.0012"`); None when it says nothing."""
    if is_absent(value):
        return None
    if isinstance(value, str):
        value = value.strip().removeprefix("US").removeprefix("D").strip().removeprefix("$")
        value = value.removesuffix("USD").replace(",", "").strip()
    amount = _real(value, meaning)
    if amount < 0:
        raise NonsenseError(f"{meaning} is negative")
    return amount


def duration_ms(value: Json, meaning: str, *, unit: str = "ms") -> float | None:
    """Return a duration of 0 or more in milliseconds; text may name its unit (`"1.2s"`, `"PT1.2S"`)."""
    if is_absent(value) or isinstance(value, (dict, list)):
        return None
    factor = _UNIT_MS[unit]
    if isinstance(value, str):
        match = _DURATION.fullmatch(value.strip())
        if not match:
            return _written_out_ms(value.strip(), meaning)
        named = (match[2] or unit).lower()
        factor = _UNIT_MS.get(named) or _UNIT_MS[named[0]]
        value = match[1]
    amount = _real(value, meaning)
    if amount < 0:
        raise NonsenseError(f"{meaning} is negative")
    return amount * factor


def duration_with_unit_ms(value: Json) -> float | None:
    """Return a duration whose text names its unit (`"1.9s"`, `"PT1.9S"`) in milliseconds, None for anything else."""
    if not isinstance(value, str) or not value.strip() or value.strip()[-1].isdigit():
        return None
    try:
        return duration_ms(value, "duration")
    except NonsenseError:
        return None


def _written_out_ms(value: str, meaning: str) -> float:
    for pattern in _WRITTEN_OUT:
        match = pattern.fullmatch(value)
        told = {name: float(part) for name, part in match.groupdict().items() if part} if match else {}
        if told:
            return sum(amount * _SPAN_MS[name] for name, amount in told.items())
    raise NonsenseError(f"{meaning} is not a duration")


def time_ms(value: Json) -> float | None:
    """Return a point in time as epoch milliseconds: ISO 8601 text, or epoch s, ms, us or ns told apart by size.

    None when it is no time between the years 2000 and 2100: a clock that is off by decades says nothing.
    """
    if isinstance(value, bool) or is_absent(value):
        return None
    if isinstance(value, str):
        value = _iso_ms(value.strip())
    if not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    if isinstance(value, Unzoned):
        return value if _EARLIEST_MS <= value <= _LATEST_MS else None
    for factor in (1_000, 1, 1e-3, 1e-6):
        moment = value // 1_000_000 if factor == 1e-6 and isinstance(value, int) else value * factor
        if _EARLIEST_MS <= moment <= _LATEST_MS:
            return moment
    return None


def opened(value: Json) -> Json:
    """Return a JSON object or array that was written as text as what it is; any other value unchanged."""
    if not isinstance(value, str) or not 2 <= len(value) <= _NESTED_LIMIT_CHARS or value.lstrip()[:1] not in {"{", "["}:
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _real(value: Json, meaning: str) -> float:
    try:
        amount = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        amount = math.nan
    if not math.isfinite(amount):
        raise NonsenseError(f"{meaning} is not a number")
    return amount


def _iso_ms(value: str) -> float | None:
    if re.fullmatch(r"\d{10,19}(\.\d+)?", value):
        return float(value) if "." in value else int(value)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return Unzoned(round(moment.replace(tzinfo=UTC).timestamp() * 1000, 3))
    return round(moment.timestamp() * 1000, 3)
