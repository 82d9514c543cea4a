"""Reads severities in the words and numbers of every logger."""

import re

from logrouter.model import SCALE, Json, Level

_WORDS: dict[Level, str] = {
    Level.TRACE: "trace finest finer all silly trc trce vrb",
    Level.DEBUG: "debug verbose fine config dbg dbug debug1 debug2 debug3 debug4 debug5",
    Level.INFO: "info information informational notice log success http inf note system ok",
    Level.WARN: "warn warning wrn 경고",
    Level.ERROR: "error err severe exception eror failure fail 심각 오류",
    Level.FATAL: "fatal critical crit panic dpanic emerg emergency alert ftl pnc",
}
LEVELS: dict[str, Level] = {word: level for level, words in _WORDS.items() for word in words.split()}
"""Words in lower case."""

_LETTERS = {
    "T": Level.TRACE,
    "V": Level.TRACE,
    "D": Level.DEBUG,
    "I": Level.INFO,
    "W": Level.WARN,
    "E": Level.ERROR,
    "F": Level.FATAL,
}


_SHIFTED = re.compile(r"(DEBUG|INFO|WARN|ERROR)([+-]\d{1,3})", re.ASCII)
"""How slog names a level between or beyond its four: `ERROR+4`."""

_SLOG = {"DEBUG": -4, "INFO": 0, "WARN": 4, "ERROR": 8}
_SYSLOG = (Level.FATAL,) * 3 + (Level.ERROR, Level.WARN, Level.INFO, Level.INFO, Level.DEBUG)


def level_of(value: Json) -> Level | None:
    """Read a level as a word in any case, a letter, or a number on Pino's scale; None when it is none of these."""
    if isinstance(value, str):
        word = value.strip().lower()
        if word in LEVELS:
            return LEVELS[word]
        if value in _LETTERS:
            return _LETTERS[value]
        if shifted := _SHIFTED.fullmatch(value):
            return _level_of_slog(shifted[1], int(shifted[2]))
        return level_of_number(int(value)) if len(word) < 4 and word.isdecimal() and word.isascii() else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return level_of_number(value)


def _level_of_slog(word: str, shift: int) -> Level:
    """Read a level on the scale of slog, where each word stands for itself and the three numbers above it."""
    step = (_SLOG[word] + shift) // 4
    return SCALE[min(max(step + 2, 0), len(SCALE) - 1)]


def level_of_number(number: float) -> Level | None:
    """Read a level on the scale of Pino and Bunyan: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal."""
    if not 10 <= number < 70:
        return None
    return SCALE[int(number) // 10 - 1]


def level_of_python(number: float) -> Level | None:
    """Read a level on the scale of Python's logging: 10 debug, 20 info, 30 warning, 40 error, 50 critical."""
    return level_of_number(number + 10) if 5 <= number < 60 else None


def level_of_syslog(number: float) -> Level | None:
    """Read a level on the scale of RFC 5424: 0 emergency to 3 error, 4 warning, 5 notice, 6 info, 7 debug."""
    return _SYSLOG[int(number)] if 0 <= number <= 7 else None


def level_of_opentelemetry(number: float) -> Level | None:
    """Read OpenTelemetry's `severity_number`: 1 to 4 trace, 5 debug, 9 info, 13 warn, 17 error, 21 to 24 fatal."""
    return SCALE[(int(number) - 1) // 4] if 1 <= number <= 24 else None
