"""The smallest record that still breaks the same laws: pieces are taken away as long as it does."""

import time
from collections.abc import Callable, Iterator
from typing import Any

LIMIT_S = 10.0
"""Time for one record."""


def shrunk(record: Any, is_broken: Callable[[Any], bool]) -> Any:
    """Return a smaller record for which `is_broken` still holds."""
    end = time.monotonic() + LIMIT_S
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for smaller in _smaller(record):
            if time.monotonic() > end:
                break
            if is_broken(smaller):
                record, is_smaller = smaller, True
                break
    return record


def _smaller(value: Any) -> Iterator[Any]:
    if isinstance(value, str):
        size = max(1, len(value) // 2)
        while size:
            for at in range(0, len(value), size):
                yield value[:at] + value[at + size :]
            size //= 2
    elif isinstance(value, dict):
        for name in value:
            yield {other: inner for other, inner in value.items() if other != name}
        for name, inner in value.items():
            yield from ({**value, name: smaller} for smaller in _smaller(inner))
            if isinstance(name, str):
                for shorter in _smaller(name):
                    yield {shorter if other == name else other: one for other, one in value.items()}
    elif isinstance(value, list):
        yield from (value[:at] + value[at + 1 :] for at in range(len(value)))
        for at, inner in enumerate(value):
            yield from ([*value[:at], smaller, *value[at + 1 :]] for smaller in _smaller(inner))
