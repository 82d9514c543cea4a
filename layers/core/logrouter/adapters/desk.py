"""The desk of one delivery round: what waits, what is on its way, what is settled. Thread-safe; keeps the books.

Every piece laid on it ends in exactly one column, also when threads are left behind at the deadline.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from logrouter.adapters.outcomes import Outcome
from logrouter.adapters.retry_queue import Leftover
from logrouter.model import Delivery, DropReason, Fate, Settlement

ABANDONED: Final = "abandoned"
"""Still on its way at the deadline."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A delivery, or a part of one, on its way through the courier.

    Args:
        source: position of the delivery it came from.
        claimed: its keys are ours in the ledger.
        repeated: it was tried again at once already.
        again: those of its keys that were handed over before.
    """

    delivery: Delivery
    source: int
    claimed: bool = False
    repeated: bool = False
    again: frozenset[str] = frozenset()

    def became(self, fate: Fate) -> Outcome:
        """Return the outcome of this piece."""
        return Outcome(self.delivery, fate, self.again.intersection(self.delivery.keys))


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did with a piece; its records stand in exactly one of the columns.

    Args:
        again: pieces that go on.
        left: pieces to hand over: piece, seconds to wait, why.
        code: answer code, empty when nothing was sent.
        outcome: what became of the piece, where that is certain now.
    """

    delivered: int = 0
    dropped: Mapping[DropReason, int] = field(default_factory=dict)
    again: tuple[Piece, ...] = ()
    left: tuple[tuple[Piece, float, str], ...] = ()
    code: str = ""
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class LeftPiece:
    """A piece that was not settled: how long to wait before it is tried again, and why."""

    piece: Piece
    wait_s: float
    code: str

    @property
    def leftover(self) -> Leftover:
        """Return it as the retry queue takes it."""
        return Leftover(self.piece.delivery, self.wait_s, self.code, self.piece.source)


class Desk:
    """Where the threads of one round take pieces from and settle them."""

    def __init__(self) -> None:
        self.settlement = Settlement()
        self.outcomes: list[Outcome] = []
        self.late: list[Outcome] = []
        self._waiting: deque[Piece] = deque()
        self._on_the_way: dict[int, Piece] = {}
        self._left: list[LeftPiece] = []
        self._closed = False
        self._lock = Lock()

    @property
    def waiting(self) -> int:
        """Pieces nobody has taken yet."""
        return len(self._waiting)

    @property
    def unsettled(self) -> int:
        """Pieces that would have to be handed over if the round ended now, those on their way not counted."""
        return len(self._waiting) + len(self._left)

    def lay(self, pieces: Sequence[Piece]) -> None:
        """Add pieces to those that wait."""
        with self._lock:
            self._waiting.extend(pieces)

    def drop(self, reason: DropReason, records: int) -> None:
        """Book records that are not sent at all."""
        if records:
            self.settlement.dropped[reason] += records

    def take(self, worker: int) -> Piece | None:
        """Hand the next piece to a thread; None when nothing waits or the desk is closed."""
        with self._lock:
            if self._closed or not self._waiting:
                return None
            piece = self._on_the_way[worker] = self._waiting.popleft()
            return piece

    def settle(self, worker: int, step: Step) -> None:
        """Book what a thread did with its piece; once the desk is closed only its outcome is kept."""
        with self._lock:
            if self._closed:
                self.late += [step.outcome] if step.outcome is not None else []
                return
            del self._on_the_way[worker]
            self.settlement.delivered += step.delivered
            self.settlement.dropped.update(step.dropped)
            if step.outcome is not None:
                self.outcomes.append(step.outcome)
            if step.code:
                self.settlement.codes[step.code] += 1
            self._waiting.extendleft(reversed(step.again))
            for piece, wait_s, code in step.left:
                self._leave(piece, wait_s, code)

    def leave_all(self, wait_s: float, code: str) -> None:
        """Leave everything that waits."""
        with self._lock:
            while self._waiting:
                self._leave(self._waiting.popleft(), wait_s, code)

    def close(self, *, on_the_way_wait_s: float) -> tuple[LeftPiece, ...]:
        """End the round and return what is left, in the order of the deliveries.

        Pieces still on their way count as left over with a wait that outlasts their lease in the ledger: their
        thread may yet deliver them, and then the ledger keeps them from being sent again.
        """
        with self._lock:
            self._closed = True
            while self._waiting:
                self._leave(self._waiting.popleft(), 0, "deadline")
            for piece in self._on_the_way.values():
                self._left.append(LeftPiece(piece, on_the_way_wait_s, ABANDONED))
                self.settlement.codes[ABANDONED] += 1
            return tuple(sorted(self._left, key=lambda left: left.piece.source))

    def _leave(self, piece: Piece, wait_s: float, code: str) -> None:
        self._left.append(LeftPiece(piece, wait_s, code))
