"""Proves a compacted window and seals it: locks its parts, writes its manifest into the chain, moves the watermark.

The chain of a log group is a row of manifests numbered from 1, each written once (If-None-Match) and naming the hash of
the one before. The manifest that stands at a number is the truth; a ledger that lags behind is brought up to it by
whoever comes next, so a kill at any point neither forks the chain nor seals a window twice.
"""

from collections.abc import Callable
from typing import Final

from logrouter.adapters.archive_store import ArchiveStore
from logrouter.adapters.archiving import LEASE_MARGIN_S
from logrouter.adapters.clock import Clock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.window_entries import GroupEntry, WindowEntry
from logrouter.adapters.window_ledger import WindowLedger
from logrouter.destinations.archive.layout import manifest_key
from logrouter.destinations.archive.manifest import build_manifest, read_manifest, sha256_of, window_of
from logrouter.destinations.archive.proof import Judgement, Proof
from logrouter.destinations.archive.retention import Keeping
from logrouter.destinations.archive.window import Window, WindowState
from logrouter.errors import ArchiveError

PROVABLE: Final = (WindowState.COMPACTED, WindowState.VERIFIED)
CHAIN_TRIES: Final = 200
"""So many other windows of the same log group may get their manifest in before ours."""


class Sealer:
    """Proves and seals single windows.

    Args:
        prove: judges a window from its entry: parts looked at, events counted again.
        keeping: how long a window is kept.
        max_attempts: a window that was judged short or damaged so often is lost.
    """

    def __init__(
        self,
        *,
        ledger: WindowLedger,
        store: ArchiveStore,
        clock: Clock,
        prove: Callable[[WindowEntry], Proof],
        keeping: Callable[[Window], Keeping],
        max_attempts: int,
    ) -> None:
        self._ledger = ledger
        self._store = store
        self._clock = clock
        self._prove = prove
        self._keeping = keeping
        self._max_attempts = max_attempts

    def run(self, window: Window, deadline: Deadline) -> WindowEntry:
        """Bring a compacted window as far as the evidence carries; return its entry.

        `compacted` again means that no counter could answer; `failed` that it has to be read again; `lost` that it was,
        often enough.

        Raises:
            LeaseLostError: somebody else works on it.
            ArchiveError: the store or the ledger refused, or the chain does not fit together.
        """
        entry = self._entry(window)
        if entry.state in PROVABLE:
            now_ms = self._now_ms()
            until_ms = now_ms + int((deadline.killed_in_s + LEASE_MARGIN_S) * 1000)
            entry = self._ledger.lease(window, PROVABLE, now_ms, until_ms)
        if entry.state is WindowState.COMPACTED:
            entry = self._judge(entry)
        if entry.state is WindowState.VERIFIED:
            entry = self._seal(entry)
        if entry.state is WindowState.SEALED:
            self._ledger.advance(window.group)
        return entry

    def _judge(self, entry: WindowEntry) -> WindowEntry:
        proof = self._prove(entry)
        evidence = {"judgement": proof.judgement.value, **proof.evidence}
        if proof.judgement is Judgement.PROVEN:
            return self._ledger.move(entry, WindowState.VERIFIED, evidence=evidence)
        if proof.judgement is Judgement.UNPROVEN:
            return self._ledger.move(entry, WindowState.COMPACTED, evidence=evidence, release=True)
        is_last = entry.attempts + 1 >= self._max_attempts
        return self._ledger.move(
            entry,
            WindowState.LOST if is_last else WindowState.FAILED,
            evidence=evidence,
            failed=True,
            forget_facts=not is_last,
            release=True,
        )

    def _seal(self, entry: WindowEntry) -> WindowEntry:
        window, keeping = entry.window, self._keeping(entry.window)
        for part in entry.facts.parts if entry.facts else ():
            self._store.retain(part.key, keeping.until_ms)
        for _ in range(CHAIN_TRIES):
            # The chain is read before the window: a manifest of ours that the chain has passed then shows as sealed.
            chain = self._ledger.group(window.group)
            current = self._entry(window)
            if chain is None or current.state is WindowState.SEALED:
                return current
            key = manifest_key(window.group, chain.sequence + 1)
            body = self._manifest(entry, keeping, chain)
            sha256 = sha256_of(body)
            if self._store.put(
                key, body, sha256=sha256, content_type="application/json", retain_until_ms=keeping.until_ms
            ):
                self._ledger.seal(chain, window, key, sha256)
            else:
                self._follow(chain, key)
        raise ArchiveError(f"{window.group.log_group}: window {window.start_ms} found no place in the chain")

    def _follow(self, chain: GroupEntry, key: str) -> None:
        """Bring the ledger up to a manifest that is written already, whoever wrote it."""
        body = self._store.get(key)
        document = read_manifest(body)
        if document["previous_sha256"] != chain.manifest_sha256:
            raise ArchiveError(f"{key}: does not continue the chain of {chain.group.log_group}")
        self._ledger.seal(chain, window_of(document), key, sha256_of(body))

    def _manifest(self, entry: WindowEntry, keeping: Keeping, chain: GroupEntry) -> bytes:
        if entry.facts is None:
            raise ArchiveError(f"{entry.window.group.log_group}: nothing is known of window {entry.window.start_ms}")
        return build_manifest(
            entry.window,
            entry.facts,
            keeping=keeping,
            proof=dict(entry.evidence),
            superseded=entry.announced - {part.key for part in entry.facts.parts},
            sequence=chain.sequence + 1,
            previous_sha256=chain.manifest_sha256,
            sealed_ms=self._now_ms(),
        )

    def _entry(self, window: Window) -> WindowEntry:
        entry = self._ledger.window(window)
        if entry is None or entry.window != window:
            raise ArchiveError(f"{window.group.log_group}: window {window.start_ms} was never planned")
        return entry

    def _now_ms(self) -> int:
        return int(self._clock.now_s() * 1000)
