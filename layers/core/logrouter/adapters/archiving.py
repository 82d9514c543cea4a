"""Works one window off: lease, read slice by slice, store parts, keep the ledger, stop in time. Masking is the work's.

Resumable at any point: the ledger knows what is stored, a part is written under its own hash, and what was read but not
stored is read again.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol

from logrouter.adapters.archive_store import ArchiveStore
from logrouter.adapters.clock import Clock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.log_reader import CutPageError, GroupGoneError, LogReader, OutOfTimeError, StaleTokenError
from logrouter.adapters.window_entries import WindowEntry
from logrouter.adapters.window_ledger import LeaseLostError, WindowLedger
from logrouter.destinations.archive.layout import Partition
from logrouter.destinations.archive.parts import Part
from logrouter.destinations.archive.window import PartFacts, WindowFacts, WindowState
from logrouter.errors import ArchiveError
from logrouter.model import Json, LogEvent

READABLE: Final = (
    WindowState.PLANNED,
    WindowState.READING,
    WindowState.LANDED,
    WindowState.FAILED,
    WindowState.LOST,
)
"""States in which a window may be read. Everything behind them is proven or about to be."""

LEASE_MARGIN_S: Final = 10
"""A lease outlives the invocation that took it by so much, so a worker never writes beyond its lease."""

STALE_TOKENS: Final = 5
"""So many refused page tokens in one window end the reading."""


class Work(Protocol):
    """What turns log events into parts: `jobs.archive_window.Compactor`."""

    facts: WindowFacts

    @property
    def overfull(self) -> bool:
        """The slice holds more than it should."""
        ...

    @property
    def roomy(self) -> bool:
        """A slice twice as long would fit."""
        ...

    def begin(self) -> None:
        """Start a slice."""
        ...

    def take(self, events: Iterable[tuple[str, LogEvent]]) -> None:
        """Mask and keep events of the slice."""
        ...

    def commit(self, until_ms: int) -> Part | None:
        """Close the slice."""
        ...

    def close(self) -> Part | None:
        """Close the growing part."""
        ...

    def stored(self, part: PartFacts) -> None:
        """Note a stored part."""
        ...


class WindowArchiver:
    """Carries one window from the log group into the bucket.

    Args:
        make_work: builds the work from the facts it starts with.
        storage_class: chooses the class of a part by its size in bytes.
    """

    def __init__(
        self,
        partition: Partition,
        *,
        ledger: WindowLedger,
        store: ArchiveStore,
        reader: LogReader,
        clock: Clock,
        make_work: Callable[[WindowFacts], Work],
        storage_class: Callable[[int], str],
        max_attempts: int,
    ) -> None:
        self._partition = partition
        self._window = partition.window
        self._ledger = ledger
        self._store = store
        self._reader = reader
        self._clock = clock
        self._make_work = make_work
        self._storage_class = storage_class
        self._max_attempts = max_attempts

    def run(self, policy: Mapping[str, Json], deadline: Deadline) -> WindowEntry:
        """Go on with the window until it is compacted or time is up; return its entry in the ledger.

        Args:
            policy: stamp of the policy in force.
            deadline: when to stop.

        Raises:
            LeaseLostError: somebody else works on it.
            ArchiveError: it could not be read or stored; the ledger says `failed` (or `lost`) then.
        """
        known = self._ledger.window(self._window)
        if known is None or known.window != self._window:
            raise ArchiveError(f"{self._window.group.log_group}: window {self._window.start_ms} was never planned")
        if known.state not in READABLE:
            return known
        now_ms = int(self._clock.now_s() * 1000)
        until_ms = now_ms + int((deadline.killed_in_s + LEASE_MARGIN_S) * 1000)
        entry = self._ledger.lease(self._window, READABLE, now_ms, until_ms)
        facts = entry.facts or WindowFacts("pull", self._window.start_ms, self._window.end_ms - self._window.start_ms)
        facts.masked_by(policy)
        entry = self._ledger.move(entry, WindowState.READING, facts=facts)
        try:
            return self._read(entry, facts, deadline)
        except LeaseLostError:
            raise
        except ArchiveError as failure:
            self._failed(entry, failure)
            raise

    def _read(self, entry: WindowEntry, facts: WindowFacts, deadline: Deadline) -> WindowEntry:
        work = self._make_work(facts)
        started_ms, stale_tokens = facts.cursor_ms, 0
        while facts.cursor_ms < self._window.end_ms:
            until_ms = min(facts.cursor_ms + facts.slice_ms, self._window.end_ms)
            try:
                self._read_slice(work, until_ms, deadline)
            except OutOfTimeError:
                if facts.cursor_ms == started_ms:
                    facts.slice_ms = max(1, (until_ms - facts.cursor_ms) // 2)
                return self._pause(entry, work)
            except CutPageError:
                if until_ms - facts.cursor_ms > 1:
                    facts.slice_ms = (until_ms - facts.cursor_ms) // 2
                    continue
                # A millisecond cannot be cut: whether it is whole shows when the window is counted.
            except StaleTokenError:
                stale_tokens += 1
                if stale_tokens > STALE_TOKENS:
                    raise
                continue
            if work.roomy:
                facts.slice_ms = min(facts.slice_ms * 2, self._window.end_ms - self._window.start_ms)
            part = work.commit(until_ms)
            if part is not None:
                entry = self._keep(entry, work, part)
        entry = self._ledger.move(entry, WindowState.LANDED, facts=facts)
        return self._ledger.move(entry, WindowState.COMPACTED, release=True)

    def _read_slice(self, work: Work, until_ms: int, deadline: Deadline) -> None:
        work.begin()
        start_ms = work.facts.cursor_ms
        if deadline.passed:
            raise OutOfTimeError(f"{self._window.group.log_group}: out of time at {start_ms}")
        for page in self._reader.read(self._window.group.log_group, start_ms, until_ms, deadline):
            work.take(page)
            if work.overfull and until_ms - start_ms > 1:
                raise CutPageError(f"{self._window.group.log_group}: slice at {start_ms} is too large")

    def _pause(self, entry: WindowEntry, work: Work) -> WindowEntry:
        part = work.close()
        if part is not None:
            entry = self._keep(entry, work, part)
        return self._ledger.move(entry, WindowState.READING, facts=work.facts, release=True)

    def _keep(self, entry: WindowEntry, work: Work, part: Part) -> WindowEntry:
        """Announce, store, note: a kill between any two leaves a part that is accounted for or a repeat of the same."""
        facts = part.facts(self._partition, self._storage_class(len(part.body)))
        if facts.key not in entry.announced:
            self._ledger.announce(entry, facts.key)
        created = self._store.put(
            facts.key,
            part.body,
            sha256=facts.sha256,
            storage_class=facts.storage_class,
            metadata={"events": str(facts.events)},
        )
        if not created:
            found = self._store.look(facts.key)
            if found is None or found.size_bytes != facts.bytes_stored:
                raise ArchiveError(f"{facts.key}: there is another object of this name")
            facts = part.facts(self._partition, found.storage_class)
        work.stored(facts)
        return self._ledger.move(entry, WindowState.READING, facts=work.facts)

    def _failed(self, entry: WindowEntry, failure: ArchiveError) -> None:
        """Note why; only a log group that is gone can be lost by it, everything else is tried again."""
        is_gone = isinstance(failure, GroupGoneError)
        is_last = is_gone and entry.attempts + 1 >= self._max_attempts
        self._ledger.move(
            entry,
            WindowState.LOST if is_last else WindowState.FAILED,
            evidence={"reason": "group_gone" if is_gone else "not_read", "error": str(failure)[:300]},
            failed=True,
            release=True,
        )
