"""Say what happens while it happens: one line a step, with the seconds since the start."""

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from logrouter_local.supervisor import StackError

PAUSE_S = 5
"""Where there is no terminal, a wait prints no more often."""


@dataclass
class Progress:
    """Prints steps; a wait shows its state in place on a terminal, line by line elsewhere."""

    started_s: float = field(default_factory=time.monotonic)
    is_quiet: bool = False
    _shown: str = ""
    _shown_s: float = -1e9

    def step(self, text: str) -> None:
        """Print one finished or beginning step."""
        if not self.is_quiet:
            self._end_line()
            print(f"[{time.monotonic() - self.started_s:5.1f} s] {text}", flush=True)

    def wait(
        self, what: str, look: Callable[[], tuple[bool, str]], *, within_s: float, check: Callable[[], None]
    ) -> None:
        """Look until it says true; raise `StackError` with its last word when that takes too long.

        Args:
            what: names the wait in every line.
            within_s: seconds until it is given up.
            look: returns whether it is done, and how far it is in words.
            check: called between looks; raises when there is no use in waiting.
        """
        state = self.follow(what, look, within_s=within_s, check=check)
        self._end_line()
        self.step(f"{what}: {state}")

    def follow(
        self, what: str, look: Callable[[], tuple[bool, str]], *, within_s: float, check: Callable[[], None]
    ) -> str:
        """Wait as `wait` does, but leave the last line open for what follows; return the last state."""
        until = time.monotonic() + within_s
        while True:
            done, state = look()
            if done:
                return state
            self._show(f"{what}: {state}")
            check()
            if time.monotonic() > until:
                self._end_line()
                raise StackError(f"{what}: not within {within_s:.0f} s; the last state was: {state}")
            time.sleep(0.2)

    def _show(self, text: str) -> None:
        now_s, is_terminal = time.monotonic() - self.started_s, sys.stdout.isatty()
        if self.is_quiet or text == self._shown or (not is_terminal and now_s - self._shown_s < PAUSE_S):
            return
        self._shown, self._shown_s = text, now_s
        line = f"[{now_s:5.1f} s] … {text}"
        print(f"\r{line:<110}" if is_terminal else line, end="" if is_terminal else "\n", flush=True)

    def _end_line(self) -> None:
        if self._shown and sys.stdout.isatty():
            print("\r" + " " * 110 + "\r", end="")
        self._shown = ""
