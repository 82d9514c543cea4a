"""What a reader of stack traces hands back, and the interface that each language module fits."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from logrouter.model import ErrorInfo


@dataclass(frozen=True, slots=True)
class Trace:
    """A stack trace found in a text.

    Args:
        error: what was read: frames oldest call first, causes linked from the outermost exception.
        before: text in front of the trace, as it stood.
        after: text behind it that is no part of it (properties of the error object, other threads).
    """

    error: ErrorInfo
    before: str = ""
    after: str = ""


def split_title(pattern: re.Pattern[str], text: str) -> tuple[str | None, str | None]:
    """Split an exception's title into type and message, the groups of `pattern`; what does not fit is all message."""
    text = text.strip()
    found = pattern.fullmatch(text)
    return (found[1], found[2]) if found else (None, text or None)


@dataclass(frozen=True, slots=True)
class Language:
    r"""One registry line: how traces of one language are recognised and read.

    Args:
        name: Sentry platform name.
        marks: the reader is asked only about texts that contain one of these (cheap test).
        read: text with `\\n` line ends to trace, None when there is none; linear in the length of the text.
        examples: texts that it reads.
    """

    name: str
    marks: tuple[str, ...]
    read: Callable[[str], Trace | None]
    examples: tuple[str, ...]
