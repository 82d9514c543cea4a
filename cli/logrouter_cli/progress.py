"""One line on stderr that says how far a command is; only where stderr is a terminal."""

import sys
import time
from typing import Final, Self

EVERY_S: Final = 0.25
BAR: Final = 24


class Progress:
    """The line. Used as a context, so that it is gone when the command ends.

    Args:
        total_bytes: where the size is known: shows a bar and percent of it.
        is_shown: None asks whether stderr is a terminal.
    """

    def __init__(self, total_bytes: int | None = None, *, is_shown: bool | None = None) -> None:
        self._total_bytes = total_bytes
        self._is_shown = sys.stderr.isatty() if is_shown is None else is_shown
        self._started_s = time.monotonic()
        self._due_s = self._started_s + EVERY_S
        self._width = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._width:
            sys.stderr.write(f"\r{'':{self._width}}\r")
            sys.stderr.flush()

    def show(self, done_bytes: int, text: str, *, rate_bytes: int | None = None) -> None:
        """Write the line anew when it is time.

        Args:
            done_bytes: of the total.
            text: what to say behind bar and rate: counts and names.
            rate_bytes: what the rate is of, where it is not `done_bytes` (unpacked text, for example).
        """
        now_s = time.monotonic()
        if not self._is_shown or now_s < self._due_s:
            return
        self._due_s = now_s + EVERY_S
        rate = (done_bytes if rate_bytes is None else rate_bytes) / 1e6 / max(now_s - self._started_s, 0.001)
        line = f"{_bar(done_bytes, self._total_bytes)}{done_bytes / 1e6:.1f} MB, {rate:.1f} MB/s, {text}"[:118]
        sys.stderr.write(f"\r{line:{self._width}}")
        sys.stderr.flush()
        self._width = max(self._width, len(line))


def _bar(done: int, total: int | None) -> str:
    if not total:
        return ""
    share = min(done / total, 1)
    full = round(share * BAR)
    return f"[{'#' * full}{'.' * (BAR - full)}] {share:4.0%} "
