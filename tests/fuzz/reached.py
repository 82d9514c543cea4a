"""Which lines of a package a call reached for the first time: coverage by sys.monitoring, free of cost once reached."""

import sys
from types import CodeType, TracebackType
from typing import Any, Self

TOOL = 4
"""One of the ids of sys.monitoring that no tool claims by convention."""


class Reached:
    """Counts lines of one package as they are reached; a context manager.

    Args:
        package: path that the files of the package have in common.
    """

    def __init__(self, package: str) -> None:
        self.lines = 0
        self._package = package

    def __enter__(self) -> Self:
        monitoring = sys.monitoring
        monitoring.use_tool_id(TOOL, "logrouter-fuzz")
        monitoring.register_callback(TOOL, monitoring.events.LINE, self._reached)
        monitoring.set_events(TOOL, monitoring.events.LINE)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sys.monitoring.set_events(TOOL, 0)
        sys.monitoring.free_tool_id(TOOL)

    def _reached(self, code: CodeType, _line: int) -> Any:
        self.lines += self._package in code.co_filename
        return sys.monitoring.DISABLE
