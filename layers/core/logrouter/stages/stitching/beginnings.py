"""Puts a record that began in an earlier payload in the place of its beginning, whose delivery waits for it."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from logrouter.model import Delivery, DropReason, Issue, Record
from logrouter.stages.stitching.tails import Held, Joint, Tails, joint_key

CONTINUES: Final = "continues"
"""Attribute of a record whose beginning was sent alone: the event id of that."""


class Beginnings:
    """What becomes of the deliveries that wait for their rest.

    Args:
        tails: knows them; None where nothing waits.
        key_of: record to its event id, which is its ledger key.
        left_s: seconds that the invocation may yet take.
    """

    def __init__(self, tails: Tails | None, key_of: Callable[[Record], str], left_s: Callable[[], float]) -> None:
        self._tails = tails
        self._key_of = key_of
        self._left_s = left_s

    def make_whole(
        self, issue: Issue, joint: Joint, encode: Callable[[Issue], Delivery | DropReason]
    ) -> Delivery | DropReason:
        """Encode an issue with its beginning, in the place of that.

        It has the event id of the beginning, and a ledger key of its own: a repeat of either payload is known. Where
        the beginning was sent alone, the whole goes under an id of its own, and says what it continues. Of what came in
        one Lambda event, the first records alone are needless then, and so are the last ones.
        """
        record, first = issue.record, joint.beginning
        own, taken = self._key_of(record), self._take_over(record, joint)
        beginning = replace(record, event_id=joint.began_as)
        continues = first.continues if first else ""
        if first is None or first.held in {None, *taken}:
            record = beginning
        else:
            continues = continues or self._key_of(beginning)
        if continues:
            record = replace(record, attributes={**record.attributes, CONTINUES: continues})
        delivery = encode(replace(issue, record=record))
        if isinstance(delivery, DropReason):
            return delivery
        parts = [*(self._key_of(replace(record, event_id=part)) for part in joint.parts), own]
        whole = joint.key(self._key_of, issue.record)
        less = {
            *parts,
            *(joint_key(part, own) for part in parts[:-1]),
            *(joint_key(parts[0], part) for part in parts[1:]),
        }
        needless = (*taken, *((delivery.route, key) for key in sorted(less - {whole})))
        return replace(delivery, keys=(whole,), supersedes=needless)

    def forget(self, record: Record, joint: Joint) -> None:
        """Keep the beginning of a record from being sent alone: as a whole it is no issue, or another tells of it."""
        taken = self._take_over(record, joint)
        if self._tails and taken:
            self._tails.settle(taken)

    def _take_over(self, record: Record, joint: Joint) -> list[Held]:
        if self._tails is None:
            return []
        key, left_s = self._key_of(record), self._left_s()
        return [held for held in joint.held if self._tails.take_over(held, key, left_s)]
