"""Finds the stack trace in a text: asks each language whose marks the text carries."""

import re

from logrouter.stages.traces import dotnet, go, java, node, php, python, ruby, rust
from logrouter.stages.traces.trace import Language, Trace

LANGUAGES: tuple[Language, ...] = (
    python.LANGUAGE,
    go.LANGUAGE,
    php.LANGUAGE,
    ruby.LANGUAGE,
    rust.LANGUAGE,
    java.LANGUAGE,
    node.LANGUAGE,
    dotnet.LANGUAGE,
)
"""Every language, the most distinctive marks first."""

_LINE_ENDS = re.compile(r"\r\n?")


def read_trace(text: str) -> Trace | None:
    """Return the stack trace in `text`, None when there is none.

    Carriage returns count as line ends: the Lambda runtime of Python writes them where it has no telemetry socket
    (awslambdaric 4.2, `ERROR_LOG_LINE_TERMINATE`, read 2026-11-20).
    """
    if "\r" in text:
        text = _LINE_ENDS.sub("\n", text)
    for language in LANGUAGES:
        if any(mark in text for mark in language.marks):
            trace = language.read(text)
            if trace is not None:
                return trace
    return None
