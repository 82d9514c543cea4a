"""Failures put into running code: an exception of choice at any line or function, without touching the code.

By sys.monitoring: a callback that raises does so in the code that is watched. Where it raises at the end of an `except`,
Python goes on taking the handled exception for the one being handled; a generator keeps that from what runs later.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType

TOOL = 3
EVENTS = sys.monitoring.events


@contextmanager
def _tool() -> Iterator[None]:
    sys.monitoring.use_tool_id(TOOL, "logrouter-sabotage")
    try:
        yield
    finally:
        sys.monitoring.set_events(TOOL, 0)
        for event in (EVENTS.LINE, EVENTS.PY_START):
            sys.monitoring.register_callback(TOOL, event, None)
        sys.monitoring.free_tool_id(TOOL)


def lines_reached(work: Callable[[], object], package: str) -> list[tuple[CodeType, int]]:
    """Run `work` and return every (code, line) of files under `package` that it reached, in the order of reaching."""
    found: list[tuple[CodeType, int]] = []

    def note(code: CodeType, line: int) -> object:
        if package in code.co_filename:
            found.append((code, line))
        return sys.monitoring.DISABLE

    with _tool():
        sys.monitoring.restart_events()
        sys.monitoring.register_callback(TOOL, EVENTS.LINE, note)
        sys.monitoring.set_events(TOOL, EVENTS.LINE)
        work()
    return found


def called_apart[Result](work: Callable[[], Result]) -> Result:
    """Call `work` so that no exception it handled stays behind as the context of exceptions that are raised later."""

    def apart() -> Iterator[Result]:
        yield work()

    return next(apart())


@contextmanager
def failing(code: CodeType, line: int | None, error: BaseException) -> Iterator[list[int]]:
    """Raise `error` each time a line of `code` is reached (its beginning when None); yields a list of the times."""
    times: list[int] = []

    def fail(_code: CodeType, at: int) -> None:
        if line is None or at == line:
            times.append(at)
            raise error.with_traceback(None)

    event = EVENTS.PY_START if line is None else EVENTS.LINE
    with _tool():
        sys.monitoring.restart_events()
        sys.monitoring.register_callback(TOOL, event, fail)
        sys.monitoring.set_local_events(TOOL, code, event)
        try:
            yield times
        finally:
            sys.monitoring.set_local_events(TOOL, code, 0)
