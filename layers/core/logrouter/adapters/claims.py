"""Gives back what a round claimed and did not deliver, and notes in the ledger of what observers are told.

What is handed over is told of only once that is written: of everything else they hear when it comes out of the queue.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from logrouter.adapters.clock import Clock
from logrouter.adapters.deadline import Deadline
from logrouter.adapters.desk import ABANDONED, LeftPiece, Piece
from logrouter.adapters.ledger import Ledger
from logrouter.adapters.outcomes import Outcome
from logrouter.model import Delivery, Fate

SHORTEST_RELEASE_S: Final = 2.0
"""With less time left nothing is given back: the leases simply end."""

type Only = Callable[[Delivery, set[str]], tuple[Delivery, ...]]
"""Cuts a delivery down to some of its keys."""


def scope_of(delivery: Delivery) -> str:
    """Return the scope of a delivery's keys in the ledger: destination and route."""
    return f"{delivery.destination}/{delivery.route}"


class Claims:
    """The claims of one courier.

    Args:
        is_told: somebody is told of outcomes; else nothing is noted.
    """

    def __init__(self, ledger: Ledger, only: Only, clock: Clock, *, is_told: bool) -> None:
        self._ledger = ledger
        self._only = only
        self._clock = clock
        self._is_told = is_told

    def give_back(self, pieces: Sequence[LeftPiece], deadline: Deadline) -> None:
        """Give claims back as they were: those of what was told of before stay so."""
        for left in pieces:
            if deadline.killed_in_s > SHORTEST_RELEASE_S:
                self._release(left, left.piece.delivery.keys)

    def handed_over(self, pieces: Sequence[LeftPiece], refused: set[str], deadline: Deadline) -> list[Outcome]:
        """Give claims back after handing over, and return the outcomes of what the ledger remembers as told.

        Keys that the queue `refused` are given back as they were.
        """
        if not self._is_told:
            self.give_back(pieces, deadline)
            return []
        outcomes: list[Outcome] = []
        for left in pieces:
            is_ours = left.code != "busy"  # else that is for the other invocation to tell
            if is_ours and deadline.killed_in_s > SHORTEST_RELEASE_S:
                outcomes += self._told(left, refused)
        return outcomes

    def _release(self, left: LeftPiece, keys: Sequence[str]) -> None:
        if left.piece.claimed and left.code != ABANDONED:
            scope, again = scope_of(left.piece.delivery), left.piece.again
            self._ledger.mark_handed_over(scope, [key for key in keys if key in again])
            self._ledger.release(scope, [key for key in keys if key not in again])

    def _told(self, left: LeftPiece, refused: set[str]) -> list[Outcome]:
        """Note of what the queue took that observers are told of it; give back what it did not take."""
        piece = left.piece if left.piece.claimed else self._recalled(left.piece)
        if piece is None:
            return []
        self._release(replace(left, piece=piece), [key for key in piece.delivery.keys if key in refused])
        taken = self._only(piece.delivery, set(piece.delivery.keys) - refused)
        note = self._ledger.mark_told if left.code == ABANDONED else self._ledger.mark_handed_over
        told = [part for part in taken if note(scope_of(part), part.keys)]
        return [replace(piece, delivery=part).became(Fate.RETRY) for part in told]

    def _recalled(self, piece: Piece) -> Piece | None:
        """Claim a piece that was never claimed, to know whether it was told of; None when none of it is ours."""
        scope, keys = scope_of(piece.delivery), piece.delivery.keys
        claim = self._ledger.claim(scope, keys, self._clock.token(), SHORTEST_RELEASE_S, recall=True)
        parts = self._only(piece.delivery, set(claim.free))
        return next((replace(piece, delivery=part, claimed=True, again=claim.again) for part in parts), None)
