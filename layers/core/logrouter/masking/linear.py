"""RE2, the engine whose time is linear whatever the pattern; optional, because its wheel may be missing."""

from typing import Any

MAX_MEM_BYTES = 32 << 20
"""Budget of one automaton. A pattern that needs more falls back to an engine thirty times slower, which a test would
notice; the default of 8 MB is too small for all rules together."""


def re2_module() -> Any | None:
    """Return google-re2, None where it is not installed; `re` then gives the same answers, slower."""
    try:
        import re2  # noqa: PLC0415 - a library that only some functions carry
    except ImportError:
        return None
    return re2


def re2_options(re2: Any) -> Any:
    """Return what every automaton is compiled with: searching only, nothing captured, nothing logged."""
    options = re2.Options()
    options.max_mem = MAX_MEM_BYTES
    options.never_capture = True
    options.log_errors = False
    return options
